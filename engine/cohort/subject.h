/**
 * Individual parameters: THETA x multiplier x covariate relations x exp(ETA + kappa).
 */
#ifndef TACRO_COHORT_SUBJECT_H
#define TACRO_COHORT_SUBJECT_H

#include "cohort/mix.h"
#include "cohort/population.h"

#define TACRO_MAX_RULES 96
#define TACRO_MAX_RULE_RELATIONS 16
#define TACRO_GROUP 512 /* consecutive subjects that are computed together */

/** An uncertain number of the models and its values in the draws of a run. */
struct tacro_drawn {
    size_t set;       /**< 0: the PK file, else risk file set - 1 */
    const char *name; /**< as in the draw table: "G", "H0:age", "after.RECOVERY" */
    const char *unit;
    enum tacro_law
        law; /**< the scale on which it is spread; NONE: solved from others */
    enum tacro_mark mark;
    const double *value; /**< [ndraws], canonical unit */
};

/** How one parameter of one subject comes about. */
struct tacro_rule {
    size_t set; /**< 0: the PK file, else risk file set - 1 */
    const struct tacro_theta *theta;
    double typical;
    double omega;
    double kappa; /**< log sd that a slot's number multiplies; 0: slots are alike */
    struct tacro_mix eta_mix;          /**< the ETA over omega ... */
    struct tacro_mix kappa_mix;        /**< ... and the kappa over its log sd */
    const struct tacro_effect *effect; /**< of kappa and wander, if kappa > 0 */
    bool has_course; /**< those numbers are no standard normals (cohort/occasion.h) */
    size_t nwander;  /**< days that the wander of one is made of; 0: no wander */
    double *wander_weight; /**< [nwander], of the day itself and those before it */
    bool has_mean_one;
    uint32_t key;                          /**< of its ETA and kappa */
    const struct tacro_relation *value_of; /**< the parameter is a covariate, or NULL */
    const struct tacro_multiplier *multiplier; /**< or NULL */
    size_t nrelations;                         /**< that are factors */
    const struct tacro_relation *relation[TACRO_MAX_RULE_RELATIONS];
    uint32_t eta_key[TACRO_MAX_RULE_RELATIONS]; /**< of those of kind ETA */
    bool has_dose;    /**< some of them are of the dose: tacro_subject_dose_factor */
    size_t kappa_row; /**< among the rules with kappa, if kappa > 0 */
    bool is_dynamic;  /**< changes with time or occasion */
    bool is_dose;     /**< acts on doses, belongs to no part */
    bool is_own;      /**< what time changes is each patient's own */
    bool is_drawn;    /**< a number of it is among rules->drawn: */
    int drawn;        /**< its typical value; TACRO_NONE: none */
    int drawn_omega;  /**< likewise, and so on */
    int drawn_kappa;
    int drawn_wander;
    int drawn_coefficient[TACRO_MAX_RULE_RELATIONS];
};

/** The rules of a scenario, in the order of its files and their THETAs. */
struct tacro_rules {
    const struct tacro_input *input;
    size_t n;
    size_t f1;  /**< index of F1, or n: F1 is 1; likewise the other doses' rules */
    size_t lag; /**< ALAG1 */
    size_t d1;
    size_t r1;
    size_t fabs;
    size_t frel[TACRO_MAX_FORMULATIONS];
    size_t flag[TACRO_MAX_FORMULATIONS]; /**< lag of a formulation */
    size_t fzero[TACRO_MAX_PORTS];       /**< by port, of none IV */
    size_t dzero[TACRO_MAX_PORTS];
    size_t nkappas;       /**< rules with kappa */
    bool is_course_drawn; /**< a spread of one that has_course is among drawn */
    size_t ndrawn; /**< 0 with one draw: all numbers are at their central values */
    struct tacro_drawn *drawn;
    double *drawn_value;                            /**< [ndrawn][ndraws] */
    int drawn_after[TACRO_MAX_RISKS][TACRO_NAFTER]; /**< among drawn, or TACRO_NONE */
    int drawn_rhythm[TACRO_MAX_SET_RHYTHMS];        /**< likewise, of the PK file's */
    struct tacro_rule rule[TACRO_MAX_RULES];
};

/**
 * Create the rules of a scenario.
 *
 * With more than one draw each uncertain number has a value in each: all columns of a
 * risk file's draw table its rows from the first on; a number of the PK file with an
 * uncertainty, unless the scenario sets it or nobody uses it, the quantile of a uniform
 * number of the stream THETA, by its name. All others keep their central values.
 *
 * errors  TACRO_EINPUT: too many parameters or relations, a draw table that is shorter
 *         than the run; TACRO_ENOMEM
 */
enum tacro_status tacro_rules_create(const struct tacro_input *input,
                                     struct tacro_rules **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_rules_free(struct tacro_rules *rules);

/** What is fixed for a subject from the start. */
struct tacro_subject {
    uint64_t index;          /**< over all draws, draw-major */
    uint32_t draw;           /**< whose random numbers it has, with `patient` */
    uint32_t parameter_draw; /**< whose uncertain numbers: `draw`, if not set apart */
    uint64_t patient;        /**< within the draw */
    double covariate[TACRO_NCOVARIATES];
    double fixed_log[TACRO_MAX_RULES]; /**< ETA and the relations that never change */
    double fixed[TACRO_MAX_RULES];     /**< the parameter without kappa at t = 0 */
    int32_t first_slot;                /**< of the kappas drawn ahead */
    size_t nslots;                     /**< 0: none is drawn ahead */
    const double *kappa; /**< borrowed; normals [rules->nkappas][nslots], or NULL */
};

/** Draw a subject; `index` is its number over all draws. */
void tacro_subject_draw(const struct tacro_rules *rules, uint64_t index,
                        struct tacro_subject *subject);

/**
 * Draw consecutive subjects in lanes, with the bits of tacro_subject_draw.
 *
 * math     of any kernel build
 * index    of the first, over all draws; subject [n]
 */
void tacro_subjects_draw(const struct tacro_rules *rules,
                         const struct tacro_lane_math *math, uint64_t index, size_t n,
                         struct tacro_subject *subject);

/**
 * Give subjects the uncertain numbers of another draw, with the covariates, ETAs and
 * kappas that they have: the same persons, were the models' numbers others.
 *
 * The bits are those of tacro_subject_draw with that parameter_draw. Kappas drawn ahead
 * stay, unless an uncertain spread is in them (rules->is_course_drawn): they are then
 * given up, and drawn when they are asked for.
 *
 * parameter_draw  < ndraws of the scenario
 * subject         [n], drawn, of any draws and in any order
 */
void tacro_subjects_set_draw(const struct tacro_rules *rules,
                             const struct tacro_lane_math *math,
                             uint32_t parameter_draw, size_t n,
                             struct tacro_subject *subject);

/**
 * Draw the kappas of subjects ahead, as they serve every regimen.
 *
 * math     of any kernel build
 * subject  [n], drawn; kappa points into `normal` afterwards
 * normal   [n][rules->nkappas][nslots], of the slots from first_slot on; its room is a
 *          multiple of TACRO_LANES
 */
void tacro_subjects_draw_kappas(const struct tacro_rules *rules,
                                const struct tacro_lane_math *math, int32_t first_slot,
                                size_t nslots, size_t n, struct tacro_subject *subject,
                                double *normal);

/** Typical value of a rule's THETA in a draw. */
double tacro_rule_typical(const struct tacro_rules *rules, size_t rule, uint32_t draw);

/** Log sd of a rule's ETA in a draw. */
double tacro_rule_omega(const struct tacro_rules *rules, size_t rule, uint32_t draw);

/**
 * What a slot's number is multiplied by in a draw; that of a rule which has_course
 * holds the draw's spreads itself.
 */
double tacro_rule_kappa(const struct tacro_rules *rules, size_t rule, uint32_t draw);

/** Number of a rule's relation in a draw: coefficient, slope, maximum or spread. */
double tacro_rule_coefficient(const struct tacro_rules *rules, size_t rule,
                              size_t relation, uint32_t draw);

/**
 * What multiplies a subject's x of tacro_rule_at: the coefficient; 1 of a linear or
 * Emax relation, whose number is in x; of a random effect the patient's own log factor.
 */
double tacro_subject_coefficient(const struct tacro_rules *rules, size_t rule,
                                 size_t relation, const struct tacro_subject *subject);

/**
 * Factor on a parameter of a dose of `amount` mg at t [h from start], by the relations
 * with the dose; 1 without any.
 */
double tacro_subject_dose_factor(const struct tacro_rules *rules, size_t rule,
                                 const struct tacro_subject *subject, double t,
                                 double amount);

/** A number of `after` of a risk file (index in input->risk) in a draw. */
double tacro_rules_after(const struct tacro_rules *rules, size_t risk,
                         enum tacro_after_id id, uint32_t draw);

/** Relative amplitude of a rhythm of the PK file (index in input->pk) in a draw. */
double tacro_rules_rhythm(const struct tacro_rules *rules, size_t rhythm,
                          uint32_t draw);

/**
 * What tacro_rule_kappa multiplies in an occasion slot, drawn ahead or not: a standard
 * normal, unless the spread changes with the time or wanders (cohort/occasion.h).
 */
double tacro_subject_kappa(const struct tacro_rules *rules, size_t rule,
                           const struct tacro_subject *subject, int32_t slot);

/** Which relations of a rule depend on the time, in order; returns how many. */
size_t tacro_rule_stepped(const struct tacro_rules *rules, size_t rule,
                          size_t relation[TACRO_MAX_RULE_RELATIONS]);

/**
 * Times [h from start] at which steps and days change a rule for all subjects, in no
 * order; returns how many. A patient's own times are those of tacro_population_cuts.
 *
 * cut     NULL: only count
 */
size_t tacro_rule_cuts(const struct tacro_rules *rules, size_t rule, double *cut);

/**
 * What a rule takes from the time at t [h from start]: the same for all subjects,
 * unless the rule is_own.
 *
 * x       [tacro_rule_stepped] what the coefficient of each relation multiplies
 * returns the factor of the typical value: multiplier, or the stepped covariate that
 *         the parameter is
 */
double tacro_rule_at(const struct tacro_rules *rules, size_t rule,
                     const struct tacro_subject *subject, double t, double *x);

/** The typical value of a subject, before the factor of tacro_rule_at. */
double tacro_subject_typical(const struct tacro_rules *rules, size_t rule,
                             const struct tacro_subject *subject);

/** Parameter at t [h from start] in an occasion slot; without its rhythm, if any. */
double tacro_subject_value(const struct tacro_rules *rules, size_t rule,
                           const struct tacro_subject *subject, double t, int32_t slot);

#endif
