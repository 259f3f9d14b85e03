/*
 * Rules know what has happened until now and nothing else, and a ledger alone gives the
 * course again.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/agenda_run.h"
#include "tests/support/check.h"

#define LANDMARK "start: {day: 1, clock: \"08:00\"}\nlandmark: 31 h\n"
#define NONE LANDMARK "before: none\n"
#define STEADY                                                                         \
    LANDMARK "before: {give: 3 mg, every: 12 h, formulation: LCP, steady_state: "      \
             "true}\n"

/* Rows until then: the same bits in the same order. */
static size_t check_rows(const struct tacro_ledger *a, const struct tacro_ledger *b,
                         double until)
{
    size_t n = 0;
    size_t j = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct tacro_ledger_row *x = &a->row[i];
        const struct tacro_ledger_row *y;
        if (x->time > until) {
            continue;
        }
        while (j < b->n && b->row[j].time > until) {
            j++;
        }
        assert_true(j < b->n);
        y = &b->row[j++];
        if (x->kind != y->kind || x->time != y->time) {
            fail_msg("kind %d at %.17g h and kind %d at %.17g h, changed after %g h",
                     x->kind, x->time, y->kind, y->time, until);
        }
        assert_true(x->amount == y->amount || (isnan(x->amount) && isnan(y->amount)));
        assert_true(x->rate == y->rate && x->duration == y->duration);
        assert_true(x->ii == y->ii && x->ss == y->ss && x->route == y->route);
        assert_int_equal(x->occasion, y->occasion);
        n++;
    }
    while (j < b->n) {
        assert_true(b->row[j++].time > until);
    }
    return n;
}

static bool is_same(const struct tacro_ledger *a, const struct tacro_ledger *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        const struct tacro_ledger_row *x = &a->row[i];
        const struct tacro_ledger_row *y = &b->row[i];
        same = x->kind == y->kind && x->time == y->time &&
               (x->amount == y->amount || (isnan(x->amount) && isnan(y->amount)));
    }
    return same;
}

/* Whether the rules of a regimen look at all: else what is seen changes nothing. */
static bool reacts(const struct tacro_scenario *s, size_t regimen)
{
    return tacro_protocol_reacts(&s->input->regimen[regimen].protocol);
}

static void test_agenda_never_uses_what_is_still_to_come(void **state)
{
    size_t nregimens = 0;
    const char *regimens = test_agenda_regimens(&nregimens);
    struct tacro_scenario *s = test_agenda_scenario(NONE, regimens);
    size_t nrows = 0;
    (void)state;
    assert_int_equal(s->input->nregimens, nregimens);
    for (size_t i = 0; i < nregimens; i++) {
        size_t nchanged = 0;
        for (uint64_t patient = 0; patient < 4; patient++) {
            const struct test_fate fate = {patient + 1, 0, INFINITY};
            struct tacro_course whole = test_arm_follow(s, i, patient, &fate);
            for (uint64_t hour = 0; hour < 240; hour++) {
                const double t = (double)hour;
                const struct test_fate changed = {patient + 1, 1000 + patient + hour,
                                                  t};
                struct tacro_course other = test_arm_follow(s, i, patient, &changed);
                nrows += check_rows(&whole.ledger, &other.ledger, t);
                test_courses_same(&whole, &other, t);
                nchanged += is_same(&whole.ledger, &other.ledger) ? 0 : 1;
                tacro_course_free(&other);
            }
            tacro_course_free(&whole);
        }
        /* what comes after T does matter, where a rule looks */
        assert_true(reacts(s, i) ? nchanged > 100 : nchanged == 0);
    }
    assert_true(nrows > 100000);
    tacro_scenario_free(s);
}

static void check_replay(const struct tacro_scenario *s, size_t regimen,
                         uint64_t patient)
{
    const struct test_fate fate = {patient + 77, 0, INFINITY};
    const struct tacro_arm *arm = &s->arm[regimen];
    struct tacro_course first = test_arm_follow(s, regimen, patient, &fate);
    struct tacro_agenda_setup setup = arm->agenda;
    struct tacro_agenda *agenda = NULL;
    struct tacro_subject subject;
    struct tacro_course second;
    struct tacro_replay replay;
    tacro_subject_draw(s->rules, patient, &subject);
    setup.regimen = NULL;
    setup.before = NULL;
    assert_int_equal(tacro_replay_create(&first.ledger, &replay, NULL), TACRO_OK);
    assert_int_equal(tacro_agenda_create(&setup, &agenda, NULL), TACRO_OK);
    tacro_agenda_take(agenda, replay.record, replay.nrecords, replay.cut, replay.ncuts);
    second = test_agenda_follow(agenda, &setup, &subject, NULL);
    test_courses_same(&first, &second, INFINITY);
    tacro_agenda_free(agenda);
    tacro_replay_free(&replay);
    tacro_course_free(&first);
    tacro_course_free(&second);
}

static void test_replay_of_a_ledger_has_the_bits_of_the_course(void **state)
{
    size_t nregimens = 0;
    const char *regimens = test_agenda_regimens(&nregimens);
    struct tacro_scenario *s = test_agenda_scenario(NONE, regimens);
    (void)state;
    for (size_t i = 0; i < nregimens; i++) {
        for (uint64_t patient = 0; patient < 50; patient++) {
            check_replay(s, i, patient);
        }
    }
    tacro_scenario_free(s);
}

static void test_replay_begins_at_the_steady_state_before_the_start(void **state)
{
    size_t nregimens = 0;
    const char *regimens = test_agenda_regimens(&nregimens);
    struct tacro_scenario *s = test_agenda_scenario(STEADY, regimens);
    (void)state;
    for (size_t i = 0; i < nregimens; i++) {
        check_replay(s, i, i);
    }
    tacro_scenario_free(s);
}

#define RECORDS 60

/* Every kind of event, some at one instant, one or two hours apart. */
static size_t draw_records(uint64_t seed, struct tacro_record *record)
{
    static const double rates[] = {0.0, 0.3, TACRO_RATE_R1, TACRO_RATE_D1};
    static const enum tacro_evid kinds[] = {
        TACRO_EVID_DOSE,  TACRO_EVID_DOSE,  TACRO_EVID_DOSE,
        TACRO_EVID_DOSE,  TACRO_EVID_OTHER, TACRO_EVID_OBSERVATION,
        TACRO_EVID_RESET, TACRO_EVID_DOSE,  TACRO_EVID_RESET_AND_DOSE};
    double t = 0.0;
    for (size_t i = 0; i < RECORDS; i++) {
        struct tacro_record *r = &record[i];
        *r = (struct tacro_record){.time = t, .occasion = TACRO_NO_OCCASION};
        r->evid = kinds[(size_t)test_draw(&seed, 0.0, 9.0)];
        r->amount = test_draw(&seed, 0.5, 5.0);
        r->rate = rates[(size_t)test_draw(&seed, 0.0, 4.0)];
        if (test_draw(&seed, 0.0, 1.0) < 0.2) {
            r->port = TACRO_PORT_IV;
            r->rate = 0.5;
        }
        if (test_draw(&seed, 0.0, 1.0) < 0.2) {
            r->ss = test_draw(&seed, 0.0, 1.0) < 0.5 ? 1 : 2;
            r->ii = test_draw(&seed, 0.0, 1.0) < 0.5 ? 0.7 : 12.0;
        }
        t += floor(test_draw(&seed, 0.0, 3.0)) * 1.1;
    }
    return RECORDS;
}

static void test_replay_of_every_kind_of_record_has_the_bits_of_the_course(void **state)
{
    static const double own[] = {3.3, 17.05, 40.0};
    struct tacro_scenario *s = test_scenario(
        "title: records\npk: events\nhorizon: 80 h\nseed: 3\npatients: {n: 1}\n"
        "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n");
    struct tacro_agenda_setup setup = s->arm[0].agenda;
    struct tacro_agenda *agenda = NULL;
    struct tacro_subject subject;
    struct tacro_record record[RECORDS];
    (void)state;
    setup.regimen = NULL;
    tacro_subject_draw(s->rules, 0, &subject);
    assert_int_equal(tacro_agenda_create(&setup, &agenda, NULL), TACRO_OK);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct tacro_course first;
        struct tacro_course second;
        struct tacro_replay replay;
        tacro_agenda_take(agenda, record, draw_records(seed, record), own, 3);
        first = test_agenda_follow(agenda, &setup, &subject, NULL);
        assert_int_equal(tacro_replay_create(&first.ledger, &replay, NULL), TACRO_OK);
        tacro_agenda_take(agenda, replay.record, replay.nrecords, replay.cut,
                          replay.ncuts);
        second = test_agenda_follow(agenda, &setup, &subject, NULL);
        assert_true(first.n > 20 && first.nactions > 5);
        test_courses_same(&first, &second, INFINITY);
        tacro_replay_free(&replay);
        tacro_course_free(&first);
        tacro_course_free(&second);
    }
    tacro_agenda_free(agenda);
    tacro_scenario_free(s);
}

static void
test_replay_takes_doses_and_resets_as_records_and_the_rest_as_cuts(void **state)
{
    struct tacro_ledger_row row[] = {
        {.kind = TACRO_LEDGER_DOSE,
         .time = 1.0,
         .amount = 3.0,
         .route = 1,
         .duration = 2.0,
         .rate = 0.5,
         .ii = 12.0,
         .ss = 1,
         .occasion = 4},
        {.kind = TACRO_LEDGER_SAMPLE, .time = 2.0},
        {.kind = TACRO_LEDGER_EVENT, .time = 2.5, .amount = 1.0},
        {.kind = TACRO_LEDGER_MISSED, .time = 3.0, .amount = 3.0},
        {.kind = TACRO_LEDGER_RESET, .time = 4.0},
        {.kind = TACRO_LEDGER_CUT, .time = 5.0},
    };
    const struct tacro_ledger ledger = {.n = 6, .capacity = 6, .row = row};
    struct tacro_replay r;
    (void)state;
    assert_int_equal(tacro_replay_create(&ledger, &r, NULL), TACRO_OK);
    assert_int_equal(r.nrecords, 2);
    assert_int_equal(r.record[0].evid, TACRO_EVID_DOSE);
    assert_true(r.record[0].time == 1.0 && r.record[0].amount == 3.0);
    assert_true(r.record[0].duration == 2.0 && r.record[0].rate == 0.5);
    assert_true(r.record[0].ii == 12.0 && r.record[0].ss == 1);
    assert_int_equal(r.record[0].port, 1);
    assert_int_equal(r.record[0].occasion, 4);
    assert_int_equal(r.record[1].evid, TACRO_EVID_RESET);
    assert_true(r.record[1].time == 4.0);
    assert_int_equal(r.ncuts, 3);
    assert_true(r.cut[0] == 2.0 && r.cut[1] == 3.0 && r.cut[2] == 5.0);
    tacro_replay_free(&r);
    assert_null(r.record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agenda_never_uses_what_is_still_to_come),
        cmocka_unit_test(test_replay_of_a_ledger_has_the_bits_of_the_course),
        cmocka_unit_test(test_replay_begins_at_the_steady_state_before_the_start),
        cmocka_unit_test(
            test_replay_of_every_kind_of_record_has_the_bits_of_the_course),
        cmocka_unit_test(
            test_replay_takes_doses_and_resets_as_records_and_the_rest_as_cuts),
    };
    return cmocka_run_group_tests_name("agenda_causal", tests, NULL, NULL);
}
