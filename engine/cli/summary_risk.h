/** Sections of the summary about risks, and the layout that its tables share. */
#ifndef TACRO_CLI_SUMMARY_RISK_H
#define TACRO_CLI_SUMMARY_RISK_H

#include "cli/page.h"
#include "cli/quantity.h"
#include "tacro.h"

/* -- layout ------------------------------------------------------------------------ */

/** Columns that the labels of the regimens take. */
size_t tacro_cli_label_width(const struct tacro_summary *summary);

/** The label of a row; a long one gets a line of its own. */
void tacro_cli_put_label(const struct tacro_cli_page *page, struct tacro_cli_line *line,
                         const char *label, size_t width);

/** Calendar time of `time` hours after the start. */
struct tacro_cli_moment tacro_cli_summary_moment(const struct tacro_summary *summary,
                                                 double time);

/** An outcome as people write it: "PRES"; of noutcomes "event-free". */
const char *tacro_cli_outcome_name(const struct tacro_summary *summary, size_t outcome);

/** Is a day from `from` hours on outside the PK model's calibrated days? */
bool tacro_cli_is_extrapolated(const struct tacro_summary *summary, double from);

/**
 * Titles over columns, each wrapped to its width.
 *
 * title, column  [n]; the last column reaches to `end`
 */
void tacro_cli_put_titles(const struct tacro_cli_page *page, const char *const *title,
                          const size_t *column, size_t n, size_t end);

/* -- sections ---------------------------------------------------------------------- */

/** Every risk and the days in range at a glance, then each against the reference. */
void tacro_cli_risks_print(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, size_t width);

/** Frontier, switching ratio, utility over all weights. */
void tacro_cli_benefit_print(const struct tacro_cli_page *page,
                             const struct tacro_summary *summary, size_t width);

/** Which numbers the intervals come from. */
void tacro_cli_drivers_print(const struct tacro_cli_page *page,
                             const struct tacro_summary *summary);

#endif
