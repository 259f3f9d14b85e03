/**
 * Regimens against each other, draw by draw, in the same patients: differences,
 * frontier, switching ratio, utility.
 *
 * source  design.md 4: intervals are order statistics over parameter draws
 */
#ifndef TACRO_RUN_COMPARE_H
#define TACRO_RUN_COMPARE_H

#include "run/tally.h"

/** Patient averages of the draws that have a patient in every regimen. */
struct tacro_compare {
    size_t nregimens;
    size_t noutcomes;
    size_t nmeasures; /**< outcomes, event-free, days in range */
    size_t nplans;    /**< regimens of each PK model, which alone are compared */
    size_t reference; /**< among them */
    size_t ndraws;
    size_t *draw;        /**< [ndraws] index over all draws of the run */
    double *value;       /**< [nmeasures][nregimens][ndraws] */
    double *error;       /**< [noutcomes + 1][nregimens] Monte Carlo standard error */
    bool *has_failed;    /**< [nregimens] a course did: no pairs with the others */
    double *scratch;     /**< [ndraws] */
    const char *why_not; /**< no frontier, ratio and utility; NULL: they are there */
    size_t weighed;
    size_t other;
};

/** has_history  the patients have had an outcome: nothing ranks the regimens */
enum tacro_status tacro_compare_create(const struct tacro_scenario *scenario,
                                       const struct tacro_tally *tally,
                                       bool has_history, struct tacro_compare **out,
                                       struct tacro_error *err) TACRO_MUST_USE;
void tacro_compare_free(struct tacro_compare *compare);

/** First regimen of the PK model of a regimen, which has `nplans`. */
size_t tacro_compare_first(const struct tacro_compare *compare, size_t regimen);

/** Reference of a regimen: of the same model. */
size_t tacro_compare_reference(const struct tacro_compare *compare, size_t regimen);

/** [ndraws] of a measure under a regimen. */
const double *tacro_compare_values(const struct tacro_compare *compare, size_t measure,
                                   size_t regimen);

/**
 * Differences of a measure, `row` less `column`, per draw.
 *
 * out      [ndraws]; NaN if a course of either failed or they are of two PK models, 0
 *          from itself
 */
void tacro_compare_difference(const struct tacro_compare *compare, size_t measure,
                              size_t row, size_t column, double *out);

/**
 * Probability over draws that the measure is lower under `row` than under `column`, a
 * tie counted half; NaN with one draw and where the difference is.
 */
double tacro_compare_lower(const struct tacro_compare *compare, size_t measure,
                           size_t row, size_t column);

/** Whether no other regimen has both risks as low and one of them lower. */
bool tacro_is_on_frontier(const double *a, const double *b, size_t n, size_t i);

/** How (a, b) stands to the reference's (a0, b0). */
enum tacro_trade tacro_trade(double a, double b, double a0, double b0);

/** Utility of two risks at a weight of the first. */
double tacro_utility(double a, double b, double weight);

/** Weight i of the grid, 0 <= i < TACRO_NWEIGHTS. */
double tacro_weight(size_t i);

/** Fill a comparison, whose arrays it makes. */
enum tacro_status tacro_compare_fill(const struct tacro_compare *compare,
                                     struct tacro_comparison *out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_comparison_free(struct tacro_comparison *comparison);

/** Utilities of a regimen at a weight, per draw; out [ndraws]. */
void tacro_compare_utilities(const struct tacro_compare *compare, size_t regimen,
                             double weight, double *out);

/**
 * Switching ratios of a regimen in the draws of one kind of trade.
 *
 * out      [ndraws] room
 * returns  how many; 0 unless trade is LESS or MORE
 */
size_t tacro_compare_ratios(const struct tacro_compare *compare, size_t regimen,
                            enum tacro_trade trade, double *out);

#endif
