/** Courses: where a regimen is cut, which dose enters, whose an output is. */
#include "dose/agenda.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct tacro_clock morning = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

struct dose {
    double time;
    double amount;
};

struct request {
    const struct dose *dose;
    size_t ndoses;
    const double *cut;
    size_t ncuts;
    const double *output;
    size_t noutputs;
};

struct stretch {
    double t0;
    double t1;
    double dose;
    int32_t slot;
};

/* A model without parameters of a dose: F1 is 1, nothing lags. */
static struct tacro_course create(const struct request *r,
                                  const struct tacro_clock *clock, double horizon)
{
    static struct tacro_rules rules; /* none */
    struct tacro_record record[16];
    double cut[32];
    size_t ncuts = r->ncuts;
    struct tacro_agenda_setup setup = {.rules = &rules,
                                       .clock = clock,
                                       .horizon = horizon,
                                       .noutputs = r->noutputs,
                                       .output = r->output,
                                       .nrecords = r->ndoses,
                                       .record = record,
                                       .cut = cut};
    struct tacro_agenda *agenda = NULL;
    struct tacro_course course;
    memset(&course, 0, sizeof course);
    for (size_t i = 0; i < r->ndoses; i++) {
        record[i] = (struct tacro_record){.time = r->dose[i].time,
                                          .evid = TACRO_EVID_DOSE,
                                          .amount = r->dose[i].amount,
                                          .occasion = TACRO_NO_OCCASION};
    }
    for (size_t i = 0; i < r->ncuts; i++) {
        cut[i] = r->cut[i];
    }
    for (int32_t slot = tacro_clock_slot(clock, 0.0) + 1;
         tacro_clock_slot_start(clock, slot) < horizon; slot++) {
        cut[ncuts++] = tacro_clock_slot_start(clock, slot);
    }
    setup.ncuts = tacro_times_unique(cut, ncuts, horizon);
    assert_int_equal(tacro_agenda_create(&setup, &agenda, NULL), TACRO_OK);
    tacro_agenda_begin(agenda, NULL);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    assert_int_equal(tacro_agenda_status(agenda), TACRO_OK);
    assert_true(tacro_course_copy(tacro_agenda_course(agenda), &course));
    tacro_agenda_free(agenda);
    return course;
}

static double bolus(const struct tacro_course *c, size_t k)
{
    double sum = 0.0;
    for (size_t i = c->segment[k].first_action; i < c->segment[k].end_action; i++) {
        assert_int_equal(c->action[i].kind, TACRO_ACTION_BOLUS);
        sum += c->action[i].entry.amount;
    }
    return sum;
}

/* Segments without a gap from 0 to the horizon, whatever cuts them. */
static void check_chain(const struct tacro_course *c, double horizon)
{
    assert_true(c->n > 0);
    assert_true(c->segment[0].t0 == 0.0);
    assert_true(c->segment[c->n - 1].t1 == horizon);
    for (size_t k = 0; k < c->n; k++) {
        assert_true(c->segment[k].t1 > c->segment[k].t0);
        assert_true(k == 0 || c->segment[k].t0 == c->segment[k - 1].t1);
    }
}

static void test_course_is_cut_at_doses_slot_starts_and_steps(void **state)
{
    static const struct dose dose[] = {{0, 3}, {10, 2}, {30, 1}};
    static const double cut[] = {17.0, -INFINITY, 24.0, -4.0, 17.0, 40.0, 5.0};
    static const struct stretch want[] = {
        {0, 5, 3, 0},   {5, 10, 0, 0},  {10, 12, 2, 0}, {12, 17, 0, 1},
        {17, 24, 0, 1}, {24, 30, 0, 2}, {30, 36, 1, 2}, {36, 40, 0, 3}};
    static const double output[] = {0.0, 40.0};
    const struct request r = {dose,       COUNT(dose), cut,
                              COUNT(cut), output,      COUNT(output)};
    struct tacro_course c = create(&r, &morning, 40.0);
    (void)state;
    check_chain(&c, 40.0);
    assert_int_equal(c.n, COUNT(want));
    for (size_t k = 0; k < c.n; k++) {
        assert_true(c.segment[k].t0 == want[k].t0 && c.segment[k].t1 == want[k].t1);
        assert_true(bolus(&c, k) == want[k].dose);
        assert_int_equal(c.segment[k].slot, want[k].slot);
    }
    tacro_course_free(&c);
    assert_int_equal(c.n, 0);
    assert_null(c.segment);
}

static void test_course_doses_at_one_time_add(void **state)
{
    static const struct dose dose[] = {{0, 3}, {12, 1}, {12, 0.5}, {12 + 1e-9, 5}};
    static const double output[] = {0.0, 24.0};
    const struct request r = {dose, COUNT(dose), NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 24.0);
    (void)state;
    check_chain(&c, 24.0);
    assert_int_equal(c.n, 2);
    assert_true(bolus(&c, 0) == 3.0);
    assert_true(bolus(&c, 1) == 6.5);
    tacro_course_free(&c);
}

/* Start at 14:30 on POD 3: slot 6 is under way, slot 7 starts at 20:00. */
static void test_course_slots_follow_the_clock_of_the_start(void **state)
{
    const struct tacro_clock later = {
        .start_day = 3.0, .start_clock = 14.5, .trough_clock = 8.0, .occasion = 12.0};
    const struct tacro_clock early = {
        .start_day = 0.0, .start_clock = 2.0, .trough_clock = 8.0, .occasion = 12.0};
    static const struct dose dose[] = {{0, 3}};
    static const double output[] = {0.0, 20.0};
    const struct request r = {dose, COUNT(dose), NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &later, 20.0);
    (void)state;
    assert_int_equal(c.n, 3);
    assert_true(c.segment[0].t1 == 5.5 && c.segment[1].t1 == 17.5);
    assert_int_equal(c.segment[0].slot, 6);
    assert_int_equal(c.segment[1].slot, 7);
    assert_int_equal(c.segment[2].slot, 8);
    tacro_course_free(&c);
    c = create(&r, &early, 20.0);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.segment[0].slot, -1);
    assert_int_equal(c.segment[1].slot, 0);
    assert_true(c.segment[1].t0 == 6.0);
    tacro_course_free(&c);
}

static void test_course_without_doses_still_has_its_slots(void **state)
{
    static const double output[] = {0.0, 30.0};
    const struct request r = {NULL, 0, NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 30.0);
    (void)state;
    check_chain(&c, 30.0);
    assert_int_equal(c.n, 3);
    for (size_t k = 0; k < c.n; k++) {
        assert_true(bolus(&c, k) == 0.0);
    }
    tacro_course_free(&c);
}

static void test_course_horizon_on_a_slot_start_makes_no_empty_segment(void **state)
{
    static const double output[] = {0.0, 24.0};
    const struct request r = {NULL, 0, NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 24.0);
    (void)state;
    check_chain(&c, 24.0);
    assert_int_equal(c.n, 2);
    tacro_course_free(&c);
}

/*
 * Every output but the first (t = 0) is in one segment; one at a cut ends the earlier.
 */
static void test_course_outputs_belong_to_one_segment_the_one_that_ends(void **state)
{
    static const struct dose dose[] = {{0, 3}, {9, 3}};
    static const double output[] = {0, 1, 9, 10, 11.9, 12, 13, 24, 24.5, 25};
    static const size_t owner[] = {0, 0, 0, 1, 1, 1, 2, 2, 3, 3};
    const struct request r = {dose, COUNT(dose), NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 25.0);
    size_t seen[COUNT(output)] = {0};
    (void)state;
    assert_int_equal(c.n, 4);
    for (size_t k = 0; k < c.n; k++) {
        const struct tacro_segment *s = &c.segment[k];
        for (size_t o = s->first_output; o < s->end_output; o++) {
            assert_int_equal(owner[o], k);
            assert_true(output[o] > s->t0 && output[o] <= s->t1);
            seen[o]++;
        }
    }
    assert_int_equal(seen[0], 0);
    for (size_t o = 1; o < COUNT(output); o++) {
        assert_int_equal(seen[o], 1);
    }
    tacro_course_free(&c);
}

/* An output that rounding has put just behind a cut still ends the segment before. */
static void test_course_output_within_rounding_of_a_cut_ends_the_segment(void **state)
{
    static const double output[] = {0.0, 12.0 + 1e-9, 24.0 - 1e-9};
    const struct request r = {NULL, 0, NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 24.0);
    (void)state;
    assert_int_equal(c.n, 2);
    assert_int_equal(c.segment[0].first_output, 1);
    assert_int_equal(c.segment[0].end_output, 2);
    assert_int_equal(c.segment[1].end_output, 3);
    tacro_course_free(&c);
}

static void test_times_unique_sorts_and_drops_the_same_and_the_outside(void **state)
{
    double time[] = {12.0, 0.0, 12.0 + 1e-9, -INFINITY, 5.0, -0.001, 48.0, 48.1, 5.0};
    static const double want[] = {0.0, 5.0, 12.0, 48.0};
    const size_t n = tacro_times_unique(time, COUNT(time), 48.0);
    (void)state;
    assert_int_equal(n, COUNT(want));
    for (size_t i = 0; i < n; i++) {
        assert_true(time[i] == want[i]);
    }
    assert_int_equal(tacro_times_unique(time, 0, 48.0), 0);
}

static void test_times_unique_keeps_what_is_apart(void **state)
{
    double time[] = {3.0 + 3.0 * TACRO_SAME_TIME, 3.0};
    (void)state;
    assert_int_equal(tacro_times_unique(time, 2, 48.0), 2);
    assert_true(time[0] == 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course_is_cut_at_doses_slot_starts_and_steps),
        cmocka_unit_test(test_course_doses_at_one_time_add),
        cmocka_unit_test(test_course_slots_follow_the_clock_of_the_start),
        cmocka_unit_test(test_course_without_doses_still_has_its_slots),
        cmocka_unit_test(test_course_horizon_on_a_slot_start_makes_no_empty_segment),
        cmocka_unit_test(test_course_outputs_belong_to_one_segment_the_one_that_ends),
        cmocka_unit_test(test_course_output_within_rounding_of_a_cut_ends_the_segment),
        cmocka_unit_test(test_times_unique_sorts_and_drops_the_same_and_the_outside),
        cmocka_unit_test(test_times_unique_keeps_what_is_apart),
    };
    return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
