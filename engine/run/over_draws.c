#include "run/over_draws.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many are known; they come first, ascending, and NaN behind them. */
static size_t sort_known(double *value, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(value[i])) {
            value[known++] = value[i];
        }
    }
    for (size_t i = known; i < n; i++) {
        value[i] = NAN;
    }
    qsort(value, known, sizeof *value, ascending);
    return known;
}

static double of_sorted(const double *value, size_t known, double q)
{
    size_t rank;
    if (known == 0) {
        return NAN;
    }
    /* a product that is whole but for its rounding is whole */
    rank = (size_t)ceil(q * (double)known - 1e-9);
    rank = rank < 1 ? 1 : rank > known ? known : rank;
    return value[rank - 1];
}

double tacro_order_statistic(double *value, size_t n, double q)
{
    const size_t known = sort_known(value, n);
    return of_sorted(value, known, q);
}

struct tacro_interval tacro_order_interval(double *value, size_t n)
{
    const size_t known = sort_known(value, n);
    if (known < 2) {
        return (struct tacro_interval){NAN, NAN, NAN};
    }
    return (struct tacro_interval){of_sorted(value, known, 0.025),
                                   of_sorted(value, known, 0.5),
                                   of_sorted(value, known, 0.975)};
}

struct tacro_estimate tacro_over_draws_estimate(double *value, size_t n)
{
    const double median = tacro_order_statistic(value, n, 0.5);
    return (struct tacro_estimate){.value = median,
                                   .interval = tacro_order_interval(value, n)};
}
