/** Which regimens have the same segments in all patients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/agenda_run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct tacro_scenario *open_steps(const char *regimens)
{
    return test_agenda_scenario("start: {day: 0, clock: \"08:00\"}\n", regimens);
}

static void
test_agenda_steps_are_shared_unless_chance_weight_or_rules_differ(void **state)
{
    static const bool want[] = {true,  true,  true,  true,  false,
                                false, false, false, false, false};
    struct tacro_scenario *s = open_steps(
        "  plain: {steps: [{give: 3 mg, every: 12 h, loading: 5 mg}]}\n"
        "  hold: {steps: [{hold: 1 d}, {give: 3 mg, at: [\"08:00\"]}]}\n"
        "  vein: {steps: [{give: 1 mg, every: 12 h, route: iv, over: 3 h}]}\n"
        "  lagged: {steps: [{give: 3 mg, every: 24 h, formulation: LCP}]}\n"
        "  missed: {steps: [{give: 3 mg, every: 12 h, for: 1 d}, {give: 3 mg, every: "
        "12 "
        "h, missed: 1 %}]}\n"
        "  late: {steps: [{give: 3 mg, every: 12 h, late: {sd: 1 min}}]}\n"
        "  weight: {steps: [{give: 0.04 mg/kg, every: 12 h}]}\n"
        "  monitor: {steps: [{give: 3 mg, every: 12 h}], monitor: {every: 24 h}}\n"
        "  adjust: {steps: [{give: 3 mg, every: 12 h}], adjust: {every: 24 h}}\n"
        "  when: {steps: [{give: 3 mg, every: 12 h}], when: {day: {day: 3, steps: "
        "[{hold: "
        "1 d}]}}}\n");
    (void)state;
    assert_int_equal(s->input->nregimens, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        if (tacro_agenda_is_shared(&s->arm[i].agenda) != want[i]) {
            fail_msg("%s is %sshared", s->input->regimen[i].label,
                     want[i] ? "not " : "");
        }
        assert_int_equal(s->arm[i].is_shared, want[i]);
    }
    tacro_scenario_free(s);
}

/* Rules of which a lag and a modelled duration are those of F1, which varies. */
static void test_agenda_lag_of_the_patients_own_is_not_shared(void **state)
{
    struct tacro_scenario *s = open_steps(
        "  oral: {steps: [{give: 3 mg, every: 12 h}]}\n"
        "  vein: {steps: [{give: 1 mg, every: 12 h, route: iv, over: 3 h}]}\n");
    struct tacro_rules *own = malloc(sizeof *own);
    struct tacro_agenda_setup oral = s->arm[0].agenda;
    struct tacro_agenda_setup vein = s->arm[1].agenda;
    struct tacro_agenda_setup before = s->arm[1].agenda;
    struct tacro_step given = s->input->regimen[0].plan.step[0];
    (void)state;
    assert_non_null(own);
    memcpy(own, s->rules, sizeof *own);
    own->lag = own->f1;
    before.before = &given;
    assert_true(tacro_agenda_is_shared(&before));
    oral.rules = own;
    vein.rules = own;
    before.rules = own;
    assert_false(tacro_agenda_is_shared(&oral));
    assert_true(tacro_agenda_is_shared(&vein)); /* no lag into a vein */
    assert_false(tacro_agenda_is_shared(&before));
    before.rules = s->rules;
    given.is_per_kg = true;
    assert_false(tacro_agenda_is_shared(&before));
    free(own);
    tacro_scenario_free(s);
}

static bool shares(struct tacro_agenda_setup setup, const struct tacro_record *record)
{
    setup.regimen = NULL;
    setup.record = record;
    setup.nrecords = 1;
    return tacro_agenda_is_shared(&setup);
}

static void
test_agenda_records_are_shared_unless_they_run_for_a_time_of_their_own(void **state)
{
    struct tacro_scenario *s =
        open_steps("  a: {steps: [{give: 3 mg, every: 12 h}]}\n");
    struct tacro_agenda_setup setup = s->arm[0].agenda;
    struct tacro_rules *rules = malloc(sizeof *rules);
    struct tacro_record record = {.evid = TACRO_EVID_DOSE, .amount = 3.0};
    (void)state;
    assert_non_null(rules);
    memcpy(rules, s->rules, sizeof *rules);
    setup.rules = rules;
    assert_true(shares(setup, &record));
    record.duration = 4.0;
    assert_true(shares(setup, &record));
    record.duration = 0.0;
    record.rate = 0.5; /* for F1 AMT/RATE */
    assert_false(shares(setup, &record));
    record.rate = TACRO_RATE_R1;
    assert_false(shares(setup, &record));
    record.rate = TACRO_RATE_D1;
    rules->d1 = rules->fabs; /* the same for all */
    assert_true(shares(setup, &record));
    rules->d1 = rules->f1;
    assert_false(shares(setup, &record));
    record.rate = 0.0;
    rules->lag = rules->f1;
    assert_false(shares(setup, &record));
    record.port = TACRO_PORT_IV;
    assert_true(shares(setup, &record));
    free(rules);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_agenda_steps_are_shared_unless_chance_weight_or_rules_differ),
        cmocka_unit_test(test_agenda_lag_of_the_patients_own_is_not_shared),
        cmocka_unit_test(
            test_agenda_records_are_shared_unless_they_run_for_a_time_of_their_own),
    };
    return cmocka_run_group_tests_name("agenda_shared", tests, NULL, NULL);
}
