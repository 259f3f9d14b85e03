/** Courses: where a regimen is cut, which dose enters, whose an output is. */
#include "dose/course.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct tacro_clock morning = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

struct request {
    const struct tacro_plan_dose *dose;
    size_t ndoses;
    const double *cut;
    size_t ncuts;
    const double *output;
    size_t noutputs;
};

#define SEGMENT(begin, end, mg, in_slot, first, past)                                  \
    {                                                                                  \
        .t0 = (begin), .t1 = (end), .dose = (mg), .slot = (in_slot),                   \
        .first_output = (first), .end_output = (past)                                  \
    }

static struct tacro_course create(const struct request *r,
                                  const struct tacro_clock *clock, double horizon)
{
    struct tacro_plan_dose copy[16];
    const struct tacro_doses doses = {r->ndoses, copy};
    struct tacro_course course;
    for (size_t i = 0; i < r->ndoses; i++) {
        copy[i] = r->dose[i];
    }
    assert_int_equal(tacro_course_create(&doses, clock, true, horizon, r->cut, r->ncuts,
                                         r->output, r->noutputs, &course, NULL),
                     TACRO_OK);
    return course;
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
    static const struct tacro_plan_dose dose[] = {{0, 3}, {10, 2}, {30, 1}};
    static const double cut[] = {17.0, -INFINITY, 24.0, -4.0, 17.0, 40.0, 5.0};
    static const struct tacro_segment want[] = {
        SEGMENT(0, 5, 3, 0, 0, 0),   SEGMENT(5, 10, 0, 0, 0, 0),
        SEGMENT(10, 12, 2, 0, 0, 0), SEGMENT(12, 17, 0, 1, 0, 0),
        SEGMENT(17, 24, 0, 1, 0, 0), SEGMENT(24, 30, 0, 2, 0, 0),
        SEGMENT(30, 36, 1, 2, 0, 0), SEGMENT(36, 40, 0, 3, 0, 1)};
    static const double output[] = {0.0, 40.0};
    const struct request r = {dose,       COUNT(dose), cut,
                              COUNT(cut), output,      COUNT(output)};
    struct tacro_course c = create(&r, &morning, 40.0);
    (void)state;
    check_chain(&c, 40.0);
    assert_int_equal(c.n, COUNT(want));
    for (size_t k = 0; k < c.n; k++) {
        assert_true(c.segment[k].t0 == want[k].t0 && c.segment[k].t1 == want[k].t1);
        assert_true(c.segment[k].dose == want[k].dose);
        assert_int_equal(c.segment[k].slot, want[k].slot);
    }
    tacro_course_free(&c);
    assert_int_equal(c.n, 0);
    assert_null(c.segment);
}

static void test_course_doses_at_one_time_add(void **state)
{
    static const struct tacro_plan_dose dose[] = {
        {0, 3}, {12, 1}, {12, 0.5}, {12 + 1e-9, 5}};
    static const double output[] = {0.0, 24.0};
    const struct request r = {dose, COUNT(dose), NULL, 0, output, COUNT(output)};
    struct tacro_course c = create(&r, &morning, 24.0);
    (void)state;
    check_chain(&c, 24.0);
    assert_int_equal(c.n, 2);
    assert_true(c.segment[0].dose == 3.0);
    assert_true(c.segment[1].dose == 6.5);
    tacro_course_free(&c);
}

/* Start at 14:30 on POD 3: slot 6 is under way, slot 7 starts at 20:00. */
static void test_course_slots_follow_the_clock_of_the_start(void **state)
{
    const struct tacro_clock later = {
        .start_day = 3.0, .start_clock = 14.5, .trough_clock = 8.0, .occasion = 12.0};
    const struct tacro_clock early = {
        .start_day = 0.0, .start_clock = 2.0, .trough_clock = 8.0, .occasion = 12.0};
    static const struct tacro_plan_dose dose[] = {{0, 3}};
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
        assert_true(c.segment[k].dose == 0.0);
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
    static const struct tacro_plan_dose dose[] = {{0, 3}, {9, 3}};
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
