#include "tests/support/rows.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"

static const char text[] =
    "title: rows\n"
    "pk: rounded\n"
    "risk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"08:00\"}\n"
    "horizon: 99 h\n"
    "landmark: 30 h\n"
    "output: {every: 1 h}\n"
    "seed: 1\n"
    "draws: 1\n"
    "target: [{from: 1 d, trough: 9-15 ng/mL}, {from: 2 d, trough: 5-8 ng/mL}]\n"
    "patients: {n: 225}\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  b: {steps: [{give: 1 mg, every: 12 h}]}\n";

static void fill_levels(const struct tacro_scenario *s, size_t row, uint64_t *seed,
                        struct tacro_gather *g)
{
    struct tacro_grid grid;
    const bool has_failed = test_draw(seed, 0.0, 1.0) < 0.1;
    const double scale = test_draw_log(seed, 0.3, 8.0);
    tacro_grid_fill(&grid);
    g->status[row] = has_failed ? TACRO_LANE_SOLVER : TACRO_LANE_OK;
    for (size_t i = 0; i < s->ntimes; i++) {
        double c[TACRO_LANES] __attribute__((aligned(64))) = {0.0};
        uint16_t bin[TACRO_LANES];
        c[0] = has_failed ? (double)NAN : scale * test_draw_log(seed, 1.0, 30.0);
        tacro_grid_bins(&grid, c, bin);
        g->concentration[row * s->ntimes + i] = (float)c[0];
        g->bin[i * g->nrows + row] = bin[0];
        for (size_t d = 0; d < s->ndays; d++) {
            if (s->day_output[d] == i) { /* no level before the first dose */
                g->trough[row * s->ndays + d] = d == 0 ? (double)NAN : c[0];
            }
        }
    }
}

/*
 * Half milligrams that differ from patient to patient; the horizon cuts the last day.
 */
static void fill_doses(const struct tacro_scenario *s, size_t row, uint64_t *seed,
                       struct tacro_gather *g)
{
    const bool has_failed = g->status[row] != TACRO_LANE_OK;
    for (size_t d = 0; d < s->ndays; d++) {
        const double dose = 0.5 * floor(test_draw(seed, 0.0, 13.0));
        g->dose_given[row * s->ndays + d] =
            has_failed || d + 1 == s->ndays ? (double)NAN : dose;
    }
}

static void fill_risks(const struct tacro_scenario *s, size_t row, uint64_t *seed,
                       struct tacro_gather *g)
{
    const bool has_failed = g->status[row] != TACRO_LANE_OK;
    for (size_t k = 0; k < 2; k++) {
        for (size_t d = 0; d < s->ndays; d++) {
            const bool is_before = s->day_output[d] < s->landmark_output;
            const double p = test_draw(seed, 0.0, 1.0);
            const double q = test_draw(seed, 0.0, 1.0);
            g->risk[(k * g->nrows + row) * s->ndays + d] =
                is_before || has_failed ? (double)NAN : p;
            g->event_free[row * s->ndays + d] =
                is_before || has_failed ? (double)NAN : q;
        }
        g->risk_horizon[k * g->nrows + row] =
            has_failed ? (double)NAN : test_draw(seed, 0.0, 1.0);
    }
    g->event_free_horizon[row] = has_failed ? (double)NAN : test_draw(seed, 0.0, 1.0);
}

/* First events and death, from numbers of their own. */
static void fill_first(const struct tacro_scenario *s, size_t row, uint64_t *seed,
                       struct tacro_gather *g)
{
    const bool has_failed = g->status[row] != TACRO_LANE_OK;
    for (size_t k = 0; !has_failed && k < 3; k++) {
        double *days = k < 2 ? g->first + k * g->nrows * s->ndays : g->death;
        double *horizon = k < 2 ? g->first_horizon + k * g->nrows : g->death_horizon;
        for (size_t d = 0; d < s->ndays; d++) {
            if (s->day_output[d] >= s->landmark_output) {
                days[row * s->ndays + d] = test_draw(seed, 0.0, 1.0);
            }
        }
        horizon[row] = test_draw(seed, 0.0, 1.0);
    }
    g->failure_time[row] = has_failed ? 12.0 : (double)NAN;
}

static struct tacro_tally *new_tally(const struct test_rows *f)
{
    struct tacro_tally *tally = NULL;
    assert_int_equal(tacro_tally_create(f->scenario, &tally, NULL), TACRO_OK);
    return tally;
}

int test_rows_set_up(void **state)
{
    struct test_rows *f = calloc(1, sizeof *f);
    uint64_t seed = 71;
    uint64_t other = 72;
    assert_non_null(f);
    f->scenario = test_scenario(text);
    f->scenario->input->ndraws =
        TEST_ROWS_NDRAWS; /* no shipped file has more than one yet */
    f->scenario->input->death_hazard = 1e-4;
    assert_int_equal(f->scenario->input->npatients, TEST_ROWS_PER_DRAW);
    f->tally = new_tally(f);
    for (size_t regimen = 0; regimen < 2; regimen++) {
        for (size_t i = 0; i < TEST_ROWS_NGROUPS; i++) {
            struct tacro_gather **g = &f->gather[regimen][i];
            assert_int_equal(tacro_gather_create(f->scenario, regimen, i,
                                                 TEST_ROWS_PER_GROUP, 1, g, NULL),
                             TACRO_OK);
            for (size_t row = 0; row < TEST_ROWS_PER_GROUP; row++) {
                fill_levels(f->scenario, row, &seed, *g);
                fill_risks(f->scenario, row, &seed, *g);
                fill_doses(f->scenario, row, &seed, *g);
                fill_first(f->scenario, row, &other, *g);
            }
            tacro_tally_add(f->tally, *g, 0, TEST_ROWS_PER_GROUP,
                            i * TEST_ROWS_PER_GROUP);
        }
    }
    *state = f;
    return 0;
}

int test_rows_tear_down(void **state)
{
    struct test_rows *f = *state;
    for (size_t i = 0; i < TEST_ROWS_NGROUPS; i++) {
        tacro_gather_free(f->gather[0][i]);
        tacro_gather_free(f->gather[1][i]);
    }
    tacro_gather_free(NULL);
    tacro_tally_free(f->tally);
    tacro_tally_free(NULL);
    tacro_scenario_free(f->scenario);
    free(f);
    return 0;
}

const struct tacro_gather *test_rows_of(const struct test_rows *f, size_t regimen,
                                        size_t i)
{
    return f->gather[regimen][i / TEST_ROWS_PER_GROUP];
}

bool test_rows_is_ok(const struct test_rows *f, size_t regimen, size_t i)
{
    return test_rows_of(f, regimen, i)->status[i % TEST_ROWS_PER_GROUP] ==
           TACRO_LANE_OK;
}

double test_rows_level(const struct test_rows *f, size_t regimen, size_t i,
                       size_t output)
{
    return (double)test_rows_of(f, regimen, i)
        ->concentration[i % TEST_ROWS_PER_GROUP * f->scenario->ntimes + output];
}

double test_rows_trough(const struct test_rows *f, size_t regimen, size_t i, size_t d)
{
    return test_rows_of(f, regimen, i)
        ->trough[i % TEST_ROWS_PER_GROUP * f->scenario->ndays + d];
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least the share q of n values does not exceed. */
double test_quantile(double *value, size_t n, double q)
{
    const size_t rank = (size_t)ceil(q * (double)n);
    qsort(value, n, sizeof *value, ascending);
    return value[rank == 0 ? 0 : rank - 1];
}

/* Levels of the subjects that were integrated, at one output. */
size_t test_rows_levels(const struct test_rows *f, size_t regimen, size_t output,
                        double *value)
{
    size_t n = 0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        if (test_rows_is_ok(f, regimen, i)) {
            value[n++] = test_rows_level(f, regimen, i, output);
        }
    }
    return n;
}
