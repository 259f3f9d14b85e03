/**
 * Events of one patient in NONMEM's terms, as a table or a scenario's steps give them.
 */
#ifndef TACRO_INPUT_RECORD_H
#define TACRO_INPUT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tacro_evid {
    TACRO_EVID_OBSERVATION,
    TACRO_EVID_DOSE,
    TACRO_EVID_OTHER,
    TACRO_EVID_RESET,
    TACRO_EVID_RESET_AND_DOSE
};

#define TACRO_RATE_R1 (-1.0) /**< the model's R1 is the rate */
#define TACRO_RATE_D1 (-2.0) /**< the model's D1 is the duration */

#define TACRO_SS_BEFORE                                                                \
    3U /**< steady state before the start, without a dose of its own */

/** In place of an occasion: the slot of the record's time. */
#define TACRO_NO_OCCASION INT32_MIN

/**
 * One event. Records of a patient ascend in time; at one time their order counts.
 *
 * SS 1 and 2 and EVID 3 and 4 act on compartments, infusions and pending doses;
 * integrals (areas, hazards) keep their value.
 */
struct tacro_record {
    double time; /**< h from start */
    enum tacro_evid evid;
    size_t port;      /**< paramset.h: where a dose enters */
    double amount;    /**< mg; 0 with SS and RATE > 0: a constant infusion */
    double rate;      /**< mg/h; 0: at once; TACRO_RATE_R1, TACRO_RATE_D1 */
    double duration;  /**< h > 0: runs in over this time whatever F1 is, `rate` is not
                           used; 0: as `rate` says */
    double ii;        /**< h between doses of ADDL and SS */
    uint32_t addl;    /**< further doses, each ii after the one before */
    unsigned ss;      /**< 0, 1: steady state replaces, 2: is added, TACRO_SS_BEFORE */
    int32_t occasion; /**< slot of the kappas of this dose, or TACRO_NO_OCCASION */
    size_t line;      /**< in its file */
};

/** True of a record that gives a dose. */
static inline bool tacro_record_is_dose(const struct tacro_record *record)
{
    return record->evid == TACRO_EVID_DOSE || record->evid == TACRO_EVID_RESET_AND_DOSE;
}

#endif
