/** The summary of a run as text, 100 columns wide: what a pharmacist reads first. */
#ifndef TACRO_CLI_SUMMARY_H
#define TACRO_CLI_SUMMARY_H

#include "cli/page.h"
#include "tacro.h"

/**
 * Print the summary.
 *
 * scenario  the doses as they are given, for mg and capsules per day
 * subject   index of the only subject asked for; NULL: all of them
 */
void tacro_cli_summary_print(const struct tacro_cli_page *page,
                             const struct tacro_scenario *scenario,
                             const struct tacro_summary *summary,
                             const uint64_t *subject);

#endif
