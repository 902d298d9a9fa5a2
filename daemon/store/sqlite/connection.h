#pragma once

#include <memory>
#include <string>

struct sqlite3;
namespace Poco::Data {
class Session;
}

namespace stepd::store {

/// What a connection may do (hardening R3): one writes and checkpoints, all others only read.
enum class Role { Writer, Reader };

/// A Poco::Data session on a database file. One thread at a time. Its statements end before it does.
class Connection {
public:
    /// Opens the file and changes nothing in it; a writer creates it, with mode 0600. Throws Error.
    Connection(const std::string& path, Role role);
    ~Connection();

    /// Makes the settings of hardening R2 and R3 and reads each back. Throws Error{System} naming the first that
    /// differs.
    void configure();

    /// The first column of the first row as text; empty if there is no row. Throws Error.
    std::string ask(const std::string& sql);
    Poco::Data::Session& session() { return *session_; }
    sqlite3* handle() const { return handle_; }

private:
    const Role role_;
    std::unique_ptr<Poco::Data::Session> session_;
    sqlite3* handle_ = nullptr;
};

/// A sentence if this SQLite is known to corrupt a database when two connections write or checkpoint at once (hardening
/// R3); empty if not.
std::string libraryWarning();

}  // namespace stepd::store
