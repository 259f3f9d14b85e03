/**
 * Figures over parameter draws, and regimens against each other: part of tacro.h.
 */
#ifndef TACRO_BENEFIT_H
#define TACRO_BENEFIT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACRO_INTERVAL_DRAWS 40 /* fewer leave no draw outside a 95 % interval */

/**
 * 2.5 %, 50 % and 97.5 % over parameter draws; NaN with one draw. Of fewer than
 * TACRO_INTERVAL_DRAWS the ends are the smallest and the largest.
 */
struct tacro_interval {
    double low;
    double median;
    double high;
};

/** Median over draws with its interval; with one draw its value and no interval. */
struct tacro_estimate {
    double value;
    struct tacro_interval interval;
};

#define TACRO_NWEIGHTS 81 /* of the grid: 1/100 to 100, 20 a decade */
#define TACRO_NSHOWN 6    /* weights that are printed: 0.1, 1, 3, 10, 30, 100 */

/** How a regimen stands to the reference in two risks, the weighed and the other. */
enum tacro_trade {
    TACRO_TRADE_SAME,   /**< equal in both */
    TACRO_TRADE_LESS,   /**< less of the weighed outcome, more of the other */
    TACRO_TRADE_MORE,   /**< more of the weighed outcome, less of the other */
    TACRO_TRADE_BETTER, /**< no risk is higher, one is lower */
    TACRO_TRADE_WORSE,  /**< no risk is lower, one is higher */
    TACRO_NTRADES
};

/** A regimen among the others; of a list of PK models, those of its model. */
struct tacro_benefit {
    bool is_on_frontier; /**< at the medians: no other regimen has both risks as low and
                              one of them lower */
    double frontier; /**< probability over draws of being on it; NaN with one draw */
    enum tacro_trade trade;            /**< of most draws, the first of equals */
    double trade_share[TACRO_NTRADES]; /**< of draws */
    double switching_ratio; /**< how many of the other outcome one weighed outcome must
                                 be worth for the regimen and the reference to be equal;
                                 median over the draws of `trade`; NaN unless LESS or
                                 MORE */
    struct tacro_interval switching_interval; /**< over those draws */
    double best[TACRO_NSHOWN];      /**< probability over draws of the highest utility,
                                         shared among equals; NaN with one draw */
    double best_at[TACRO_NWEIGHTS]; /**< likewise */
    double utility[TACRO_NWEIGHTS]; /**< median over draws */
    struct tacro_interval utility_interval[TACRO_NWEIGHTS];
};

/** A range of weights in which one regimen has the highest mean utility. */
struct tacro_preference {
    size_t regimen;
    double from; /**< weight; equal at both ends to the neighbour's */
    double to;
};

/**
 * Regimens against each other, in the same patients and draws.
 *
 * A measure is an outcome, event-free (noutcomes), or days in range (noutcomes + 1).
 * The utility of a regimen at a weight w is 1 - (w a + b) / (1 + w), with a the risk of
 * the weighed outcome and b that of the other: 1 if neither can happen, 0 if both are
 * certain, whatever w.
 *
 * With a list of PK models regimens are compared with those of the same model alone:
 * differences between two models are NaN, and each model has its own preferences.
 */
struct tacro_comparison {
    size_t ndraws;       /**< draws with a patient in every regimen; 1: no interval */
    const char *why_not; /**< no frontier, ratio and utility; NULL: they are there */
    size_t weighed; /**< outcome that the weight multiplies: pres if there is one */
    size_t other;
    double *difference; /**< [measure][regimen][regimen] row less column, the median
                             over draws; NaN if a course of either failed */
    struct tacro_interval *difference_interval; /**< likewise */
    double *lower; /**< likewise, probability that the row's is lower */
    double weight[TACRO_NWEIGHTS];
    double shown[TACRO_NSHOWN];
    struct tacro_benefit *benefit;       /**< [nregimens] */
    size_t npreferences;                 /**< of each model ascending weights, from
                                              1/100 to 100 */
    struct tacro_preference *preference; /**< [TACRO_NWEIGHTS] room for each model */
};

/** What one uncertain number adds to the spread over draws. */
struct tacro_driver {
    const char *set;  /**< name of its file */
    const char *name; /**< as in the draw table */
    double share;     /**< of the variance over draws */
    char words[128];  /**< what it is: "effect of age" */
};

#define TACRO_NDRIVERS 5
#define TACRO_DRAWS_PER_DRIVER 3 /* at least, for a regression on them */

/** Which uncertain numbers the interval of a figure comes from. */
struct tacro_drivers {
    size_t outcome;
    size_t regimen;     /**< the reference: its risk; else the difference from it */
    size_t nparameters; /**< that were looked at */
    bool is_computed;   /**< else there are fewer than three draws a parameter, or
                             nothing varies */
    size_t n;
    struct tacro_driver driver[TACRO_NDRIVERS]; /**< the largest first of those whose
                                                     coefficient is over 2.5 of its
                                                     standard errors */
    double rest;                                /**< share of the other parameters */
    double unexplained;                         /**< share of none of them */
};

#ifdef __cplusplus
}
#endif

#endif
