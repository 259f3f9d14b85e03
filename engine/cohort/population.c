#include "cohort/population.h"

#include "core/rng.h"
#include "input/derived.h"
#include "input/relation_indicator.h"

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

/* A patient's values in the event table, or those that a regimen's table makes. */
static const struct tacro_column *
column_of(const struct tacro_input *input, uint64_t patient, enum tacro_covariate_id id)
{
    if (input->regimen_column[id] != NULL) {
        return &input->regimen_column[id][patient % input->nregimen_columns];
    }
    return &input->patients->patient[patient].covariate[id];
}

/* Whether a patient key changes at times of each patient's own. */
static bool is_own_key(const struct tacro_input *input, enum tacro_covariate_id id)
{
    return input->covariate[id].distribution == TACRO_TABLE &&
           input->covariate[id].is_stepped;
}

static bool is_stepped_key(const struct tacro_input *input, enum tacro_covariate_id id)
{
    const struct tacro_covariate *c = &input->covariate[id];
    return (c->distribution == TACRO_STEPS && c->n > 1) ||
           input->is_set_by_regimens[id] || is_own_key(input, id);
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

/* Of a patient key: its drawn value, or the last step carried forward. */
static double value_at(const struct tacro_input *input, const double *drawn,
                       enum tacro_covariate_id id, double t)
{
    const struct tacro_covariate *c = &input->covariate[id];
    double value = drawn[id];
    if (is_stepped_key(input, id)) { /* a table has no steps here */
        for (size_t i = 0;
             i < c->n && (i == 0 || c->step[i].from <= t + TACRO_SAME_TIME); i++) {
            value = isnan(c->step[i].value) ? drawn[id] : c->step[i].value;
        }
    }
    return value;
}

/* -- derived covariates ------------------------------------------------------------ */

/* The probability that a typical patient has a Bernoulli's value; NaN: it is none. */
static double probability_of(const struct tacro_input *input, const double *drawn,
                             enum tacro_covariate_id id, double *value)
{
    const struct tacro_covariate *c = distribution_of(input, id);
    if (!input->is_typical || c->distribution != TACRO_BERNOULLI) {
        return NAN;
    }
    *value = c->value;
    return drawn[id] > 0.0 ? c->probability : 0.0;
}

/* Of a relation 1 or 0, else the covariate itself. */
static double outcome(const struct tacro_relation *relation, double value)
{
    return relation == NULL                         ? value
           : tacro_relation_is_set(relation, value) ? 1.0
                                                    : 0.0;
}

/*
 * From the values of the sources; of a typical patient the mean over those of them that
 * are there or not.
 */
static double derive(const struct tacro_input *input, const double *drawn,
                     enum tacro_covariate_id id, size_t n,
                     const enum tacro_covariate_id *source, const double *x,
                     const struct tacro_relation *relation)
{
    double sum = 0.0;
    if (!input->is_typical) {
        return outcome(relation, tacro_derived_value(id, x));
    }
    for (unsigned ways = 0; ways < 1U << n; ways++) {
        double y[TACRO_MAX_SOURCES];
        double weight = 1.0;
        for (size_t i = 0; i < n; i++) {
            const bool is_there = (ways >> i & 1U) != 0;
            double value = 0.0;
            const double p = probability_of(input, drawn, source[i], &value);
            y[i] = isnan(p) ? x[i] : is_there ? value : 0.0;
            weight *= isnan(p) ? (is_there ? 0.0 : 1.0) : is_there ? p : 1.0 - p;
        }
        if (weight > 0.0) {
            sum += weight * outcome(relation, tacro_derived_value(id, y));
        }
    }
    return sum;
}

double tacro_population_at(const struct tacro_input *input, const double *drawn,
                           enum tacro_covariate_id id, double t)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    double x[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(input, id, source);
    for (size_t i = 0; i < n; i++) {
        x[i] = value_at(input, drawn, source[i], t);
    }
    return n == 0 ? value_at(input, drawn, id, t)
                  : derive(input, drawn, id, n, source, x, NULL);
}

/* Of a patient key, the patient's own where it is in a table. */
static double own_at(const struct tacro_input *input, const double *drawn,
                     uint64_t patient, enum tacro_covariate_id id, double t)
{
    return is_own_key(input, id) ? table_value(input, patient, id, t)
                                 : value_at(input, drawn, id, t);
}

static double find(const struct tacro_input *input, const double *drawn,
                   uint64_t patient, enum tacro_covariate_id id, double t,
                   const struct tacro_relation *relation)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    double x[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(input, id, source);
    for (size_t i = 0; i < n; i++) {
        x[i] = own_at(input, drawn, patient, source[i], t);
    }
    if (n > 0) {
        return derive(input, drawn, id, n, source, x, relation);
    }
    if (relation != NULL) {
        double value = 0.0;
        const double p = probability_of(input, drawn, id, &value);
        if (!isnan(p)) {
            return p * outcome(relation, value) + (1.0 - p) * outcome(relation, 0.0);
        }
    }
    return outcome(relation, own_at(input, drawn, patient, id, t));
}

double tacro_population_of(const struct tacro_input *input, const double *drawn,
                           uint64_t patient, enum tacro_covariate_id id, double t)
{
    return find(input, drawn, patient, id, t, NULL);
}

double tacro_population_is_set(const struct tacro_input *input, const double *drawn,
                               uint64_t patient, const struct tacro_relation *relation,
                               double t)
{
    return find(input, drawn, patient, relation->covariate, t, relation);
}

/* -- when they change -------------------------------------------------------------- */

static double next_of(const struct tacro_input *input, uint64_t patient,
                      enum tacro_covariate_id id, double t)
{
    const struct tacro_covariate *c = &input->covariate[id];
    const struct tacro_covariate_step *step = c->step;
    size_t n = c->distribution == TACRO_STEPS ? c->n : 0;
    size_t i = 0;
    if (is_own_key(input, id)) {
        step = column_of(input, patient, id)->step;
        n = column_of(input, patient, id)->n;
    }
    while (i < n && step[i].from <= t + TACRO_SAME_TIME) {
        i++;
    }
    return i < n ? step[i].from : INFINITY;
}

double tacro_population_next(const struct tacro_input *input, uint64_t patient,
                             enum tacro_covariate_id id, double t)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(input, id, source);
    double next = n == 0 ? next_of(input, patient, id, t) : INFINITY;
    for (size_t i = 0; i < n; i++) {
        next = fmin(next, next_of(input, patient, source[i], t));
    }
    return next;
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

/* The patient keys behind a covariate: itself, or its sources; none of pod and dose. */
static size_t keys_of(const struct tacro_input *input, enum tacro_covariate_id id,
                      enum tacro_covariate_id *key)
{
    const size_t n = tacro_input_sources(input, id, key);
    if (n == 0 && id < TACRO_NCOVARIATES) {
        key[0] = id;
        return 1;
    }
    return n;
}

/* A column of the event table, and how much later a relation follows it. */
struct shifted {
    enum tacro_covariate_id id;
    double shift;
};

#define MAX_SHIFTS (2 * TACRO_MAX_SOURCES)

/* Those of a relation with an onset or offset that can act. */
static size_t shifts_of(const struct tacro_input *input, const struct tacro_relation *r,
                        struct shifted *out)
{
    enum tacro_covariate_id key[TACRO_MAX_SOURCES];
    const size_t nkeys = keys_of(input, r->covariate, key);
    size_t n = 0;
    for (size_t i = 0; i < nkeys && tacro_relation_is_used(input, r); i++) {
        if (!is_own_key(input, key[i])) {
            continue;
        }
        if (r->onset > 0.0) {
            out[n++] = (struct shifted){key[i], r->onset};
        }
        if (r->offset > 0.0 && r->offset != r->onset) {
            out[n++] = (struct shifted){key[i], r->offset};
        }
    }
    return n;
}

static const struct tacro_paramset *set_of(const struct tacro_input *input, size_t s)
{
    return s == 0 ? input->pk : input->risk[s - 1];
}

size_t tacro_population_cuts(const struct tacro_input *input, uint64_t patient,
                             double *cut)
{
    size_t n = 0;
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (is_own_key(input, id)) {
            n = add_cuts(column_of(input, patient, id), 0.0, cut, n);
        }
    }
    for (size_t s = 0; s <= input->nrisks; s++) {
        const struct tacro_paramset *set = set_of(input, s);
        for (size_t i = 0; i < set->nrelations; i++) {
            struct shifted shifted[MAX_SHIFTS];
            const size_t nshifts = shifts_of(input, &set->relation[i], shifted);
            for (size_t k = 0; k < nshifts; k++) {
                n = add_cuts(column_of(input, patient, shifted[k].id), shifted[k].shift,
                             cut, n);
            }
        }
    }
    return n;
}

void tacro_population_stretch(const struct tacro_input *input, uint64_t patient,
                              double t, double *since, double *until)
{
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (is_own_key(input, id)) {
            narrow(column_of(input, patient, id), 0.0, t, since, until);
        }
    }
    for (size_t s = 0; s <= input->nrisks; s++) {
        const struct tacro_paramset *set = set_of(input, s);
        for (size_t i = 0; i < set->nrelations; i++) {
            struct shifted shifted[MAX_SHIFTS];
            const size_t nshifts = shifts_of(input, &set->relation[i], shifted);
            for (size_t k = 0; k < nshifts; k++) {
                narrow(column_of(input, patient, shifted[k].id), shifted[k].shift, t,
                       since, until);
            }
        }
    }
}

bool tacro_population_is_stepped(const struct tacro_input *input,
                                 enum tacro_covariate_id id)
{
    enum tacro_covariate_id key[TACRO_MAX_SOURCES];
    const size_t n = keys_of(input, id, key);
    bool is = false;
    for (size_t i = 0; i < n; i++) {
        is = is || is_stepped_key(input, key[i]);
    }
    return is;
}

bool tacro_population_is_shared(const struct tacro_input *input,
                                enum tacro_covariate_id id)
{
    enum tacro_covariate_id key[TACRO_MAX_SOURCES];
    const size_t n = keys_of(input, id, key);
    bool is = true;
    for (size_t i = 0; i < n; i++) {
        const struct tacro_covariate *c = distribution_of(input, key[i]);
        is = is && c->distribution == TACRO_STEPS && !isnan(c->step[0].value);
    }
    return is;
}

bool tacro_population_is_own(const struct tacro_input *input,
                             enum tacro_covariate_id id)
{
    enum tacro_covariate_id key[TACRO_MAX_SOURCES];
    const size_t n = keys_of(input, id, key);
    bool is = false;
    for (size_t i = 0; i < n; i++) {
        is = is || is_own_key(input, key[i]);
    }
    return is;
}
