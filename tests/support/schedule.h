#ifndef TEST_SCHEDULE_H
#define TEST_SCHEDULE_H

#include "tests/support/closed_form.h"
#include "tests/support/exact_course.h"

/** Reference patients and dosing schedules, with the numbers they must give. */

/** Thoracic intensive care, typical: Sikma 2020, doi 10.1007/s40262-019-00854-1. */
extern const struct test_oral2 test_sikma;

/** The rounded test set of the reference trajectories below. */
extern const struct test_oral2 test_rounded;

/** PRES parameters of the reference trajectories: medians, no covariate, no frailty. */
struct test_pres test_pres_typical(void);

/** Rejection parameters of the same, for lung, phi = 0.78. */
struct test_rejection test_rejection_typical(void);

/** Course over borrowed segments with both sets of parameters and day0 = 0. */
struct test_course test_course_typical(size_t nsegments,
                                       const struct test_segment *segment);

/** Segment from t0 to t1 [h] with amount [mg] at t0 and both hazard factors 1. */
struct test_segment test_segment_of(const struct test_oral2 *par, double t0, double t1,
                                    double amount);

/** Doses [mg] at 08:00 and 20:00, by day; t = 0 is 00:00 of day 0. */
struct test_plan {
    double first; /* days 0 to 2 */
    double day3;
    double day4;
    double day5;
    double later;
};

/** Two doses on each of days 0 to 30, after eight hours without drug. */
#define TEST_PLAN_NSEGMENTS 63

/**
 * Segments of a plan, from 0 to 752 h.
 *
 * segment [TEST_PLAN_NSEGMENTS]
 */
void test_plan_fill(const struct test_plan *plan, const struct test_oral2 *par,
                    struct test_segment *segment);

/** When the reference rows are read: before the 08:00 dose (D) or at 00:00 (M). */
enum {
    TEST_PLAN_D4,
    TEST_PLAN_D7,
    TEST_PLAN_M14,
    TEST_PLAN_D14,
    TEST_PLAN_M30,
    TEST_PLAN_D30,
    TEST_PLAN_NTIMES
};

/** The same as times [h]: 104, 176, 336, 344, 720, 728. */
extern const double test_plan_time[TEST_PLAN_NTIMES];

/**
 * One reference trajectory of test_rounded. Each number was computed by a separate
 * integration (relative tolerance 1e-9) and is right to its last printed digit.
 */
struct test_plan_row {
    const char *name;
    struct test_plan plan;
    const char *C_D4; /* [ng/mL] */
    const char *C_D7;
    const char *C_D14;
    const char *E_D4;
    const char *E_D7;
    const char *Ca_D14; /* [ng/mL] */
    const char *HP_M14;
    const char *HP_M30;
    const char *HR_M14;
    const char *HR_M30;
};

#define TEST_PLAN_NROWS 6

/** Continue; hold day 3, then full, half, tapered or minimal doses; stop. */
extern const struct test_plan_row test_plan_rows[TEST_PLAN_NROWS];

#endif
