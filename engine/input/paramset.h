/**
 * One params file: parts, THETA, OMEGA, kappa and covariate relations, as published.
 */
#ifndef TACRO_INPUT_PARAMSET_H
#define TACRO_INPUT_PARAMSET_H

#include "input/after.h"
#include "input/covariate.h"
#include "input/draws.h"

enum tacro_set_kind { TACRO_SET_PK, TACRO_SET_RISK };

/** P read in the paper, T in a transcription, A in an abstract, C computed from it. */
#define TACRO_MARK_LIST(X)                                                             \
    X(P)                                                                               \
    X(T)                                                                               \
    X(A)                                                                               \
    X(C)                                                                               \
    X(ASSUMED)                                                                         \
    X(UNVERIFIED)
#define TACRO_MARK_NAME(name) TACRO_MARK_##name,
enum tacro_mark { TACRO_MARK_LIST(TACRO_MARK_NAME) TACRO_NMARKS };
#undef TACRO_MARK_NAME

const char *tacro_mark_name(enum tacro_mark mark);

/**
 * Where a dose enters. Ports keep their numbers whatever a scenario doses: the model's
 * own absorption (DEPOT), the central compartment (CENTRAL), then the formulations
 * (DEPOT_<name>). As CMT of an event table they are 1, 2, 3 ...
 */
#define TACRO_PORT_ORAL 0
#define TACRO_PORT_IV 1
#define TACRO_PORT_FORMULATION 2 /**< of the first one */
#define TACRO_MAX_FORMULATIONS 4
#define TACRO_MAX_PORTS (TACRO_PORT_FORMULATION + TACRO_MAX_FORMULATIONS)

/** A part `first_order@LCP`: an absorption of its own for the formulation LCP. */
struct tacro_formulation {
    const char *name; /**< "LCP" */
    size_t part;      /**< index into parts[] of the set */
};

/**
 * Parameters of a dose, which belong to no part. Their THETAs have part = nparts.
 *
 * F1     bioavailability of an oral dose in the model's terms (1: apparent values)
 * ALAG1  h, lag of an oral dose
 * D1 R1  h, mg/h: modelled duration and rate of RATE -2 and -1, oral
 * FABS   absolute bioavailability behind apparent values: an IV dose counts 1/FABS
 * FREL   bioavailability of a formulation over F1: FREL_LCP
 * ALAGF  h, lag of a formulation: ALAG1_LCP
 */
enum tacro_dose_param {
    TACRO_DOSE_F1,
    TACRO_DOSE_ALAG1,
    TACRO_DOSE_D1,
    TACRO_DOSE_R1,
    TACRO_DOSE_FABS,
    TACRO_DOSE_FREL,
    TACRO_DOSE_ALAGF,
    TACRO_NDOSE_PARAMS
};

/** A typical value of a part's parameter or of a dose's. */
struct tacro_theta {
    const char *name; /**< borrowed from the tree */
    double value;     /**< canonical */
    const char *unit; /**< canonical unit */
    const char *text; /**< value as read, "20.9 L/h" or "half-life 6 h" */
    enum tacro_mark mark;
    const char *from;       /**< where it was read, or why it is assumed */
    size_t part;            /**< index into parts[] of the set; nparts: a dose's */
    size_t param;           /**< index among that part's, or enum tacro_dose_param */
    size_t formulation;     /**< of FREL and ALAGF, else 0 */
    bool is_trough_to_mean; /**< takes the PK file's value (`value: trough_to_mean`) */
    struct tacro_uncertainty
        uncertainty; /**< PK: log-normal from `ci` if that is given */
    size_t line;
    size_t column;
};

/** A number of a risk file that no part has: what follows an event, an anchor. */
struct tacro_number {
    double value;     /**< canonical */
    const char *text; /**< as read; NULL: the file does not give it */
    enum tacro_mark mark;
    const char *from;
    struct tacro_uncertainty uncertainty;
};

/**
 * The incidence that the scale of the hazard reproduces: draw by draw, `solves` is such
 * that the reference cohort has it (calibrate/).
 */
struct tacro_anchor {
    bool is_given;
    struct tacro_number incidence; /**< cumulative, a fraction */
    double within;                 /**< h since transplantation */
    size_t solves;                 /**< index of a THETA to which the hazard is
                                        proportional */
};

#define TACRO_MAX_SPREADS 8

/**
 * A spread that changes with the time: from each step's time on that of the step,
 * before the first that of the first.
 */
struct tacro_spreads {
    size_t n; /**< 0: it does not change */
    struct {
        double from;   /**< h since 00:00 of the day of transplantation, ascending */
        double log_sd; /**< > 0 */
    } step[TACRO_MAX_SPREADS];
};

#define TACRO_MAX_WANDER_DAYS 1024 /* that the wander of one day is made of */

/**
 * Random effects of one THETA, standard deviations on the log scale; 0: none.
 *
 * Those that change with the time stand here as they are at first.
 */
struct tacro_effect {
    size_t theta;
    double omega;            /**< between patients */
    double kappa;            /**< between occasions, independent of each other */
    double wander;           /**< between days, alike if they are near */
    double correlation_time; /**< h: of `wander`, correlation exp(-dt / this) */
    bool has_mean_one;       /**< the factor has mean 1, not median 1 (a frailty) */
    struct tacro_spreads kappas;
    struct tacro_spreads wanders;
    const char *omega_text; /**< "42.1 %" or "log sd 0.7", NULL if none */
    const char *kappa_text;
    const char *wander_text;
    enum tacro_mark omega_mark;
    enum tacro_mark kappa_mark;
    enum tacro_mark wander_mark;
};

enum tacro_relation_kind {
    TACRO_RELATION_VALUE,       /**< the parameter is the covariate */
    TACRO_RELATION_EXPONENTIAL, /**< factor exp(coefficient * (x - ref)) */
    TACRO_RELATION_POWER,       /**< factor (x / ref)^coefficient */
    TACRO_RELATION_FACTOR       /**< factor exp(coefficient)^x, x a flag or indicator */
};

struct tacro_relation {
    size_t theta;
    enum tacro_covariate_id covariate;
    enum tacro_relation_kind kind;
    double coefficient; /**< on the log scale, per canonical unit of the covariate */
    double ref;         /**< of the covariate, or of the indicator */
    double clip_min;    /**< covariate is moved into [clip_min, clip_max] first */
    double clip_max;
    bool is_indicator; /**< x is 1 if the covariate >= at_least, else 0 */
    double at_least;
    bool has_days;    /**< acts on the days [first_pod, last_pod] only */
    double first_pod; /**< whole days, as TACRO_COV_POD counts them */
    double last_pod;  /**< INFINITY: for good */
    double delay;     /**< h: x is the covariate's value so long before */
    bool is_level;    /**< x is 1 if the covariate is `level` (`is: liver`), else 0 */
    double level;
    bool replaces; /**< the drawn parameter times the factor is drawn afresh: its own
                        uncertainty does not come on top of that of the parameter */
    struct tacro_uncertainty uncertainty; /**< of the coefficient */
    enum tacro_mark mark;
    const char *from;
    size_t line;
};

struct tacro_paramset {
    enum tacro_set_kind kind;
    const char *name; /**< file name without .yaml */
    const char *title;
    const char *population;
    const char *source;   /**< "author year, doi ..., table ..." */
    const char *outcome;  /**< risk: prefix of the datasets, [a-z]+ ; else NULL */
    const char *endpoint; /**< risk: title of the column */
    double first_day;     /**< calibrated days; NaN: not stated */
    double last_day;
    double occasion;       /**< h; default 12 */
    double trough_to_mean; /**< PK: C0 / mean level, typical, q12h steady state; NaN */
    size_t nparts;
    size_t *part; /**< indices for tacro_parts_at */
    size_t nformulations;
    struct tacro_formulation formulation[TACRO_MAX_FORMULATIONS];
    size_t nthetas;
    struct tacro_theta *theta;
    size_t neffects;
    struct tacro_effect *effect;
    size_t nrelations;
    struct tacro_relation *relation;
    struct tacro_covariate
        reference[TACRO_NCOVARIATES]; /**< risk: reference population */
    enum tacro_mark reference_mark[TACRO_NCOVARIATES];
    struct tacro_anchor anchor;              /**< risk */
    struct tacro_number after[TACRO_NAFTER]; /**< risk: text NULL unless given */
    size_t nuncertain;
    struct tacro_uncertain *uncertain; /**< the uncertain numbers, as in uncertain.h */
    struct tacro_draws *draws; /**< risk: owned; NULL: the file names no table */
    bool has_changed; /**< risk: its values are not those that `draws` was made from */
    struct tacro_yaml *yaml; /**< owned: texts above point into it ... */
    size_t nmade;
    char **made; /**< ... or are among these; owned */
};

/**
 * Read a params file (format: params/README.md).
 *
 * Every parameter of every part must have a THETA; a THETA that no part has is a fault,
 * so is a value outside its unit's dimension, a missing mark or a mark without `from`.
 * A PK file needs F1, and `reference` of a risk file every covariate its relations
 * name.
 * errors  TACRO_EINPUT with the faults in notes; TACRO_ENOINPUT
 */
enum tacro_status tacro_paramset_read(const char *path, enum tacro_set_kind kind,
                                      struct tacro_notes *notes,
                                      struct tacro_paramset **out,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** The same without the table that `draws` names: a calibration makes it. */
enum tacro_status tacro_paramset_read_without_draws(
    const char *path, enum tacro_set_kind kind, struct tacro_notes *notes,
    struct tacro_paramset **out, struct tacro_error *err) TACRO_MUST_USE;
void tacro_paramset_free(struct tacro_paramset *set);

/**
 * Read `mark` and `from` of an entry whose keys have been checked. False after a fault.
 */
bool tacro_mark_read(struct tacro_reader *reader, const struct tacro_node *entry,
                     enum tacro_mark *mark, const char **from);

/** Keep before + text for the life of the set; NULL when memory is out. */
const char *tacro_paramset_keep(struct tacro_paramset *set, const char *before,
                                const char *text);

/** Compartments that doses can enter, by port: DEPOT, CENTRAL, DEPOT_LCP, ... */
size_t tacro_paramset_nports(const struct tacro_paramset *set);
/** Kept for the life of the set; NULL when memory is out. */
const char *tacro_paramset_port_name(struct tacro_paramset *set, size_t port);

/**
 * Whether a THETA matters where doses enter through some ports: not so that of a
 * formulation or of IV doses that nobody gets.
 *
 * ports   bit p: doses enter through port p
 */
bool tacro_paramset_is_used(const struct tacro_paramset *set,
                            const struct tacro_theta *theta, unsigned ports);

/** "oral", "iv", or the name of a formulation; pk NULL: "oral" and "iv" alone. */
const char *tacro_paramset_route(const struct tacro_paramset *pk, size_t port);

/** What a THETA is, in words. */
const char *tacro_paramset_doc(const struct tacro_paramset *set,
                               const struct tacro_theta *theta);

/** Index of a THETA by name, or nthetas. */
size_t tacro_paramset_theta(const struct tacro_paramset *set, const char *name);

#endif
