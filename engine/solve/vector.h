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

#endif
