#include "ctl/elf_file.h"

#include <gelf.h>
#include <libelf.h>

#include <cstring>
#include <memory>
#include <optional>

namespace stepd::ctl {
namespace {

constexpr std::size_t kMostSymbols = 200'000;
constexpr std::size_t kMostDynamic = 10'000;
constexpr std::size_t kLongestName = 16 << 10;
constexpr std::size_t kMostBytes = 64 << 20;  // of all names

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
#error "say which ELF machine this is"
#endif

/// A sentence; caught by readElf.
struct Unreadable {
    std::string sentence;
};

class Reader {
public:
    explicit Reader(Elf* elf) : elf_(elf) {}

    ElfFile read() {
        GElf_Ehdr header;
        if (elf_kind(elf_) != ELF_K_ELF || gelf_getehdr(elf_, &header) == nullptr)
            throw Unreadable{"it is no ELF file"};
        file_.sharedObject = header.e_type == ET_DYN;
        file_.ours = header.e_machine == kMachine && header.e_ident[EI_CLASS] == ELFCLASS64 &&
                     header.e_ident[EI_DATA] == ELFDATA2LSB;
        if (!file_.sharedObject || !file_.ours) return file_;
        readSegments();
        for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) readSection(section);
        if (!sawDynamic_) throw Unreadable{"it has no dynamic section that can be read"};
        return file_;
    }

private:
    void readSegments() {
        std::size_t count = 0;
        if (elf_getphdrnum(elf_, &count) != 0 || count > kMostDynamic)
            throw Unreadable{"its program headers cannot be read"};
        for (std::size_t i = 0; i < count; ++i) {
            GElf_Phdr segment;
            if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr)
                throw Unreadable{"its program headers cannot be read"};
            if (segment.p_type == PT_GNU_RELRO) file_.relro = true;
            if (segment.p_type == PT_GNU_STACK) file_.executableStack = (segment.p_flags & PF_X) != 0;
        }
    }

    void readSection(Elf_Scn* section) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) throw Unreadable{"a section header cannot be read"};
        if (header.sh_type == SHT_SYMTAB) file_.symbols = true;
        std::size_t names = 0;
        if (elf_getshdrstrndx(elf_, &names) == 0 && nameAt(names, header.sh_name) == ".debug_info")
            file_.debugInfo = true;
        if (header.sh_type == SHT_DYNAMIC) readDynamic(section, header);
        if (header.sh_type == SHT_DYNSYM) readSymbols(section, header);
        if (header.sh_type == SHT_NOTE) readNotes(section);
    }

    void readDynamic(Elf_Scn* section, const GElf_Shdr& header) {
        sawDynamic_ = true;
        Elf_Data* data = dataOf(section);
        for (std::size_t i = 0; i < kMostDynamic; ++i) {
            GElf_Dyn entry;
            if (gelf_getdyn(data, static_cast<int>(i), &entry) == nullptr || entry.d_tag == DT_NULL) return;
            switch (entry.d_tag) {
                case DT_NEEDED: file_.needed.push_back(nameAt(header.sh_link, entry.d_un.d_val)); break;
                case DT_RPATH: file_.rpath = nameAt(header.sh_link, entry.d_un.d_val); break;
                case DT_RUNPATH: file_.runpath = nameAt(header.sh_link, entry.d_un.d_val); break;
                case DT_TEXTREL: file_.textRelocations = true; break;
                case DT_BIND_NOW: file_.bindNow = true; break;
                case DT_FLAGS:
                    file_.textRelocations |= (entry.d_un.d_val & DF_TEXTREL) != 0;
                    file_.bindNow |= (entry.d_un.d_val & DF_BIND_NOW) != 0;
                    break;
                case DT_FLAGS_1: file_.bindNow |= (entry.d_un.d_val & DF_1_NOW) != 0; break;
                default: break;
            }
        }
    }

    void readSymbols(Elf_Scn* section, const GElf_Shdr& header) {
        Elf_Data* data = dataOf(section);
        for (std::size_t i = 1; i < kMostSymbols; ++i) {
            GElf_Sym symbol;
            if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
            const int binding = GELF_ST_BIND(symbol.st_info);
            if (binding == STB_LOCAL) continue;
            std::string name = nameAt(header.sh_link, symbol.st_name);
            if (name.empty()) continue;
            if (symbol.st_shndx == SHN_UNDEF)
                file_.imports.push_back({std::move(name), binding == STB_WEAK});
            else if (const int visibility = GELF_ST_VISIBILITY(symbol.st_other);
                     visibility == STV_DEFAULT || visibility == STV_PROTECTED)
                file_.exports.push_back(std::move(name));
        }
        throw Unreadable{"it has more than " + std::to_string(kMostSymbols) + " dynamic symbols"};
    }

    void readNotes(Elf_Scn* section) {
        Elf_Data* data = dataOf(section);
        GElf_Nhdr note;
        std::size_t name = 0, description = 0;
        for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &description)) > 0;) {
            const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
            if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || std::memcmp(bytes + name, "GNU", 4) != 0 ||
                note.n_descsz > 64)
                continue;
            file_.buildId.clear();
            for (std::size_t i = 0; i < note.n_descsz; ++i) {
                file_.buildId += "0123456789abcdef"[bytes[description + i] >> 4];
                file_.buildId += "0123456789abcdef"[bytes[description + i] & 15];
            }
        }
    }

    static Elf_Data* dataOf(Elf_Scn* section) {
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr) throw Unreadable{"a section lies outside of the file"};
        return data;
    }

    /// Empty where the file does not say.
    std::string nameAt(std::size_t section, std::size_t offset) {
        const char* name = elf_strptr(elf_, section, offset);
        if (name == nullptr) return {};
        std::string out(name, ::strnlen(name, kLongestName));
        bytes_ += out.size();
        if (bytes_ > kMostBytes) throw Unreadable{"its names are longer than 64 MiB together"};
        return out;
    }

    Elf* elf_;
    ElfFile file_;
    bool sawDynamic_ = false;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<ElfFile, std::string> readElf(int fd) {
    using Read = Result<ElfFile, std::string>;
    if (elf_version(EV_CURRENT) == EV_NONE) return Read::failure("libelf is too old for its own header");
    // Not mapped: a file that shrinks meanwhile would be a bus error.
    const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_begin(fd, ELF_C_READ, nullptr), &elf_end);
    if (!elf) return Read::failure("it cannot be read as ELF");
    try {
        return Reader(elf.get()).read();
    } catch (const Unreadable& e) {
        return Read::failure(e.sentence);
    }
}

}  // namespace stepd::ctl
