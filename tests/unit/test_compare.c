/** Regimens against each other, on tallies filled by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/compare.h"
#include "run/over_draws.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define NDRAWS 4
#define NPATIENTS 4
#define NREGIMENS 3
#define TOL 1e-12

static const char text[] = "title: compare\n"
                           "pk: rounded\n"
                           "risk: [pres_lung, rejection_lung]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 99 h\n"
                           "landmark: 30 h\n"
                           "output: {every: 1 h}\n"
                           "seed: 1\n"
                           "patients: {n: 4}\n"
                           "reference: a\n"
                           "regimens:\n"
                           "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                           "  b: {steps: [{give: 2 mg, every: 12 h}]}\n"
                           "  c: {steps: [{give: 1 mg, every: 12 h}]}\n";

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_tally *tally;
    uint64_t *mine[(size_t)2 * NREGIMENS];
    size_t nmine;
};

/* PRES, rejection, by regimen and draw: fractions of NPATIENTS that 2^-40 holds. */
static const double risk[2][NREGIMENS][NDRAWS] = {
    {{0.50, 0.25, 0.75, 0.50}, {0.25, 0.25, 0.50, 0.50}, {0.125, 0.125, 0.25, 0.25}},
    {{0.125, 0.125, 0.125, 0.25}, {0.25, 0.125, 0.25, 0.125}, {0.5, 0.5, 0.75, 0.5}},
};

static uint64_t sum_of(double mean)
{
    return (uint64_t)(mean * NPATIENTS * 0x1p40);
}

static void need(struct fixture *f, uint64_t **count, size_t n)
{
    if (*count == NULL) {
        *count = calloc(n, sizeof **count);
        assert_non_null(*count);
        f->mine[f->nmine++] = *count;
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->scenario = test_scenario(text);
    f->scenario->input->ndraws = NDRAWS;
    assert_int_equal(tacro_tally_create(f->scenario, &f->tally, NULL), TACRO_OK);
    for (size_t r = 0; r < NREGIMENS; r++) {
        struct tacro_regimen_tally *t = &f->tally->regimen[r];
        need(f, &t->in_range, NDRAWS);
        need(f, &t->target_days, NDRAWS);
        for (size_t m = 0; m < NDRAWS; m++) {
            t->n[m] = NPATIENTS;
            t->in_range[m] = (r + 1) * (m + 1);
            t->target_days[m] = (uint64_t)NPATIENTS * 3;
            for (size_t k = 0; k < 2; k++) {
                t->risk_horizon[k * NDRAWS + m] = sum_of(risk[k][r][m]);
            }
            t->event_free_horizon[m] = sum_of(0.125);
        }
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->nmine; i++) {
        for (size_t r = 0; r < NREGIMENS; r++) {
            struct tacro_regimen_tally *t = &f->tally->regimen[r];
            t->in_range = t->in_range == f->mine[i] ? NULL : t->in_range;
            t->target_days = t->target_days == f->mine[i] ? NULL : t->target_days;
        }
        free(f->mine[i]);
    }
    tacro_tally_free(f->tally);
    tacro_scenario_free(f->scenario);
    free(f);
    return 0;
}

static struct tacro_compare *compare(const struct fixture *f, bool has_history)
{
    struct tacro_compare *c = NULL;
    assert_int_equal(tacro_compare_create(f->scenario, f->tally, has_history, &c, NULL),
                     TACRO_OK);
    return c;
}

static struct tacro_comparison filled(const struct fixture *f)
{
    struct tacro_compare *c = compare(f, false);
    struct tacro_comparison out;
    assert_int_equal(tacro_compare_fill(c, &out, NULL), TACRO_OK);
    tacro_compare_free(c);
    return out;
}

/* -- intervals --------------------------------------------------------------------- */

static void test_order_interval_needs_two_values(void **state)
{
    double value[2] = {3.0, 1.0};
    struct tacro_interval x = tacro_order_interval(value, 2);
    (void)state;
    assert_true(x.low == 1.0 && x.median == 1.0 && x.high == 3.0);
    x = tacro_order_interval(value, 1);
    assert_true(isnan(x.low) && isnan(x.median) && isnan(x.high));
}

/* -- pairs ------------------------------------------------------------------------- */

static void test_compare_differences_are_paired_by_draw(void **state)
{
    struct tacro_compare *c = compare(*state, false);
    double d[NDRAWS];
    tacro_compare_difference(c, 0, 1, 0, d);
    assert_true(d[0] == -0.25 && d[1] == 0.0 && d[2] == -0.25 && d[3] == 0.0);
    tacro_compare_difference(c, 0, 0, 1, d);
    assert_true(d[0] == 0.25 && d[2] == 0.25);
    tacro_compare_difference(c, 3, 2, 0, d); /* days in range: (3 - 1) (m + 1) / 4 */
    assert_true(d[0] == 0.5 && d[3] == 2.0);
    tacro_compare_free(c);
}

static void test_compare_lower_counts_ties_half(void **state)
{
    struct tacro_compare *c = compare(*state, false);
    assert_true(tacro_compare_lower(c, 0, 1, 0) == 0.75); /* 2 lower, 2 equal */
    assert_true(tacro_compare_lower(c, 0, 0, 1) == 0.25);
    assert_true(tacro_compare_lower(c, 0, 2, 0) == 1.0);
    assert_true(tacro_compare_lower(c, 1, 1, 0) == 0.375); /* 1 lower, 1 equal */
    assert_true(tacro_compare_lower(c, 2, 1, 0) == 0.5);   /* all equal */
    tacro_compare_free(c);
}

static void test_comparison_holds_all_pairs(void **state)
{
    struct tacro_comparison c = filled(*state);
    const size_t ca = (0 * NREGIMENS + 2) * NREGIMENS + 0; /* PRES, c less a */
    assert_true(c.difference[ca] == -0.375); /* of -.375 -.125 -.5 -.25, the second */
    assert_true(c.difference_interval[ca].low == -0.5);
    assert_true(c.difference_interval[ca].high == -0.125);
    assert_true(c.lower[ca] == 1.0 && c.lower[0 * 3 + 2] == 0.0);
    assert_true(c.difference[0] == 0.0 && c.lower[0] == 0.5);
    tacro_comparison_free(&c);
}

/* -- two risks --------------------------------------------------------------------- */

static void test_frontier_keeps_what_nothing_dominates(void **state)
{
    const double a[5] = {0.5, 0.4, 0.4, 0.3, 0.5};
    const double b[5] = {0.1, 0.2, 0.2, 0.3, 0.2};
    (void)state;
    assert_true(tacro_is_on_frontier(a, b, 5, 0));
    assert_true(tacro_is_on_frontier(a, b, 5, 1)); /* equals do not dominate */
    assert_true(tacro_is_on_frontier(a, b, 5, 2));
    assert_true(tacro_is_on_frontier(a, b, 5, 3));
    assert_false(tacro_is_on_frontier(a, b, 5, 4));
}

static void test_trade_names_each_case(void **state)
{
    (void)state;
    assert_int_equal(tacro_trade(1, 3, 2, 2), TACRO_TRADE_LESS);
    assert_int_equal(tacro_trade(3, 1, 2, 2), TACRO_TRADE_MORE);
    assert_int_equal(tacro_trade(1, 2, 2, 2), TACRO_TRADE_BETTER);
    assert_int_equal(tacro_trade(2, 1, 2, 2), TACRO_TRADE_BETTER);
    assert_int_equal(tacro_trade(1, 1, 2, 2), TACRO_TRADE_BETTER);
    assert_int_equal(tacro_trade(2, 3, 2, 2), TACRO_TRADE_WORSE);
    assert_int_equal(tacro_trade(3, 3, 2, 2), TACRO_TRADE_WORSE);
    assert_int_equal(tacro_trade(2, 2, 2, 2), TACRO_TRADE_SAME);
}

/*
 * c against a: (0.375, 0.375, 0.625, 0.25) / (0.375, 0.125, 0.5, 0.25) = 1, 3, 1.25, 1.
 * b against a: trade, same, trade, better.
 */
static void test_switching_ratio_is_over_the_draws_that_trade(void **state)
{
    struct tacro_comparison c = filled(*state);
    const struct tacro_benefit *b = &c.benefit[1];
    assert_null(c.why_not);
    assert_int_equal(c.benefit[0].trade, TACRO_TRADE_SAME);
    assert_true(isnan(c.benefit[0].switching_ratio));
    assert_int_equal(c.benefit[2].trade, TACRO_TRADE_LESS);
    assert_true(c.benefit[2].trade_share[TACRO_TRADE_LESS] == 1.0);
    test_check_close("ratio", c.benefit[2].switching_ratio, 1.0, TOL);
    test_check_close("low", c.benefit[2].switching_interval.low, 1.0, TOL);
    test_check_close("high", c.benefit[2].switching_interval.high, 3.0, TOL);
    assert_int_equal(b->trade, TACRO_TRADE_LESS);
    assert_true(b->trade_share[TACRO_TRADE_LESS] == 0.5);
    assert_true(b->trade_share[TACRO_TRADE_SAME] == 0.25);
    assert_true(b->trade_share[TACRO_TRADE_BETTER] == 0.25);
    test_check_close("ratio", b->switching_ratio, 0.5, TOL);
    tacro_comparison_free(&c);
}

/* At equal utility by w: at the ratio regimen and reference are equal. */
static void test_utility_is_equal_at_the_switching_ratio(void **state)
{
    const double w = 0.375 / 0.125; /* draw 1, c against a */
    (void)state;
    test_check_close("utility", tacro_utility(0.25, 0.125, w),
                     tacro_utility(0.125, 0.5, w), TOL);
    assert_true(tacro_utility(0, 0, 7) == 1.0 && tacro_utility(1, 1, 7) == 0.0);
    test_check_close("utility", tacro_utility(0.5, 0.1, 3.0), 1.0 - 1.6 / 4.0, TOL);
}

/* Draw 3: a (.5, .25) is dominated by b (.5, .125); draw 1: a and b are equal. */
static void test_frontier_over_draws_and_at_the_medians(void **state)
{
    struct tacro_comparison c = filled(*state);
    assert_true(c.benefit[0].frontier == 0.75);
    assert_true(c.benefit[1].frontier == 1.0);
    assert_true(c.benefit[2].frontier == 1.0);
    /* medians: a (.5, .125), b (.25, .125), c (.125, .5) */
    assert_false(c.benefit[0].is_on_frontier);
    assert_true(c.benefit[1].is_on_frontier && c.benefit[2].is_on_frontier);
    tacro_comparison_free(&c);
}

static void test_weights_are_a_grid_from_a_hundredth_to_a_hundred(void **state)
{
    (void)state;
    test_check_close("first", tacro_weight(0), 0.01, 1e-13);
    test_check_close("decade", tacro_weight(20), 0.1, 1e-13);
    assert_true(tacro_weight(40) == 1.0);
    test_check_close("last", tacro_weight(80), 100.0, 1e-13);
    test_check_close("step", tacro_weight(51) / tacro_weight(50), pow(10.0, 0.05),
                     1e-13);
}

/*
 * Utility at w = 3 by draw, 1 - (3 a + b) / 4: draw 0 a .59375 b .75 c .78125; draw 1
 * a = b .78125 c .78125 too; draw 2 a .40625 b .5625 c .625; draw 3 a .5625 b .59375 c
 * .6875. So c alone in three draws and a third of one.
 */
static void test_best_is_shared_among_equals(void **state)
{
    struct tacro_comparison c = filled(*state);
    const size_t three = 2;
    assert_true(c.shown[three] == 3.0);
    test_check_close("c", c.benefit[2].best[three], 3.0 / 4.0 + 1.0 / 12.0, TOL);
    test_check_close("a", c.benefit[0].best[three], 1.0 / 12.0, TOL);
    test_check_close("b", c.benefit[1].best[three], 1.0 / 12.0, TOL);
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        double sum = 0.0;
        for (size_t r = 0; r < NREGIMENS; r++) {
            sum += c.benefit[r].best_at[i];
        }
        test_check_close("sum", sum, 1.0, TOL);
    }
    /* w = 1: 1 - (a + b) / 2 of b: .75 .8125 .625 .6875 */
    assert_true(c.benefit[1].utility[40] == 0.6875);
    assert_true(c.benefit[1].utility_interval[40].low == 0.625);
    assert_true(c.benefit[1].utility_interval[40].high == 0.8125);
    tacro_comparison_free(&c);
}

/*
 * Means: a (.5, .15625), b (.375, .1875), c (.1875, .5625). a up to w = .03125 / .125
 * = .25, then b up to .375 / .1875 = 2, then c.
 */
static void test_preferences_cover_all_weights(void **state)
{
    struct tacro_comparison c = filled(*state);
    assert_int_equal(c.npreferences, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(c.preference[i].regimen, i);
    }
    assert_true(c.preference[0].from == c.weight[0]);
    test_check_close("a to b", c.preference[0].to, 0.25, TOL);
    assert_true(c.preference[1].from == c.preference[0].to);
    test_check_close("b to c", c.preference[2].from, 2.0, TOL);
    assert_true(c.preference[2].to == c.weight[TACRO_NWEIGHTS - 1]);
    tacro_comparison_free(&c);
}

/* -- what is missing --------------------------------------------------------------- */

static void test_one_draw_has_central_values_alone(void **state)
{
    struct fixture *f = *state;
    for (size_t r = 0; r < NREGIMENS; r++) {
        for (size_t m = 0; m < NDRAWS; m++) {
            f->tally->regimen[r].n[m] = m == 2 ? NPATIENTS : 0;
        }
    }
    struct tacro_compare *one = compare(f, false);
    assert_int_equal(one->ndraws, 1);
    assert_int_equal(one->draw[0], 2);
    tacro_compare_free(one);
    struct tacro_comparison c = filled(f);
    assert_true(c.difference[(size_t)2 * NREGIMENS] == -0.5); /* PRES, c less a */
    assert_true(isnan(c.difference_interval[(size_t)2 * NREGIMENS].low));
    assert_true(isnan(c.lower[(size_t)2 * NREGIMENS]));
    assert_true(c.benefit[2].is_on_frontier && isnan(c.benefit[2].frontier));
    test_check_close("ratio", c.benefit[2].switching_ratio, 1.25, TOL);
    assert_true(isnan(c.benefit[2].switching_interval.low));
    assert_true(isnan(c.benefit[2].best[0]) && isnan(c.benefit[2].best_at[80]));
    assert_true(c.benefit[2].utility[40] == 0.5);
    tacro_comparison_free(&c);
}

static void test_without_patients_nothing_is_ranked(void **state)
{
    struct fixture *f = *state;
    for (size_t m = 0; m < NDRAWS; m++) {
        f->tally->regimen[1].n[m] = 0;
    }
    struct tacro_comparison c = filled(f);
    assert_int_equal(c.ndraws, 0);
    assert_non_null(c.why_not);
    assert_true(isnan(c.difference[1]) && isnan(c.lower[1]));
    tacro_comparison_free(&c);
}

static void test_a_failed_course_breaks_the_pairs(void **state)
{
    struct fixture *f = *state;
    f->tally->regimen[1].failed = 1;
    struct tacro_comparison c = filled(f);
    assert_non_null(strstr(c.why_not, "failed"));
    assert_true(isnan(c.difference[(size_t)NREGIMENS]) &&
                isnan(c.lower[(size_t)NREGIMENS]));
    assert_true(c.difference[(size_t)2 * NREGIMENS] == -0.375); /* c and a are whole */
    assert_true(c.difference[(size_t)NREGIMENS + 1] == 0.0);
    assert_int_equal(c.npreferences, 0);
    tacro_comparison_free(&c);
}

static void test_a_history_is_not_ranked(void **state)
{
    struct tacro_compare *c = compare(*state, true);
    assert_non_null(strstr(c->why_not, "has had an outcome"));
    tacro_compare_free(c);
}

/* What the rules of b change comes after PRES: neither frontier nor weights hold it. */
static void test_rules_after_an_event_are_not_weighed(void **state)
{
    struct fixture *f = *state;
    f->scenario->arm[1].reacts[0] = true;
    struct tacro_comparison c = filled(f);
    assert_non_null(strstr(c.why_not, "rules of a regimen act after an event"));
    assert_int_equal(c.npreferences, 0);
    assert_true(c.difference[(size_t)2 * NREGIMENS] == -0.375); /* pairs stay */
    tacro_comparison_free(&c);
}

static void test_days_need_a_target(void **state)
{
    struct fixture *f = *state;
    f->tally->regimen[0].target_days[1] = 0;
    struct tacro_compare *c = compare(f, false);
    assert_true(isnan(tacro_compare_values(c, 3, 0)[1]));
    assert_true(tacro_compare_values(c, 3, 0)[2] == 0.75);
    tacro_compare_free(c);
}

int main(void)
{
#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_interval_needs_two_values),
        WITH(test_compare_differences_are_paired_by_draw),
        WITH(test_compare_lower_counts_ties_half),
        WITH(test_comparison_holds_all_pairs),
        cmocka_unit_test(test_frontier_keeps_what_nothing_dominates),
        cmocka_unit_test(test_trade_names_each_case),
        WITH(test_switching_ratio_is_over_the_draws_that_trade),
        cmocka_unit_test(test_utility_is_equal_at_the_switching_ratio),
        WITH(test_frontier_over_draws_and_at_the_medians),
        cmocka_unit_test(test_weights_are_a_grid_from_a_hundredth_to_a_hundred),
        WITH(test_best_is_shared_among_equals),
        WITH(test_preferences_cover_all_weights),
        WITH(test_one_draw_has_central_values_alone),
        WITH(test_without_patients_nothing_is_ranked),
        WITH(test_a_failed_course_breaks_the_pairs),
        WITH(test_a_history_is_not_ranked),
        WITH(test_rules_after_an_event_are_not_weighed),
        WITH(test_days_need_a_target),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
