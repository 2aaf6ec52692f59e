/* A file system in which names that differ only in case are the same: what is there under another case is meant. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char found[4096];

/* The name as it is in the folder, if there is one that differs in case alone. */
static const char *folded(int folder, const char *name) {
    if (folder == AT_FDCWD || strchr(name, '/'))
        return name;
    int (*openat_)(int, const char *, int, ...) = dlsym(RTLD_NEXT, "openat");
    DIR *listing = fdopendir(openat_(folder, ".", O_RDONLY | O_DIRECTORY));
    if (!listing)
        return name;
    const char *answer = name;
    for (struct dirent *each; (each = readdir(listing));)
        if (!strcasecmp(each->d_name, name)) {
            answer = strcpy(found, each->d_name);
            break;
        }
    closedir(listing);
    return answer;
}

#define OPEN(NAME)                                                                                     \
    int NAME(int folder, const char *name, int flags, ...) {                                           \
        va_list rest;                                                                                  \
        va_start(rest, flags);                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                        \
        va_end(rest);                                                                                  \
        int (*next)(int, const char *, int, ...) = dlsym(RTLD_NEXT, #NAME);                            \
        return next(folder, folded(folder, name), flags, mode);                                        \
    }
OPEN(openat)
OPEN(openat64)

int mkdirat(int folder, const char *name, mode_t mode) {
    int (*next)(int, const char *, mode_t) = dlsym(RTLD_NEXT, "mkdirat");
    return next(folder, folded(folder, name), mode);
}

int symlinkat(const char *target, int folder, const char *name) {
    int (*next)(const char *, int, const char *) = dlsym(RTLD_NEXT, "symlinkat");
    return next(target, folder, folded(folder, name));
}
