/* sched_getaffinity. NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*) */
#define _GNU_SOURCE

#include "cli/environment.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/args.h"

/** The first number of a variable such as OMP_NUM_THREADS=4,2; 0 if there is none. */
static unsigned variable_count(const char *name)
{
    char first[24] = "";
    uint64_t n = 0;
    const char *value = getenv(name);
    if (value == NULL) {
        return 0;
    }
    size_t length = strcspn(value, ",");
    if (length < sizeof first) {
        memcpy(first, value, length);
    }
    return tacro_cli_parse_count(first, 1, TACRO_CLI_MAX_THREADS, &n) ? (unsigned)n : 0;
}

unsigned tacro_cli_threads(unsigned asked)
{
    cpu_set_t mask;
    unsigned n = asked;
    if (n == 0) {
        n = variable_count("OMP_NUM_THREADS");
    }
    if (n == 0) {
        n = variable_count("SLURM_CPUS_PER_TASK");
    }
    CPU_ZERO(&mask);
    if (n == 0 && sched_getaffinity(0, sizeof mask, &mask) == 0) {
        n = (unsigned)CPU_COUNT(&mask);
    }
    return n == 0 ? 1 : n;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static enum tacro_status named_folder(const char *origin, const char *path, char *out,
                                      size_t size, struct tacro_error *err)
{
    int length = snprintf(out, size, "%s", path);
    if (length < 0 || (size_t)length >= size || !is_folder(path)) {
        err->status = TACRO_ENOINPUT;
        snprintf(err->text, sizeof err->text, "%s: %s: no such folder", origin, path);
        return TACRO_ENOINPUT;
    }
    return TACRO_OK;
}

enum tacro_status tacro_cli_params_dir(const char *asked, char *out, size_t size,
                                       struct tacro_error *err)
{
    static const char *const places[] = {"../../params", "../share/tacro/params"};
    char program[4096];
    char probe[4096 + 64];
    if (asked != NULL) {
        return named_folder("--params", asked, out, size, err);
    }
    const char *variable = getenv("TACRO_PARAMS");
    if (variable != NULL && variable[0] != '\0') {
        return named_folder("TACRO_PARAMS", variable, out, size, err);
    }
    out[0] = '\0';
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return TACRO_OK;
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL) {
        return TACRO_OK;
    }
    slash[1] = '\0';
    for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
        snprintf(probe, sizeof probe, "%s%s/pk", program, places[k]);
        if (is_folder(probe) && strlen(probe) - 3 < size) {
            probe[strlen(probe) - 3] = '\0';
            snprintf(out, size, "%s", probe);
            return TACRO_OK;
        }
    }
    return TACRO_OK;
}

bool tacro_cli_is_params_near(const char *scenario)
{
    char probe[4096];
    const char *slash = strrchr(scenario, '/');
    int length = slash == NULL ? 0 : (int)(slash + 1 - scenario);
    int n = snprintf(probe, sizeof probe, "%.*s../pk", length, scenario);
    return n > 0 && (size_t)n < sizeof probe && is_folder(probe);
}
