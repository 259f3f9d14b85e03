#ifndef TEST_EVENT_CASES_H
#define TEST_EVENT_CASES_H

#include "tests/support/event_reference.h"

/** The parameters of tests/params/pk/events_no_lag.yaml. */
extern const struct test_event_model test_events_model;

/**
 * The cross product of a dose's properties, amid doses before and after it.
 *
 * SS {0, 1, 2} x ADDL {0, 2, 5} x II {8, 12, 24 h} x lag {0, 0.4 h, II + 1.5 h} x RATE
 * {0, short, longer than II, -1, -2} x F {1, 0.37} x where a reset falls; EVID 0 to 4
 * by turns.
 */

/** Cases of a group have one model: F, lag and what goes with II. */
enum { TEST_EVENT_NGROUPS = 2 * 3 * 3 };
enum { TEST_EVENT_GROUP = 5 * 3 * 4 * 3 }; /* RATE, SS, reset, ADDL */
enum { TEST_EVENT_NCASES = TEST_EVENT_NGROUPS * TEST_EVENT_GROUP };
enum { TEST_EVENT_MAX_RECORDS = 12 };

struct test_event_case {
    char name[128]; /**< its properties, for messages */
    struct test_event_model model;
    size_t nrecords;
    struct tacro_record record[TEST_EVENT_MAX_RECORDS];
};

/** Make case i of TEST_EVENT_NCASES; group i / TEST_EVENT_GROUP. */
void test_event_case_make(size_t i, struct test_event_case *out);

#endif
