/*
 * Dosing events: the cross product of their properties, written out and solved, against
 * an exact reference that knows nothing of the engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "dose/records.h"
#include "tests/support/event_cases.h"
#include "tests/support/events.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of the largest value in the course: rounding of some hundred segments. */
#define EXACT_ALLOWED 1e-9
#define RTOL 1e-8
#define CVODE_ALLOWED (100.0 * RTOL)
/* CVODE takes one case in so many: 463 of 3,240. */
#define CVODE_STRIDE 7

#define MAX_WRITTEN 64

/* ---- written out ---- */

struct written {
    struct tacro_record record;
    bool is_further;
};

/* Behind all that come before it: by time, further doses before records, in order. */
static void place(struct written *list, size_t *n, struct written item)
{
    size_t at = (*n)++;
    assert_true(at < MAX_WRITTEN);
    while (at > 0 && (list[at - 1].record.time > item.record.time ||
                      (list[at - 1].record.time == item.record.time &&
                       !list[at - 1].is_further && item.is_further))) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = item;
}

static bool resets(const struct tacro_record *record)
{
    return record->evid == TACRO_EVID_RESET ||
           record->evid == TACRO_EVID_RESET_AND_DOSE ||
           (record->evid == TACRO_EVID_DOSE && record->ss == 1);
}

/* A reset by a later record cancels the further doses that are still to come. */
static bool is_cancelled(const struct test_event_case *c, size_t i, double t)
{
    for (size_t k = i + 1; k < c->nrecords; k++) {
        if (resets(&c->record[k]) && c->record[k].time < t) {
            return true;
        }
    }
    return false;
}

static size_t write_out(const struct test_event_case *c, double horizon,
                        struct written *list)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nrecords; i++) {
        struct written item = {.record = c->record[i]};
        item.record.addl = 0;
        item.record.ii = item.record.ss == 0 ? 0.0 : item.record.ii;
        place(list, &n, item);
        for (uint32_t k = 1; k <= c->record[i].addl; k++) {
            item.is_further = true;
            item.record.time = c->record[i].time + k * c->record[i].ii;
            item.record.evid = TACRO_EVID_DOSE;
            item.record.ii = 0.0;
            item.record.ss = 0;
            if (item.record.time < horizon && !is_cancelled(c, i, item.record.time)) {
                place(list, &n, item);
            }
        }
    }
    return n;
}

static bool is_equal(const struct tacro_record *a, const struct tacro_record *b)
{
    return a->time == b->time && a->evid == b->evid && a->port == b->port &&
           a->amount == b->amount && a->rate == b->rate && a->duration == b->duration &&
           a->ii == b->ii && a->addl == b->addl && a->ss == b->ss &&
           a->occasion == b->occasion && a->line == b->line;
}

static void test_events_expanded_equal_those_written_out(void **state)
{
    size_t nfurther = 0;
    (void)state;
    for (size_t i = 0; i < TEST_EVENT_NCASES; i++) {
        struct test_event_case c;
        struct written want[MAX_WRITTEN];
        struct tacro_record *got = NULL;
        size_t ngot = 0;
        size_t n;
        test_event_case_make(i, &c);
        n = write_out(&c, TEST_EVENTS_HORIZON, want);
        assert_int_equal(tacro_records_expand(c.nrecords, c.record, TEST_EVENTS_HORIZON,
                                              &ngot, &got, NULL),
                         TACRO_OK);
        if (ngot != n) {
            fail_msg("%s: %zu events, expected %zu", c.name, ngot, n);
        }
        for (size_t k = 0; k < n; k++) {
            if (!is_equal(&got[k], &want[k].record)) {
                fail_msg("%s: event %zu at %g h differs, expected at %g h", c.name, k,
                         got[k].time, want[k].record.time);
            }
        }
        nfurther += n - c.nrecords;
        free(got);
    }
    assert_true(nfurther > TEST_EVENT_NCASES); /* else nothing was written out */
}

/* ---- solved ---- */

/* Every stride-th case of a group; returns the largest difference. */
static double compare_group(size_t group, size_t stride,
                            const struct tacro_method *method, double allowed,
                            size_t *ncompared)
{
    struct test_event_case *c = calloc(TEST_EVENT_GROUP, sizeof *c);
    struct test_event_list *list = calloc(TEST_EVENT_GROUP, sizeof *list);
    struct test_event_result *result = calloc(TEST_EVENT_GROUP, sizeof *result);
    struct tacro_scenario *s;
    double worst = 0.0;
    size_t n = 0;
    size_t nwrong = 0;
    assert_non_null(c);
    assert_non_null(list);
    assert_non_null(result);
    for (size_t i = group % stride; i < TEST_EVENT_GROUP; i += stride) {
        test_event_case_make(group * TEST_EVENT_GROUP + i, &c[n]);
        list[n] = (struct test_event_list){c[n].nrecords, c[n].record};
        n++;
    }
    s = test_events_open(&c[0].model, "");
    assert_true(s->ntimes > 20);
    test_events_run(s, method, RTOL, n, list, result);
    for (size_t k = 0; k < n; k++) {
        const double difference =
            test_events_difference(s, &c[k].model, &list[k], &result[k]);
        if (!(difference <= allowed)) {
            print_error("%s: %.3g of its largest value\n", c[k].name, difference);
            nwrong++;
        }
        worst = fmax(worst, difference);
    }
    *ncompared += n;
    test_events_free(n, result);
    tacro_scenario_free(s);
    free(result);
    free(list);
    free(c);
    if (nwrong > 0) {
        fail_msg("%zu of %zu cases differ by more than %g", nwrong, n, allowed);
    }
    return worst;
}

static void compare(size_t stride, const struct tacro_method *method, double allowed,
                    size_t least)
{
    double worst = 0.0;
    size_t n = 0;
    for (size_t group = 0; group < TEST_EVENT_NGROUPS; group++) {
        worst = fmax(worst, compare_group(group, stride, method, allowed, &n));
    }
    print_message("%zu cases: largest difference %.3g\n", n, worst);
    assert_true(n >= least);
    assert_true(worst > 0.0); /* else nothing was compared */
}

static void test_events_exact_solver_agrees_with_the_reference(void **state)
{
    (void)state;
    compare(1, &tacro_method_exact, EXACT_ALLOWED, TEST_EVENT_NCASES);
}

static void test_events_cvode_agrees_with_the_reference(void **state)
{
    (void)state;
    compare(CVODE_STRIDE, &tacro_method_cvode, CVODE_ALLOWED, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_expanded_equal_those_written_out),
        cmocka_unit_test(test_events_exact_solver_agrees_with_the_reference),
        cmocka_unit_test(test_events_cvode_agrees_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
