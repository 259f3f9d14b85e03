/** What goes to stderr: faults, warnings, notices and errors. */
#ifndef TACRO_CLI_MESSAGES_H
#define TACRO_CLI_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "tacro.h"

/** Print "tacro: ..." on stderr. */
void tacro_cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Print notes, each with its place, and the number of faults per file. */
void tacro_cli_notes_print(const struct tacro_notes *notes, bool is_quiet);

/** "fault", "warning" or "notice". */
const char *tacro_cli_severity(enum tacro_severity severity);

/** End the program for want of memory. */
void tacro_cli_exit_no_memory(void) __attribute__((noreturn));

/**
 * The name that a misspelt word is nearest to.
 *
 * name    the i-th of n names
 * returns n when nothing is near
 */
size_t tacro_cli_nearest(const char *word, size_t n,
                         const char *(*name)(const void *context, size_t i),
                         const void *context);

#endif
