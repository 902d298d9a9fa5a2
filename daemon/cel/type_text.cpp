#include "cel/type_text.h"

#include <algorithm>

#include "base/error.h"

namespace stepd::cel {
namespace {

using Form = Type::Form;

struct Word {
    std::string_view name;
    Form form;
};
constexpr Word kWords[] = {
    {"dyn", Form::Dyn},           {"null", Form::Null},   {"bool", Form::Bool},
    {"int", Form::Int},           {"uint", Form::Uint},   {"double", Form::Double},
    {"string", Form::String},     {"bytes", Form::Bytes}, {"timestamp", Form::Timestamp},
    {"duration", Form::Duration}, {"type", Form::Type},   {"number", Form::Number},
};

}  // namespace

void TypeText::fail() const {
    throw Error(ErrorCode::InvalidArgument, "no type: " + std::string(text_) + " at " + std::string(rest_));
}

bool TypeText::accept(std::string_view sign) {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(sign.size());
    return true;
}

void TypeText::expect(std::string_view sign) {
    if (!accept(sign)) fail();
}

void TypeText::expectEnd() {
    accept("");
    if (!rest_.empty()) fail();
}

std::string_view TypeText::word() {
    accept("");
    const auto end = rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    const auto found = rest_.substr(0, end);
    if (found.empty()) fail();
    rest_.remove_prefix(found.size());
    return found;
}

Type TypeText::type() {
    const auto name = word();
    if (accept("{")) return object(name);
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return Type::parameter(name);
    const auto* found =
        std::find_if(std::begin(kWords), std::end(kWords), [&](const Word& row) { return row.name == name; });
    if (found != std::end(kWords)) return found->form;
    expect("(");
    Type first = type();
    std::optional<Type> made;
    if (name == "list")
        made = Type::list(std::move(first));
    else if (name == "optional")
        made = Type::optional(std::move(first));
    else if (name == "map" && accept(","))
        made = Type::map(std::move(first), type());
    if (!made) fail();
    expect(")");
    return *made;
}

Type TypeText::object(std::string_view name) {
    std::vector<Type::Field> fields;
    do {
        const auto field = word();
        expect(":");
        fields.emplace_back(field, type());
    } while (accept(","));
    expect("}");
    return Type::object(std::string(name), std::move(fields));
}

Type Type::parse(std::string_view text) {
    TypeText reader(text);
    Type type = reader.type();
    reader.expectEnd();
    return type;
}

}  // namespace stepd::cel
