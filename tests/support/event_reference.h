#ifndef TEST_EVENT_REFERENCE_H
#define TEST_EVENT_REFERENCE_H

#include "input/record.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Exact amounts under a list of NONMEM events, in long double and without the engine.
 *
 *   dAd/dt = -KA Ad + oral input               dAUC/dt = 1000 A1/V1
 *   dA1/dt = KA Ad - (CL + Q)/V1 A1 + Q/V2 A2 + intravenous input
 *   dA2/dt = Q/V1 A1 - Q/V2 A2
 *
 * A steady state is its definition: the doses that came before the record, one by one,
 * as many as can still be seen, from an empty system.
 */

/** From this time on [h] the clearance is CL [L/h]. */
struct test_event_change {
    double from;
    double CL;
};

struct test_event_model {
    double KA;    /**< 1/h, > 0 */
    double CL;    /**< L/h, > 0, before the first change */
    double V1;    /**< L, > 0 */
    double Q;     /**< L/h, > 0 */
    double V2;    /**< L, > 0 */
    double F1;    /**< of an oral dose, > 0 */
    double ALAG1; /**< h, of an oral dose, >= 0 */
    double D1;    /**< h, duration of an oral dose with RATE -2, >= 0 */
    double R1;    /**< mg/h, rate of an oral dose with RATE -1, > 0 */
    double FABS;  /**< an intravenous dose and its rate count 1/FABS; > 0 */
    size_t nchanges;
    const struct test_event_change *change; /**< `from` ascending */
};

struct test_event_point {
    long double depot;      /**< mg */
    long double central;    /**< mg */
    long double peripheral; /**< mg */
    long double AUC;        /**< ng h/mL since t = 0 */
};

/**
 * Amounts at the given times, before anything happens at that time.
 *
 * record  [nrecords] ascending, file order at one time; ports 0 (oral) and 1
 *         (intravenous), at t >= 0
 * time    [ntimes] ascending [h], >= 0
 * out     [ntimes]
 * returns false: memory is out, or an event that the chain has no meaning for (another
 *         port, RATE -1 or -2 of an intravenous dose, SS without an interval)
 * source  NONMEM Users Guide part VI (PREDPP), events and steady state
 */
bool test_event_reference(const struct test_event_model *model, size_t nrecords,
                          const struct tacro_record *record, size_t ntimes,
                          const double *time, struct test_event_point *out);

/** Concentration of a point [ng/mL]. */
long double test_event_concentration(const struct test_event_model *model,
                                     const struct test_event_point *point);

#endif
