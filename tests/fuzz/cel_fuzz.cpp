// Expressions from anywhere: compile, and if that works evaluate against a small document within tight limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cel/cel.h"
#include "cel/map_activation.h"

using namespace stepd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const cel::MapActivation names({
        {"a",
         cel::fromJson(R"({"b": [1, -2, 3.5, "text", null, true], "c": {"d": "2024-01-01T00:00:00Z", "e": "1h"}})")},
        {"x", cel::Value::bytes("\x01\xFF")},
        {"t", cel::Value::timestamp(cel::TimePoint{1'700'000'000, 5})},
    });
    cel::CompileOptions options;
    options.lateBinding = true;
    const auto program = cel::compile({reinterpret_cast<const char*>(data), size}, options);
    if (!program) return program.error().empty() ? std::abort(), 1 : 0;  // a refusal has a reason
    for (const auto& mistake : program->types({{"t", cel::Type::parse("timestamp")}}).mistakes)
        if (mistake.message.empty()) std::abort();
    const auto value = program->evaluate(names, {.steps = 10'000, .resultBytes = 1U << 20});
    if (!value) return 0;
    // What an expression gives is JSON that can be read again, or has no JSON.
    if (const auto json = cel::toJson(*value)) cel::fromJson(*json);
    return 0;
}
