/* 64 threads open the same 100 files and 20 of their own each, write, rename and start programs meanwhile.
 * With an argument each of them forks three children meanwhile, which write a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 64, SHARED = 100, OWN = 20, FORKS = 3 };

static void must(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int forking;

static void fork_children(long it)
{
    char name[64];
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        snprintf(name, sizeof name, "child-%ld-%d", it, i);
        if (!pid)
            _exit(open(name, O_WRONLY | O_CREAT, 0600) < 0);
        int status = 1;
        must(waitpid(pid, &status, 0) == pid && status == 0, name);
    }
}

static void *work(void *number)
{
    char name[64], other[64];
    long it = (long)number;
    for (int i = 0; i < SHARED; i++) {
        snprintf(name, sizeof name, "shared-%d", i);
        int fd = open(name, O_RDONLY);
        must(fd >= 0 && close(fd) == 0, name);
    }
    for (int i = 0; i < OWN; i++) {
        snprintf(name, sizeof name, "own-%ld-%d", it, i);
        snprintf(other, sizeof other, "final-%ld-%d", it, i);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        must(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0, name);
        must(rename(name, other) == 0, other);
    }
    if (forking)
        fork_children(it);
    if (it % 16 == 0) {
        pid_t pid = fork();
        if (!pid) {
            execl("/bin/true", "true", NULL);
            _exit(1);
        }
        must(waitpid(pid, NULL, 0) == pid, "wait");
    }
    return NULL;
}

int main(int count, char **arguments)
{
    (void)arguments;
    forking = count > 1;
    pthread_t threads[THREADS];
    char name[64];
    for (int i = 0; i < SHARED; i++) {
        snprintf(name, sizeof name, "shared-%d", i);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        must(fd >= 0 && close(fd) == 0, name);
    }
    for (long i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, work, (void *)i) == 0, "thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
