/**
 * The three clocks of a scenario: hours from start, days since transplantation, slots.
 */
#ifndef TACRO_DOSE_CLOCK_H
#define TACRO_DOSE_CLOCK_H

#include "core/units.h"

#include <stdint.h>

struct tacro_clock {
    double start_day;    /**< POD of t = 0 */
    double start_clock;  /**< h since midnight at t = 0 */
    double trough_clock; /**< h since midnight: a dosing day starts here */
    double occasion;     /**< h, length of a slot */
};

/** Hours since 00:00 of the day of transplantation. */
double tacro_clock_absolute(const struct tacro_clock *clock, double t);

/** The occasion slot of an instant: slots start at trough_clock of day 0. */
int32_t tacro_clock_slot(const struct tacro_clock *clock, double t);

/** h from start at which a slot starts. */
double tacro_clock_slot_start(const struct tacro_clock *clock, int32_t slot);

/** h from start at which dosing day `day` (POD) starts: trough_clock on that day. */
double tacro_clock_day_start(const struct tacro_clock *clock, int day);

/** First POD whose dosing day starts at or after t. */
int tacro_clock_next_day(const struct tacro_clock *clock, double t);

#endif
