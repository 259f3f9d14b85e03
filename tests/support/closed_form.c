#include "tests/support/closed_form.h"

#include <math.h>

#define NG_PER_ML 1000.0L /* mg/L to ng/mL */

/* C(t) = sum of coef[i] * exp(-rate[i] * t), i = alpha, beta, absorption. */
struct triexponential {
    long double coef[3];
    long double rate[3];
};

void test_oral2_rates(const struct test_oral2 *par, long double *alpha,
                      long double *beta)
{
    const long double k10 = (long double)par->CL / par->V1;
    const long double k12 = (long double)par->Q / par->V1;
    const long double k21 = (long double)par->Q / par->V2;
    const long double sum = k10 + k12 + k21;

    /* The larger root by addition, the smaller from alpha * beta = k10 * k21. */
    *alpha = (sum + sqrtl(sum * sum - 4.0L * k10 * k21)) / 2.0L;
    *beta = k10 * k21 / *alpha;
}

static struct triexponential oral2_terms(const struct test_oral2 *par, double amount)
{
    const long double k21 = (long double)par->Q / par->V2;
    const long double ka = par->KA;
    const long double scale = NG_PER_ML * amount * ka / par->V1;
    struct triexponential out;
    long double alpha = 0.0L;
    long double beta = 0.0L;

    test_oral2_rates(par, &alpha, &beta);
    out.rate[0] = alpha;
    out.rate[1] = beta;
    out.rate[2] = ka;
    out.coef[0] = scale * (k21 - alpha) / ((ka - alpha) * (beta - alpha));
    out.coef[1] = scale * (k21 - beta) / ((ka - beta) * (alpha - beta));
    out.coef[2] = scale * (k21 - ka) / ((alpha - ka) * (beta - ka));
    return out;
}

long double test_oral2_single(const struct test_oral2 *par, double amount, double t)
{
    const struct triexponential sum = oral2_terms(par, amount);
    long double c = 0.0L;

    for (int i = 0; i < 3; i++) {
        c += sum.coef[i] * expl(-sum.rate[i] * t);
    }
    return c;
}

long double test_oral2_steady(const struct test_oral2 *par, double amount, double tau,
                              double t)
{
    const struct triexponential sum = oral2_terms(par, amount);
    long double c = 0.0L;

    for (int i = 0; i < 3; i++) {
        c += sum.coef[i] * expl(-sum.rate[i] * t) / -expm1l(-sum.rate[i] * tau);
    }
    return c;
}

long double test_linear_auc(double CL, double amount)
{
    return NG_PER_ML * amount / CL;
}
