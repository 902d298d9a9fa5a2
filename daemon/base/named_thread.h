#pragma once

#include <pthread.h>

#include <functional>
#include <string>
#include <thread>

namespace stepd {

/// A thread with a name, which `top -H`, `perf` and core files show; the system keeps 15 characters of it.
inline std::thread namedThread(const std::string& name, std::function<void()> body) {
    return std::thread([name, body = std::move(body)] {
        ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
        body();
    });
}

}  // namespace stepd
