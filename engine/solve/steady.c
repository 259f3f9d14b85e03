#include "solve/steady.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERMS 18   /* of the exponential's series, at a norm of a quarter: 1e-24 */
#define DAY 24.0   /* h */
#define SMALL 0.25 /* norm to which a step is halved before the series */

/* In extended precision: I - M loses what a slow compartment keeps. */
typedef long double real;

struct tacro_steady {
    const struct tacro_system *system;
    struct tacro_linear *linear;
    size_t n;       /* linear states that are no integrals */
    size_t *at;     /* [n] index in `linear` of each */
    int *index;     /* [linear->n] the other way, TACRO_NONE: an integral or input */
    real *a;        /* [n][n] */
    real *m;        /* [n + 1][n + 1] exponential; its last column is the input */
    real *power;    /* [n + 1][n + 1] */
    real *product;  /* [n + 1][n + 1] */
    real *x;        /* [n] */
    real *equation; /* [n][n + 1] I - M and b */
    size_t nfilters;
    const struct tacro_system_equation *filter[TACRO_MAX_STATES];
};

static const struct tacro_system_equation *
equation_of(const struct tacro_system *system, size_t state)
{
    const int e = system->row[state].equation;
    return e == TACRO_NONE ? NULL : &system->equation[e];
}

bool tacro_steady_is_acted_on(const struct tacro_system *system, size_t state)
{
    const struct tacro_system_equation *e = equation_of(system, state);
    return e == NULL || e->rate != TACRO_NONE;
}

static void number_states(struct tacro_steady *steady)
{
    const struct tacro_linear *linear = steady->linear;
    const struct tacro_system *system = steady->system;
    for (size_t i = 0; i < linear->n; i++) {
        const int s = linear->state[i];
        steady->index[i] = TACRO_NONE;
        if (s != TACRO_NONE && tacro_steady_is_acted_on(system, (size_t)s)) {
            steady->index[i] = (int)steady->n;
            steady->at[steady->n++] = i;
        }
    }
    for (size_t k = 0; k < system->nequations; k++) {
        const struct tacro_system_equation *e = &system->equation[k];
        if (e->rate != TACRO_NONE && linear->index[e->state] == TACRO_NONE) {
            steady->filter[steady->nfilters++] = e;
        }
    }
}

enum tacro_status tacro_steady_create(const struct tacro_system *system,
                                      struct tacro_steady **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_steady *steady = calloc(1, sizeof *steady);
    const size_t n = TACRO_MAX_LINEAR + 1;
    *out = NULL;
    if (steady == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "steady state");
    }
    steady->system = system;
    TACRO_TRY(tacro_linear_create(system, TACRO_NONE, &steady->linear, err));
    steady->at = calloc(n, sizeof *steady->at);
    steady->index = calloc(n, sizeof *steady->index);
    steady->a = calloc(n * n, sizeof *steady->a);
    steady->m = calloc(n * n, sizeof *steady->m);
    steady->power = calloc(n * n, sizeof *steady->power);
    steady->product = calloc(n * n, sizeof *steady->product);
    steady->x = calloc(n, sizeof *steady->x);
    steady->equation = calloc(n * n, sizeof *steady->equation);
    if (steady->at == NULL || steady->index == NULL || steady->a == NULL ||
        steady->m == NULL || steady->power == NULL || steady->product == NULL ||
        steady->x == NULL || steady->equation == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "steady state of %zu states",
                        system->nstates);
        goto done;
    }
    number_states(steady);
    *out = steady;
    steady = NULL;
done:
    tacro_steady_free(steady);
    return st;
}

void tacro_steady_free(struct tacro_steady *steady)
{
    if (steady != NULL) {
        tacro_linear_free(steady->linear);
        free(steady->at);
        free(steady->index);
        free(steady->a);
        free(steady->m);
        free(steady->power);
        free(steady->product);
        free(steady->x);
        free(steady->equation);
        free(steady);
    }
}

double tacro_steady_interval(const struct tacro_action *action)
{
    return action->ii > 0.0 ? action->ii : 1.0;
}

static bool divides(double part, double whole)
{
    const double n = whole / part;
    return n > 0.5 && fabs(n - floor(n + 0.5)) * part <= TACRO_SAME_TIME;
}

double tacro_steady_period(const struct tacro_system *system,
                           const struct tacro_action *action)
{
    const double ii = tacro_steady_interval(action);
    if (system->nrhythms == 0 || divides(DAY, ii)) {
        return ii;
    }
    return divides(ii, DAY) ? DAY : (double)NAN;
}

/* [from, to) of the interval at a rate, if it is there at all. */
static void add_stretch(double from, double to, double bolus, double rate,
                        struct tacro_stretch **next)
{
    if (to - from > TACRO_SAME_TIME || bolus > 0.0) {
        *(*next)++ = (struct tacro_stretch){to - from, bolus, rate};
    }
}

void tacro_steady_stretches(const struct tacro_action *action, double f,
                            struct tacro_stretch *out)
{
    const double ii = action->ii;
    const double amount = f * action->entry.amount;
    double entry = ii > 0.0 ? fmod(action->lag, ii) : 0.0;
    struct tacro_stretch *next = out;
    double whole;
    double left;
    memset(out, 0, TACRO_STRETCHES * sizeof *out);
    if (!(ii > 0.0)) {
        add_stretch(0.0, 1.0, 0.0, amount, &next);
        return;
    }
    entry = entry > ii - TACRO_SAME_TIME ? 0.0 : entry;
    if (!(action->duration > 0.0)) {
        add_stretch(0.0, entry, 0.0, 0.0, &next);
        add_stretch(entry, ii, amount, 0.0, &next);
        return;
    }
    /* so many doses run in all the time, and one more for what is left of a dose */
    whole = floor((action->duration + TACRO_SAME_TIME) / ii);
    left = fmax(action->duration - whole * ii, 0.0);
    if (entry + left <= ii) {
        add_stretch(0.0, entry, 0.0, whole * amount, &next);
        add_stretch(entry, entry + left, 0.0, (whole + 1.0) * amount, &next);
        add_stretch(entry + left, ii, 0.0, whole * amount, &next);
    } else {
        add_stretch(0.0, entry + left - ii, 0.0, (whole + 1.0) * amount, &next);
        add_stretch(entry + left - ii, entry, 0.0, whole * amount, &next);
        add_stretch(entry, ii, 0.0, (whole + 1.0) * amount, &next);
    }
}

static void fill_generator(struct tacro_steady *steady,
                           const double (*coef)[TACRO_LANES], size_t lane)
{
    const struct tacro_linear *linear = steady->linear;
    const size_t n = steady->n;
    memset(steady->a, 0, n * n * sizeof *steady->a);
    for (size_t k = 0; k < linear->nterms; k++) {
        const struct tacro_term *t = &linear->term[k];
        const int i = steady->index[t->row];
        const int j = steady->index[t->column];
        if (i != TACRO_NONE && j != TACRO_NONE) {
            const double rate = t->rate == TACRO_NONE ? 1.0 : coef[t->rate][lane];
            const double gain = t->gain == TACRO_NONE ? 1.0 : coef[t->gain][lane];
            steady->a[(size_t)i * n + (size_t)j] += (real)t->sign * rate * gain;
        }
    }
}

static void multiply(size_t n, const real *a, const real *b, real *c)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            real sum = 0.0L;
            for (size_t k = 0; k < n; k++) {
                sum += a[i * n + k] * b[k * n + j];
            }
            c[i * n + j] = sum;
        }
    }
}

/* steady->m = exp of A h with the input's column, one larger than A. */
static void exponential(struct tacro_steady *steady, double h, int state, double rate)
{
    const size_t n = steady->n;
    const size_t m = n + 1;
    real *step = steady->power;
    real norm = 0.0L;
    int halvings = 0;
    memset(step, 0, m * m * sizeof *step);
    for (size_t i = 0; i < n; i++) {
        real sum = 0.0L;
        for (size_t j = 0; j < n; j++) {
            step[i * m + j] = steady->a[i * n + j] * h;
            sum += fabsl(step[i * m + j]);
        }
        step[i * m + n] = (int)i == state ? (real)rate * h : 0.0L;
        norm = sum > norm ? sum : norm;
    }
    while (norm > SMALL && halvings < 200) {
        norm *= 0.5L;
        halvings++;
    }
    for (size_t i = 0; i < m * m; i++) {
        step[i] = ldexpl(step[i], -halvings);
        steady->m[i] = i % (m + 1) == 0 ? 1.0L : 0.0L;
    }
    for (int k = TERMS; k > 0; k--) { /* I + S/1 (I + S/2 (I + ...)) */
        multiply(m, step, steady->m, steady->product);
        for (size_t i = 0; i < m * m; i++) {
            steady->m[i] = (i % (m + 1) == 0 ? 1.0L : 0.0L) + steady->product[i] / k;
        }
    }
    while (halvings-- > 0) {
        multiply(m, steady->m, steady->m, steady->product);
        memcpy(steady->m, steady->product, m * m * sizeof *steady->m);
    }
}

/* x after one stretch, from x. */
static void follow(struct tacro_steady *steady, const struct tacro_stretch *stretch,
                   int state)
{
    const size_t n = steady->n;
    real *to = steady->product;
    steady->x[state] += stretch->bolus;
    exponential(steady, stretch->length, state, stretch->rate);
    for (size_t i = 0; i < n; i++) {
        to[i] = steady->m[i * (n + 1) + n];
        for (size_t j = 0; j < n; j++) {
            to[i] += steady->m[i * (n + 1) + j] * steady->x[j];
        }
    }
    memcpy(steady->x, to, n * sizeof *to);
}

/* Gauss with row pivots; false: singular. */
static bool solve(size_t n, real *equation, real *x)
{
    const size_t w = n + 1;
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++) {
            pivot =
                fabsl(equation[i * w + k]) > fabsl(equation[pivot * w + k]) ? i : pivot;
        }
        if (!(fabsl(equation[pivot * w + k]) > 1e-17L)) {
            if (equation[k * w + n] != 0.0L) {
                return false;
            }
            equation[k * w + k] = 1.0L; /* nothing gets there: it stays empty */
            continue;
        }
        for (size_t j = k; j < w && pivot != k; j++) {
            const real swap = equation[k * w + j];
            equation[k * w + j] = equation[pivot * w + j];
            equation[pivot * w + j] = swap;
        }
        for (size_t i = k + 1; i < n; i++) {
            const real factor = equation[i * w + k] / equation[k * w + k];
            for (size_t j = k; j < w; j++) {
                equation[i * w + j] -= factor * equation[k * w + j];
            }
        }
    }
    for (size_t i = n; i-- > 0;) {
        real sum = equation[i * w + n];
        for (size_t j = i + 1; j < n; j++) {
            sum -= equation[i * w + j] * x[j];
        }
        x[i] = sum / equation[i * w + i];
    }
    return true;
}

/* (I - M) x = b of an interval, or -A x = rate of a constant infusion. */
static void fill_equation(struct tacro_steady *steady,
                          const struct tacro_action *action, double f, int state)
{
    const size_t n = steady->n;
    struct tacro_stretch stretch[TACRO_STRETCHES];
    real *e = steady->equation;
    memset(steady->x, 0, n * sizeof *steady->x);
    if (!(action->ii > 0.0)) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                e[i * (n + 1) + j] = -steady->a[i * n + j];
            }
            e[i * (n + 1) + n] =
                (int)i == state ? (real)f * action->entry.amount : 0.0L;
        }
        return;
    }
    tacro_steady_stretches(action, f, stretch);
    for (size_t k = 0; k < TACRO_STRETCHES; k++) {
        if (stretch[k].length > 0.0) {
            follow(steady, &stretch[k], state);
        }
    }
    exponential(steady, action->ii, state, 0.0);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            e[i * (n + 1) + j] = (i == j ? 1.0L : 0.0L) - steady->m[i * (n + 1) + j];
        }
        e[i * (n + 1) + n] = steady->x[i];
    }
}

bool tacro_steady_solve(struct tacro_steady *steady, const double (*coef)[TACRO_LANES],
                        size_t lane, const struct tacro_action *action, double f,
                        int state, double *x)
{
    const struct tacro_linear *linear = steady->linear;
    const int into = steady->index[linear->index[state]];
    memset(x, 0, steady->system->nstates * sizeof *x);
    fill_generator(steady, coef, lane);
    fill_equation(steady, action, f, into);
    if (!solve(steady->n, steady->equation, steady->x)) {
        return false;
    }
    for (size_t i = 0; i < steady->n; i++) {
        x[linear->state[steady->at[i]]] = (double)steady->x[i];
    }
    return true;
}

size_t tacro_steady_states(const struct tacro_steady *steady, size_t *state)
{
    for (size_t i = 0; i < steady->n; i++) {
        state[i] = (size_t)steady->linear->state[steady->at[i]];
    }
    return steady->n;
}

bool tacro_steady_of_images(struct tacro_steady *steady,
                            const double (*image)[TACRO_LANES], size_t lane, double *x)
{
    const size_t n = steady->n;
    memset(x, 0, steady->system->nstates * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            steady->equation[i * (n + 1) + j] =
                (i == j ? 1.0L : 0.0L) - image[j * n + i][lane];
        }
        steady->equation[i * (n + 1) + n] = image[n * n + i][lane];
    }
    if (!solve(n, steady->equation, steady->x)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        x[steady->linear->state[steady->at[i]]] = (double)steady->x[i];
    }
    return true;
}

size_t tacro_steady_filters(const struct tacro_steady *steady,
                            const struct tacro_system_equation **filter)
{
    for (size_t i = 0; i < steady->nfilters; i++) {
        filter[i] = steady->filter[i];
    }
    return steady->nfilters;
}
