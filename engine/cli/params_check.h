/** `tacro check` of a params file: what it holds, or all its faults. */
#ifndef TACRO_CLI_PARAMS_CHECK_H
#define TACRO_CLI_PARAMS_CHECK_H

#include "cli/args.h"

/** Returns the exit code. */
int tacro_cli_check_params(const struct tacro_cli_args *args);

#endif
