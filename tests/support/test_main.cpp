// Runs all suites of the executable, or those named on the command line.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/Test.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

/// CppUnit names a suite by its class, with namespaces: `stepd::engine::RetryPolicyTest`.
CppUnit::Test* findSuite(CppUnit::Test* root, const std::string& name) {
    for (int i = 0; i < root->getChildTestCount(); ++i) {
        CppUnit::Test* child = root->getChildTestAt(i);
        const std::string full = child->getName();
        if (full == name || full.ends_with("::" + name)) return child;
    }
    return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    const std::unique_ptr<CppUnit::Test> all(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    std::vector<CppUnit::Test*> chosen;
    if (argc < 2) chosen.push_back(all.get());
    for (int i = 1; i < argc; ++i) {
        CppUnit::Test* suite = findSuite(all.get(), argv[i]);
        if (suite == nullptr) {
            std::cerr << "no suite named " << argv[i] << " in " << argv[0] << '\n';
            return 2;
        }
        chosen.push_back(suite);
    }
    CppUnit::TestResult result;
    CppUnit::TestResultCollector collector;
    CppUnit::BriefTestProgressListener progress;
    result.addListener(&collector);
    result.addListener(&progress);
    for (CppUnit::Test* test : chosen) result.runTest(test);
    CppUnit::CompilerOutputter(&collector, std::cerr).write();
    return collector.wasSuccessful() && collector.runTests() > 0 ? 0 : 1;
}
