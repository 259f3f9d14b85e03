/**
 * One block: 64 patients of one regimen from start to horizon. The only event loop.
 *
 * A lane maps its k-th segment to tau in [0, 1], so the block restarts its solver once
 * per k; a lane with fewer segments idles. Concentrations inside a segment come from
 * the solver, lane by lane; what needs all states stands at the end of a segment.
 */
#ifndef TACRO_SOLVE_BLOCK_H
#define TACRO_SOLVE_BLOCK_H

#include "cohort/subject.h"
#include "dose/agenda.h"
#include "solve/parameters.h"
#include "solve/solver.h"

/** What all blocks of a run share; constant. */
struct tacro_block_setup {
    const struct tacro_rules *rules;
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    const struct tacro_method *method;
    const struct tacro_clock *clock;
    const int *coef; /**< [rules->n] coefficient of each rule, TACRO_NONE: none (F1) */
    double rtol;
    size_t noutputs; /**< output times */
    const double *output;
    size_t nrecords; /**< outputs at which all states are kept; each ends a segment */
    const int *record_of;        /**< [noutputs] index of the record, or TACRO_NONE */
    double landmark;             /**< h from start; outcomes happen after it */
    size_t noutcomes;            /**< risk files: each has a hazard */
    const uint32_t *outcome_key; /**< [noutcomes] of the numbers drawn for each */
};

/** Values stand in result files: they are never reused. */
enum tacro_lane_status {
    TACRO_LANE_OK,
    TACRO_LANE_SOLVER,
    TACRO_LANE_NOT_FINITE,
    TACRO_LANE_HAZARD_NOT_FINITE,
    TACRO_LANE_NEGATIVE_HAZARD /**< a cumulative hazard that falls */
};

/** What came out. Arrays are lane-minor. */
struct tacro_block_result {
    double *concentration; /**< [noutputs][TACRO_LANES], ng/mL */
    double *state;         /**< [nrecords][nstates][TACRO_LANES] */
    double *mapped;        /**< [nrecords][system->noutputs][TACRO_LANES] */
    double *event_time;    /**< [noutcomes][TACRO_LANES], h from start of the first of
                                each; INFINITY: none, NaN: the lane failed */
    enum tacro_lane_status status[TACRO_LANES];
    double failure_time[TACRO_LANES]; /**< h, NaN: none */
    int64_t steps;
    int64_t rhs_calls;
};

struct tacro_block;

/** A workspace for blocks; one per thread. */
enum tacro_status tacro_block_create(const struct tacro_block_setup *setup,
                                     struct tacro_block **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_block_free(struct tacro_block *block);

/**
 * Compute a block.
 *
 * subject [TACRO_LANES], course [TACRO_LANES]; the result is borrowed until the next
 * call. A block that fails is redone lane by lane; a lane that fails even so is NaN
 * from its first output on and keeps its status. The call itself does not fail.
 */
const struct tacro_block_result *
tacro_block_run(struct tacro_block *block, const struct tacro_subject *const *subject,
                const struct tacro_course *const *course);

/**
 * Compute a block whose courses are made while they are followed.
 *
 * agenda  [TACRO_LANES], one a lane; their courses are complete afterwards. Lanes that
 *         are copies may have one in common, next to each other.
 */
const struct tacro_block_result *
tacro_block_follow(struct tacro_block *block,
                   const struct tacro_subject *const *subject,
                   struct tacro_agenda *const *agenda);

#endif
