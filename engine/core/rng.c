#include "core/rng.h"

#include "core/quantile.h"

#include <Random123/philox.h>

uint32_t tacro_rng_name(const char *name)
{
    uint32_t hash = 2166136261U;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    }
    return hash;
}

double tacro_rng_unit(uint64_t bits)
{
    const double u = ((double)(bits >> 11) + 0.5) * 0x1p-53;
    return u < 1.0 ? u
                   : 1.0 - 0x1p-53; /* the half is rounded up to 1 in the last one */
}

static inline double uniform(const struct tacro_rng_key *key)
{
    const philox4x64_ctr_t counter = {{key->patient, (uint64_t)key->draw,
                                       (uint64_t)(uint32_t)key->occasion << 32 | key->k,
                                       (uint64_t)key->stream}};
    const philox4x64_key_t philox_key = {{key->seed, 0}};
    const philox4x64_ctr_t word = philox4x64(counter, philox_key);
    return tacro_rng_unit(word.v[0]);
}

double tacro_rng_uniform(const struct tacro_rng_key *key)
{
    return uniform(key);
}

void tacro_rng_occasions(const struct tacro_rng_key *first, size_t n, double *u)
{
    struct tacro_rng_key key = *first;
    for (size_t i = 0; i < n; i++) {
        key.occasion = first->occasion + (int32_t)i;
        u[i] = uniform(&key);
    }
}

double tacro_rng_normal(const struct tacro_rng_key *key)
{
    return tacro_normal_quantile(tacro_rng_uniform(key));
}

double tacro_normal_quantile(double p)
{
    return tacro_quantile(p);
}

double tacro_normal_cdf(double x)
{
    return 0.5 * Sleef_cinz_erfcd1_u15purec(-x * 0.70710678118654752440);
}
