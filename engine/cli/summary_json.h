/** The summary of a run as JSON, numbers unrounded. */
#ifndef TACRO_CLI_SUMMARY_JSON_H
#define TACRO_CLI_SUMMARY_JSON_H

#include <jansson.h>

#include "tacro.h"

/**
 * The whole summary. Units stand in the keys: _h, _mg, _ng_per_mL; probabilities are
 * fractions. A risk's interval is null where `interval_status` says why.
 *
 * subject   index of the only subject asked for; NULL: all of them
 */
json_t *tacro_cli_summary_json(const struct tacro_scenario *scenario,
                               const struct tacro_summary *summary,
                               const uint64_t *subject);

#endif
