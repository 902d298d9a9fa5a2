#include "store/faulty_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <optional>

namespace stepd::test {
namespace {

struct State {
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> syncs{0};
    std::atomic<std::uint64_t> countdown{0};  // 0: nothing is armed
    std::atomic<DiskFault> fault{DiskFault::Full};
    std::atomic<bool> happened{false};
};
State state;  // SQLite's calls carry no pointer of ours
sqlite3_vfs* real = nullptr;

enum class Call { Write, Sync, Other };

/// The code to answer with instead of doing the call.
std::optional<int> faultAt(Call call) {
    if (call == Call::Write) ++state.writes;
    if (call == Call::Sync) ++state.syncs;
    const DiskFault fault = state.fault;
    const bool counts = fault == DiskFault::ProcessDies || (fault == DiskFault::SyncFails) == (call == Call::Sync);
    if (!counts || (call == Call::Other && fault != DiskFault::ProcessDies) || state.countdown == 0) return {};
    if (--state.countdown != 0) return {};
    state.happened = true;
    if (fault == DiskFault::ProcessDies) ::_exit(9);
    if (fault == DiskFault::SyncFails) return SQLITE_IOERR_FSYNC;
    return fault == DiskFault::Full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

struct File {
    sqlite3_file base;
    sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* inner(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->inner();
}

template <auto Method, typename... Values>
int pass(sqlite3_file* file, Values... values) {
    return (inner(file)->pMethods->*Method)(inner(file), values...);
}

int closeFile(sqlite3_file* file) {
    return pass<&sqlite3_io_methods::xClose>(file);
}
int readFile(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return pass<&sqlite3_io_methods::xRead>(file, to, size, at);
}
int writeFile(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    if (const auto fault = faultAt(Call::Write)) return *fault;
    return pass<&sqlite3_io_methods::xWrite>(file, from, size, at);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
    if (const auto fault = faultAt(Call::Other)) return *fault;
    return pass<&sqlite3_io_methods::xTruncate>(file, size);
}
/// Not done: what a killed process has written the kernel keeps anyway, and the tests stay fast on a busy disk.
int syncFile(sqlite3_file*, int) {
    return faultAt(Call::Sync).value_or(SQLITE_OK);
}
int fileSize(sqlite3_file* file, sqlite3_int64* size) {
    return pass<&sqlite3_io_methods::xFileSize>(file, size);
}
int lockFile(sqlite3_file* file, int level) {
    return pass<&sqlite3_io_methods::xLock>(file, level);
}
int unlockFile(sqlite3_file* file, int level) {
    return pass<&sqlite3_io_methods::xUnlock>(file, level);
}
int checkReserved(sqlite3_file* file, int* out) {
    return pass<&sqlite3_io_methods::xCheckReservedLock>(file, out);
}
int fileControl(sqlite3_file* file, int op, void* arg) {
    return pass<&sqlite3_io_methods::xFileControl>(file, op, arg);
}
int sectorSize(sqlite3_file* file) {
    return pass<&sqlite3_io_methods::xSectorSize>(file);
}
int characteristics(sqlite3_file* file) {
    return pass<&sqlite3_io_methods::xDeviceCharacteristics>(file);
}
int shmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return pass<&sqlite3_io_methods::xShmMap>(file, page, size, extend, out);
}
int shmLock(sqlite3_file* file, int offset, int n, int flags) {
    return pass<&sqlite3_io_methods::xShmLock>(file, offset, n, flags);
}
void shmBarrier(sqlite3_file* file) {
    inner(file)->pMethods->xShmBarrier(inner(file));
}
int shmUnmap(sqlite3_file* file, int remove) {
    return pass<&sqlite3_io_methods::xShmUnmap>(file, remove);
}

constexpr sqlite3_io_methods kMethods = {2,           closeFile,  readFile,        writeFile,  truncateFile,
                                         syncFile,    fileSize,   lockFile,        unlockFile, checkReserved,
                                         fileControl, sectorSize, characteristics, shmMap,     shmLock,
                                         shmBarrier,  shmUnmap,   nullptr,         nullptr};

int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
    auto* ours = new (file) File{};
    const int code = real->xOpen(real, name, ours->inner(), flags, outFlags);
    if (ours->inner()->pMethods != nullptr) ours->base.pMethods = &kMethods;
    return code;
}

int deleteFile(sqlite3_vfs*, const char* name, int syncDirectory) {
    if (const auto fault = faultAt(Call::Other)) return *fault;
    return real->xDelete(real, name, syncDirectory);
}

sqlite3_vfs faulty;

}  // namespace

FaultyVfs::FaultyVfs() {
    real = sqlite3_vfs_find(nullptr);
    faulty = *real;
    faulty.zName = "faulty";
    faulty.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    faulty.xOpen = openFile;
    faulty.xDelete = deleteFile;
    state.countdown = 0;
    state.happened = false;
    sqlite3_vfs_register(&faulty, 1);
}

FaultyVfs::~FaultyVfs() {
    sqlite3_vfs_unregister(&faulty);
    sqlite3_vfs_register(real, 1);
}

void FaultyVfs::failAt(std::uint64_t n, DiskFault fault) {
    state.fault = fault;
    state.happened = false;
    state.countdown = n;
}

void FaultyVfs::disarm() {
    state.countdown = 0;
}
bool FaultyVfs::happened() const {
    return state.happened;
}
std::uint64_t FaultyVfs::syncs() const {
    return state.syncs;
}
std::uint64_t FaultyVfs::writes() const {
    return state.writes;
}

}  // namespace stepd::test
