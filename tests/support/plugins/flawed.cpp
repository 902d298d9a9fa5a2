// Steps with one flaw each that only shows in many calls, and one without: what `stepctl plugins conform` must find.
#include <fcntl.h>

#include <atomic>
#include <cstdlib>
#include <functional>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;

constexpr auto kReentrant = stepd::Threading::Reentrant;

struct Input {
    std::string url;
    std::uint32_t pages = 3;
};
struct Output {
    std::string url;
    int status = 0;
};
STEPD_REFLECT(Input, url, pages)
STEPD_REFLECT(Output, url, status)

#define FLAWED_STEP(Class, type, threading)                                                           \
    class Class final : public stepd::TypedStep<Input, Output> {                                      \
    public:                                                                                           \
        static constexpr stepd::Manifest manifest{type, "1.0.0", "has one flaw", threading};          \
        explicit Class(const Json& options) {                                                         \
            if (options.value("pages", 1) < 1) throw stepd::InvalidConfig("pages must be 1 or more"); \
        }                                                                                             \
        Answer execute(const Input& input, Context& ctx) override;                                    \
        std::string last_;                                                                            \
    };

/// None.
FLAWED_STEP(Sound, "sound", kReentrant)
Sound::Answer Sound::execute(const Input& input, Context& ctx) {
    const auto reply = ctx.http().get(input.url);
    if (reply.failed()) return stepd::transient(reply.failure, reply.message);
    return Output{input.url, reply.status};
}

/// Forgets memory.
FLAWED_STEP(Leaky, "leaky", kReentrant)
Leaky::Answer Leaky::execute(const Input& input, Context&) {
    auto* volatile forgotten = new char[2000]();
    return Output{input.url, forgotten[7]};
}

/// Forgets descriptors.
FLAWED_STEP(OpenEnded, "open_ended", kReentrant)
OpenEnded::Answer OpenEnded::execute(const Input& input, Context&) {
    return Output{input.url, ::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

/// Tries again for ever, and takes a cancel for a failure of the network.
FLAWED_STEP(Deaf, "deaf", kReentrant)
Deaf::Answer Deaf::execute(const Input& input, Context& ctx) {
    auto reply = ctx.http().get(input.url);
    while (reply.failure == "cancelled") reply = ctx.http().get(input.url);
    return Output{input.url, reply.status};
}

/// Says that many threads may call it, and keeps what belongs to a call in the step.
FLAWED_STEP(Racy, "racy", kReentrant)
Racy::Answer Racy::execute(const Input& input, Context& ctx) {
    static std::atomic<std::uint64_t> current{0};
    const std::uint64_t mine = std::hash<std::string>()(input.url + std::to_string(input.pages));
    current = mine;
    (void)ctx.http().get(input.url);
    return Output{input.url, current == mine ? 1 : 2};
}

/// Its output is not what its schema says.
class Liar final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{
        "liar", "1.0.0", "has one flaw", kReentrant, {}, {}, R"({"type":"object","required":["title"]})"};
    explicit Liar(const Json&) {}
    stepd::Outcome run(Context&) override { return stepd::done({{"titel", "x"}}); }
};

/// Trusts its input.
class Trusting final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{
        "trusting", "1.0.0", "has one flaw",
        kReentrant, {},      R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]})"};
    explicit Trusting(const Json&) {}
    stepd::Outcome run(Context& ctx) override {
        if (ctx.input().at("n").get<std::int64_t>() == 0) std::abort();
        return stepd::done({});
    }
};

/// Pays again with each attempt.
FLAWED_STEP(Careless, "careless", kReentrant)
Careless::Answer Careless::execute(const Input& input, Context& ctx) {
    static std::atomic<int> order{0};
    const auto reply = ctx.http().post(input.url, "order " + std::to_string(++order));
    return Output{input.url, reply.status};
}

}  // namespace

STEPD_EXPORT_PLUGIN("flawed", "1.0.0", Sound, Leaky, OpenEnded, Deaf, Racy, Liar, Trusting, Careless)
