/**
 * What changes inside a segment: parameters that follow the clock, and doses that
 * arrive over time.
 *
 * A list of the doses on their way belongs to each lane. It is made and cleared between
 * segments; inside a segment nothing is allocated. The kernel `move` reads it.
 */
#ifndef TACRO_SOLVE_MOVING_H
#define TACRO_SOLVE_MOVING_H

#include "core/status.h"
#include "solve/kernels.h"

/** Of a lane on their way into one state, at most. */
#define TACRO_MOST_DOSES 4096

/** Doses on their way into one state; columns are lanes. */
struct tacro_coming {
    size_t n; /**< rows in use: most of any lane */
    size_t capacity;
    size_t count[TACRO_LANES];
    double (*amount)[TACRO_LANES]; /**< [capacity] mg, bioavailable; 0: no dose */
    double (*entry)[TACRO_LANES];  /**< h since 00:00 of the day of transplantation */
    double (*rate)[TACRO_LANES];   /**< coefficients of each dose */
    double (*order)[TACRO_LANES];
    double (*scale)[TACRO_LANES];
};

struct tacro_moving {
    const struct tacro_system *system;
    double tau; /**< of which coefficients and `forced` are; NaN: of none */
    const double (*mesor)[TACRO_LANES];     /**< [nrhythms] parameters without rhythm */
    const double (*amplitude)[TACRO_LANES]; /**< [nrhythms] relative */
    double (*forced)[TACRO_LANES];          /**< [nforcings] mg/h that doses bring in */
    struct tacro_coming coming[TACRO_MAX_INPUTS]; /**< [nforcings] */
};

/**
 * Create an empty list for blocks of a system that moves.
 *
 * mesor, amplitude  [nrhythms] rows, borrowed
 */
enum tacro_status tacro_moving_create(const struct tacro_system *system,
                                      const double (*mesor)[TACRO_LANES],
                                      const double (*amplitude)[TACRO_LANES],
                                      struct tacro_moving **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_moving_free(struct tacro_moving *moving);

/** No dose is on its way, in any lane or in one. */
void tacro_moving_clear(struct tacro_moving *moving);
void tacro_moving_clear_lane(struct tacro_moving *moving, size_t lane);

/**
 * A dose sets out in a lane.
 *
 * coef    [ncoefs] rows: its own are taken from them
 * amount  mg, bioavailable; entry: h since 00:00 of the day of transplantation
 * Returns false where memory is out or the lane has TACRO_MOST_DOSES.
 */
bool tacro_moving_add(struct tacro_moving *moving, size_t forcing, size_t lane,
                      const double (*coef)[TACRO_LANES], double amount, double entry);

/** Forget the doses of each lane of which nothing is left to come at its time. */
void tacro_moving_prune(struct tacro_moving *moving, const double *time);

/**
 * Whether anything is left to come t h after the entry of a dose of a lane: 1e-16 of
 * it.
 */
bool tacro_moving_is_left(const struct tacro_moving *moving, size_t forcing,
                          size_t lane, const double (*coef)[TACRO_LANES], double t);

/**
 * The longest step that cannot overlook a dose on its way, in tau; 0: any.
 *
 * until   receives the tau up to which that holds
 */
double tacro_moving_step(const struct tacro_lanes *lanes, double tau, double *until);

#endif
