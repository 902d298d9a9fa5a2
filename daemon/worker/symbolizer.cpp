// stepd-symbolizer: gives names to the frames of a crash. A throw-away program, because what it reads, the ELF and
// DWARF of a plugin, is foreign: whatever a crafted file does to the parser, it does it here (hardening R18).
//
// The library is descriptor 3; offsets as the file counts addresses are lines of standard input, in hexadecimal. Each
// gets one line on standard output: function, a tab, source; `?` for what is not known. It has the limits below, no
// new privileges, no environment, and nobody waits for it longer than a second.
#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace {

constexpr int kLibraryFd = 3;
constexpr int kMostOffsets = 64;
constexpr std::size_t kMostFunction = 200;

void limit(__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    if (::setrlimit(resource, &both) != 0) std::_Exit(1);
}

void confine() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) std::_Exit(1);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 2);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 16);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they reserve far more than they use
    limit(RLIMIT_AS, 1U << 30);
#endif
}

std::string demangled(const char* symbol) {
    int status = -1;
    const std::unique_ptr<char, decltype(&std::free)> plain(abi::__cxa_demangle(symbol, nullptr, nullptr, &status),
                                                            &std::free);
    std::string name = status == 0 && plain ? plain.get() : symbol;
    for (const char* noise : {"(anonymous namespace)::", "[abi:cxx11]"})
        for (auto at = name.find(noise); at != std::string::npos; at = name.find(noise))
            name.erase(at, std::strlen(noise));
    if (name.size() > kMostFunction) name = name.substr(0, kMostFunction) + "...";
    return name;
}

/// `fetch.cpp:23`: where a file lay when it was compiled tells nobody anything.
std::string sourceOf(Dwfl_Module* module, Dwarf_Addr address) {
    Dwfl_Line* line = ::dwfl_module_getsrc(module, address);
    int number = 0;
    const char* file = line == nullptr ? nullptr : ::dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file == nullptr) return "?";
    const char* slash = std::strrchr(file, '/');
    return std::string(slash == nullptr ? file : slash + 1) + ":" + std::to_string(number);
}

void print(Dwfl_Module* module, Dwarf_Addr address) {
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char* name = ::dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
    if (name == nullptr)
        std::printf("?\t%s\n", sourceOf(module, address).c_str());
    else
        std::printf("%s+0x%llx\t%s\n", demangled(name).c_str(), static_cast<unsigned long long>(offset),
                    sourceOf(module, address).c_str());
}

int answer() {
    Dwfl_Callbacks callbacks{};
    callbacks.find_elf = ::dwfl_build_id_find_elf;
    callbacks.find_debuginfo = ::dwfl_standard_find_debuginfo;
    callbacks.section_address = ::dwfl_offline_section_address;
    Dwfl* session = ::dwfl_begin(&callbacks);
    if (session == nullptr) return 1;
    Dwfl_Module* module = ::dwfl_report_offline(session, "plugin", "plugin", kLibraryFd);
    GElf_Addr bias = 0;
    if (module == nullptr || ::dwfl_report_end(session, nullptr, nullptr) != 0 ||
        ::dwfl_module_getelf(module, &bias) == nullptr)
        return 1;
    char line[64];
    for (int i = 0; i < kMostOffsets && std::fgets(line, sizeof line, stdin) != nullptr; ++i)
        print(module, bias + std::strtoull(line, nullptr, 16));
    std::fflush(stdout);
    return 0;
}

}  // namespace

int main() {
    confine();
    std::_Exit(answer());  // nothing is worth freeing
}
