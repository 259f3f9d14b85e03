/**
 * Correlated standard normals: row i of a Cholesky factor times the normals of all
 * parameters, each of its own key, so that a parameter's row depends on nothing else.
 */
#ifndef TACRO_COHORT_MIX_H
#define TACRO_COHORT_MIX_H

#include "core/lanemath.h"
#include "core/rng.h"
#include "input/paramset.h"

/** sum_j weight[j] z_j; n 0: the parameter's own z, as it is. */
struct tacro_mix {
    size_t n;
    uint32_t *key;  /**< owned; k of the random numbers z_j */
    double *weight; /**< owned; the squares add up to 1 */
};

/**
 * The row of a parameter, without what is 0 in it.
 *
 * correlations  of set->omega_corr or set->kappa_corr
 * effect        index among set->effect
 * key_of        k of the random numbers of a THETA
 * errors        TACRO_ENOMEM
 */
enum tacro_status tacro_mix_create(const struct tacro_paramset *set,
                                   const struct tacro_correlations *correlations,
                                   size_t effect,
                                   uint32_t (*key_of)(const struct tacro_paramset *set,
                                                      const struct tacro_theta *theta),
                                   struct tacro_mix *out,
                                   struct tacro_error *err) TACRO_MUST_USE;
void tacro_mix_free(struct tacro_mix *mix);

/** The number of a key; its k is the parameter's own. */
double tacro_mix_normal(const struct tacro_mix *mix, const struct tacro_rng_key *key);

/**
 * The numbers of TACRO_LANES keys, with the bits of tacro_mix_normal.
 *
 * math  of any kernel build
 */
void tacro_mix_lanes(const struct tacro_mix *mix, const struct tacro_lane_math *math,
                     const struct tacro_rng_key *key, double *z);

/**
 * The numbers of n consecutive occasions, likewise; for n > 0 of a mix alone.
 *
 * z  [n]
 */
void tacro_mix_occasions(const struct tacro_mix *mix,
                         const struct tacro_lane_math *math,
                         const struct tacro_rng_key *first, size_t n, double *z);

#endif
