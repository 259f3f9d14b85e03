/** Observations in a run: rows of the result file, and their share outside target. */
#ifndef TACRO_RUN_OBSERVED_H
#define TACRO_RUN_OBSERVED_H

#include "run/tally.h"
#include "store/writer.h"

/** Fields of the file, one for each output that some PK model observes. */
struct tacro_observed_fields {
    size_t n;
    const char *name[TACRO_MAX_OBSERVED];
    size_t field[TACRO_MAX_OBSERVED];
};

/** Set the observer of each PK model and where its outputs come from. */
void tacro_observed_plan(struct tacro_scenario *scenario);

/** Room for gather->observed, or none; false when memory is out. */
bool tacro_observed_create(const struct tacro_scenario *scenario,
                           struct tacro_gather *gather);

/**
 * Fill gather->observed from troughs, for a block's rows. After tacro_gather_block.
 *
 * subject [TACRO_LANES]; row [TACRO_LANES], copies may repeat a row
 */
void tacro_observed_gather(const struct tacro_scenario *scenario,
                           const struct tacro_subject *const *subject,
                           const size_t *row, struct tacro_gather *gather);

/** Count one row's observations of whole blood into t->observed. */
void tacro_observed_add(const struct tacro_scenario *scenario,
                        const struct tacro_gather *gather, size_t row,
                        struct tacro_regimen_tally *t);

/** Add `observation` and observation_<output> of all PK models. */
enum tacro_status tacro_observed_fields_add(const struct tacro_scenario *scenario,
                                            struct tacro_fields *fields,
                                            struct tacro_observed_fields *observed,
                                            struct tacro_error *err) TACRO_MUST_USE;

/**
 * Encode rows [first, end) into the row `at` of the file and on; what the regimen's
 * model does not observe is NaN.
 */
enum tacro_status tacro_observed_pack(const struct tacro_scenario *scenario,
                                      const struct tacro_observed_fields *observed,
                                      const struct tacro_writer *writer,
                                      const struct tacro_gather *gather, size_t first,
                                      size_t end, size_t at, struct tacro_batch *batch,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** Fill summary->observed and each regimen's share; the regimens are there. */
void tacro_observed_summarise(const struct tacro_tally *tally,
                              struct tacro_summary *summary);

#endif
