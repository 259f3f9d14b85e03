/**
 * The stretches between discontinuities, and the output times in each.
 *
 * A regimen without rules is one course, shared by all lanes; a lane that follows rules
 * will have a course of its own.
 */
#ifndef TACRO_DOSE_COURSE_H
#define TACRO_DOSE_COURSE_H

#include "dose/clock.h"
#include "dose/regimen.h"

/** A dose that runs in at a constant rate; its F1 is that of its own start. */
struct tacro_infusion {
    double rate;  /**< mg/h before F1; 0: none */
    double start; /**< h from start */
    int32_t slot; /**< occasion slot of the start */
};

/** From t0 to t1 nothing changes; at t0 a dose may enter, all along one may run in. */
struct tacro_segment {
    double t0;   /**< h from start */
    double t1;   /**< h from start, > t0 */
    double dose; /**< mg before F1, at t0 */
    int32_t slot;
    size_t first_output; /**< outputs with t0 < time <= t1 are [first, end) */
    size_t end_output;
    struct tacro_infusion infusion;
};

struct tacro_course {
    size_t n;
    struct tacro_segment *segment;
};

/**
 * Cut a regimen at its doses, at the given times and, if asked, at slot starts.
 *
 * by_slot parameters change at slot starts
 * cut     [ncuts] times [h], any order: a covariate or a multiplier steps there, or all
 *         states are to be kept
 * output  [noutputs] ascending output times [h], first 0, last the horizon
 */
enum tacro_status tacro_course_create(const struct tacro_doses *doses,
                                      const struct tacro_clock *clock, bool by_slot,
                                      double horizon, const double *cut, size_t ncuts,
                                      const double *output, size_t noutputs,
                                      struct tacro_course *out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_course_free(struct tacro_course *course);

/**
 * Sort times and leave out what is outside [0, horizon] or the same instant as another.
 *
 * Returns the number that stays.
 */
size_t tacro_times_unique(double *time, size_t n, double horizon);

#endif
