/**
 * The built-in check of a run: a fixed sample once more by the other solver, or with a
 * smaller tolerance where there is no other.
 *
 * The sample is chosen by index over the whole scenario, so that it does not depend on
 * threads, order or shards. What the first solver gave is kept as the blocks come in.
 */
#ifndef TACRO_RUN_CROSSCHECK_H
#define TACRO_RUN_CROSSCHECK_H

#include "run/plan.h"

/** Patients a regimen. */
#define TACRO_CROSSCHECK_SAMPLE 32

struct tacro_crosscheck;

/**
 * Choose the sample and the other solver.
 *
 * setup   [scenario->nvariants] of the run; borrowed
 * first, n  the run's subjects: all, or the one asked for
 */
enum tacro_status tacro_crosscheck_create(const struct tacro_scenario *scenario,
                                          const struct tacro_block_setup *setup,
                                          uint64_t first, uint64_t n,
                                          struct tacro_crosscheck **out,
                                          struct tacro_error *err) TACRO_MUST_USE;
void tacro_crosscheck_free(struct tacro_crosscheck *check);

/**
 * True where the sample of a regimen is integrated by the run's own solver at a
 * hundredth of the tolerance: only one can integrate the equations of its PK model.
 */
bool tacro_crosscheck_is_finer(const struct tacro_crosscheck *check, size_t regimen);

/** What integrates it, "exact" or "cvode at 1/100 of the tolerance". */
const char *tacro_crosscheck_name(const struct tacro_crosscheck *check, size_t regimen);

/**
 * Keep a block's sampled lanes. Blocks of different threads do not overlap.
 *
 * course  [TACRO_LANES] that they followed; the other solver replays its ledger
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_crosscheck_keep(struct tacro_crosscheck *check, size_t regimen,
                                        const struct tacro_subject *const *subject,
                                        const struct tacro_course *const *course,
                                        const struct tacro_block_result *result,
                                        struct tacro_error *err) TACRO_MUST_USE;

/** Blocks of the other solver still to compute, each by any thread. */
size_t tacro_crosscheck_blocks(const struct tacro_crosscheck *check);
enum tacro_status tacro_crosscheck_run(struct tacro_crosscheck *check, size_t block,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** How far apart the solvers are under one regimen; NaN: nothing was compared. */
struct tacro_difference {
    double level;  /**< largest relative difference of concentrations over 0.01 ng/mL */
    double hazard; /**< the same of cumulative hazards over 1e-6 */
    size_t n;      /**< patients compared */
    size_t unmatched; /**< patients that one solver alone could integrate */
};

struct tacro_difference
tacro_crosscheck_difference(const struct tacro_crosscheck *check, size_t regimen);

#endif
