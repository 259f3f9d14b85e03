/** What the program takes from its surroundings; nothing else reads the environment. */
#ifndef TACRO_CLI_ENVIRONMENT_H
#define TACRO_CLI_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "tacro.h"

/**
 * Threads to use: `asked` if not 0, else OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, or the
 * processors this process may run on.
 */
unsigned tacro_cli_threads(unsigned asked);

/**
 * Folder of the params files: `asked`, else TACRO_PARAMS, else the one that belongs to
 * the executable (build tree or installation).
 *
 * out     [size], the folder; "" if none was named and none is beside the executable
 * errors  TACRO_ENOINPUT when the folder that was named is not there
 */
enum tacro_status tacro_cli_params_dir(const char *asked, char *out, size_t size,
                                       struct tacro_error *err);

/** Is there a folder pk beside the folder that a scenario is in? */
bool tacro_cli_is_params_near(const char *scenario);

#endif
