#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <iostream>

#include "e2e_setup.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;
using namespace stepd;
using namespace stepd::test;

class StepctlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StepctlTest);
    CPPUNIT_TEST(testSendAndWait);
    CPPUNIT_TEST(testShippedPipelinesFitTheirPlugins);
    CPPUNIT_TEST(testStepsAreHeldToTheirPlugins);
    CPPUNIT_TEST(testRunsPipelinesPlugins);
    CPPUNIT_TEST(testCheckPrintsFindings);
    CPPUNIT_TEST(testPluginWithoutADaemon);
    CPPUNIT_TEST(testProgramWithoutADaemon);
    CPPUNIT_TEST(testExitCodes);
    CPPUNIT_TEST_SUITE_END();

    void testSendAndWait() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: first, uses: effects/note}\n  - {id: second, uses: effects/abort, if: event.data.fail, "
                 "with: {times: 9}, retry: never}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        expect(0, "completed", stepctl(at(daemon, directory) + "send job.asked --data '{\"fail\":false}' --wait"));
        expect(1, "failed", stepctl(at(daemon, directory) + "send job.asked --data '{\"fail\":true}' --wait"));
        expect(0, "no pipeline", stepctl(at(daemon, directory) + "send nobody.cares"));
        expect(1, "not valid JSON", stepctl(at(daemon, directory) + "send job.asked --data '{'"));
    }

    void testRunsPipelinesPlugins() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: first, uses: effects/note}\n  - {id: second, uses: effects/note}\noutput: {done: true}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        expect(0, "step second completed", stepctl(at(daemon, directory) + "runs watch " + run));
        expect(0, run, stepctl(at(daemon, directory) + "runs list --state completed"));
        expect(0, "\"done\": true", stepctl(at(daemon, directory) + "runs show " + run));
        expect(0, "\"history\"", stepctl(at(daemon, directory) + "runs show --json " + run));
        expect(0, "waits for nothing", stepctl(at(daemon, directory) + "why " + run));
        expect(1, "ended already", stepctl(at(daemon, directory) + "runs cancel " + run));
        expect(1, "no run", stepctl(at(daemon, directory) + "runs show rubbish"));
        expect(0, "job.asked", stepctl(at(daemon, directory) + "pipelines list"));
        expect(0, "second", stepctl(at(daemon, directory) + "pipelines show job"));
        expect(0, "\"first\" -> \"second\"", stepctl(at(daemon, directory) + "pipelines graph job"));
        expect(0, "ready", stepctl(at(daemon, directory) + "plugins list"));
        expect(0, "effects.so", stepctl(at(daemon, directory) + "plugins show effects"));
    }

    void testCheckPrintsFindings() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: a, uses: effects/note, tiemout: 5s}\n");
        expect(1, "job.yaml:5:", stepctl("check " + directory.path() + "/pipelines/job.yaml"));
        expect(1, "did you mean", stepctl("check " + directory.path() + "/stepd.yaml"));
        expect(1, "\"line\": 5", stepctl("check --json " + directory.path() + "/pipelines/job.yaml"));
        expect(0, "", stepctl(std::string("check ") + STEPD_SHIPPED_CONFIG + "/pipelines/process-registration.yaml"));
        expect(
            0, "->",
            stepctl(std::string("pipelines graph ") + STEPD_SHIPPED_CONFIG + "/pipelines/process-registration.yaml"));
    }

    /// A folder with the plugins of the tree, and `pipelines/p.yaml` with these steps.
    static std::string withSteps(const TemporaryDirectory& directory, const std::string& steps) {
        fs::create_directories(directory.path() + "/pipelines");
        std::ofstream config(directory.path() + "/stepd.yaml");
        config << "plugin_directory: " STEPD_PLUGINS "\nsecrets: {CRM_TOKEN: '${env:STEPD_NO_TOKEN}'}\n"
               << "limiters: {linkedin: {concurrency: 1}}\nplugins:\n";
        for (const char* name : {"core", "validator", "linkedin_collector", "website_analyzer", "result_saver"})
            config << "  " << name << ": {library: " << name << ".so}\n";
        std::ofstream(directory.path() + "/pipelines/p.yaml") << "version: 1\nid: p\non: [{event: e}]\nsteps:\n"
                                                              << steps;
        return directory.path() + "/pipelines/p.yaml";
    }

    /// What runs must not be reported: the plugins' own schemas hold their own examples.
    void testShippedPipelinesFitTheirPlugins() {
        for (const char* folder : {"pipelines", "examples"})
            for (const auto& entry : fs::directory_iterator(std::string(STEPD_SHIPPED_CONFIG) + "/" + folder)) {
                const std::string file = entry.path().string();
                if (file.ends_with(".yaml") && !file.ends_with(".test.yaml")) expect(0, "", stepctl("check " + file));
            }
        std::string steps;
        for (const char* name : {"validator", "linkedin_collector", "website_analyzer", "result_saver", "core"}) {
            std::ifstream example(std::string(STEPD_SHIPPED_CONFIG) + "/../plugins/" + name + "/example.yaml");
            steps.append(std::istreambuf_iterator<char>(example), {});
        }
        const std::string save = "- id: save\n";
        steps.insert(steps.find(save) + save.size(), "  needs: [validate, linkedin, website]\n");
        const TemporaryDirectory directory;
        expect(0, "no findings", stepctl("check " + withSteps(directory, steps)));
    }

    void testStepsAreHeldToTheirPlugins() {
        const struct {
            const char* steps;
            const char* part;
        } rows[] = {
            {"- {id: a, uses: validator, with: {url_mod: strict}}\n", "did you mean `url_mode`?"},
            {"- {id: a, uses: validator, with: {max_name_length: 0}}\n", "must be between 1 and 10000"},
            {"- {id: a, uses: core/http, with: {method: GET}}\n", "`url` is missing"},
            {"- {id: a, uses: core/htpp, with: {url: 'https://a.test'}}\n", "no built-in step is named `core/htpp`"},
            {"- {id: a, uses: validator}\n- {id: b, uses: result_saver, input: {registration: '${{ "
             "steps.a.output.websit }}'}}\n",
             "did you mean `website`?"},
            {"- {id: a, uses: result_saver, input: {registratoin: {}}}\n", "`registration` is missing"},
        };
        for (const auto& row : rows) {
            const TemporaryDirectory directory;
            expect(1, row.part, stepctl("check " + withSteps(directory, row.steps)));
        }
    }

    void testPluginWithoutADaemon() {
        expect(0, "validator 1.", stepctl(std::string("plugins check ") + STEPD_PLUGINS + "/validator.so"));
        expect(1, "no_source",
               stepctl(std::string("plugins run ") + STEPD_PLUGINS +
                       "/validator.so --input "
                       "'{\"request_id\":\"r\",\"registration_data\":{\"first_name\":\"A\",\"last_name\":\"B\"}}'"));
        expect(0, "acme.com",
               stepctl(std::string("plugins run ") + STEPD_PLUGINS +
                       "/validator.so --input "
                       "'{\"request_id\":\"r\",\"registration_data\":{\"first_name\":\"A\",\"last_name\":\"B\","
                       "\"company_website\":\"acme.com\"}}'"));
        expect(1, "nowhere.so", stepctl("plugins check /nowhere.so"));
    }

    /// The example in Python; ./dev installs Debian's.
    void testProgramWithoutADaemon() {
        if (::access("/usr/bin/python3", X_OK) != 0) {
            std::cout << "SKIPPED: there is no /usr/bin/python3\n";
            return;
        }
        const std::string words = STEPD_EXAMPLES "/python_step/words.py";
        expect(0, "words 1.0.0", stepctl("plugins check " + words));
        expect(0, "\"distinct\": 4", stepctl("plugins run " + words + " --input '{\"text\":\"to be or not to be\"}'"));
    }

    void testExitCodes() {
        expect(3, "no daemon answers", stepctl("--url http://127.0.0.1:1 runs list"));
        expect(2, "", stepctl("nonsense"));
        expect(2, "", stepctl("runs"));
        expect(0, "send", stepctl("--help"));
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        expect(1, "operator's key",
               stepctl("--url " + daemon.url() + " --key-file /dev/null runs list || " STEPCTL_PROGRAM " --url " +
                       daemon.url() + " runs list"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StepctlTest);
