#include "core/beta.h"

#include "core/lanemath.h"

#include <math.h>

double tacro_log_gamma(double x)
{
    /* B(2k) / (2k (2k - 1)) */
    static const double term[] = {1.0 / 12.0,    -1.0 / 360.0,      1.0 / 1260.0,
                                  -1.0 / 1680.0, 1.0 / 1188.0,      -691.0 / 360360.0,
                                  1.0 / 156.0,   -3617.0 / 122400.0};
    const double half_log_two_pi = 0.91893853320467274178;
    double below = 1.0;
    double series = 0.0;
    while (x < 10.0) {
        below *= x;
        x += 1.0;
    }
    for (size_t k = sizeof term / sizeof term[0]; k-- > 0;) {
        series = series / (x * x) + term[k];
    }
    return (x - 0.5) * tacro_log(x) - x + half_log_two_pi + series / x -
           tacro_log(below);
}

/* No denominator of the continued fraction is 0. */
static double not_zero(double x)
{
    const double tiny = 1e-300;
    return fabs(x) < tiny ? tiny : x;
}

/* DLMF 8.17.22; converges fast for x < (a + 1) / (a + b + 2). */
static double fraction(double a, double b, double x)
{
    double c = 1.0;
    double d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    double f = d;
    for (int i = 1; i < 1000; i++) {
        const double m = i;
        const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        const double odd =
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        double step;
        d = 1.0 / not_zero(1.0 + even * d);
        c = not_zero(1.0 + even / c);
        f *= c * d;
        d = 1.0 / not_zero(1.0 + odd * d);
        c = not_zero(1.0 + odd / c);
        step = c * d;
        f *= step;
        if (fabs(step - 1.0) < 1e-16) {
            break;
        }
    }
    return f;
}

double tacro_beta_cdf(double a, double b, double x)
{
    double front;
    if (!(x > 0.0)) {
        return isnan(x) ? x : 0.0;
    }
    if (x >= 1.0) {
        return 1.0;
    }
    front = tacro_exp(tacro_log_gamma(a + b) - tacro_log_gamma(a) - tacro_log_gamma(b) +
                      a * tacro_log(x) + b * tacro_log1p(-x));
    return x < (a + 1.0) / (a + b + 2.0) ? front * fraction(a, b, x) / a
                                         : 1.0 - front * fraction(b, a, 1.0 - x) / b;
}

double tacro_beta_quantile(double a, double b, double p)
{
    double low = 0.0;
    double high = 1.0;
    for (;;) {
        const double middle = low + 0.5 * (high - low);
        if (!(middle > low && middle < high)) {
            return middle;
        }
        if (tacro_beta_cdf(a, b, middle) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
}
