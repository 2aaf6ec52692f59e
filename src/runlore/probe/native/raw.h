/* System calls without the C library, so that errno, malloc and locks are never involved. */
#ifndef RUNLORE_RAW_H
#define RUNLORE_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* Each answers what the kernel answers: minus the error number where it failed. */
#if defined(__x86_64__) && defined(__LP64__)
static inline long raw(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__) && defined(__LP64__)
static inline long raw(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "no system calls for this machine: the next rung of the observer serves"
#endif

#define RAW1(n, a) raw(n, (long)(a), 0, 0, 0, 0, 0)
#define RAW2(n, a, b) raw(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW3(n, a, b, c) raw(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW4(n, a, b, c, d) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW5(n, a, b, c, d, e) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RAW6(n, a, b, c, d, e, f) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline int raw_open(int dir, const char *path, int flags)
{
    return (int)RAW4(SYS_openat, dir, path, flags | O_CLOEXEC, 0600);
}

static inline void raw_close(int fd) { RAW1(SYS_close, fd); }

/* On 64-bit machines the C library's struct is the kernel's. */
static inline int raw_fstat(int fd, struct stat *found) { return (int)RAW2(SYS_fstat, fd, found); }

static inline int raw_stat(int dir, const char *path, struct stat *found, int flags)
{
    return (int)RAW4(SYS_newfstatat, dir, path, found, flags);
}

static inline void *raw_map(int fd, size_t size, uint64_t offset)
{
    long at = RAW6(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return at < 0 && at > -4096 ? NULL : (void *)at;
}

static inline void raw_unmap(void *at, size_t size) { RAW2(SYS_munmap, at, size); }

static inline uint32_t raw_pid(void) { return (uint32_t)RAW1(SYS_getpid, 0); }

/* The kernel's own function in every process, once it was found: it tells the time without a system call. */
typedef int clock_type(clockid_t, struct timespec *);
static clock_type *vdso_clock;

static inline uint64_t raw_now(void)
{
    struct timespec now = {0, 0};
    clock_type *clock = __atomic_load_n(&vdso_clock, __ATOMIC_RELAXED);
    if (!clock || clock(CLOCK_REALTIME, &now))
        RAW2(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t nanoseconds(struct timespec at)
{
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* Text. The compiler is told not to turn these loops back into calls of the C library's functions. */
static inline size_t length_of(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

static inline void copy(void *to, const void *from, size_t size)
{
    char *out = to;
    const char *in = from;
    for (; size >= 8; size -= 8, in += 8, out += 8)
        __builtin_memcpy(out, in, 8); /* one instruction */
    while (size--)
        *out++ = *in++;
}

static inline bool begins(const char *text, const char *with)
{
    while (*with)
        if (*text++ != *with++)
            return false;
    return true;
}

static inline bool ends(const char *text, size_t length, const char *with)
{
    size_t n = length_of(with);
    return length >= n && begins(text + length - n, with);
}

static inline bool holds(const char *text, const char *part)
{
    for (; *text; text++)
        if (*text == *part && begins(text, part))
            return true;
    return false;
}

/* "before/after" in a buffer of PATH_MAX; its length, 0 if it is too long. */
static inline size_t join(char *to, const char *before, size_t before_length, char between, const char *after)
{
    size_t n = length_of(after);
    if (before_length + n + 2 > 4096)
        return 0;
    if (to != before)
        copy(to, before, before_length);
    to[before_length] = between;
    copy(to + before_length + 1, after, n + 1);
    return before_length + 1 + n;
}

#endif
