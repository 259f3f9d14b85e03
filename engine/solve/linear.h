/**
 * The linear part of a system: its states, the pattern of exp(A t), the products over
 * it.
 *
 * Flows are linear, and so are filters and integrals that read linear states unchanged.
 * Matrices are stored by entry, [nentries][TACRO_LANES], in the pattern of the
 * reachable: entry (i, j) exists if mass or signal of state j ever gets to state i.
 * Constant input into a state is a column of its own, so that infusions are part of the
 * matrix.
 */
#ifndef TACRO_SOLVE_LINEAR_H
#define TACRO_SOLVE_LINEAR_H

#include "solve/kernels.h"

/** A plan of up to n sums and npairs products in all; false without memory. */
bool tacro_products_create(struct tacro_products *plan, size_t n, size_t npairs);
void tacro_products_free(struct tacro_products *plan);

/** Begin the next sum; then its pairs follow. */
void tacro_products_target(struct tacro_products *plan, int target);
void tacro_products_pair(struct tacro_products *plan, int a, int b);

/** sign * coef[rate] * coef[gain] in an entry of A; rate or gain TACRO_NONE: 1. */
struct tacro_term {
    int entry;
    int row;
    int column;
    int rate;
    int gain;
    double sign;
};

/** Linear states and inputs. */
#define TACRO_MAX_LINEAR (TACRO_MAX_STATES + TACRO_MAX_INPUTS)

struct tacro_linear {
    const struct tacro_system *system;
    size_t n;                    /**< states, then the inputs that reach them */
    int state[TACRO_MAX_LINEAR]; /**< system state of each; TACRO_NONE: an input */
    int input[TACRO_MAX_LINEAR]; /**< row of the input, where state is TACRO_NONE */
    int index[TACRO_MAX_STATES]; /**< of a system state, or TACRO_NONE */
    bool reaches[TACRO_MAX_LINEAR][TACRO_MAX_LINEAR]; /**< [to][from] */
    int entry[TACRO_MAX_LINEAR][TACRO_MAX_LINEAR];
    size_t nentries;
    size_t nterms;
    struct tacro_term *term;
    /** By column j: dots [column[j], column[j + 1]) of each list. */
    size_t column[TACRO_MAX_LINEAR + 1];
    struct tacro_products square; /**< entries of M*N: a = M, b = N */
    struct tacro_products step;   /**< entries of A*M: a = A, b = M */
    struct tacro_products apply;  /**< M*y by state: a = M, b = y */
};

/** All columns of a matrix. */
#define TACRO_ALL_COLUMNS (~UINT64_C(0))

/**
 * Plan the linear part of a system.
 *
 * target     only what reaches this system state; TACRO_NONE: all linear states
 */
enum tacro_status tacro_linear_create(const struct tacro_system *system, int target,
                                      struct tacro_linear **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_linear_free(struct tacro_linear *linear);

/** Columns of exp(A t) that change with a coefficient, as bits. */
uint64_t tacro_linear_touched(const struct tacro_linear *linear, int coef);

#endif
