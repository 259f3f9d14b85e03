/**
 * Concentrations inside a segment from the propagator: one row of exp(A t) an output.
 *
 * The row that takes the state at the segment's start to the concentration at an offset
 * is built from the row before it; rows stay while offsets and coefficients do. A curve
 * of more than 64 outputs takes the state itself from output to output.
 */
#ifndef TACRO_SOLVE_CURVE_H
#define TACRO_SOLVE_CURVE_H

#include "solve/propagator.h"
#include "solve/solver.h"

struct tacro_rows;

/** linear: what reaches the concentration's state; all borrowed. */
enum tacro_status tacro_rows_create(const struct tacro_linear *linear,
                                    const struct tacro_kernels *kernels,
                                    struct tacro_rows **out,
                                    struct tacro_error *err) TACRO_MUST_USE;
void tacro_rows_free(struct tacro_rows *rows);

/** A new block. */
void tacro_rows_reset(struct tacro_rows *rows);

/**
 * Fill a curve.
 *
 * y       [system->nstates] rows at the segment's start
 * errors  TACRO_ESOLVER: no propagator for a step
 */
enum tacro_status tacro_rows_fill(struct tacro_rows *rows,
                                  const struct tacro_lanes *lanes, const double *y,
                                  const struct tacro_curve *curve,
                                  struct tacro_error *err) TACRO_MUST_USE;

#endif
