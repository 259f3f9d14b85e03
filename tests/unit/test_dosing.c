/** What a patient makes of a dose, by port, with the numbers of the PK file. */
#include "cohort/dosing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine.h"

/* params/pk/sikma2020_thoracic_icu.yaml */
#define FABS 0.23
#define FREL_LCP 1.34
#define FREL_XR 1.0
#define ALAG1_LCP 1.4

/* tests/params/pk/events.yaml */
#define ALAG1 0.4
#define D1 3.0
#define R1 0.9

#define ROUNDING 1e-14

static struct tacro_scenario *open_pk(const char *pk, const char *patients,
                                      const char *regimens)
{
    char text[1024];
    snprintf(text, sizeof text,
             "title: dosing\npk: %s\nhorizon: 6 d\nseed: 7\npatients: %s\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n%s",
             pk, patients, regimens);
    return test_scenario(text);
}

/* What no regimen gives has no rules. */
static struct tacro_scenario *open_sikma(bool is_typical)
{
    return open_pk("sikma2020_thoracic_icu",
                   is_typical ? "{typical: true, hematocrit: 28 %}"
                              : "{n: 50, hematocrit: 28 %}",
                   "  l: {steps: [{give: 3 mg, every: 24 h, formulation: LCP}]}\n"
                   "  x: {steps: [{give: 3 mg, every: 24 h, formulation: XR}]}\n"
                   "  v: {steps: [{give: 1 mg, every: 24 h, route: iv, over: 4 h}]}\n");
}

static size_t port_of(const struct tacro_scenario *s, const char *formulation)
{
    const struct tacro_paramset *pk = s->input->pk;
    for (size_t i = 0; i < pk->nformulations; i++) {
        if (strcmp(pk->formulation[i].name, formulation) == 0) {
            return TACRO_PORT_FORMULATION + i;
        }
    }
    fail_msg("no formulation %s", formulation);
    return 0;
}

static struct tacro_dose_values values(const struct tacro_scenario *s,
                                       const struct tacro_subject *subject, size_t port)
{
    struct tacro_dose_values v;
    tacro_subject_dose(s->rules, subject, port, 3.0, 25.0, 2, &v);
    return v;
}

static void check(const struct tacro_dose_values *v, double f, double lag, double d1,
                  double r1)
{
    assert_true(fabs(v->f / f - 1.0) < ROUNDING);
    assert_true(fabs(v->lag - lag) < ROUNDING);
    assert_true(isnan(d1) ? isnan(v->d1) : fabs(v->d1 - d1) < ROUNDING);
    assert_true(isnan(r1) ? isnan(v->r1) : fabs(v->r1 - r1) < ROUNDING);
}

static void test_dosing_typical_patient_has_the_values_of_the_file(void **state)
{
    struct tacro_scenario *s = open_sikma(true);
    struct tacro_subject subject;
    struct tacro_dose_values v;
    (void)state;
    tacro_subject_draw(s->rules, 0, &subject);
    v = values(s, &subject, TACRO_PORT_ORAL);
    check(&v, 1.0, 0.0, NAN, NAN);
    v = values(s, &subject, TACRO_PORT_IV);
    check(&v, 1.0 / FABS, 0.0, NAN, NAN);
    v = values(s, &subject, port_of(s, "LCP"));
    check(&v, FREL_LCP, ALAG1_LCP, NAN, NAN);
    v = values(s, &subject, port_of(s, "XR"));
    check(&v, FREL_XR, 0.0, NAN, NAN);
    tacro_scenario_free(s);
}

static void test_dosing_f_is_the_patients_f1_of_the_slot(void **state)
{
    struct tacro_scenario *s = open_sikma(false);
    const size_t lcp = port_of(s, "LCP");
    size_t ndifferent = 0;
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct tacro_subject subject;
        struct tacro_dose_values v;
        struct tacro_dose_values other;
        double f1;
        tacro_subject_draw(s->rules, i, &subject);
        f1 = tacro_subject_value(s->rules, s->rules->f1, &subject, 25.0, 2);
        assert_true(f1 > 0.0);
        v = values(s, &subject, TACRO_PORT_ORAL);
        check(&v, f1, 0.0, NAN, NAN);
        v = values(s, &subject, lcp);
        check(&v, f1 * FREL_LCP, ALAG1_LCP, NAN, NAN);
        v = values(s, &subject, TACRO_PORT_IV); /* F1 is of what is swallowed */
        check(&v, 1.0 / FABS, 0.0, NAN, NAN);
        tacro_subject_dose(s->rules, &subject, TACRO_PORT_ORAL, 3.0, 25.0, 3, &other);
        ndifferent += fabs(other.f / f1 - 1.0) > 1e-6 ? 1 : 0;
    }
    assert_int_equal(ndifferent, 50);
    tacro_scenario_free(s);
}

static void test_dosing_without_a_patient_is_typical_and_whole(void **state)
{
    struct tacro_scenario *s = open_sikma(false);
    struct tacro_dose_values v = values(s, NULL, port_of(s, "LCP"));
    (void)state;
    check(&v, 1.0, ALAG1_LCP, NAN, NAN);
    v = values(s, NULL, TACRO_PORT_IV);
    check(&v, 1.0, 0.0, NAN, NAN);
    tacro_scenario_free(s);
    s = open_pk("events", "{n: 1}", "");
    v = values(s, NULL, TACRO_PORT_ORAL);
    check(&v, 1.0, ALAG1, D1, R1);
    tacro_scenario_free(s);
}

/* D1, R1 and ALAG1 are of the model's own absorption. */
static void test_dosing_modelled_duration_rate_and_lag_are_oral(void **state)
{
    struct tacro_scenario *s = open_pk("events", "{n: 1}", "");
    struct tacro_subject subject;
    struct tacro_dose_values v;
    (void)state;
    tacro_subject_draw(s->rules, 0, &subject);
    v = values(s, &subject, TACRO_PORT_ORAL);
    check(&v, 1.0, ALAG1, D1, R1);
    v = values(s, &subject, TACRO_PORT_IV);
    check(&v, 1.0, 0.0, NAN, NAN);
    tacro_scenario_free(s);
}

static void test_dosing_model_without_fabs_takes_a_vein_as_it_is(void **state)
{
    struct tacro_scenario *s = open_pk("rounded", "{n: 1}", "");
    struct tacro_subject subject;
    struct tacro_dose_values v;
    (void)state;
    tacro_subject_draw(s->rules, 0, &subject);
    assert_int_equal(s->rules->fabs, s->rules->n);
    v = values(s, &subject, TACRO_PORT_IV);
    check(&v, 1.0, 0.0, NAN, NAN);
    tacro_scenario_free(s);
}

static void test_dosing_lag_rule_is_that_of_the_port(void **state)
{
    struct tacro_scenario *s = open_sikma(true);
    const struct tacro_rules *rules = s->rules;
    const size_t lcp = tacro_rules_lag(rules, port_of(s, "LCP"));
    (void)state;
    assert_true(lcp < rules->n);
    assert_string_equal(rules->rule[lcp].theta->name, "ALAG1_LCP");
    assert_int_equal(tacro_rules_lag(rules, TACRO_PORT_ORAL), rules->n);
    assert_int_equal(tacro_rules_lag(rules, TACRO_PORT_IV), rules->n);
    assert_int_equal(tacro_rules_lag(rules, port_of(s, "XR")), rules->n);
    assert_false(tacro_rules_vary(rules, lcp));
    assert_true(tacro_rules_vary(rules, rules->f1));
    assert_false(tacro_rules_vary(rules, rules->fabs));
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dosing_typical_patient_has_the_values_of_the_file),
        cmocka_unit_test(test_dosing_f_is_the_patients_f1_of_the_slot),
        cmocka_unit_test(test_dosing_without_a_patient_is_typical_and_whole),
        cmocka_unit_test(test_dosing_modelled_duration_rate_and_lag_are_oral),
        cmocka_unit_test(test_dosing_model_without_fabs_takes_a_vein_as_it_is),
        cmocka_unit_test(test_dosing_lag_rule_is_that_of_the_port),
    };
    return cmocka_run_group_tests_name("dosing", tests, NULL, NULL);
}
