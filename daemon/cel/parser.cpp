#include "cel/parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cel/functions.h"
#include "cel/literal.h"
#include "cel/macros.h"

namespace stepd::cel {
namespace {

constexpr std::array<std::string_view, 4> kKeywords = {"false", "in", "null", "true"};
constexpr std::array<std::string_view, 17> kReserved = {"as",        "break",  "const",  "continue", "else", "for",
                                                        "function",  "if",     "import", "let",      "loop", "package",
                                                        "namespace", "return", "var",    "void",     "while"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

struct BinarySymbol {
    std::string_view symbol;
    int level;  // higher binds tighter; || and && are levels 1 and 2
    Operator op;
};
constexpr BinarySymbol kBinary[] = {
    {"<", 3, Operator::Less},          {"<=", 3, Operator::LessEqual}, {">", 3, Operator::Greater},
    {">=", 3, Operator::GreaterEqual}, {"==", 3, Operator::Equal},     {"!=", 3, Operator::NotEqual},
    {"in", 3, Operator::In},           {"+", 4, Operator::Add},        {"-", 4, Operator::Subtract},
    {"*", 5, Operator::Multiply},      {"/", 5, Operator::Divide},     {"%", 5, Operator::Modulo},
};
constexpr int kTightest = 5;

/// Recursive descent. A function that returns null has set `error_`; the first mistake ends the parse.
class Parser {
public:
    Parser(std::vector<Token> tokens, const CompileOptions& options) : tokens_(std::move(tokens)), options_(options) {}

    Result<NodePtr, SyntaxError> run() {
        NodePtr root = parseExpression();
        if (root && current().kind != TokenKind::End) root = failHere("the expression should end here");
        if (!root) return Result<NodePtr, SyntaxError>::failure(*error_);
        return root;
    }

private:
    const Token& current() const { return tokens_[at_]; }
    const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
    bool isSymbol(std::string_view symbol) const {
        return current().kind == TokenKind::Symbol && current().text == symbol;
    }
    bool accept(std::string_view symbol) {
        if (!isSymbol(symbol)) return false;
        ++at_;
        return true;
    }

    NodePtr fail(std::size_t offset, std::string message, std::string hint = {}) {
        if (!error_) error_ = SyntaxError{offset, std::move(message), std::move(hint)};
        return nullptr;
    }
    NodePtr failHere(const std::string& expected) {
        const auto& token = current();
        const std::string found =
            token.kind == TokenKind::End ? "the end" : '`' + std::string(token.text.substr(0, 40)) + '`';
        return fail(token.offset, "unexpected " + found + ": " + expected);
    }
    bool expect(std::string_view symbol) {
        if (accept(symbol)) return true;
        failHere("expected `" + std::string(symbol) + '`');
        return false;
    }

    NodePtr make(std::size_t offset, Node::Form form) {
        if (++nodes_ > options_.maxNodes)
            return fail(offset, "the expression has more than " + std::to_string(options_.maxNodes) + " parts");
        const auto height = heightOf(form);
        if (height > options_.maxDepth) return failDeep(offset);
        return std::make_unique<Node>(Node{std::move(form), offset, height});
    }
    NodePtr failDeep(std::size_t offset) {
        return fail(offset, "the expression is nested deeper than " + std::to_string(options_.maxDepth) + " levels");
    }

    NodePtr parseExpression() {
        if (depth_ >= options_.maxDepth) return failDeep(current().offset);
        ++depth_;
        NodePtr node = parseConditional();
        --depth_;
        return node;
    }

    NodePtr parseConditional() {
        NodePtr condition = parseLogic("||", true);
        const auto offset = current().offset;
        if (!condition || !accept("?")) return condition;
        NodePtr yes = parseLogic("||", true);
        if (!yes || !expect(":")) return nullptr;
        NodePtr no = parseExpression();
        if (!no) return nullptr;
        return make(offset, Conditional{std::move(condition), std::move(yes), std::move(no)});
    }

    /// Chains of one operator become one flat node, so that a long one is not deep.
    NodePtr parseLogic(std::string_view symbol, bool decider) {
        const auto parseOperand = [&] { return decider ? parseLogic("&&", false) : parseBinary(3); };
        NodePtr first = parseOperand();
        const auto offset = current().offset;
        if (!first || !isSymbol(symbol)) return first;
        Logic logic{decider, {}};
        logic.operands.push_back(std::move(first));
        while (accept(symbol)) {
            logic.operands.push_back(parseOperand());
            if (!logic.operands.back()) return nullptr;
        }
        return make(offset, std::move(logic));
    }

    const BinarySymbol* binaryHere(int level) const {
        if (current().kind != TokenKind::Symbol && current().kind != TokenKind::Identifier) return nullptr;
        const auto* found = std::find_if(std::begin(kBinary), std::end(kBinary), [&](const BinarySymbol& binary) {
            return binary.level == level && binary.symbol == current().text;
        });
        return found == std::end(kBinary) ? nullptr : found;
    }

    NodePtr parseBinary(int level) {
        NodePtr left = level > kTightest ? parseUnary() : parseBinary(level + 1);
        while (left && level <= kTightest) {
            const auto* binary = binaryHere(level);
            if (!binary) break;
            const auto offset = current().offset;
            ++at_;
            NodePtr right = parseBinary(level + 1);
            if (!right) return nullptr;
            left = make(offset, Binary{binary->op, std::move(left), std::move(right)});
        }
        return left;
    }

    NodePtr parseUnary() {
        const auto offset = current().offset;
        const bool minus = isSymbol("-");
        if (!minus && !isSymbol("!")) return parseMember();
        if (minus && (ahead().kind == TokenKind::Int || ahead().kind == TokenKind::Double)) {
            ++at_;
            return parseSuffixes(parseLiteral(true));
        }
        if (depth_ >= options_.maxDepth) return failDeep(offset);
        ++at_;
        ++depth_;
        NodePtr of = parseUnary();
        --depth_;
        if (!of) return nullptr;
        return minus ? make(offset, Negate{std::move(of)}) : make(offset, Not{std::move(of)});
    }

    NodePtr parseLiteral(bool negative = false) {
        const auto offset = current().offset;
        auto value = literalOf(tokens_[at_], negative);
        if (!value) return fail(value.error().offset, value.error().message, value.error().hint);
        ++at_;
        return make(offset, Literal{std::move(*value)});
    }

    NodePtr parseMember() { return parseSuffixes(parsePrimary()); }

    NodePtr parsePrimary() {
        const auto& token = current();
        switch (token.kind) {
            case TokenKind::Int:
            case TokenKind::Uint:
            case TokenKind::Double:
            case TokenKind::String:
            case TokenKind::Bytes: return parseLiteral();
            case TokenKind::Identifier: return parseName(false);
            default: break;
        }
        if (accept("(")) {
            NodePtr inner = parseExpression();
            return inner && expect(")") ? std::move(inner) : nullptr;
        }
        if (accept("[")) return parseList(token.offset);
        if (accept("{")) return parseMap(token.offset);
        if (accept(".")) return parseName(true);
        return failHere("expected a value");
    }

    NodePtr parseName(bool absolute) {
        const Token token = current();
        if (token.kind != TokenKind::Identifier) return failHere("expected a name");
        if (token.text == "true" || token.text == "false")
            return ++at_, make(token.offset, Literal{Value::boolean(token.text == "true")});
        if (token.text == "null") return ++at_, make(token.offset, Literal{Value::null()});
        if (contains(kKeywords, token.text)) return failHere("expected a value");
        if (contains(kReserved, token.text)) return failHere("this word is reserved and cannot be a name");
        ++at_;
        if (isSymbol("(")) return parseCall({token.text, token.offset, nullptr, {}});
        return make(token.offset, Path{std::string(token.text), {}, absolute, {}, {}});
    }

    NodePtr parseSuffixes(NodePtr node) {
        while (node) {
            const auto offset = current().offset;
            if (accept("."))
                node = accept("?") ? parseOptionalField(std::move(node), offset) : parseField(std::move(node));
            else if (accept("["))
                node = parseIndex(std::move(node), offset);
            else
                break;
        }
        if (node && isSymbol("{")) return failHere("messages cannot be made here; a map is written {\"key\": value}");
        return node;
    }

    bool isFieldName() const {
        return current().kind == TokenKind::Quoted ||
               (current().kind == TokenKind::Identifier && !contains(kKeywords, current().text));
    }

    NodePtr parseOptionalField(NodePtr of, std::size_t offset) {
        if (!isFieldName()) return failHere("expected the name of a field");
        NodePtr field = make(current().offset, Literal{Value::string(std::string(current().text))});
        ++at_;
        return field ? make(offset, Index{std::move(of), std::move(field), true}) : nullptr;
    }

    NodePtr parseField(NodePtr of) {
        if (!isFieldName()) return failHere("expected the name of a field");
        const Token field = current();
        ++at_;
        if (field.kind == TokenKind::Identifier && isSymbol("(")) return parseMemberCall(std::move(of), field);
        if (++nodes_ > options_.maxNodes) return make(field.offset, Literal{});  // fails
        if (auto* path = std::get_if<Path>(&of->form)) {
            path->fields.emplace_back(field.text);
            return of;
        }
        if (auto* select = std::get_if<Select>(&of->form)) {
            select->fields.emplace_back(field.text);
            return of;
        }
        return make(field.offset, Select{std::move(of), {std::string(field.text)}});
    }

    NodePtr parseIndex(NodePtr of, std::size_t offset) {
        const bool optional = accept("?");
        NodePtr at = parseExpression();
        if (!at || !expect("]")) return nullptr;
        return make(offset, Index{std::move(of), std::move(at), optional});
    }

    /// `math.greatest(1, 2)` calls a function of a namespace if there is one of this name; else `math` is a value.
    NodePtr parseMemberCall(NodePtr of, const Token& name) {
        const auto* path = std::get_if<Path>(&of->form);
        if (path && path->fields.empty()) {
            const std::string full = path->root + '.' + std::string(name.text);
            if (isNamespaced(full)) return parseCall({full, of->offset, nullptr, {}});
        }
        return parseCall({name.text, name.offset, std::move(of), {}});
    }

    NodePtr parseCall(WrittenCall call) {
        ++at_;  // the parenthesis
        if (!parseArguments(call.arguments)) return nullptr;
        const auto offset = call.offset;
        if (options_.macros) {
            if (auto expanded = expandMacro(call)) {
                if (*expanded) return make(offset, std::move(**expanded));
                return fail(expanded->error().offset, expanded->error().message, expanded->error().hint);
            }
        }
        const bool member = call.receiver != nullptr;
        if (member) call.arguments.insert(call.arguments.begin(), std::move(call.receiver));
        return make(offset, Call{std::string(call.name), member, std::move(call.arguments)});
    }

    bool parseArguments(std::vector<NodePtr>& arguments) {
        if (accept(")")) return true;
        do {
            arguments.push_back(parseExpression());
            if (!arguments.back()) return false;
        } while (accept(","));
        return expect(")");
    }

    NodePtr parseList(std::size_t offset) {
        MakeList list;
        while (!isSymbol("]")) {
            const bool optional = accept("?");
            list.items.push_back({parseExpression(), optional});
            if (!list.items.back().value) return nullptr;
            if (!accept(",")) break;
        }
        return expect("]") ? make(offset, std::move(list)) : nullptr;
    }

    NodePtr parseMap(std::size_t offset) {
        MakeMap map;
        while (!isSymbol("}")) {
            MakeMap::Entry entry;
            entry.optional = accept("?");
            entry.key = parseExpression();
            if (!entry.key || !expect(":")) return nullptr;
            entry.value = parseExpression();
            if (!entry.value) return nullptr;
            map.entries.push_back(std::move(entry));
            if (!accept(",")) break;
        }
        return expect("}") ? make(offset, std::move(map)) : nullptr;
    }

    std::vector<Token> tokens_;
    const CompileOptions& options_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t nodes_ = 0;
    std::optional<SyntaxError> error_;
};

}  // namespace

Result<NodePtr, SyntaxError> parse(std::string_view source, const CompileOptions& options) {
    auto tokens = tokenize(source);
    if (!tokens) return Result<NodePtr, SyntaxError>::failure(tokens.error());
    return Parser(std::move(*tokens), options).run();
}

}  // namespace stepd::cel
