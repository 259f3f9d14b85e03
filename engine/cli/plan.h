/** The doses of a regimen by dosing day, with clocks, gaps and capsules. */
#ifndef TACRO_CLI_PLAN_H
#define TACRO_CLI_PLAN_H

#include <jansson.h>
#include <stddef.h>

#include "cli/page.h"
#include "tacro.h"

/** Where the dosing days begin. */
struct tacro_cli_dosing_clock {
    double start_day;    /**< days since transplantation at 00:00 of the start's day */
    double start_clock;  /**< h since midnight */
    double trough_clock; /**< h since midnight */
    double horizon;      /**< h */
};

struct tacro_cli_dose_range {
    size_t ndoses;
    const struct tacro_plan_dose *dose;
};

/** The doses of a plan in [from, to) h. */
struct tacro_cli_dose_range tacro_cli_doses_between(const struct tacro_plan *plan,
                                                    double from, double to);

/**
 * Print mg, doses and capsules per dosing day of every plan.
 *
 * width  columns of the labels
 */
void tacro_cli_plan_days_print(const struct tacro_cli_page *page,
                               const struct tacro_scenario *scenario,
                               const struct tacro_cli_dosing_clock *clock,
                               size_t width);

/** Print the calendar of a plan: every dose with its clock and capsules; the gaps. */
void tacro_cli_plan_print(const struct tacro_cli_page *page,
                          const struct tacro_plan *plan,
                          const struct tacro_frame *frame);

/** A plan with all its doses, its runs of equal dosing days and its gaps. */
json_t *tacro_cli_plan_json(const struct tacro_plan *plan,
                            const struct tacro_frame *frame);

#endif
