#include "calibrate/numbers.h"

#include "core/lanemath.h"
#include "core/rng.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double tacro_number_rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    return strtod(text, NULL);
}

size_t tacro_numbers_find(const struct tacro_paramset *set,
                          enum tacro_uncertain_kind kind)
{
    size_t i = 0;
    while (i < set->nuncertain && set->uncertain[i].kind != kind) {
        i++;
    }
    return i;
}

/* GSL calls libm; the rounding that follows hides which variant of it. */
static double beta_quantile(const struct tacro_uncertainty *law, double u)
{
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    const double x = gsl_cdf_beta_Pinv(u, law->alpha, law->beta);
    gsl_set_error_handler(before);
    return fmin(fmax(x, law->min), law->max);
}

static double draw_number(const struct tacro_paramset *set,
                          const struct tacro_uncertain *number, uint64_t seed,
                          uint32_t draw)
{
    char name[256];
    struct tacro_rng_key key = {
        .seed = seed, .stream = TACRO_STREAM_THETA, .draw = draw};
    double u;
    snprintf(name, sizeof name, "%s.%s", set->outcome, number->name);
    key.k = tacro_rng_name(name);
    u = tacro_rng_uniform(&key);
    return number->uncertainty->law == TACRO_LAW_BETA
               ? beta_quantile(number->uncertainty, u)
               : tacro_uncertainty_draw(number->uncertainty, number->value, u);
}

/* What a drawn THETA exceeds its central value by, on the log scale; 0: not drawn. */
static double log_excess(const struct tacro_paramset *set, size_t theta,
                         const double *value)
{
    for (size_t i = 0; i < set->nuncertain; i++) {
        const struct tacro_uncertain *number = &set->uncertain[i];
        if (number->kind == TACRO_UNCERTAIN_THETA && number->index == theta) {
            return tacro_log(value[i] / number->value);
        }
    }
    return 0.0;
}

void tacro_numbers_draw(const struct tacro_paramset *set, uint64_t seed, uint32_t draw,
                        double *value)
{
    for (size_t i = 0; i < set->nuncertain; i++) { /* THETAs come before relations */
        const struct tacro_uncertain *number = &set->uncertain[i];
        const struct tacro_relation *relation =
            number->kind == TACRO_UNCERTAIN_COEFFICIENT ? &set->relation[number->index]
                                                        : NULL;
        if (number->kind == TACRO_UNCERTAIN_SOLVED) {
            value[i] = NAN;
            continue;
        }
        value[i] = draw_number(set, number, seed, draw);
        if (relation != NULL && relation->replaces) {
            /* the product has the law of the relation around its central value */
            value[i] -= log_excess(set, relation->theta, value);
        }
        value[i] = tacro_number_rounded(value[i]);
    }
}

void tacro_numbers_central(const struct tacro_paramset *set, double *value)
{
    for (size_t i = 0; i < set->nuncertain; i++) {
        value[i] = set->uncertain[i].value;
    }
}
