/** Good rules: every key and every default, and the order in which rules win. */
#include "tests/support/regimen_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STEPS "steps: [{give: 3 mg, every: 12 h}]\n  "

static struct test_regimen read_in(const char *body,
                                   const struct tacro_protocol_frame *frame)
{
    struct test_regimen r = test_regimen_read(body, frame);
    assert_string_equal(test_first_note(&r.notes, TACRO_FAULT), "");
    assert_true(r.ok);
    return r;
}

/** A regimen that must be good and silent. */
static struct test_regimen read_good(const char *body)
{
    const struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r = read_in(body, &frame);
    assert_int_equal(r.notes.n, 0);
    return r;
}

/* -- monitor and adjust ------------------------------------------------------------ */

static void test_protocol_without_rules_is_empty(void **state)
{
    struct test_regimen r = read_good(STEPS);
    const struct tacro_protocol *p = &r.regimen.protocol;
    (void)state;
    assert_false(p->monitor.is_given);
    assert_false(p->adjust.is_given);
    assert_int_equal(p->ntriggers, 0);
    assert_null(p->trigger);
    assert_false(tacro_protocol_reacts(p));
    assert_null(r.regimen.table);
    assert_false(r.regimen.is_locf);
    test_regimen_free(&r);
}

static void test_protocol_monitor_has_defaults(void **state)
{
    struct test_regimen r = read_good(STEPS "monitor: {}");
    const struct tacro_monitor *m = &r.regimen.protocol.monitor;
    (void)state;
    assert_true(m->is_given);
    assert_true(m->after_dose == 0.0); /* trough */
    assert_true(m->every == 24.0);
    assert_true(m->from == 24.0);
    assert_true(m->until == INFINITY);
    assert_true(m->result_after == 6.0);
    assert_true(m->assay_cv == 0.0);
    assert_true(m->lloq == 0.0);
    assert_false(r.regimen.protocol.adjust.is_given);
    assert_false(tacro_protocol_reacts(&r.regimen.protocol)); /* it only looks */
    test_regimen_free(&r);
}

static void test_protocol_monitor_takes_every_key(void **state)
{
    struct test_regimen r =
        read_good(STEPS "monitor: {sample: 2 h, every: 2 d, from: 0 h, until: 10 d, "
                        "result_after: 90 min, assay: 12 %, lloq: 1500 pg/mL}");
    const struct tacro_monitor *m = &r.regimen.protocol.monitor;
    (void)state;
    assert_true(m->after_dose == 2.0 && m->every == 48.0);
    assert_true(m->from == 0.0 && m->until == 240.0);
    assert_true(m->result_after == 1.5);
    assert_true(m->assay_cv == 0.12);
    assert_true(m->lloq == 1.5);
    test_regimen_free(&r);
}

static void test_protocol_first_sample_is_after_one_interval(void **state)
{
    struct test_regimen r = read_good(STEPS "monitor: {sample: trough, every: 36 h}");
    (void)state;
    assert_true(r.regimen.protocol.monitor.from == 36.0);
    test_regimen_free(&r);
}

static void test_protocol_adjust_has_defaults_and_its_own_samples(void **state)
{
    struct test_regimen r = read_good(STEPS "adjust: {}");
    const struct tacro_protocol *p = &r.regimen.protocol;
    (void)state;
    assert_true(p->monitor.is_given);
    assert_true(p->monitor.every == 24.0 && p->monitor.result_after == 6.0);
    assert_true(p->adjust.is_given);
    assert_int_equal(p->adjust.rule, 0);
    assert_string_equal(tacro_dose_rule_names[p->adjust.rule], "proportional");
    assert_null(tacro_dose_rule_names[1]);
    assert_true(isnan(p->adjust.low) && isnan(p->adjust.high));
    assert_true(p->adjust.max_change == INFINITY);
    assert_true(p->adjust.round == 0.5);
    assert_int_equal(p->adjust.rounding, TACRO_ROUND_NEAREST);
    assert_true(p->adjust.min_dose == 0.5);
    assert_true(p->adjust.max_dose == 30.0);
    assert_true(tacro_protocol_reacts(p));
    test_regimen_free(&r);
}

static void test_protocol_adjust_takes_every_key(void **state)
{
    struct test_regimen r = read_good(
        STEPS "adjust: {sample: trough, every: 24 h, from: 2 d, until: 9 d, "
              "result_after: 4 h, assay: 0.1, lloq: 1 ng/mL, target: 10-15 ng/mL, "
              "max_change: 50 %, round: 1 mg, rounding: down, min: 2 mg, max: 10 mg, "
              "rule: proportional}");
    const struct tacro_protocol *p = &r.regimen.protocol;
    (void)state;
    assert_true(p->monitor.from == 48.0 && p->monitor.until == 216.0);
    assert_true(p->monitor.result_after == 4.0);
    assert_true(p->monitor.assay_cv == 0.1 && p->monitor.lloq == 1.0);
    assert_true(p->adjust.low == 10.0 && p->adjust.high == 15.0);
    assert_true(p->adjust.max_change == 0.5);
    assert_true(p->adjust.round == 1.0);
    assert_int_equal(p->adjust.rounding, TACRO_ROUND_DOWN);
    assert_true(p->adjust.min_dose == 2.0 && p->adjust.max_dose == 10.0);
    test_regimen_free(&r);
}

static void test_protocol_smallest_dose_is_the_unit_of_rounding(void **state)
{
    struct test_regimen r = read_good(STEPS "adjust: {round: 1 mg, rounding: up}");
    (void)state;
    assert_true(r.regimen.protocol.adjust.min_dose == 1.0);
    assert_int_equal(r.regimen.protocol.adjust.rounding, TACRO_ROUND_UP);
    test_regimen_free(&r);
}

static void test_protocol_adjust_beside_monitor_uses_its_samples(void **state)
{
    struct test_regimen r =
        read_good(STEPS "monitor: {every: 12 h}\n  adjust: {target: 8-12 ng/mL}");
    (void)state;
    assert_true(r.regimen.protocol.monitor.every == 12.0);
    assert_true(r.regimen.protocol.adjust.low == 8.0);
    test_regimen_free(&r);
}

static void test_protocol_own_target_needs_none_in_the_scenario(void **state)
{
    struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r;
    (void)state;
    frame.has_target = false;
    r = read_in(STEPS "adjust: {target: 8-12 ng/mL}", &frame);
    assert_int_equal(r.notes.n, 0);
    test_regimen_free(&r);
}

static void test_protocol_samples_beyond_the_horizon_are_warned(void **state)
{
    const struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r = read_in(STEPS "monitor: {from: 15 d}", &frame);
    (void)state;
    assert_string_equal(test_first_note(&r.notes, TACRO_WARNING),
                        "3:19: r.monitor.from: 15 d is at or after the horizon of 14 "
                        "d (336 h): no effect");
    test_regimen_free(&r);
}

/* -- when -------------------------------------------------------------------------- */

static void test_protocol_event_switches_to_a_list_of_steps(void **state)
{
    struct test_regimen r = read_good(
        STEPS "when: {rejection: [{hold: 1 d}, {give: 1 mg, every: 12 h, for: "
              "1 d}, {give: 0.5 mg, every: 24 h}]}");
    const struct tacro_protocol *p = &r.regimen.protocol;
    (void)state;
    assert_int_equal(p->ntriggers, 1);
    assert_int_equal(p->trigger[0].kind, TACRO_WHEN_EVENT);
    assert_int_equal(p->trigger[0].outcome, 1);
    assert_true(p->trigger[0].recognised_after == 6.0);
    assert_int_equal(p->trigger[0].resume, TACRO_RESUME_NEVER);
    assert_false(p->trigger[0].adjust.is_given); /* the switch ends `adjust` */
    assert_int_equal(p->trigger[0].line, 3);
    assert_int_equal(p->trigger[0].steps.nsteps, 3);
    assert_int_equal(p->trigger[0].steps.step[0].kind, TACRO_STEP_HOLD);
    assert_true(p->trigger[0].steps.step[2].amount == 0.5);
    assert_true(p->trigger[0].steps.step[2].duration == INFINITY);
    assert_true(tacro_protocol_reacts(p));
    assert_false(tacro_regimen_is_per_kg(&r.regimen));
    test_regimen_free(&r);
}

static void test_protocol_event_takes_every_key(void **state)
{
    struct test_regimen r =
        read_good(STEPS "monitor: {}\n"
                        "  when:\n"
                        "    pres:\n"
                        "      steps: [{hold: 1 d}, {give: 0.05 mg/kg, every: 12 h}]\n"
                        "      recognised_after: 30 min\n"
                        "      adjust: {target: 5-8 ng/mL, max_change: 25 %}\n"
                        "      resume: {after: 3 d}");
    const struct tacro_trigger *t = r.regimen.protocol.trigger;
    (void)state;
    assert_true(t->recognised_after == 0.5);
    assert_true(t->adjust.is_given && t->adjust.high == 8.0);
    assert_true(t->adjust.max_change == 0.25 && t->adjust.round == 0.5);
    assert_int_equal(t->resume, TACRO_RESUME_AFTER);
    assert_true(t->resume_value == 72.0);
    assert_int_equal(t->line, 5);
    assert_false(r.regimen.protocol.adjust.is_given);
    assert_true(tacro_regimen_is_per_kg(&r.regimen));
    test_regimen_free(&r);
}

static void test_protocol_levels_switch_and_resume(void **state)
{
    struct test_regimen r = read_good(
        STEPS
        "adjust: {}\n  when: {level_above: {level: 20 ng/mL, steps: [{give: 1 mg, "
        "every: 12 h}], resume: {level_below: 20 ng/mL}},\n"
        "    level_below: {level: 5 ug/L, resume: {level_above: 8 ng/mL}}}");
    const struct tacro_trigger *t = r.regimen.protocol.trigger;
    (void)state;
    assert_int_equal(r.regimen.protocol.ntriggers, 2);
    assert_int_equal(t[0].kind, TACRO_WHEN_LEVEL_ABOVE);
    assert_true(t[0].level == 20.0 && t[0].recognised_after == 0.0);
    assert_int_equal(t[0].resume, TACRO_RESUME_LEVEL_BELOW);
    assert_true(t[0].resume_value == 20.0);
    assert_int_equal(t[1].kind, TACRO_WHEN_LEVEL_BELOW);
    assert_true(t[1].level == 5.0);
    assert_int_equal(t[1].resume, TACRO_RESUME_LEVEL_ABOVE);
    assert_int_equal(t[1].steps.nsteps, 0); /* no dose until it resumes */
    test_regimen_free(&r);
}

static void test_protocol_day_switches_on_a_day(void **state)
{
    struct test_regimen r =
        read_good(STEPS "when: {day: {day: 5, steps: [{give: 2 mg, every: 12 h}]}}");
    const struct tacro_trigger *t = r.regimen.protocol.trigger;
    (void)state;
    assert_int_equal(t->kind, TACRO_WHEN_DAY);
    assert_int_equal(t->day, 5);
    assert_true(t->recognised_after == 0.0);
    assert_true(tacro_protocol_reacts(&r.regimen.protocol));
    test_regimen_free(&r);
}

static void test_protocol_day_beyond_the_horizon_is_warned(void **state)
{
    const struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r =
        read_in(STEPS "when: {day: [{day: 14, steps: [{hold: 30 d}]}, {day: 15, steps: "
                      "[{hold: 30 d}]}]}",
                &frame);
    (void)state;
    assert_int_equal(r.notes.n, 1);
    assert_string_equal(
        test_first_note(&r.notes, TACRO_WARNING),
        "3:56: r.when.day[1].day: day 15 is after the horizon of 336 h: no effect");
    test_regimen_free(&r);
}

static void test_protocol_rules_keep_the_order_of_the_file(void **state)
{
    static const enum tacro_trigger_kind kinds[] = {
        TACRO_WHEN_LEVEL_ABOVE, TACRO_WHEN_LEVEL_ABOVE, TACRO_WHEN_EVENT,
        TACRO_WHEN_DAY,         TACRO_WHEN_DAY,         TACRO_WHEN_EVENT,
        TACRO_WHEN_LEVEL_BELOW};
    static const double values[] = {30.0, 20.0, 1.0, 7.0, 3.0, 0.0, 4.0};
    static const size_t lines[] = {6, 7, 8, 9, 9, 10, 11};
    struct test_regimen r =
        read_good(STEPS "monitor: {}\n"
                        "  when:\n"
                        "    level_above:\n"
                        "      - {level: 30 ng/mL, steps: [{hold: 30 d}]}\n"
                        "      - {level: 20 ng/mL, steps: [{hold: 30 d}]}\n"
                        "    rejection: [{give: 5 mg, every: 12 h}]\n"
                        "    day: [{day: 7, steps: [{hold: 30 d}]}, {day: 3, steps: "
                        "[{hold: 30 d}]}]\n"
                        "    pres: [{hold: 30 d}]\n"
                        "    level_below: {level: 4 ng/mL, steps: [{hold: 30 d}]}");
    const struct tacro_trigger *t = r.regimen.protocol.trigger;
    (void)state;
    assert_int_equal(r.regimen.protocol.ntriggers, 7);
    for (size_t i = 0; i < 7; i++) {
        const double value = kinds[i] == TACRO_WHEN_DAY     ? t[i].day
                             : kinds[i] == TACRO_WHEN_EVENT ? (double)t[i].outcome
                                                            : t[i].level;
        assert_int_equal(t[i].kind, kinds[i]);
        assert_true(value == values[i]);
        assert_int_equal(t[i].line, lines[i]);
    }
    test_regimen_free(&r);
}

static void test_protocol_sixteen_rules_are_allowed(void **state)
{
    char body[2048] = STEPS "when: {day: [";
    struct test_regimen r;
    (void)state;
    for (int i = 0; i < TACRO_MAX_TRIGGERS; i++) {
        snprintf(body + strlen(body), sizeof body - strlen(body),
                 "{day: %d, steps: [{hold: 30 d}]},", 1 + i % 9);
    }
    snprintf(body + strlen(body), sizeof body - strlen(body), "]}");
    r = read_good(body);
    assert_int_equal(r.regimen.protocol.ntriggers, TACRO_MAX_TRIGGERS);
    test_regimen_free(&r);
}

static void test_protocol_outcome_of_an_unread_risk_file_is_no_fault(void **state)
{
    struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r;
    (void)state;
    frame.noutcomes = 0;
    frame.has_all_outcomes = false;
    r = read_in(STEPS "when: {pres: [{hold: 30 d}]}", &frame);
    assert_int_equal(r.notes.n, 0);
    test_regimen_free(&r);
}

static void test_protocol_steps_of_a_rule_have_no_horizon(void **state)
{
    /* they start when the rule switches: neither late nor ending too early */
    struct test_regimen r = read_good(
        STEPS "when: {pres: [{hold: 20 d}, {give: 1 mg, every: 12 h, for: 1 d}]}");
    (void)state;
    assert_int_equal(r.regimen.protocol.trigger[0].steps.nsteps, 2);
    test_regimen_free(&r);
}

/* -- tables ------------------------------------------------------------------------ */

static void test_protocol_table_stands_for_steps_and_rules(void **state)
{
    struct test_regimen r = read_good("file: data/doses.csv");
    (void)state;
    assert_string_equal(r.regimen.table, "data/doses.csv");
    assert_false(r.regimen.is_locf);
    assert_int_equal(r.regimen.plan.nsteps, 0);
    assert_false(tacro_protocol_reacts(&r.regimen.protocol));
    test_regimen_free(&r);
    r = read_good("file: doses.csv\n  covariates: locf");
    assert_true(r.regimen.is_locf);
    test_regimen_free(&r);
    r = read_good("{file: doses.csv, covariates: nocb}");
    assert_false(r.regimen.is_locf);
    test_regimen_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocol_without_rules_is_empty),
        cmocka_unit_test(test_protocol_monitor_has_defaults),
        cmocka_unit_test(test_protocol_monitor_takes_every_key),
        cmocka_unit_test(test_protocol_first_sample_is_after_one_interval),
        cmocka_unit_test(test_protocol_adjust_has_defaults_and_its_own_samples),
        cmocka_unit_test(test_protocol_adjust_takes_every_key),
        cmocka_unit_test(test_protocol_smallest_dose_is_the_unit_of_rounding),
        cmocka_unit_test(test_protocol_adjust_beside_monitor_uses_its_samples),
        cmocka_unit_test(test_protocol_own_target_needs_none_in_the_scenario),
        cmocka_unit_test(test_protocol_samples_beyond_the_horizon_are_warned),
        cmocka_unit_test(test_protocol_event_switches_to_a_list_of_steps),
        cmocka_unit_test(test_protocol_event_takes_every_key),
        cmocka_unit_test(test_protocol_levels_switch_and_resume),
        cmocka_unit_test(test_protocol_day_switches_on_a_day),
        cmocka_unit_test(test_protocol_day_beyond_the_horizon_is_warned),
        cmocka_unit_test(test_protocol_rules_keep_the_order_of_the_file),
        cmocka_unit_test(test_protocol_sixteen_rules_are_allowed),
        cmocka_unit_test(test_protocol_outcome_of_an_unread_risk_file_is_no_fault),
        cmocka_unit_test(test_protocol_steps_of_a_rule_have_no_horizon),
        cmocka_unit_test(test_protocol_table_stands_for_steps_and_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
