/* Ways to be a process: many PROCESSES, or one that does what its first argument says, and then reads files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int read_files(const char *folder, int count)
{
    char name[4096];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/%d", folder, i);
        int fd = open(name, O_RDONLY);
        if (fd < 0)
            return 1;
        close(fd);
    }
    return 0;
}

static void bomb(const char *folder, int count)
{
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (!pid) {
            char name[4096];
            snprintf(name, sizeof name, "%s/by-%d", folder, i);
            int fd = open(name, O_WRONLY | O_CREAT, 0600);
            _exit(fd < 0);
        }
        while (pid < 0 && wait(NULL) > 0)
            pid = 0, i--; /* as many as there may be at once */
    }
    while (wait(NULL) > 0)
        ;
}

static volatile int caught;

static void open_in_handler(int number)
{
    (void)number;
    int fd = open("signalled", O_WRONLY | O_CREAT, 0600);
    caught = fd >= 0;
    close(fd);
}

static int small_stack(void)
{
    size_t size = 6144; /* the kernel's frame takes 3.5 KiB of it with AVX-512 */
    char *map = mmap(NULL, 4096 * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(map + 4096, 8192, PROT_READ | PROT_WRITE);
    stack_t stack = {.ss_sp = map + 4096 + 8192 - size, .ss_size = size};
    struct sigaction action = {.sa_handler = open_in_handler, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    return !caught;
}

int main(int count, char **arguments)
{
    const char *what = arguments[1], *folder = arguments[2];
    int files = count > 3 ? atoi(arguments[3]) : 0;
    if (!strcmp(what, "bomb"))
        return bomb(folder, files), 0;
    if (!strcmp(what, "handler"))
        return small_stack();
    if (!strcmp(what, "closed"))
        for (int i = 0; i < 1024; i++)
            close(i);
    if (!strcmp(what, "daemon") && (daemon(0, 0) || chdir("/")))
        return 1;
    if (!strcmp(what, "nobody") && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
        return 1;
    if (!strcmp(what, "no-space")) {
        struct rlimit none = {0, 0};
        if (setrlimit(RLIMIT_FSIZE, &none))
            return 1;
    }
    if (!strcmp(what, "no-memory")) {
        struct rlimit used = {0, RLIM_INFINITY};
        if (setrlimit(RLIMIT_AS, &used))
            return 1;
    }
    if (!strcmp(what, "killed")) {
        if (read_files(folder, files))
            return 1;
        kill(getpid(), SIGKILL);
    }
    if (!strcmp(what, "vfork")) {
        for (int i = 0; i < files; i++) {
            pid_t pid = vfork();
            if (!pid) {
                execl("/bin/true", "true", NULL);
                _exit(1);
            }
            if (waitpid(pid, NULL, 0) != pid)
                return 1;
        }
        return 0;
    }
    int failed = read_files(folder, files);
    if (!strcmp(what, "daemon")) {
        char name[4096];
        snprintf(name, sizeof name, "%s/done", folder);
        rename("/dev/null/none", "/none");
        int fd = creat(name, 0600);
        close(fd);
    }
    return failed;
}
