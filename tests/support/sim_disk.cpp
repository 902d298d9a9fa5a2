#include "support/sim_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/file_descriptor.h"
#include "support/power_cut.h"
#include "support/sim_file.h"

namespace stepd::test {
namespace {

std::string directoryOf(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

}  // namespace

/// The methods that SQLite calls. One lock around all: a disk does one thing at a time.
class SimDisk::Vfs {
public:
    Vfs() : base_(sqlite3_vfs_find(nullptr)) {
        vfs_ = *base_;
        vfs_.szOsFile = sizeof(Handle);
        vfs_.zName = "simulated";
        vfs_.pNext = nullptr;
        vfs_.pAppData = this;
        vfs_.xOpen = openFile;
        vfs_.xDelete = remove;
        vfs_.xAccess = access;
        vfs_.xFullPathname = fullPathname;
        sqlite3_vfs_register(&vfs_, 1);
    }
    ~Vfs() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(base_, 1);
    }

    using FilePtr = std::shared_ptr<SimFile>;
    using Names = std::map<std::string, FilePtr>;

    Mutex mutex_;
    Names names_ GUARDED_BY(mutex_);    // by path, as processes see them
    Names durable_ GUARDED_BY(mutex_);  // as of the last sync of their directory
    std::int64_t capacity_ GUARDED_BY(mutex_) = 0;
    std::int64_t taken_ GUARDED_BY(mutex_) = 0;
    std::uint64_t order_ GUARDED_BY(mutex_) = 0;

    std::int64_t used() const REQUIRES(mutex_) {
        auto sum = taken_;
        for (const auto& [path, file] : names_) sum += static_cast<std::int64_t>(file->content.size());
        return sum;
    }
    bool hasRoom(std::int64_t bytes) const REQUIRES(mutex_) {
        return bytes <= 0 || capacity_ == 0 || used() + bytes <= capacity_;
    }
    void syncDirectory(const std::string& directory) REQUIRES(mutex_) {
        std::erase_if(durable_, [&](const auto& entry) { return directoryOf(entry.first) == directory; });
        for (const auto& entry : names_)
            if (directoryOf(entry.first) == directory) durable_.insert(entry);
    }
    Names in(const Names& names, const std::string& directory) const REQUIRES(mutex_) {
        Names found;
        for (const auto& [path, file] : names)
            if (directoryOf(path) == directory) found.emplace(path.substr(directory.size() + 1), file);
        return found;
    }

private:
    struct Handle {
        sqlite3_file base;
        Vfs* disk;
        FilePtr file;
        std::string path;
        SimFile::Lock lock;
        SimFile::Sharer sharer;
        bool syncsDirectory = false;
        bool deletesOnClose = false;
    };
    static Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
    static Vfs& of(sqlite3_vfs* vfs) { return *static_cast<Vfs*>(vfs->pAppData); }

    // ---- the directory

    static int openFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags) {
        Vfs& disk = of(vfs);
        const MutexLock lock(disk.mutex_);
        file->pMethods = nullptr;
        const std::string path = name == nullptr ? "/temporary/" + std::to_string(++disk.order_) : name;
        auto found = disk.names_.find(path);
        if (found == disk.names_.end()) {
            if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
            found = disk.names_.emplace(path, std::make_shared<SimFile>()).first;
            // For those who look whether there is such a file.
            const FileDescriptor placeholder(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        }
        auto* handle = new (file) Handle{};
        handle->disk = &disk;
        handle->file = found->second;
        handle->path = path;
        handle->syncsDirectory =
            (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0 && (flags & SQLITE_OPEN_CREATE) != 0;
        handle->deletesOnClose = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        handle->file->locks.push_back(&handle->lock);
        handle->base.pMethods = &kMethods;
        if (outFlags != nullptr) *outFlags = flags;
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs* vfs, const char* name, int syncDirectory) {
        Vfs& disk = of(vfs);
        const MutexLock lock(disk.mutex_);
        if (disk.names_.erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
        ::unlink(name);
        if (syncDirectory != 0) disk.syncDirectory(directoryOf(name));
        return SQLITE_OK;
    }
    static int access(sqlite3_vfs* vfs, const char* name, int, int* there) {
        Vfs& disk = of(vfs);
        const MutexLock lock(disk.mutex_);
        const auto found = disk.names_.find(name);
        // An empty one does not count, as in unixAccess.
        *there = found != disk.names_.end() && !found->second->content.empty() ? 1 : 0;
        return SQLITE_OK;
    }
    static int fullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
        sqlite3_snprintf(size, out, "%s", name);
        return SQLITE_OK;
    }

    // ---- a file

    static int close(sqlite3_file* file) {
        Handle& handle = of(file);
        {
            const MutexLock lock(handle.disk->mutex_);
            std::erase(handle.file->locks, &handle.lock);
            if (handle.deletesOnClose) handle.disk->names_.erase(handle.path);
        }
        handle.~Handle();
        return SQLITE_OK;
    }
    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        const std::string& content = handle.file->content;
        const auto from = std::min(static_cast<std::size_t>(at), content.size());
        const auto got = std::min(static_cast<std::size_t>(size), content.size() - from);
        std::memcpy(to, content.data() + from, got);
        std::memset(static_cast<char*>(to) + got, 0, static_cast<std::size_t>(size) - got);
        return got == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        SimFile& node = *handle.file;
        if (!handle.disk->hasRoom(at + size - static_cast<std::int64_t>(node.content.size()))) return SQLITE_FULL;
        node.unsynced.push_back({.order = ++handle.disk->order_,
                                 .at = at,
                                 .bytes = {static_cast<const char*>(from), static_cast<std::size_t>(size)}});
        node.unsynced.back().applyTo(node.content);
        return SQLITE_OK;
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        SimFile& node = *handle.file;
        node.unsynced.push_back({.order = ++handle.disk->order_, .at = size, .bytes = {}, .truncates = true});
        node.unsynced.back().applyTo(node.content);
        return SQLITE_OK;
    }
    static int sync(sqlite3_file* file, int) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        handle.file->sync();
        if (std::exchange(handle.syncsDirectory, false)) handle.disk->syncDirectory(directoryOf(handle.path));
        return SQLITE_OK;
    }
    static int fileSize(sqlite3_file* file, sqlite3_int64* size) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        *size = static_cast<sqlite3_int64>(handle.file->content.size());
        return SQLITE_OK;
    }
    static int fileControl(sqlite3_file*, int what, void* argument) {
        if (what != SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
        *static_cast<sqlite3_int64*>(argument) = 0;
        return SQLITE_OK;
    }
    static int sectorSize(sqlite3_file*) { return 4096; }
    static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    // ---- locks and shared memory

    static int lockFile(sqlite3_file* file, int level) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        return handle.file->lock(handle.lock, level);
    }
    static int unlockFile(sqlite3_file* file, int level) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        handle.lock.level = std::min(handle.lock.level, level);
        return SQLITE_OK;
    }
    static int checkReserved(sqlite3_file* file, int* out) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        const auto& locks = handle.file->locks;
        *out = std::any_of(locks.begin(), locks.end(),
                           [](const SimFile::Lock* one) { return one->level >= SQLITE_LOCK_RESERVED; });
        return SQLITE_OK;
    }
    static int shmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        SimFile& node = *handle.file;
        if (std::find(node.sharers.begin(), node.sharers.end(), &handle.sharer) == node.sharers.end())
            node.sharers.push_back(&handle.sharer);
        const auto wanted = static_cast<std::size_t>(region) + 1;
        while (extend != 0 && node.regions.size() < wanted)
            node.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
        *out = wanted <= node.regions.size() ? node.regions[wanted - 1].get() : nullptr;
        return SQLITE_OK;
    }
    static int shmLock(sqlite3_file* file, int offset, int count, int flags) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        return handle.file->lockShared(handle.sharer, offset, count, flags);
    }
    static void shmBarrier(sqlite3_file* file) { const MutexLock lock(of(file).disk->mutex_); }
    static int shmUnmap(sqlite3_file* file, int) {
        Handle& handle = of(file);
        const MutexLock lock(handle.disk->mutex_);
        handle.file->unmap(handle.sharer);
        return SQLITE_OK;
    }

    static constexpr sqlite3_io_methods kMethods = {
        2,          close,         read,        write,      truncate,        sync,   fileSize, lockFile,
        unlockFile, checkReserved, fileControl, sectorSize, characteristics, shmMap, shmLock,  shmBarrier,
        shmUnmap,   nullptr,       nullptr};

    sqlite3_vfs* const base_;
    sqlite3_vfs vfs_{};
};

SimDisk::SimDisk() : vfs_(std::make_unique<Vfs>()) {}
SimDisk::~SimDisk() = default;

DiskImage SimDisk::cut(const std::string& directory, Random& random) const {
    const MutexLock lock(vfs_->mutex_);
    const auto now = vfs_->in(vfs_->names_, directory);
    const auto durable = vfs_->in(vfs_->durable_, directory);
    PowerCut cut(random);
    std::map<std::string, const SimFile*> survivors;
    for (const auto* names : {&now, &durable})
        for (const auto& [name, file] : *names) {
            const auto kept = durable.find(name);
            const bool sure = now.contains(name) && kept != durable.end() && kept->second == now.at(name);
            if (survivors.contains(name)) continue;
            if (sure) {
                survivors.emplace(name, file.get());
            } else if (cut.happened()) {  // the change of the directory has reached the disk
                if (now.contains(name)) survivors.emplace(name, now.at(name).get());
            } else if (kept != durable.end()) {
                survivors.emplace(name, kept->second.get());
            } else {
                survivors.emplace(name, nullptr);
            }
        }
    std::erase_if(survivors, [](const auto& entry) { return entry.second == nullptr; });
    return cut.imageOf(survivors);
}

DiskImage SimDisk::seen(const std::string& directory) const {
    const MutexLock lock(vfs_->mutex_);
    DiskImage image;
    for (const auto& [name, file] : vfs_->in(vfs_->names_, directory)) image.emplace(name, file->content);
    return image;
}

DiskImage SimDisk::synced(const std::string& directory) const {
    const MutexLock lock(vfs_->mutex_);
    DiskImage image;
    for (const auto& [name, file] : vfs_->in(vfs_->durable_, directory)) image.emplace(name, file->synced);
    return image;
}

void SimDisk::install(const std::string& directory, const DiskImage& image) {
    const MutexLock lock(vfs_->mutex_);
    std::erase_if(vfs_->names_, [&](const auto& entry) { return directoryOf(entry.first) == directory; });
    for (const auto& [name, content] : image) {
        auto file = std::make_shared<SimFile>();
        file->content = file->synced = content;
        vfs_->names_.emplace(directory + "/" + name, std::move(file));
    }
    vfs_->syncDirectory(directory);
}

void SimDisk::setCapacity(std::int64_t bytes) {
    const MutexLock lock(vfs_->mutex_);
    vfs_->capacity_ = bytes;
}

bool SimDisk::take(std::int64_t bytes) {
    const MutexLock lock(vfs_->mutex_);
    if (!vfs_->hasRoom(bytes)) return false;
    vfs_->taken_ += bytes;
    return true;
}

void SimDisk::give(std::int64_t bytes) {
    const MutexLock lock(vfs_->mutex_);
    vfs_->taken_ -= bytes;
}

std::int64_t SimDisk::used() const {
    const MutexLock lock(vfs_->mutex_);
    return vfs_->used();
}

}  // namespace stepd::test
