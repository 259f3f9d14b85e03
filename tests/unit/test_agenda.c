/** Agendas: segments, looks, chance, weights, steady states. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/agenda_run.h"

#define START "start: {day: 0, clock: \"08:00\"}\n"
#define HORIZON 240.0

static struct tacro_scenario *open_all(size_t *n)
{
    return test_agenda_scenario(
        "start: {day: 1, clock: \"08:00\"}\nlandmark: 31 h\nbefore: none\n",
        test_agenda_regimens(n));
}

static struct tacro_scenario *open_steps(const char *regimens)
{
    return test_agenda_scenario(START, regimens);
}

static size_t count(const struct tacro_course *c, enum tacro_ledger_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->ledger.n; i++) {
        n += c->ledger.row[i].kind == kind ? 1 : 0;
    }
    return n;
}

static size_t count_actions(const struct tacro_course *c, enum tacro_action_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nactions; i++) {
        n += c->action[i].kind == kind ? 1 : 0;
    }
    return n;
}

/* -- segments ---------------------------------------------------------------------- */

static void check_chain(const struct tacro_scenario *s, const struct tacro_course *c)
{
    assert_true(c->n > 0);
    assert_true(c->segment[0].t0 == 0.0);
    assert_true(c->segment[c->n - 1].t1 == HORIZON);
    for (size_t k = 0; k < c->n; k++) {
        const struct tacro_segment *g = &c->segment[k];
        assert_true(g->t1 > g->t0);
        assert_int_equal(g->slot, tacro_clock_slot(&s->clock, g->t0));
        assert_int_equal(g->first_output, k == 0 ? 1 : c->segment[k - 1].end_output);
        assert_int_equal(g->first_action, k == 0 ? 0 : c->segment[k - 1].end_action);
        assert_int_equal(g->first_running, k == 0 ? 0 : c->segment[k - 1].end_running);
        assert_true(k == 0 || g->t0 == c->segment[k - 1].t1);
        for (size_t o = g->first_output; o < g->end_output; o++) {
            assert_true(s->time[o] > g->t0 && s->time[o] <= g->t1 + TACRO_SAME_TIME);
        }
    }
    assert_int_equal(c->segment[c->n - 1].end_output, s->ntimes);
    assert_int_equal(c->segment[c->n - 1].end_action, c->nactions);
    assert_int_equal(c->segment[c->n - 1].end_running, c->nrunning);
}

static void test_agenda_segments_have_no_gap_from_0_to_the_horizon(void **state)
{
    size_t n = 0;
    struct tacro_scenario *s = open_all(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (uint64_t patient = 0; patient < 40; patient++) {
            const struct test_fate fate = {patient + 5, 0, INFINITY};
            struct tacro_course c = test_arm_follow(s, i, patient, &fate);
            check_chain(s, &c);
            tacro_course_free(&c);
        }
    }
    tacro_scenario_free(s);
}

/* Every row but an event's is at the start of a segment. */
static void test_agenda_rows_are_where_segments_start(void **state)
{
    size_t n = 0;
    struct tacro_scenario *s = open_all(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct test_fate fate = {i, 0, INFINITY};
        struct tacro_course c = test_arm_follow(s, i, i, &fate);
        size_t k = 0;
        for (size_t j = 0; j < c.ledger.n; j++) {
            const struct tacro_ledger_row *row = &c.ledger.row[j];
            if (row->kind == TACRO_LEDGER_EVENT) {
                assert_true(row->time > c.segment[k].t0);
                assert_true(row->time <= c.segment[k].t1);
                continue;
            }
            while (k + 1 < c.n && c.segment[k].t0 < row->time) {
                k++;
            }
            assert_true(c.segment[k].t0 == row->time);
        }
        tacro_course_free(&c);
    }
    tacro_scenario_free(s);
}

static void test_agenda_horizon_has_no_dose(void **state)
{
    struct tacro_scenario *s =
        open_steps("  a: {steps: [{give: 3 mg, every: 12 h}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 0, NULL);
    (void)state;
    assert_int_equal(count(&c, TACRO_LEDGER_DOSE), 20);
    assert_int_equal(count_actions(&c, TACRO_ACTION_BOLUS), 20);
    for (size_t i = 0; i < c.ledger.n; i++) {
        assert_true(c.ledger.row[i].time < HORIZON);
    }
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

/* -- looks ------------------------------------------------------------------------- */

/* Recognised after 3 h: no segment from the landmark on is longer until it happens. */
static void test_agenda_looks_as_often_as_recognition_takes(void **state)
{
    struct tacro_scenario *s = test_agenda_scenario(
        START "landmark: 31 h\n", "  a: {steps: [{give: 3 mg, every: 24 h}], when: "
                                  "{pres: {recognised_after: 3 h, "
                                  "steps: [{give: 1 mg, every: 24 h}]}}}\n");
    size_t nevents = 0;
    size_t nlong = 0;
    (void)state;
    for (uint64_t patient = 0; patient < 20; patient++) {
        const struct test_fate fate = {patient, 0, INFINITY};
        struct tacro_course c = test_arm_follow(s, 0, patient, &fate);
        double since = INFINITY; /* when it was seen */
        for (size_t i = 0; i < c.ledger.n; i++) {
            if (c.ledger.row[i].kind == TACRO_LEDGER_EVENT) {
                assert_true(c.ledger.row[i].amount == 0.0);
                since = c.ledger.row[i].time;
                nevents++;
            }
        }
        for (size_t k = 0; k < c.n; k++) {
            const double length = c.segment[k].t1 - c.segment[k].t0;
            if (c.segment[k].t0 >= 31.0 && c.segment[k].t0 < since) {
                assert_true(length <= 3.0 + 1e-9);
            } else {
                nlong += length > 3.0 + 1e-9 ? 1 : 0;
            }
        }
        tacro_course_free(&c);
    }
    assert_true(nevents > 5 && nevents < 20);
    assert_true(nlong > 50); /* before the landmark, and after the event */
    tacro_scenario_free(s);
}

static void test_agenda_without_a_rule_for_outcomes_does_not_look(void **state)
{
    struct tacro_scenario *s = test_agenda_scenario(
        START "landmark: 31 h\n",
        "  a: {steps: [{give: 3 mg, every: 24 h}], when: {pres: [{hold: 1 d}]}}\n"
        "  b: {steps: [{give: 3 mg, every: 24 h}], when: {day: {day: 9, steps: [{hold: "
        "1 d}]}}}\n");
    const struct test_fate fate = {1, 0, INFINITY};
    struct tacro_course a = test_arm_follow(s, 0, 0, &fate);
    struct tacro_course b = test_arm_follow(s, 1, 0, &fate);
    struct tacro_agenda *agenda = NULL;
    struct tacro_subject subject;
    (void)state;
    assert_true(count(&a, TACRO_LEDGER_CUT) > 0);
    assert_int_equal(count(&b, TACRO_LEDGER_CUT), 0);
    tacro_subject_draw(s->rules, 0, &subject);
    assert_int_equal(tacro_agenda_create(&s->arm[0].agenda, &agenda, NULL), TACRO_OK);
    tacro_agenda_begin(agenda, &subject);
    assert_true(tacro_agenda_watches(agenda, 0));
    assert_false(tacro_agenda_watches(agenda, 1));
    tacro_agenda_aim(agenda, &s->arm[1].agenda);
    tacro_agenda_begin(agenda, &subject);
    assert_false(tacro_agenda_watches(agenda, 0));
    tacro_agenda_free(agenda);
    tacro_course_free(&a);
    tacro_course_free(&b);
    tacro_scenario_free(s);
}

/* The level of the sample is that before the dose of its instant. */
static void test_agenda_draws_blood_before_the_dose_of_its_instant(void **state)
{
    struct tacro_scenario *s = open_steps("  a: {steps: [{give: 3 mg, every: 12 h}], "
                                          "monitor: {every: 24 h, result_after: "
                                          "12 h}}\n");
    const struct test_fate fate = {4, 0, INFINITY};
    struct tacro_course c = test_arm_follow(s, 0, 0, &fate);
    size_t nsamples = 0;
    (void)state;
    for (size_t i = 0; i < c.ledger.n; i++) {
        const struct tacro_ledger_row *row = &c.ledger.row[i];
        if (row->kind == TACRO_LEDGER_SAMPLE) {
            assert_true(i + 1 < c.ledger.n);
            assert_int_equal(row[1].kind, TACRO_LEDGER_DOSE);
            assert_true(row[1].time == row->time);
            nsamples++;
        } else if (row->kind == TACRO_LEDGER_RESULT) {
            assert_true(row->amount == test_fate_level(&fate, row->time - 12.0));
            assert_int_equal(row[1].kind, TACRO_LEDGER_DOSE);
        }
    }
    assert_int_equal(nsamples, 9);
    assert_int_equal(count(&c, TACRO_LEDGER_RESULT), 9);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

/* -- chance ------------------------------------------------------------------------ */

#define PATIENTS 100
#define NOMINAL 20 /* doses of each */

/* Half-normal: mean sd sqrt(2/pi), variance sd^2 (1 - 2/pi). */
static void test_agenda_missed_and_late_doses_have_their_shares(void **state)
{
    struct tacro_scenario *s = open_steps(
        "  a: {steps: [{give: 3 mg, every: 12 h, missed: 20 %, late: {sd: 1 h}}]}\n");
    const double n = PATIENTS * NOMINAL;
    const double pi = acos(-1.0);
    size_t nmissed = 0;
    size_t ndoses = 0;
    double delay = 0.0;
    double squares = 0.0;
    (void)state;
    for (uint64_t patient = 0; patient < PATIENTS; patient++) {
        struct tacro_course c = test_arm_follow(s, 0, patient, NULL);
        for (size_t i = 0; i < c.ledger.n; i++) {
            const struct tacro_ledger_row *row = &c.ledger.row[i];
            const double after = fmod(row->time, 12.0);
            if (row->kind == TACRO_LEDGER_MISSED) {
                assert_true(after == 0.0 && row->amount == 3.0);
                nmissed++;
            } else if (row->kind == TACRO_LEDGER_DOSE) {
                assert_true(after > 0.0);
                delay += after;
                squares += after * after;
                ndoses++;
            }
        }
        tacro_course_free(&c);
    }
    assert_int_equal(nmissed + ndoses, PATIENTS * NOMINAL);
    assert_true(fabs((double)nmissed / n - 0.2) < 4.0 * sqrt(0.2 * 0.8 / n));
    delay /= (double)ndoses;
    assert_true(fabs(delay - sqrt(2.0 / pi)) <
                4.0 * sqrt((1.0 - 2.0 / pi) / (double)ndoses));
    assert_true(fabs(squares / (double)ndoses - 1.0) <
                4.0 * sqrt(2.0 / (double)ndoses));
    tacro_scenario_free(s);
}

static void test_agenda_chance_is_the_patients_and_the_minutes(void **state)
{
    struct tacro_scenario *s = open_steps(
        "  a: {steps: [{give: 3 mg, every: 12 h, missed: 30 %, late: {sd: 1 h}}]}\n"
        "  b: {steps: [{give: 5 mg, every: 24 h, missed: 30 %, late: {sd: 1 h}, for: 4 "
        "d}, {give: 1 mg, at: [\"08:00\", \"20:00\"], missed: 30 %, late: {sd: 1 "
        "h}}]}\n");
    struct tacro_course first = test_arm_follow(s, 0, 0, NULL);
    size_t ncommon = 0;
    size_t nother = 0;
    (void)state;
    for (uint64_t patient = 0; patient < 10; patient++) {
        struct tacro_course a = test_arm_follow(s, 0, patient, NULL);
        struct tacro_course b = test_arm_follow(s, 1, patient, NULL);
        size_t j = 0;
        for (size_t i = 0; i < b.ledger.n; i++) {
            const struct tacro_ledger_row *row = &b.ledger.row[i];
            if (row->kind != TACRO_LEDGER_DOSE && row->kind != TACRO_LEDGER_MISSED) {
                continue;
            }
            while (j < a.ledger.n && (a.ledger.row[j].kind != row->kind ||
                                      a.ledger.row[j].time < row->time - 1e-6)) {
                j++;
            }
            assert_true(j < a.ledger.n);
            assert_true(fabs(a.ledger.row[j].time - row->time) < 1e-6);
            ncommon++;
        }
        nother += count(&a, TACRO_LEDGER_MISSED) != count(&first, TACRO_LEDGER_MISSED);
        tacro_course_free(&a);
        tacro_course_free(&b);
    }
    assert_true(ncommon > 120);
    assert_true(nother > 3);
    tacro_course_free(&first);
    tacro_scenario_free(s);
}

/* Planned at 19:30 in a slot that ends at 20:00, taken after it. */
static void test_agenda_late_dose_keeps_the_slot_of_its_nominal_time(void **state)
{
    struct tacro_scenario *s =
        open_steps("  a: {steps: [{give: 3 mg, at: [\"19:30\"], late: {sd: 2 h}}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 1, NULL);
    size_t nlater = 0;
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < c.ledger.n; i++) {
        const struct tacro_ledger_row *row = &c.ledger.row[i];
        if (row->kind == TACRO_LEDGER_DOSE) {
            assert_int_equal(row->occasion, 2 * n);
            assert_true(row->time > 24.0 * (double)n + 11.5);
            nlater += row->time >= 24.0 * (double)n + 12.0 ? 1 : 0;
            n++;
        }
    }
    n = 0;
    for (size_t i = 0; i < c.nactions; i++) {
        assert_int_equal(c.action[i].entry.slot, 2 * n);
        n++;
    }
    assert_int_equal(n, 10);
    assert_true(nlater > 5);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

/* 07:54 is the last dose, six minutes before the horizon. */
static void test_agenda_late_dose_past_the_horizon_is_not_given(void **state)
{
    struct tacro_scenario *s =
        open_steps("  a: {steps: [{give: 3 mg, at: [\"07:54\"], late: {sd: 2 h}}]}\n");
    size_t nlost = 0;
    (void)state;
    for (uint64_t patient = 0; patient < 50; patient++) {
        struct tacro_course c = test_arm_follow(s, 0, patient, NULL);
        const size_t n = count(&c, TACRO_LEDGER_DOSE);
        assert_true(n == 9 || n == 10);
        assert_int_equal(count_actions(&c, TACRO_ACTION_BOLUS), n);
        for (size_t i = 0; i < c.ledger.n; i++) {
            assert_true(c.ledger.row[i].time < HORIZON);
        }
        nlost += n == 9 ? 1 : 0;
        tacro_course_free(&c);
    }
    assert_true(nlost > 40);
    tacro_scenario_free(s);
}

/* -- amounts and lags -------------------------------------------------------------- */

static void test_agenda_dose_by_weight_is_the_patients(void **state)
{
    struct tacro_scenario *s = open_steps(
        "  a: {steps: [{give: 0.0375 mg/kg, every: 24 h, loading: 0.1 mg/kg}]}\n");
    double least = INFINITY;
    double most = 0.0;
    (void)state;
    for (uint64_t patient = 0; patient < 20; patient++) {
        struct tacro_course c = test_arm_follow(s, 0, patient, NULL);
        struct tacro_subject subject;
        double kg;
        tacro_subject_draw(s->rules, patient, &subject);
        kg = subject.covariate[TACRO_COV_weight];
        assert_int_equal(c.nactions, 10);
        for (size_t i = 0; i < c.nactions; i++) {
            const double exact = (i == 0 ? 0.1 : 0.0375) * kg;
            const double mg = c.action[i].entry.amount;
            assert_true(fabs(mg - exact) <= 0.25 + 1e-9);
            assert_true(fabs(2.0 * mg - floor(2.0 * mg + 0.5)) < 1e-9);
        }
        least = fmin(least, c.action[1].entry.amount);
        most = fmax(most, c.action[1].entry.amount);
        tacro_course_free(&c);
    }
    assert_true(most > least);
    tacro_scenario_free(s);
}

/* A table in which the weight of the second patient falls from 80 to 40 kg. */
static void test_agenda_dose_by_weight_follows_the_weight_of_a_table(void **state)
{
    static const double want[] = {8.0, 8.0, 4.0, 4.0};
    char path[256];
    char text[1024];
    struct tacro_scenario *s;
    struct tacro_course c;
    FILE *file;
    (void)state;
    test_temporary(path, "weights.csv");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("ID,TIME,WT,HCT\na,0,60,0.3\nb,0,80,0.3\nb,30,40,0.3\n", file) >=
                0);
    assert_int_equal(fclose(file), 0);
    snprintf(text, sizeof text,
             "title: weights\npk: sikma2020_thoracic_icu\nhorizon: 96 h\nseed: 3\n"
             "patients: {file: %s, covariates: locf}\n"
             "regimens: {a: {steps: [{give: 0.1 mg/kg, every: 24 h}]}}\n",
             strrchr(path, '/') + 1);
    s = test_scenario(text);
    unlink(path);
    c = test_arm_follow(s, 0, 1, NULL);
    assert_int_equal(c.nactions, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(fabs(c.action[i].entry.amount - want[i]) < 1e-9);
    }
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

/* LCP has a lag of 1.4 h; the last dose is one hour before the horizon. */
static void test_agenda_lag_past_the_horizon_lets_nothing_enter(void **state)
{
    struct tacro_scenario *s =
        open_steps("  a: {steps: [{give: 3 mg, at: [\"07:00\"], formulation: LCP}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 0, NULL);
    (void)state;
    assert_int_equal(count(&c, TACRO_LEDGER_DOSE), 10);
    assert_int_equal(c.nactions, 9);
    for (size_t k = 0; k < c.n; k++) {
        for (size_t i = c.segment[k].first_action; i < c.segment[k].end_action; i++) {
            const double nominal = c.action[i].entry.time;
            assert_true(fabs(c.segment[k].t0 - nominal - 1.4) < 1e-9);
        }
    }
    check_chain(s, &c);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

static void test_agenda_infusion_runs_for_its_time(void **state)
{
    struct tacro_scenario *s = open_steps(
        "  a: {steps: [{give: 2 mg, every: 24 h, route: iv, over: 20 h}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 0, NULL);
    double amount = 0.0;
    (void)state;
    assert_int_equal(c.nactions, 0);
    for (size_t k = 0; k < c.n; k++) {
        const struct tacro_segment *g = &c.segment[k];
        const size_t n = g->end_running - g->first_running;
        assert_int_equal(n, fmod(g->t0 + 1e-9, 24.0) < 20.0 ? 1 : 0);
        if (n == 1) {
            assert_true(fabs(c.running[g->first_running].amount - 0.1) < 1e-12);
            assert_int_equal(c.running[g->first_running].port, TACRO_PORT_IV);
            amount += 0.1 * (g->t1 - g->t0);
        }
    }
    assert_true(fabs(amount - 20.0) < 1e-9);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

static void test_agenda_before_makes_one_steady_state_and_no_dose(void **state)
{
    struct tacro_scenario *s = test_agenda_scenario(
        "start: {day: 3, clock: \"08:00\"}\n"
        "before: {give: 3 mg, every: 24 h, formulation: LCP, steady_state: true}\n",
        "  a: {steps: [{hold: 20 d}]}\n"
        "  b: {steps: [{give: 2 mg, every: 12 h}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 0, NULL);
    const struct tacro_action *steady = &c.action[0];
    (void)state;
    assert_int_equal(c.nactions, 1);
    assert_int_equal(c.nrunning, 0);
    assert_int_equal(c.segment[0].end_action, 1);
    assert_int_equal(steady->kind, TACRO_ACTION_STEADY);
    assert_true(steady->entry.port >= TACRO_PORT_FORMULATION);
    assert_true(steady->entry.amount == 3.0 && steady->entry.time == 0.0);
    assert_true(steady->ii == 24.0 && steady->duration == 0.0);
    assert_true(fabs(steady->lag - 1.4) < 1e-12);
    assert_int_equal(c.ledger.n, 1);
    assert_int_equal(c.ledger.row[0].kind, TACRO_LEDGER_DOSE);
    assert_int_equal(c.ledger.row[0].ss, TACRO_SS_BEFORE);
    tacro_course_free(&c);
    c = test_arm_follow(s, 1, 0, NULL);
    assert_int_equal(c.action[0].kind, TACRO_ACTION_STEADY);
    assert_int_equal(count_actions(&c, TACRO_ACTION_STEADY), 1);
    assert_int_equal(count_actions(&c, TACRO_ACTION_BOLUS), 20); /* of its own */
    assert_int_equal(c.segment[0].end_action, 2);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

/* Every hour with a lag of 1.4 h: the dose of an hour ago enters in 0.4 h. */
static void test_agenda_before_leaves_what_is_in_its_lag(void **state)
{
    struct tacro_scenario *s = test_agenda_scenario(
        "start: {day: 3, clock: \"08:00\"}\n"
        "before: {give: 0.5 mg, every: 1 h, formulation: LCP, steady_state: true}\n",
        "  a: {steps: [{hold: 20 d}]}\n");
    struct tacro_course c = test_arm_follow(s, 0, 0, NULL);
    (void)state;
    assert_int_equal(c.nactions, 2);
    assert_int_equal(c.action[0].kind, TACRO_ACTION_STEADY);
    assert_int_equal(c.action[1].kind, TACRO_ACTION_BOLUS);
    assert_true(c.action[1].entry.amount == 0.5);
    assert_int_equal(c.segment[1].first_action, 1);
    assert_int_equal(c.segment[1].end_action, 2);
    assert_true(fabs(c.segment[1].t0 - 0.4) < 1e-12);
    tacro_course_free(&c);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agenda_segments_have_no_gap_from_0_to_the_horizon),
        cmocka_unit_test(test_agenda_rows_are_where_segments_start),
        cmocka_unit_test(test_agenda_horizon_has_no_dose),
        cmocka_unit_test(test_agenda_looks_as_often_as_recognition_takes),
        cmocka_unit_test(test_agenda_without_a_rule_for_outcomes_does_not_look),
        cmocka_unit_test(test_agenda_draws_blood_before_the_dose_of_its_instant),
        cmocka_unit_test(test_agenda_missed_and_late_doses_have_their_shares),
        cmocka_unit_test(test_agenda_chance_is_the_patients_and_the_minutes),
        cmocka_unit_test(test_agenda_late_dose_keeps_the_slot_of_its_nominal_time),
        cmocka_unit_test(test_agenda_late_dose_past_the_horizon_is_not_given),
        cmocka_unit_test(test_agenda_dose_by_weight_is_the_patients),
        cmocka_unit_test(test_agenda_dose_by_weight_follows_the_weight_of_a_table),
        cmocka_unit_test(test_agenda_lag_past_the_horizon_lets_nothing_enter),
        cmocka_unit_test(test_agenda_infusion_runs_for_its_time),
        cmocka_unit_test(test_agenda_before_makes_one_steady_state_and_no_dose),
        cmocka_unit_test(test_agenda_before_leaves_what_is_in_its_lag),
    };
    return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}
