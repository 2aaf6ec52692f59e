/* A thread is cancelled while it waits in open, and another while it waits in fopen: both are unwound. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int unwound;

static void clean(void *argument)
{
    (void)argument;
    unwound++;
}

static void *wait_in_open(void *name)
{
    pthread_cleanup_push(clean, NULL);
    open(name, O_RDONLY);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *wait_in_fopen(void *name)
{
    pthread_cleanup_push(clean, NULL);
    FILE *stream = fopen(name, "r");
    if (stream)
        fclose(stream);
    pthread_cleanup_pop(0);
    return NULL;
}

int main(int count, char **arguments)
{
    void *(*ways[])(void *) = {wait_in_open, wait_in_fopen};
    (void)count;
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, ways[i], arguments[1]);
        usleep(50000);
        pthread_cancel(thread);
        if (i == 1) /* glibc does not let fopen be cancelled: let it go on */
            close(open(arguments[1], O_WRONLY | O_NONBLOCK));
        pthread_join(thread, NULL);
    }
    printf("unwound %d\n", unwound);
    return 0;
}
