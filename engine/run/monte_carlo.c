#include "run/monte_carlo.h"

#include <math.h>

#define INTERVAL_ERRORS 3.92 /* width of a normal 95 % interval in standard errors */

/* Variance of the average of n patients in one draw, from the sums of p and p^2. */
static double variance_of(double mean, uint64_t square, uint64_t n)
{
    const double spread = tacro_tally_mean(square, n) - mean * mean;
    return spread > 0.0 ? spread / (double)n : 0.0; /* below 0 by rounding alone */
}

/* Of a regimen as it is, whatever it is paired with. */
static double own_variance(const struct tacro_tally *tally,
                           const struct tacro_compare *c, size_t regimen, size_t k,
                           size_t m)
{
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    const size_t draws = tally->scenario->input->ndraws;
    return variance_of(tacro_compare_values(c, k, regimen)[m],
                       t->square[k * draws + c->draw[m]], t->n[c->draw[m]]);
}

double tacro_monte_carlo_error(const struct tacro_tally *tally,
                               const struct tacro_compare *compare, size_t regimen,
                               size_t k)
{
    const struct tacro_compare *c = compare;
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    const bool *reacts = tally->scenario->arm[regimen].reacts;
    const double *p = tacro_compare_values(c, k, regimen);
    const size_t reference = tacro_compare_reference(c, regimen);
    const double *p0 = tacro_compare_values(c, k, reference);
    const bool is_simulated = k == c->noutcomes || reacts[k];
    double sum = 0.0;
    if (t->square == NULL || c->ndraws == 0) {
        return NAN;
    }
    for (size_t m = 0; m < c->ndraws; m++) {
        const uint64_t n = t->n[c->draw[m]];
        if (n < 2) {
            return NAN;
        }
        sum += is_simulated && tacro_tally_is_paired(tally, regimen, c->draw[m])
                   ? own_variance(tally, c, reference, k, m) +
                         fabs(p[m] - p0[m]) / (double)n
                   : own_variance(tally, c, regimen, k, m);
    }
    return sqrt(sum / (double)c->ndraws);
}

double tacro_patients_needed(double standard_error, struct tacro_interval interval,
                             double n, size_t ndraws)
{
    const double width = interval.high - interval.low;
    const double by_chance = INTERVAL_ERRORS * standard_error;
    const double square = width * width - by_chance * by_chance;
    double unit = 1.0;
    if (!(width > 0.0) || isnan(standard_error) || ndraws < TACRO_INTERVAL_DRAWS) {
        return NAN;
    }
    if (!(square > 0.0)) {
        return INFINITY;
    }
    const double ratio = standard_error / (sqrt(square) / 10.0);
    if (ratio < 1.0) {
        return 0.0;
    }
    const double needed = n * ratio * ratio;
    while (needed / unit > 100.0) {
        unit *= 10.0;
    }
    return ceil(needed / unit - 1e-9) * unit; /* of rounding not a figure more */
}
