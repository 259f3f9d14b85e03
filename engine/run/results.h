/** What a run writes: which fields there are, a group's rows, the statistics. */
#ifndef TACRO_RUN_RESULTS_H
#define TACRO_RUN_RESULTS_H

#include "run/crosscheck.h"
#include "run/group.h"
#include "run/provenance.h"
#include "run/tally.h"
#include "store/batch.h"
#include "store/ledger.h"

struct tacro_results;

/**
 * Start a result file.
 *
 * first_subject, nsubjects   the subject axis
 * setup                      solver and tolerance, for the attributes
 */
enum tacro_status tacro_results_create(const struct tacro_scenario *scenario,
                                       const char *path, bool force,
                                       uint64_t first_subject, uint64_t nsubjects,
                                       const struct tacro_block_setup *setup,
                                       struct tacro_results **out,
                                       struct tacro_error *err) TACRO_MUST_USE;
/** An unfinished file is removed. NULL is allowed. */
void tacro_results_free(struct tacro_results *results);

/**
 * Encode rows [first, end) of a group under one regimen; with regimen 0 also its
 * subjects. Any thread may do it at any time.
 *
 * at      row of the file that receives row `first`
 * batch   receives the chunks
 */
enum tacro_status tacro_results_pack(const struct tacro_results *results,
                                     const struct tacro_gather *gather,
                                     const struct tacro_group *group, size_t first,
                                     size_t end, size_t at, struct tacro_batch *batch,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * Write the chunks of a batch and empty it, and the ledgers of rows [first, end) of its
 * group. One thread at a time.
 *
 * at      row of the file that receives row `first`
 */
enum tacro_status tacro_results_commit(struct tacro_results *results,
                                       struct tacro_batch *batch,
                                       const struct tacro_gather *gather, size_t first,
                                       size_t end, size_t at,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** Write the statistics, close and rename. hash [65]. */
enum tacro_status tacro_results_finish(struct tacro_results *results,
                                       const struct tacro_tally *tally,
                                       const struct tacro_crosscheck *check,
                                       const struct tacro_provenance *provenance,
                                       char hash[65],
                                       struct tacro_error *err) TACRO_MUST_USE;

#endif
