#include "tests/support/events.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dose/records.h"

struct tacro_scenario *test_events_open(const struct test_event_model *model,
                                        const char *extra)
{
    char text[1024];
    char lag[64] = "";
    if (model->ALAG1 > 0.0) {
        snprintf(lag, sizeof lag, ", ALAG1: %.17g h", model->ALAG1);
    }
    snprintf(text, sizeof text,
             "title: events\n"
             "pk: %s\n"
             "start: {day: 0, clock: \"00:00\"}\n"
             "horizon: %g h\n"
             "output: {every: %g h}\n"
             "trough_at: \"00:00\"\n"
             "patients: {typical: true}\n"
             "parameters: {F1: %.17g, D1: %.17g h, R1: %.17g mg/h, FABS: %.17g%s}\n"
             "%s"
             "regimens:\n"
             "  a: {file: %s/tests/params/events.csv}\n",
             model->ALAG1 > 0.0 ? "events" : "events_no_lag", TEST_EVENTS_HORIZON,
             TEST_EVENTS_EVERY, model->F1, model->D1, model->R1, model->FABS, lag,
             extra, TACRO_SOURCE_DIR);
    return test_scenario(text);
}

static void make_course(const struct tacro_scenario *s,
                        const struct tacro_subject *subject,
                        const struct test_event_list *list, struct tacro_course *course)
{
    struct tacro_agenda_setup setup = {.rules = s->rules,
                                       .clock = &s->clock,
                                       .horizon = s->input->horizon,
                                       .noutputs = s->ntimes,
                                       .output = s->time,
                                       .ncuts = s->arm[0].ncuts,
                                       .cut = s->arm[0].cut};
    struct tacro_record *record = NULL;
    struct tacro_agenda *agenda = NULL;
    assert_int_equal(tacro_records_expand(list->n, list->record, setup.horizon,
                                          &setup.nrecords, &record, NULL),
                     TACRO_OK);
    setup.record = record;
    assert_int_equal(tacro_agenda_create(&setup, &agenda, NULL), TACRO_OK);
    tacro_agenda_begin(agenda, subject);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    assert_int_equal(tacro_agenda_status(agenda), TACRO_OK);
    assert_true(tacro_course_copy(tacro_agenda_course(agenda), course));
    tacro_agenda_free(agenda);
    free(record);
}

void test_events_course(const struct tacro_scenario *scenario,
                        const struct test_event_list *list, struct tacro_course *course)
{
    struct tacro_subject subject;
    tacro_subject_draw(scenario->rules, 0, &subject);
    *course = (struct tacro_course){0};
    make_course(scenario, &subject, list, course);
}

static void copy_lane(const struct tacro_scenario *s,
                      const struct tacro_block_result *result, size_t l,
                      struct test_event_result *out)
{
    const size_t nstates = s->nrecords * s->arm[0].system->nstates;
    assert_int_equal(result->status[l], TACRO_LANE_OK);
    out->concentration = calloc(s->ntimes, sizeof *out->concentration);
    out->state = calloc(nstates, sizeof *out->state);
    assert_non_null(out->concentration);
    assert_non_null(out->state);
    for (size_t o = 0; o < s->ntimes; o++) {
        out->concentration[o] = result->concentration[o * TACRO_LANES + l];
    }
    for (size_t i = 0; i < nstates; i++) {
        out->state[i] = result->state[i * TACRO_LANES + l];
    }
}

void test_events_run(const struct tacro_scenario *scenario,
                     const struct tacro_method *method, double rtol, size_t n,
                     const struct test_event_list *list, struct test_event_result *out)
{
    const struct tacro_block_setup setup = tacro_scenario_setup(
        scenario, scenario->arm[0].variant, tacro_kernels_find(NULL), method, rtol);
    struct tacro_course *own = calloc(TACRO_LANES, sizeof *own);
    struct tacro_block *block = NULL;
    struct tacro_subject one;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    assert_non_null(own);
    tacro_subject_draw(scenario->rules, 0, &one);
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (size_t first = 0; first < n; first += TACRO_LANES) {
        const size_t count = n - first < TACRO_LANES ? n - first : TACRO_LANES;
        const struct tacro_block_result *result;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const size_t lane = l < count ? l : 0; /* spare lanes repeat the first */
            if (l == lane) {
                make_course(scenario, &one, &list[first + l], &own[l]);
            }
            subject[l] = &one;
            course[l] = &own[lane];
        }
        result = tacro_block_run(block, subject, course);
        for (size_t l = 0; l < count; l++) {
            copy_lane(scenario, result, l, &out[first + l]);
            tacro_course_free(&own[l]);
            own[l] = (struct tacro_course){0};
        }
    }
    tacro_block_free(block);
    free(own);
}

void test_events_free(size_t n, struct test_event_result *out)
{
    for (size_t i = 0; i < n; i++) {
        free(out[i].concentration);
        free(out[i].state);
    }
}

/* ---- the reference beside it ---- */

/* Largest |a - b| of a quantity over the course, and its largest value. */
struct gap {
    long double difference;
    long double size;
};

static void widen(struct gap *gap, double value, long double want)
{
    const long double difference = fabsl((long double)value - want);
    if (!(difference <= gap->difference)) { /* NaN too */
        gap->difference = difference;
    }
}

static double relative(const struct gap *gap)
{
    if (gap->difference == 0.0L) {
        return 0.0;
    }
    return (double)(gap->difference / gap->size);
}

static size_t index_of(const struct tacro_system *system, const char *name)
{
    size_t i = 0;
    while (i < system->nstates && strcmp(system->state[i]->name, name) != 0) {
        i++;
    }
    assert_true(i < system->nstates);
    return i;
}

double test_events_difference(const struct tacro_scenario *scenario,
                              const struct test_event_model *model,
                              const struct test_event_list *list,
                              const struct test_event_result *result)
{
    static const char *const name[] = {"DEPOT", "CENTRAL", "PERIPHERAL", "AUC"};
    enum { NSTATES = sizeof name / sizeof *name };
    const struct tacro_scenario *s = scenario;
    const struct tacro_system *system = s->arm[0].system;
    struct test_event_point *point = calloc(s->ntimes, sizeof *point);
    struct gap level = {0};
    struct gap state[NSTATES] = {{0}};
    double worst;
    assert_non_null(point);
    assert_true(
        test_event_reference(model, list->n, list->record, s->ntimes, s->time, point));
    for (size_t o = 0; o < s->ntimes; o++) {
        const long double want[] = {point[o].depot, point[o].central,
                                    point[o].peripheral, point[o].AUC};
        const long double C = test_event_concentration(model, &point[o]);
        level.size = fmaxl(level.size, C);
        widen(&level, result->concentration[o], C);
        for (size_t k = 0; k < NSTATES; k++) {
            state[k].size = fmaxl(state[k].size, want[k]);
            if (s->record_of[o] != TACRO_NONE) {
                const size_t at = (size_t)s->record_of[o] * system->nstates;
                widen(&state[k], result->state[at + index_of(system, name[k])],
                      want[k]);
            }
        }
    }
    worst = relative(&level);
    for (size_t k = 0; k < NSTATES; k++) {
        worst = fmax(worst, relative(&state[k]));
    }
    free(point);
    return worst;
}
