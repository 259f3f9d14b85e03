#include "tests/support/agenda_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"

static double uniform(uint64_t seed, uint64_t what)
{
    uint64_t state = seed * 1000003U + what;
    test_draw(&state, 0.0, 1.0);
    return test_draw(&state, 0.0, 1.0);
}

double test_fate_level(const struct test_fate *fate, double t)
{
    const uint64_t seed = t > fate->change ? fate->other : fate->seed;
    const uint64_t minute = (uint64_t)floor(60.0 * t + 0.5);
    return 2.0 * pow(20.0, uniform(seed, 100 + minute));
}

double test_fate_event(const struct test_fate *fate, size_t k, double horizon)
{
    /* three in four within the horizon */
    const double at = uniform(fate->seed, k) * horizon / 0.75;
    const double later =
        fate->change + 1e-3 + uniform(fate->other, k) * (horizon - fate->change);
    const double t = at > fate->change ? later : at;
    return t < horizon ? t : (double)INFINITY;
}

struct tacro_course test_agenda_follow(struct tacro_agenda *agenda,
                                       const struct tacro_agenda_setup *setup,
                                       const struct tacro_subject *subject,
                                       const struct test_fate *fate)
{
    struct tacro_course course;
    double event[TEST_OUTCOMES];
    struct tacro_seen seen = {.level = 0.0, .event = event};
    const struct tacro_course *c = tacro_agenda_course(agenda);
    bool is_first = true;
    memset(&course, 0, sizeof course);
    assert_true(setup->noutcomes <= TEST_OUTCOMES);
    tacro_agenda_begin(agenda, subject);
    while (tacro_agenda_next(agenda, is_first || fate == NULL ? NULL : &seen)) {
        const struct tacro_segment *s = &c->segment[c->n - 1];
        is_first = false;
        for (size_t k = 0; fate != NULL && k < setup->noutcomes; k++) {
            const double at = test_fate_event(fate, k, setup->horizon);
            event[k] = at > s->t0 && at <= s->t1 && s->t0 >= setup->landmark &&
                               tacro_agenda_watches(agenda, k)
                           ? at
                           : (double)INFINITY;
        }
        seen.level = fate == NULL ? 0.0 : test_fate_level(fate, s->t1);
    }
    assert_int_equal(tacro_agenda_status(agenda), TACRO_OK);
    assert_true(tacro_course_copy(c, &course));
    return course;
}

struct tacro_course test_arm_follow(const struct tacro_scenario *scenario,
                                    size_t regimen, uint64_t patient,
                                    const struct test_fate *fate)
{
    const struct tacro_arm *arm = &scenario->arm[regimen];
    struct tacro_agenda *agenda = NULL;
    struct tacro_subject subject;
    struct tacro_course course;
    tacro_subject_draw(scenario->rules, patient, &subject);
    assert_int_equal(tacro_agenda_create(&arm->agenda, &agenda, NULL), TACRO_OK);
    tacro_arm_assign(arm, patient, agenda);
    course = test_agenda_follow(agenda, &arm->agenda, &subject, fate);
    tacro_agenda_free(agenda);
    return course;
}

struct tacro_scenario *test_agenda_scenario(const char *top, const char *regimens)
{
    char text[8192];
    const int n = snprintf(
        text, sizeof text,
        "title: agenda\n"
        "pk: sikma2020_thoracic_icu\n"
        "risk: [pres_lung, rejection_lung]\n"
        "%s"
        "horizon: 240 h\n"
        "output: {every: 5 h}\n"
        "target: [{from: 0 d, trough: 9-15 ng/mL}, {from: 4 d, trough: 8-12 ng/mL}]\n"
        "seed: 3\n"
        "patients: {n: 200, age: 45 y, hematocrit: 28 %%, weight: {mean: 70 kg, cv: 20 "
        "%%, min: 40 kg, max: 120 kg}}\n"
        "regimens:\n%s",
        top, regimens);
    assert_true(n > 0 && (size_t)n < sizeof text);
    return test_scenario(text);
}

static void check_entry(const struct tacro_entry *a, const struct tacro_entry *b)
{
    assert_int_equal(a->port, b->port);
    assert_true(a->amount == b->amount);
    assert_true(a->time == b->time);
    assert_int_equal(a->slot, b->slot);
}

static void check_segment(const struct tacro_course *a, const struct tacro_course *b,
                          size_t k)
{
    const struct tacro_segment *s = &a->segment[k];
    const struct tacro_segment *r = &b->segment[k];
    if (s->t0 != r->t0 || s->t1 != r->t1) {
        fail_msg("segment %zu is %.17g-%.17g h and %.17g-%.17g h", k, s->t0, s->t1,
                 r->t0, r->t1);
    }
    assert_int_equal(s->slot, r->slot);
    assert_int_equal(s->first_output, r->first_output);
    assert_int_equal(s->end_output, r->end_output);
    assert_int_equal(s->end_action - s->first_action, r->end_action - r->first_action);
    for (size_t i = 0; i < s->end_action - s->first_action; i++) {
        const struct tacro_action *x = &a->action[s->first_action + i];
        const struct tacro_action *y = &b->action[r->first_action + i];
        assert_int_equal(x->kind, y->kind);
        assert_true(x->ii == y->ii && x->duration == y->duration && x->lag == y->lag);
        check_entry(&x->entry, &y->entry);
    }
    assert_int_equal(s->end_running - s->first_running,
                     r->end_running - r->first_running);
    for (size_t i = 0; i < s->end_running - s->first_running; i++) {
        check_entry(&a->running[s->first_running + i],
                    &b->running[r->first_running + i]);
    }
}

void test_courses_same(const struct tacro_course *a, const struct tacro_course *b,
                       double until)
{
    for (size_t k = 0; k < a->n && a->segment[k].t0 <= until; k++) {
        assert_true(k < b->n);
        check_segment(a, b, k);
    }
    assert_true(isfinite(until) || a->n == b->n);
}

const char *test_agenda_regimens(size_t *n)
{
    *n = 10;
    return "  plain: {steps: [{give: 3 mg, every: 12 h}]}\n"
           "  chance: {steps: [{give: 3 mg, every: 12 h, missed: 20 %, late: {sd: 1 "
           "h}, "
           "for: 3 d}, {hold: 17 h}, {give: 2 mg, every: 8 h, missed: 10 %}]}\n"
           "  lagged: {steps: [{give: 3 mg, every: 24 h, formulation: LCP, late: {sd: "
           "2 "
           "h}, for: 5 d}, {give: 2 mg, at: [\"09:00\", \"21:00\"]}]}\n"
           "  vein: {steps: [{give: 1 mg, every: 12 h, route: iv, over: 4 h, late: "
           "{sd: "
           "30 min}, for: 50 h}, {give: 3 mg, every: 12 h}]}\n"
           "  tdm: {steps: [{give: 3 mg, every: 12 h, missed: 10 %, late: {sd: 1 h}}], "
           "adjust: {every: 24 h, assay: 8 %, lloq: 3 ng/mL, max_change: 50 %}}\n"
           "  after: {steps: [{give: 0.0375 mg/kg, every: 12 h, loading: 0.1 mg/kg}], "
           "monitor: {sample: 3 h, every: 12 h, result_after: 20 h}, adjust: {round: "
           "0.1 "
           "mg, rounding: down}}\n"
           "  pres: {steps: [{give: 3 mg, every: 12 h}], when: {pres: [{hold: 1 d}, "
           "{taper: {from: 4 mg, to: 0.5 mg, over: 3 d, every: 12 h}}, {give: 1 mg, "
           "every: 12 h}]}}\n"
           "  level: {steps: [{give: 3 mg, every: 12 h, late: {sd: 1 h}}], adjust: "
           "{every: 12 h}, when: {level_above: {level: 20 ng/mL, resume: {level_below: "
           "12 ng/mL}}, level_below: {level: 4 ng/mL, steps: [{give: 6 mg, every: 8 "
           "h}], resume: {after: 30 h}}}}\n"
           "  all: {steps: [{give: 3 mg, at: [\"08:00\", \"20:00\"], missed: 10 %, "
           "late: "
           "{sd: 1 h}}], adjust: {every: 24 h, assay: 8 %}, when: {pres: "
           "{recognised_after: 3 h, steps: [{hold: 30 h}, {give: 2 mg, every: 24 h, "
           "formulation: LCP}], adjust: {target: 6-8 ng/mL}, resume: {level_below: 5 "
           "ng/mL}}, rejection: {steps: [{give: 1 mg, every: 24 h, route: iv, over: 20 "
           "h}], resume: {after: 3 d}}, level_above: {level: 20 ng/mL, resume: "
           "{level_below: 12 ng/mL}}, day: {day: 8, steps: [{give: 1 mg, every: 12 "
           "h}]}}}\n"
           "  short: {steps: [{give: 3 mg, every: 8 h, late: {sd: 3 h}, for: 4 d}, "
           "{hold: 30 d}]}\n";
}
