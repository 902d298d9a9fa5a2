// stepctl: the command line for people. Exit codes: 0 done, 1 the answer is no, 2 usage, 3 no daemon.
#include <CLI/CLI.hpp>
#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/plain_output.h"

namespace {

using namespace stepd::ctl;

/// Sets up the parser; the command that was chosen is left in `chosen`.
class CommandLine {
public:
    CommandLine() {
        app_.set_version_flag("--version", STEPD_VERSION);
        app_.require_subcommand(1);
        app_.fallthrough();
        app_.add_option("--url", common_.url, "the daemon's address")->envname("STEPD_URL")->capture_default_str();
        app_.add_option("--key-file", common_.keyFile, "file with the operator's key");
        app_.add_flag("--json", common_.json, "print JSON");
        app_.add_flag("--quiet,-q", common_.quiet, "print only what was asked for");
        addCheckAndSend();
        addRuns();
        addPipelines();
        addPlugins();
        addTest();
        addSchema();
        addDatabase();
        addEval();
        addWithId(&app_, "why", "what a run waits for now, or what the pipelines made of an event", &why);
        app_.add_subcommand("reload",
                            "let the daemon read its pipelines, plugins and secrets again; other settings of "
                            "stepd.yaml need a restart")
            ->callback([this] { chosen_ = [this] { return reload(common_); }; });
    }

    int run(int argc, char** argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& e) {
            return app_.exit(e) == 0 ? 0 : 2;
        }
        return chosen_();
    }

private:
    void addCheckAndSend() {
        CLI::App* checkApp = app_.add_subcommand("check", "check pipeline files and daemon configurations");
        checkApp->add_option("FILE", check_.files, "files to check")->required();
        checkApp->callback([this] { chosen_ = [this] { return check(common_, check_); }; });

        CLI::App* sendApp = app_.add_subcommand("send", "send an event");
        sendApp->add_option("NAME", send_.name, "its name, such as registration.received")->required();
        sendApp->add_option("--data", send_.data, "a JSON object, or @FILE");
        sendApp->add_option("--id", send_.id, "the same id twice under one name is the same event");
        sendApp->add_flag("--wait", send_.wait, "follow its runs; exit 0 only if all completed");
        sendApp->callback([this] { chosen_ = [this] { return send(common_, send_); }; });
    }

    void addTest() {
        CLI::App* testApp = app_.add_subcommand("test", "play the cases of *.test.yaml files in virtual time");
        testApp->add_option("FILE", test_.files, "tests beside pipelines")->required();
        testApp->add_option("--case", test_.cases, "only cases with this in their names; * and ? match any text");
        testApp->callback([this] { chosen_ = [this] { return test(common_, test_); }; });
    }

    void addRuns() {
        CLI::App* runs = app_.add_subcommand("runs", "runs and their steps");
        runs->require_subcommand(1);
        CLI::App* list = runs->add_subcommand("list", "newest first");
        list->add_option("--pipeline", list_.pipeline, "of this pipeline only");
        list->add_option("--state", list_.state, "in this state only, or in several: queued,waiting");
        list->add_option("--since", list_.since, "created since then: 2h (ago), or 2026-01-02T03:04:05Z");
        list->add_option("--until", list_.until, "created before then");
        list->add_option("--limit", list_.limit, "how many")->check(CLI::Range(1, 500))->capture_default_str();
        list->callback([this] { chosen_ = [this] { return listRuns(common_, list_); }; });
        addWithId(runs, "show", "a run with its steps and attempts", &showRun);
        addRunOperations(runs);
        CLI::App* watch = runs->add_subcommand("watch", "follow runs until they end");
        watch->add_option("ID", ids_, "runs")->required();
        watch->callback([this] { chosen_ = [this] { return watchRuns(common_, ids_); }; });
    }

    void addRunOperations(CLI::App* runs) {
        CLI::App* cancelApp = runs->add_subcommand("cancel", "stop a run, or all that are named by what they share");
        addSelection(cancelApp, cancel_);
        cancelApp->add_option("--state", cancel_.state, "in this state: queued, running, waiting; default: all three");
        cancelApp->callback([this] {
            checkSelection(cancel_);
            chosen_ = [this] { return cancelRuns(common_, cancel_); };
        });
        CLI::App* rerunApp = runs->add_subcommand("rerun", "do a run again, or all that failed");
        addSelection(rerunApp, rerun_.runs);
        CLI::Option* failed = rerunApp->add_flag("--failed", rerun_.runs.failed, "all that failed");
        rerunApp->add_option("--state", rerun_.runs.state, "all that ended so, such as failed,cancelled")
            ->excludes(failed);
        rerunApp->add_option("--from", rerun_.from, "keep the results of the steps before this one");
        rerunApp->add_option("--input", rerun_.input, "JSON, or @FILE, in place of the input of a step");
        rerunApp->add_option("--step", rerun_.step,
                             "the step that gets the input; default: that of --from, or the first");
        rerunApp->callback([this] {
            checkSelection(rerun_.runs);
            if (rerun_.runs.namesMany() && !(rerun_.from + rerun_.input + rerun_.step).empty())
                throw CLI::ValidationError("--from, --input and --step are for one run");
            chosen_ = [this] { return rerunRuns(common_, rerun_); };
        });
        addWithId(runs, "release", "let a run go on that waits for a person (on_exhausted: pause) or is in quarantine",
                  &releaseRun);
    }

    static void addSelection(CLI::App* app, RunsOptions& runs) {
        app->add_option("ID", runs.id, "one run");
        app->add_option("--pipeline", runs.pipeline, "all of this pipeline");
        app->add_option("--since", runs.since, "all created since then: 2h (ago), or 2026-01-02T03:04:05Z");
        app->add_option("--until", runs.until, "all created before then");
        app->add_flag("--yes", runs.yes, "do not ask");
    }

    static void checkSelection(const RunsOptions& runs) {
        if (runs.id.empty() != runs.namesMany())
            throw CLI::ValidationError("name one run by its ID, or many by options");
    }

    void addPipelines() {
        CLI::App* pipelines = app_.add_subcommand("pipelines", "pipelines that the daemon has");
        pipelines->require_subcommand(1);
        CLI::App* list = pipelines->add_subcommand("list", "all of them");
        list->callback([this] { chosen_ = [this] { return listPipelines(common_); }; });
        addWithId(pipelines, "show", "a pipeline with its steps", &showPipeline);
        addWithId(pipelines, "pause", "nothing new of it begins; what runs goes on", &pausePipeline);
        addWithId(pipelines, "resume", "it goes on", &resumePipeline);
        addWithDirectory(pipelines, "diff", "what a reload would change in the texts", &diffPipelines);
        addWithDirectory(pipelines, "plan", "triggers, routes, limits and steps that a reload would change",
                         &planPipelines);
        addWithId(pipelines, "graph", "its steps and needs in Graphviz's language; ID may be a file", &graphPipeline);
    }

    void addPlugins() {
        CLI::App* plugins = app_.add_subcommand("plugins", "plugins of the daemon, and plugin files");
        plugins->require_subcommand(1);
        CLI::App* list = plugins->add_subcommand("list", "all that are declared");
        list->callback([this] { chosen_ = [this] { return listPlugins(common_); }; });
        addWithId(plugins, "show", "a declared plugin", &showPlugin);
        addPluginSwaps(plugins);
        addPluginLock(plugins);
        CLI::App* fresh = plugins->add_subcommand("new", "write a project for a new plugin");
        fresh->add_option("NAME", newPlugin_.name, "its name, such as page_title")->required();
        fresh->add_option("--lang", newPlugin_.language, "cpp, c or python")
            ->check(CLI::IsMember({"cpp", "c", "python"}));
        fresh->add_option("--dir", newPlugin_.directory, "where; default: a folder of that name");
        fresh->callback([this] { chosen_ = [this] { return newPlugin(common_, newPlugin_); }; });
        CLI::App* check = plugins->add_subcommand("check", "describe a plugin file, and say what is wrong with it");
        check->add_option("FILE", pluginCheck_.file, "the plugin's shared library")->required();
        check->add_flag("--strict", pluginCheck_.strict, "exit 1 for warnings too");
        check->callback([this] { chosen_ = [this] { return checkPlugin(common_, pluginCheck_); }; });
        addConform(plugins);
        CLI::App* run = plugins->add_subcommand("run", "execute a step once, without a daemon");
        run->add_option("FILE", plugin_.file, "the plugin's shared library")->required();
        run->add_option("--step", plugin_.step, "the step type, where the plugin has several");
        run->add_option("--with", plugin_.with, "options as JSON, @FILE, or - for standard input");
        run->add_option("--input", plugin_.input, "input as JSON, @FILE, or - for standard input");
        run->add_option("--secret", plugin_.secrets, "NAME=@FILE or NAME=VALUE; also $STEPD_SECRET_NAME");
        run->add_option("--http-script", plugin_.httpScript, "a JSON file of replies, in place of the network");
        run->callback([this] { chosen_ = [this] { return runPlugin(common_, plugin_); }; });
        addBench(plugins);
    }

    void addBench(CLI::App* plugins) {
        CLI::App* app = plugins->add_subcommand("bench", "measure what calls of a step cost, without a daemon");
        app->footer("Each call goes the way of the daemon's; requests are answered at once, without network.");
        app->add_option("FILE", bench_.file, "the plugin's shared library or program")->required();
        app->add_option("--step", bench_.step, "the step type, where the plugin has several");
        app->add_option("--with", bench_.with, "options as JSON, or @FILE");
        app->add_option("--input", bench_.input, "input as JSON, or @FILE; default: the first example of its schema");
        app->add_option("--bytes", bench_.bytes, "sizes of inputs; each is filled up to that")
            ->delimiter(',')
            ->capture_default_str();
        app->add_option("--isolation", bench_.isolation, "process, inproc")
            ->delimiter(',')
            ->check(CLI::IsMember({"process", "inproc"}))
            ->capture_default_str();
        app->add_option("--threads", bench_.threads, "calls at once in a worker")
            ->check(CLI::Range(1, 256))
            ->capture_default_str();
        app->add_option("--in-flight", bench_.inFlight, "calls under way at once")
            ->check(CLI::Range(1, 10'000))
            ->capture_default_str();
        app->add_option("--seconds", bench_.seconds, "for each line")
            ->check(CLI::Range(0.01, 600.0))
            ->capture_default_str();
        app->callback([this] { chosen_ = [this] { return benchPlugin(common_, bench_); }; });
    }

    void addConform(CLI::App* plugins) {
        CLI::App* app = plugins->add_subcommand("conform", "let a plugin stand what every plugin must stand");
        app->footer(
            "Inputs are made up from the step's schema; requests are answered by chance, never by the network.");
        app->add_option("FILE", conform_.file, "the plugin's shared library")->required();
        app->add_option("--step", conform_.step, "only this step type");
        app->add_option("--with", conform_.with, "options that work, as JSON, @FILE, or -");
        app->add_option("--input", conform_.input, "an input that works, as JSON, @FILE, or -");
        app->add_option("--seed", conform_.seed, "the same chance as another time");
        app->add_option("--calls", conform_.calls, "of the leak check")->capture_default_str();
        app->callback([this] { chosen_ = [this] { return conformPlugin(common_, conform_); }; });
    }

    void addPluginSwaps(CLI::App* plugins) {
        CLI::App* reloadApp = plugins->add_subcommand("reload", "replace a plugin by what lies at its path now");
        CLI::Option* name = reloadApp->add_option("NAME", pluginReload_.name, "which");
        reloadApp->add_flag("--all", pluginReload_.all, "all that are declared")->excludes(name);
        reloadApp->callback([this] {
            if (pluginReload_.name.empty() && !pluginReload_.all) throw CLI::RequiredError("NAME or --all");
            chosen_ = [this] { return reloadPlugins(common_, pluginReload_); };
        });
        CLI::App* back = plugins->add_subcommand("rollback", "go back to the build of a plugin that ran before");
        back->add_option("NAME", pluginRollback_.name, "which")->required();
        back->add_option("--to", pluginRollback_.to, "the begin of its build-id, or its version");
        back->callback([this] { chosen_ = [this] { return rollBackPlugin(common_, pluginRollback_); }; });
    }

    void addPluginLock(CLI::App* plugins) {
        CLI::App* lock = plugins->add_subcommand("lock", "write plugins.lock: the builds that the daemon may load");
        lock->add_option("FILE", pluginLock_.file, "the daemon's configuration")->capture_default_str();
        CLI::Option* checkOnly = lock->add_flag("--check", pluginLock_.check, "exit 1 if it is not what is installed");
        lock->add_option("--sign", pluginLock_.key, "a PEM file with an Ed25519 key, to sign it")->excludes(checkOnly);
        lock->callback([this] { chosen_ = [this] { return lockPlugins(common_, pluginLock_); }; });
    }

    void addSchema() {
        CLI::App* schema = app_.add_subcommand("schema", "the JSON Schema of pipeline files, for editors");
        schema->footer(
            "stepctl schema --config stepd.yaml > pipeline.schema.json, and in the first line of each pipeline:\n"
            "# yaml-language-server: $schema=../pipeline.schema.json");
        schema->add_option("--config", schema_.config, "stepd.yaml: check the options of its plugins too")
            ->check(CLI::ExistingFile);
        schema->add_option("--comment", schema_.commentFor, "print the line that names this FILE as the schema");
        schema->callback([this] { chosen_ = [this] { return printSchema(schema_); }; });
    }

    void addDatabase() {
        CLI::App* db = app_.add_subcommand("db", "the daemon's database, also while it runs");
        db->require_subcommand(1);
        db->add_option("--db", database_.path, "the file; default: stepd.db in the state directory");
        db->add_option("--state", database_.state,
                       "the state directory; default: $STATE_DIRECTORY, ./var, the service's");
        const auto add = [&](const char* name, const char* help,
                             int (*command)(const Common&, const DatabaseOptions&)) {
            CLI::App* app = db->add_subcommand(name, help);
            app->callback([this, command] { chosen_ = [this, command] { return command(common_, database_); }; });
            return app;
        };
        add("stats", "size, free pages, rows", &databaseStats);
        add("check", "look for damage; exit 1 if there is some", &checkDatabase);
        add("vacuum", "make the file as small as it can be; the daemon must not run", &vacuumDatabase);
        CLI::App* backup = add("backup", "a checked copy of the database", &backUpDatabase);
        backup->add_option("FILE", database_.target, "where to")->required();
        backup->add_flag("--force", database_.force, "over a file that is there");
    }

    void addEval() {
        CLI::App* evalApp =
            app_.add_subcommand("eval", "evaluate an expression, or run cases of the CEL specification");
        CLI::Option* expression = evalApp->add_option("EXPR", eval_.expression, "in CEL, or @FILE");
        CLI::Option* event =
            evalApp->add_option("--event", eval_.event, "a JSON file {name, data, ...} that `event` stands for");
        CLI::Option* run = evalApp->add_option("--run", eval_.run, "a run of the daemon: `event`, `steps` and `run`");
        CLI::Option* cases = evalApp->add_option("--cases", eval_.cases, "a JSON file of cases instead");
        run->excludes(event);
        cases->excludes(expression)->excludes(event)->excludes(run);
        evalApp->callback([this] {
            if (eval_.expression.empty() && eval_.cases.empty()) throw CLI::RequiredError("EXPR");
            chosen_ = [this] { return eval(common_, eval_); };
        });
    }

    void addWithId(CLI::App* parent, const std::string& name, const std::string& help,
                   int (*command)(const Common&, const std::string&)) {
        CLI::App* app = parent->add_subcommand(name, help);
        app->add_option("ID", id_, "which")->required();
        app->callback([this, command] { chosen_ = [this, command] { return command(common_, id_); }; });
    }

    void addWithDirectory(CLI::App* parent, const std::string& name, const std::string& help,
                          int (*command)(const Common&, const std::string&)) {
        CLI::App* app = parent->add_subcommand(name, help);
        app->add_option("DIR", directory_, "the files; default: those that the daemon reads");
        app->callback([this, command] { chosen_ = [this, command] { return command(common_, directory_); }; });
    }

    CLI::App app_{"stepctl: the command line of stepd"};
    std::function<int()> chosen_;
    Common common_;
    CheckOptions check_;
    TestOptions test_;
    SendOptions send_;
    RunsListOptions list_;
    RunsOptions cancel_;
    RerunOptions rerun_;
    NewPluginOptions newPlugin_;
    PluginCheckOptions pluginCheck_;
    PluginRunOptions plugin_;
    ConformOptions conform_;
    PluginBenchOptions bench_;
    PluginLockOptions pluginLock_;
    PluginReloadOptions pluginReload_;
    PluginRollbackOptions pluginRollback_;
    SchemaOptions schema_;
    EvalOptions eval_;
    DatabaseOptions database_;
    std::string id_;
    std::string directory_;
    std::vector<std::string> ids_;
};

}  // namespace

int main(int argc, char** argv) {
    const stepd::ctl::PlainOutput output(std::cout);
    const stepd::ctl::PlainOutput errors(std::cerr);
    try {
        return CommandLine().run(argc, argv);
    } catch (const NoDaemon& e) {
        std::cerr << "stepctl: " << e.what() << '\n';
        return 3;
    } catch (const std::exception& e) {
        std::cerr << "stepctl: " << e.what() << '\n';
        return 1;
    }
}
