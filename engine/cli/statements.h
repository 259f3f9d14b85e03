/** The words that go with every result. */
#ifndef TACRO_CLI_STATEMENTS_H
#define TACRO_CLI_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/quantity.h"
#include "tacro.h"

/** One patient a regimen in each draw: no spread between patients, no average. */
bool tacro_cli_is_single(const struct tacro_summary *summary);

/** What the band of a level is. */
const char *tacro_cli_band_words(const struct tacro_summary *summary);

/** Whether figures have intervals over parameter draws. */
bool tacro_cli_has_interval(const struct tacro_summary *summary);

/**
 * What the interval of a risk is: "95 % interval over 300 parameter draws"; of fewer
 * than TACRO_INTERVAL_DRAWS a range.
 */
struct tacro_cli_text tacro_cli_interval_words(const struct tacro_summary *summary);

/** How to read the results: the i-th statement that holds; NULL after the last. */
const char *tacro_cli_statement(const struct tacro_summary *summary, size_t i);

#endif
