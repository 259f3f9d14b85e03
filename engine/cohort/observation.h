/** Levels as they would be measured: true levels with the model's residual error. */
#ifndef TACRO_COHORT_OBSERVATION_H
#define TACRO_COHORT_OBSERVATION_H

#include "input/sigma.h"

/** Residual error of one output, and which random numbers it takes. */
struct tacro_observed_output {
    const char *name;
    struct tacro_sigma sigma;
    uint32_t key;          /**< of "sigma.<name>" */
    uint32_t additive_key; /**< of "sigma.<name>.additive" */
};

/** What is observed, and how errors of a sample go together. */
struct tacro_observer {
    uint64_t seed;
    size_t n; /**< 0: nothing is observed */
    struct tacro_observed_output output[TACRO_MAX_OBSERVED];
    double factor[TACRO_MAX_OBSERVED * TACRO_MAX_OBSERVED]; /**< Cholesky, [n][n] */
};

/** An observer of all outputs that have an error by the assay (tacro_sigma_find). */
void tacro_observer_set(const struct tacro_residual *residual, enum tacro_assay assay,
                        uint64_t seed, struct tacro_observer *observer);

/**
 * What a sample shows of true levels.
 *
 * y = c (1 + e1) + e2, or y = c exp(e); normal errors, e1 and e2 independent. Those
 * correlated between outputs are e1 and e, or e2 of an output that has it alone. They
 * belong to patient, draw and minute, whatever the regimen. y may be below 0, as NONMEM
 * simulates it; there is no limit of quantification.
 *
 * minute  since 00:00 of the day of transplantation
 * level   [observer->n] true values; NaN gives NaN
 * out     [observer->n]
 */
void tacro_observe(const struct tacro_observer *observer, uint32_t draw,
                   uint64_t patient, int32_t minute, const double *level, double *out);

#endif
