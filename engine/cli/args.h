/** The command line: verbs, options, operands. */
#ifndef TACRO_CLI_ARGS_H
#define TACRO_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TACRO_CLI_MAX_THREADS = 4096, TACRO_CLI_MAX_NAMES = 256 };

/** What was asked; strings are borrowed from argv. */
struct tacro_cli_args {
    const char *operand; /**< scenario file, or name of a model; NULL: none */
    size_t nnames;       /**< of a verb that takes several: */
    const char *name[TACRO_CLI_MAX_NAMES]; /**< models or files */
    const char *params;                    /**< --params; NULL: not given */
    const char *output;
    const char *kernels;
    const char *solver;
    uint64_t subjects;
    uint64_t draws;
    uint64_t seed;
    uint64_t subject;
    uint64_t max_failed;
    double rtol;
    unsigned threads;
    bool has_seed;
    bool has_subject;
    bool is_forced;
    bool is_dry;
    bool is_json;
    bool is_quiet;
    bool is_verbose;
};

/** A verb's action; returns the exit code of the program. */
typedef int tacro_cli_command(const struct tacro_cli_args *args);

/**
 * Read the command line. Wrong usage ends the program with exit code 64, --help and
 * --version end it with 0.
 *
 * args    filled
 * returns the verb's action
 */
tacro_cli_command *tacro_cli_args_parse(int argc, char **argv,
                                        struct tacro_cli_args *args);

/** Read a whole number in decimal digits, nothing before or after, within limits. */
bool tacro_cli_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
