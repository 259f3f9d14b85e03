/** Numbers as people read them: digits, units, clocks and capsules. */
#ifndef TACRO_CLI_QUANTITY_H
#define TACRO_CLI_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "tacro.h"

/** A short text by value. */
struct tacro_cli_text {
    char s[64];
};

/**
 * "10.2 (4.1-24.3)": median, 5 % and 95 % of levels; "-" for NaN.
 *
 * ng/mL with one decimal below 100; "<0.1"; ">1000" if infinite
 */
struct tacro_cli_text tacro_cli_level_band(struct tacro_band band);

/** "12 (3 to 40)" in whole units; values at `limit` or beyond read ">limit". */
struct tacro_cli_text tacro_cli_count_band(struct tacro_band band, double limit);

/** A fraction of patients in whole percent without the sign: "0", "<1", "42", ">99". */
struct tacro_cli_text tacro_cli_share(double fraction);

/** A probability in percent with two significant figures: "1.2 %", "> 99 %". */
struct tacro_cli_text tacro_cli_risk(double probability);

/** A signed difference of probabilities in percentage points: "-0.31 points". */
struct tacro_cli_text tacro_cli_points(double difference);

/**
 * "1.7 % (0.12-6.2)": a probability and its interval in percent, two significant
 * figures; without the interval where that is NaN.
 */
struct tacro_cli_text tacro_cli_risk_interval(double probability,
                                              struct tacro_interval interval);

/** "0.38 (0.034-2.1)": 5-95 % of the patients' probabilities in percent, likewise. */
struct tacro_cli_text tacro_cli_risk_band(struct tacro_band band);

/** "-0.31 (-1.2 to -0.012)": a difference in percentage points and its interval. */
struct tacro_cli_text tacro_cli_points_interval(double difference,
                                                struct tacro_interval interval);

/** "3.4 (2.1-4.4)": days, or another number >= 0, two significant figures. */
struct tacro_cli_text tacro_cli_number_interval(double x,
                                                struct tacro_interval interval);

/** "-0.5 (-1.1 to +0.2)": a difference of days. */
struct tacro_cli_text tacro_cli_signed_interval(double x,
                                                struct tacro_interval interval);

/** A number >= 0 with two significant figures: "16", "0.012", "3400". */
struct tacro_cli_text tacro_cli_two_figures(double x);

/** mg without trailing zeros: "0.5", "3"; "-" for NaN. */
struct tacro_cli_text tacro_cli_mg(double amount);

/** A mean of doses: as a dose if it is one of 0.25 mg steps, else three figures. */
struct tacro_cli_text tacro_cli_mean_mg(double amount);

/** A time of a course. */
struct tacro_cli_moment {
    long day;   /**< POD */
    int hour;   /**< 0 to 23 */
    int minute; /**< 0 to 59 */
};

/**
 * The calendar time of `time` hours after the start, to the nearest minute.
 *
 * start_day    days since transplantation at 00:00 of the start's day
 * start_clock  h since midnight at the start
 */
struct tacro_cli_moment tacro_cli_moment(double start_day, double start_clock,
                                         double time);

/** "day 3 08:00". */
struct tacro_cli_text tacro_cli_moment_text(struct tacro_cli_moment moment);

/** "08:00" of a moment. */
struct tacro_cli_text tacro_cli_clock(struct tacro_cli_moment moment);

/** A product that is made as capsules or tablets. */
enum { TACRO_CLI_NSTRENGTHS = 3 };
struct tacro_cli_product {
    const char *route;                     /**< as a dose has it */
    const char *prefix;                    /**< before its numbers: "", "LCP " */
    double strength[TACRO_CLI_NSTRENGTHS]; /**< mg, the largest first */
};

/** Immediate release (oral), XR and LCP. */
enum { TACRO_CLI_NPRODUCTS = 3 };
extern const struct tacro_cli_product tacro_cli_products[TACRO_CLI_NPRODUCTS];

/** How many of each product and strength. */
struct tacro_cli_capsules {
    bool is_exact; /**< every dose is a sum of capsules, or is given into a vein */
    bool is_known; /**< every amount is, and every product */
    bool has[TACRO_CLI_NPRODUCTS];
    unsigned n[TACRO_CLI_NPRODUCTS][TACRO_CLI_NSTRENGTHS];
};

/** The fewest capsules, each dose on its own; none where a dose is no sum of them. */
struct tacro_cli_capsules tacro_cli_capsules(const struct tacro_plan_dose *dose,
                                             size_t ndoses);

/** "1x5 + 1x1", "LCP 1x4 + 2x0.75", "none", "no sum of capsules", "not known". */
struct tacro_cli_text tacro_cli_capsules_text(struct tacro_cli_capsules capsules);

/** "3 mg", "3 mg LCP", "2 mg IV over 4 h", "0.075 mg/kg", "2.6 mg (0.075 mg/kg)". */
struct tacro_cli_text tacro_cli_dose_text(const struct tacro_plan_dose *dose);

#endif
