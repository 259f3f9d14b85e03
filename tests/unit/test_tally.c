/** Statistics over subjects, on made-up rows, against plain sorting and adding. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/rows.h"

static struct tacro_tally *new_tally(const struct test_rows *f)
{
    struct tacro_tally *tally = NULL;
    assert_int_equal(tacro_tally_create(f->scenario, &tally, NULL), TACRO_OK);
    return tally;
}

static void test_tally_level_quantiles_equal_those_of_sorted_levels(void **state)
{
    static const double q[] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
    const struct test_rows *f = *state;
    for (size_t o = 0; o < f->scenario->ntimes; o += 7) {
        const uint32_t *counts = f->tally->regimen[1].level + o * TACRO_NCOUNTS;
        double value[TEST_ROWS_N];
        const size_t n = test_rows_levels(f, 1, o, value);
        assert_true(n < TEST_ROWS_N); /* some have failed, and are left out */
        for (size_t k = 0; k < sizeof q / sizeof q[0]; k++) {
            test_check_close("quantile", tacro_tally_level_quantile(counts, q[k]),
                             test_quantile(value, n, q[k]), TEST_TOL_BIN);
        }
    }
}

static void test_tally_level_quantile_of_nobody_is_nan(void **state)
{
    static uint32_t counts[TACRO_NCOUNTS];
    (void)state;
    assert_true(isnan(tacro_tally_level_quantile(counts, 0.5)));
    counts[TACRO_BIN_FAILED] = 12;
    assert_true(isnan(tacro_tally_level_quantile(counts, 0.5)));
    counts[TACRO_BIN_OVER] = 1;
    assert_true(isinf(tacro_tally_level_quantile(counts, 0.5)));
    counts[TACRO_BIN_UNDER] = 1;
    assert_true(tacro_tally_level_quantile(counts, 0.5) == 0.0);
    assert_true(isinf(tacro_tally_level_quantile(counts, 0.75)));
    counts[TACRO_BIN_OVER] = counts[TACRO_BIN_UNDER] = counts[TACRO_BIN_FAILED] = 0;
}

static void test_tally_mean_of_probabilities(void **state)
{
    (void)state;
    assert_true(isnan(tacro_tally_mean(0, 0)));
    assert_true(tacro_tally_mean((uint64_t)3 << 40, 4) == 0.75);
    assert_true(tacro_tally_mean(1, 1) == 0x1p-40);
}

static void test_tally_failed_courses_are_counted_and_in_their_bin(void **state)
{
    const struct test_rows *f = *state;
    for (size_t regimen = 0; regimen < 2; regimen++) {
        const struct tacro_regimen_tally *t = &f->tally->regimen[regimen];
        uint64_t failed = 0;
        uint64_t draw[TEST_ROWS_NDRAWS] = {0, 0};
        for (size_t i = 0; i < TEST_ROWS_N; i++) {
            failed += !test_rows_is_ok(f, regimen, i);
            draw[i / TEST_ROWS_PER_DRAW] += test_rows_is_ok(f, regimen, i);
        }
        assert_true(failed > 20);
        assert_int_equal(t->failed, failed);
        assert_int_equal(t->n[0], draw[0]);
        assert_int_equal(t->n[1], draw[1]);
        for (size_t o = 0; o < f->scenario->ntimes; o++) {
            assert_int_equal(t->level[o * TACRO_NCOUNTS + TACRO_BIN_FAILED], failed);
        }
    }
}

/* Mean of a probability over the integrated patients of a draw. */
static void check_mean(const struct test_rows *f, size_t draw, uint64_t sum,
                       const double *(*row)(const struct tacro_gather *, size_t,
                                            size_t),
                       size_t nd, size_t d, bool is_before)
{
    double mean = 0.0;
    double n = 0.0;
    for (size_t i = draw * TEST_ROWS_PER_DRAW; i < (draw + 1) * TEST_ROWS_PER_DRAW;
         i++) {
        if (test_rows_is_ok(f, 0, i)) {
            mean += row(test_rows_of(f, 0, i), i % TEST_ROWS_PER_GROUP, nd)[d];
            n += 1.0;
        }
    }
    if (is_before) {
        assert_true(isnan(mean));
        assert_int_equal(sum, 0);
        return;
    }
    assert_true(fabs(tacro_tally_mean(sum, (uint64_t)n) - mean / n) <=
                TEST_TOL_SUM + 1e-14);
}

static const double *pres_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    return g->risk + row * nd;
}

static const double *rejection_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    return g->risk + (g->nrows + row) * nd;
}

static const double *free_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    return g->event_free + row * nd;
}

static const double *first_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    return g->first + (g->nrows + row) * nd;
}

static const double *first_horizon_row(const struct tacro_gather *g, size_t row,
                                       size_t nd)
{
    (void)nd;
    return g->first_horizon + g->nrows + row;
}

static const double *death_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    return g->death + row * nd;
}

static const double *death_horizon_row(const struct tacro_gather *g, size_t row,
                                       size_t nd)
{
    (void)nd;
    return g->death_horizon + row;
}

static const double *horizon_row(const struct tacro_gather *g, size_t row, size_t nd)
{
    (void)nd;
    return g->risk_horizon + g->nrows + row;
}

static const double *free_horizon_row(const struct tacro_gather *g, size_t row,
                                      size_t nd)
{
    (void)nd;
    return g->event_free_horizon + row;
}

static void test_tally_probabilities_add_up_per_draw_and_day(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_regimen_tally *t = &f->tally->regimen[0];
    const size_t nd = s->ndays;
    for (size_t draw = 0; draw < TEST_ROWS_NDRAWS; draw++) {
        for (size_t d = 0; d < nd; d++) {
            const bool is_before = s->day_output[d] < s->landmark_output;
            const size_t at = draw * nd + d;
            check_mean(f, draw, t->risk[at], pres_row, nd, d, is_before);
            check_mean(f, draw, t->risk[TEST_ROWS_NDRAWS * nd + at], rejection_row, nd,
                       d, is_before);
            check_mean(f, draw, t->event_free[at], free_row, nd, d, is_before);
            check_mean(f, draw, t->first[TEST_ROWS_NDRAWS * nd + at], first_row, nd, d,
                       is_before);
            check_mean(f, draw, t->death[at], death_row, nd, d, is_before);
        }
        check_mean(f, draw, t->first_horizon[TEST_ROWS_NDRAWS + draw],
                   first_horizon_row, nd, 0, false);
        check_mean(f, draw, t->death_horizon[draw], death_horizon_row, nd, 0, false);
        check_mean(f, draw, t->risk_horizon[TEST_ROWS_NDRAWS + draw], horizon_row, nd,
                   0, false);
        check_mean(f, draw, t->event_free_horizon[draw], free_horizon_row, nd, 0,
                   false);
    }
}

/* Squares and bins of outcome k at the horizon, k = 2: of neither. */
static void test_tally_keeps_the_spread_between_patients(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_regimen_tally *t = &f->tally->regimen[0];
    for (size_t at = 0; at < (size_t)3 * TEST_ROWS_NDRAWS; at++) {
        const size_t k = at / TEST_ROWS_NDRAWS;
        const size_t draw = at % TEST_ROWS_NDRAWS;
        uint32_t bins[TACRO_NSPREAD] = {0};
        double square = 0.0;
        for (size_t i = draw * TEST_ROWS_PER_DRAW; i < (draw + 1) * TEST_ROWS_PER_DRAW;
             i++) {
            const struct tacro_gather *g = test_rows_of(f, 0, i);
            const size_t row = i % TEST_ROWS_PER_GROUP;
            const double p = k == 2 ? g->event_free_horizon[row]
                                    : g->risk_horizon[k * g->nrows + row];
            if (test_rows_is_ok(f, 0, i)) {
                square += p * p;
                bins[tacro_tally_spread_bin(k == 2 ? 1.0 - p : p)]++;
            }
        }
        assert_true(fabs((double)t->square[at] * 0x1p-40 - square) <=
                    TEST_ROWS_N * TEST_TOL_SUM);
        assert_memory_equal(bins, t->spread + at * TACRO_NSPREAD, sizeof bins);
    }
}

/* From 1e-6 to 1, both of them bins; a probability is within half a step of its bin. */
static void test_tally_spread_bins_are_of_equal_width(void **state)
{
    const double step = pow(1e6, 1.0 / (TACRO_NSPREAD - 1));
    uint64_t seed = 5;
    (void)state;
    test_check_close("first", tacro_tally_spread_value(0), 1e-6, 1e-14);
    assert_true(tacro_tally_spread_value(TACRO_NSPREAD - 1) == 1.0);
    assert_int_equal(tacro_tally_spread_bin(0.0), 0);
    assert_int_equal(tacro_tally_spread_bin(1e-9), 0);
    assert_int_equal(tacro_tally_spread_bin(1.0), TACRO_NSPREAD - 1);
    assert_int_equal(tacro_tally_spread_bin(1.0 + 1e-12), TACRO_NSPREAD - 1);
    for (size_t b = 1; b < TACRO_NSPREAD; b++) {
        assert_int_equal(tacro_tally_spread_bin(tacro_tally_spread_value(b)), b);
        test_check_close("step",
                         tacro_tally_spread_value(b) / tacro_tally_spread_value(b - 1),
                         step, 1e-12);
    }
    for (size_t i = 0; i < 1000; i++) {
        const double p = test_draw_log(&seed, 1e-6, 1.0);
        const double q = tacro_tally_spread_value(tacro_tally_spread_bin(p));
        assert_true(fabs(log(p / q)) <= 0.5 * log(step) + 1e-12);
    }
}

/* Troughs with a target from the landmark on, and those in it. */
static void test_tally_counts_days_in_range_by_draw(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    for (size_t draw = 0; draw < TEST_ROWS_NDRAWS; draw++) {
        uint64_t days = 0;
        uint64_t in = 0;
        for (size_t i = draw * TEST_ROWS_PER_DRAW; i < (draw + 1) * TEST_ROWS_PER_DRAW;
             i++) {
            for (size_t d = 2; d < s->ndays && test_rows_is_ok(f, 0, i); d++) {
                const double c0 = test_rows_trough(f, 0, i, d); /* target 5-8 ng/mL */
                days++;
                in += c0 >= 5.0 && c0 <= 8.0;
            }
        }
        assert_true(in > 0 && in < days);
        assert_int_equal(f->tally->regimen[0].target_days[draw], days);
        assert_int_equal(f->tally->regimen[0].in_range[draw], in);
    }
}

/* By subject, then regimen, whatever came first. */
static void test_tally_names_the_first_failures(void **state)
{
    const struct test_rows *f = *state;
    size_t n = 0;
    for (size_t i = 0; n < TACRO_NFAILURES; i++) {
        for (size_t regimen = 0; regimen < 2 && n < TACRO_NFAILURES; regimen++) {
            if (!test_rows_is_ok(f, regimen, i)) {
                const struct tacro_failure *x = &f->tally->failure[n++];
                assert_int_equal(x->subject, i);
                assert_int_equal(x->draw, i / TEST_ROWS_PER_DRAW);
                assert_int_equal(x->patient, i % TEST_ROWS_PER_DRAW);
                assert_int_equal(x->regimen, regimen);
                assert_true(x->time == 12.0);
                assert_string_equal(x->reason, "the solver cannot meet its tolerance");
            }
        }
    }
    assert_int_equal(f->tally->nfailures, TACRO_NFAILURES);
}

static void check_same(const struct test_rows *f, const struct tacro_tally *a,
                       const struct tacro_tally *b)
{
    const struct tacro_scenario *s = f->scenario;
    const size_t nt = s->ntimes;
    const size_t nd = s->ndays;
    for (size_t r = 0; r < 2; r++) {
        const struct tacro_regimen_tally *x = &a->regimen[r];
        const struct tacro_regimen_tally *y = &b->regimen[r];
        assert_memory_equal(x->level, y->level, nt * TACRO_NCOUNTS * sizeof *x->level);
        assert_memory_equal(x->cmax, y->cmax, TACRO_NCOUNTS * sizeof *x->cmax);
        assert_memory_equal(x->below_10_at, y->below_10_at,
                            (nt + 1) * sizeof *x->below_10_at);
        assert_memory_equal(x->below_5_at, y->below_5_at,
                            (nt + 1) * sizeof *x->below_5_at);
        assert_memory_equal(x->days_below_5, y->days_below_5,
                            (nd + 1) * sizeof *x->days_below_5);
        assert_memory_equal(x->target, y->target, 3 * nd * sizeof *x->target);
        assert_memory_equal(x->n, y->n, (size_t)TEST_ROWS_NDRAWS * sizeof *x->n);
        assert_memory_equal(x->risk, y->risk,
                            2 * (size_t)TEST_ROWS_NDRAWS * nd * sizeof *x->risk);
        assert_memory_equal(x->risk_horizon, y->risk_horizon,
                            (size_t)2 * TEST_ROWS_NDRAWS * sizeof *x->risk_horizon);
        assert_memory_equal(x->event_free, y->event_free,
                            TEST_ROWS_NDRAWS * nd * sizeof *x->event_free);
        assert_memory_equal(x->event_free_horizon, y->event_free_horizon,
                            (size_t)TEST_ROWS_NDRAWS * sizeof *x->event_free_horizon);
        assert_memory_equal(x->first, y->first,
                            2 * (size_t)TEST_ROWS_NDRAWS * nd * sizeof *x->first);
        assert_memory_equal(x->first_horizon, y->first_horizon,
                            (size_t)2 * TEST_ROWS_NDRAWS * sizeof *x->first_horizon);
        assert_memory_equal(x->death, y->death,
                            TEST_ROWS_NDRAWS * nd * sizeof *x->death);
        assert_memory_equal(x->death_horizon, y->death_horizon,
                            (size_t)TEST_ROWS_NDRAWS * sizeof *x->death_horizon);
        assert_memory_equal(x->square, y->square,
                            (size_t)3 * TEST_ROWS_NDRAWS * sizeof *x->square);
        assert_memory_equal(x->in_range, y->in_range,
                            (size_t)TEST_ROWS_NDRAWS * sizeof *x->in_range);
        assert_memory_equal(x->target_days, y->target_days,
                            (size_t)TEST_ROWS_NDRAWS * sizeof *x->target_days);
        assert_memory_equal(x->spread, y->spread,
                            (size_t)3 * TEST_ROWS_NDRAWS * TACRO_NSPREAD *
                                sizeof *x->spread);
        assert_int_equal(x->troughs, y->troughs);
        assert_int_equal(x->troughs_under_2, y->troughs_under_2);
        assert_int_equal(x->troughs_over_25, y->troughs_over_25);
        assert_int_equal(x->failed, y->failed);
    }
    assert_int_equal(a->nfailures, b->nfailures);
    for (size_t i = 0; i < a->nfailures; i++) {
        assert_int_equal(a->failure[i].subject, b->failure[i].subject);
        assert_int_equal(a->failure[i].regimen, b->failure[i].regimen);
    }
}

static void test_tally_order_of_groups_and_rows_changes_no_bit(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_tally *tally = new_tally(f);
    for (size_t i = TEST_ROWS_NGROUPS; i-- > 0;) {
        for (size_t regimen = 0; regimen < 2; regimen++) {
            struct tacro_gather *g = f->gather[1 - regimen][i];
            tacro_tally_add(tally, g, 101, TEST_ROWS_PER_GROUP,
                            i * TEST_ROWS_PER_GROUP);
            tacro_tally_add(tally, g, 0, 101, i * TEST_ROWS_PER_GROUP);
        }
    }
    check_same(f, tally, f->tally);
    tacro_tally_free(tally);
}

static void test_tally_parts_merge_to_the_whole(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_tally *part[3];
    for (size_t i = 0; i < 3; i++) {
        part[i] = new_tally(f);
    }
    for (size_t i = 0; i < TEST_ROWS_NGROUPS; i++) {
        for (size_t regimen = 0; regimen < 2; regimen++) {
            tacro_tally_add(part[(i + regimen) % 2], f->gather[regimen][i], 0,
                            TEST_ROWS_PER_GROUP, i * TEST_ROWS_PER_GROUP);
        }
    }
    tacro_tally_merge(part[2], part[1]); /* into an empty one */
    tacro_tally_merge(part[2], part[0]);
    check_same(f, part[2], f->tally);
    for (size_t i = 0; i < 3; i++) {
        tacro_tally_free(part[i]);
    }
}

/* One patient at a level throughout, but for `other` ng/mL at output 40. */
static struct tacro_gather *one_patient(const struct test_rows *f, double level,
                                        double other)
{
    const struct tacro_scenario *s = f->scenario;
    struct tacro_gather *g = NULL;
    struct tacro_grid grid;
    tacro_grid_fill(&grid);
    assert_int_equal(tacro_gather_create(s, 0, 0, 1, 1, &g, NULL), TACRO_OK);
    for (size_t i = 0; i < s->ntimes; i++) {
        double c[TACRO_LANES] __attribute__((aligned(64))) = {0.0};
        uint16_t bin[TACRO_LANES];
        c[0] = i == 40 ? other : level;
        tacro_grid_bins(&grid, c, bin);
        g->concentration[i] = (float)c[0];
        g->bin[i] = bin[0];
    }
    for (size_t d = 0; d < s->ndays; d++) {
        g->trough[d] = level > 0.0 ? level : (double)NAN;
    }
    return g;
}

/* The one place of n that holds a 1; n if there is none. */
static size_t only_one(const uint64_t *count, size_t n)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (count[i] > 0) {
            assert_int_equal(count[i], 1);
            assert_int_equal(at, n);
            at = i;
        }
    }
    return at;
}

/*
 * A time that is there for another regimen's dose counts neither as peak nor as fall.
 */
static void test_tally_times_of_other_regimens_leave_peaks_and_falls_alone(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct tacro_gather *peak = one_patient(f, 20.0, 50.0);
    struct tacro_gather *fall = one_patient(f, 20.0, 3.0);
    assert_true(s->time[40] > s->input->landmark);
    for (size_t own = 0; own < 2; own++) {
        struct tacro_tally *tally = new_tally(f);
        struct tacro_tally *other = new_tally(f);
        s->is_own[40] = own == 1;
        tacro_tally_add(tally, peak, 0, 1, 0);
        tacro_tally_add(other, fall, 0, 1, 0);
        assert_int_equal(only_one(tally->regimen[0].cmax, TACRO_NCOUNTS),
                         peak->bin[own == 1 ? 40 : 0]);
        assert_int_equal(only_one(other->regimen[0].below_10_at, s->ntimes + 1),
                         own == 1 ? 40 : s->ntimes);
        assert_int_equal(only_one(other->regimen[0].below_5_at, s->ntimes + 1),
                         own == 1 ? 40 : s->ntimes);
        tacro_tally_free(tally);
        tacro_tally_free(other);
    }
    tacro_gather_free(peak);
    tacro_gather_free(fall);
}

static void test_tally_levels_at_10_and_5_are_not_below_them(void **state)
{
    const struct test_rows *f = *state;
    const size_t never = f->scenario->ntimes;
    for (size_t k = 0; k < 3; k++) {
        static const double low[3] = {10.0, 5.0, 4.99};
        struct tacro_gather *g = one_patient(f, 20.0, low[k]);
        struct tacro_tally *tally = new_tally(f);
        const struct tacro_regimen_tally *t = &tally->regimen[0];
        tacro_tally_add(tally, g, 0, 1, 0);
        assert_int_equal(only_one(t->below_10_at, never + 1), k == 0 ? never : 40);
        assert_int_equal(only_one(t->below_5_at, never + 1), k == 2 ? 40 : never);
        tacro_tally_free(tally);
        tacro_gather_free(g);
    }
}

/* Days 2, 3 and 4 are from the landmark (30 h) on: no drug is a low level there. */
static void test_tally_days_without_drug_are_low_from_the_landmark_on(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_gather *g = one_patient(f, 0.0, 0.0);
    struct tacro_tally *tally = new_tally(f);
    const struct tacro_regimen_tally *t = &tally->regimen[0];
    tacro_tally_add(tally, g, 0, 1, 0);
    assert_int_equal(t->troughs, 3);
    assert_int_equal(t->troughs_under_2, 3);
    assert_int_equal(t->troughs_over_25, 0);
    assert_int_equal(only_one(t->days_below_5, f->scenario->ndays + 1), 3);
    for (size_t i = 0; i < 3 * f->scenario->ndays; i++) {
        assert_int_equal(t->target[i], 0); /* targets count levels alone */
    }
    tacro_tally_free(tally);
    tacro_gather_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tally_level_quantiles_equal_those_of_sorted_levels),
        cmocka_unit_test(test_tally_level_quantile_of_nobody_is_nan),
        cmocka_unit_test(test_tally_mean_of_probabilities),
        cmocka_unit_test(test_tally_failed_courses_are_counted_and_in_their_bin),
        cmocka_unit_test(test_tally_probabilities_add_up_per_draw_and_day),
        cmocka_unit_test(test_tally_keeps_the_spread_between_patients),
        cmocka_unit_test(test_tally_spread_bins_are_of_equal_width),
        cmocka_unit_test(test_tally_counts_days_in_range_by_draw),
        cmocka_unit_test(test_tally_names_the_first_failures),
        cmocka_unit_test(test_tally_order_of_groups_and_rows_changes_no_bit),
        cmocka_unit_test(test_tally_parts_merge_to_the_whole),
        cmocka_unit_test(
            test_tally_times_of_other_regimens_leave_peaks_and_falls_alone),
        cmocka_unit_test(test_tally_levels_at_10_and_5_are_not_below_them),
        cmocka_unit_test(test_tally_days_without_drug_are_low_from_the_landmark_on),
    };
    return cmocka_run_group_tests_name("tally", tests, test_rows_set_up,
                                       test_rows_tear_down);
}
