#include "outbound/address.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace stepd::outbound;

namespace {

/// A second implementation of the IPv4 rule, by comparison of numbers, to hold against the first.
bool refusedByNumbers(std::uint32_t a) {
    const auto between = [a](std::uint32_t first, std::uint32_t last) { return a >= first && a <= last; };
    return a <= 0x00FFFFFF || between(0x0A000000, 0x0AFFFFFF) || between(0x64400000, 0x647FFFFF) ||
           between(0x7F000000, 0x7FFFFFFF) || a == 0xA83F8110 || between(0xA9FE0000, 0xA9FEFFFF) ||
           between(0xAC100000, 0xAC1FFFFF) || between(0xC0000000, 0xC00000FF) || between(0xC0000200, 0xC00002FF) ||
           between(0xC0586300, 0xC05863FF) || between(0xC0A80000, 0xC0A8FFFF) || between(0xC6120000, 0xC613FFFF) ||
           between(0xC6336400, 0xC63364FF) || between(0xCB007100, 0xCB0071FF) || a >= 0xE0000000;
}

}  // namespace

class AddressTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AddressTest);
    CPPUNIT_TEST(testOnlyCanonicalTextIsRead);
    CPPUNIT_TEST(testSpecialPurposeRanges);
    CPPUNIT_TEST(testGlobalUnicast);
    CPPUNIT_TEST(testAgainstSecondImplementation);
    CPPUNIT_TEST(testNetworks);
    CPPUNIT_TEST(testOwnAddressesHoldLoopback);
    CPPUNIT_TEST_SUITE_END();

    void testOnlyCanonicalTextIsRead() {
        for (const char* text : {"1.2.3.4", "2606:4700::1111", "::1", "::ffff:1.2.3.4"})
            CPPUNIT_ASSERT_MESSAGE(text, Address::parse(text).has_value());
        for (const char* text : {"", "1.2.3", "01.2.3.4", "0x7f.0.0.1", "2130706433", "1.2.3.4.", "2606:4700:0::1111",
                                 "2606:4700::AB", "fe80::1%eth0", "::FFFF:1.2.3.4", "[::1]", " 1.2.3.4"})
            CPPUNIT_ASSERT_MESSAGE(text, !Address::parse(text));
    }

    void testSpecialPurposeRanges() {
        for (const char* text : {"0.0.0.0",
                                 "10.1.2.3",
                                 "100.64.0.1",
                                 "100.100.100.200",
                                 "127.0.0.1",
                                 "127.255.255.254",
                                 "168.63.129.16",
                                 "169.254.169.254",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.0.0.8",
                                 "192.0.2.1",
                                 "192.88.99.1",
                                 "192.168.1.1",
                                 "198.18.0.1",
                                 "198.19.255.255",
                                 "198.51.100.7",
                                 "203.0.113.9",
                                 "224.0.0.1",
                                 "239.1.1.1",
                                 "240.0.0.1",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:10.0.0.1",
                                 "::127.0.0.1",
                                 "::ffff:0:7f00:1",
                                 "64:ff9b::a00:1",
                                 "64:ff9b:1::1",
                                 "2002:7f00:1::",
                                 "2002:a9fe:a9fe::1",
                                 "2001::1",
                                 "2001:0:7f00:1::ffff:ffff",
                                 "2001:db8::1",
                                 "2001:10::1",
                                 "2001:2::1",
                                 "3fff::1",
                                 "fc00::1",
                                 "fd00:ec2::254",
                                 "fe80::1",
                                 "fec0::1",
                                 "ff02::1",
                                 "5f00::1",
                                 "100::1",
                                 "2607:f8b0::5efe:a00:1",
                                 "2607:f8b0::200:5efe:7f00:1"}) {
            const auto address = Address::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, address.has_value());
            CPPUNIT_ASSERT_MESSAGE(text, !specialPurpose(*address).empty());
        }
    }

    void testGlobalUnicast() {
        for (const char* text : {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
                                 "192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111",
                                 "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
            const auto address = Address::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, address.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(), std::string(specialPurpose(*address)));
        }
    }

    void testAgainstSecondImplementation() {
        constexpr unsigned kSeed = 20260101;
        std::mt19937 random(kSeed);
        for (int i = 0; i < 200'000; ++i) {
            const auto value = static_cast<std::uint32_t>(random());
            const auto address = Address::v4(value);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address.text() + ", seed " + std::to_string(kSeed), refusedByNumbers(value),
                                         !specialPurpose(address).empty());
            const auto mapped = Address::parse("::ffff:" + address.text());
            CPPUNIT_ASSERT(mapped.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address.text(), refusedByNumbers(value), !specialPurpose(*mapped).empty());
        }
    }

    void testNetworks() {
        const auto network = Network::parse("10.8.0.0/13");
        CPPUNIT_ASSERT(network && network->contains(*Address::parse("10.15.255.255")));
        CPPUNIT_ASSERT(!network->contains(*Address::parse("10.16.0.0")));
        CPPUNIT_ASSERT(!network->contains(*Address::parse("::1")));
        CPPUNIT_ASSERT(Network::parse("::1/128").has_value());
        for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "/8", "host/8"})
            CPPUNIT_ASSERT_MESSAGE(text, !Network::parse(text));
    }

    void testOwnAddressesHoldLoopback() {
        bool found = false;
        for (const auto& address : ownAddresses()) found = found || address.text() == "127.0.0.1";
        CPPUNIT_ASSERT(found);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AddressTest);
