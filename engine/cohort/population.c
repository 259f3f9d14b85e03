#include "cohort/population.h"

#include "core/rng.h"

#include <math.h>

static const struct tacro_covariate *distribution_of(const struct tacro_input *input,
                                                     enum tacro_covariate_id id)
{
    const struct tacro_covariate *given = &input->covariate[id];
    if (given->distribution != TACRO_ABSENT && given->distribution != TACRO_UNKNOWN) {
        return given;
    }
    for (size_t r = 0; r < input->nrisks; r++) {
        const struct tacro_covariate *reference = &input->risk[r]->reference[id];
        if (reference->distribution != TACRO_ABSENT) {
            return reference;
        }
    }
    return given;
}

/* Whether the patient is known to have what rules the covariate out. */
static bool is_ruled_out(const struct tacro_input *input,
                         const struct tacro_covariate *c, uint64_t patient)
{
    if (!c->has_absent_with) {
        return false;
    }
    const struct tacro_covariate *flag = &input->covariate[c->absent_with];
    if (flag->distribution == TACRO_TABLE && !flag->is_stepped) {
        const struct tacro_column *column =
            &input->patients->patient[patient].covariate[c->absent_with];
        return column->step[0].value != 0.0;
    }
    return tacro_covariate_is_true(flag);
}

static double truncated_normal(const struct tacro_covariate *c, double u)
{
    const double low = tacro_normal_cdf((c->min - c->mean) / c->sd);
    const double high = tacro_normal_cdf((c->max - c->mean) / c->sd);
    const double p = low + u * (high - low);
    double x = c->mean;
    if (p > 0.0 && p < 1.0) {
        x = c->mean + c->sd * tacro_normal_quantile(p);
    }
    return fmin(fmax(x, c->min), c->max);
}

static double draw_one(const struct tacro_covariate *c, double u, double age,
                       bool is_typical)
{
    switch (c->distribution) {
    case TACRO_STEPS:
        return c->n == 1 ? c->step[0].value : (double)NAN;
    case TACRO_NORMAL:
        return is_typical || !(c->sd > 0.0) ? c->mean : truncated_normal(c, u);
    case TACRO_CLIPPED: {
        const double x =
            is_typical ? c->mean : c->mean + c->sd * tacro_normal_quantile(u);
        return fmin(fmax(x, c->min), c->max);
    }
    case TACRO_BERNOULLI:
        if (age >= c->below_age) {
            return 0.0;
        }
        if (is_typical) {
            return c->probability * c->value;
        }
        return u < c->probability ? c->value : 0.0;
    case TACRO_TABLE: /* taken from the table */
    case TACRO_ABSENT:
    case TACRO_UNKNOWN:
        break;
    }
    return 0.0;
}

/* Whether its value depends on the number drawn. */
static bool is_random(const struct tacro_covariate *c)
{
    return c->distribution == TACRO_CLIPPED || c->distribution == TACRO_BERNOULLI ||
           (c->distribution == TACRO_NORMAL && c->sd > 0.0);
}

/* A patient's values in the event table. */
static const struct tacro_column *
column_of(const struct tacro_input *input, uint64_t patient, enum tacro_covariate_id id)
{
    return &input->patients->patient[patient].covariate[id];
}

/* Index of the step that holds at t. */
static size_t step_at(const struct tacro_column *column, double t)
{
    size_t low = 0; /* holds from -INFINITY on */
    size_t high = column->n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (column->step[middle].from <= t + TACRO_SAME_TIME) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static double table_value(const struct tacro_input *input, uint64_t patient,
                          enum tacro_covariate_id id, double t)
{
    const struct tacro_column *column = column_of(input, patient, id);
    return column->step[step_at(column, t)].value;
}

void tacro_population_draw(const struct tacro_input *input, uint32_t draw,
                           uint64_t patient, double *value)
{
    struct tacro_rng_key key = {.seed = input->seed,
                                .stream = TACRO_STREAM_COVARIATE,
                                .draw = draw,
                                .patient = patient};
    double age = 0.0;
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        const struct tacro_covariate *c = distribution_of(input, id);
        double u = 0.5;
        value[id] = 0.0;
        if (c->distribution == TACRO_ABSENT || c->distribution == TACRO_UNKNOWN) {
            continue;
        }
        if (!input->is_typical && is_random(c)) {
            key.k = tacro_rng_name(tacro_covariate_info(id)->name);
            u = tacro_rng_uniform(&key);
        }
        value[id] =
            c->distribution == TACRO_TABLE    ? table_value(input, patient, id, 0.0)
            : is_ruled_out(input, c, patient) ? 0.0
                                              : draw_one(c, u, age, input->is_typical);
        if (id == TACRO_COV_age) { /* first in the list: others may depend on it */
            age = tacro_population_at(input, value, id, 0.0);
        }
    }
}

double tacro_population_at(const struct tacro_input *input, const double *drawn,
                           enum tacro_covariate_id id, double t)
{
    const struct tacro_covariate *c = &input->covariate[id];
    double value = drawn[id];
    if (tacro_population_is_stepped(input, id)) { /* a table has no steps here */
        for (size_t i = 0;
             i < c->n && (i == 0 || c->step[i].from <= t + TACRO_SAME_TIME); i++) {
            value = isnan(c->step[i].value) ? drawn[id] : c->step[i].value;
        }
    }
    return value;
}

double tacro_population_of(const struct tacro_input *input, const double *drawn,
                           uint64_t patient, enum tacro_covariate_id id, double t)
{
    return tacro_population_is_own(input, id)
               ? table_value(input, patient, id, t)
               : tacro_population_at(input, drawn, id, t);
}

/* The times at which a column steps, `delay` later. */
static size_t add_cuts(const struct tacro_column *column, double delay, double *cut,
                       size_t ncuts)
{
    for (size_t k = 1; k < column->n; k++) {
        if (cut != NULL) {
            cut[ncuts] = column->step[k].from + delay;
        }
        ncuts++;
    }
    return ncuts;
}

static void narrow(const struct tacro_column *column, double delay, double t,
                   double *since, double *until)
{
    const size_t k = step_at(column, t - delay);
    *since = fmax(*since, column->step[k].from + delay);
    if (k + 1 < column->n) {
        *until = fmin(*until, column->step[k + 1].from + delay);
    }
}

/*
 * The next relation with a delay on a covariate of the event table, from relation *i of
 * set *s on, which move past it; NULL after the last.
 */
static const struct tacro_relation *next_delayed(const struct tacro_input *input,
                                                 size_t *s, size_t *i)
{
    for (; *s <= input->nrisks; ++*s, *i = 0) {
        const struct tacro_paramset *set = *s == 0 ? input->pk : input->risk[*s - 1];
        while (*i < set->nrelations) {
            const struct tacro_relation *r = &set->relation[(*i)++];
            if (r->delay > 0.0 && tacro_population_is_own(input, r->covariate)) {
                return r;
            }
        }
    }
    return NULL;
}

size_t tacro_population_cuts(const struct tacro_input *input, uint64_t patient,
                             double *cut)
{
    const struct tacro_relation *r;
    size_t n = 0;
    size_t s = 0;
    size_t next = 0;
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (tacro_population_is_own(input, id)) {
            n = add_cuts(column_of(input, patient, id), 0.0, cut, n);
        }
    }
    while ((r = next_delayed(input, &s, &next)) != NULL) {
        n = add_cuts(column_of(input, patient, r->covariate), r->delay, cut, n);
    }
    return n;
}

void tacro_population_stretch(const struct tacro_input *input, uint64_t patient,
                              double t, double *since, double *until)
{
    const struct tacro_relation *r;
    size_t s = 0;
    size_t next = 0;
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (tacro_population_is_own(input, id)) {
            narrow(column_of(input, patient, id), 0.0, t, since, until);
        }
    }
    while ((r = next_delayed(input, &s, &next)) != NULL) {
        narrow(column_of(input, patient, r->covariate), r->delay, t, since, until);
    }
}

double tacro_population_indicator(const struct tacro_input *input, const double *drawn,
                                  enum tacro_covariate_id id, double t, double at_least)
{
    const struct tacro_covariate *c = distribution_of(input, id);
    if (input->is_typical && c->distribution == TACRO_BERNOULLI) {
        return c->value >= at_least && drawn[id] > 0.0 ? c->probability : 0.0;
    }
    return tacro_population_at(input, drawn, id, t) >= at_least ? 1.0 : 0.0;
}

double tacro_population_level(const struct tacro_input *input, const double *drawn,
                              enum tacro_covariate_id id, double t, double level)
{
    const struct tacro_covariate *c = distribution_of(input, id);
    if (input->is_typical && c->distribution == TACRO_BERNOULLI) {
        const double p = drawn[id] > 0.0 ? c->probability : 0.0;
        return (c->value == level ? p : 0.0) + (level == 0.0 ? 1.0 - p : 0.0);
    }
    return tacro_population_at(input, drawn, id, t) == level ? 1.0 : 0.0;
}

bool tacro_population_is_stepped(const struct tacro_input *input,
                                 enum tacro_covariate_id id)
{
    return (input->covariate[id].distribution == TACRO_STEPS &&
            input->covariate[id].n > 1) ||
           input->is_set_by_regimens[id] || tacro_population_is_own(input, id);
}

bool tacro_population_is_mixed(const struct tacro_input *input,
                               enum tacro_covariate_id id)
{
    const struct tacro_covariate *c = distribution_of(input, id);
    return input->is_set_by_regimens[id] &&
           (c->distribution != TACRO_STEPS || isnan(c->step[0].value));
}

bool tacro_population_is_own(const struct tacro_input *input,
                             enum tacro_covariate_id id)
{
    return input->covariate[id].distribution == TACRO_TABLE &&
           input->covariate[id].is_stepped;
}
