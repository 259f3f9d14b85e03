/*
 * The boundary cases of dosing events, one by one: what the course is, and that the
 * exact solver gives what the reference gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "input/dataset.h"
#include "tests/support/check.h"
#include "tests/support/event_cases.h"
#include "tests/support/events.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of the largest value in the course: rounding of some hundred segments. */
#define ALLOWED 1e-9
#define RTOL 1e-8
#define HORIZON TEST_EVENTS_HORIZON

/* A dose at once, or of RATE; a test adds what it is about. */
static struct tacro_record dose_at(double time, double amount, double rate)
{
    return (struct tacro_record){.time = time,
                                 .evid = TACRO_EVID_DOSE,
                                 .amount = amount,
                                 .rate = rate,
                                 .occasion = TACRO_NO_OCCASION};
}

static struct tacro_record event_at(double time, enum tacro_evid evid)
{
    return (struct tacro_record){
        .time = time, .evid = evid, .occasion = TACRO_NO_OCCASION};
}

static struct tacro_record steady_at(double time, double amount, double rate, double ii)
{
    struct tacro_record record = dose_at(time, amount, rate);
    record.ii = ii;
    record.ss = 1;
    return record;
}

/* One list of records, its course, and what the exact solver makes of it. */
struct run {
    struct tacro_scenario *scenario;
    struct tacro_course course;
    struct test_event_result result;
};

/* Solves a list and holds it to the reference; freed with finish. */
static struct run follow(const struct test_event_model *model, const char *extra,
                         size_t n, const struct tacro_record *record)
{
    const struct test_event_list list = {n, record};
    struct run run = {.scenario = test_events_open(model, extra)};
    double difference;
    test_events_course(run.scenario, &list, &run.course);
    test_events_run(run.scenario, &tacro_method_exact, RTOL, 1, &list, &run.result);
    difference = test_events_difference(run.scenario, model, &list, &run.result);
    if (!(difference <= ALLOWED)) {
        fail_msg("%.3g of the largest value", difference);
    }
    return run;
}

static void finish(struct run *run)
{
    tacro_course_free(&run->course);
    test_events_free(1, &run->result);
    tacro_scenario_free(run->scenario);
}

static double level_at(const struct run *run, double t)
{
    return run->result.concentration[tacro_scenario_output(run->scenario, t)];
}

/* Doses that the ledger has from `from` [h] on. */
static size_t doses_from(const struct tacro_course *course, double from)
{
    size_t n = 0;
    for (size_t i = 0; i < course->ledger.n; i++) {
        const struct tacro_ledger_row *row = &course->ledger.row[i];
        n += row->kind == TACRO_LEDGER_DOSE && row->time >= from ? 1 : 0;
    }
    return n;
}

/* Segments follow each other from the start to the horizon; none is empty. */
static void check_segments(const struct tacro_course *course)
{
    double t = 0.0;
    assert_true(course->n > 0);
    for (size_t k = 0; k < course->n; k++) {
        assert_true(course->segment[k].t0 == t);
        assert_true(course->segment[k].t1 > t);
        t = course->segment[k].t1;
    }
    assert_true(t == HORIZON);
}

/* The segment that starts at t. */
static const struct tacro_segment *segment_at(const struct tacro_course *course,
                                              double t)
{
    for (size_t k = 0; k < course->n; k++) {
        if (fabs(course->segment[k].t0 - t) <= TACRO_SAME_TIME) {
            return &course->segment[k];
        }
    }
    fail_msg("no segment starts at %g h", t);
    return NULL;
}

/* ---- the ends ---- */

static void test_dose_at_the_horizon_is_not_given(void **state)
{
    const struct tacro_record records[] = {dose_at(0.0, 3.0, 0.0),
                                           dose_at(HORIZON, 5.0, 0.0)};
    struct run run = follow(&test_events_model, "", COUNT(records), records);
    (void)state;
    check_segments(&run.course);
    assert_int_equal(doses_from(&run.course, 0.0), 1);
    assert_int_equal(doses_from(&run.course, HORIZON - 1.0), 0);
    finish(&run);
}

static void test_addl_past_the_horizon_is_not_given(void **state)
{
    struct tacro_record record = dose_at(0.0, 3.0, 0.0);
    struct run run;
    (void)state;
    record.ii = 24.0;
    record.addl = 1000;
    run = follow(&test_events_model, "", 1, &record);
    check_segments(&run.course);
    /* at 0, 24 ... 144 h, not at 168 h */
    assert_int_equal(doses_from(&run.course, 0.0), 7);
    finish(&run);
}

static void test_lag_past_the_horizon_drops_the_dose(void **state)
{
    const struct tacro_record records[] = {dose_at(0.0, 3.0, 0.0),
                                           dose_at(160.0, 5.0, 0.0)};
    struct test_event_model model = test_events_model;
    struct run with;
    struct run without;
    (void)state;
    model.ALAG1 = 9.5;
    with = follow(&model, "", 2, records);
    without = follow(&model, "", 1, records);
    check_segments(&with.course);
    assert_int_equal(with.course.nactions, without.course.nactions);
    /* it was given, though it does not enter */
    assert_int_equal(doses_from(&with.course, 160.0), 1);
    finish(&with);
    finish(&without);
}

static void test_dose_at_a_segment_end_is_in_the_next_segment(void **state)
{
    /* all states are kept at 24 h: a segment ends there, whether dosed or not */
    const struct tacro_record records[] = {
        dose_at(0.0, 3.0, 0.0), event_at(24.0, TACRO_EVID_OTHER),
        dose_at(24.0, 4.0, 0.0), event_at(24.0, TACRO_EVID_OTHER)};
    struct run run = follow(&test_events_model, "", COUNT(records), records);
    struct run before = follow(&test_events_model, "", 1, records);
    const struct tacro_segment *segment = segment_at(&run.course, 24.0);
    (void)state;
    check_segments(&run.course);
    assert_int_equal(segment->end_action - segment->first_action, 1);
    test_check_close("level at the dose", level_at(&run, 24.0), level_at(&before, 24.0),
                     1e-12);
    finish(&run);
    finish(&before);
}

/* ---- doses beside each other ---- */

static void test_two_doses_at_one_time_both_count(void **state)
{
    const struct tacro_record two[] = {dose_at(5.0, 3.0, 0.0), dose_at(5.0, 1.0, 0.0),
                                       dose_at(5.0, 2.0, 0.5)};
    const struct tacro_record one[] = {dose_at(5.0, 4.0, 0.0), dose_at(5.0, 2.0, 0.5)};
    struct run a = follow(&test_events_model, "", COUNT(two), two);
    struct run b = follow(&test_events_model, "", COUNT(one), one);
    (void)state;
    check_segments(&a.course);
    assert_int_equal(doses_from(&a.course, 0.0), 3);
    assert_true(level_at(&b, 14.0) > 1.0);
    test_check_close("level", level_at(&a, 14.0), level_at(&b, 14.0), 1e-12);
    finish(&a);
    finish(&b);
}

static void test_lag_past_the_next_dose_keeps_both(void **state)
{
    struct tacro_record records[] = {dose_at(0.0, 3.0, 0.0), dose_at(6.0, 2.0, 0.7),
                                     dose_at(7.0, 1.0, 0.0)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.ALAG1 = 9.5;
    records[2].port = TACRO_PORT_IV;
    run = follow(&model, "", COUNT(records), records);
    check_segments(&run.course);
    assert_true(level_at(&run, 7.0) == 0.0);
    assert_true(level_at(&run, 10.5) > 0.0);
    segment_at(&run.course, 9.5);
    segment_at(&run.course, 15.5);
    finish(&run);
}

static void test_observation_before_or_after_a_dose_sees_the_level_before(void **state)
{
    const struct tacro_record before[] = {dose_at(0.0, 3.0, 0.0),
                                          event_at(14.0, TACRO_EVID_OBSERVATION),
                                          dose_at(14.0, 4.0, 0.0)};
    const struct tacro_record after[] = {dose_at(0.0, 3.0, 0.0),
                                         dose_at(14.0, 4.0, 0.0),
                                         event_at(14.0, TACRO_EVID_OBSERVATION)};
    struct run a = follow(&test_events_model, "", COUNT(before), before);
    struct run b = follow(&test_events_model, "", COUNT(after), after);
    (void)state;
    assert_int_equal(a.course.n, b.course.n);
    for (size_t o = 0; o < a.scenario->ntimes; o++) {
        assert_true(
            test_same_bits(a.result.concentration[o], b.result.concentration[o]));
    }
    finish(&a);
    finish(&b);
}

/* ---- infusions ---- */

static void test_infusion_over_a_clearance_step_follows_both_clearances(void **state)
{
    const struct test_event_change change[] = {{10.0, 8.0}, {60.0, 26.0}};
    struct tacro_record records[] = {dose_at(4.0, 3.0, 0.2), dose_at(50.0, 2.0, 0.1)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    records[1].port = TACRO_PORT_IV;
    model.nchanges = COUNT(change);
    model.change = change;
    run =
        follow(&model,
               "multiply: {CL: [{from: 10 h, value: 0.4}, {from: 60 h, value: 1.3}]}\n",
               COUNT(records), records);
    check_segments(&run.course);
    segment_at(&run.course, 10.0);
    segment_at(&run.course, 60.0);
    finish(&run);
}

static void test_steady_state_takes_the_clearance_of_its_time(void **state)
{
    const struct test_event_change change[] = {{10.0, 8.0}, {60.0, 26.0}};
    struct tacro_record records[] = {steady_at(10.0, 3.0, 0.0, 12.0),
                                     steady_at(60.0, 3.0, 0.2, 12.0)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    records[1].ss = 2;
    model.nchanges = COUNT(change);
    model.change = change;
    run =
        follow(&model,
               "multiply: {CL: [{from: 10 h, value: 0.4}, {from: 60 h, value: 1.3}]}\n",
               COUNT(records), records);
    check_segments(&run.course);
    finish(&run);
}

static void test_reset_during_an_infusion_ends_it(void **state)
{
    const struct tacro_record records[] = {dose_at(0.0, 5.0, 0.25),
                                           event_at(7.0, TACRO_EVID_RESET)};
    struct run run = follow(&test_events_model, "", COUNT(records), records);
    const struct tacro_segment *segment = segment_at(&run.course, 7.0);
    (void)state;
    check_segments(&run.course);
    assert_true(level_at(&run, 7.0) > 1.0);
    assert_true(level_at(&run, 10.5) == 0.0);
    assert_true(level_at(&run, HORIZON) == 0.0);
    assert_int_equal(segment->end_running, segment->first_running);
    finish(&run);
}

static void test_reset_and_dose_during_an_infusion_begins_anew(void **state)
{
    const struct tacro_record records[] = {dose_at(0.0, 5.0, 0.25),
                                           {.time = 7.0,
                                            .evid = TACRO_EVID_RESET_AND_DOSE,
                                            .amount = 2.0,
                                            .rate = 0.5,
                                            .occasion = TACRO_NO_OCCASION}};
    const struct tacro_record alone[] = {dose_at(0.0, 2.0, 0.5)};
    struct run run = follow(&test_events_model, "", COUNT(records), records);
    struct run fresh = follow(&test_events_model, "", COUNT(alone), alone);
    (void)state;
    check_segments(&run.course);
    test_check_close("level", level_at(&run, 17.5), level_at(&fresh, 10.5), 1e-11);
    finish(&run);
    finish(&fresh);
}

static void test_infusion_of_no_duration_enters_at_once(void **state)
{
    const struct tacro_record infused[] = {dose_at(3.5, 2.0, TACRO_RATE_D1),
                                           steady_at(59.5, 2.0, TACRO_RATE_D1, 12.0)};
    const struct tacro_record at_once[] = {dose_at(3.5, 2.0, 0.0),
                                           steady_at(59.5, 2.0, 0.0, 12.0)};
    struct test_event_model model = test_events_model;
    struct run a;
    struct run b;
    (void)state;
    model.D1 = 1e-9; /* h: far below what is one instant */
    a = follow(&model, "", COUNT(infused), infused);
    b = follow(&model, "", COUNT(at_once), at_once);
    check_segments(&a.course);
    assert_int_equal(a.course.nrunning, 0);
    test_check_close("dose", level_at(&a, 7.0), level_at(&b, 7.0), 1e-9);
    test_check_close("steady state", level_at(&a, 63.0), level_at(&b, 63.0), 1e-9);
    finish(&a);
    finish(&b);
}

static void test_intravenous_dose_counts_one_over_fabs(void **state)
{
    struct tacro_record records[] = {dose_at(2.0, 1.0, 0.0), dose_at(9.0, 1.0, 0.0),
                                     steady_at(40.0, 0.5, 0.0, 12.0)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.FABS = 0.25;
    model.ALAG1 = 0.4;
    for (size_t i = 0; i < COUNT(records); i++) {
        records[i].port = TACRO_PORT_IV;
        records[i].duration = i == 0 ? 0.0 : 4.0;
    }
    run = follow(&model, "", COUNT(records), records);
    check_segments(&run.course);
    finish(&run);
}

/*
 * FABS turns true amounts into those of apparent volumes; it is no F of the drug. A
 * pump runs for AMT/RATE whatever it is, a constant one has the level of RATE/FABS.
 */
static void test_fabs_leaves_the_duration_of_a_rate(void **state)
{
    struct tacro_record records[] = {dose_at(2.0, 1.0, 0.25),
                                     steady_at(38.5, 0.0, 0.05, 0.0)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.FABS = 0.25;
    records[0].port = TACRO_PORT_IV;
    records[1].port = TACRO_PORT_IV;
    run = follow(&model, "", COUNT(records), records);
    segment_at(&run.course, 6.0);
    finish(&run);
}

/* ---- steady state ---- */

static void test_steady_state_with_lag_enters_later(void **state)
{
    struct tacro_record record = steady_at(5.0, 3.0, 0.0, 12.0);
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.ALAG1 = 0.4;
    record.addl = 4;
    run = follow(&model, "", 1, &record);
    check_segments(&run.course);
    segment_at(&run.course, 5.4);
    finish(&run);
}

static void test_steady_state_with_lag_past_ii_has_doses_on_their_way(void **state)
{
    const double lag[] = {12.0, 13.5, 30.0};
    (void)state;
    for (size_t i = 0; i < COUNT(lag); i++) {
        struct tacro_record record = steady_at(5.0, 3.0, i == 1 ? 0.6 : 0.0, 12.0);
        struct test_event_model model = test_events_model;
        struct run run;
        model.ALAG1 = lag[i];
        record.ss = i == 2 ? 2 : 1;
        record.addl = 2;
        run = follow(&model, "", 1, &record);
        check_segments(&run.course);
        assert_int_equal(doses_from(&run.course, 0.0), 3);
        finish(&run);
    }
}

static void test_steady_infusions_longer_than_ii_overlap(void **state)
{
    /* 15 h, 24 h and 40 h, every 8 h */
    const double rate[] = {3.0 / 15.0, 3.0 / 24.0, 3.0 / 40.0};
    (void)state;
    for (size_t i = 0; i < COUNT(rate); i++) {
        struct tacro_record record = steady_at(5.0, 3.0, rate[i], 8.0);
        struct run run;
        record.addl = 3;
        run = follow(&test_events_model, "", 1, &record);
        check_segments(&run.course);
        finish(&run);
    }
}

static void test_constant_infusion_ends_at_its_record(void **state)
{
    struct tacro_record records[] = {dose_at(0.0, 3.0, 0.0),
                                     steady_at(10.5, 0.0, 0.3, 0.0)};
    struct run run;
    (void)state;
    records[1].port = TACRO_PORT_IV;
    run = follow(&test_events_model, "", COUNT(records), records);
    check_segments(&run.course);
    assert_true(level_at(&run, 14.0) < 1000.0 * 0.3 / 20.0);
    finish(&run);
}

static void test_constant_oral_infusion_is_not_scaled_by_f(void **state)
{
    struct tacro_record record = steady_at(10.5, 0.0, 0.3, 0.0);
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.F1 = 0.37;
    run = follow(&model, "", 1, &record);
    check_segments(&run.course);
    finish(&run);
}

/* ---- order at one instant ---- */

static void test_reset_at_the_instant_of_a_lagged_entry_cancels_it(void **state)
{
    /* in doubles 1.4 + 0.4 is below 1.8, 7.4 + 0.4 above 7.8 */
    const struct tacro_record records[] = {
        dose_at(1.4, 3.0, 0.0), event_at(1.8, TACRO_EVID_RESET), dose_at(7.4, 3.0, 0.0),
        event_at(7.8, TACRO_EVID_RESET), dose_at(14.0, 1.0, 0.0)};
    struct test_event_model model = test_events_model;
    struct run run;
    (void)state;
    model.ALAG1 = 0.4;
    run = follow(&model, "", COUNT(records), records);
    check_segments(&run.course);
    assert_true(level_at(&run, 3.5) == 0.0);
    assert_true(level_at(&run, 10.5) == 0.0);
    assert_true(level_at(&run, 17.5) > 0.0);
    finish(&run);
}

static void test_additional_dose_at_a_reset_comes_before_it(void **state)
{
    struct tacro_record records[] = {dose_at(0.0, 3.0, 0.0),
                                     event_at(14.0, TACRO_EVID_RESET)};
    struct run run;
    (void)state;
    records[0].ii = 7.0;
    records[0].addl = 5;
    run = follow(&test_events_model, "", COUNT(records), records);
    check_segments(&run.course);
    assert_int_equal(doses_from(&run.course, 0.0), 3); /* at 0, 7 and 14 h */
    assert_true(level_at(&run, 17.5) == 0.0);
    finish(&run);
}

/* ---- dates ---- */

/* In Europe clocks go forward on 2026-03-29, back on 2026-10-25; hours do neither. */
static void check_dates(const char *first, const char *second)
{
    static const char *const port[] = {"DEPOT", "CENTRAL"};
    const struct tacro_dataset_frame frame = {
        .nports = COUNT(port), .port = port, .start_clock = 20.0, .horizon = NAN};
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_dataset *dataset = NULL;
    char path[256];
    FILE *file;
    test_temporary(path, "dates.csv");
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "ID,TIME,EVID,AMT\n1,%sT20:00,1,3\n1,%sT08:00,1,3\n", first, second);
    assert_int_equal(fclose(file), 0);
    if (tacro_dataset_read(path, &frame, &notes, &dataset, &err) != TACRO_OK) {
        fail_msg("%s", notes.n > 0 ? notes.note[0].text : err.text);
    }
    unlink(path);
    assert_int_equal(dataset->patient[0].nrecords, 2);
    assert_true(dataset->patient[0].record[0].time == 0.0);
    assert_true(dataset->patient[0].record[1].time == 12.0);
    tacro_dataset_free(dataset);
    tacro_notes_free(&notes);
}

static void test_daylight_saving_is_not_applied(void **state)
{
    (void)state;
    check_dates("2026-03-28", "2026-03-29");
    check_dates("2026-10-24", "2026-10-25");
    check_dates("2026-03-07", "2026-03-08"); /* and in the United States */
    check_dates("2026-10-31", "2026-11-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dose_at_the_horizon_is_not_given),
        cmocka_unit_test(test_addl_past_the_horizon_is_not_given),
        cmocka_unit_test(test_lag_past_the_horizon_drops_the_dose),
        cmocka_unit_test(test_dose_at_a_segment_end_is_in_the_next_segment),
        cmocka_unit_test(test_two_doses_at_one_time_both_count),
        cmocka_unit_test(test_lag_past_the_next_dose_keeps_both),
        cmocka_unit_test(test_observation_before_or_after_a_dose_sees_the_level_before),
        cmocka_unit_test(test_infusion_over_a_clearance_step_follows_both_clearances),
        cmocka_unit_test(test_steady_state_takes_the_clearance_of_its_time),
        cmocka_unit_test(test_reset_during_an_infusion_ends_it),
        cmocka_unit_test(test_reset_and_dose_during_an_infusion_begins_anew),
        cmocka_unit_test(test_infusion_of_no_duration_enters_at_once),
        cmocka_unit_test(test_intravenous_dose_counts_one_over_fabs),
        cmocka_unit_test(test_fabs_leaves_the_duration_of_a_rate),
        cmocka_unit_test(test_steady_state_with_lag_enters_later),
        cmocka_unit_test(test_steady_state_with_lag_past_ii_has_doses_on_their_way),
        cmocka_unit_test(test_steady_infusions_longer_than_ii_overlap),
        cmocka_unit_test(test_constant_infusion_ends_at_its_record),
        cmocka_unit_test(test_constant_oral_infusion_is_not_scaled_by_f),
        cmocka_unit_test(test_reset_at_the_instant_of_a_lagged_entry_cancels_it),
        cmocka_unit_test(test_additional_dose_at_a_reset_comes_before_it),
        cmocka_unit_test(test_daylight_saving_is_not_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
