/**
 * The lanes' implicit equations as one SUNDIALS nonlinear solver: a small LU per lane.
 */
#ifndef TACRO_SOLVE_NEWTON_H
#define TACRO_SOLVE_NEWTON_H

#include "solve/vector.h"

/** What the solver works with; owned by the integrator, zero but for the pointers. */
struct tacro_newton {
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    const struct tacro_lanes *lanes; /**< of the current segment */
    double *lu;                      /**< [nentries][TACRO_LANES] */
    double *step;                    /**< [nstates][TACRO_LANES] scratch */
    bool has_factors;                /**< false at the start of a segment */
    double gamma;                    /**< of the factors */
    double tau;                      /**< of the last solution asked for */
    double rate;                     /**< of convergence, as seen last */
    size_t age;                      /**< solutions with the same factors */
    long rhs_calls;
    long iterations; /**< of the last solution */
    long failures;   /**< 1: the last solution failed */
};

/** Solver for CVodeSetNonlinearSolver; NULL without memory. */
SUNNonlinearSolver tacro_newton_solver(struct tacro_newton *newton, SUNContext context);

/** A new segment: nothing that was factored holds. */
void tacro_newton_restart(struct tacro_newton *newton, const struct tacro_lanes *lanes);

#endif
