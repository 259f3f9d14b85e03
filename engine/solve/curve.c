#include "solve/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows kept; a longer curve steps the state from output to output. */
#define MAX_ROWS 64

/* Distinct steps between outputs with a propagator at a time. */
#define NSTEPS 4

struct tacro_rows {
    const struct tacro_linear *linear;
    const struct tacro_kernels *kernels;
    struct tacro_generator *generator;
    struct tacro_propagator *step[NSTEPS];
    uint64_t used[NSTEPS]; /* when, for the oldest to give way */
    uint64_t now;
    int target;                 /* index of the concentration's state */
    struct tacro_products pull; /* row of the next output: the last row times exp */
    size_t nvalid;
    double shared[MAX_ROWS];       /* offset of each row, where lanes share it; else */
    double (*offset)[TACRO_LANES]; /* [MAX_ROWS] */
    double *row;                   /* [MAX_ROWS + 1][n][TACRO_LANES], 0: the identity */
    double (*y)[TACRO_LANES];      /* [n] state at the start, times the gain */
    double (*next)[TACRO_LANES];   /* [n] */
};

static bool plan(struct tacro_rows *r)
{
    const struct tacro_linear *linear = r->linear;
    const size_t n = linear->n;
    if (!tacro_products_create(&r->pull, n, n * n)) {
        return false;
    }
    for (size_t q = 0; q < n; q++) {
        tacro_products_target(&r->pull, (int)q);
        for (size_t k = 0; k < n; k++) {
            if (linear->entry[k][q] != TACRO_NONE) {
                tacro_products_pair(&r->pull, (int)k, linear->entry[k][q]);
            }
        }
    }
    return true;
}

enum tacro_status tacro_rows_create(const struct tacro_linear *linear,
                                    const struct tacro_kernels *kernels,
                                    struct tacro_rows **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_rows *r = calloc(1, sizeof *r);
    const size_t n = linear->n;
    *out = NULL;
    if (r == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "curve");
    }
    r->linear = linear;
    r->kernels = kernels;
    r->target = linear->index[linear->system->signal[TACRO_CONC].state];
    r->offset = (double(*)[TACRO_LANES])tacro_lanes_alloc(MAX_ROWS);
    r->row = tacro_lanes_alloc((MAX_ROWS + 1) * n);
    r->y = (double(*)[TACRO_LANES])tacro_lanes_alloc(n);
    r->next = (double(*)[TACRO_LANES])tacro_lanes_alloc(n);
    if (r->offset == NULL || r->row == NULL || r->y == NULL || r->next == NULL ||
        !plan(r)) {
        st = tacro_fail(err, TACRO_ENOMEM, "curve of %zu states", n);
        goto done;
    }
    TACRO_TRY(tacro_generator_create(linear, kernels, &r->generator, err));
    for (size_t i = 0; i < NSTEPS; i++) {
        TACRO_TRY(tacro_propagator_create(r->generator, &r->step[i], err));
    }
    memset(r->row, 0, n * TACRO_LANES * sizeof *r->row);
    kernels->fill(1, 1.0, r->row + (size_t)r->target * TACRO_LANES);
    *out = r;
    r = NULL;
done:
    tacro_rows_free(r);
    return st;
}

void tacro_rows_free(struct tacro_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    for (size_t i = 0; i < NSTEPS; i++) {
        tacro_propagator_free(rows->step[i]);
    }
    tacro_generator_free(rows->generator);
    tacro_products_free(&rows->pull);
    free(rows->offset);
    free(rows->row);
    free(rows->y);
    free(rows->next);
    free(rows);
}

void tacro_rows_reset(struct tacro_rows *rows)
{
    tacro_generator_reset(rows->generator);
    rows->nvalid = 0;
    rows->now = 0;
    for (size_t i = 0; i < NSTEPS; i++) {
        rows->used[i] = 0;
    }
}

/* exp(A d) of a step: one that is there, else the oldest gives way. */
static const double *step_matrix(struct tacro_rows *r, const double *d)
{
    size_t at = 0;
    r->now++;
    for (size_t i = 0; i < NSTEPS; i++) {
        if (r->used[i] != 0 && tacro_propagator_is_at(r->step[i], d)) {
            r->used[i] = r->now;
            return tacro_propagator_level(r->step[i], 0);
        }
        at = r->used[i] < r->used[at] ? i : at;
    }
    tacro_propagator_aim(r->step[at], d);
    r->used[at] = r->now;
    return tacro_propagator_level(r->step[at], 0);
}

/* True if row j stands for this output already. */
static bool is_same_offset(const struct tacro_rows *r, const struct tacro_curve *curve,
                           size_t j)
{
    bool is_same = true;
    if (curve->shared != NULL) {
        return r->shared[j] == curve->shared[j];
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        is_same =
            is_same && fabs(r->offset[j][l] - curve->offset[j][l]) <= TACRO_SAME_STEP;
    }
    return is_same;
}

static void keep_offset(struct tacro_rows *r, const struct tacro_curve *curve, size_t j)
{
    r->shared[j] = NAN;
    if (curve->shared != NULL) {
        r->shared[j] = curve->shared[j];
    } else {
        memcpy(r->offset[j], curve->offset[j], sizeof r->offset[j]);
    }
}

static const double *matrix_between(struct tacro_rows *r,
                                    const struct tacro_curve *curve, size_t j)
{
    double d[TACRO_LANES] __attribute__((aligned(64)));
    if (curve->shared != NULL) {
        r->kernels->fill(1, curve->shared[j] - (j == 0 ? 0.0 : curve->shared[j - 1]),
                         d);
    } else if (j == 0) {
        memcpy(d, curve->offset[0], sizeof d);
    } else {
        r->kernels->linear_sum(1, 1.0, curve->offset[j], -1.0, curve->offset[j - 1], d);
    }
    return step_matrix(r, d);
}

/* Bring the rows of a curve up to date; `stale` columns have new coefficients. */
static bool update_rows(struct tacro_rows *r, const struct tacro_curve *curve,
                        uint64_t stale)
{
    const size_t n = r->linear->n;
    const size_t size = n * TACRO_LANES;
    size_t nsame = 0;
    while (nsame < r->nvalid && nsame < curve->n && is_same_offset(r, curve, nsame)) {
        nsame++;
    }
    if (stale != 0 || nsame < curve->n) {
        r->nvalid = curve->n;
    }
    for (size_t j = stale == 0 ? nsame : 0; j < curve->n; j++) {
        const uint64_t columns = j < nsame ? stale : TACRO_ALL_COLUMNS;
        const double *m = matrix_between(r, curve, j);
        if (m == NULL) {
            r->nvalid = 0;
            return false;
        }
        keep_offset(r, curve, j);
        for (size_t q = 0; q < n; q++) {
            if ((columns >> q & 1) != 0) {
                r->kernels->products(&r->pull, q, q + 1, r->row + j * size, m,
                                     r->row + (j + 1) * size);
            }
        }
    }
    return true;
}

/* The state, times the gain of the concentration: all is linear in it. */
static void take_state(struct tacro_rows *r, const struct tacro_lanes *lanes,
                       const double *y)
{
    const struct tacro_linear *linear = r->linear;
    const int gain = linear->system->signal[TACRO_CONC].gain;
    for (size_t i = 0; i < linear->n; i++) {
        const double *from = linear->state[i] == TACRO_NONE
                                 ? tacro_lanes_input(lanes, linear->input[i])
                                 : y + (size_t)linear->state[i] * TACRO_LANES;
        if (from == NULL) {
            r->kernels->fill(1, 0.0, r->y[i]);
        } else if (gain == TACRO_NONE) {
            memcpy(r->y[i], from, sizeof r->y[i]);
        } else {
            r->kernels->product(1, lanes->coef[gain], from, r->y[i]);
        }
    }
}

/* A long curve: the state from output to output. */
static bool step_along(struct tacro_rows *r, const struct tacro_curve *curve)
{
    double(*y)[TACRO_LANES] = r->y;
    double(*next)[TACRO_LANES] = r->next;
    for (size_t j = 0; j < curve->n; j++) {
        double(*swap)[TACRO_LANES] = next;
        const double *m = matrix_between(r, curve, j);
        if (m == NULL) {
            return false;
        }
        r->kernels->products(&r->linear->apply, 0, r->linear->n, m, y[0], next[0]);
        next = y;
        y = swap;
        memcpy(curve->value[j], y[r->target], sizeof curve->value[j]);
    }
    return true;
}

/* What the rows gave, through the map of the level if it has one. */
static void map_values(const struct tacro_rows *r, const struct tacro_lanes *lanes,
                       const struct tacro_curve *curve)
{
    const struct tacro_system *system = r->linear->system;
    struct tacro_reading reading = system->signal[TACRO_CONC];
    reading.gain = TACRO_NONE; /* the state has it */
    for (size_t j = 0; reading.map != TACRO_NONE && j < curve->n; j++) {
        double x[TACRO_LANES] __attribute__((aligned(64)));
        memcpy(x, curve->value[j], sizeof x);
        r->kernels->read_row(system, lanes, reading, x, curve->value[j]);
    }
}

enum tacro_status tacro_rows_fill(struct tacro_rows *rows,
                                  const struct tacro_lanes *lanes, const double *y,
                                  const struct tacro_curve *curve,
                                  struct tacro_error *err)
{
    const uint64_t stale = tacro_generator_update(rows->generator, lanes);
    bool ok = true;
    for (size_t i = 0; stale != 0 && i < NSTEPS; i++) {
        if (rows->used[i] != 0) {
            tacro_propagator_touch(rows->step[i], stale);
        }
    }
    if (curve->n == 0) {
        rows->nvalid = stale == 0 ? rows->nvalid : 0;
        return TACRO_OK;
    }
    take_state(rows, lanes, y);
    if (curve->n > MAX_ROWS) {
        rows->nvalid = stale == 0 ? rows->nvalid : 0;
        ok = step_along(rows, curve);
    } else {
        ok = update_rows(rows, curve, stale);
        if (ok) {
            rows->kernels->dots(curve->n, rows->linear->n,
                                rows->row + rows->linear->n * TACRO_LANES, rows->y[0],
                                curve->value[0]);
        }
    }
    if (ok) {
        map_values(rows, lanes, curve);
    }
    return ok ? TACRO_OK
              : tacro_fail(err, TACRO_ESOLVER, "no propagator between output times");
}
