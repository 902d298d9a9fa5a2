#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "result_saver/descriptor.h"

namespace stepd::result_saver {

/// What a result file is written with.
struct WriteOptions {
    mode_t fileMode = 0640;
    bool fsync = true;
};

/// A file that stands complete under its name.
struct Published {
    std::string file;
    std::string text;      ///< its content: what was given, or what stood there already
    bool created = false;  ///< false: an earlier attempt had saved it
};

/// The directory of the results, opened once and used through its descriptor alone: nobody can swap it meanwhile.
/// Everything throws std::system_error. One thread at a time.
class OutputDirectory {
public:
    /// Makes the directory and its parents if they are missing.
    OutputDirectory(const std::string& path, mode_t dirMode);

    /// Writes `text` under `stem`.json without replacing anything; readers never see a part of it. Where the name is
    /// taken: if `isSame` says so of the other file's content, that file is the result, else `stem`_2 ... _99 are
    /// tried; EEXIST when all are taken. With fsync, file and name are on disk on return.
    Published publish(const std::string& stem, const std::string& text, const WriteOptions& options,
                      const std::function<bool(std::string_view)>& isSame) const;

    int descriptor() const { return directory_.get(); }

private:
    std::string writeTemporary(const std::string& stem, const std::string& text, const WriteOptions& options) const;
    /// False if `name` exists.
    bool renameTo(const std::string& temporary, const std::string& name) const;
    /// The content of a regular file of about that size; empty if there is none.
    std::string readSimilar(const std::string& name, std::size_t size) const;

    void syncNames(const WriteOptions& options) const;

    Descriptor directory_;
};

}  // namespace stepd::result_saver
