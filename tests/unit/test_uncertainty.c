/** Laws of uncertain numbers: draws against closed forms, clipping, truncation. */
#include "input/uncertainty.h"

#include "core/lanemath.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"

/* Quantiles of the standard normal, Abramowitz & Stegun table 26.1 and 26.5 */
static const struct {
    double u;
    double z;
} quantile[] = {
    {0.5, 0.0},
    {0.84134474606854293, 1.0},
    {0.97724986805182079, 2.0},
    {0.975, 1.9599639845400545},
    {0.025, -1.9599639845400545},
    {0.15865525393145705, -1.0},
};
#define NQUANTILES (sizeof quantile / sizeof quantile[0])

static struct tacro_uncertainty law_of(enum tacro_law law, double sd)
{
    return (struct tacro_uncertainty){
        .law = law, .sd = sd, .min = -INFINITY, .max = INFINITY};
}

static void test_uncertainty_laws_have_their_quantiles(void **state)
{
    const struct tacro_uncertainty normal = law_of(TACRO_LAW_NORMAL, 0.4);
    const struct tacro_uncertainty log_normal = law_of(TACRO_LAW_LOG, 0.5);
    const struct tacro_uncertainty logit = law_of(TACRO_LAW_LOGIT, 0.55);
    (void)state;
    for (size_t i = 0; i < NQUANTILES; i++) {
        const double u = quantile[i].u;
        const double z = quantile[i].z;
        test_check_close("normal", tacro_uncertainty_draw(&normal, 3.0, u),
                         3.0 + 0.4 * z, 1e-12);
        test_check_close("log", tacro_uncertainty_draw(&log_normal, 1.8, u),
                         1.8 * exp(0.5 * z), 1e-12);
        test_check_close("logit", tacro_uncertainty_draw(&logit, 0.013, u),
                         1.0 / (1.0 + exp(-(log(0.013 / 0.987) + 0.55 * z))), 1e-12);
    }
}

/* 95 % limits of the anchors, risk-models.md 2.4 and 3: 0.45-3.7 %, 20-40 % */
static void test_uncertainty_anchors_have_their_published_limits(void **state)
{
    const struct tacro_uncertainty pres = law_of(TACRO_LAW_LOGIT, 0.55);
    const struct tacro_uncertainty rejection = law_of(TACRO_LAW_LOGIT, 0.25);
    (void)state;
    test_check_printed("low", "0.0045", tacro_uncertainty_draw(&pres, 0.013, 0.025));
    test_check_printed("high", "0.037", tacro_uncertainty_draw(&pres, 0.013, 0.975));
    test_check_printed("low", "0.20", tacro_uncertainty_draw(&rejection, 0.29, 0.025));
    test_check_printed("high", "0.40", tacro_uncertainty_draw(&rejection, 0.29, 0.975));
}

static void test_uncertainty_without_a_law_is_the_value(void **state)
{
    const struct tacro_uncertainty none = law_of(TACRO_LAW_NONE, 0.0);
    (void)state;
    assert_true(tacro_uncertainty_draw(&none, 0.1, 0.999) == 0.1);
}

/* Beta(1, 3): F(x) = 1 - (1 - x)^3, whatever the value. */
static void test_uncertainty_beta_is_the_quantile_within_the_limits(void **state)
{
    const struct tacro_uncertainty law = {
        .law = TACRO_LAW_BETA, .alpha = 1, .beta = 3, .min = 0.05, .max = 0.6};
    (void)state;
    test_check_close("0.488", tacro_uncertainty_draw(&law, 0.9, 0.488), 0.2, 1e-12);
    test_check_close("0.875", tacro_uncertainty_draw(&law, 0.1, 0.875), 0.5, 1e-12);
    assert_true(tacro_uncertainty_draw(&law, 0.5, 0.999) == 0.6);
    assert_true(tacro_uncertainty_draw(&law, 0.5, 0.001) == 0.05);
}

static void test_uncertainty_clip_moves_draws_to_the_limits(void **state)
{
    struct tacro_uncertainty law = law_of(TACRO_LAW_LOG, 0.5);
    (void)state;
    law.min = 1.0;
    law.max = 2.0;
    assert_true(tacro_uncertainty_draw(&law, 1.8, 1e-6) == 1.0);
    assert_true(tacro_uncertainty_draw(&law, 1.8, 1.0 - 1e-6) == 2.0);
    test_check_close("within", tacro_uncertainty_draw(&law, 1.8, 0.5), 1.8, 1e-15);
}

/*
 * N(0.3, 0.3) above 0 is N(0, 1) above -1: F(x) = (P(z) - P(-1)) / (1 - P(-1)), so the
 * quantile of u = (P(1) - P(-1)) / P(1) is z = 1, x = 0.6; that of
 * u = (0.5 - P(-1)) / P(1) is z = 0, x = 0.3.
 */
static void test_uncertainty_truncation_draws_from_what_is_left(void **state)
{
    struct tacro_uncertainty law = law_of(TACRO_LAW_TRUNCATED, 0.3);
    const double p1 = 0.84134474606854293;
    (void)state;
    law.min = 0.0;
    test_check_close("one sd", tacro_uncertainty_draw(&law, 0.3, (2.0 * p1 - 1.0) / p1),
                     0.6, 1e-12);
    test_check_close("mode", tacro_uncertainty_draw(&law, 0.3, (p1 - 0.5) / p1), 0.3,
                     1e-12);
    double before = -1.0;
    for (int i = 0; i < 1000; i++) { /* ascending, and none in a heap at 0 */
        const double x = tacro_uncertainty_draw(&law, 0.3, (i + 0.5) / 1000.0);
        assert_true(x > before && x > 0.0);
        before = x;
    }
    law.max = 0.6;
    test_check_close("both", tacro_uncertainty_draw(&law, 0.3, 0.5), 0.3, 1e-12);
    assert_true(tacro_uncertainty_draw(&law, 0.3, 1.0 - 1e-9) <= 0.6);
}

static void test_uncertainty_words_name_the_scale(void **state)
{
    static const struct {
        struct tacro_uncertainty law;
        const char *words;
    } rows[] = {
        {{.law = TACRO_LAW_NONE}, ""},
        {{.law = TACRO_LAW_NORMAL, .sd = 0.02}, "sd 0.02"},
        {{.law = TACRO_LAW_TRUNCATED, .sd = 0.3}, "sd 0.3"},
        {{.law = TACRO_LAW_LOG, .sd = 0.0895127}, "log sd 0.0895"},
        {{.law = TACRO_LAW_LOGIT, .sd = 0.55}, "logit sd 0.55"},
        {{.law = TACRO_LAW_BETA, .alpha = 18.5, .beta = 7.5}, "Beta(18.5, 7.5)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        tacro_uncertainty_words(&rows[i].law, text, sizeof text);
        assert_string_equal(text, rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uncertainty_laws_have_their_quantiles),
        cmocka_unit_test(test_uncertainty_anchors_have_their_published_limits),
        cmocka_unit_test(test_uncertainty_without_a_law_is_the_value),
        cmocka_unit_test(test_uncertainty_beta_is_the_quantile_within_the_limits),
        cmocka_unit_test(test_uncertainty_clip_moves_draws_to_the_limits),
        cmocka_unit_test(test_uncertainty_truncation_draws_from_what_is_left),
        cmocka_unit_test(test_uncertainty_words_name_the_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
