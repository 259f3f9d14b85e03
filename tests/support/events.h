#ifndef TEST_EVENTS_H
#define TEST_EVENTS_H

#include "dose/agenda.h"
#include "tests/support/engine.h"
#include "tests/support/event_reference.h"

/** The engine under lists of records; parameters of tests/params/pk/events.yaml. */

/** Concentrations are compared here [h]: off and on the times of most events. */
#define TEST_EVENTS_EVERY 3.5
#define TEST_EVENTS_HORIZON 168.0

/**
 * A scenario of one typical patient with the dose parameters of a model: F1, ALAG1, D1,
 * R1, FABS; the others are those of events.yaml. Its regimen, tests/params/events.csv,
 * only makes the equations take infusions by mouth and into a vein.
 *
 * extra   further lines at the root, or ""
 */
struct tacro_scenario *test_events_open(const struct test_event_model *model,
                                        const char *extra);

struct test_event_list {
    size_t n;
    const struct tacro_record *record; /**< with ADDL */
};

/** What came out of one list. */
struct test_event_result {
    double *concentration; /**< [ntimes] of the scenario, ng/mL */
    double *state;         /**< [nrecords][nstates] of the scenario */
};

/**
 * The course of a list, made by the engine's agenda; freed with tacro_course_free.
 *
 * Times at which the scenario keeps all states and at which covariates step cut it too.
 */
void test_events_course(const struct tacro_scenario *scenario,
                        const struct test_event_list *list,
                        struct tacro_course *course);

/** Solve n lists, 64 to a block and each lane with its own course; out [n]. */
void test_events_run(const struct tacro_scenario *scenario,
                     const struct tacro_method *method, double rtol, size_t n,
                     const struct test_event_list *list, struct test_event_result *out);
void test_events_free(size_t n, struct test_event_result *out);

/**
 * Largest difference of a result from the reference, over the largest of its course.
 *
 * Concentrations at all output times; amounts and area where states are kept.
 */
double test_events_difference(const struct tacro_scenario *scenario,
                              const struct test_event_model *model,
                              const struct test_event_list *list,
                              const struct test_event_result *result);

#endif
