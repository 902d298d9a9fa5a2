// Runs all suites of the executable, or those named on the command line.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <iostream>
#include <string>

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
    CppUnit::Test* all = CppUnit::TestFactoryRegistry::getRegistry().makeTest();
    CppUnit::TestRunner runner;
    if (argc < 2) runner.addTest(all);
    for (int i = 1; i < argc; ++i) {
        CppUnit::Test* suite = findSuite(all, argv[i]);
        if (suite == nullptr) {
            std::cerr << "no suite named " << argv[i] << " in " << argv[0] << '\n';
            return 2;
        }
        runner.addTest(suite);
    }
    CppUnit::TestResult result;
    CppUnit::TestResultCollector collector;
    CppUnit::BriefTestProgressListener progress;
    result.addListener(&collector);
    result.addListener(&progress);
    runner.run(result);
    CppUnit::CompilerOutputter(&collector, std::cerr).write();
    return collector.wasSuccessful() && collector.runTests() > 0 ? 0 : 1;
}
