/**
 * A cumulative hazard from a given course of levels, by the equations of its parts.
 *
 * The hazard of a risk file follows the level, at once or through states that follow it
 * (an effect site of the PK file too), and no level follows the hazard. So a course
 * computed once serves any parameters of the hazard. On a panel of an hour a filter
 * of the level has the exact solution for the parabola through its three levels, a
 * filter of another state that for a straight line, an integral the trapezium
 * (Simpson's rule if it reads the level itself).
 */
#ifndef TACRO_CALIBRATE_WALK_H
#define TACRO_CALIBRATE_WALK_H

#include "solve/kernels.h"

#define TACRO_MAX_LINKS 16

/** One filter or integral. */
struct tacro_link {
    size_t equation; /**< of the system */
    int source;      /**< link that it reads, or TACRO_NONE: the level */
    int gain;        /**< coefficient that multiplies that link, or TACRO_NONE */
};

/** The equations behind one hazard, each after what it reads. */
struct tacro_chain {
    const struct tacro_system *system;
    size_t n;
    struct tacro_link link[TACRO_MAX_LINKS];
    size_t hazard; /**< link that is the cumulative hazard */
};

/**
 * Find the equations behind the hazard of a risk file.
 *
 * set     of the system, from 1
 * errors  TACRO_EINPUT: they do not begin with the level, or the file has no hazard
 */
enum tacro_status tacro_chain_find(const struct tacro_system *system, size_t set,
                                   struct tacro_chain *chain,
                                   struct tacro_error *err) TACRO_MUST_USE;

/** Whether an equation of the chain belongs to a part, an index of the system's. */
bool tacro_chain_uses(const struct tacro_chain *chain, size_t part);

/**
 * Cumulative hazards of a block from the start on; all states are 0 at the start.
 *
 * coef    [system->ncoefs] with the derived rates
 * level   [2 npanels + 1][TACRO_LANES] ng/mL
 * time0   h from 00:00 of the day of transplantation to the start
 * hazard  [TACRO_LANES]
 */
void tacro_chain_walk(const struct tacro_chain *chain,
                      const struct tacro_kernels *kernels,
                      const double (*coef)[TACRO_LANES], const float *level,
                      size_t npanels, double time0, double *hazard);

#endif
