/** Covariates that a regimen sets itself: a bridging arm, IV doses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run/arm_covariates.h"
#include "tests/support/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define PLAIN "{steps: [{give: 3 mg, every: 12 h}]}"

static struct tacro_scenario *open_with(const char *patients, const char *regimens)
{
    char text[2048];
    snprintf(
        text, sizeof text,
        "title: arms\npk: sikma2020_thoracic_icu\nrisk: [pres_lung, "
        "rejection_lung]\nhorizon: 8 d\nseed: 7\npatients: {%s, hematocrit: 28 %%}\n"
        "regimens:\n  plain: " PLAIN "\n%s",
        patients, regimens);
    return test_scenario(text);
}

static const struct tacro_variant *variant_of(const struct tacro_scenario *s,
                                              size_t regimen)
{
    return &s->variant[s->arm[regimen].variant];
}

/* The rule of the risk file's parameter. */
static size_t rule_of(const struct tacro_rules *rules, size_t set, const char *name)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->rule[i].set == set &&
            strcmp(rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule for %s", name);
    return 0;
}

/* B under the regimen at a time over B without induction. */
static double background(const struct tacro_scenario *s, size_t regimen, uint64_t index,
                         double t)
{
    const struct tacro_rules *rules = variant_of(s, regimen)->rules;
    const size_t b = rule_of(rules, 2, "B");
    struct tacro_subject subject;
    tacro_subject_draw(s->rules, index, &subject);
    return tacro_subject_value(rules, b, &subject, t, 0);
}

static void check_factor(double got, double want)
{
    if (!(fabs(got - want) < 1e-15)) {
        fail_msg("B is %.17g, expected %.17g", got, want);
    }
}

static void test_arm_bridges_from_its_time_on(void **state)
{
    struct tacro_scenario *s = open_with(
        "typical: true",
        "  late: {induction: {drug: basiliximab, from: 3 d}, steps: [{give: 3 mg, "
        "every: "
        "12 h}]}\n"
        "  all: {induction: basiliximab, steps: [{give: 3 mg, every: 12 h}]}\n");
    (void)state;
    check_factor(background(s, 0, 0, 100.0), 1.0);
    check_factor(background(s, 1, 0, 0.0), 1.0);
    check_factor(background(s, 1, 0, 71.9), 1.0);
    check_factor(background(s, 1, 0, 72.0), 0.7);
    check_factor(background(s, 1, 0, 190.0), 0.7);
    check_factor(background(s, 2, 0, 0.0), 0.7);
    check_factor(background(s, 2, 0, 190.0), 0.7);
    tacro_scenario_free(s);
}

/* Before the bridge each patient has his own; another regimen keeps it throughout. */
static void test_arm_before_its_time_has_what_patients_have(void **state)
{
    struct tacro_scenario *s =
        open_with("n: 60, induction: {probability: 50 %}",
                  "  late: {induction: {drug: basiliximab, from: 3 d}, steps: [{give: "
                  "3 mg, every: "
                  "12 h}]}\n"
                  "  none: {induction: none, steps: [{give: 3 mg, every: 12 h}]}\n");
    size_t ncovered = 0;
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        const double own = background(s, 0, i, 10.0);
        ncovered += own < 1.0 ? 1 : 0;
        check_factor(own, own < 1.0 ? 0.7 : 1.0);
        check_factor(background(s, 0, i, 100.0), own);
        check_factor(background(s, 1, i, 10.0), own);
        check_factor(background(s, 1, i, 100.0), 0.7);
        check_factor(background(s, 2, i, 10.0), 1.0);
    }
    assert_true(ncovered > 10 && ncovered < 50);
    tacro_scenario_free(s);
}

static void test_arm_goes_on_from_steps_of_the_patients(void **state)
{
    struct tacro_scenario *s = open_with("typical: true, induction: [{from: 0 d, "
                                         "value: basiliximab}, {from: 1 d, value: "
                                         "none}, {from: 4 d, value: none}]",
                                         "  late: {induction: {drug: basiliximab, "
                                         "from: 3 d}, steps: [{give: 3 mg, every: "
                                         "12 h}]}\n");
    (void)state;
    check_factor(background(s, 1, 0, 0.0), 0.7);
    check_factor(background(s, 1, 0, 24.0), 1.0);
    check_factor(background(s, 1, 0, 72.0), 0.7);
    check_factor(background(s, 1, 0, 190.0), 0.7);
    check_factor(background(s, 0, 0, 100.0), 1.0);
    tacro_scenario_free(s);
}

/* -- doses into a vein ------------------------------------------------------------- */

static void check_intravenous(const struct tacro_scenario *s, size_t regimen,
                              const struct tacro_covariate_step *want, size_t n)
{
    const struct tacro_arm_covariates *got = &variant_of(s, regimen)->covariates;
    assert_int_equal(got->n, n == 0 ? 0 : 1);
    if (n == 0) {
        return;
    }
    assert_int_equal(got->item[0].id, TACRO_COV_intravenous);
    assert_int_equal(got->item[0].n, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(got->item[0].step[i].from == want[i].from);
        assert_true(got->item[0].step[i].value == want[i].value);
    }
}

static const char dosed[] =
    "  first: {steps: [{give: 1 mg, every: 12 h, route: iv, over: 12 h, for: 2 d}, "
    "{hold: "
    "1 d}, {give: 3 mg, every: 12 h}]}\n"
    "  later: {steps: [{give: 3 mg, every: 12 h, for: 3 d}, {give: 1 mg, every: 24 h, "
    "route: iv, over: 24 h}]}\n"
    "  by_rule: {steps: [{give: 3 mg, every: 12 h}], when: {pres: [{give: 1 mg, every: "
    "12 "
    "h, route: iv, over: 12 h}]}}\n";

static void test_arm_is_intravenous_from_an_iv_dose_to_the_next_oral_one(void **state)
{
    static const struct tacro_covariate_step first[] = {{0.0, 1.0}, {72.0, 0.0}};
    static const struct tacro_covariate_step later[] = {{0.0, 0.0}, {72.0, 1.0}};
    struct tacro_scenario *s = open_with("typical: true", dosed);
    (void)state;
    check_intravenous(s, 0, NULL, 0);
    check_intravenous(s, 1, first, COUNT(first));
    check_intravenous(s, 2, later, COUNT(later));
    check_intravenous(s, 3, NULL, 0); /* as planned */
    tacro_scenario_free(s);
}

static void test_arm_leaves_intravenous_alone_where_patients_have_it(void **state)
{
    struct tacro_scenario *s = open_with("typical: true, intravenous: true", dosed);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        check_intravenous(s, i, NULL, 0);
    }
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arm_bridges_from_its_time_on),
        cmocka_unit_test(test_arm_before_its_time_has_what_patients_have),
        cmocka_unit_test(test_arm_goes_on_from_steps_of_the_patients),
        cmocka_unit_test(test_arm_is_intravenous_from_an_iv_dose_to_the_next_oral_one),
        cmocka_unit_test(test_arm_leaves_intravenous_alone_where_patients_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
