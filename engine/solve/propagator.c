#include "solve/propagator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Most that the fastest rate out of a state times t may be at the lowest rung. The
 * degree leaves 2e-18 out of a decay at that rate, and 2e-14 out of one twice as fast,
 * the fastest that an exchange between states can make.
 */
#define LOWEST_NORM 0.25
#define DEGREE 12

#define MAX_RUNGS 56

struct tacro_generator {
    const struct tacro_linear *linear;
    const struct tacro_kernels *kernels;
    size_t ncoefs;
    int coef[TACRO_MAX_COEFS];         /* those in A ... */
    uint64_t touched[TACRO_MAX_COEFS]; /* ... and the columns each changes */
    double (*known)[TACRO_LANES];      /* [ncoefs] their values */
    double (*a)[TACRO_LANES];          /* [nentries] */
    double norm[TACRO_LANES];          /* fastest rate out of a state, 1/h */
    bool is_known;
};

struct tacro_propagator {
    const struct tacro_generator *generator;
    double unit[TACRO_LANES] __attribute__((aligned(64)));
    bool is_aimed;
    int lowest;                /* level of rung 0 */
    uint64_t dirty[MAX_RUNGS]; /* columns to be computed */
    double *rung;              /* [MAX_RUNGS][nentries][TACRO_LANES] */
    double *scaled;            /* [nentries][TACRO_LANES] A t of rung 0 */
    double *other;             /* [nentries][TACRO_LANES] */
};

enum tacro_status tacro_generator_create(const struct tacro_linear *linear,
                                         const struct tacro_kernels *kernels,
                                         struct tacro_generator **out,
                                         struct tacro_error *err)
{
    struct tacro_generator *g = calloc(1, sizeof *g);
    *out = NULL;
    if (g == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "propagator");
    }
    g->linear = linear;
    g->kernels = kernels;
    for (size_t c = 0; c < linear->system->ncoefs; c++) {
        const uint64_t touched = tacro_linear_touched(linear, (int)c);
        if (touched != 0) {
            g->coef[g->ncoefs] = (int)c;
            g->touched[g->ncoefs++] = touched;
        }
    }
    g->known = (double(*)[TACRO_LANES])tacro_lanes_alloc(g->ncoefs);
    g->a = (double(*)[TACRO_LANES])tacro_lanes_alloc(linear->nentries);
    if (g->known == NULL || g->a == NULL) {
        tacro_generator_free(g);
        return tacro_fail(err, TACRO_ENOMEM, "propagator");
    }
    *out = g;
    return TACRO_OK;
}

void tacro_generator_free(struct tacro_generator *generator)
{
    if (generator != NULL) {
        free(generator->known);
        free(generator->a);
        free(generator);
    }
}

void tacro_generator_reset(struct tacro_generator *generator)
{
    generator->is_known = false;
}

static void add_term(struct tacro_generator *g, const struct tacro_term *term,
                     const double (*coef)[TACRO_LANES])
{
    double *restrict a = g->a[term->entry];
    const double *rate = term->rate == TACRO_NONE ? NULL : coef[term->rate];
    const double *gain = term->gain == TACRO_NONE ? NULL : coef[term->gain];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double r = rate == NULL ? 1.0 : rate[l];
        a[l] += term->sign * r * (gain == NULL ? 1.0 : gain[l]);
    }
}

static void assemble(struct tacro_generator *g, const double (*coef)[TACRO_LANES])
{
    const struct tacro_linear *linear = g->linear;
    memset(g->a, 0, linear->nentries * sizeof *g->a);
    memset(g->norm, 0, sizeof g->norm);
    for (size_t k = 0; k < linear->nterms; k++) {
        add_term(g, &linear->term[k], coef);
    }
    for (size_t s = 0; s < linear->n; s++) {
        const double *diagonal = g->a[linear->entry[s][s]];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double norm = fabs(diagonal[l]);
            g->norm[l] = norm > g->norm[l] ? norm : g->norm[l];
        }
    }
}

uint64_t tacro_generator_update(struct tacro_generator *generator,
                                const struct tacro_lanes *lanes)
{
    struct tacro_generator *g = generator;
    uint64_t columns = g->is_known ? 0 : TACRO_ALL_COLUMNS;
    for (size_t i = 0; i < g->ncoefs; i++) {
        const double *now = lanes->coef[g->coef[i]];
        const bool may_differ = lanes->changed == NULL || lanes->changed[g->coef[i]];
        if (!g->is_known || (may_differ && !tacro_lanes_same_bits(g->known[i], now))) {
            memcpy(g->known[i], now, sizeof *g->known);
            columns |= g->touched[i];
        }
    }
    g->is_known = true;
    if (columns != 0) {
        assemble(g, (const double(*)[TACRO_LANES])lanes->coef);
    }
    return columns;
}

double tacro_generator_fastest(const struct tacro_generator *generator,
                               const double *span)
{
    double worst = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double reach = generator->norm[l] * span[l];
        worst = reach > worst ? reach : worst;
    }
    return worst;
}

enum tacro_status tacro_propagator_create(const struct tacro_generator *generator,
                                          struct tacro_propagator **out,
                                          struct tacro_error *err)
{
    const size_t n = generator->linear->nentries;
    struct tacro_propagator *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
    *out = NULL;
    if (p != NULL) {
        memset(p, 0, sizeof *p);
        p->generator = generator;
        /* rungs that are never asked for are never touched, and take no memory */
        p->rung = tacro_lanes_alloc(MAX_RUNGS * n);
        p->scaled = tacro_lanes_alloc(n);
        p->other = tacro_lanes_alloc(n);
    }
    if (p == NULL || p->rung == NULL || p->scaled == NULL || p->other == NULL) {
        tacro_propagator_free(p);
        return tacro_fail(err, TACRO_ENOMEM, "propagator of %zu entries", n);
    }
    *out = p;
    return TACRO_OK;
}

void tacro_propagator_free(struct tacro_propagator *propagator)
{
    if (propagator != NULL) {
        free(propagator->rung);
        free(propagator->scaled);
        free(propagator->other);
        free(propagator);
    }
}

static void forget(struct tacro_propagator *p)
{
    for (size_t r = 0; r < MAX_RUNGS; r++) {
        p->dirty[r] = TACRO_ALL_COLUMNS;
    }
}

/* Squarings between rung 0 and the unit. */
static int needed(const struct tacro_propagator *p)
{
    double worst = 0.0;
    int exponent = 0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double norm = p->generator->norm[l] * p->unit[l];
        worst = norm > worst ? norm : worst;
    }
    if (worst > LOWEST_NORM && isfinite(worst)) {
        frexp(worst / LOWEST_NORM, &exponent);
    }
    return exponent;
}

void tacro_propagator_aim(struct tacro_propagator *propagator, const double *unit)
{
    memcpy(propagator->unit, unit, sizeof propagator->unit);
    propagator->is_aimed = true;
    propagator->lowest = -needed(propagator);
    forget(propagator);
}

bool tacro_propagator_is_at(const struct tacro_propagator *propagator,
                            const double *unit)
{
    bool is_same = propagator->is_aimed;
    if (tacro_lanes_same_bits(propagator->unit, unit)) {
        return is_same;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        is_same = is_same && fabs(propagator->unit[l] - unit[l]) <= TACRO_SAME_STEP;
    }
    return is_same;
}

void tacro_propagator_touch(struct tacro_propagator *propagator, uint64_t columns)
{
    const int lowest = -needed(propagator);
    if (lowest < propagator->lowest) {
        propagator->lowest = lowest;
        forget(propagator);
    }
    for (size_t r = 0; columns != 0 && r < MAX_RUNGS; r++) {
        propagator->dirty[r] |= columns;
    }
}

/* Rung 0 by Horner's rule, column by column. */
static void start_ladder(struct tacro_propagator *p, uint64_t columns)
{
    const struct tacro_generator *g = p->generator;
    const struct tacro_linear *linear = g->linear;
    double h[TACRO_LANES] __attribute__((aligned(64)));
    const double power = ldexp(1.0, p->lowest);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        h[l] = p->unit[l] * power;
    }
    for (size_t i = 0; i < linear->nentries; i++) {
        g->kernels->product(1, g->a[i], h, p->scaled + i * TACRO_LANES);
    }
    for (size_t j = 0; j < linear->n; j++) {
        const size_t first = linear->column[j];
        const size_t end = linear->column[j + 1];
        const size_t diagonal = (size_t)linear->entry[j][j];
        double *now = p->rung;
        double *next = p->other;
        if ((columns >> j & 1) == 0) {
            continue;
        }
        /* an even degree ends in the rung itself */
        memset(now + first * TACRO_LANES, 0, (end - first) * TACRO_LANES * sizeof *now);
        g->kernels->fill(1, 1.0, now + diagonal * TACRO_LANES);
        for (int k = DEGREE; k > 0; k--) {
            double *swap = next;
            g->kernels->horner(&linear->step, first, end, 1.0 / k, diagonal, p->scaled,
                               now, next);
            next = now;
            now = swap;
        }
    }
}

static void square(struct tacro_propagator *p, const double *from, double *to,
                   uint64_t columns)
{
    const struct tacro_generator *g = p->generator;
    const struct tacro_linear *linear = g->linear;
    for (size_t j = 0; j < linear->n; j++) {
        if ((columns >> j & 1) != 0) {
            g->kernels->products(&linear->square, linear->column[j],
                                 linear->column[j + 1], from, from, to);
        }
    }
}

const double *tacro_propagator_level(struct tacro_propagator *propagator, int level)
{
    struct tacro_propagator *p = propagator;
    const size_t size = p->generator->linear->nentries * TACRO_LANES;
    size_t r;
    if (level < p->lowest) {
        p->lowest = level - 2;
        forget(p);
    }
    r = (size_t)(level - p->lowest);
    if (r >= MAX_RUNGS) {
        return NULL;
    }
    for (size_t k = 0; k <= r; k++) {
        if (p->dirty[k] != 0 && k == 0) {
            start_ladder(p, p->dirty[0]);
        } else if (p->dirty[k] != 0) {
            square(p, p->rung + (k - 1) * size, p->rung + k * size, p->dirty[k]);
        }
        p->dirty[k] = 0;
    }
    return p->rung + r * size;
}
