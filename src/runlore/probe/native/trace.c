/* Preloaded into the processes of a run: writes down which files they open, and changes nothing they can see.
 *
 * Each function here calls the one it stands before, with the same arguments, and returns its result. Our own
 * work is raw system calls and atomics: no malloc, lock, thread, signal handler or kept descriptor, and errno
 * stays as it is. Without a log in RUNLORE_TRACE nothing else happens. See docs/internals/native-observer.md. */
#define _GNU_SOURCE
#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "next.h"

#include "files.h"

/* musl makes macros of these names. */
#undef open64
#undef openat64
#undef creat64
#undef fopen64
#undef freopen64
#undef truncate64
#undef mkstemp64
#undef mkostemp64
#undef mkstemps64
#undef mkostemps64

#define PUBLIC __attribute__((visibility("default"), used))

extern char **environ __attribute__((weak));

/* The next `name` as a function of this type; NULL if there is none. */
#define NEXT(type, name)                    \
    __extension__({                         \
        static void *slot;                  \
        (type) next(&slot, name);           \
    })

static int state; /* 0 not looked yet, 1 somebody is at it, 2 known */

static const char *variable(char **list, const char *name_and_equals)
{
    for (; list && *list; list++)
        if (begins(*list, name_and_equals))
            return *list + length_of(name_and_equals);
    return NULL;
}

/* What this program was executed as, told by the kernel; NULL if only /proc knows. It tells of a script by
 * starting the script's interpreter with the script's name. */
static const char *executed(int count, char **arguments, char **variables)
{
    const char *name = NULL;
    if (!arguments || arguments + count + 1 != variables)
        return NULL; /* we were called without them */
    while (*variables)
        variables++;
    for (const ElfW(auxv_t) *each = (const void *)(variables + 1); each->a_type != AT_NULL; each++)
        if (each->a_type == AT_EXECFN)
            name = (const char *)each->a_un.a_val;
    for (int i = 1; name && i < 3 && i < count; i++)
        if (*arguments[0] == '/' && begins(arguments[i], name) && begins(name, arguments[i]))
            return arguments[0];
    return name && *name == '/' && !is_noise(name) ? name : NULL;
}

static __attribute__((noinline)) void begin(int count, char **arguments, char **variables)
{
    int none = 0;
    char path[NAME]; /* the first stack is large, and warm */
    const char *log = variable(variables, "RUNLORE_TRACE=");
    if (!__atomic_compare_exchange_n(&state, &none, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return;
    struct record what = {.kind = START, .at = log ? raw_now() : 0, .pid = log ? raw_pid() : 0};
    if (log)
        attach(log, what.at, what.pid);
    if (header) {
        const char *name = executed(count, arguments, variables);
        long n = name ? (long)length_of(name) : RAW4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, NAME);
        what.path_length = (uint16_t)(n > 0 && n < NAME ? n : 0);
        append(&what, name ? name : path, "");
    }
    __atomic_store_n(&state, 2, __ATOMIC_RELEASE);
}

/* A library that came before us may open files while it is initialised. */
static void ready(void)
{
    if (__builtin_expect(!__atomic_load_n(&state, __ATOMIC_ACQUIRE), 0) && &environ && environ)
        begin(0, NULL, environ);
}

/* glibc passes what main gets and may not have set `environ` yet; musl passes nothing and has. */
__attribute__((constructor)) static void constructed(int count, char **arguments, char **variables)
{
    const bool passed = !&environ || !environ || environ == variables;
    begin(passed ? count : 0, passed ? arguments : NULL, passed ? variables : environ);
}

/* As if `name` had been opened by these flags. */
static void touched(const char *name, int flags)
{
    int fd = running() ? raw_open(AT_FDCWD, name, O_PATH) : -1;
    opened(fd, flags, false, AT_FDCWD, name);
    if (fd >= 0)
        raw_close(fd);
}

/* The dynamic loader opens libraries by itself, so those of no system folder are noted when the program ends. */
static int note_library(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    bool *first = data;
    const char *name = *first ? NULL : info->dlpi_name; /* the program itself, which musl names and glibc does not */
    *first = false;
    const char *below = name && begins(name, "/usr/") ? name + 4 : name;
    if (!name || !holds(name, "/") || begins(below, "/lib/") || begins(below, "/lib64/") ||
        ends(name, length_of(name), "/librunlore_trace.so"))
        return 0;
    touched(name, O_RDONLY);
    return 0;
}

__attribute__((destructor)) static void destructed(void)
{
    bool first = true;
    if (running() && dl_iterate_phdr)
        dl_iterate_phdr(note_library, &first);
}

/* A program that is linked to AddressSanitizer's runtime otherwise refuses to start with any library before that.
 * The runtime asks this function; a program's own answer comes before ours. */
PUBLIC const char *__asan_default_options(void);
PUBLIC const char *__asan_default_options(void) { return "verify_asan_link_order=0"; }

/* For the case that the C library lacks a function that is a system call anyway. */
static int answer(long result)
{
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}

static int missing(void) { return answer(-ENOSYS); }

/* Opening. */

#define MODE_ARGUMENT(flags)                                             \
    mode_t mode = 0;                                                     \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {       \
        va_list rest;                                                    \
        va_start(rest, flags);                                           \
        mode = va_arg(rest, mode_t);                                     \
        va_end(rest);                                                    \
    }

typedef int open_type(const char *, int, ...);
typedef int openat_type(int, const char *, int, ...);

#define OPEN(name)                                                                                        \
    PUBLIC int name(const char *path, int flags, ...)                                                     \
    {                                                                                                     \
        MODE_ARGUMENT(flags)                                                                              \
        ready();                                                                                          \
        open_type *real = NEXT(open_type *, #name);                                                       \
        bool fresh = prepare(AT_FDCWD, path, flags);                                                      \
        int fd = real ? real(path, flags, mode) : answer(RAW4(SYS_openat, AT_FDCWD, path, flags, mode));  \
        opened(fd, flags, fresh, AT_FDCWD, path);                                                         \
        return fd;                                                                                        \
    }

#define OPENAT(name)                                                                                      \
    PUBLIC int name(int dir, const char *path, int flags, ...)                                            \
    {                                                                                                     \
        MODE_ARGUMENT(flags)                                                                              \
        ready();                                                                                          \
        openat_type *real = NEXT(openat_type *, #name);                                                   \
        bool fresh = prepare(dir, path, flags);                                                           \
        int fd = real ? real(dir, path, flags, mode) : answer(RAW4(SYS_openat, dir, path, flags, mode));  \
        opened(fd, flags, fresh, dir, path);                                                              \
        return fd;                                                                                        \
    }

#define CREAT(name)                                                                                       \
    PUBLIC int name(const char *path, mode_t mode)                                                        \
    {                                                                                                     \
        const int flags = O_CREAT | O_WRONLY | O_TRUNC;                                                   \
        ready();                                                                                          \
        int (*real)(const char *, mode_t) = NEXT(int (*)(const char *, mode_t), #name);                   \
        bool fresh = prepare(AT_FDCWD, path, flags);                                                      \
        int fd = real ? real(path, mode) : answer(RAW4(SYS_openat, AT_FDCWD, path, flags, mode));         \
        opened(fd, flags, fresh, AT_FDCWD, path);                                                         \
        return fd;                                                                                        \
    }

/* What _FORTIFY_SOURCE makes of an open without a mode. */
PUBLIC open_type __open_2, __open64_2;
PUBLIC openat_type __openat_2, __openat64_2;

OPEN(open)
OPEN(open64)
OPEN(__open_2)
OPEN(__open64_2)
OPENAT(openat)
OPENAT(openat64)
OPENAT(__openat_2)
OPENAT(__openat64_2)
CREAT(creat)
CREAT(creat64)

static int flags_of(const char *mode)
{
    int flags = *mode == 'r' ? O_RDONLY : *mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY | O_CREAT;
    for (mode += *mode != 0; *mode && *mode != ','; mode++) {
        if (*mode == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (*mode == 'x')
            flags |= O_EXCL;
    }
    return flags;
}

static void opened_stream(FILE *stream, int flags, bool fresh, const char *path)
{
    const int before = errno;
    int (*number)(FILE *) = NEXT(int (*)(FILE *), "fileno");
    if (stream && number && running())
        opened(number(stream), flags, fresh, AT_FDCWD, path);
    errno = before;
}

typedef FILE *fopen_type(const char *, const char *);
typedef FILE *freopen_type(const char *, const char *, FILE *);

#define FOPEN(name)                                                                    \
    PUBLIC FILE *name(const char *path, const char *mode)                              \
    {                                                                                  \
        ready();                                                                       \
        fopen_type *real = NEXT(fopen_type *, #name);                                  \
        const int flags = flags_of(mode);                                              \
        bool fresh = prepare(AT_FDCWD, path, flags);                                   \
        FILE *stream = real ? real(path, mode) : (missing(), (FILE *)NULL);            \
        opened_stream(stream, flags, fresh, path);                                     \
        return stream;                                                                 \
    }

#define FREOPEN(name)                                                                  \
    PUBLIC FILE *name(const char *path, const char *mode, FILE *old)                   \
    {                                                                                  \
        ready();                                                                       \
        freopen_type *real = NEXT(freopen_type *, #name);                              \
        const int flags = flags_of(mode);                                              \
        bool fresh = path && prepare(AT_FDCWD, path, flags);                           \
        FILE *stream = real ? real(path, mode, old) : (missing(), (FILE *)NULL);       \
        opened_stream(stream, flags, fresh, path);                                     \
        return stream;                                                                 \
    }

FOPEN(fopen)
FOPEN(fopen64)
FREOPEN(freopen)
FREOPEN(freopen64)

static DIR *opened_folder(DIR *folder, const char *path)
{
    const int before = errno;
    int (*number)(DIR *) = NEXT(int (*)(DIR *), "dirfd");
    if (folder && number && running())
        opened(number(folder), O_RDONLY, false, AT_FDCWD, path);
    errno = before;
    return folder;
}

PUBLIC DIR *opendir(const char *path)
{
    ready();
    DIR *(*real)(const char *) = NEXT(DIR * (*)(const char *), "opendir");
    return real ? opened_folder(real(path), path) : (missing(), (DIR *)NULL);
}

PUBLIC DIR *fdopendir(int fd)
{
    ready();
    DIR *(*real)(int) = NEXT(DIR * (*)(int), "fdopendir");
    return real ? opened_folder(real(fd), NULL) : (missing(), (DIR *)NULL);
}

#define MKSTEMP(name, parameters, arguments)                                           \
    PUBLIC int name parameters                                                         \
    {                                                                                  \
        ready();                                                                       \
        int(*real) parameters = NEXT(int(*) parameters, #name);                        \
        int fd = real ? real arguments : missing();                                    \
        opened(fd, O_RDWR | O_CREAT | O_EXCL, true, AT_FDCWD, path);                   \
        return fd;                                                                     \
    }

MKSTEMP(mkstemp, (char *path), (path))
MKSTEMP(mkstemp64, (char *path), (path))
MKSTEMP(mkostemp, (char *path, int flags), (path, flags))
MKSTEMP(mkostemp64, (char *path, int flags), (path, flags))
MKSTEMP(mkstemps, (char *path, int suffix), (path, suffix))
MKSTEMP(mkstemps64, (char *path, int suffix), (path, suffix))
MKSTEMP(mkostemps, (char *path, int suffix, int flags), (path, suffix, flags))
MKSTEMP(mkostemps64, (char *path, int suffix, int flags), (path, suffix, flags))

/* Names that change or go. */

/* Before this name is lost to the file it has: set that file aside. */
static bool before_loss(struct aside *it, int dir, const char *path)
{
    struct stat found;
    return running() && !raw_stat(dir, path, &found, AT_SYMLINK_NOFOLLOW) && is_old(&found) &&
           set_aside(it, dir, path, &found, true);
}

#define EXCHANGE_OR_NOREPLACE 3

#define RENAME(name, parameters, arguments, from_dir, to_dir, flags, call)             \
    PUBLIC int name parameters                                                         \
    {                                                                                  \
        struct aside it;                                                               \
        ready();                                                                       \
        int(*real) parameters = NEXT(int(*) parameters, #name);                        \
        bool set = !((flags)&EXCHANGE_OR_NOREPLACE) && before_loss(&it, to_dir, to);   \
        int result = real ? real arguments : answer(call);                             \
        if (set)                                                                       \
            keep_aside(&it, result == 0);                                              \
        if (result == 0)                                                               \
            named(RENAME, from_dir, from, to_dir, to);                                 \
        return result;                                                                 \
    }

RENAME(rename, (const char *from, const char *to), (from, to), AT_FDCWD, AT_FDCWD, 0,
       RAW5(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0))
RENAME(renameat, (int from_dir, const char *from, int to_dir, const char *to), (from_dir, from, to_dir, to), from_dir,
       to_dir, 0, RAW5(SYS_renameat2, from_dir, from, to_dir, to, 0))
RENAME(renameat2, (int from_dir, const char *from, int to_dir, const char *to, unsigned int flags),
       (from_dir, from, to_dir, to, flags), from_dir, to_dir, flags,
       RAW5(SYS_renameat2, from_dir, from, to_dir, to, flags))

#define LINKING(name, parameters, arguments, from_dir, to_dir, call)                   \
    PUBLIC int name parameters                                                         \
    {                                                                                  \
        ready();                                                                       \
        int(*real) parameters = NEXT(int(*) parameters, #name);                        \
        int result = real ? real arguments : answer(call);                             \
        if (result == 0)                                                               \
            named(LINK, from_dir, from, to_dir, to);                                   \
        return result;                                                                 \
    }

LINKING(link, (const char *from, const char *to), (from, to), AT_FDCWD, AT_FDCWD,
        RAW5(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0))
LINKING(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
        (from_dir, from, to_dir, to, flags), from_dir, to_dir, RAW5(SYS_linkat, from_dir, from, to_dir, to, flags))

#define UNLINK(name, parameters, arguments, dir, goes, call)                           \
    PUBLIC int name parameters                                                         \
    {                                                                                  \
        struct aside it;                                                               \
        ready();                                                                       \
        int(*real) parameters = NEXT(int(*) parameters, #name);                        \
        bool set = (goes) && before_loss(&it, dir, path);                              \
        int result = real ? real arguments : answer(call);                             \
        if (set)                                                                       \
            keep_aside(&it, result == 0);                                              \
        return result;                                                                 \
    }

UNLINK(unlink, (const char *path), (path), AT_FDCWD, true, RAW3(SYS_unlinkat, AT_FDCWD, path, 0))
UNLINK(remove, (const char *path), (path), AT_FDCWD, true, -ENOSYS)
UNLINK(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), dir, !(flags & AT_REMOVEDIR),
       RAW3(SYS_unlinkat, dir, path, flags))

#define TRUNCATE(name)                                                                 \
    PUBLIC int name(const char *path, off_t size)                                      \
    {                                                                                  \
        ready();                                                                       \
        int (*real)(const char *, off_t) = NEXT(int (*)(const char *, off_t), #name);  \
        prepare(AT_FDCWD, path, O_WRONLY);                                             \
        int result = real ? real(path, size) : answer(RAW2(SYS_truncate, path, size)); \
        if (result == 0)                                                               \
            touched(path, O_WRONLY);                                                   \
        return result;                                                                 \
    }

TRUNCATE(truncate)
TRUNCATE(truncate64)

/* Programs. */

/* Note that `path` is executed, or could not be, if it is there. This is between fork and exec of every program,
 * so symbolic links in it are left to the reader: /proc is slow for a process that is new. */
static bool execution(enum kind kind, int dir, const char *path, int flags, uint32_t pid, uint64_t at)
{
    struct stat found;
    struct record what = {.kind = (uint8_t)kind, .pid = pid, .at = at};
    if (!running() || !path || raw_stat(dir, path, &found, flags & AT_EMPTY_PATH))
        return false;
    if (*path == '/') {
        size_t n = length_of(path);
        what.path_length = (uint16_t)n; /* the kernel has read it: it is no longer than a path may be */
        append(&what, path, "");
        return true;
    }
    struct scratch *scratch = take_scratch();
    if (!scratch)
        return false;
    if (dir == AT_FDCWD)
        what.path_length = (uint16_t)given_path(dir, path, scratch->path);
    else if (*path)
        what.path_length = (uint16_t)find_path(dir, path, 0, scratch->path, &found);
    else
        what.path_length = (uint16_t)real_path(dir, false, scratch->path);
    if (what.path_length)
        append(&what, scratch->path, "");
    give_scratch(scratch);
    return what.path_length;
}

/* The file that a search along PATH will come upon, in `into`; `file` itself if it is no plain name. */
static const char *search(const char *file, char *into)
{
    struct stat found;
    const char *folders = variable(&environ ? environ : NULL, "PATH=");
    if (holds(file, "/") || !*file)
        return file;
    if (!folders)
        folders = "/bin:/usr/bin";
    for (const char *end;; folders = end + 1) {
        for (end = folders; *end && *end != ':'; end++)
            ;
        const bool here = end == folders;
        if (join(into, here ? "." : folders, here ? 1 : (size_t)(end - folders), '/', file) &&
            !raw_stat(AT_FDCWD, into, &found, 0) && S_ISREG(found.st_mode) &&
            !RAW3(SYS_faccessat, AT_FDCWD, into, 1 /* X_OK */))
            return into;
        if (!*end)
            return NULL;
    }
}

static bool searched_execution(enum kind kind, const char *file, uint32_t pid, uint64_t at)
{
    struct scratch *scratch = running() ? take_scratch() : NULL;
    bool noted = scratch && execution(kind, AT_FDCWD, search(file, scratch->path), 0, pid, at);
    if (scratch)
        give_scratch(scratch);
    return noted;
}

typedef char *const *vector;

/* `call` comes back only if it failed. */
#define EXECUTE(noted, noted_again, call)          \
    ready();                                       \
    bool said = noted;                             \
    int result = call;                             \
    if (said)                                      \
        noted_again;                               \
    return result;

static int execute(const char *path, vector arguments, vector variables)
{
    int (*real)(const char *, vector, vector) = (int (*)(const char *, vector, vector))next(&next_execve, "execve");
    EXECUTE(execution(EXEC, AT_FDCWD, path, 0, 0, 0), execution(EXEC_FAILED, AT_FDCWD, path, 0, 0, 0),
            real ? real(path, arguments, variables) : answer(RAW3(SYS_execve, path, arguments, variables)))
}

static int execute_found(const char *file, vector arguments, vector variables)
{
    int (*real)(const char *, vector, vector) = (int (*)(const char *, vector, vector))next(&next_execvpe, "execvpe");
    EXECUTE(searched_execution(EXEC, file, 0, 0), searched_execution(EXEC_FAILED, file, 0, 0),
            real ? real(file, arguments, variables) : missing())
}

PUBLIC int execve(const char *path, vector arguments, vector variables) { return execute(path, arguments, variables); }
PUBLIC int execv(const char *path, vector arguments) { return execute(path, arguments, environ); }
PUBLIC int execvp(const char *file, vector arguments) { return execute_found(file, arguments, environ); }

PUBLIC int execvpe(const char *file, vector arguments, vector variables)
{
    return execute_found(file, arguments, variables);
}

PUBLIC int fexecve(int fd, vector arguments, vector variables)
{
    int (*real)(int, vector, vector) = NEXT(int (*)(int, vector, vector), "fexecve");
    EXECUTE(execution(EXEC, fd, "", AT_EMPTY_PATH, 0, 0), execution(EXEC_FAILED, fd, "", AT_EMPTY_PATH, 0, 0),
            real ? real(fd, arguments, variables)
                 : answer(RAW5(SYS_execveat, fd, "", arguments, variables, AT_EMPTY_PATH)))
}

PUBLIC int execveat(int dir, const char *path, vector arguments, vector variables, int flags)
{
    typedef int type(int, const char *, vector, vector, int);
    type *real = NEXT(type *, "execveat");
    EXECUTE(execution(EXEC, dir, path, flags, 0, 0), execution(EXEC_FAILED, dir, path, flags, 0, 0),
            real ? real(dir, path, arguments, variables, flags)
                 : answer(RAW5(SYS_execveat, dir, path, arguments, variables, flags)))
}

/* The arguments of execl and its like as an array that ends with NULL. */
#define ARGUMENTS(first)                                   \
    va_list rest;                                          \
    size_t count = 1, i = 1;                               \
    va_start(rest, first);                                 \
    for (const char *each = first; each; count++)          \
        each = va_arg(rest, const char *);                 \
    va_end(rest);                                          \
    char *arguments[count + 1];                            \
    arguments[0] = (char *)(uintptr_t)first;               \
    va_start(rest, first);                                 \
    while (i < count)                                      \
        arguments[i++] = va_arg(rest, char *);             \
    arguments[count] = NULL;

PUBLIC int execl(const char *path, const char *first, ...)
{
    ARGUMENTS(first)
    va_end(rest);
    return execute(path, arguments, environ);
}

PUBLIC int execlp(const char *file, const char *first, ...)
{
    ARGUMENTS(first)
    va_end(rest);
    return execute_found(file, arguments, environ);
}

PUBLIC int execle(const char *path, const char *first, ...)
{
    ARGUMENTS(first)
    vector variables = va_arg(rest, vector);
    va_end(rest);
    return execute(path, arguments, variables);
}

typedef int spawn_type(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, vector,
                       vector);

#define SPAWN(name, note)                                                                                  \
    PUBLIC int name(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,             \
                    const posix_spawnattr_t *attributes, vector arguments, vector variables)               \
    {                                                                                                      \
        pid_t pid = 0;                                                                                     \
        ready();                                                                                           \
        spawn_type *real = NEXT(spawn_type *, #name);                                                      \
        const uint64_t at = running() ? raw_now() : 0;                                                     \
        int result = real ? real(&pid, path, actions, attributes, arguments, variables) : ENOSYS;          \
        if (result == 0)                                                                                   \
            note;                                                                                          \
        if (result == 0 && child)                                                                          \
            *child = pid;                                                                                  \
        return result;                                                                                     \
    }

SPAWN(posix_spawn, execution(EXEC, AT_FDCWD, path, 0, (uint32_t)pid, at))
SPAWN(posix_spawnp, searched_execution(EXEC, path, (uint32_t)pid, at))

/* Beyond this machine. */

static bool is_elsewhere(const struct sockaddr *address, socklen_t size)
{
    if (size >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET) {
        const struct in_addr *host = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
        return host->s_addr && *(const uint8_t *)host != 127;
    }
    if (size >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6) {
        const struct in6_addr *host = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        const bool mapped = IN6_IS_ADDR_V4MAPPED(host);
        return !IN6_IS_ADDR_LOOPBACK(host) && !IN6_IS_ADDR_UNSPECIFIED(host) && !(mapped && host->s6_addr[12] == 127);
    }
    return false;
}

/* `size` bytes at `text`, once for each program. */
static void note_network(enum kind kind, const void *text, size_t size)
{
    struct record what = {.kind = (uint8_t)kind, .path_length = (uint16_t)size};
    struct scratch *scratch = take_scratch();
    if (!scratch)
        return append(&what, text, "");
    if (!seen(mix_bytes(mix(program, kind), text, size), scratch))
        append(&what, text, "");
    give_scratch(scratch);
}

PUBLIC int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    typedef int type(int, const struct sockaddr *, socklen_t);
    ready();
    type *real = NEXT(type *, "connect");
    int result = real ? real(fd, address, size) : answer(RAW3(SYS_connect, fd, address, size));
    if ((result == 0 || errno == EINPROGRESS) && running() && is_elsewhere(address, size))
        note_network(CONNECT, address,
                     address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    return result;
}

static bool is_host_name(const char *node)
{
    static const char local[] = "localhost";
    bool name = false;
    for (const char *c = node; *c; c++) {
        if (*c == ':')
            return false;
        name |= (*c < '0' || *c > '9') && *c != '.';
    }
    return name && !(begins(node, local) && !node[sizeof local - 1]);
}

PUBLIC int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    typedef int type(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    ready();
    type *real = NEXT(type *, "getaddrinfo");
    int answered = real ? real(node, service, hints, result) : EAI_SYSTEM;
    size_t n = node && running() ? length_of(node) : 0;
    if (n && n < 256 && is_host_name(node))
        note_network(RESOLVE, node, n);
    return answered;
}
