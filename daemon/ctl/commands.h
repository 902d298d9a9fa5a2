#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stepd::ctl {

/// What every command takes.
struct Common {
    std::string url = "http://127.0.0.1:8288";
    std::string keyFile;
    bool json = false;
    bool quiet = false;
};

// Each command returns the exit code: 0 done, 1 the answer is no. They throw NoDaemon (3) and Refused (1).

struct CheckOptions {
    std::vector<std::string> files;
};
/// Pipelines, and daemon configurations (a file with none of a pipeline's keys): findings go to standard output.
int check(const Common& common, const CheckOptions& options);

struct TestOptions {
    std::vector<std::string> files;
    std::string cases;  ///< only those whose name contains this or matches it, with `*` and `?`; empty: all
};
/// Plays the cases of `*.test.yaml` files in virtual time: 1 if one fails or a file has errors, 2 if none is chosen.
int test(const Common& common, const TestOptions& options);

struct SendOptions {
    std::string name;
    std::string data = "{}";  ///< JSON, or @FILE
    std::string id;
    bool wait = false;
};
int send(const Common& common, const SendOptions& options);

struct RunsListOptions {
    std::string pipeline;
    std::string state;  ///< or several with commas
    std::string since;
    std::string until;
    int limit = 20;
};
int listRuns(const Common& common, const RunsListOptions& options);
int showRun(const Common& common, const std::string& id);
/// Follows runs until all have ended; 0 only if all completed.
int watchRuns(const Common& common, const std::vector<std::string>& ids);
/// Of a run: a sentence for each thing that it waits for now. Of an event: what each pipeline made of it.
int why(const Common& common, const std::string& id);

/// Names one run, or many by what they have in common.
struct RunsOptions {
    std::string id;
    bool failed = false;
    std::string pipeline;
    std::string state;
    std::string since;
    std::string until;
    bool yes = false;  ///< do not ask
    bool namesMany() const;
};
struct RerunOptions {
    RunsOptions runs;
    std::string from;
    std::string input;  ///< JSON, or @FILE
    std::string step;
};
// Many runs: the count is shown first and a person asked, unless `yes`.
int cancelRuns(const Common& common, const RunsOptions& options);
int rerunRuns(const Common& common, const RerunOptions& options);
int releaseRun(const Common& common, const std::string& id);

int pausePipeline(const Common& common, const std::string& id);
int resumePipeline(const Common& common, const std::string& id);
/// The daemon reads its pipelines again; findings go to standard output, and then nothing has changed.
int reload(const Common& common);
// What a reload would change: of the daemon's own files, or of those in `directory`.
/// The texts.
int diffPipelines(const Common& common, const std::string& directory);
/// Triggers, routes, limits and steps, and how many runs stay on the revision they began with.
int planPipelines(const Common& common, const std::string& directory);

int listPipelines(const Common& common);
int showPipeline(const Common& common, const std::string& id);
/// The steps and their needs in Graphviz's language; of a file, or of a pipeline that the daemon has.
int graphPipeline(const Common& common, const std::string& idOrFile);

int listPlugins(const Common& common);
int showPlugin(const Common& common, const std::string& name);

struct NewPluginOptions {
    std::string name;
    std::string language = "cpp";  ///< a folder of sdk/templates
    std::string directory;         ///< empty: `name`
};
/// Writes a project for a plugin of that name, and prints the commands to build, test and run it.
int newPlugin(const Common& common, const NewPluginOptions& options);

struct PluginCheckOptions {
    std::string file;
    bool strict = false;  ///< warnings are findings like errors
};
/// Says what a plugin is and what is wrong with it: its file is read without loading it, then it is loaded in a worker.
int checkPlugin(const Common& common, const PluginCheckOptions& options);

struct PluginReloadOptions {
    std::string name;
    bool all = false;
};
/// Waits until the daemon has loaded what lies at the plugin's path now, and prints both builds. 1 if it cannot be
/// used: then all stays as it was.
int reloadPlugins(const Common& common, const PluginReloadOptions& options);
struct PluginRollbackOptions {
    std::string name;
    std::string to;  ///< the begin of a build-id, or a version; empty: the build before
};
int rollBackPlugin(const Common& common, const PluginRollbackOptions& options);

struct PluginLockOptions {
    std::string file = "stepd.yaml";
    std::string key;     ///< PEM: sign it; empty: not
    bool check = false;  ///< write nothing: 1 if it is not what is installed
};
/// Writes plugins.lock beside the daemon's configuration: what is installed now, for people to review.
int lockPlugins(const Common& common, const PluginLockOptions& options);

struct PluginRunOptions {
    std::string file;
    std::string step;
    std::string with = "{}";
    std::string input = "{}";
    std::vector<std::string> secrets;  ///< NAME=VALUE or NAME=@FILE
    std::string httpScript;            ///< a file that answers in place of the network; empty: the network
};
/// Executes a step once, without a daemon. JSON arguments may be @FILE, or `-` for standard input.
int runPlugin(const Common& common, const PluginRunOptions& options);

struct ConformOptions {
    std::string file;
    std::string step;  ///< empty: all
    std::string with = "{}";
    std::string input;                  ///< one that works, where the schema says too little; JSON, @FILE or `-`
    std::optional<std::uint64_t> seed;  ///< absent: another one each time
    std::uint64_t calls = 10'000;       ///< of the leak check
};
/// What every step must stand: inputs made up from its schema, cancels, deadlines, calls at once, leaks. Without
/// network. 1 if a check fails.
int conformPlugin(const Common& common, const ConformOptions& options);

struct PluginBenchOptions {
    std::string file;
    std::string step;
    std::string with = "{}";
    std::string input;  ///< empty: the first example of the step's schema
    std::vector<std::uint64_t> bytes{400, 65536};
    std::vector<std::string> isolation{"process", "inproc"};
    std::uint32_t threads = 32;
    std::size_t inFlight = 64;
    double seconds = 2;  ///< for each line
};
/// What calls cost in a worker and inside a daemon: one at a time, and many under way. 1 if calls fail.
int benchPlugin(const Common& common, const PluginBenchOptions& options);

struct SchemaOptions {
    std::string config;      ///< stepd.yaml, whose plugins' options are checked too; empty: none
    std::string commentFor;  ///< the schema's file: print the line that names it in a pipeline instead
};
/// The JSON Schema of pipeline files, for editors.
int printSchema(const SchemaOptions& options);

struct EvalOptions {
    std::string expression;  ///< or @FILE
    std::string event;       ///< a file with an event; empty: none
    std::string run;         ///< the id of a run; empty: none
    std::string cases;       ///< a file of conformance cases, instead of an expression
};
/// Prints the value of an expression as JSON, with its type; or its mistakes.
int eval(const Common& common, const EvalOptions& options);

/// Where the database is: `path`; else stepd.db in `state`; else where the daemon has it by default.
struct DatabaseOptions {
    std::string path;
    std::string state;
    std::string target;  ///< of a backup
    bool force = false;  ///< the target may be there already
};
int databaseStats(const Common& common, const DatabaseOptions& options);
/// 1 if something is wrong. While a daemon runs, a copy is looked at that it makes.
int checkDatabase(const Common& common, const DatabaseOptions& options);
/// A checked, synced copy with mode 0600; the target is there whole or not at all.
int backUpDatabase(const Common& common, const DatabaseOptions& options);
/// The same rows in as few pages as they need; free pages are given back from then on. Only while no daemon runs.
int vacuumDatabase(const Common& common, const DatabaseOptions& options);

/// `@FILE` -> its contents, anything else is itself. Throws Refused.
std::string argumentText(const std::string& argument);

}  // namespace stepd::ctl
