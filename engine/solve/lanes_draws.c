/* What draws and individual parameters need in lanes. */
#include "core/quantile.h"
#include "solve/lanes.h"

void K(quantile)(const double *p, double *x)
{
    tacro_lanes_quantile(p, x);
}

void K(exp_times)(const double *factor, const double *log, double *y)
{
    tacro_lanes_exp_times(factor, log, y);
}
