/** `checks` of a PK file: published figures that it must reproduce. */
#ifndef TACRO_INPUT_CHECKS_H
#define TACRO_INPUT_CHECKS_H

#include "input/schema.h"

struct tacro_paramset;

#define TACRO_MAX_CHECK_SUBJECTS 100000

enum tacro_check_kind {
    TACRO_CHECK_LEVEL, /**< conc, ng/mL, just before a dose given at that time */
    TACRO_CHECK_AUC,   /**< ng*h/mL from `from` to `to` */
    TACRO_CHECK_CMAX,  /**< ng/mL, the largest level of that time */
    TACRO_CHECK_TMAX,  /**< h since `from` */
    TACRO_CHECK_TROUGH_TO_MEAN, /**< level at `to` over the mean level of that time */
    TACRO_CHECK_OUTPUT,         /**< of a part, such as unbound */
    TACRO_CHECK_STATE,          /**< of a part, such as TABOVE */
    TACRO_CHECK_PARAMETER       /**< with its covariates and random effects */
};

enum tacro_check_statistic {
    TACRO_STATISTIC_GEOMETRIC_MEAN,
    TACRO_STATISTIC_MEDIAN,
    TACRO_STATISTIC_MEAN
};

/** Who gets what, and when it is looked at. The nodes are NULL where none is given. */
struct tacro_check_case {
    const struct tacro_node *patient;
    const struct tacro_node *switches;
    const struct tacro_node *start;
    const struct tacro_node *before;
    const struct tacro_node *steps;
    double at;   /**< h from start; for a range its end */
    double from; /**< h from start; 0 where no range is asked for */
};

struct tacro_check {
    const struct tacro_node *node;
    const char *figure; /**< in words */
    const char *name;   /**< `quantity` as read: "conc", "unbound", "CL" */
    enum tacro_check_kind kind;
    enum tacro_dimension dimension; /**< of the figure; a ratio is a number */
    double raw; /**< canonical value of 1 in the unit that the part gives it in */
    struct tacro_check_case of;
    bool is_ratio; /**< the figure is that of `of` over that of `over` */
    struct tacro_check_case over;
    uint64_t subjects; /**< with all random effects; 0: the typical patient */
    enum tacro_check_statistic statistic;
    double value;     /**< published, canonical */
    const char *text; /**< as read */
    double scale;     /**< canonical value of 1 in the unit that it was read in */
    double tolerance; /**< canonical, how far a figure may be that matches */
    bool is_to_differ;
    const char *reason; /**< of a figure that is to differ; else NULL */
    int mark;           /**< enum tacro_mark */
    const char *from;
};

/**
 * Read `checks` into set->check (params/README.md). The parts, THETAs and relations of
 * the set have been read.
 *
 * Patients and steps are read as a scenario's are, and their faults noted.
 * node    NULL: there is none
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_checks_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set,
                                    struct tacro_error *err) TACRO_MUST_USE;

/** "geometric mean", "median", "mean". */
const char *tacro_check_statistic_words(enum tacro_check_statistic statistic);

/**
 * Half a unit of the last digit printed of a number with its unit, canonical:
 * "6.22 ng/mL" has 0.005 ng/mL. NaN if the text is no such number.
 */
double tacro_check_half_digit(const char *text, enum tacro_dimension dimension);

/** The unit behind a number as it was read: "ng/mL" of "6.22 ng/mL". */
const char *tacro_check_unit(const char *text);

/** Whether it is asked for over an interval, from c->from to c->at, or at c->at. */
bool tacro_check_has_interval(const struct tacro_check *check);

/**
 * Whether a figure matches: no further than the tolerance from the published value,
 * with a millionth of that for the arithmetic. NaN does not.
 */
bool tacro_check_matches(const struct tacro_check *check, double ours);

#endif
