#include "solve/moving.h"

#include "core/lanemath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING 1e-16 /* of a dose: what is left to come no longer counts */
#define FIRST_ROWS 8

/*
 * A step of half a standard deviation sees the input of a dose; its mean and so many
 * standard deviations after the entry the bulk has come.
 */
#define STEP 0.5
#define BULK 8.0

static bool grow(struct tacro_coming *coming)
{
    const size_t capacity = coming->capacity == 0 ? FIRST_ROWS : 2 * coming->capacity;
    /* cppcheck-suppress uninitvar; it does not read the declarator */
    double(**row[])[TACRO_LANES] = {&coming->amount, &coming->entry, &coming->rate,
                                    &coming->order, &coming->scale};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        double(*next)[TACRO_LANES] =
            (double(*)[TACRO_LANES])tacro_lanes_alloc(capacity);
        if (next == NULL) {
            return false; /* rows that have grown hold the same numbers */
        }
        memset(next, 0, capacity * sizeof *next);
        if (coming->n > 0) {
            memcpy(next, *row[i], coming->n * sizeof *next);
        }
        free(*row[i]);
        *row[i] = next;
    }
    coming->capacity = capacity;
    return true;
}

enum tacro_status tacro_moving_create(const struct tacro_system *system,
                                      const double (*mesor)[TACRO_LANES],
                                      const double (*amplitude)[TACRO_LANES],
                                      struct tacro_moving **out,
                                      struct tacro_error *err)
{
    struct tacro_moving *moving = calloc(1, sizeof *moving);
    bool ok = moving != NULL;
    *out = NULL;
    if (ok) {
        moving->system = system;
        moving->tau = NAN;
        moving->mesor = mesor;
        moving->amplitude = amplitude;
        moving->forced = (double(*)[TACRO_LANES])tacro_lanes_alloc(system->nforcings);
        ok = moving->forced != NULL;
    }
    for (size_t i = 0; ok && i < system->nforcings; i++) {
        ok = grow(&moving->coming[i]);
    }
    if (!ok) {
        tacro_moving_free(moving);
        return tacro_fail(err, TACRO_ENOMEM, "doses on their way");
    }
    *out = moving;
    return TACRO_OK;
}

void tacro_moving_free(struct tacro_moving *moving)
{
    if (moving == NULL) {
        return;
    }
    for (size_t i = 0; i < TACRO_MAX_INPUTS; i++) {
        struct tacro_coming *c = &moving->coming[i];
        free(c->amount);
        free(c->entry);
        free(c->rate);
        free(c->order);
        free(c->scale);
    }
    free(moving->forced);
    free(moving);
}

/* A dose moves up in its lane, or leaves it empty behind. */
static void move_dose(struct tacro_coming *c, size_t lane, size_t from, size_t to)
{
    c->amount[to][lane] = c->amount[from][lane];
    c->entry[to][lane] = c->entry[from][lane];
    c->rate[to][lane] = c->rate[from][lane];
    c->order[to][lane] = c->order[from][lane];
    c->scale[to][lane] = c->scale[from][lane];
}

static void empty_row(struct tacro_coming *c, size_t lane, size_t row)
{
    c->amount[row][lane] = 0.0;
    c->entry[row][lane] = 0.0;
    c->rate[row][lane] = 0.0;
    c->order[row][lane] = 0.0;
    c->scale[row][lane] = 0.0;
}

static void count_rows(struct tacro_coming *c)
{
    c->n = 0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        c->n = c->count[l] > c->n ? c->count[l] : c->n;
    }
}

void tacro_moving_clear_lane(struct tacro_moving *moving, size_t lane)
{
    for (size_t i = 0; i < moving->system->nforcings; i++) {
        struct tacro_coming *c = &moving->coming[i];
        for (size_t k = 0; k < c->count[lane]; k++) {
            empty_row(c, lane, k);
        }
        c->count[lane] = 0;
        count_rows(c);
    }
    moving->tau = NAN;
}

void tacro_moving_clear(struct tacro_moving *moving)
{
    for (size_t i = 0; i < moving->system->nforcings; i++) {
        struct tacro_coming *c = &moving->coming[i];
        memset(c->amount, 0, c->n * sizeof *c->amount);
        memset(c->entry, 0, c->n * sizeof *c->entry);
        memset(c->rate, 0, c->n * sizeof *c->rate);
        memset(c->order, 0, c->n * sizeof *c->order);
        memset(c->scale, 0, c->n * sizeof *c->scale);
        memset(c->count, 0, sizeof c->count);
        c->n = 0;
    }
    moving->tau = NAN;
}

bool tacro_moving_add(struct tacro_moving *moving, size_t forcing, size_t lane,
                      const double (*coef)[TACRO_LANES], double amount, double entry)
{
    const struct tacro_system_forcing *f = &moving->system->forcing[forcing];
    struct tacro_coming *c = &moving->coming[forcing];
    const size_t row = c->count[lane];
    moving->tau = NAN;
    if (row == TACRO_MOST_DOSES || (row == c->capacity && !grow(c))) {
        return false;
    }
    c->amount[row][lane] = amount;
    c->entry[row][lane] = entry;
    c->rate[row][lane] = coef[f->rate][lane];
    c->order[row][lane] = coef[f->order][lane];
    c->scale[row][lane] = coef[f->scale][lane];
    c->count[lane]++;
    c->n = c->count[lane] > c->n ? c->count[lane] : c->n;
    return true;
}

/*
 * The upper incomplete gamma function over Gamma(order + 1), x = rate*t: below
 * x^order exp(-x) / Gamma(order + 1) * x / (x - order) where x > order, as each step
 * of its continued fraction shows. NaN counts as left.
 */
static bool is_left(double rate, double order, double scale, double t)
{
    const double x = rate * t;
    double bound;
    if (x <= order + 1.0) {
        return true;
    }
    bound = tacro_exp(order * tacro_log(t) - x + scale) / rate * (x / (x - order));
    return !(bound < NOTHING);
}

bool tacro_moving_is_left(const struct tacro_moving *moving, size_t forcing,
                          size_t lane, const double (*coef)[TACRO_LANES], double t)
{
    const struct tacro_system_forcing *f = &moving->system->forcing[forcing];
    return is_left(coef[f->rate][lane], coef[f->order][lane], coef[f->scale][lane], t);
}

void tacro_moving_prune(struct tacro_moving *moving, const double *time)
{
    for (size_t i = 0; i < moving->system->nforcings; i++) {
        struct tacro_coming *c = &moving->coming[i];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            size_t kept = 0;
            for (size_t k = 0; k < c->count[l]; k++) {
                if (is_left(c->rate[k][l], c->order[k][l], c->scale[k][l],
                            time[l] - c->entry[k][l])) {
                    move_dose(c, l, k, kept++);
                }
            }
            for (size_t k = kept; k < c->count[l]; k++) {
                empty_row(c, l, k);
            }
            c->count[l] = kept;
        }
        count_rows(c);
    }
    moving->tau = NAN;
}

double tacro_moving_step(const struct tacro_lanes *lanes, double tau, double *until)
{
    const struct tacro_moving *moving = lanes->moving;
    double longest = INFINITY;
    *until = INFINITY;
    for (size_t i = 0; i < moving->system->nforcings; i++) {
        const struct tacro_coming *c = &moving->coming[i];
        for (size_t k = 0; k < c->n; k++) {
            for (size_t l = 0; l < TACRO_LANES; l++) {
                const double sd = sqrt(c->order[k][l] + 1.0) / c->rate[k][l];
                const double bulk = (c->order[k][l] + 1.0) / c->rate[k][l] + BULK * sd;
                const double span = lanes->span[l];
                const double end =
                    span > 0.0 ? (c->entry[k][l] + bulk - lanes->time0[l]) / span : 0.0;
                if (c->amount[k][l] > 0.0 && end > tau && STEP * sd / span < longest) {
                    longest = STEP * sd / span;
                    *until = end;
                }
            }
        }
    }
    return isfinite(longest) ? longest : 0.0;
}
