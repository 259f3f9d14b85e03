#include "cohort/mix.h"

#include <stdlib.h>
#include <string.h>

enum tacro_status tacro_mix_create(const struct tacro_paramset *set,
                                   const struct tacro_correlations *correlations,
                                   size_t effect,
                                   uint32_t (*key_of)(const struct tacro_paramset *set,
                                                      const struct tacro_theta *theta),
                                   struct tacro_mix *out, struct tacro_error *err)
{
    const size_t n = set->neffects;
    size_t nweights = 0;
    *out = (struct tacro_mix){.n = 0};
    for (size_t j = 0; correlations->factor != NULL && j <= effect; j++) {
        nweights += correlations->factor[effect * n + j] != 0.0;
    }
    if (nweights < 2) {
        return TACRO_OK; /* the diagonal alone, 1 */
    }
    out->key = calloc(nweights, sizeof *out->key);
    out->weight = calloc(nweights, sizeof *out->weight);
    if (out->key == NULL || out->weight == NULL) {
        tacro_mix_free(out);
        return tacro_fail(err, TACRO_ENOMEM, "correlations of %s",
                          set->theta[set->effect[effect].theta].name);
    }
    for (size_t j = 0; j <= effect; j++) {
        const double weight = correlations->factor[effect * n + j];
        if (weight != 0.0) {
            out->key[out->n] = key_of(set, &set->theta[set->effect[j].theta]);
            out->weight[out->n++] = weight;
        }
    }
    return TACRO_OK;
}

void tacro_mix_free(struct tacro_mix *mix)
{
    free(mix->key);
    free(mix->weight);
    *mix = (struct tacro_mix){.n = 0};
}

double tacro_mix_normal(const struct tacro_mix *mix, const struct tacro_rng_key *key)
{
    struct tacro_rng_key of = *key;
    double sum = 0.0;
    if (mix->n == 0) {
        return tacro_rng_normal(key);
    }
    for (size_t j = 0; j < mix->n; j++) {
        of.k = mix->key[j];
        sum += mix->weight[j] * tacro_rng_normal(&of);
    }
    return sum;
}

void tacro_mix_lanes(const struct tacro_mix *mix, const struct tacro_lane_math *math,
                     const struct tacro_rng_key *key, double *z)
{
    double y[TACRO_LANES];
    double sum[TACRO_LANES] = {0.0};
    if (mix->n == 0) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            z[l] = tacro_rng_uniform(&key[l]);
        }
        math->quantile(z, z);
        return;
    }
    for (size_t j = 0; j < mix->n; j++) {
        const double weight = mix->weight[j];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            struct tacro_rng_key of = key[l];
            of.k = mix->key[j];
            y[l] = tacro_rng_uniform(&of);
        }
        math->quantile(y, y);
        TACRO_EACH_LANE(l) {
            sum[l] += weight * y[l];
        }
    }
    memcpy(z, sum, sizeof sum);
}

void tacro_mix_occasions(const struct tacro_mix *mix,
                         const struct tacro_lane_math *math,
                         const struct tacro_rng_key *first, size_t n, double *z)
{
    for (size_t at = 0; at < n; at += TACRO_LANES) {
        const size_t left = n - at < TACRO_LANES ? n - at : TACRO_LANES;
        double sum[TACRO_LANES] = {0.0};
        double y[TACRO_LANES];
        for (size_t j = 0; j < mix->n; j++) {
            const double weight = mix->weight[j];
            struct tacro_rng_key of = *first;
            of.k = mix->key[j];
            of.occasion += (int32_t)at;
            for (size_t l = left; l < TACRO_LANES; l++) {
                y[l] = 0.5;
            }
            tacro_rng_occasions(&of, left, y);
            math->quantile(y, y);
            TACRO_EACH_LANE(l) {
                sum[l] += weight * y[l];
            }
        }
        memcpy(z + at, sum, left * sizeof *sum);
    }
}
