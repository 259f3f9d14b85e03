/** The verbs of the program. Each returns the exit code. */
#ifndef TACRO_CLI_COMMANDS_H
#define TACRO_CLI_COMMANDS_H

#include "cli/args.h"
#include "tacro.h"

int tacro_cli_command_run(const struct tacro_cli_args *args);
int tacro_cli_command_check(const struct tacro_cli_args *args);
int tacro_cli_command_models(const struct tacro_cli_args *args);
int tacro_cli_command_calibrate(const struct tacro_cli_args *args);
int tacro_cli_command_qualify(const struct tacro_cli_args *args);

#endif
