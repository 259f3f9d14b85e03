/** How block/ advances a segment: start it, step, evaluate the dense output. */
#ifndef TACRO_SOLVE_SOLVER_H
#define TACRO_SOLVE_SOLVER_H

#include "solve/kernels.h"

struct tacro_solver;

struct tacro_solver_counts {
    int64_t steps;
    int64_t rhs_calls;
};

/**
 * Create a solver for blocks of one system; one per thread, reused for every block.
 *
 * rtol    relative tolerance per lane; absolute ones are the states', times rtol / 1e-6
 */
enum tacro_status tacro_solver_create(const struct tacro_system *system,
                                      const struct tacro_kernels *kernels, double rtol,
                                      struct tacro_solver **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_solver_free(struct tacro_solver *solver);

/** State of the block, [nstates][TACRO_LANES]; change it between segments only. */
double *tacro_solver_state(struct tacro_solver *solver);

/**
 * Start a segment at tau = 0 from the current state. lanes is borrowed until its end.
 */
enum tacro_status tacro_solver_start(struct tacro_solver *solver,
                                     const struct tacro_lanes *lanes,
                                     struct tacro_error *err) TACRO_MUST_USE;

/** One accepted step, never past tau = 1; tau receives its end. */
enum tacro_status tacro_solver_step(struct tacro_solver *solver, double *tau,
                                    struct tacro_error *err) TACRO_MUST_USE;

/**
 * Prepare the dense output of the last step: evaluates its derivatives once.
 * Then tacro_solver_dense gives any state at tau_lane = end of step + dt[lane].
 */
enum tacro_status tacro_solver_dense_prepare(struct tacro_solver *solver,
                                             struct tacro_error *err) TACRO_MUST_USE;
void tacro_solver_dense(const struct tacro_solver *solver, size_t state,
                        const double *dt, double *value);

/** Steps and calls since the last reset. */
struct tacro_solver_counts tacro_solver_counts(const struct tacro_solver *solver);
void tacro_solver_reset_counts(struct tacro_solver *solver);

#endif
