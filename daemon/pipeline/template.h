#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/cel.h"

namespace stepd::pipeline {

/// Names bound for one evaluation, with their documents as received: an expression that only selects gets the bytes, so
/// no number or key changes on the way (hardening R14).
class Scope : public cel::Activation {
public:
    /// The JSON text at root.fields..., exactly as stored; absent if the root is no document or has nothing there.
    virtual std::optional<std::string_view> bytesAt(const cel::Reference& path) const = 0;
};

/// A JSON value of a pipeline file with `${{ CEL }}` inside: a scalar that is one expression keeps its type, a mixed
/// one becomes text, `$${{` is a literal, results are never scanned again. Immutable, cheap to copy, thread-safe.
class Template {
public:
    struct Node;
    Template() = default;
    explicit Template(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
    /// One without expressions; `json` is one JSON document.
    static Template literal(std::string json);

    /// JSON text. A missing key, a wrong type and the like are an error that names the expression. In a mixed scalar a
    /// string stands as it is and anything else as its JSON.
    Result<std::string, cel::EvaluationError> render(const Scope& scope) const;
    /// Of all expressions inside.
    std::vector<cel::Reference> references() const;
    /// A template without a value renders `null`.
    bool empty() const { return root_ == nullptr; }

private:
    std::shared_ptr<const Node> root_;
};

}  // namespace stepd::pipeline
