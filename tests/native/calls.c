/* Every function that is stood before, with what succeeds and what fails: results, errno and descriptors printed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
#ifdef __GLIBC__
extern int __open_2(const char *, int), __open64_2(const char *, int);
extern int __openat_2(int, const char *, int), __openat64_2(int, const char *, int);
#else /* musl has none of these */
#define __open_2 open
#define __open64_2 open
#define __openat_2 openat
#define __openat64_2 openat
#define renameat2(from_dir, from, to_dir, to, flags) renameat(from_dir, from, to_dir, to)
#endif

static char bad[] = "no/such/file";
static char *const nobody = (char *)16; /* no memory is there */

static void say(const char *what, long result)
{
    printf("%s = %ld errno %d\n", what, result, result < 0 ? errno : 0);
    errno = 99;
}

static void fd(const char *what, int result)
{
    say(what, result);
    if (result > 2)
        close(result);
}

static void stream(const char *what, FILE *result)
{
    say(what, result ? fileno(result) : -1);
    if (result)
        fclose(result);
}

static void folder(const char *what, DIR *result)
{
    say(what, result ? dirfd(result) : -1);
    if (result)
        closedir(result);
}

static void child(const char *what, pid_t pid)
{
    int status = 0;
    fflush(stdout);
    waitpid(pid, &status, 0);
    printf("%s ended %d\n", what, status);
}

#define CHILD(what, call)           \
    do {                            \
        fflush(stdout);             \
        pid_t pid = fork();         \
        if (!pid) {                 \
            errno = 0;              \
            call;                   \
            _exit(errno);           \
        }                           \
        child(what, pid);           \
    } while (0)

static void opens(int dir)
{
    errno = 99;
    fd("open", open("a", O_RDONLY));
    printf("errno stays %d\n", errno);
    fd("open write", open("a", O_WRONLY));
    fd("open create", open("new", O_CREAT | O_RDWR, 0640));
    fd("open exclusive", open("new", O_CREAT | O_EXCL | O_RDWR, 0640));
    fd("open none", open(bad, O_RDONLY));
    fd("open empty", open("", O_RDONLY));
    fd("open a bad address", open(nobody, O_RDONLY));
    fd("open a bad address to write", open(nobody, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    fd("open a folder to write", open(".", O_WRONLY));
    fd("open a folder", open(".", O_RDONLY | O_DIRECTORY));
    fd("open a link", open("link", O_RDONLY | O_NOFOLLOW));
    fd("open a loop", open("loop", O_RDONLY));
    fd("open path", open("a", O_PATH));
    fd("open nameless", open(".", O_TMPFILE | O_RDWR, 0600));
    fd("open through a file", open("a/b", O_RDONLY));
    fd("open64", open64("a", O_RDONLY));
    fd("open64 none", open64(bad, O_RDWR));
    fd("__open_2", __open_2("a", O_RDONLY));
    fd("__open64_2", __open64_2("a", O_RDONLY));
    fd("__openat_2", __openat_2(dir, "a", O_RDONLY));
    fd("__openat64_2", __openat64_2(dir, "a", O_RDONLY));
    fd("openat", openat(dir, "a", O_RDONLY));
    fd("openat bad folder", openat(77, "a", O_RDONLY));
    fd("openat64", openat64(dir, "made", O_CREAT | O_WRONLY, 0600));
    fd("creat", creat("made", 0600));
    fd("creat none", creat(bad, 0600));
    fd("creat64", creat64("made", 0600));
    struct stat found;
    stat("new", &found);
    printf("mode %o\n", found.st_mode);
}

static void streams(void)
{
    stream("fopen", fopen("a", "r"));
    stream("fopen+", fopen("a", "r+"));
    stream("fopen w", fopen("w", "we"));
    stream("fopen wx", fopen("w", "wx"));
    stream("fopen a", fopen("w", "a+"));
    stream("fopen none", fopen(bad, "r"));
    stream("fopen no mode", fopen("a", "q"));
    stream("fopen64", fopen64("a", "rb"));
    stream("freopen", freopen("w", "r", fopen("a", "r")));
    stream("freopen64 none", freopen64(bad, "r", fopen("a", "r")));
    folder("opendir", opendir("."));
    folder("opendir none", opendir(bad));
    folder("opendir a file", opendir("a"));
    folder("fdopendir", fdopendir(open(".", O_RDONLY)));
    folder("fdopendir bad", fdopendir(77));
}

static void temporaries(void)
{
    char one[] = "t-XXXXXX", two[] = "t-XXXXXX", three[] = "t-XXXXXX.x", four[] = "t-XXXXXX.y", wrong[] = "t-X";
    char five[] = "t-XXXXXX", six[] = "t-XXXXXX", seven[] = "t-XXXXXX.x", eight[] = "t-XXXXXX.y";
    fd("mkstemp", mkstemp(one));
    fd("mkstemp wrong", mkstemp(wrong));
    fd("mkostemp", mkostemp(two, O_APPEND));
    fd("mkstemps", mkstemps(three, 2));
    fd("mkostemps", mkostemps(four, 2, O_CLOEXEC));
    fd("mkstemp64", mkstemp64(five));
    fd("mkostemp64", mkostemp64(six, 0));
    fd("mkstemps64", mkstemps64(seven, 2));
    fd("mkostemps64", mkostemps64(eight, 2, 0));
    say("unlink one", unlink(one) | unlink(two) | unlink(three) | unlink(four));
    say("unlink two", unlink(five) | unlink(six) | unlink(seven) | unlink(eight));
}

static void names(int dir)
{
    say("rename", rename("w", "x"));
    say("rename none", rename(bad, "x"));
    say("rename over a folder", rename("x", "folder"));
    say("rename a bad address", rename("x", nobody));
    say("renameat", renameat(dir, "x", dir, "w"));
    say("renameat2", renameat2(dir, "w", dir, "x", 0));
    say("renameat2 over none", renameat2(dir, "x", dir, "a", RENAME_NOREPLACE));
    say("renameat2 exchange", renameat2(dir, "x", dir, "a", RENAME_EXCHANGE));
    say("renameat2 exchange", renameat2(dir, "x", dir, "a", RENAME_EXCHANGE));
    say("rename a folder", rename("folder", "renamed"));
    say("link", link("x", "linked"));
    say("link over", link("a", "linked"));
    say("link none", link(bad, "y"));
    say("link a bad address", link(nobody, "y") + link("x", nobody));
    say("link a folder", link("renamed", "y"));
    say("linkat", linkat(dir, "x", dir, "y", 0));
    int nameless = open(".", O_TMPFILE | O_WRONLY, 0600);
    char number[40];
    snprintf(number, sizeof number, "/proc/self/fd/%d", nameless);
    say("linkat a descriptor", linkat(AT_FDCWD, number, dir, "z", AT_SYMLINK_FOLLOW));
    fd("linked", nameless);
    say("truncate", truncate("a", 3));
    say("truncate none", truncate(bad, 3));
    say("truncate negative", truncate64("a", -1));
    say("unlink", unlink("x"));
    say("unlink none", unlink(bad));
    say("unlink a bad address", unlink(nobody));
    say("unlink a folder", unlink("renamed"));
    say("unlinkat a folder", unlinkat(dir, "renamed", AT_REMOVEDIR));
    say("remove", remove("made"));
    say("remove none", remove(bad));
}

static void programs(int dir)
{
    char *arguments[] = {"true", NULL}, *bare[] = {NULL};
    pid_t pid = 4711;
    int program = open("/bin/true", O_RDONLY);
    CHILD("execve", execve("/bin/true", arguments, environ));
    CHILD("execve none", execve(bad, arguments, environ));
    CHILD("execve a bad address", execve(nobody, arguments, environ));
    CHILD("execve no program", execve("a", arguments, environ));
    CHILD("execv", execv("/bin/true", arguments));
    CHILD("execvp", execvp("true", arguments));
    CHILD("execvp none", execvp("no-such-program", arguments));
    CHILD("execvp empty", execvp("", arguments));
    CHILD("execvpe", execvpe("true", arguments, bare));
    CHILD("execl", execl("/bin/sh", "sh", "-c", "exit $#", "a", "b", "c", NULL));
    CHILD("execlp", execlp("sh", "sh", "-c", "exit $#", "a", "b", NULL));
    CHILD("execle", execle("/bin/sh", "sh", "-c", "exit $CODE", NULL, (char *[]){"CODE=7", NULL}));
    CHILD("fexecve", fexecve(program, arguments, environ));
    CHILD("fexecve bad", fexecve(dir, arguments, environ));
    fd("the program's descriptor", program);
    say("posix_spawn", posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ));
    child("posix_spawn", pid);
    pid = 4711;
    say("posix_spawn none", posix_spawn(&pid, bad, NULL, NULL, arguments, environ));
    printf("pid %d\n", pid);
    say("posix_spawnp", posix_spawnp(NULL, "true", NULL, NULL, arguments, environ));
    child("posix_spawnp", -1);
    say("posix_spawnp none", posix_spawnp(&pid, "no-such-program", NULL, NULL, arguments, environ));
    printf("system %d\n", system("exit 3"));
    FILE *pipe = popen("echo piped", "r");
    char line[16] = "";
    printf("popen %s", fgets(line, sizeof line, pipe) ? line : "?\n");
    printf("pclose %d\n", pclose(pipe));
}

static void network(void)
{
    struct sockaddr_in nobody_listens = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct addrinfo *found = NULL, hints = {.ai_flags = AI_NUMERICHOST};
    nobody_listens.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int it = socket(AF_INET, SOCK_STREAM, 0);
    say("connect", connect(it, (struct sockaddr *)&nobody_listens, sizeof nobody_listens));
    say("connect a bad address", connect(it, (struct sockaddr *)nobody, sizeof nobody_listens));
    say("connect too short", connect(it, (struct sockaddr *)&nobody_listens, 1));
    say("connect bad", connect(77, (struct sockaddr *)&nobody_listens, sizeof nobody_listens));
    fd("socket", it);
    printf("getaddrinfo %d\n", getaddrinfo("127.0.0.1", "80", &hints, &found));
    freeaddrinfo(found);
    printf("getaddrinfo %d\n", getaddrinfo("not.numeric", NULL, &hints, &found));
    printf("getaddrinfo %d\n", getaddrinfo(NULL, NULL, NULL, &found));
}

int main(void)
{
    int dir = open(".", O_RDONLY | O_DIRECTORY);
    opens(dir);
    streams();
    temporaries();
    names(dir);
    programs(dir);
    network();
    fd("the folder's descriptor", dir);
    fd("the next descriptor", open("a", O_RDONLY));
    return 0;
}
