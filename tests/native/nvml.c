/* A libnvidia-ml.so.1 whose devices are what a text file says, read anew at every call.
 *
 *   devices COUNT | percent DEVICE PERCENT | memory DEVICE BYTES
 *   process DEVICE PID BYTES | used DEVICE PID PERCENT | fail FUNCTION CODE | hang FUNCTION | crash FUNCTION
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { SUCCESS, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };

struct rates { unsigned gpu, memory; };
struct memory { unsigned long long total, free, used; };
struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };
struct sample { unsigned pid; unsigned long long at; unsigned sm, memory, encoder, decoder; };

/* What the file says of `word` and `device`: the n-th such line's numbers; 0 if there is none. */
static int said(const char *word, unsigned device, unsigned n, unsigned long long *first, unsigned long long *second) {
    char line[256], name[64];
    unsigned long long of, a = 0, b = 0;
    int found = 0;
    FILE *file = fopen(STATE, "r");
    while (file && !found && fgets(line, sizeof line, file))
        if (sscanf(line, "%63s %llu %llu %llu", name, &of, &a, &b) >= 2 && !strcmp(name, word) && of == device)
            found = n-- == 0;
    if (file) fclose(file);
    if (first) *first = a;
    if (second) *second = b;
    return found;
}

static int trouble(const char *function) {
    char line[256], what[16], name[64];
    int code = 0, number = 0;
    FILE *file = fopen(STATE, "r");
    while (file && fgets(line, sizeof line, file)) {
        number = 0;
        if (sscanf(line, "%15s %63s %d", what, name, &number) < 2 || strcmp(name, function)) continue;
        if (!strcmp(what, "fail")) code = number;
        if (!strcmp(what, "crash")) abort();
        while (!strcmp(what, "hang")) pause();
    }
    if (file) fclose(file);
    return code;
}

#define TROUBLE() do { int code = trouble(__func__); if (code) return code; } while (0)

static unsigned device_of(void *device) { return (unsigned)((size_t)device - 1); }

int nvmlInit_v2(void) { TROUBLE(); return SUCCESS; }

int nvmlInitWithFlags(unsigned flags) { (void)flags; return nvmlInit_v2(); }  /* as nvidia-ml-py begins */

int nvmlDeviceGetCount_v2(unsigned *count) {
    char line[256];
    FILE *file = fopen(STATE, "r");
    TROUBLE();
    *count = 0;
    while (file && fgets(line, sizeof line, file)) sscanf(line, "devices %u", count);
    if (file) fclose(file);
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    TROUBLE();
    *device = (void *)((size_t)index + 1);
    return SUCCESS;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length) {
    TROUBLE();
    snprintf(name, length, "NVIDIA Test %u", device_of(device));
    return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    TROUBLE();
    snprintf(version, length, "580.65.06");
    return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) { TROUBLE(); *version = 13000; return SUCCESS; }

int nvmlDeviceGetUtilizationRates(void *device, struct rates *rates) {
    unsigned long long percent;
    TROUBLE();
    said("percent", device_of(device), 0, &percent, NULL);
    rates->gpu = (unsigned)percent;
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    TROUBLE();
    said("memory", device_of(device), 0, &memory->used, NULL);
    return SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *found) {
    unsigned long long pid, bytes;
    unsigned room = *count, n = 0;
    TROUBLE();
    for (; said("process", device_of(device), n, &pid, &bytes); n++)
        if (n < room) found[n] = (struct process){ (unsigned)pid, bytes, 0, 0 };
    *count = n;
    return n > room ? INSUFFICIENT_SIZE : SUCCESS;
}

int nvmlDeviceGetProcessUtilization(void *device, struct sample *found, unsigned *count, unsigned long long since) {
    unsigned long long pid, percent;
    unsigned room = *count, n = 0;
    struct timeval now;
    TROUBLE();
    gettimeofday(&now, NULL);
    unsigned long long at = now.tv_sec * 1000000ULL + now.tv_usec;
    if (at <= since) return NOT_FOUND;
    for (; said("used", device_of(device), n, &pid, &percent); n++)
        if (found && n < room) found[n] = (struct sample){ (unsigned)pid, at, (unsigned)percent, 0, 0, 0 };
    *count = n;
    return n == 0 ? NOT_FOUND : !found || n > room ? INSUFFICIENT_SIZE : SUCCESS;
}
