#include "run/course_risk.h"

#include "core/lanemath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW_SIZE (TACRO_LANES * sizeof(double))

enum tacro_status tacro_course_risks_create(size_t noutcomes, size_t n,
                                            struct tacro_course_hazards *hazards,
                                            struct tacro_course_risks *risks,
                                            struct tacro_error *err)
{
    hazards->noutcomes = noutcomes;
    hazards->n = n;
    hazards->hazard = tacro_lanes_alloc(noutcomes * n);
    *risks = (struct tacro_course_risks){.ever = tacro_lanes_alloc(noutcomes * n),
                                         .first = tacro_lanes_alloc(noutcomes * n),
                                         .death = tacro_lanes_alloc(n),
                                         .free = tacro_lanes_alloc(n)};
    if (hazards->hazard == NULL || risks->ever == NULL || risks->first == NULL ||
        risks->death == NULL || risks->free == NULL) {
        tacro_course_risks_free(hazards, risks);
        return tacro_fail(err, TACRO_ENOMEM, "risks at %zu times", n);
    }
    return TACRO_OK;
}

void tacro_course_risks_free(struct tacro_course_hazards *hazards,
                             struct tacro_course_risks *risks)
{
    free(hazards->hazard);
    free(risks->ever);
    free(risks->first);
    free(risks->death);
    free(risks->free);
    hazards->hazard = NULL;
    *risks = (struct tacro_course_risks){NULL, NULL, NULL, NULL};
}

static const double *hazard_at(const struct tacro_course_hazards *c, size_t k, size_t j)
{
    return c->hazard + (k * c->n + j) * TACRO_LANES;
}

/* Cumulative hazard of death at t. */
static double death_until(const struct tacro_course_hazards *c, double t)
{
    return c->death > 0.0 ? c->death * (t - c->time[0]) : 0.0;
}

/* (1 - exp(-x)) / x, 1 at 0: what a hazard's increment counts within an interval. */
static void within(const struct tacro_kernels *kernels, const double *x, double *share)
{
    double p[TACRO_LANES] __attribute__((aligned(64)));
    kernels->risk(x, p);
    TACRO_EACH_LANE(l) {
        share[l] = x[l] == 0.0 ? 1.0 : p[l] / x[l];
    }
}

/* -- at least one event ------------------------------------------------------------ */

/* A competing death: the outcome alone against it, interval by interval. */
static void ever_before_death(const struct tacro_course_hazards *c,
                              const struct tacro_kernels *kernels, size_t k,
                              double *ever)
{
    double sum[TACRO_LANES] __attribute__((aligned(64)));
    double left[TACRO_LANES] __attribute__((aligned(64)));
    double share[TACRO_LANES] __attribute__((aligned(64)));
    kernels->risk(hazard_at(c, k, 0), ever);
    for (size_t j = 1; j < c->n; j++) {
        const double *h0 = hazard_at(c, k, j - 1);
        const double *h1 = hazard_at(c, k, j);
        const double d0 = death_until(c, c->time[j - 1]);
        const double d1 = death_until(c, c->time[j]);
        const double *before = ever + (j - 1) * TACRO_LANES;
        double *now = ever + j * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            sum[l] = h0[l] + d0;
        }
        kernels->survival(sum, left);
        TACRO_EACH_LANE(l) {
            sum[l] = (h1[l] - h0[l]) + (d1 - d0);
        }
        within(kernels, sum, share);
        TACRO_EACH_LANE(l) {
            now[l] = before[l] + left[l] * (h1[l] - h0[l]) * share[l];
        }
    }
}

/* What happened, in those who lived to see it; a lane that failed keeps its NaN. */
static void ever_simulated(const struct tacro_course_hazards *c,
                           const struct tacro_kernels *kernels, size_t k, double *ever)
{
    const double *event = c->event_time + k * TACRO_LANES;
    double sum[TACRO_LANES] __attribute__((aligned(64)));
    double alive[TACRO_LANES] __attribute__((aligned(64)));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        sum[l] = isfinite(event[l]) ? death_until(c, event[l]) : 0.0;
    }
    kernels->survival(sum, alive);
    for (size_t j = 0; j < c->n; j++) {
        const double *h = hazard_at(c, k, j);
        double *row = ever + j * TACRO_LANES;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double p = event[l] <= c->time[j] ? alive[l] : 0.0;
            row[l] = isnan(h[l]) ? (double)NAN : p;
        }
    }
}

static void fill_ever(const struct tacro_course_hazards *c,
                      const struct tacro_kernels *kernels, size_t k, double *ever)
{
    if (c->is_simulated[k]) {
        ever_simulated(c, kernels, k, ever);
    } else if (c->death > 0.0) {
        ever_before_death(c, kernels, k, ever);
    } else {
        for (size_t j = 0; j < c->n; j++) {
            kernels->risk(hazard_at(c, k, j), ever + j * TACRO_LANES);
        }
    }
}

/* -- first event of all ------------------------------------------------------------ */

/* The first of the simulated events in each lane; `which` only where it is finite. */
static void first_simulated(const struct tacro_course_hazards *c, double *time,
                            size_t *which)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        time[l] = INFINITY;
        which[l] = 0;
        for (size_t k = 0; k < c->noutcomes; k++) {
            const double t = c->event_time == NULL ? (double)INFINITY
                                                   : c->event_time[k * TACRO_LANES + l];
            if (c->is_simulated[k] && t < time[l]) {
                time[l] = t;
                which[l] = k;
            }
        }
    }
}

/*
 * Hazards of all ends together at time j, and in `left` who is still without event if
 * no simulated one has come. NaN in failed lanes, also of outcomes that are simulated.
 */
static void all_left(const struct tacro_course_hazards *c,
                     const struct tacro_kernels *kernels, size_t j, double *left)
{
    const double d = death_until(c, c->time[j]);
    double sum[TACRO_LANES] __attribute__((aligned(64)));
    TACRO_EACH_LANE(l) {
        sum[l] = 0.0;
    }
    for (size_t k = 0; k < c->noutcomes; k++) {
        const double *h = hazard_at(c, k, j);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            sum[l] += c->is_simulated[k] && !isnan(h[l]) ? 0.0 : h[l];
        }
    }
    for (size_t l = 0; c->death > 0.0 && l < TACRO_LANES; l++) {
        sum[l] += d;
    }
    kernels->survival(sum, left);
}

/* What part of the interval up to time j passes before a simulated event. */
static void parts_before(const struct tacro_course_hazards *c, const double *time,
                         size_t j, double *part)
{
    const double t0 = c->time[j - 1];
    const double t1 = c->time[j];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double p = (time[l] - t0) / (t1 - t0);
        part[l] = time[l] >= t1 ? 1.0 : p > 0.0 ? p : 0.0;
    }
}

/*
 * One interval: hazards take their shares of those who are left, up to a simulated
 * event in it; that takes all who are left then.
 *
 * left    [TACRO_LANES] without event at the interval's start
 */
static void add_interval(const struct tacro_course_hazards *c,
                         const struct tacro_kernels *kernels, size_t j,
                         const double *time, const size_t *which, const double *left,
                         struct tacro_course_risks *risks)
{
    const double d = death_until(c, c->time[j]) - death_until(c, c->time[j - 1]);
    double part[TACRO_LANES] __attribute__((aligned(64)));
    double sum[TACRO_LANES] __attribute__((aligned(64)));
    double share[TACRO_LANES] __attribute__((aligned(64)));
    double rest[TACRO_LANES] __attribute__((aligned(64)));
    parts_before(c, time, j, part);
    TACRO_EACH_LANE(l) {
        sum[l] = part[l] * d;
    }
    for (size_t k = 0; k < c->noutcomes; k++) {
        const double *h0 = hazard_at(c, k, j - 1);
        const double *h1 = hazard_at(c, k, j);
        for (size_t l = 0; !c->is_simulated[k] && l < TACRO_LANES; l++) {
            sum[l] += part[l] * (h1[l] - h0[l]);
        }
    }
    within(kernels, sum, share);
    kernels->survival(sum, rest);
    for (size_t k = 0; k < c->noutcomes; k++) {
        const double *h0 = hazard_at(c, k, j - 1);
        const double *h1 = hazard_at(c, k, j);
        const double *before = risks->first + (k * c->n + j - 1) * TACRO_LANES;
        double *now = risks->first + (k * c->n + j) * TACRO_LANES;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const bool is_here = time[l] > c->time[j - 1] && time[l] <= c->time[j];
            const double by_hazard = left[l] * part[l] * (h1[l] - h0[l]) * share[l];
            const double by_event = is_here && which[l] == k ? left[l] * rest[l] : 0.0;
            now[l] = before[l] + (c->is_simulated[k] ? by_event : by_hazard);
        }
    }
    TACRO_EACH_LANE(l) {
        risks->death[j * TACRO_LANES + l] =
            risks->death[(j - 1) * TACRO_LANES + l] + left[l] * part[l] * d * share[l];
    }
}

/* At the landmark itself: an event at that very instant is the first one. */
static void begin_first(const struct tacro_course_hazards *c, const double *time,
                        const size_t *which, struct tacro_course_risks *risks)
{
    for (size_t k = 0; k < c->noutcomes; k++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const bool is_here =
                c->is_simulated[k] && which[l] == k && time[l] <= c->time[0];
            risks->first[k * c->n * TACRO_LANES + l] = is_here ? 1.0 : 0.0;
        }
    }
    memset(risks->death, 0, ROW_SIZE);
}

static void keep_failed(const struct tacro_course_hazards *c, size_t j,
                        struct tacro_course_risks *risks)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const bool has_failed = isnan(risks->free[j * TACRO_LANES + l]);
        for (size_t k = 0; has_failed && k < c->noutcomes; k++) {
            risks->first[(k * c->n + j) * TACRO_LANES + l] = NAN;
        }
        if (has_failed) {
            risks->death[j * TACRO_LANES + l] = NAN;
        }
    }
}

void tacro_course_risks_fill(const struct tacro_course_hazards *c,
                             const struct tacro_kernels *kernels,
                             struct tacro_course_risks *risks)
{
    double time[TACRO_LANES];
    size_t which[TACRO_LANES];
    double before[TACRO_LANES] __attribute__((aligned(64)));
    for (size_t k = 0; k < c->noutcomes; k++) {
        fill_ever(c, kernels, k, risks->ever + k * c->n * TACRO_LANES);
    }
    first_simulated(c, time, which);
    begin_first(c, time, which, risks);
    for (size_t j = 0; j < c->n; j++) {
        double *free_now = risks->free + j * TACRO_LANES;
        all_left(c, kernels, j, free_now);
        /* whom a simulated event has reached is free no more */
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double alive = time[l] <= c->time[j] ? 0.0 : free_now[l];
            free_now[l] = isnan(free_now[l]) ? free_now[l] : alive;
        }
        if (j > 0) {
            add_interval(c, kernels, j, time, which, before, risks);
        }
        memcpy(before, free_now, ROW_SIZE);
    }
    for (size_t j = 0; j < c->n; j++) {
        keep_failed(c, j, risks);
    }
}
