#include "core/rng.h"

#include "core/lanemath.h"

#include <Random123/philox.h>
#include <math.h>

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

double tacro_rng_uniform(const struct tacro_rng_key *key)
{
    const philox4x64_ctr_t counter = {{key->patient, (uint64_t)key->draw,
                                       (uint64_t)(uint32_t)key->occasion << 32 | key->k,
                                       (uint64_t)key->stream}};
    const philox4x64_key_t philox_key = {{key->seed, 0}};
    const philox4x64_ctr_t word = philox4x64(counter, philox_key);
    return tacro_rng_unit(word.v[0]);
}

double tacro_rng_normal(const struct tacro_rng_key *key)
{
    return tacro_normal_quantile(tacro_rng_uniform(key));
}

static double ratio(double r, const double a[8], const double b[8])
{
    double num = a[7];
    double den = b[7];
    for (int i = 6; i >= 0; i--) {
        num = num * r + a[i];
        den = den * r + b[i];
    }
    return num / den;
}

double tacro_normal_quantile(double p)
{
    static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[8] = {1.0,
                                4.2313330701600911252e+1,
                                6.8718700749205790830e+2,
                                5.3941960214247511077e+3,
                                2.1213794301586595867e+4,
                                3.9307895800092710610e+4,
                                2.8729085735721942674e+4,
                                5.2264952788528545610e+3};
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    const double q = p - 0.5;
    double r;
    double x;
    if (fabs(q) <= 0.425) {
        return q * ratio(0.180625 - q * q, a, b);
    }
    r = sqrt(-tacro_log(q < 0 ? p : 1.0 - p));
    x = r <= 5.0 ? ratio(r - 1.6, c, d) : ratio(r - 5.0, e, f);
    return q < 0 ? -x : x;
}

double tacro_normal_cdf(double x)
{
    return 0.5 * Sleef_cinz_erfcd1_u15purec(-x * 0.70710678118654752440);
}
