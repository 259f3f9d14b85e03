/**
 * Individual parameters: THETA x multiplier x covariate relations x exp(ETA + kappa).
 */
#ifndef TACRO_COHORT_SUBJECT_H
#define TACRO_COHORT_SUBJECT_H

#include "cohort/population.h"

#define TACRO_MAX_RULES 96
#define TACRO_MAX_RULE_RELATIONS 16
#define TACRO_GROUP 512 /* consecutive subjects that are computed together */

/** How one parameter of one subject comes about. */
struct tacro_rule {
    size_t set; /**< 0: the PK file, else risk file set - 1 */
    const struct tacro_theta *theta;
    double typical;
    double omega;
    double kappa;
    bool has_mean_one;
    uint32_t key;                          /**< of its ETA and kappa */
    const struct tacro_relation *value_of; /**< the parameter is a covariate, or NULL */
    const struct tacro_multiplier *multiplier; /**< or NULL */
    size_t nrelations;                         /**< exponential ones */
    const struct tacro_relation *relation[TACRO_MAX_RULE_RELATIONS];
    bool is_dynamic;         /**< changes with time or occasion */
    bool is_bioavailability; /**< F1: acts on doses, belongs to no part */
};

/** The rules of a scenario, in the order of its files and their THETAs. */
struct tacro_rules {
    const struct tacro_input *input;
    size_t n;
    size_t f1; /**< index of F1, or n: F1 is 1 */
    struct tacro_rule rule[TACRO_MAX_RULES];
};

/** errors  TACRO_EINPUT: too many parameters or relations; TACRO_ENOMEM */
enum tacro_status tacro_rules_create(const struct tacro_input *input,
                                     struct tacro_rules **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_rules_free(struct tacro_rules *rules);

/** What is fixed for a subject from the start. */
struct tacro_subject {
    uint64_t index; /**< over all draws, draw-major */
    uint32_t draw;
    uint64_t patient; /**< within the draw */
    double covariate[TACRO_NCOVARIATES];
    double fixed_log[TACRO_MAX_RULES]; /**< ETA and the relations that never change */
    double fixed[TACRO_MAX_RULES];     /**< the parameter without kappa at t = 0 */
};

/** Draw a subject; `index` is its number over all draws. */
void tacro_subject_draw(const struct tacro_rules *rules, uint64_t index,
                        struct tacro_subject *subject);

/** Parameter at t [h from start] in an occasion slot. */
double tacro_subject_value(const struct tacro_rules *rules, size_t rule,
                           const struct tacro_subject *subject, double t, int32_t slot);

#endif
