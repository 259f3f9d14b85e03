#ifndef TEST_ENGINE_H
#define TEST_ENGINE_H

#include "run/group.h"

/** Running the engine from a test, in memory. A failure fails the calling test. */

/**
 * Open a scenario written in the test; params from the source tree and tests/params.
 */
struct tacro_scenario *test_scenario(const char *yaml);

/** Folder for files of a test: $TMPDIR or /tmp. Writes a name into path [256]. */
void test_temporary(char *path, const char *name);

/** Courses of consecutive subjects under one regimen, from subject 0. */
struct test_courses {
    const struct tacro_scenario *scenario;
    size_t nsubjects;
    double *concentration; /* [subject][time] */
    double *state;         /* [subject][record][state] */
    double *mapped;        /* [subject][record][output] */
    struct tacro_subject *subject;
    int64_t steps;
};

struct test_courses *test_run_courses(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t nsubjects, double rtol,
                                      const char *kernels);
void test_courses_free(struct test_courses *courses);

/** mg that enter at once at the start of a segment, before F1. */
double test_bolus(const struct tacro_course *course, size_t segment);

/** Index of a state by name, and of the output at t [h]. */
size_t test_state(const struct tacro_scenario *scenario, const char *name);
double test_state_at(const struct test_courses *courses, size_t subject,
                     const char *state, double t);
double test_concentration_at(const struct test_courses *courses, size_t subject,
                             double t);

/** The solver that test_setup takes; CVODE unless a test sets another. */
extern const struct tacro_method *test_method;

/** The setup of blocks of a scenario. */
struct tacro_block_setup test_setup(const struct tacro_scenario *scenario, double rtol,
                                    const char *kernels);

#endif
