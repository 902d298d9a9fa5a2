#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cel/cel.h"
#include "cel/value.h"

namespace stepd::cel {

struct Function;
class Regex;
struct Node;
using NodePtr = std::unique_ptr<Node>;

struct Literal {
    Value value;
};

/// A name and the selections behind it: `event.data.id`. Together they may be the dotted name of one variable.
struct Path {
    /// A variable that may be meant, and how many fields its dotted name takes up.
    struct Candidate {
        std::string name;
        std::size_t fields = 0;
    };

    std::string root;
    std::vector<std::string> fields;
    bool absolute = false;  ///< written `.name`: the container does not apply

    std::optional<std::size_t> local;   ///< the slot of a macro's variable; set by the checker
    std::vector<Candidate> candidates;  ///< in the order to be tried; set by the checker
};

/// Selections behind something else than a name: `f(x).a.b`.
struct Select {
    NodePtr of;
    std::vector<std::string> fields;
};

/// `has(of.field)`.
struct Presence {
    NodePtr of;
    std::string field;
};

/// `of[at]`, or `of[?at]`, which is an optional.
struct Index {
    NodePtr of;
    NodePtr at;
    bool optional = false;
};

struct MakeList {
    struct Item {
        NodePtr value;
        bool optional = false;  ///< `[?x]`: left out if x is none
    };
    std::vector<Item> items;
};

struct MakeMap {
    struct Entry {
        NodePtr key;
        NodePtr value;
        bool optional = false;
    };
    std::vector<Entry> entries;
};

/// A function's call; a receiver is the first argument.
struct Call {
    std::string name;
    bool member = false;
    std::vector<NodePtr> arguments;
    const Function* function = nullptr;  ///< set by the checker; null: the call fails when evaluated
};

/// `subject.matches("constant")`, its pattern compiled once.
struct Match {
    NodePtr subject;
    std::shared_ptr<const Regex> pattern;
};

enum class Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    In
};

struct Binary {
    Operator op = Operator::Add;
    NodePtr left;
    NodePtr right;
};

struct Not {
    NodePtr of;
};

struct Negate {
    NodePtr of;
};

/// `a && b && ...` or `a || b || ...`: ends at the first operand equal to `decider`, whatever fails before it.
struct Logic {
    bool decider = false;
    std::vector<NodePtr> operands;
};

struct Conditional {
    NodePtr condition;
    NodePtr yes;
    NodePtr no;
};

enum class LoopKind { All, Exists, ExistsOne, Filter, Map, TransformMap };

/// A macro over a list or map. `second` is empty in the form with one variable.
struct Loop {
    LoopKind kind = LoopKind::All;
    NodePtr range;
    std::string first;
    std::string second;
    NodePtr condition;     ///< null in `map` without a filter
    NodePtr result;        ///< of Map and TransformMap, else null
    std::size_t slot = 0;  ///< of `first`; `second` has the next one; set by the checker
};

enum class BindKind { Plain, OptMap, OptFlatMap };

/// `cel.bind(name, value, body)`, `value.optMap(name, body)`, `value.optFlatMap(name, body)`.
struct Bind {
    BindKind kind = BindKind::Plain;
    std::string name;
    NodePtr value;
    NodePtr body;
    std::size_t slot = 0;
};

/// One place of the syntax tree.
struct Node {
    using Form = std::variant<Literal, Path, Select, Presence, Index, MakeList, MakeMap, Call, Match, Binary, Not,
                              Negate, Logic, Conditional, Loop, Bind>;
    Form form;
    std::size_t offset = 0;  ///< in the source, in bytes
    std::size_t height = 1;  ///< levels of nodes from here down; what bounds every recursion over the tree
};

/// Calls `visit` for every child that there is, in the order of the source.
void forEachChild(const Node::Form& form, const std::function<void(const Node&)>& visit);

/// The height of a node of this form.
std::size_t heightOf(const Node::Form& form);

/// A compiled expression.
struct Ast {
    std::string source;
    std::shared_ptr<Node> root;  ///< shared with the parts of the expression that are programs of their own
    std::size_t slots = 0;       ///< variables of macros that can be bound at one time
    std::vector<Reference> references;
    std::optional<Reference> path;
};

}  // namespace stepd::cel
