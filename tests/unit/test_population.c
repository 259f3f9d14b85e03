/**
 * Covariates of a patient: given, stepped, drawn from the scenario or the reference.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine.h"

#define N 40000

#define NSTEPS 200000 /* midpoints of the density */

/*
 * A scenario of both risk files; `patients` are lines of its map, `steps` of a regimen.
 */
static double test_at_least(const struct tacro_input *input, const double *drawn,
                            enum tacro_covariate_id id, double t, double at_least)
{
    const struct tacro_relation r = {
        .covariate = id, .is_indicator = true, .at_least = at_least};
    return tacro_population_is_set(input, drawn, 0, &r, t);
}

static double test_level(const struct tacro_input *input, const double *drawn,
                         enum tacro_covariate_id id, double t, double level)
{
    const struct tacro_relation r = {.covariate = id, .is_level = true, .level = level};
    return tacro_population_is_set(input, drawn, 0, &r, t);
}

static struct tacro_scenario *open_with(const char *patients, const char *regimens)
{
    char text[4096];
    snprintf(text, sizeof text,
             "title: population\n"
             "pk: sikma2020_thoracic_icu\n"
             "risk: [pres_lung, rejection_lung]\n"
             "start: {day: 0, clock: \"08:00\"}\n"
             "horizon: 4 d\n"
             "output: {every: 6 h}\n"
             "seed: 7\n"
             "draws: 1\n"
             "patients:\n"
             "  n: 50000\n"
             "%s"
             "regimens:\n"
             "%s",
             patients, regimens);
    return test_scenario(text);
}

static const char one_regimen[] = "  a: {steps: [{give: 3 mg, every: 12 h}]}\n";

static double draw_of(const struct tacro_scenario *s, enum tacro_covariate_id id,
                      uint64_t patient)
{
    double value[TACRO_NCOVARIATES];
    tacro_population_draw(s->input, 0, patient, value);
    return tacro_population_at(s->input, value, id, 0.0);
}

static void test_population_constant_is_the_same_for_all_at_all_times(void **state)
{
    struct tacro_scenario *s = open_with("  hematocrit: 0.31\n"
                                         "  age: 36 y\n"
                                         "  sex: female\n"
                                         "  bilateral: true\n",
                                         one_regimen);
    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        double value[TACRO_NCOVARIATES];
        tacro_population_draw(s->input, 0, i, value);
        assert_true(value[TACRO_COV_hematocrit] == 0.31);
        assert_true(value[TACRO_COV_age] == 36.0);
        assert_true(value[TACRO_COV_sex] == 1.0);
        assert_true(value[TACRO_COV_bilateral] == 1.0);
        assert_true(tacro_population_at(s->input, value, TACRO_COV_hematocrit, 96.0) ==
                    0.31);
    }
    assert_false(tacro_population_is_stepped(s->input, TACRO_COV_hematocrit));
    tacro_scenario_free(s);
}

static void test_population_steps_hold_from_their_instant_on(void **state)
{
    struct tacro_scenario *s =
        open_with("  hematocrit: [{from: 0 d, value: 0.31}, {from: "
                  "2 d, value: 0.27}, {from: 60 h, value: 0.29}]\n",
                  one_regimen);
    static const struct {
        double t;
        double value;
    } row[] = {{-5.0, 0.31},   {0.0, 0.31},
               {47.999, 0.31}, {48.0 - 1e-10, 0.27}, /* rounding of a clock time */
               {48.0, 0.27},   {59.999, 0.27},
               {60.0, 0.29},   {1000.0, 0.29}};
    double value[TACRO_NCOVARIATES];
    (void)state;
    tacro_population_draw(s->input, 0, 3, value);
    assert_true(isnan(value[TACRO_COV_hematocrit]));
    assert_true(tacro_population_is_stepped(s->input, TACRO_COV_hematocrit));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_true(tacro_population_at(s->input, value, TACRO_COV_hematocrit,
                                        row[i].t) == row[i].value);
    }
    tacro_scenario_free(s);
}

/*
 * Mean, variance and fourth central moment of a normal cut to [low, high], numerically.
 */
static void truncated_moments(double mean, double sd, double low, double high,
                              double *m1, double *m2, double *m4)
{
    double sum[3] = {0.0, 0.0, 0.0};
    const double h = (high - low) / NSTEPS;
    for (int i = 0; i < NSTEPS; i++) {
        const double x = low + (i + 0.5) * h;
        const double p = exp(-0.5 * (x - mean) * (x - mean) / (sd * sd));
        sum[0] += p;
        sum[1] += p * x;
    }
    *m1 = sum[1] / sum[0];
    sum[1] = 0.0;
    for (int i = 0; i < NSTEPS; i++) {
        const double x = low + (i + 0.5) * h;
        const double p = exp(-0.5 * (x - mean) * (x - mean) / (sd * sd));
        sum[1] += p * pow(x - *m1, 2.0);
        sum[2] += p * pow(x - *m1, 4.0);
    }
    *m2 = sum[1] / sum[0];
    *m4 = sum[2] / sum[0];
}

/* Moments of N draws within 4 standard errors; all draws inside the limits. */
static void check_moments(const struct tacro_scenario *s, enum tacro_covariate_id id,
                          double low, double high, double m1, double m2, double m4)
{
    double mean = 0.0;
    double variance = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        const double x = draw_of(s, id, i);
        assert_true(x >= low && x <= high);
        mean += (x - m1) / N;
        variance += (x - m1) * (x - m1) / N;
    }
    if (!(fabs(mean) < 4.0 * sqrt(m2 / N))) {
        fail_msg("mean off by %g, standard error %g", mean, sqrt(m2 / N));
    }
    if (!(fabs(variance - m2) < 4.0 * sqrt((m4 - m2 * m2) / N))) {
        fail_msg("variance %g, expected %g, standard error %g", variance, m2,
                 sqrt((m4 - m2 * m2) / N));
    }
}

static void
test_population_truncated_normal_has_the_moments_of_the_cut_density(void **state)
{
    struct tacro_scenario *s = open_with(
        "  hematocrit: {mean: 0.30, sd: 0.08, min: 0.24, max: 0.5}\n", one_regimen);
    double m1;
    double m2;
    double m4;
    (void)state;
    truncated_moments(0.30, 0.08, 0.24, 0.5, &m1, &m2, &m4);
    check_moments(s, TACRO_COV_hematocrit, 0.24, 0.5, m1, m2, m4);
    tacro_scenario_free(s);
}

/* Clipping leaves point masses Phi(a) and 1 - Phi(b) on the limits. */
static void test_population_clipped_normal_piles_up_on_its_limits(void **state)
{
    struct tacro_scenario *s = open_with(
        "  hematocrit: {mean: 0.30, sd: 0.08, min: 0.24, max: 0.5, outside: clip}\n",
        one_regimen);
    const double below = 0.5 * erfc(0.06 / 0.08 / sqrt(2.0));
    const double above = 0.5 * erfc(0.20 / 0.08 / sqrt(2.0));
    double n[2] = {0.0, 0.0};
    (void)state;
    for (uint64_t i = 0; i < N; i++) {
        const double x = draw_of(s, TACRO_COV_hematocrit, i);
        assert_true(x >= 0.24 && x <= 0.5);
        n[0] += x == 0.24;
        n[1] += x == 0.5;
    }
    assert_true(fabs(n[0] / N - below) < 4.0 * sqrt(below * (1.0 - below) / N));
    assert_true(fabs(n[1] / N - above) < 4.0 * sqrt(above * (1.0 - above) / N));
    tacro_scenario_free(s);
}

static void test_population_probability_gives_that_share(void **state)
{
    struct tacro_scenario *s =
        open_with("  hematocrit: 0.3\n"
                  "  aki: {probability: 0.46}\n"
                  "  hla_mismatches: {probability: 0.2, value: 5}\n",
                  one_regimen);
    double aki = 0.0;
    double hla = 0.0;
    (void)state;
    for (uint64_t i = 0; i < N; i++) {
        const double a = draw_of(s, TACRO_COV_aki, i);
        const double h = draw_of(s, TACRO_COV_hla_mismatches, i);
        assert_true(a == 0.0 || a == 1.0);
        assert_true(h == 0.0 || h == 5.0);
        aki += a;
        hla += h / 5.0;
    }
    assert_true(fabs(aki / N - 0.46) < 4.0 * sqrt(0.46 * 0.54 / N));
    assert_true(fabs(hla / N - 0.2) < 4.0 * sqrt(0.2 * 0.8 / N));
    tacro_scenario_free(s);
}

/* Reference population of pres_lung: 24 % below 45 y, none from 45 y on. */
static void test_population_below_age_draws_none_above_it(void **state)
{
    struct tacro_scenario *s = open_with("  hematocrit: 0.3\n", one_regimen);
    double young = 0.0;
    double ill = 0.0;
    (void)state;
    for (uint64_t i = 0; i < N; i++) {
        const double age = draw_of(s, TACRO_COV_age, i);
        const double cf = draw_of(s, TACRO_COV_cystic_fibrosis, i);
        young += age < 45.0;
        ill += cf;
        assert_true(age < 45.0 || cf == 0.0);
    }
    assert_true(young > 10000.0);
    assert_true(fabs(ill / young - 0.24) < 4.0 * sqrt(0.24 * 0.76 / young));
    tacro_scenario_free(s);
}

static void test_population_absent_or_unknown_comes_from_the_reference(void **state)
{
    struct tacro_scenario *absent = open_with("  hematocrit: 0.3\n", one_regimen);
    struct tacro_scenario *unknown = open_with(
        "  hematocrit: 0.3\n  hla_mismatches: unknown\n  map: unknown\n", one_regimen);
    double m[3] = {95.0, 169.0, 3.0 * 169.0 * 169.0}; /* normal, mean 95, sd 13 mmHg */
    (void)state;
    check_moments(absent, TACRO_COV_map, 20.0, 250.0, m[0], m[1], m[2]);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(draw_of(absent, TACRO_COV_map, i) ==
                    draw_of(unknown, TACRO_COV_map, i));
        assert_true(draw_of(absent, TACRO_COV_hla_mismatches, i) ==
                    draw_of(unknown, TACRO_COV_hla_mismatches, i));
        /* in no reference population */
        assert_true(draw_of(absent, TACRO_COV_voriconazole, i) == 0.0);
    }
    tacro_scenario_free(absent);
    tacro_scenario_free(unknown);
}

static void test_population_known_value_beats_the_reference(void **state)
{
    struct tacro_scenario *s = open_with("  hematocrit: 0.3\n"
                                         "  hla_mismatches: 2\n"
                                         "  age: 60 y\n"
                                         "  cystic_fibrosis: true\n",
                                         one_regimen);
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        assert_true(draw_of(s, TACRO_COV_hla_mismatches, i) == 2.0);
        assert_true(draw_of(s, TACRO_COV_age, i) == 60.0);
        assert_true(draw_of(s, TACRO_COV_cystic_fibrosis, i) == 1.0);
    }
    tacro_scenario_free(s);
}

/* What else the scenario says changes nobody: each covariate has a key of its own. */
static void test_population_same_patient_whatever_else_the_scenario_has(void **state)
{
    struct tacro_scenario *few =
        open_with("  hematocrit: {mean: 0.3, cv: 10 %}\n", one_regimen);
    struct tacro_scenario *many =
        open_with("  hematocrit: {mean: 0.3, cv: 10 %}\n"
                  "  aki: {probability: 0.5}\n"
                  "  sex: male\n",
                  "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                  "  b: {steps: [{give: 1 mg, every: 8 h}]}\n"
                  "reference: a\n");
    (void)state;
    for (uint64_t i = 0; i < 500; i++) {
        assert_true(draw_of(few, TACRO_COV_hematocrit, i) ==
                    draw_of(many, TACRO_COV_hematocrit, i));
        assert_true(draw_of(few, TACRO_COV_map, i) == draw_of(many, TACRO_COV_map, i));
        assert_true(draw_of(few, TACRO_COV_age, i) == draw_of(many, TACRO_COV_age, i));
        assert_true(draw_of(many, TACRO_COV_sex, i) == 0.0);
    }
    tacro_scenario_free(few);
    tacro_scenario_free(many);
}

static void test_population_draws_are_other_people(void **state)
{
    struct tacro_scenario *s =
        open_with("  hematocrit: {mean: 0.3, cv: 10 %}\n", one_regimen);
    double a[TACRO_NCOVARIATES];
    double b[TACRO_NCOVARIATES];
    (void)state;
    tacro_population_draw(s->input, 0, 5, a);
    tacro_population_draw(s->input, 1, 5, b);
    assert_true(a[TACRO_COV_hematocrit] != b[TACRO_COV_hematocrit]);
    tacro_population_draw(s->input, 0, 6, b);
    assert_true(a[TACRO_COV_hematocrit] != b[TACRO_COV_hematocrit]);
    assert_true(a[TACRO_COV_map] != b[TACRO_COV_map]);
    tacro_scenario_free(s);
}

static void test_population_typical_patient_has_means(void **state)
{
    struct tacro_scenario *s =
        test_scenario("title: typical\n"
                      "pk: sikma2020_thoracic_icu\n"
                      "risk: [pres_lung, rejection_lung]\n"
                      "start: {day: 0, clock: \"08:00\"}\n"
                      "horizon: 4 d\n"
                      "output: {every: 6 h}\n"
                      "seed: 7\n"
                      "draws: 1\n"
                      "patients:\n"
                      "  typical: true\n"
                      "  hematocrit: {mean: 0.30, sd: 0.08, min: 0.29, max: 0.5}\n"
                      "  map: {mean: 99 mmHg, sd: 30 mmHg, outside: clip}\n"
                      "  aki: {probability: 0.46}\n"
                      "regimens:\n"
                      "  a: {steps: [{give: 3 mg, every: 12 h}]}\n");
    double v[TACRO_NCOVARIATES];
    (void)state;
    tacro_population_draw(s->input, 0, 0, v);
    assert_true(v[TACRO_COV_hematocrit] == 0.30);
    assert_true(v[TACRO_COV_map] == 99.0);
    assert_true(v[TACRO_COV_aki] == 0.46);
    assert_true(v[TACRO_COV_age] == 50.0);
    assert_true(v[TACRO_COV_hla_mismatches] == 0.75 * 4.0);
    /* the mean of an indicator is its probability, not the indicator of the mean */
    assert_true(test_at_least(s->input, v, TACRO_COV_hla_mismatches, 0, 4.0) == 0.75);
    assert_true(test_at_least(s->input, v, TACRO_COV_hla_mismatches, 0, 5.0) == 0.0);
    assert_true(v[TACRO_COV_cystic_fibrosis] == 0.0); /* 50 y is above 45 y */
    tacro_scenario_free(s);
}

/* A default is the same for all; a scenario may say otherwise. */
static void test_population_default_of_the_reference_holds_for_all(void **state)
{
    struct tacro_scenario *none = open_with("  hematocrit: 0.3\n", one_regimen);
    struct tacro_scenario *liver =
        open_with("  hematocrit: 0.3\n  organ: liver\n  induction: [{from: 0 d, value: "
                  "basiliximab}, {from: 2 d, value: none}]\n  intravenous: true\n",
                  one_regimen);
    double v[TACRO_NCOVARIATES];
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        tacro_population_draw(none->input, 0, i, v);
        assert_true(v[TACRO_COV_organ] == 0.0 && v[TACRO_COV_induction] == 0.0);
        assert_true(v[TACRO_COV_intravenous] == 0.0);
        assert_true(test_level(none->input, v, TACRO_COV_organ, 0.0, 0.0) == 1.0);
        assert_true(test_level(none->input, v, TACRO_COV_organ, 0.0, 2.0) == 0.0);
    }
    tacro_population_draw(liver->input, 0, 0, v);
    assert_true(v[TACRO_COV_organ] == 2.0 && v[TACRO_COV_intravenous] == 1.0);
    assert_true(test_level(liver->input, v, TACRO_COV_organ, 0.0, 2.0) == 1.0);
    assert_true(test_level(liver->input, v, TACRO_COV_induction, 47.0, 1.0) == 1.0);
    assert_true(test_level(liver->input, v, TACRO_COV_induction, 48.0, 1.0) == 0.0);
    tacro_scenario_free(none);
    tacro_scenario_free(liver);
}

static double share_of(const char *patients, enum tacro_covariate_id id)
{
    struct tacro_scenario *s = open_with(patients, one_regimen);
    double sum = 0.0;
    for (uint64_t i = 0; i < 2000; i++) {
        sum += draw_of(s, id, i);
    }
    tacro_scenario_free(s);
    return sum / 2000.0;
}

/* 24 % below 45 y: 4 standard errors of 2000 draws are 4 %. */
static void test_population_known_disease_rules_another_out(void **state)
{
    static const enum tacro_covariate_id cf = TACRO_COV_cystic_fibrosis;
    (void)state;
    assert_true(share_of("  hematocrit: 0.3\n  age: 30 y\n"
                         "  connective_tissue_disease: true\n",
                         cf) == 0.0);
    assert_true(fabs(share_of("  hematocrit: 0.3\n  age: 30 y\n"
                              "  connective_tissue_disease: false\n",
                              cf) -
                     0.24) < 0.04);
    /* drawn to have the one, it may have the other */
    assert_true(fabs(share_of("  hematocrit: 0.3\n  age: 30 y\n"
                              "  connective_tissue_disease: {probability: 100 %}\n",
                              cf) -
                     0.24) < 0.04);
    /* what the scenario gives holds */
    assert_true(share_of("  hematocrit: 0.3\n  age: 30 y\n  cystic_fibrosis: true\n"
                         "  connective_tissue_disease: true\n",
                         cf) == 1.0);
}

static void test_population_indicator_is_one_from_its_threshold_on(void **state)
{
    struct tacro_scenario *s = open_with(
        "  hematocrit: 0.3\n  hla_mismatches: [{from: 0 d, value: 3}, {from: 1 d, "
        "value: 4}, {from: 2 d, value: 5}]\n",
        one_regimen);
    double v[TACRO_NCOVARIATES];
    (void)state;
    tacro_population_draw(s->input, 0, 0, v);
    assert_true(test_at_least(s->input, v, TACRO_COV_hla_mismatches, 0, 4) == 0.0);
    assert_true(test_at_least(s->input, v, TACRO_COV_hla_mismatches, 24, 4) == 1.0);
    assert_true(test_at_least(s->input, v, TACRO_COV_hla_mismatches, 48, 4) == 1.0);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_population_constant_is_the_same_for_all_at_all_times),
        cmocka_unit_test(test_population_steps_hold_from_their_instant_on),
        cmocka_unit_test(
            test_population_truncated_normal_has_the_moments_of_the_cut_density),
        cmocka_unit_test(test_population_clipped_normal_piles_up_on_its_limits),
        cmocka_unit_test(test_population_probability_gives_that_share),
        cmocka_unit_test(test_population_below_age_draws_none_above_it),
        cmocka_unit_test(test_population_absent_or_unknown_comes_from_the_reference),
        cmocka_unit_test(test_population_known_value_beats_the_reference),
        cmocka_unit_test(test_population_same_patient_whatever_else_the_scenario_has),
        cmocka_unit_test(test_population_draws_are_other_people),
        cmocka_unit_test(test_population_typical_patient_has_means),
        cmocka_unit_test(test_population_default_of_the_reference_holds_for_all),
        cmocka_unit_test(test_population_known_disease_rules_another_out),
        cmocka_unit_test(test_population_indicator_is_one_from_its_threshold_on),
    };
    return cmocka_run_group_tests_name("population", tests, NULL, NULL);
}
