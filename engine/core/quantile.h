/**
 * The standard normal quantile in lanes and scalar, with the same bits in every width.
 *
 * source  Wichura 1988, algorithm AS 241 (PPND16), Applied Statistics 37:477
 */
#ifndef TACRO_CORE_QUANTILE_H
#define TACRO_CORE_QUANTILE_H

#include "core/lanemath.h"

#include <math.h>
#include <stdbool.h>

/** |p - 1/2| up to which the middle's ratio holds, r up to which the tail's does. */
#define TACRO_QUANTILE_MIDDLE 0.425
#define TACRO_QUANTILE_TAIL 5.0

static const double tacro_middle_num[8] = {
    3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double tacro_middle_den[8] = {1.0,
                                           4.2313330701600911252e+1,
                                           6.8718700749205790830e+2,
                                           5.3941960214247511077e+3,
                                           2.1213794301586595867e+4,
                                           3.9307895800092710610e+4,
                                           2.8729085735721942674e+4,
                                           5.2264952788528545610e+3};
static const double tacro_tail_num[8] = {
    1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double tacro_tail_den[8] = {1.0,
                                         2.05319162663775882187e0,
                                         1.67638483018380384940e0,
                                         6.89767334985100004550e-1,
                                         1.48103976427480074590e-1,
                                         1.51986665636164571966e-2,
                                         5.47593808499534494600e-4,
                                         1.05075007164441684324e-9};
static const double tacro_far_num[8] = {
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double tacro_far_den[8] = {1.0,
                                        5.99832206555887937690e-1,
                                        1.36929880922735805310e-1,
                                        1.48753612908506148525e-2,
                                        7.86869131145613259100e-4,
                                        1.84631831751005468180e-5,
                                        1.42151175831644588870e-7,
                                        2.04426310338993978564e-15};

static inline double tacro_polynomial7(double r, const double c[8])
{
    double sum = c[7];
    for (int i = 6; i >= 0; i--) {
        sum = sum * r + c[i];
    }
    return sum;
}

/** Quantile of p where its ratio is the far tail's, |p - 1/2| > 1/2 - 1.4e-11. */
static inline double tacro_quantile_far(double r)
{
    const double x = r - TACRO_QUANTILE_TAIL;
    return tacro_polynomial7(x, tacro_far_num) / tacro_polynomial7(x, tacro_far_den);
}

/** Standard normal quantile of 0 < p < 1. */
static inline double tacro_quantile(double p)
{
    const double q = p - 0.5;
    double r;
    double x;
    if (fabs(q) <= TACRO_QUANTILE_MIDDLE) {
        r = 0.180625 - q * q;
        return q * (tacro_polynomial7(r, tacro_middle_num) /
                    tacro_polynomial7(r, tacro_middle_den));
    }
    r = sqrt(-tacro_log(q < 0 ? p : 1.0 - p));
    x = r <= TACRO_QUANTILE_TAIL ? tacro_polynomial7(r - 1.6, tacro_tail_num) /
                                       tacro_polynomial7(r - 1.6, tacro_tail_den)
                                 : tacro_quantile_far(r);
    return q < 0 ? -x : x;
}

/** x = quantiles of p, [TACRO_LANES]; x and p may be the same array. */
static inline void tacro_lanes_quantile(const double *p, double *x)
{
    double q[TACRO_LANES];
    double r[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        q[l] = p[l] - 0.5;
        r[l] = q[l] < 0.0 ? p[l] : 1.0 - p[l];
    }
    tacro_lanes_log(r, r);
    TACRO_EACH_LANE(l) {
        r[l] = sqrt(-r[l]);
    }
    TACRO_EACH_LANE(l) {
        const double middle = 0.180625 - q[l] * q[l];
        const double tail = r[l] - 1.6;
        const bool is_middle = fabs(q[l]) <= TACRO_QUANTILE_MIDDLE;
        const double mn = tacro_polynomial7(middle, tacro_middle_num);
        const double md = tacro_polynomial7(middle, tacro_middle_den);
        const double tn = tacro_polynomial7(tail, tacro_tail_num);
        const double td = tacro_polynomial7(tail, tacro_tail_den);
        const double y = (is_middle ? mn : tn) / (is_middle ? md : td);
        const double signed_tail = q[l] < 0.0 ? -y : y;
        x[l] = is_middle ? q[l] * y : signed_tail;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) { /* 3 in 10^11 */
        if (r[l] > TACRO_QUANTILE_TAIL) {
            x[l] = q[l] < 0.0 ? -tacro_quantile_far(r[l]) : tacro_quantile_far(r[l]);
        }
    }
}

#endif
