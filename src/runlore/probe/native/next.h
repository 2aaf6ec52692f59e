/* Where the function lies that would have been called without us: dlsym(RTLD_NEXT) without libdl.
 *
 * dlsym lives in a library of its own before glibc 2.34, and allocates when it fails. The objects that come
 * after ours are listed once; a symbol is then found by reading their tables alone, at any moment. */
#ifndef RUNLORE_NEXT_H
#define RUNLORE_NEXT_H

#include <link.h>

#include "raw.h"

struct object {
    ElfW(Addr) base;
    const ElfW(Sym) *symbols;
    const char *names;
    const uint32_t *gnu, *sysv;
    const uint16_t *versions;
};

enum { OBJECTS = 24 };
static int objects_listed; /* 0 no, 1 somebody is at it, 2 yes */
static unsigned object_count;
static struct object objects[OBJECTS];
static void *next_execve, *next_execvpe;

extern int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *) __attribute__((weak));

/* glibc has added the base to most of these addresses, musl has not. */
static inline const void *placed(ElfW(Addr) base, ElfW(Addr) value)
{
    return (const void *)(value < base ? value + base : value);
}

static void read_dynamic(struct object *into, const ElfW(Dyn) *entry)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        const void *at = placed(into->base, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            into->symbols = at;
        else if (entry->d_tag == DT_STRTAB)
            into->names = at;
        else if (entry->d_tag == DT_GNU_HASH)
            into->gnu = at;
        else if (entry->d_tag == DT_HASH)
            into->sysv = at;
        else if (entry->d_tag == DT_VERSYM)
            into->versions = at;
    }
}

static bool is_it(const struct object *in, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &in->symbols[index];
    const char *its = in->names + symbol->st_name;
    if (symbol->st_shndx == SHN_UNDEF || (in->versions && (in->versions[index] & 0x8000)))
        return false; /* not defined here, or an older version of the function */
    while (*its && *its == *name)
        its++, name++;
    return *its == *name;
}

static const ElfW(Sym) *find_gnu(const struct object *in, const char *name)
{
    uint32_t hash = 5381;
    for (const char *c = name; *c; c++)
        hash = hash * 33 + (unsigned char)*c;
    const uint32_t buckets = in->gnu[0], first = in->gnu[1], words = in->gnu[2], shift = in->gnu[3];
    const uint64_t *bloom = (const uint64_t *)(in->gnu + 4);
    const uint32_t *bucket = (const uint32_t *)(bloom + words), *chain = bucket + buckets;
    const uint64_t both = 1ull << (hash % 64) | 1ull << ((hash >> shift) % 64);
    if (!buckets || (bloom[(hash / 64) % words] & both) != both)
        return NULL;
    for (uint32_t i = bucket[hash % buckets]; i >= first && i; i++) {
        uint32_t its = chain[i - first];
        if ((its | 1) == (hash | 1) && is_it(in, i, name))
            return &in->symbols[i];
        if (its & 1)
            break;
    }
    return NULL;
}

static const ElfW(Sym) *find_sysv(const struct object *in, const char *name)
{
    uint32_t hash = 0;
    for (const char *c = name; *c; c++) {
        hash = (hash << 4) + (unsigned char)*c;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0xfffffff;
    }
    const uint32_t buckets = in->sysv[0];
    if (!buckets)
        return NULL;
    for (uint32_t i = in->sysv[2 + hash % buckets]; i; i = in->sysv[2 + buckets + i])
        if (is_it(in, i, name))
            return &in->symbols[i];
    return NULL;
}

static void *find(const struct object *in, const char *name)
{
    const ElfW(Sym) *symbol = NULL;
    if (in->symbols && in->names && (in->gnu || in->sysv))
        symbol = in->gnu ? find_gnu(in, name) : find_sysv(in, name);
    return symbol ? (void *)(in->base + symbol->st_value) : NULL;
}

#ifdef __x86_64__
#define VDSO_CLOCK "__vdso_clock_gettime"
#else
#define VDSO_CLOCK "__kernel_clock_gettime"
#endif

/* An object of the list, as far as its symbols can be found; whether it is ours. */
static bool read_object(const struct dl_phdr_info *info, struct object *found)
{
    bool ours = false;
    const ElfW(Addr) here = (ElfW(Addr))&object_count;
    *found = (struct object){.base = info->dlpi_addr};
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        ElfW(Addr) start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_DYNAMIC)
            read_dynamic(found, (const ElfW(Dyn) *)start);
        else if (part->p_type == PT_LOAD && here >= start && here < start + part->p_memsz)
            ours = true;
    }
    return ours;
}

static int list_object(struct dl_phdr_info *info, size_t size, void *passed)
{
    (void)size;
    bool *after = passed;
    struct object found;
    const bool ours = read_object(info, &found);
    if (info->dlpi_name && begins(info->dlpi_name, "linux-vdso"))
        __atomic_store_n(&vdso_clock, (clock_type *)find(&found, VDSO_CLOCK), __ATOMIC_RELAXED);
    else if (*after && object_count < OBJECTS)
        objects[object_count++] = found;
    else if (*after && find(&found, "fopen"))
        objects[OBJECTS - 1] = found; /* however many there are, the C library is among them */
    *after |= ours;
    return 0;
}

static void *find_listed(const char *name)
{
    void *known = NULL;
    for (unsigned i = 0; i < object_count && !known; i++)
        known = find(&objects[i], name);
    return known;
}

/* Whether they are listed. This is done when the first function is looked for: many programs call none of ours. */
static bool list_objects(void)
{
    int state = __atomic_load_n(&objects_listed, __ATOMIC_ACQUIRE);
    bool after = false;
    if (state || !dl_iterate_phdr ||
        !__atomic_compare_exchange_n(&objects_listed, &state, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return state == 2;
    dl_iterate_phdr(list_object, &after);
    /* These would otherwise be looked for by each child between fork and exec, at some page faults each. */
    __atomic_store_n(&next_execve, find_listed("execve"), __ATOMIC_RELEASE);
    __atomic_store_n(&next_execvpe, find_listed("execvpe"), __ATOMIC_RELEASE);
    __atomic_store_n(&objects_listed, 2, __ATOMIC_RELEASE);
    return true;
}

/* What is looked for while another thread makes the list. */
struct wanted {
    const char *name;
    void *known;
    bool after;
};

static int look_into(struct dl_phdr_info *info, size_t size, void *passed)
{
    (void)size;
    struct wanted *it = passed;
    struct object found;
    const bool ours = read_object(info, &found);
    if (it->after)
        it->known = find(&found, it->name);
    it->after |= ours;
    return it->known != NULL;
}

/* The function `name`, remembered in `slot`; NULL if no object after ours has it. */
static void *next(void **slot, const char *name)
{
    struct wanted it = {.name = name, .known = __atomic_load_n(slot, __ATOMIC_ACQUIRE)};
    if (it.known)
        return it.known;
    if (list_objects())
        it.known = find_listed(name);
    else if (dl_iterate_phdr)
        dl_iterate_phdr(look_into, &it);
    __atomic_store_n(slot, it.known, __ATOMIC_RELEASE);
    return it.known;
}

#endif
