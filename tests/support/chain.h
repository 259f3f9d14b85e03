#ifndef TEST_CHAIN_H
#define TEST_CHAIN_H

#include "models/registry.h"
#include "solve/kernels.h"

/** Chains of parts with random parameters and states, without a scenario. */

struct test_chain {
    double coef[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64)));
    double time0[TACRO_LANES] __attribute__((aligned(64)));
    double span[TACRO_LANES] __attribute__((aligned(64)));
    double y[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    struct tacro_lanes lanes; /* points into this */
    struct tacro_system *system;
};

/**
 * Assemble the named parts, each a set of its own, and draw parameters, times and
 * states within ranges that each unit suggests. A failure fails the calling test.
 */
struct test_chain *test_chain_create(const char *const *part, size_t nparts,
                                     uint64_t *seed);

/** The registered part in the smallest chain that feeds it. */
struct test_chain *test_chain_around(size_t part, uint64_t *seed);
void test_chain_free(struct test_chain *chain);

/** A parameter's row of the coefficients, and the index of a state, by name. */
double *test_chain_coef(struct test_chain *chain, const char *name);
size_t test_chain_state(const struct test_chain *chain, const char *name);

/** Draw states in [0, 10) again. */
void test_chain_draw_states(struct test_chain *chain, uint64_t *seed);

/**
 * Jacobian of a lane at tau = 0 from the parts' declarations, dense and in long double.
 *
 * jacobian  [nstates][nstates], d(dy/dtau)_row / dy_column
 */
void test_chain_jacobian(const struct test_chain *chain,
                         const struct tacro_kernels *kernels, size_t lane,
                         long double *jacobian);

/**
 * Solve a dense system in place by Gaussian elimination with pivoting; x is b, then x.
 */
void test_dense_solve(size_t n, long double *a, long double *x);

#endif
