#include "benchmarks/machine.h"

#include "commit.h" /* generated: BENCH_COMMIT */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_peak_mib(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024.0 : 0.0;
}

void bench_cpu(char *text, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    text[0] = '\0';
    while (file != NULL && text[0] == '\0' &&
           fgets(line, (int)sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            snprintf(text, size, "%s", colon + 1 + strspn(colon + 1, " "));
            text[strcspn(text, "\n\"")] = '\0';
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

const char *bench_commit(void)
{
    return BENCH_COMMIT;
}
