#include "config/secret_reader.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

#include "support/scratch_folder.h"
#include "yaml/document.h"

using namespace stepd;
using namespace stepd::config;

class SecretReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SecretReaderTest);
    CPPUNIT_TEST(testEnvironment);
    CPPUNIT_TEST(testFile);
    CPPUNIT_TEST(testModesOfFiles);
    CPPUNIT_TEST(testOtherForms);
    CPPUNIT_TEST(testSecretIsUtf8);
    CPPUNIT_TEST(testNoFindingHoldsTheSecret);
    CPPUNIT_TEST_SUITE_END();

    struct Got {
        std::string secret;
        std::string findings;
    };

    static Got read(const std::string& value, const std::map<std::string, std::string>& environment,
                    const std::string& base, Absence absence = Absence::Refused) {
        const yaml::Document document = yaml::parse("key: " + value, "t");
        yaml::Report report("t");
        yaml::Reader fields(*document.root, "", report);
        Got got;
        got.secret = SecretReader(environment, base).read(fields, "key", absence).reveal();
        for (const auto& finding : report.sorted()) got.findings += finding.text() + "\n";
        return got;
    }

    void testEnvironment() {
        CPPUNIT_ASSERT_EQUAL(std::string("s3cret"), read("${env:K}", {{"K", "s3cret"}}, "").secret);
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:6: error: the environment has no variable K\n"),
                             read("${env:K}", {}, "").findings);
        const Got absent = read("${env:K}", {}, "", Absence::Allowed);
        CPPUNIT_ASSERT(absent.secret.empty() && absent.findings.empty());
    }

    void testFile() {
        const ScratchFolder folder;
        const std::string path = folder.write("keys/k", "s3cret\n");
        ::chmod(path.c_str(), 0600);
        const Got relative = read("${file:keys/k}", {}, folder.path());
        CPPUNIT_ASSERT_EQUAL(std::string("s3cret"), relative.secret);
        CPPUNIT_ASSERT_EQUAL(std::string(), relative.findings);
        CPPUNIT_ASSERT_EQUAL(std::string("s3cret"), read("${file:" + path + "}", {}, "/elsewhere").secret);
        CPPUNIT_ASSERT_EQUAL(
            "t:1:6: error: the secret in " + folder.path() + "/none cannot be read: No such file or directory\n",
            read("${file:none}", {}, folder.path()).findings);
        CPPUNIT_ASSERT_EQUAL("t:1:6: error: " + folder.path() + "/keys is no file of at most 64 KiB\n",
                             read("${file:keys}", {}, folder.path()).findings);
    }

    void testModesOfFiles() {
        const ScratchFolder folder;
        const std::string path = folder.write("k", "s3cret");
        const struct {
            mode_t mode;
            const char* want;
        } rows[] = {{0600, ""},
                    {0400, ""},
                    {0640, ": warning: its group may read"},
                    {0660, ": error: others may read or change"},
                    {0604, ": error: others may read or change"},
                    {0644, ": error: others may read or change"}};
        for (const auto& row : rows) {
            ::chmod(path.c_str(), row.mode);
            const std::string findings = read("${file:k}", {}, folder.path()).findings;
            CPPUNIT_ASSERT_MESSAGE(findings,
                                   *row.want == '\0' ? findings.empty() : findings.find(row.want) != std::string::npos);
        }
    }

    void testOtherForms() {
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:6: warning: a secret stands in the configuration itself\n"
                                         "    hint: put it into a file of mode 0600 and write ${file:PATH}\n"),
                             read("s3cret", {}, "").findings);
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:6: error: a secret is written ${env:NAME} or ${file:PATH}\n"),
                             read("${vault:x}", {}, "").findings);
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:6: error: `key` must be a text, not a number\n    hint: quote it\n"),
                             read("5", {}, "").findings);
    }

    void testSecretIsUtf8() {
        const ScratchFolder folder;
        ::chmod(folder.write("k", "canary\xff\xfe").c_str(), 0600);
        const std::string want =
            "t:1:6: error: the secret is not UTF-8\n    hint: a secret is text: write bytes as Base64 or hex\n";
        for (const std::string value : {"${file:k}", "${env:K}"}) {
            const Got got = read(value, {{"K", "canary\xc3"}}, folder.path());
            CPPUNIT_ASSERT_EQUAL(want, got.findings);
            CPPUNIT_ASSERT(got.secret.empty());
        }
        CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA9"), read("${env:K}", {{"K", "\xC3\xA9"}}, "").secret);
    }

    void testNoFindingHoldsTheSecret() {
        const ScratchFolder folder;
        ::chmod(folder.write("k", "canary-value").c_str(), 0666);
        for (const std::string value : {"canary-value", "${file:k}", "${env:K}", "[canary-value]", "${canary-value"}) {
            const std::string findings = read(value, {{"K", "canary-value"}}, folder.path()).findings;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(findings, std::string::npos, findings.find("canary-value"));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SecretReaderTest);
