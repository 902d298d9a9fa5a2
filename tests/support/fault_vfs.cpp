#include "support/fault_vfs.h"

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <new>
#include <optional>
#include <string_view>

#include "base/mutex.h"

namespace stepd::test {
namespace {

/// As the methods of SQLite's unix VFS fail.
int errorOf(DiskCall call) {
    switch (call) {
        case DiskCall::Open: return SQLITE_CANTOPEN;
        case DiskCall::Read: return SQLITE_IOERR_READ;
        case DiskCall::Write: return SQLITE_IOERR_WRITE;
        case DiskCall::Sync: return SQLITE_IOERR_FSYNC;
        case DiskCall::Truncate: return SQLITE_IOERR_TRUNCATE;
        case DiskCall::Delete: return SQLITE_IOERR_DELETE;
        case DiskCall::Lock: return SQLITE_IOERR_LOCK;
        case DiskCall::Map: return SQLITE_IOERR_SHMSIZE;
    }
    return SQLITE_IOERR;
}

}  // namespace

const char* toString(DiskCall call) {
    static constexpr const char* kNames[] = {"open", "read", "write", "sync", "truncate", "delete", "lock", "map"};
    return kNames[static_cast<std::size_t>(call)];
}

const char* toString(DiskFault fault) {
    static constexpr const char* kNames[] = {"none", "full", "no space", "broken", "short", "torn", "busy", "dropped"};
    return kNames[static_cast<std::size_t>(fault)];
}

class FaultVfs::Vfs {
public:
    explicit Vfs(std::string directory) : real_(sqlite3_vfs_find(nullptr)), below_(std::move(directory) + "/") {
        vfs_ = *real_;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.zName = "faulty";
        vfs_.pNext = nullptr;
        vfs_.pAppData = this;
        vfs_.xOpen = open;
        vfs_.xDelete = remove;
        vfs_.xAccess = access;
        vfs_.xFullPathname = fullPathname;
        vfs_.xSleep = [](sqlite3_vfs*, int micros) { return micros; };
        vfs_.xGetLastError = lastError;
        sqlite3_vfs_register(&vfs_, 1);
    }
    ~Vfs() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
    }

    std::array<std::atomic<std::uint64_t>, kDiskCalls> calls_{};
    std::function<void(DiskCall)> before_;
    std::atomic<bool> happened_{false};

    void arm(const FaultPlan& plan) {
        const MutexLock lock(mutex_);
        plan_ = plan;
        left_ = plan.n;
        happened_ = false;
    }
    void disarm() {
        const MutexLock lock(mutex_);
        plan_.reset();
    }

private:
    /// SQLite's, with the file of the real VFS right behind it.
    struct File {
        sqlite3_file base;
        Vfs* vfs;  // null: it just works
        sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static Vfs& of(sqlite3_vfs* vfs) { return *static_cast<Vfs*>(vfs->pAppData); }

    /// Counts the call; what becomes of it.
    DiskFault happens(DiskCall call) {
        ++calls_[static_cast<std::size_t>(call)];
        if (before_) before_(call);
        const MutexLock lock(mutex_);
        if (!plan_ || plan_->call != call || left_ == 0) return DiskFault::None;
        if (left_ > 1) return --left_, DiskFault::None;
        if (!plan_->sticky) left_ = 0;
        happened_ = true;
        if (plan_->fault == DiskFault::NoSpace) error_ = ENOSPC;
        if (plan_->fault == DiskFault::Broken || plan_->fault == DiskFault::Torn) error_ = EIO;
        return plan_->fault;
    }
    /// What SQLite is told in place of the call; absent: do it.
    static std::optional<int> answer(DiskFault fault, DiskCall call) {
        switch (fault) {
            case DiskFault::None: return std::nullopt;
            case DiskFault::Full:
            case DiskFault::Short: return SQLITE_FULL;
            case DiskFault::Busy: return SQLITE_BUSY;
            case DiskFault::Dropped: return SQLITE_OK;
            default: return errorOf(call);
        }
    }
    static std::optional<int> refused(sqlite3_file* file, DiskCall call) { return answer(faultOf(file, call), call); }
    static DiskFault faultOf(sqlite3_file* file, DiskCall call) {
        Vfs* mine = of(file).vfs;
        return mine == nullptr ? DiskFault::None : mine->happens(call);
    }
    bool watches(const char* name) const { return name == nullptr || std::string_view(name).starts_with(below_); }
    template <auto Method, typename... Values>
    static int pass(sqlite3_file* file, Values... values) {
        sqlite3_file* inner = of(file).inner();
        return (inner->pMethods->*Method)(inner, values...);
    }

    // ---- the directory

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags) {
        Vfs& mine = of(vfs);
        file->pMethods = nullptr;
        const bool watched = mine.watches(name);
        if (watched)
            if (const auto code = answer(mine.happens(DiskCall::Open), DiskCall::Open); code && *code != SQLITE_OK)
                return *code;
        auto* ours = new (file) File{};
        ours->vfs = watched ? &mine : nullptr;
        const int code = mine.real_->xOpen(mine.real_, name, ours->inner(), flags, outFlags);
        if (ours->inner()->pMethods != nullptr) ours->base.pMethods = &kMethods;
        return code;
    }
    static int remove(sqlite3_vfs* vfs, const char* name, int syncDirectory) {
        Vfs& mine = of(vfs);
        if (mine.watches(name))
            if (const auto code = answer(mine.happens(DiskCall::Delete), DiskCall::Delete)) return *code;
        return mine.real_->xDelete(mine.real_, name, syncDirectory);
    }
    static int access(sqlite3_vfs* vfs, const char* name, int flags, int* there) {
        return of(vfs).real_->xAccess(of(vfs).real_, name, flags, there);
    }
    static int fullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
        return of(vfs).real_->xFullPathname(of(vfs).real_, name, size, out);
    }
    static int lastError(sqlite3_vfs* vfs, int size, char* text) {
        Vfs& mine = of(vfs);
        const MutexLock lock(mine.mutex_);
        return mine.error_ != 0 ? mine.error_ : mine.real_->xGetLastError(mine.real_, size, text);
    }

    // ---- a file

    static int close(sqlite3_file* file) { return pass<&sqlite3_io_methods::xClose>(file); }
    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
        if (const auto code = refused(file, DiskCall::Read)) return *code;
        return pass<&sqlite3_io_methods::xRead>(file, to, size, at);
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
        const DiskFault fault = faultOf(file, DiskCall::Write);
        if (fault == DiskFault::Short || fault == DiskFault::Torn)
            pass<&sqlite3_io_methods::xWrite>(file, from, size / 2, at);
        if (const auto code = answer(fault, DiskCall::Write)) return *code;
        return pass<&sqlite3_io_methods::xWrite>(file, from, size, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        if (const auto code = refused(file, DiskCall::Truncate)) return *code;
        return pass<&sqlite3_io_methods::xTruncate>(file, size);
    }
    static int sync(sqlite3_file* file, int flags) {
        if (const auto code = refused(file, DiskCall::Sync)) return *code;
        return pass<&sqlite3_io_methods::xSync>(file, flags);
    }
    static int fileSize(sqlite3_file* file, sqlite3_int64* size) {
        return pass<&sqlite3_io_methods::xFileSize>(file, size);
    }
    static int lock(sqlite3_file* file, int level) {
        if (const auto code = refused(file, DiskCall::Lock)) return *code;
        return pass<&sqlite3_io_methods::xLock>(file, level);
    }
    static int unlock(sqlite3_file* file, int level) { return pass<&sqlite3_io_methods::xUnlock>(file, level); }
    static int checkReserved(sqlite3_file* file, int* out) {
        return pass<&sqlite3_io_methods::xCheckReservedLock>(file, out);
    }
    static int fileControl(sqlite3_file* file, int op, void* arg) {
        return pass<&sqlite3_io_methods::xFileControl>(file, op, arg);
    }
    static int sectorSize(sqlite3_file* file) { return pass<&sqlite3_io_methods::xSectorSize>(file); }
    static int characteristics(sqlite3_file* file) { return pass<&sqlite3_io_methods::xDeviceCharacteristics>(file); }
    static int shmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
        if (const auto code = refused(file, DiskCall::Map)) return *code;
        return pass<&sqlite3_io_methods::xShmMap>(file, page, size, extend, out);
    }
    static int shmLock(sqlite3_file* file, int offset, int n, int flags) {
        if ((flags & SQLITE_SHM_LOCK) != 0)
            if (const auto code = refused(file, DiskCall::Lock)) return *code;
        return pass<&sqlite3_io_methods::xShmLock>(file, offset, n, flags);
    }
    static void shmBarrier(sqlite3_file* file) {
        sqlite3_file* inner = of(file).inner();
        inner->pMethods->xShmBarrier(inner);
    }
    static int shmUnmap(sqlite3_file* file, int remove) { return pass<&sqlite3_io_methods::xShmUnmap>(file, remove); }

    static constexpr sqlite3_io_methods kMethods = {
        2,        close,         read,        write,      truncate,        sync,   fileSize, lock,
        unlock,   checkReserved, fileControl, sectorSize, characteristics, shmMap, shmLock,  shmBarrier,
        shmUnmap, nullptr,       nullptr};

    sqlite3_vfs* const real_;
    const std::string below_;
    sqlite3_vfs vfs_{};
    Mutex mutex_;
    std::optional<FaultPlan> plan_ GUARDED_BY(mutex_);
    std::uint64_t left_ GUARDED_BY(mutex_) = 0;  // calls of the class up to the fault; 0: it is over
    int error_ GUARDED_BY(mutex_) = 0;           // as errno: of the last call that failed
};

FaultVfs::FaultVfs(std::string directory) : vfs_(std::make_unique<Vfs>(std::move(directory))) {}
FaultVfs::~FaultVfs() = default;

void FaultVfs::arm(const FaultPlan& plan) {
    vfs_->arm(plan);
}

void FaultVfs::disarm() {
    vfs_->disarm();
}

bool FaultVfs::happened() const {
    return vfs_->happened_;
}

std::uint64_t FaultVfs::calls(DiskCall call) const {
    return vfs_->calls_[static_cast<std::size_t>(call)];
}

std::uint64_t FaultVfs::calls() const {
    std::uint64_t sum = 0;
    for (const auto& count : vfs_->calls_) sum += count;
    return sum;
}

void FaultVfs::before(std::function<void(DiskCall)> seen) {
    vfs_->before_ = std::move(seen);
}

}  // namespace stepd::test
