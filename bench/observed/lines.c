// Counts the lines of a file: as a static program, and as a library.
#include <stdio.h>

int lines(const char *name) {
    FILE *file = fopen(name, "r");
    int count = 0, c;
    while (file && (c = getc(file)) != EOF) count += c == '\n';
    return count;
}

int main(int argc, char **argv) {
    printf("%d\n", lines(argv[argc - 1]));
    return 0;
}
