/** Chance from the number of patients, beside the interval over draws. */
#ifndef TACRO_RUN_MONTE_CARLO_H
#define TACRO_RUN_MONTE_CARLO_H

#include "run/compare.h"

/**
 * Monte Carlo standard error of one draw's average, root mean square over draws.
 *
 * A simulated outcome that is paired with the reference has the reference's error and
 * that of the patients who differ from it alone.
 *
 * k        outcome, or noutcomes: event-free
 * returns  NaN: fewer than two patients a draw
 */
double tacro_monte_carlo_error(const struct tacro_tally *tally,
                               const struct tacro_compare *compare, size_t regimen,
                               size_t k);

/**
 * Patients per draw for a Monte Carlo error under a tenth of an interval's width.
 *
 * The width is without what the error itself adds to it.
 *
 * n        patients per draw that gave the error
 * ndraws   that gave the interval
 * returns  rounded up to two figures; 0: n is enough; INFINITY: the whole width may be
 *          this error; NaN: there is no 95 % interval, or no width
 */
double tacro_patients_needed(double standard_error, struct tacro_interval interval,
                             double n, size_t ndraws);

#endif
