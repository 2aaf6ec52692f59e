/* What is written down of a file that was opened, and how its content is set aside before it is overwritten. */
#ifndef RUNLORE_FILES_H
#define RUNLORE_FILES_H

#include <linux/limits.h>
#include <sys/vfs.h>

#include "log.h"

#define CLONE_FILE 0x40049409 /* FICLONE of linux/fs.h, which old headers lack */

static void put_u64(uint8_t *to, uint64_t value) { copy(to, &value, 8); }

/* As runlore.capture.content packs it: "<IQQQQ" of mode, size, mtime, ctime, inode. */
static void set_state(struct record *of, const struct stat *found)
{
    uint32_t mode = found->st_mode;
    copy(of->state, &mode, 4);
    put_u64(of->state + 4, (uint64_t)found->st_size);
    put_u64(of->state + 12, nanoseconds(found->st_mtim));
    put_u64(of->state + 20, nanoseconds(found->st_ctim));
    put_u64(of->state + 28, found->st_ino);
}

static size_t number_name(char *to, const char *before, long number)
{
    size_t n = length_of(before);
    char digits[20];
    int count = 0;
    copy(to, before, n);
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        to[n++] = digits[--count];
    to[n] = 0;
    return n;
}

/* What stands behind the last slash. */
static const char *last_part(const char *name)
{
    const char *last = name;
    for (; *name; name++)
        if (*name == '/')
            last = name + 1;
    return last;
}

/* The real path of a descriptor into `path`; its length, 0 if there is none. */
static size_t real_path(int fd, bool unlinked, char *path)
{
    char link[40];
    number_name(link, "/proc/self/fd/", fd);
    long n = RAW4(SYS_readlinkat, AT_FDCWD, link, path, NAME - 1);
    if (n <= 0 || n >= NAME - 1 || *path != '/')
        return 0;
    path[n] = 0;
    if (unlinked && ends(path, (size_t)n, " (deleted)"))
        path[n -= 10] = 0;
    return (size_t)n;
}

/* The absolute path of a name as it was given: where /proc does not say more. */
static size_t given_path(int dir, const char *name, char *path)
{
    size_t n = 0;
    if (!name || (*name != '/' && dir != AT_FDCWD))
        return 0;
    if (*name == '/')
        return join(path, "", 0, '/', name + 1);
    long cwd = RAW2(SYS_getcwd, path, NAME); /* with its last zero */
    if (cwd > 1 && *path == '/')
        n = join(path, path, cwd == 2 ? 0 : (size_t)cwd - 1, '/', name);
    return n;
}

/* The real path of what `name` is now, and what that is; 0 if it is nothing that can be named. */
static size_t find_path(int dir, const char *name, int flags, char *path, struct stat *found)
{
    int fd = raw_open(dir, name, O_PATH | flags);
    if (fd < 0) {
        const bool crowded = (fd == -EMFILE || fd == -ENFILE) &&
                             !raw_stat(dir, name, found, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0);
        return crowded ? given_path(dir, name, path) : 0;
    }
    size_t n = raw_fstat(fd, found) ? 0 : real_path(fd, !found->st_nlink, path);
    raw_close(fd);
    return n ? n : given_path(dir, name, path);
}

static bool is_noise(const char *path)
{
    return begins(path, "/proc/") || begins(path, "/sys/") || (begins(path, "/dev/") && !begins(path, "/dev/shm/"));
}

/* Real paths of the folders in which files were found lately, by the folder's name as it was given. /proc takes
 * 3 us to name a file. A guess from here is proven by asking what has the guessed name: it must be that very file.
 * So it does not matter that threads write here at once, or that a folder's name has come to mean another. */
static struct folder *folder_of(int dir, const char *name, size_t cut, uint64_t *key)
{
    uint64_t hash = mix_bytes(mix(cut, (uint32_t)dir), name, cut);
    *key = hash + !hash;
    return &arena->folders[hash % FOLDERS];
}

static void remember_folder(struct folder *it, uint64_t key, const char *path, size_t n)
{
    if (n >= sizeof it->words)
        return;
    for (size_t i = 0; i <= n / 8; i++) {
        uint64_t word = 0;
        copy(&word, path + i * 8, n - i * 8 < 8 ? n - i * 8 : 8);
        __atomic_store_n(&it->words[i], word, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&it->key, key, __ATOMIC_RELAXED);
}

static size_t guess_path(struct folder *it, uint64_t key, const char *last, const struct stat *found, char *path)
{
    struct stat there;
    if (__atomic_load_n(&it->key, __ATOMIC_RELAXED) != key)
        return 0;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word = __atomic_load_n(&it->words[i], __ATOMIC_RELAXED);
        copy(path + i * 8, &word, 8);
        if (!(word >> 56))
            break;
    }
    path[WORDS * 8] = 0;
    size_t n = join(path, path, length_of(path), '/', last);
    const bool same = n && !raw_stat(AT_FDCWD, path, &there, AT_SYMLINK_NOFOLLOW) && there.st_ino == found->st_ino &&
                      there.st_dev == found->st_dev;
    return same ? n : 0;
}

/* The real path of the file `found` that was opened as `fd` by this name; its length, 0 if there is none. */
static size_t file_path(int fd, int dir, const char *name, const struct stat *found, char *path)
{
    uint64_t key = 0;
    struct folder *it = NULL;
    const char *last = name ? last_part(name) : "";
    /* A file with several names is asked for, because its folder may have several of them. */
    if (*last && *last != '.' && arena && (S_ISDIR(found->st_mode) || found->st_nlink == 1)) {
        it = folder_of(dir, name, (size_t)(last - name), &key);
        size_t n = guess_path(it, key, last, found, path);
        if (n)
            return n;
    }
    size_t n = real_path(fd, !found->st_nlink, path), size = length_of(last);
    if (n && it && ends(path, n, last) && n > size + 1 && path[n - size - 1] == '/')
        remember_folder(it, key, path, n - size - 1);
    return n ? n : given_path(dir, name, path);
}

/* An open as it is noted: the file `found`, opened by `name` in `dir` as `fd`. */
struct noted {
    int fd, flags, dir;
    bool fresh;
    const char *name;
    struct stat found;
};

static void note_open(const struct noted *it, struct scratch *scratch)
{
    const struct stat *of = &it->found;
    const int flags = it->flags;
    const bool folder = S_ISDIR(of->st_mode), fresh = it->fresh;
    struct record what = {.kind = READ, .fresh = fresh && (flags & O_EXCL || !of->st_size)};
    if (folder)
        what.kind = LIST;
    else if ((flags & O_ACCMODE) == O_RDWR)
        what.kind = UPDATE;
    else if ((flags & O_ACCMODE) == O_WRONLY || flags & O_TRUNC)
        what.kind = WRITE;
    if (what.kind != LIST && what.kind != READ && !(flags & (O_TRUNC | O_EXCL)))
        what.fresh |= KEEPS;
    uint64_t key = mix(mix(mix(program, of->st_dev), of->st_ino), what.kind);
    key = mix(mix(key, nanoseconds(of->st_mtim)), nanoseconds(of->st_ctim));
    const bool many = !folder && of->st_nlink > 1; /* the same file under another name is another input */
    if (!many && seen(key, scratch))
        return;
    size_t n = file_path(it->fd, it->dir, it->name, of, scratch->path);
    if (!n)
        return lose(UNNAMED);
    if (is_noise(scratch->path))
        return;
    if (many && seen(mix_bytes(key, scratch->path, n), scratch))
        return;
    what.path_length = (uint16_t)n;
    set_state(&what, of);
    append(&what, scratch->path, "");
}

/* Only when 64 threads are at this at once, or a fork left marks of such threads. */
static void __attribute__((noinline)) note_open_on_stack(const struct noted *it)
{
    struct scratch scratch;
    note_open(it, &scratch);
}

/* `name` was opened as `fd` by these flags, or was not. What is neither file nor folder needs no memory of ours. */
static void opened(int fd, int flags, bool fresh, int dir, const char *name)
{
    struct noted it = {.fd = fd, .flags = flags, .dir = dir, .fresh = fresh, .name = name};
    if (fd < 0 || flags & O_PATH || (flags & O_TMPFILE) == O_TMPFILE || (flags & O_ACCMODE) == O_ACCMODE || !running())
        return;
    if (raw_fstat(fd, &it.found) || !(S_ISREG(it.found.st_mode) || S_ISDIR(it.found.st_mode)) ||
        (it.found.st_dev == log_device && it.found.st_ino == log_inode))
        return;
    struct scratch *scratch = take_scratch();
    if (!scratch)
        return note_open_on_stack(&it);
    note_open(&it, scratch);
    give_scratch(scratch);
}

/* A file in the making of being set aside: its scratch holds its path, and in `other` the copy's. */
struct aside {
    struct scratch *scratch;
    struct record what;
    bool linked;
};

static bool is_worthless(const char *path, size_t n)
{
    return is_noise(path) || holds(path, "/.git/") || holds(path, "/.mlrun/") || holds(path, "/site-packages/") ||
           holds(path, "/__pycache__/") || ends(path, n, ".pyc");
}

/* Keeping it must not be what fills the disk. */
static bool is_room(uint64_t size)
{
    struct statfs found;
    if (RAW2(SYS_statfs, header->saved, &found))
        return false;
    return (uint64_t)found.f_bavail * (uint64_t)found.f_bsize / 4 > size + (16u << 20);
}

/* Closing any descriptor of a file drops this process's POSIX locks on it: where there might be one, keep off. */
static bool may_be_locked(uint64_t inode, struct scratch *scratch)
{
    char needle[24];
    number_name(needle, ":", (long)inode);
    int fd = raw_open(AT_FDCWD, "/proc/locks", O_RDONLY);
    if (fd < 0)
        return true;
    bool found = false;
    size_t kept = 0;
    long n;
    while (!found && (n = RAW3(SYS_read, fd, scratch->third + kept, NAME - 1 - kept)) > 0) {
        size_t size = kept + (size_t)n;
        scratch->third[size] = 0;
        found = holds(scratch->third, needle);
        kept = size < 32 ? size : 32; /* a number may lie across two reads */
        copy(scratch->third, scratch->third + size - kept, kept);
    }
    raw_close(fd);
    return found;
}

static bool copy_bytes(int from, int to, uint64_t size)
{
    while (size) {
        size_t some = size < 1u << 30 ? size : 1u << 30;
        long n = RAW6(SYS_copy_file_range, from, NULL, to, NULL, some, 0);
        if (n == -EXDEV || n == -ENOSYS || n == -EINVAL || n == -EOPNOTSUPP || n == -EPERM)
            n = RAW4(SYS_sendfile, to, from, NULL, some);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return false;
        size -= (uint64_t)n;
    }
    return true;
}

static bool copy_file(int dir, const char *name, const struct stat *was, const char *to)
{
    struct rlimit files;
    struct stat after;
    int in = raw_open(dir, name, O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY);
    if (in == -EPERM)
        in = raw_open(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (in < 0)
        return false;
    bool whole = false;
    int out = raw_open(AT_FDCWD, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (out >= 0) {
        const uint64_t size = (uint64_t)was->st_size;
        whole = !RAW3(SYS_ioctl, out, CLONE_FILE, in);
        if (!whole && size <= header->limit && !RAW4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &files) &&
            size <= files.rlim_cur && __atomic_sub_fetch(&header->budget, (int64_t)size, __ATOMIC_RELAXED) >= 0)
            whole = copy_bytes(in, out, size);
        /* Somebody else may have written to it meanwhile. */
        whole = whole && !raw_fstat(in, &after) && after.st_ino == was->st_ino && after.st_size == was->st_size &&
                nanoseconds(after.st_mtim) == nanoseconds(was->st_mtim);
        raw_close(out);
        if (!whole)
            RAW3(SYS_unlinkat, AT_FDCWD, to, 0);
    }
    raw_close(in);
    return whole;
}

static void save_name(struct aside *it, const struct stat *was)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t key = mix(mix(mix(was->st_dev, was->st_ino), nanoseconds(was->st_ctim)), nanoseconds(was->st_mtim));
    char name[17];
    for (int i = 0; i < 16; i++, key <<= 4)
        name[i] = hex[key >> 60];
    name[16] = 0;
    it->what.other_length = (uint16_t)join(it->scratch->other, header->saved, length_of(header->saved), '/', name);
}

static bool is_old(const struct stat *found)
{
    return S_ISREG(found->st_mode) && found->st_size > 0 && nanoseconds(found->st_ctim) < header->started;
}

/* Set `was` aside, which `name` is, because it is about to be written over, or with `gone` to lose this name.
 * True if there is something for `keep_aside` to say of it. */
static bool set_aside(struct aside *it, int dir, const char *name, const struct stat *was, bool gone)
{
    struct stat now;
    it->scratch = take_scratch();
    if (!it->scratch) {
        lose(UNSAVED);
        return false;
    }
    it->linked = false;
    it->what = (struct record){.kind = SAVED, .at = raw_now()};
    size_t n = find_path(dir, name, gone ? O_NOFOLLOW : 0, it->scratch->path, &now);
    it->what.path_length = (uint16_t)n;
    set_state(&it->what, was);
    save_name(it, was);
    if (!n || is_worthless(it->scratch->path, n) || !it->what.other_length ||
        !RAW3(SYS_faccessat, AT_FDCWD, it->scratch->other, 0)) {
        give_scratch(it->scratch);
        return false;
    }
    bool kept = is_room((uint64_t)was->st_size);
    if (kept && gone && was->st_nlink == 1)
        it->linked = !RAW5(SYS_linkat, dir, name, AT_FDCWD, it->scratch->other, 0);
    if (kept && !it->linked)
        kept = !may_be_locked(was->st_ino, it->scratch) && copy_file(dir, name, was, it->scratch->other);
    if (!kept)
        it->what.other_length = 0;
    return true;
}

/* It has happened, or not: then a file that was only linked is as it was before. */
static void keep_aside(struct aside *it, bool happened)
{
    if (!happened && it->linked)
        RAW3(SYS_unlinkat, AT_FDCWD, it->scratch->other, 0);
    else {
        const char *name = last_part(it->scratch->other);
        if (it->what.other_length)
            it->what.other_length = (uint16_t)length_of(name);
        append(&it->what, it->scratch->path, name);
    }
    give_scratch(it->scratch);
}

/* Before an open: set aside what it will overwrite. Whether it will make the file. */
static bool prepare(int dir, const char *name, int flags)
{
    struct stat found;
    struct aside it;
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    if ((!writes && !(flags & O_CREAT)) || flags & O_PATH || (flags & O_TMPFILE) == O_TMPFILE || !running())
        return false;
    int result = raw_stat(dir, name, &found, 0);
    if (result)
        return result == -ENOENT && flags & O_CREAT;
    if (writes && is_old(&found) && !(flags & O_CREAT && flags & O_EXCL) &&
        set_aside(&it, dir, name, &found, false))
        keep_aside(&it, true);
    return false;
}

/* The real path of a name's folder and the last part of the name, which may be there no more; 0 if there is none. */
static size_t name_path(int dir, const char *name, struct scratch *scratch)
{
    struct stat found;
    size_t n = length_of(name), cut;
    while (n > 1 && name[n - 1] == '/')
        n--;
    for (cut = n; cut && name[cut - 1] != '/'; cut--)
        ;
    if (n >= NAME)
        return 0;
    copy(scratch->third, cut ? name : ".", cut ? cut : 1);
    scratch->third[cut ? cut : 1] = 0;
    size_t folder = find_path(dir, scratch->third, O_DIRECTORY, scratch->other, &found);
    copy(scratch->third, name + cut, n - cut);
    scratch->third[n - cut] = 0;
    return folder ? join(scratch->path, scratch->other, folder == 1 ? 0 : folder, '/', scratch->third) : 0;
}

/* A file got another name, or with LINK one more. */
static void named(enum kind kind, int from_dir, const char *from, int to_dir, const char *to)
{
    struct stat found;
    struct scratch *scratch = running() ? take_scratch() : NULL;
    if (!scratch)
        return running() ? lose(UNNAMED) : (void)0;
    struct record what = {.kind = (uint8_t)kind};
    what.path_length = (uint16_t)name_path(from_dir, from, scratch);
    what.other_length = (uint16_t)find_path(to_dir, to, O_NOFOLLOW, scratch->other, &found);
    const char *path = scratch->path;
    if (kind == LINK && what.other_length && (!what.path_length || is_noise(path))) {
        /* A descriptor was linked, and had no name before. */
        what = (struct record){.kind = WRITE, .fresh = true, .path_length = what.other_length};
        path = scratch->other;
    } else if (!what.other_length)
        what.path_length = 0;
    if (!what.path_length)
        lose(UNNAMED);
    else if (!is_noise(path) && (kind == RENAME || S_ISREG(found.st_mode))) {
        set_state(&what, &found);
        append(&what, path, scratch->other);
    }
    give_scratch(scratch);
}

#endif
