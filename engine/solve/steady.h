/**
 * Steady state of a periodic regimen in one lane: solved, not iterated.
 *
 * Over one interval II the linear states go through x -> M x + b, M = exp(A II), so
 * that their state before a dose is (I - M)^-1 b. Integrals take no part. Nonlinear
 * filters are linear in themselves: the block follows them once through the stretches
 * of an interval and divides by 1 - exp(-k II).
 */
#ifndef TACRO_SOLVE_STEADY_H
#define TACRO_SOLVE_STEADY_H

#include "dose/course.h"
#include "solve/linear.h"

/** At most so many stretches make an interval. */
#define TACRO_STRETCHES 3

/** A part of an interval: an amount at its start, then a constant rate. */
struct tacro_stretch {
    double length; /**< h */
    double bolus;  /**< mg */
    double rate;   /**< mg/h */
};

/**
 * One interval that ends just before the instant of a STEADY action.
 *
 * f       bioavailability of the doses
 * out     [TACRO_STRETCHES]; those not needed have length 0
 * A constant infusion is one stretch of an hour.
 */
void tacro_steady_stretches(const struct tacro_action *action, double f,
                            struct tacro_stretch *out);

/** h of one interval; a constant infusion is taken hour by hour. */
double tacro_steady_interval(const struct tacro_action *action);

/**
 * h after which the regimen repeats, and with it the clock where parameters follow it.
 * NaN: never, as the interval neither divides 24 h nor is a multiple of it.
 */
double tacro_steady_period(const struct tacro_system *system,
                           const struct tacro_action *action);

/** A workspace; one per thread. */
struct tacro_steady;

enum tacro_status tacro_steady_create(const struct tacro_system *system,
                                      struct tacro_steady **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_steady_free(struct tacro_steady *steady);

/**
 * Linear states under the regimen of a STEADY action, at its instant.
 *
 * coef    [ncoefs][TACRO_LANES] of the block; lane: whose
 * state   into which the doses go
 * x       [nstates] receives the states; those that are no linear flow or filter are 0
 * Returns false where there is none: nothing leaves the body.
 */
bool tacro_steady_solve(struct tacro_steady *steady, const double (*coef)[TACRO_LANES],
                        size_t lane, const struct tacro_action *action, double f,
                        int state, double *x);

/**
 * States that a steady state of the linear ones is made of, [at most nstates] in
 * `state`; returns how many.
 */
size_t tacro_steady_states(const struct tacro_steady *steady, size_t *state);

/**
 * The same of equations that change inside an interval, from what a solver made of it.
 *
 * image   [n + 1][n] rows: the states of tacro_steady_states after one period, from one
 *         mg or ng/mL in the j-th alone and without doses; last, from nothing under the
 *         regimen
 * x       [nstates] receives the states; those of no linear flow or filter are 0
 * Returns false where there is none.
 */
bool tacro_steady_of_images(struct tacro_steady *steady,
                            const double (*image)[TACRO_LANES], size_t lane, double *x);

/** Filters that are not linear, in the order of the equations; returns how many. */
size_t tacro_steady_filters(const struct tacro_steady *steady,
                            const struct tacro_system_equation **filter);

/** True of a state that resets and steady states act on: no integral. */
bool tacro_steady_is_acted_on(const struct tacro_system *system, size_t state);

#endif
