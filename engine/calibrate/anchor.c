#include "calibrate/anchor.h"

#include "core/lanemath.h"

#include <float.h>
#include <math.h>

#define MAX_STEPS 200
#define CLOSE (4.0 * DBL_EPSILON) /* of log scale, against 1 */

/* The incidence at a scale, and its slope by the logarithm of the scale. */
static double incidence_at(const double *a, size_t n, double scale, double *slope)
{
    double sum = 0.0;
    double rise = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double less = tacro_expm1(-scale * a[i]);
        sum -= less;
        rise += scale * a[i] * (1.0 + less);
    }
    *slope = rise / (double)n;
    return sum / (double)n;
}

/* Newton on the logarithm of the scale, halving the bracket where it leaves it. */
enum tacro_status tacro_anchor_solve(const double *a, size_t n, double incidence,
                                     double *scale, struct tacro_error *err)
{
    double low = -INFINITY;
    double high = INFINITY;
    double mean = 0.0;
    double reached = 0.0;
    double x;
    for (size_t i = 0; i < n; i++) {
        mean += a[i];
        reached += a[i] > 0.0 ? 1.0 : 0.0;
    }
    mean /= (double)n;
    reached /= (double)n;
    if (!(incidence > 0.0 && incidence < reached) || !isfinite(mean)) {
        return tacro_fail(err, TACRO_EINPUT,
                          "an incidence of %g cannot be reached: %g of the cohort have "
                          "a hazard, its mean at scale 1 is %g",
                          incidence, reached, mean);
    }
    x = tacro_log(-tacro_log1p(-incidence) / mean);
    for (int step = 0; step < MAX_STEPS; step++) {
        double slope;
        const double left = incidence_at(a, n, tacro_exp(x), &slope) - incidence;
        double next = x - left / slope;
        if (left > 0.0) {
            high = x;
        } else {
            low = x;
        }
        if (!(next > low && next < high)) {
            if (isfinite(low) && isfinite(high)) {
                next = 0.5 * (low + high);
            } else {
                next = left > 0.0 ? x - 1.0 : x + 1.0;
            }
        }
        if (left == 0.0 || fabs(next - x) <= CLOSE * fmax(fabs(x), 1.0)) {
            *scale = tacro_exp(left == 0.0 ? x : next);
            return TACRO_OK;
        }
        x = next;
    }
    *scale = tacro_exp(x);
    return TACRO_OK;
}
