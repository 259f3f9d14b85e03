/** N_Vector over rows of lanes: the kernels' operations and the worst lane's norm. */
#ifndef TACRO_SOLVE_VECTOR_H
#define TACRO_SOLVE_VECTOR_H

#include "solve/compat.h"
#include "solve/kernels.h"

/** A vector of `rows` rows, zero; NULL without memory. Freed with N_VDestroy. */
N_Vector tacro_vector_create(size_t rows, const struct tacro_kernels *kernels,
                             SUNContext context);

/** Its values, [rows][TACRO_LANES], 64-byte aligned. */
double *tacro_vector_data(N_Vector vector);

/**
 * A vector of one row that takes that row alone of the vectors it is made from: what
 * an operation costs on one state instead of all.
 */
N_Vector tacro_vector_window(N_Vector vector, size_t row);

/** What N_VWrmsNorm gives for it, with any weights, until it is written to. */
void tacro_vector_set_norm(N_Vector vector, double norm);

#endif
