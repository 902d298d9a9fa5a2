#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::worker {

/// What is wrong with a frame, as the end of a sentence. Caught where frames are read.
struct BadFrame {
    std::string sentence;
};

/// One JSON object of a program, read field by field; each may be absent. Throws BadFrame for a field of another kind.
/// The object has passed json::check; views point into it. One thread.
class ExecFields {
public:
    /// `what` names the object in sentences: "a result". Throws BadFrame if `json` is no object.
    ExecFields(std::string_view json, std::string what);

    /// The bytes of a value; empty if it is absent or null.
    std::string_view raw(std::string_view name);
    std::string text(std::string_view name);
    /// Throws BadFrame if it is absent, too.
    std::string required(std::string_view name);
    bool flag(std::string_view name);
    double number(std::string_view name, double absent);
    /// A whole number from `least` to `most`.
    std::int64_t whole(std::string_view name, std::int64_t absent, std::int64_t least, std::int64_t most);
    /// The bytes of the items of an array.
    std::vector<std::string_view> items(std::string_view name);
    /// Throws BadFrame if a field is there that nobody asked for: a misspelt name would go unnoticed.
    void finish() const;
    [[noreturn]] void refuse(std::string_view name, const std::string& why) const;

private:
    struct Field {
        std::string name;
        std::string_view value;
        bool asked = false;
    };
    Field* find(std::string_view name);

    std::vector<Field> fields_;
    std::string what_;
};

}  // namespace stepd::worker
