/** How a verb that reads models begins and ends. */
#ifndef TACRO_CLI_ANSWER_H
#define TACRO_CLI_ANSWER_H

#include <jansson.h>

#include "cli/args.h"
#include "tacro.h"

struct tacro_cli_answer {
    const struct tacro_cli_args *args;
    enum tacro_status status;
    struct tacro_error err;
    struct tacro_notes notes;
    char params[4096]; /**< folder of the params files, "" if there is none */
};

/** Find the folder of the params files. */
void tacro_cli_answer_begin(struct tacro_cli_answer *answer,
                            const struct tacro_cli_args *args);

/** The answer as JSON begins so: status, exit code, error, notes. */
json_t *tacro_cli_answer_json(const struct tacro_cli_answer *answer);

/** Say on stderr what went wrong, free the notes; returns the exit code. */
int tacro_cli_answer_end(struct tacro_cli_answer *answer);

/** Whether an operand is a path of a file and no name of a model. */
bool tacro_cli_is_path(const char *operand);

/**
 * Fail for a name that no model has, with the one it is nearest to.
 *
 * name    of the i-th of n models
 */
void tacro_cli_answer_unknown(struct tacro_cli_answer *answer, const char *word,
                              size_t n,
                              const char *(*name)(const void *context, size_t i),
                              const void *context);

/** Fail because there is no folder of params files; false if there is one. */
bool tacro_cli_answer_lacks_params(struct tacro_cli_answer *answer);

#endif
