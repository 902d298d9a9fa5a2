// The strict YAML reader on any bytes: it ends, throws nothing, and what it accepts is JSON. Entry for libFuzzer; the
// corpus is replayed by tests/yaml.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json_text.h"
#include "yaml/document.h"
#include "yaml/json.h"

using namespace stepd;

// NOLINTNEXTLINE: libFuzzer's names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const yaml::Document document = yaml::parse(text, "fuzz");
    if (hasErrors(document.findings)) return 0;
    yaml::Report report("fuzz");
    const std::string json = yaml::toJson(*document.root, "", report);
    if (!json::check(json).kind) std::abort();
    return 0;
}
