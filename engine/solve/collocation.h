/**
 * The nonlinear filters and the integrals of a system over one panel of a segment.
 *
 * Linear states are exact at the Gauss nodes of the panel; a filter is integrated with
 * the polynomial through its values there as input, an integral by Gauss's rule, in the
 * order in which the parts declare them. The rule of degree 3 on three of the nodes
 * gives the estimate of the error.
 */
#ifndef TACRO_SOLVE_COLLOCATION_H
#define TACRO_SOLVE_COLLOCATION_H

#include "solve/propagator.h"
#include "solve/solver.h"

struct tacro_collocation;

/** linear, generator and kernels are borrowed; atol [nstates] of the system's states */
enum tacro_status tacro_collocation_create(const struct tacro_linear *linear,
                                           const struct tacro_generator *generator,
                                           const struct tacro_kernels *kernels,
                                           double rtol, const double *atol,
                                           struct tacro_collocation **out,
                                           struct tacro_error *err) TACRO_MUST_USE;
void tacro_collocation_free(struct tacro_collocation *collocation);

/** False: every state is linear, there is nothing to do. */
bool tacro_collocation_is_needed(const struct tacro_collocation *collocation);

/** Forget all that depends on the unit of time, [TACRO_LANES] h. */
void tacro_collocation_aim(struct tacro_collocation *collocation, const double *unit);

/** The generator's columns have changed. */
void tacro_collocation_touch(struct tacro_collocation *collocation, uint64_t columns);

/** A panel [tau, tau + width] of the segment; its length is unit * 2^level. */
struct tacro_panel {
    double tau;
    double width;
    int level;
};

/**
 * Integrate a panel on trial.
 *
 * lanes   of the segment
 * whole   propagator of the unit: its lower rung gives the middle of the panel
 * y       [linear->n] rows at the start of the panel
 * state   [system->nstates] rows: nonlinear states at the start
 * trial   the same: receives the nonlinear states at the end
 *
 * Returns the worst lane's error over the tolerance: accept up to 1. Infinity: not
 * finite, or the panel is too short for the propagators.
 */
double tacro_collocation_panel(struct tacro_collocation *collocation,
                               const struct tacro_lanes *lanes,
                               struct tacro_propagator *whole,
                               const struct tacro_panel *panel, const double *y,
                               const double *state, double *trial);

/**
 * Where in the last panel, as a fraction of it, an integral reaches its levels.
 *
 * at      [TACRO_LANES] receives (0, 1]; INFINITY: not in this panel
 *
 * Returns false if the state is no integral of this collocation.
 */
bool tacro_collocation_crossing(const struct tacro_collocation *collocation,
                                const struct tacro_panel *panel,
                                const struct tacro_watch *watch, double *at);

#endif
