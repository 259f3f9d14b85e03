#ifndef TEST_AGENDA_RUN_H
#define TEST_AGENDA_RUN_H

#include "tests/support/engine.h"

/** Agendas followed without a solver: levels and outcomes are drawn by a seed. */

#define TEST_OUTCOMES 2 /* of the scenario: pres, rejection */

/** What a patient goes through; all after `change` is drawn by `other` instead. */
struct test_fate {
    uint64_t seed;
    uint64_t other;
    double change; /* h, INFINITY: never */
};

/** A level of 2 to 40 ng/mL at t, another one at every minute. */
double test_fate_level(const struct test_fate *fate, double t);

/** h at which outcome k happens; INFINITY: it does not. */
double test_fate_event(const struct test_fate *fate, size_t k, double horizon);

/**
 * Follow an agenda to its horizon.
 *
 * fate    NULL: no rule looks
 * returns a copy of the course, freed with tacro_course_free
 */
struct tacro_course test_agenda_follow(struct tacro_agenda *agenda,
                                       const struct tacro_agenda_setup *setup,
                                       const struct tacro_subject *subject,
                                       const struct test_fate *fate);

/** The same of an arm and a patient of a scenario. */
struct tacro_course test_arm_follow(const struct tacro_scenario *scenario,
                                    size_t regimen, uint64_t patient,
                                    const struct test_fate *fate);

/** Ten days of a lung recipient with the lines of `regimens`; `top` are more keys. */
struct tacro_scenario *test_agenda_scenario(const char *top, const char *regimens);

/** Segments, actions and running entries with t0 <= until: the same bits, or fail. */
void test_courses_same(const struct tacro_course *a, const struct tacro_course *b,
                       double until);

/** Regimens with all that an agenda may do; returns their number through n. */
const char *test_agenda_regimens(size_t *n);

#endif
