/* The log: a file of slabs in shared mappings, appended to by any number of processes and threads.
 *
 * docs/internals/native-observer.md has the format. No descriptor is kept: the file is opened by its name
 * when the next slab is needed, and a process that cannot open it any more is no longer observed. */
#ifndef RUNLORE_LOG_H
#define RUNLORE_LOG_H

#include <sys/resource.h>

#include "raw.h"

enum { UNIT = 65536, FIRST = 2, NEAR = 64, LAST = 16384, KEYS = 8192, PROBES = 16, NAME = 4096 };
enum kind { READ = 1, WRITE, UPDATE, LIST, RENAME, SAVED, EXEC, EXEC_FAILED, START, CONNECT, RESOLVE, LINK };
enum reason { SPACE, MEMORY, GONE, FULL, UNNAMED, UNSAVED, REASONS };

struct header {
    char magic[8];
    uint64_t started, limit;  /* nanoseconds; bytes a file that is set aside may have */
    int64_t budget;           /* bytes that may still be copied by all of them together */
    uint64_t newest;          /* the number of the newest slab */
    uint64_t lost[REASONS];   /* when each reason first came true, 0: never */
    uint64_t reserved;
    char saved[2000];         /* the folder for what is set aside */
    char path[2000];          /* the log's own */
};

enum { FRESH = 1, KEEPS = 2 }; /* this open made the file; it would have kept what the file held */

struct record {
    uint32_t check, length;   /* check is Adler-32 of all that follows it, written last */
    uint8_t kind, fresh;      /* fresh: FRESH and KEEPS */
    uint16_t path_length;
    uint32_t pid;
    uint64_t at;
    uint16_t other_length, reserved;
    uint8_t state[36];
};

struct slab {
    uint32_t used;            /* bytes of records handed out; more than there are: it is full */
    uint32_t reserved[3];
    char records[UNIT - 16];
};

_Static_assert(sizeof(struct header) == NAME && sizeof(struct record) == 64 && sizeof(struct slab) == UNIT, "layout");

/* Space for names. Stacks may be small (signal stacks, coroutines), so it is not taken from them. */
struct scratch {
    char path[NAME], other[NAME], third[NAME];
};

enum { SCRATCHES = 64, FOLDERS = 128, WORDS = 31 };

struct folder {
    uint64_t key, words[WORDS];
};

/* Not among our variables, which are to fit into the one page that the library has for them anyway. */
struct arena {
    struct scratch scratches[SCRATCHES];
    struct folder folders[FOLDERS];
};

static struct arena *arena;
static uint64_t scratch_taken;
static struct header *header;
static uint64_t log_device, log_inode;
static uint64_t place;   /* number << 48 | address of the slab that is mapped, 0: none */
static uint32_t busy;    /* threads that may be using the slab that is mapped */
static bool stopped;     /* this process lost its log */
static uint64_t program; /* which execution this is; forked children share it */
/* What one program saw already: the first table lies in the log, the larger ones are made when it is full. */
static uint64_t *tables[3];
static bool table_tried[3];

/* The arena, which is made when it is needed first; NULL if there is no memory. */
static struct arena *ready_arena(void)
{
    struct arena *known = __atomic_load_n(&arena, __ATOMIC_ACQUIRE), *none = NULL;
    if (known)
        return known;
    long at = RAW6(SYS_mmap, 0, sizeof *known, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096)
        return NULL;
    if (__atomic_compare_exchange_n(&arena, &none, (struct arena *)at, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return (struct arena *)at;
    raw_unmap((void *)at, sizeof *known);
    return none;
}

static struct scratch *take_scratch(void)
{
    struct arena *in = ready_arena();
    if (!in)
        return NULL;
    uint64_t taken = __atomic_load_n(&scratch_taken, __ATOMIC_RELAXED);
    while (~taken) {
        int i = __builtin_ctzll(~taken);
        if (__atomic_compare_exchange_n(&scratch_taken, &taken, taken | 1ull << i, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return &in->scratches[i];
    }
    return NULL;
}

static void give_scratch(struct scratch *it)
{
    __atomic_fetch_and(&scratch_taken, ~(1ull << (it - arena->scratches)), __ATOMIC_RELEASE);
}

static void lose(enum reason why)
{
    uint64_t never = 0;
    if (header)
        __atomic_compare_exchange_n(&header->lost[why], &never, raw_now(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static void stop(enum reason why)
{
    lose(why);
    __atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
}

static bool running(void)
{
    return __atomic_load_n(&header, __ATOMIC_ACQUIRE) && !__atomic_load_n(&stopped, __ATOMIC_RELAXED);
}

#ifndef FALLOCATE
#define FALLOCATE SYS_fallocate /* a test takes another, which there is not */
#endif

/* Really take the space up to `end`, or the first write into the mapping could be a SIGBUS. */
static bool allocate(int fd, uint64_t offset, uint64_t size, bool growing)
{
    struct rlimit limit;
    if (!RAW4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) && offset + size > limit.rlim_cur)
        return false; /* or it would be a SIGXFSZ */
    long result;
    do
        result = RAW4(FALLOCATE, fd, 0, offset, size);
    while (result == -EINTR);
    if (result != -EOPNOTSUPP && result != -ENOSYS)
        return result == 0;
    /* Zeros at the end of the file, wherever that is by now, never over what another process has written. */
    static const char zeros[NAME];
    struct stat found;
    while (growing && !raw_fstat(fd, &found)) {
        if ((uint64_t)found.st_size >= offset + size)
            return true;
        result = RAW3(SYS_write, fd, zeros, NAME - found.st_size % NAME);
        if (result <= 0 && result != -EINTR)
            return false;
    }
    return false;
}

/* The log, opened again, if it is still the same file; `found` says how large it is. */
static int open_log(struct stat *found)
{
    int fd = raw_open(AT_FDCWD, header->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return fd;
    if (!raw_fstat(fd, found) && found->st_dev == log_device && found->st_ino == log_inode)
        return fd;
    raw_close(fd);
    return -ESTALE;
}

static struct slab *slab_at(uint64_t where) { return (struct slab *)(uintptr_t)(where & 0xffffffffffff); }

static uint64_t map_slab(int fd, uint64_t number)
{
    uintptr_t at = (uintptr_t)raw_map(fd, UNIT, number * UNIT);
    return at ? number << 48 | at : 0;
}

/* Go on from the full slab `old` to the next one, which another process may have begun. */
static void move_on(uint64_t old)
{
    uint64_t newest = __atomic_load_n(&header->newest, __ATOMIC_ACQUIRE);
    uint64_t number = newest > old >> 48 ? newest : (old >> 48) + 1, where = 0;
    if (number >= LAST || number < FIRST)
        return stop(FULL);
    struct stat found;
    int fd = open_log(&found);
    if (fd < 0)
        return stop(GONE);
    bool there = (uint64_t)found.st_size >= (number + 1) * UNIT || allocate(fd, number * UNIT, UNIT, true);
    if (there)
        where = map_slab(fd, number);
    raw_close(fd);
    if (!where)
        return stop(there ? MEMORY : SPACE);
    while (newest < number && !__atomic_compare_exchange_n(&header->newest, &newest, number, false, __ATOMIC_ACQ_REL,
                                                           __ATOMIC_ACQUIRE))
        ;
    if (!__atomic_compare_exchange_n(&place, &old, where, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        raw_unmap(slab_at(where), UNIT); /* another thread was first */
    else if (__atomic_load_n(&busy, __ATOMIC_SEQ_CST) == 1)
        raw_unmap(slab_at(old), UNIT); /* nobody else is in it; otherwise it stays mapped */
}

static uint32_t adler32(const uint8_t *bytes, size_t size)
{
    uint32_t a = 1, b = 0;
    while (size) {
        size_t some = size < 5552 ? size : 5552;
        size -= some;
        while (some--)
            b += a += *bytes++;
        a %= 65521, b %= 65521;
    }
    return b << 16 | a;
}

static void fill(struct record *into, struct record *from, const char *path, const char *other)
{
    char *names = (char *)(into + 1);
    copy((char *)into + 4, (char *)from + 4, sizeof *from - 4);
    copy(names, path, from->path_length);
    copy(names + from->path_length, other, from->other_length);
    uint32_t check = adler32((uint8_t *)into + 4, from->length - 4);
    __atomic_store_n(&into->check, check, __ATOMIC_RELEASE);
}

/* Append a record whose lengths of names are set. What is behind the names is zeros already. */
static void append(struct record *what, const char *path, const char *other)
{
    if (!running())
        return;
    what->length = (uint32_t)(sizeof *what + what->path_length + what->other_length + 7) & ~7u;
    if (!what->pid)
        what->pid = raw_pid();
    if (!what->at)
        what->at = raw_now();
    __atomic_fetch_add(&busy, 1, __ATOMIC_SEQ_CST);
    while (running()) {
        uint64_t where = __atomic_load_n(&place, __ATOMIC_SEQ_CST);
        struct slab *slab = slab_at(where);
        /* The first touch is a write: one that reads would bring along pages that nobody needs. */
        uint32_t used = __atomic_fetch_add(&slab->used, what->length, __ATOMIC_RELAXED);
        if (used % 8 == 0 && used < sizeof slab->records && used + what->length <= sizeof slab->records) {
            fill((struct record *)(slab->records + used), what, path, other);
            break;
        }
        move_on(where);
    }
    __atomic_fetch_sub(&busy, 1, __ATOMIC_SEQ_CST);
}

static const uint64_t table_keys[3] = {KEYS, KEYS * 32, KEYS * 1024};

static uint64_t *table(int level, struct scratch *scratch)
{
    uint64_t *known = __atomic_load_n(&tables[level], __ATOMIC_ACQUIRE), size = table_keys[level] * 8;
    if (known || __atomic_exchange_n(&table_tried[level], true, __ATOMIC_RELAXED))
        return known;
    if (!join(scratch->third, header->path, length_of(header->path), '.', level == 1 ? "2" : "3"))
        return NULL;
    int fd = raw_open(AT_FDCWD, scratch->third, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (allocate(fd, 0, size, false))
        known = raw_map(fd, size, 0);
    raw_close(fd);
    __atomic_store_n(&tables[level], known, __ATOMIC_RELEASE);
    return known;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = mix(hash, ((const uint8_t *)bytes)[i]);
    return hash;
}

/* Whether this program saw `key` before. Where every table is full: no, which costs a record and loses none. */
static bool seen(uint64_t key, struct scratch *scratch)
{
    key += !key;
    for (int level = 0; level < 3; level++) {
        uint64_t *keys = table(level, scratch);
        if (!keys)
            return false;
        const uint64_t first = mix(key, (uint64_t)level) % table_keys[level];
        keys += first - first % PROBES; /* two lines of the cache: more would cost more than the next table */
        for (uint64_t i = first; i < first + PROBES; i++) {
            uint64_t *slot = &keys[i % PROBES], there = __atomic_load_n(slot, __ATOMIC_RELAXED);
            if (!there && __atomic_compare_exchange_n(slot, &there, key, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                return false;
            if (there == key)
                return true;
        }
    }
    return false;
}

/* Begin to log to the file that `path` names, if it is a log. It is looked at by a plain read: the first touch of
 * a mapping that is read brings many pages along, which many short processes would pay for. */
static void attach(const char *path, uint64_t now, uint32_t pid)
{
    struct stat found;
    uint64_t head[5]; /* magic, started, limit, budget, newest */
    int fd = *path == '/' ? raw_open(AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK) : -1;
    if (fd < 0)
        return;
    if (!raw_fstat(fd, &found) && S_ISREG(found.st_mode) &&
        RAW4(SYS_pread64, fd, head, sizeof head, 0) == sizeof head &&
        begins((char *)head, "RLTRACE1") && head[4] >= FIRST && head[4] < LAST &&
        (head[4] + 1) * UNIT <= (uint64_t)found.st_size) {
        /* While the log is small all of it is one mapping, which is cheaper than two. */
        char *mapped = raw_map(fd, (head[4] < NEAR ? head[4] + 1 : FIRST) * UNIT, 0);
        if (mapped && head[4] < NEAR)
            place = head[4] << 48 | (uintptr_t)(mapped + head[4] * UNIT);
        else if (mapped)
            place = map_slab(fd, head[4]);
        log_device = found.st_dev, log_inode = found.st_ino;
        program = mix(mix(now, pid), found.st_ino);
        if (place) {
            tables[0] = (uint64_t *)(void *)(mapped + UNIT);
            __atomic_store_n(&header, (struct header *)(void *)mapped, __ATOMIC_RELEASE);
        }
    }
    raw_close(fd);
}

#endif
