/**
 * Hazards walked along given levels against the engine's own, scales solved against
 * closed forms, draws against their laws.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calibrate/anchor.h"
#include "calibrate/draws.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define NSUBJECTS 70 /* a whole block and a padded one */
#define NDRAWS 20000

static const char cohort[] =
    "title: cohort\n"
    "pk: " TACRO_SOURCE_DIR "/params/pk/reference_lung.yaml\n"
    "risk: [" TACRO_SOURCE_DIR "/params/risk/pres_lung.yaml, " TACRO_SOURCE_DIR
    "/params/risk/rejection_lung.yaml]\n"
    "start: {day: 0, clock: \"08:00\"}\n"
    "horizon: 8752 h\n"
    "output: {every: 0.5 h}\n"
    "seed: 5\n"
    "patients: {n: 70}\n"
    "regimens: {a: {steps: [{give: 4 mg, every: 12 h}]}}\n";

/* What the calibration needs of a scenario, all of it at hand. */
struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_block_setup block;
    struct tacro_calibrator calibrator;
    struct tacro_courses *courses;
    struct tacro_calibrator_worker *worker;
};

/* The scenario, its levels over a year and a workspace. */
static struct fixture *make(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_courses_setup setup = {
        .npanels = 8752, .threads = 2, .total = NSUBJECTS};
    assert_non_null(f);
    test_method = &tacro_method_exact;
    f->scenario = test_scenario(cohort);
    f->block = test_setup(f->scenario, 1e-6, NULL);
    setup.block = &f->block;
    assert_int_equal(tacro_courses_create(f->scenario, &setup, &f->courses, &err),
                     TACRO_OK);
    f->calibrator.scenario = f->scenario;
    f->calibrator.block = &f->block;
    f->calibrator.courses = f->courses;
    for (size_t k = 0; k < 2; k++) {
        f->calibrator.npanels[k] = 8752;
        assert_int_equal(
            tacro_chain_find(f->block.system, k + 1, &f->calibrator.chain[k], &err),
            TACRO_OK);
    }
    assert_int_equal(tacro_calibrator_worker_create(&f->calibrator, &f->worker, &err),
                     TACRO_OK);
    return f;
}

static void drop(struct fixture *f)
{
    tacro_calibrator_worker_free(f->worker);
    tacro_courses_free(f->courses);
    tacro_scenario_free(f->scenario);
    free(f);
}

/* Over a year, with bioavailability that jumps and wanders from dose to dose. */
static void test_hazards_are_those_of_the_engine(void **state)
{
    static const char *const hazard[] = {"HP", "HR"};
    struct fixture *f = make();
    struct test_courses *engine;
    double value[64];
    (void)state;
    engine = test_run_courses(f->scenario, 0, NSUBJECTS, 1e-8, NULL);
    for (size_t k = 0; k < 2; k++) {
        const double *walked;
        double sum = 0.0;
        double expected = 0.0;
        tacro_numbers_central(f->scenario->input->risk[k], value);
        walked = tacro_calibrator_hazards(f->worker, k, value);
        for (size_t i = 0; i < NSUBJECTS; i++) {
            const double h = test_state_at(engine, i, hazard[k], 8752.0);
            test_check_close(hazard[k], walked[i], h, 1e-3);
            sum += walked[i];
            expected += h;
        }
        test_check_close("mean", sum, expected, 3e-4);
    }
    test_courses_free(engine);
    drop(f);
}

/* The numbers of a draw act as those of a file that has them as its values. */
static void test_numbers_of_a_draw_reach_the_hazard(void **state)
{
    struct fixture *f = make();
    double value[64];
    double before[NSUBJECTS];
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const struct tacro_paramset *set = f->scenario->input->risk[k];
        struct tacro_error err = {.status = TACRO_OK};
        tacro_numbers_central(set, value);
        memcpy(before, tacro_calibrator_hazards(f->worker, k, value), sizeof before);
        for (size_t i = 0; i < set->nuncertain; i++) {
            const struct tacro_uncertain *number = &set->uncertain[i];
            const bool acts = number->kind != TACRO_UNCERTAIN_AFTER &&
                              number->kind != TACRO_UNCERTAIN_INCIDENCE;
            const double *hazard;
            bool has_changed = false;
            value[i] = number->value + 0.1 * fabs(number->value) + 0.01;
            hazard = tacro_calibrator_hazards(f->worker, k, value);
            for (size_t l = 0; l < NSUBJECTS; l++) {
                has_changed = has_changed || hazard[l] != before[l];
            }
            value[i] = number->value;
            if (!acts) {
                assert_false(has_changed);
            }
            if (number->kind == TACRO_UNCERTAIN_THETA ||
                number->kind == TACRO_UNCERTAIN_SOLVED ||
                strcmp(number->name, "H0:age") == 0 ||
                strcmp(number->name, "LAM:bilateral") == 0) {
                assert_true(has_changed);
            }
        }
        assert_memory_equal(before, tacro_calibrator_hazards(f->worker, k, value),
                            sizeof before);
        assert_int_equal(tacro_calibrator_check(f->worker, k, &err), TACRO_OK);
    }
    drop(f);
}

/* A cohort with the solved scale has the incidence. */
static void test_solved_scale_gives_the_incidence(void **state)
{
    struct fixture *f = make();
    double value[64];
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const struct tacro_paramset *set = f->scenario->input->risk[k];
        const size_t at = tacro_numbers_find(set, TACRO_UNCERTAIN_INCIDENCE);
        for (uint32_t draw = 0; draw < 5; draw++) {
            struct tacro_error err = {.status = TACRO_OK};
            const double *hazard;
            double sum = 0.0;
            tacro_numbers_draw(set, 9, draw, value);
            assert_int_equal(tacro_calibrator_solve(f->worker, k, value, &err),
                             TACRO_OK);
            hazard = tacro_calibrator_hazards(f->worker, k, value);
            for (size_t i = 0; i < NSUBJECTS; i++) {
                sum += 1.0 - exp(-hazard[i]);
            }
            test_check_close("incidence", sum / NSUBJECTS, value[at], 1e-7);
        }
    }
    drop(f);
}

/* One hazard for all: theta = -ln(1 - p)/T. */
static void test_constant_hazard_has_a_closed_form(void **state)
{
    const double p[] = {1e-9, 0.0045, 0.013, 0.29, 0.5, 0.9, 0.999999};
    double a[100];
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        a[i] = 8752.0;
    }
    for (size_t i = 0; i < sizeof p / sizeof p[0]; i++) {
        struct tacro_error err = {.status = TACRO_OK};
        double scale = 0.0;
        assert_int_equal(tacro_anchor_solve(a, 100, p[i], &scale, &err), TACRO_OK);
        test_check_close("scale", scale, -log1p(-p[i]) / 8752.0, 1e-10);
    }
}

/* Half have a hazard, half have none: p/2 = (1 - exp(-scale)) / 2. */
static void test_a_share_without_hazard(void **state)
{
    const double a[] = {0.0, 1.0, 0.0, 1.0};
    struct tacro_error err = {.status = TACRO_OK};
    double scale = 0.0;
    (void)state;
    assert_int_equal(tacro_anchor_solve(a, 4, 0.2, &scale, &err), TACRO_OK);
    test_check_close("scale", scale, -log(1.0 - 0.4), 1e-12);
    assert_int_equal(tacro_anchor_solve(a, 4, 0.4999, &scale, &err), TACRO_OK);
    test_check_close("scale", scale, -log(1.0 - 0.9998), 1e-10);
    assert_int_equal(tacro_anchor_solve(a, 4, 0.5, &scale, &err), TACRO_EINPUT);
    assert_non_null(strstr(err.text, "0.5 cannot be reached"));
    assert_int_equal(tacro_anchor_solve(a, 4, 0.0, &scale, &err), TACRO_EINPUT);
}

/* Hazards that span ten decades, the incidence near the share of the large ones. */
static void test_hazards_of_all_sizes(void **state)
{
    double a[200];
    double sum = 0.0;
    double scale = 0.0;
    struct tacro_error err = {.status = TACRO_OK};
    (void)state;
    for (size_t i = 0; i < 200; i++) {
        a[i] = pow(10.0, -8.0 + 0.05 * (double)i);
    }
    assert_int_equal(tacro_anchor_solve(a, 200, 0.6, &scale, &err), TACRO_OK);
    for (size_t i = 0; i < 200; i++) {
        sum -= expm1(-scale * a[i]);
    }
    test_check_close("incidence", sum / 200.0, 0.6, 1e-12);
}

/* Mean and standard deviation of a number over draws, on the scale of its law. */
static void moments(const struct tacro_paramset *set, const double *table,
                    const char *name, double (*scale)(double), double *mean, double *sd)
{
    size_t at = 0;
    double sum = 0.0;
    double square = 0.0;
    while (at < set->nuncertain && strcmp(set->uncertain[at].name, name) != 0) {
        at++;
    }
    assert_true(at < set->nuncertain);
    for (size_t m = 0; m < NDRAWS; m++) {
        const double x = scale(table[m * set->nuncertain + at]);
        sum += x;
        square += x * x;
    }
    *mean = sum / NDRAWS;
    *sd = sqrt(square / NDRAWS - *mean * *mean);
}

static double as_is(double x)
{
    return x;
}

static double logit(double x)
{
    return log(x / (1.0 - x));
}

/* Within five standard errors. */
static void check_law(const struct tacro_paramset *set, const double *table,
                      const char *name, double (*scale)(double), double mean, double sd)
{
    double m = 0.0;
    double s = 0.0;
    moments(set, table, name, scale, &m, &s);
    if (!(fabs(m - mean) < 5.0 * sd / sqrt(NDRAWS)) ||
        !(fabs(s / sd - 1.0) < 5.0 / sqrt(2.0 * NDRAWS))) {
        fail_msg("%s: mean %g, expected %g; sd %g, expected %g", name, m, mean, s, sd);
    }
}

static double *draw_all(const struct tacro_paramset *set)
{
    double *table = malloc(NDRAWS * set->nuncertain * sizeof *table);
    assert_non_null(table);
    for (uint32_t m = 0; m < NDRAWS; m++) {
        tacro_numbers_draw(set, 1, m, table + m * set->nuncertain);
    }
    return table;
}

static void test_draws_have_the_laws_of_the_file(void **state)
{
    struct tacro_scenario *s = test_scenario(cohort);
    const struct tacro_paramset *pres = s->input->risk[0];
    const struct tacro_paramset *rejection = s->input->risk[1];
    double *p = draw_all(pres);
    double *r = draw_all(rejection);
    (void)state;
    check_law(pres, p, "KE", log, log(log(2.0) / 12.0), 0.6);
    check_law(pres, p, "TAUP", log, log(336.0), 0.5);
    check_law(pres, p, "H0:age", as_is, -0.05, 0.02);
    check_law(pres, p, "H0:sex", as_is, 0.60, 0.25);
    check_law(pres, p, "incidence", logit, logit(0.013), 0.55);
    check_law(pres, p, "M_ORG:organ:liver", as_is, log(0.72), 0.4);
    /* Beta(18.5, 7.5): mean a/(a+b), variance ab/((a+b)^2 (a+b+1)) */
    check_law(pres, p, "after.IMAGING", as_is, 18.5 / 26.0,
              sqrt(18.5 * 7.5 / (26.0 * 26.0 * 27.0)));
    check_law(rejection, r, "IMAX", logit, logit(0.80), 0.35);
    check_law(rejection, r, "B", log, 0.0, 0.35);
    check_law(rejection, r, "incidence", logit, logit(0.29), 0.25);
    free(p);
    free(r);
    tacro_scenario_free(s);
}

/* `replaces: true`: B * factor is lognormal(ln 0.7, 0.35), whatever B alone is. */
static void test_a_number_that_replaces(void **state)
{
    struct tacro_scenario *s = test_scenario(cohort);
    const struct tacro_paramset *set = s->input->risk[1];
    double value[64];
    double sum = 0.0;
    double square = 0.0;
    double with_b = 0.0;
    size_t b = 0;
    size_t factor = 0;
    (void)state;
    for (size_t i = 0; i < set->nuncertain; i++) {
        b = strcmp(set->uncertain[i].name, "B") == 0 ? i : b;
        factor = strncmp(set->uncertain[i].name, "B:induction", 11) == 0 ? i : factor;
    }
    assert_true(factor > b);
    for (uint32_t m = 0; m < NDRAWS; m++) {
        double x;
        tacro_numbers_draw(set, 1, m, value);
        x = log(value[b]) + value[factor];
        sum += x;
        square += x * x;
        with_b += x * log(value[b]);
    }
    sum /= NDRAWS;
    assert_true(fabs(sum - log(0.7)) < 5.0 * 0.35 / sqrt(NDRAWS));
    square = sqrt(square / NDRAWS - sum * sum);
    assert_true(fabs(square / 0.35 - 1.0) < 5.0 / sqrt(2.0 * NDRAWS));
    /* and independent of B */
    assert_true(fabs(with_b / NDRAWS) < 5.0 * 0.35 * 0.5 / sqrt(NDRAWS));
    tacro_scenario_free(s);
}

static void test_numbers_are_rounded_to_the_table(void **state)
{
    struct tacro_scenario *s = test_scenario(cohort);
    const struct tacro_paramset *set = s->input->risk[0];
    double value[64];
    double again[64];
    (void)state;
    tacro_numbers_draw(set, 3, 7, value);
    for (size_t i = 0; i < set->nuncertain; i++) {
        char text[32];
        if (set->uncertain[i].kind == TACRO_UNCERTAIN_SOLVED) {
            assert_true(isnan(value[i]));
            continue;
        }
        snprintf(text, sizeof text, "%.9g", value[i]);
        assert_true(strtod(text, NULL) == value[i]);
    }
    tacro_numbers_draw(set, 3, 8, again);
    assert_true(again[0] != value[0]);
    tacro_numbers_draw(set, 4, 7, again);
    assert_true(again[0] != value[0]);
    tacro_numbers_draw(set, 3, 7, again);
    assert_true(again[0] == value[0]);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hazards_are_those_of_the_engine),
        cmocka_unit_test(test_numbers_of_a_draw_reach_the_hazard),
        cmocka_unit_test(test_solved_scale_gives_the_incidence),
        cmocka_unit_test(test_constant_hazard_has_a_closed_form),
        cmocka_unit_test(test_a_share_without_hazard),
        cmocka_unit_test(test_hazards_of_all_sizes),
        cmocka_unit_test(test_draws_have_the_laws_of_the_file),
        cmocka_unit_test(test_a_number_that_replaces),
        cmocka_unit_test(test_numbers_are_rounded_to_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
