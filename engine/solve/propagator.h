/**
 * exp(A t) of every lane for t = unit * 2^level, by scaling and squaring.
 *
 * A ladder of squarings starts at or below the unit, where t times the fastest rate is
 * at most a quarter; every rung is a propagator by itself, so that panels of one length
 * and of twice that share their work. What changes with a coefficient is whole columns,
 * and only those are computed anew.
 */
#ifndef TACRO_SOLVE_PROPAGATOR_H
#define TACRO_SOLVE_PROPAGATOR_H

#include "solve/linear.h"

/** Steps that differ by less are the same, h: the rounding of a time of 10,000 h. */
#define TACRO_SAME_STEP 4e-12

/** A of every lane, 1/h, kept up to date with the coefficients. */
struct tacro_generator;

enum tacro_status tacro_generator_create(const struct tacro_linear *linear,
                                         const struct tacro_kernels *kernels,
                                         struct tacro_generator **out,
                                         struct tacro_error *err) TACRO_MUST_USE;
void tacro_generator_free(struct tacro_generator *generator);

/** Forget the coefficients: the next update changes every column. */
void tacro_generator_reset(struct tacro_generator *generator);

/** Take over coefficients; returns the columns of exp(A t) that change, as bits. */
uint64_t tacro_generator_update(struct tacro_generator *generator,
                                const struct tacro_lanes *lanes);

/** Fastest rate out of a state times span [TACRO_LANES] h, of the worst lane. */
double tacro_generator_fastest(const struct tacro_generator *generator,
                               const double *span);

struct tacro_propagator;

/** generator is borrowed. */
enum tacro_status tacro_propagator_create(const struct tacro_generator *generator,
                                          struct tacro_propagator **out,
                                          struct tacro_error *err) TACRO_MUST_USE;
void tacro_propagator_free(struct tacro_propagator *propagator);

/** Forget everything and take a new unit, [TACRO_LANES] h, >= 0. */
void tacro_propagator_aim(struct tacro_propagator *propagator, const double *unit);

/** True if aimed at this unit, up to the rounding of a time. */
bool tacro_propagator_is_at(const struct tacro_propagator *propagator,
                            const double *unit);

/** The generator's columns have changed. */
void tacro_propagator_touch(struct tacro_propagator *propagator, uint64_t columns);

/**
 * exp(A * unit * 2^level), [nentries][TACRO_LANES] by entry of the linear plan.
 *
 * Borrowed until the next call for this propagator. NULL: more than 55 squarings above
 * the lowest rung, which no scenario within the limits of its keys asks for.
 */
const double *tacro_propagator_level(struct tacro_propagator *propagator, int level);

#endif
