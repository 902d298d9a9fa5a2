#pragma once

// Clang's thread-safety attributes (clang documentation, "Thread Safety Analysis"); nothing on other compilers.
#if defined(__clang__)
#define STEPD_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define STEPD_THREAD_ATTRIBUTE(x)
#endif

#define CAPABILITY(x) STEPD_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY STEPD_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) STEPD_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) STEPD_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) STEPD_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) STEPD_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define EXCLUDES(...) STEPD_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS STEPD_THREAD_ATTRIBUTE(no_thread_safety_analysis)
