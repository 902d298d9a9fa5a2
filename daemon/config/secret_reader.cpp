#include "config/secret_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/file_descriptor.h"
#include "base/text.h"

namespace stepd::config {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;

/// `NAME` of `${env:NAME}`.
std::optional<std::string> argumentOf(const std::string& text, std::string_view kind) {
    const std::string open = "${" + std::string(kind) + ":";
    if (!text.starts_with(open) || !text.ends_with('}')) return std::nullopt;
    return text.substr(open.size(), text.size() - open.size() - 1);
}

void checkMode(yaml::Reader& fields, std::string_view key, const std::string& path, mode_t mode) {
    const bool credential = path.starts_with("/run/credentials/");
    if ((mode & (S_IRWXO | S_IWGRP)) != 0) {
        fields.error(key, "others may read or change the secret in " + path, "chmod 600 " + path);
    } else if ((mode & S_IRWXG) != 0 && !credential) {
        const yaml::Mark mark = fields.node().find(key)->value->mark;
        fields.report().warning(mark, fields.path(key), "its group may read the secret in " + path,
                                "chmod 600 " + path);
    }
}

std::string reason(int error) {
    return std::generic_category().message(error);
}

}  // namespace

Secret SecretReader::read(yaml::Reader& fields, std::string_view key, Absence absence) const {
    Secret secret = resolve(fields, key, absence);
    if (isUtf8(secret.reveal())) return secret;
    fields.error(key, "the secret is not UTF-8", "a secret is text: write bytes as Base64 or hex");
    return {};
}

Secret SecretReader::resolve(yaml::Reader& fields, std::string_view key, Absence absence) const {
    std::string text;
    if (!fields.read(key, text)) return {};
    if (const auto name = argumentOf(text, "env")) return fromEnvironment(fields, key, *name, absence);
    if (const auto path = argumentOf(text, "file")) return fromFile(fields, key, *path);
    if (text.starts_with("${")) {
        fields.error(key, "a secret is written ${env:NAME} or ${file:PATH}");
        return {};
    }
    const yaml::Node& node = *fields.node().find(key)->value;
    if (node.origin.empty())
        fields.report().warning(node.mark, fields.path(key), "a secret stands in the configuration itself",
                                "put it into a file of mode 0600 and write ${file:PATH}");
    return Secret(std::move(text));
}

Secret SecretReader::fromEnvironment(yaml::Reader& fields, std::string_view key, const std::string& name,
                                     Absence absence) const {
    const auto found = environment_.find(name);
    if (found != environment_.end()) return Secret(found->second);
    if (absence == Absence::Refused) fields.error(key, "the environment has no variable " + name);
    return {};
}

Secret SecretReader::fromFile(yaml::Reader& fields, std::string_view key, const std::string& name) const {
    const std::string path = (std::filesystem::path(baseDirectory_) / name).string();
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        fields.error(key, "the secret in " + path + " cannot be read: " + reason(errno));
        return {};
    }
    if (!S_ISREG(status.st_mode) || status.st_size > static_cast<off_t>(kMaxSecret)) {
        fields.error(key, path + " is no file of at most 64 KiB");
        return {};
    }
    checkMode(fields, key, path, status.st_mode);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) {
        fields.error(key, "the secret in " + path + " cannot be read: " + reason(errno));
        return {};
    }
    text.resize(static_cast<std::size_t>(got));
    if (text.ends_with('\n')) text.pop_back();
    if (text.empty()) fields.error(key, path + " is empty");
    return Secret(std::move(text));
}

}  // namespace stepd::config
