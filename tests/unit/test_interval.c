/** The law of a published interval or standard error, and 10,000 draws of each. */
#include "input/interval.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rng.h"
#include "input/uncertain.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define N 10000

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n"
    "parts: [first_order, 1cmt]\n"
    "theta:\n"
    "  CL: {value: 20 L/h, ci: 16-25 L/h, rse: 90 %, mark: P, from: f}\n"
    "  V1: {value: 220 L, rse: 30 %, mark: P, from: f}\n"
    "  KA: {half_life: 1 h, rse: 40 %, mark: P, from: f}\n"
    "  F1: {value: 0.8, ci: 0.5-0.94117647058823528, mark: P, from: f}\n"
    "  FABS: {value: 25 %, rse: 60 %, mark: P, from: f}\n"
    "omega:\n"
    "  CL: {cv: 40 %, ci: 30-53.3 %, mark: P, from: f}\n"
    "  V1: {variance: 0.25, rse: 40 %, mark: P, from: f}\n"
    "  KA: {log_sd: 0.5, rse: 40 %, mark: P, from: f}\n"
    "kappa:\n"
    "  F1: {cv: 100 %, rse: 10 %, mark: P, from: f}\n"
    "covariates:\n"
    "  - {parameter: CL, covariate: weight, kind: power, exponent: 0.1, ref: 70 kg, "
    "ci: -0.3-0.5, mark: P, from: f}\n"
    "  - {parameter: CL, covariate: hematocrit, kind: power, exponent: -1.2, ref: 0.3, "
    "rse: 25 %, mark: P, from: f}\n"
    "  - {parameter: CL, covariate: voriconazole, kind: factor, factor: 0.4, "
    "ci: 0.2-0.8, mark: P, from: f}\n"
    "  - {parameter: CL, covariate: bilateral, kind: factor, factor: 0.5, rse: 30 %, "
    "days: {to: 3}, mark: P, from: f}\n"
    "  - {parameter: CL, covariate: bilateral, kind: factor, factor: 0.8, rse: 30 %, "
    "days: {from: 4}, mark: P, from: f}\n"
    "  - {parameter: V1, covariate: weight, kind: power, exponent: 1, ref: 70 kg, "
    "mark: P, from: f}\n";

#define Q975 1.959963984540054

/* sqrt(ln(1 + rse^2)) */
static double log_sd(double rse)
{
    return sqrt(log1p(rse * rse));
}

static double logit(double x)
{
    return log(x / (1.0 - x));
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A quantile of n draws: within 4 standard errors of its rank. */
static void check_quantile(const char *name, const double *sorted, double p,
                           double want)
{
    const double slack = 4.0 * sqrt(N * p * (1.0 - p));
    const double low = sorted[(size_t)fmax(floor(N * p - slack), 0.0)];
    const double high = sorted[(size_t)fmin(ceil(N * p + slack), N - 1)];
    if (!(want >= low && want <= high)) {
        fail_msg("%s: quantile %g is %g to %g, expected %g", name, p, low, high, want);
    }
}

/* Of the scale of the law: ln, logit, or as it is. */
static double onto(enum tacro_law law, double x)
{
    return law == TACRO_LAW_LOG ? log(x) : law == TACRO_LAW_LOGIT ? logit(x) : x;
}

static void check_draws(const struct tacro_uncertain *number, double sd)
{
    static double value[N];
    const enum tacro_law law = number->uncertainty->law;
    for (uint32_t i = 0; i < N; i++) {
        const struct tacro_rng_key key = {
            .stream = TACRO_STREAM_THETA, .draw = i, .k = tacro_rng_name(number->name)};
        value[i] = tacro_uncertainty_draw(number->uncertainty, number->value,
                                          tacro_rng_uniform(&key));
        assert_true(law == TACRO_LAW_NORMAL || value[i] > 0.0);
        assert_true(law != TACRO_LAW_LOGIT || value[i] < 1.0);
        value[i] = onto(law, value[i]);
    }
    qsort(value, N, sizeof *value, ascending);
    const double centre = onto(law, number->value);
    check_quantile(number->name, value, 0.5, centre);
    check_quantile(number->name, value, 0.025, centre - Q975 * sd);
    check_quantile(number->name, value, 0.975, centre + Q975 * sd);
}

static void test_numbers_have_the_law_of_their_interval(void **state)
{
    const struct {
        const char *name;
        enum tacro_law law;
        double sd;
    } rows[] = {
        {"CL", TACRO_LAW_LOG, log(25.0 / 16.0) / (2.0 * Q975)}, /* ci before rse */
        {"V1", TACRO_LAW_LOG, log_sd(0.3)},
        {"KA", TACRO_LAW_LOG, log_sd(0.4)},
        {"F1", TACRO_LAW_LOGIT, log(16.0) / (2.0 * Q975)}, /* logits 0 and ln 16 */
        {"FABS", TACRO_LAW_LOGIT, 0.6 / 0.75},
        {"CL:weight", TACRO_LAW_NORMAL, 0.8 / (2.0 * Q975)},
        {"CL:hematocrit", TACRO_LAW_NORMAL, 0.3},
        {"CL:voriconazole", TACRO_LAW_NORMAL, log(4.0) / (2.0 * Q975)},
        {"CL:bilateral:days_1_3", TACRO_LAW_NORMAL, log_sd(0.3)},
        {"CL:bilateral:days_4_on", TACRO_LAW_NORMAL, log_sd(0.3)},
        {"omega.CL", TACRO_LAW_LOG,
         log(sqrt(log1p(0.533 * 0.533)) / sqrt(log1p(0.09))) / (2.0 * Q975)},
        {"omega.V1", TACRO_LAW_LOG, log_sd(0.4) / 2.0}, /* the sd is a square root */
        {"omega.KA", TACRO_LAW_LOG, log_sd(0.4)},
        {"kappa.F1", TACRO_LAW_LOG, log_sd(0.1) / (2.0 * log(2.0))},
    };
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    (void)state;
    assert_int_equal(set->nuncertain, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tacro_uncertain *u = &set->uncertain[i];
        assert_string_equal(u->name, rows[i].name);
        assert_int_equal(u->uncertainty->law, rows[i].law);
        test_check_close(u->name, u->uncertainty->sd, rows[i].sd, 1e-9);
        check_draws(u, rows[i].sd);
    }
    tacro_paramset_free(set);
}

static void test_spreads_are_on_the_log_scale(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    (void)state;
    test_check_close("cv", set->effect[0].omega, sqrt(log1p(0.16)), 1e-15);
    assert_true(set->effect[1].omega == 0.5 && set->effect[2].omega == 0.5);
    assert_string_equal(set->effect[1].omega_text, "omega^2 0.25");
    tacro_paramset_free(set);
}

static void test_signed_numbers_keep_their_sign(void **state)
{
    const struct tacro_precision interval = {.rse = 0.8};
    struct tacro_uncertainty law;
    struct tacro_notes notes = {0};
    struct tacro_reader reader = {.file = "f", .notes = &notes};
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        assert_true(tacro_interval_law(&reader, NULL, &interval, TACRO_SCALE_SIGNED,
                                       0.5 * sign, &law));
        assert_int_equal(law.law, TACRO_LAW_TRUNCATED);
        assert_true(law.sd == 0.4);
        assert_true(tacro_uncertainty_draw(&law, 0.5 * sign, 1e-9) * sign >= 0.0);
        assert_true(tacro_uncertainty_draw(&law, 0.5 * sign, 1 - 1e-9) * sign >= 0.0);
    }
    assert_int_equal(notes.n, 0);
}

static const struct test_bad_params bad[] = {
    {"variance: 0.25", "variance: 4.1", 15, "omega.V1.variance: 4.1 is outside 0 to 4"},
    {"variance: 0.25", "variance: 0.25, cv: 50 %", 15,
     "omega.V1: expected one of `cv`, `log_sd` and `variance`"},
    {"cv: 100 %", "cv: [{from: 0 d, value: 100 %}]", 18,
     "kappa.F1.rse: expected beside one value alone"},
    {"rse: 10 %", "ci: 0-140 %", 18, "kappa.F1.ci: 0-140 % is not that of a log-norm"},
    {"rse: 10 %", "rse: 400 %", 18, "kappa.F1.rse: 400 % (4) is outside 0 to 3"},
    {"rse: 25 %", "rse: -4 %", 21, "covariates[1].rse: -4 % (-0.04) is outside 0 to 3"},
    {"rse: 25 %", "rse: 0 %", 21, "covariates[1].rse: 0 % is not above 0"},
    {"exponent: -1.2", "exponent: 0", 21,
     "covariates[1].rse: the value 0 has no relative standard error, expected `ci`"},
    {"ci: 0.2-0.8", "uncertainty: {log_sd: 0.1}, replaces: true", 22,
     "covariates[2].replaces: a draw of a PK file has both numbers"},
    {"ci: 0.2-0.8", "ci: 0-0.8", 22,
     "covariates[2].ci: 0-0.8 is not that of a log-normal"},
    {"ci: 0.5-0.94117647058823528", "ci: 0.8-1", 11, "theta.F1.ci: 0.8-1 has no width"},
};

static void test_bad_intervals_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_have_the_law_of_their_interval),
        cmocka_unit_test(test_spreads_are_on_the_log_scale),
        cmocka_unit_test(test_signed_numbers_keep_their_sign),
        cmocka_unit_test(test_bad_intervals_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
