/** JSON of risks, comparison and drivers. */
#ifndef TACRO_CLI_SUMMARY_RISK_JSON_H
#define TACRO_CLI_SUMMARY_RISK_JSON_H

#include "cli/json.h"

/** {"p05", "median", "p95"}. */
json_t *tacro_cli_band_json(struct tacro_band band);

/** {"p025", "median", "p975"}; null without an interval. */
json_t *tacro_cli_interval_json(struct tacro_interval interval);

/** A risk; outcome NULL: event_free. */
json_t *tacro_cli_risk_json(const struct tacro_summary *summary,
                            const struct tacro_risk_summary *risk,
                            const struct tacro_outcome_summary *outcome);

/** Put "days_in_range", its interval and "days_with_target" into a regimen. */
void tacro_cli_days_json(const struct tacro_regimen_summary *regimen, json_t *object);

/**
 * Pairs of regimens, frontier, switching ratio, utility.
 *
 * "pairs" lists every measure with its "difference" and "lower", [regimen][other];
 * "ranking" is null with its reason in "why_not".
 */
json_t *tacro_cli_comparison_json(const struct tacro_summary *summary);

/** Which numbers the intervals come from. */
json_t *tacro_cli_drivers_json(const struct tacro_summary *summary);

#endif
