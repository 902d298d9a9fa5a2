#include "disk_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/system_clock.h"
#include "latencies.h"

namespace stepd::bench {

double syncMillis(const std::string& directory) {
    const SystemClock clock;
    const std::string path = directory + "/probe";
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::string page(4096, 'x');
    Latencies latencies;
    const Instant end = clock.instant() + 500ms;
    for (Instant begin = clock.instant(); begin < end;) {
        if (::write(file.get(), page.data(), page.size()) < 0 || ::fdatasync(file.get()) != 0)
            throwErrno(errno, "syncing " + path);
        const Instant now = clock.instant();
        latencies.add(now - begin);
        begin = now;
    }
    ::unlink(path.c_str());
    return latencies.millis(0.5);
}

}  // namespace stepd::bench
