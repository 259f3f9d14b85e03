/** Individual parameters: THETA x multiplier x covariates x exp(ETA + kappa). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rng.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

/* A product of a few rounded factors, one of them exp of a sum of up to ten terms. */
#define TOL_ROUNDING 1e-13

static const char frame[] = "title: subject\n"
                            "pk: sikma2020_thoracic_icu\n"
                            "risk: [pres_lung, rejection_lung]\n"
                            "start: {day: 0, clock: \"08:00\"}\n"
                            "horizon: 6 d\n"
                            "output: {every: 6 h}\n"
                            "seed: 7\n"
                            "draws: 1\n";

static const char one_regimen[] = "  a: {steps: [{give: 3 mg, every: 12 h}]}\n";

static struct tacro_scenario *open_with(const char *patients, const char *top,
                                        const char *regimens)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%spatients:\n%sregimens:\n%s", frame, top, patients,
             regimens);
    return test_scenario(text);
}

/* Rule of a parameter; set 0 is the PK file, 1 PRES, 2 rejection. */
static size_t rule_of(const struct tacro_scenario *s, size_t set, const char *name)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (s->rules->rule[i].set == set &&
            strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

static double normal_of(const struct tacro_scenario *s, enum tacro_stream stream,
                        uint64_t patient, int32_t slot, const char *name)
{
    const struct tacro_rng_key key = {.seed = s->input->seed,
                                      .stream = stream,
                                      .patient = patient,
                                      .occasion = slot,
                                      .k = tacro_rng_name(name)};
    return tacro_rng_normal(&key);
}

static void test_rules_follow_the_files_and_their_thetas(void **state)
{
    static const char *const pk[] = {"CL", "V1",   "Q",  "V2",      "KA",
                                     "F1", "BMAX", "KD", "NPLASMA", "HCT"};
    struct tacro_scenario *s =
        open_with("  n: 3\n  hematocrit: 0.3\n", "", one_regimen);
    (void)state;
    assert_int_equal(s->rules->n, 10 + 9 + 11);
    for (size_t i = 0; i < 10; i++) {
        assert_string_equal(s->rules->rule[i].theta->name, pk[i]);
        assert_int_equal(s->rules->rule[i].set, 0);
    }
    assert_string_equal(s->rules->rule[10].theta->name, "KE0");
    assert_int_equal(s->rules->rule[10].set, 1);
    assert_string_equal(s->rules->rule[19].theta->name, "KI");
    assert_int_equal(s->rules->rule[19].set, 2);
    assert_int_equal(s->rules->f1, 5);
    tacro_scenario_free(s);
}

/* Names, not positions, are the keys: `pk.CL`, `pres.H0`. */
static void test_subject_eta_and_kappa_are_keyed_by_name_patient_and_slot(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 300\n  hematocrit: 0.3\n", "", one_regimen);
    const size_t cl = rule_of(s, 0, "CL");
    const size_t ka = rule_of(s, 0, "KA");
    const double omega = sqrt(log(1.0 + 0.421 * 0.421));
    const double iiv = sqrt(log(1.0 + 0.10 * 0.10));
    const double iov = sqrt(log(1.0 + 0.983 * 0.983));
    (void)state;
    for (uint64_t i = 0; i < 300; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        assert_int_equal(x.index, i);
        assert_int_equal(x.draw, 0);
        assert_int_equal(x.patient, i);
        test_check_close("CL", tacro_subject_value(s->rules, cl, &x, 30.0, 2),
                         20.9 *
                             exp(omega * normal_of(s, TACRO_STREAM_ETA, i, 0, "pk.CL")),
                         TOL_ROUNDING);
        for (int32_t slot = -2; slot < 4; slot++) {
            test_check_close(
                "KA", tacro_subject_value(s->rules, ka, &x, 0.0, slot),
                0.579 * exp(iiv * normal_of(s, TACRO_STREAM_ETA, i, 0, "pk.KA") +
                            iov * normal_of(s, TACRO_STREAM_KAPPA, i, slot, "pk.KA")),
                TOL_ROUNDING);
        }
    }
    tacro_scenario_free(s);
}

static void test_subject_without_kappa_is_the_same_in_every_slot(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 3\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_subject x;
    (void)state;
    tacro_subject_draw(s->rules, 1, &x);
    for (size_t i = 0; i < s->rules->n; i++) {
        const double a = tacro_subject_value(s->rules, i, &x, 0.0, 0);
        const double b = tacro_subject_value(s->rules, i, &x, 100.0, 8);
        const bool has_kappa = i == rule_of(s, 0, "KA") || i == rule_of(s, 0, "F1");
        assert_int_equal(a != b, has_kappa);
        assert_int_equal(s->rules->rule[i].is_dynamic, has_kappa);
        assert_true(has_kappa || a == x.fixed[i]);
    }
    tacro_scenario_free(s);
}

static void test_subject_index_counts_draw_major(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 30\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_subject x;
    (void)state;
    s->input->ndraws = 3;
    tacro_subject_draw(s->rules, 65, &x);
    assert_int_equal(x.index, 65);
    assert_int_equal(x.draw, 2);
    assert_int_equal(x.patient, 5);
    tacro_scenario_free(s);
}

static void test_subject_typical_has_no_random_effect(void **state)
{
    struct tacro_scenario *s =
        open_with("  typical: true\n  hematocrit: 0.3\n  age: 50 y\n  sex: male\n"
                  "  map: 90 mmHg\n  aki: false\n  infection: false\n"
                  "  hypomagnesemia: false\n  cystic_fibrosis: false\n"
                  "  connective_tissue_disease: false\n",
                  "", one_regimen);
    struct tacro_subject x;
    (void)state;
    tacro_subject_draw(s->rules, 0, &x);
    for (size_t i = 0; i < s->rules->n; i++) {
        const bool is_hct = i == rule_of(s, 0, "HCT");
        const double want = is_hct ? 0.3 : s->rules->rule[i].typical;
        const double first = tacro_subject_value(s->rules, i, &x, 0.0, 0);
        const double later = tacro_subject_value(s->rules, i, &x, 60.0, 5);
        /* hla_mismatches and bilateral: the mean of each indicator is its reference */
        test_check_close(s->rules->rule[i].theta->name, first, want, TOL_ROUNDING);
        assert_true(first == later);
    }
    tacro_scenario_free(s);
}

/* Frailty: exp(omega z - omega^2/2), mean 1; 0.7 and 0.5 in the shipped files. */
static void test_subject_frailty_is_scaled_to_mean_one(void **state)
{
    struct tacro_scenario *s = open_with(
        "  n: 50\n  hematocrit: 0.3\n  hla_mismatches: 4\n  bilateral: false\n", "",
        one_regimen);
    const size_t lam = rule_of(s, 2, "LAM");
    (void)state;
    assert_true(s->rules->rule[lam].has_mean_one);
    for (uint64_t i = 0; i < 50; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        test_check_close(
            "LAM", x.fixed[lam],
            0.032 / 24.0 *
                exp(0.5 * normal_of(s, TACRO_STREAM_ETA, i, 0, "rejection.LAM") -
                    0.125 + 0.72 * (1.0 - 0.75) - 0.56 * (0.0 - 0.75)),
            TOL_ROUNDING);
    }
    tacro_scenario_free(s);
}

/* pres_lung: age slope -0.05 1/y about 50 y between 18 and 72 y, and so on. */
static void test_subject_covariates_multiply_as_the_file_says(void **state)
{
    static const struct {
        const char *patients;
        double log_factor;
    } row[] = {
        {"  age: 36 y\n", 0.7},
        {"  age: 80 y\n", -1.1},
        {"  age: 16 y\n", 1.6},
        {"  age: 50 y\n  sex: female\n", 0.6},
        {"  age: 50 y\n  map: 115 mmHg\n", 0.7},
        {"  age: 50 y\n  map: 80 mmHg\n", 0.0},
        {"  age: 50 y\n  map: 170 mmHg\n", 2.1},
        {"  age: 50 y\n  aki: true\n  infection: true\n", 1.3},
        {"  age: 40 y\n  cystic_fibrosis: true\n", 1.4},
        {"  age: 50 y\n  ecmo: true\n  steroid_pulse: true\n", 0.0},
    };
    static const char *const rest[] = {"sex: male",
                                       "map: 95 mmHg",
                                       "aki: false",
                                       "infection: false",
                                       "hypomagnesemia: false",
                                       "cystic_fibrosis: false",
                                       "connective_tissue_disease: false"};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char patients[1024];
        struct tacro_scenario *s;
        struct tacro_subject x;
        int n = snprintf(patients, sizeof patients,
                         "  typical: true\n  hematocrit: 0.3\n%s", row[i].patients);
        for (size_t k = 0; k < sizeof rest / sizeof rest[0]; k++) {
            char key[64];
            snprintf(key, sizeof key, "  %.*s:", (int)strcspn(rest[k], ":"), rest[k]);
            if (strstr(row[i].patients, key) == NULL) {
                n += snprintf(patients + n, sizeof patients - (size_t)n, "  %s\n",
                              rest[k]);
            }
        }
        s = open_with(patients, "", one_regimen);
        tacro_subject_draw(s->rules, 0, &x);
        test_check_close(row[i].patients, x.fixed[rule_of(s, 1, "H0")],
                         1.6e-4 / 24.0 * exp(row[i].log_factor), TOL_ROUNDING);
        tacro_scenario_free(s);
    }
}

static void test_subject_stepped_covariate_changes_the_parameter_in_time(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 2\n  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: "
                  "0.27}]\n  map: [{from: 0 d, value: 105 mmHg}, {from: 3 d, value: 95 "
                  "mmHg}]\n",
                  "", one_regimen);
    const size_t h0 = rule_of(s, 1, "H0");
    const size_t hct = rule_of(s, 0, "HCT");
    struct tacro_subject x;
    (void)state;
    tacro_subject_draw(s->rules, 1, &x);
    assert_true(tacro_subject_value(s->rules, hct, &x, 47.9, 3) == 0.31);
    assert_true(tacro_subject_value(s->rules, hct, &x, 48.0, 4) == 0.27);
    test_check_close("H0", tacro_subject_value(s->rules, h0, &x, 71.9, 5),
                     tacro_subject_value(s->rules, h0, &x, 72.0, 6) * exp(0.35),
                     TOL_ROUNDING);
    assert_true(x.fixed[h0] == tacro_subject_value(s->rules, h0, &x, 0.0, 0));
    assert_true(s->rules->rule[h0].is_dynamic);
    tacro_scenario_free(s);
}

static void test_subject_multiply_scales_from_its_time_on(void **state)
{
    struct tacro_scenario *plain =
        open_with("  n: 5\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_scenario *s = open_with(
        "  n: 5\n  hematocrit: 0.3\n",
        "multiply: {CL: [{from: 1 d, value: 0.2}, {from: 4 d, value: 0.5}]}\n",
        one_regimen);
    const size_t cl = rule_of(s, 0, "CL");
    struct tacro_subject x;
    struct tacro_subject same;
    (void)state;
    tacro_subject_draw(s->rules, 3, &x);
    tacro_subject_draw(plain->rules, 3, &same);
    assert_true(tacro_subject_value(s->rules, cl, &x, 0.0, 0) == same.fixed[cl]);
    test_check_close("23 h", tacro_subject_value(s->rules, cl, &x, 23.0, 1),
                     same.fixed[cl], 0.0);
    test_check_close("24 h", tacro_subject_value(s->rules, cl, &x, 24.0, 2),
                     0.2 * same.fixed[cl], TOL_ROUNDING);
    test_check_close("96 h", tacro_subject_value(s->rules, cl, &x, 96.0, 8),
                     0.5 * same.fixed[cl], TOL_ROUNDING);
    tacro_scenario_free(s);
    tacro_scenario_free(plain);
}

static void test_subject_parameters_replace_the_typical_value_alone(void **state)
{
    struct tacro_scenario *plain =
        open_with("  n: 5\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_scenario *s = open_with("  n: 5\n  hematocrit: 0.3\n",
                                         "parameters: {CL: 4.18 L/h}\n", one_regimen);
    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        struct tacro_subject x;
        struct tacro_subject same;
        tacro_subject_draw(s->rules, i, &x);
        tacro_subject_draw(plain->rules, i, &same);
        for (size_t k = 0; k < s->rules->n; k++) {
            const double factor = k == rule_of(s, 0, "CL") ? 0.2 : 1.0;
            test_check_close(s->rules->rule[k].theta->name, x.fixed[k],
                             factor * same.fixed[k], TOL_ROUNDING);
        }
    }
    tacro_scenario_free(s);
    tacro_scenario_free(plain);
}

static void test_subject_trough_to_mean_is_the_pk_file_s(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 1\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_subject x;
    (void)state;
    tacro_subject_draw(s->rules, 0, &x);
    test_check_close("PHI", x.fixed[rule_of(s, 2, "PHI")], 0.7801, TOL_ROUNDING);
    tacro_scenario_free(s);
}

/*
 * Covariates, ETAs and kappas of a patient: the same under whatever regimens there are.
 */
static void test_subject_more_regimens_or_covariates_change_nobody(void **state)
{
    struct tacro_scenario *few =
        open_with("  n: 50\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_scenario *many = open_with(
        "  n: 5000\n  hematocrit: 0.3\n  weight: {mean: 50 kg, cv: 20 %}\n", "",
        "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
        "  b: {steps: [{give: 3 mg, every: 12 h, for: 1 d}, {hold: 3 d}, {give: 1 "
        "mg, every: 8 h}]}\n"
        "reference: a\n");
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct tacro_subject x;
        struct tacro_subject y;
        tacro_subject_draw(few->rules, i, &x);
        tacro_subject_draw(many->rules, i, &y);
        for (size_t k = 0; k < few->rules->n; k++) {
            for (int32_t slot = 0; slot < 12; slot++) {
                assert_true(tacro_subject_value(few->rules, k, &x, 12.0 * slot, slot) ==
                            tacro_subject_value(many->rules, k, &y, 12.0 * slot, slot));
            }
        }
    }
    tacro_scenario_free(few);
    tacro_scenario_free(many);
}

/* -- limits ------------------------------------------------------------------------ */

static void test_rules_too_many_parameters_are_refused(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 3\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_paramset *set = s->input->risk[1];
    struct tacro_theta *kept = set->theta;
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_rules *rules = (struct tacro_rules *)&err;
    const size_t n = set->nthetas;
    (void)state;
    set->nthetas = TACRO_MAX_RULES + 1 - 19; /* 19 in the files before it */
    set->theta = calloc(set->nthetas, sizeof *set->theta);
    assert_non_null(set->theta);
    for (size_t i = 0; i < set->nthetas; i++) {
        set->theta[i] = kept[0];
    }
    assert_int_equal(tacro_rules_create(s->input, &rules, &err), TACRO_EINPUT);
    assert_string_equal(err.text, "more than 96 parameters in all");
    assert_null(rules);
    free(set->theta);
    set->theta = kept;
    set->nthetas = n;
    tacro_scenario_free(s);
    tacro_rules_free(NULL);
}

static void test_rules_too_many_relations_of_a_parameter_are_refused(void **state)
{
    struct tacro_scenario *s =
        open_with("  n: 3\n  hematocrit: 0.3\n", "", one_regimen);
    struct tacro_paramset *set = s->input->risk[1];
    struct tacro_relation *kept = set->relation;
    struct tacro_relation many[TACRO_MAX_RULE_RELATIONS + 1];
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_rules *rules = NULL;
    const size_t n = set->nrelations;
    (void)state;
    for (size_t i = 0; i <= TACRO_MAX_RULE_RELATIONS; i++) {
        many[i] = kept[0];
    }
    set->relation = many;
    set->nrelations = TACRO_MAX_RULE_RELATIONS + 1;
    assert_int_equal(tacro_rules_create(s->input, &rules, &err), TACRO_EINPUT);
    assert_string_equal(err.text,
                        "rejection_lung: LAM: more than 16 covariate relations");
    set->nrelations = TACRO_MAX_RULE_RELATIONS;
    assert_int_equal(tacro_rules_create(s->input, &rules, &err), TACRO_OK);
    tacro_rules_free(rules);
    set->relation = kept;
    set->nrelations = n;
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_follow_the_files_and_their_thetas),
        cmocka_unit_test(test_subject_eta_and_kappa_are_keyed_by_name_patient_and_slot),
        cmocka_unit_test(test_subject_without_kappa_is_the_same_in_every_slot),
        cmocka_unit_test(test_subject_index_counts_draw_major),
        cmocka_unit_test(test_subject_typical_has_no_random_effect),
        cmocka_unit_test(test_subject_frailty_is_scaled_to_mean_one),
        cmocka_unit_test(test_subject_covariates_multiply_as_the_file_says),
        cmocka_unit_test(test_subject_stepped_covariate_changes_the_parameter_in_time),
        cmocka_unit_test(test_subject_multiply_scales_from_its_time_on),
        cmocka_unit_test(test_subject_parameters_replace_the_typical_value_alone),
        cmocka_unit_test(test_subject_trough_to_mean_is_the_pk_file_s),
        cmocka_unit_test(test_subject_more_regimens_or_covariates_change_nobody),
        cmocka_unit_test(test_rules_too_many_parameters_are_refused),
        cmocka_unit_test(test_rules_too_many_relations_of_a_parameter_are_refused),
    };
    return cmocka_run_group_tests_name("subject", tests, NULL, NULL);
}
