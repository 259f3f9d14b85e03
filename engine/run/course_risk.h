/**
 * Risks of one multistate course: outcomes that can follow each other, and death.
 *
 * Every outcome can follow every other, so that each happens at least once with the
 * probability of its own hazard; death alone ends a course. All from the cumulative
 * hazards of a patient since the landmark, lane by lane; between two times the hazards
 * are taken as constant in their ratio.
 *
 * source  Aalen and Johansen 1978, Scand J Stat 5:141
 */
#ifndef TACRO_RUN_COURSE_RISK_H
#define TACRO_RUN_COURSE_RISK_H

#include "core/status.h"
#include "input/scenario.h"
#include "solve/kernels.h"

/** A course in lanes, from the landmark to the horizon. Arrays are lane-minor. */
struct tacro_course_hazards {
    size_t noutcomes;
    size_t n;           /**< times */
    const double *time; /**< [n] h from start, ascending, from the landmark on */
    double death;       /**< 1/h from the landmark on; 0: nobody dies */
    double *hazard;     /**< [noutcomes][n][TACRO_LANES] cumulative since the landmark;
                             NaN in a lane that failed */
    bool is_simulated[TACRO_MAX_RISKS]; /**< the course reacts to the outcome: it counts
                                             as what happened, not by its hazard */
    const double *event_time; /**< [noutcomes][TACRO_LANES] h from start of the first of
                                   each; INFINITY: none. Read where is_simulated. */
};

/** What follows from it; [n][TACRO_LANES] each, of outcomes [noutcomes][n][...]. */
struct tacro_course_risks {
    double *ever;  /**< at least one event by then, before death */
    double *first; /**< the first event of all by then, before death */
    double *death; /**< death by then, without any event before it */
    double *free;  /**< alive, and no event yet */
};

/**
 * Room for the hazards and the risks of a course of n times.
 *
 * Sets noutcomes, n, hazard and what `risks` has; freed with tacro_course_risks_free.
 */
enum tacro_status tacro_course_risks_create(size_t noutcomes, size_t n,
                                            struct tacro_course_hazards *hazards,
                                            struct tacro_course_risks *risks,
                                            struct tacro_error *err) TACRO_MUST_USE;
void tacro_course_risks_free(struct tacro_course_hazards *hazards,
                             struct tacro_course_risks *risks);

/**
 * Fill all risks.
 *
 * At every time `first` of all outcomes, `death` and `free` add up to 1. Without death
 * `ever` is 1 - exp(-H). An outcome that is simulated is 0 before its time and after it
 * the probability of being alive at that time.
 */
void tacro_course_risks_fill(const struct tacro_course_hazards *hazards,
                             const struct tacro_kernels *kernels,
                             struct tacro_course_risks *risks);

#endif
