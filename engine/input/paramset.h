/**
 * One params file: parts, THETA, OMEGA, kappa and covariate relations, as published.
 */
#ifndef TACRO_INPUT_PARAMSET_H
#define TACRO_INPUT_PARAMSET_H

#include "input/after.h"
#include "input/checks.h"
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

/**
 * Added to the port of a dose: its share that enters the central compartment by zero
 * order (FZERO), with the dose's bioavailability. Entries alone have such ports.
 */
#define TACRO_PORT_ZERO TACRO_MAX_PORTS

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
 * FZERO  share of an oral dose that enters the central compartment by zero order
 * DZERO  h over which it does
 * FREL   bioavailability of a formulation over F1: FREL_LCP
 * ALAGF FZEROF DZEROF   likewise of a formulation: ALAG1_LCP, FZERO_LCP, DZERO_LCP
 */
enum tacro_dose_param {
    TACRO_DOSE_F1,
    TACRO_DOSE_ALAG1,
    TACRO_DOSE_D1,
    TACRO_DOSE_R1,
    TACRO_DOSE_FABS,
    TACRO_DOSE_FREL,
    TACRO_DOSE_ALAGF,
    TACRO_DOSE_FZERO,
    TACRO_DOSE_DZERO,
    TACRO_DOSE_FZEROF,
    TACRO_DOSE_DZEROF,
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
    size_t formulation;     /**< of FREL, ALAGF, FZEROF and DZEROF, else 0 */
    bool is_trough_to_mean; /**< takes the PK file's value (`value: trough_to_mean`) */
    bool is_default;        /**< FABS, and the file has none (absolute.h) */
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
/* phi^J of the last: the variance is short of 1 by less than its square */
#define TACRO_WANDER_CUT 1e-4

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
    struct tacro_uncertainty
        omega_law; /**< PK: of `omega`, log-normal, from `ci` ... */
    struct tacro_uncertainty kappa_law;  /**< ... or `rse`; NONE where the spread ... */
    struct tacro_uncertainty wander_law; /**< ... changes with the time */
    const char *omega_text;              /**< "42.1 %" or "log sd 0.7", NULL if none */
    const char *kappa_text;
    const char *wander_text;
    enum tacro_mark omega_mark;
    enum tacro_mark kappa_mark;
    enum tacro_mark wander_mark;
};

/** By what a level was measured; ANY: the file does not say, it serves any. */
enum tacro_assay {
    TACRO_ASSAY_ANY,
    TACRO_ASSAY_LCMS,
    TACRO_ASSAY_IMMUNOASSAY,
    TACRO_NASSAYS
};

#define TACRO_MAX_OBSERVED 8 /* outputs with a residual error */

/**
 * Residual error of one output by one assay: y = c (1 + e1) + e2, or y = c exp(e).
 */
struct tacro_sigma {
    const char *output; /**< "conc", whole blood, or an output of a part */
    enum tacro_assay assay;
    double proportional; /**< standard deviation of e1; 0: none */
    double additive;     /**< of e2, unit of the output; 0: none */
    double log_sd;       /**< of e; > 0: the other two are 0 */
    enum tacro_mark mark;
    const char *from;
    size_t line;
};

/** Correlation of the errors of two outputs in one sample. */
struct tacro_sigma_correlation {
    const char *output[2];
    double value;
    enum tacro_mark mark;
    const char *from;
};

#define TACRO_MAX_SIGMAS (TACRO_MAX_OBSERVED * TACRO_NASSAYS)
#define TACRO_MAX_SIGMA_CORRELATIONS (TACRO_MAX_OBSERVED * (TACRO_MAX_OBSERVED - 1) / 2)

/** `sigma` of a PK file: who reads an observation needs it, a true level does not. */
struct tacro_residual {
    size_t n;
    struct tacro_sigma sigma[TACRO_MAX_SIGMAS]; /**< those of an output side by side */
    size_t ncorrelations;
    struct tacro_sigma_correlation correlation[TACRO_MAX_SIGMA_CORRELATIONS];
};

/** Correlation of two random effects of one kind, on the log scale. */
struct tacro_correlation {
    size_t a; /**< index among set->effect, a < b */
    size_t b;
    double value;
    const char *text;
    enum tacro_mark mark;
    const char *from;
};

/** The correlations of `omega` or of `kappa`, which are certain. */
struct tacro_correlations {
    size_t n;
    struct tacro_correlation *pair; /**< owned; in the file's order */
    double *factor; /**< owned; lower Cholesky factor of the correlation matrix of all
                         effects, [neffects][neffects]; NULL: no pair */
};

enum tacro_relation_kind {
    TACRO_RELATION_VALUE,       /**< the parameter is the covariate */
    TACRO_RELATION_EXPONENTIAL, /**< factor exp(coefficient * (x - ref)) */
    TACRO_RELATION_POWER,       /**< factor (x / ref)^coefficient */
    TACRO_RELATION_FACTOR,      /**< factor exp(coefficient)^x, x a flag or indicator */
    TACRO_RELATION_LINEAR,      /**< factor 1 + coefficient * (x - ref) */
    TACRO_RELATION_EMAX, /**< factor 1 + coefficient * x^hill / (half^hill + x^hill) */
    TACRO_RELATION_ETA /**< factor exp(coefficient * z * x), z a patient's own normal */
};

/** A linear or Emax factor is at least this, whatever a draw makes of it. */
#define TACRO_LEAST_FACTOR 0.01

struct tacro_relation {
    size_t theta;
    enum tacro_covariate_id covariate;
    enum tacro_relation_kind kind;
    double coefficient; /**< on the log scale, per canonical unit of the covariate; of
                             LINEAR and EMAX that of their factor; of ETA its log sd */
    double ref;         /**< of the covariate, or of the indicator */
    double clip_min;    /**< covariate is moved into [clip_min, clip_max] first */
    double clip_max;
    double half;       /**< EMAX: canonical unit of the covariate */
    double hill;       /**< EMAX */
    bool is_indicator; /**< x is 1 if the covariate >= at_least, else 0 */
    bool is_above;     /**< the same with > */
    double at_least;
    bool has_days;    /**< acts on the days [first_pod, last_pod] only: else factor 1 */
    double first_pod; /**< whole days, as TACRO_COV_POD counts them */
    double last_pod;  /**< INFINITY: for good */
    bool has_route; /**< acts while doses are given by one route only: else factor 1 */
    double route;   /**< 0 by mouth, 1 into a vein, as the covariate `intravenous` */
    double onset;   /**< h from the flag's beginning to that of its effect; `delay`: */
    double offset;  /**< h from its end to that of its effect; both are the same */
    bool is_level;  /**< x is 1 if the covariate is `level` (`is: liver`), else 0 */
    double level;
    bool replaces; /**< the drawn parameter times the factor is drawn afresh: its own
                        uncertainty does not come on top of that of the parameter */
    struct tacro_uncertainty uncertainty; /**< of the coefficient */
    const char *text; /**< ETA: its spread as read, "89.5 %" or "log sd 0.64" */
    enum tacro_mark mark;
    const char *from;
    size_t line;
};

#define TACRO_MAX_SET_RHYTHMS 16

/**
 * A parameter follows the clock: factor 1 + amplitude * cos(2 pi (clock - peak) / 24 h)
 * at every instant, on top of covariates and random effects.
 */
struct tacro_rhythm {
    size_t theta;
    double amplitude; /**< over the typical value, 0 < amplitude < 1 */
    double peak;      /**< h since midnight */
    struct tacro_uncertainty uncertainty; /**< of the amplitude */
    enum tacro_mark mark;
    const char *from;
};

#define TACRO_MAX_OPTIONS 8

/** Where sources conflict: one of some options is taken (switches.h). */
struct tacro_switch {
    const char *name; /**< borrowed from the tree, as all here but `text` */
    const char *doc;
    size_t noptions;
    const struct tacro_node *option[TACRO_MAX_OPTIONS]; /**< what it replaces; key */
    size_t by_default;
    size_t chosen;
    const char *text; /**< "variance; or sd": the chosen one, and the others */
};

struct tacro_choices;

#define TACRO_MAX_RANGES 64

/** What a covariate was in the population that a file was fitted to. */
struct tacro_range {
    enum tacro_covariate_id covariate;
    double low; /**< canonical unit of the covariate, as `high` */
    double high;
    const char *text; /**< as read, "46-122 kg" */
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
    size_t nrhythms;
    struct tacro_rhythm *rhythm; /**< PK */
    struct tacro_correlations omega_corr;
    struct tacro_correlations kappa_corr;
    size_t nrelations;
    struct tacro_relation *relation;
    struct tacro_residual residual; /**< PK */
    size_t nranges;
    struct tacro_range range[TACRO_MAX_RANGES];
    size_t nchecks;
    struct tacro_check *check; /**< PK: figures to reproduce; owned */
    struct tacro_covariate
        reference[TACRO_NCOVARIATES]; /**< risk: reference population */
    enum tacro_mark reference_mark[TACRO_NCOVARIATES];
    struct tacro_anchor anchor;              /**< risk */
    struct tacro_number after[TACRO_NAFTER]; /**< risk: text NULL unless given */
    size_t nuncertain;
    struct tacro_uncertain *uncertain; /**< the uncertain numbers, as in uncertain.h */
    struct tacro_draws *draws; /**< risk: owned; NULL: the file names no table */
    bool has_changed; /**< risk: its values are not those that `draws` was made from */
    size_t nswitches;
    struct tacro_switch *switches; /**< PK; owned */
    const char *switch_words;      /**< "iiv_scale = variance; or sd" of all, or "" */
    struct tacro_node root;        /**< the tree with the options that are chosen */
    size_t nmerged;
    struct tacro_node **merged; /**< rows of nodes that it is made of; owned */
    struct tacro_yaml *yaml;    /**< owned: texts above point into it ... */
    size_t nmade;
    char **made; /**< ... or are among these; owned */
};

/**
 * Read a params file (format: params/README.md).
 *
 * Every parameter of every part must have a THETA; a THETA that no part has is a fault,
 * so is a value outside its unit's dimension, a missing mark or a mark without `from`.
 * A PK file with an absorption needs F1, and `reference` of a risk file every covariate
 * its relations name. Every option of `switches` is read as if it were chosen, so that
 * a fault in one is a fault of the file.
 * errors  TACRO_EINPUT with the faults in notes; TACRO_ENOINPUT
 */
enum tacro_status tacro_paramset_read(const char *path, enum tacro_set_kind kind,
                                      struct tacro_notes *notes,
                                      struct tacro_paramset **out,
                                      struct tacro_error *err) TACRO_MUST_USE;

/**
 * Whether a file is a params file and of which kind, by its keys: it has `parts` or
 * `theta`. False for a file that cannot be read; nothing is noted.
 */
bool tacro_paramset_kind(const char *path, enum tacro_set_kind *kind);

/** As tacro_paramset_read, without the table of `draws`: a calibration makes it. */
enum tacro_status tacro_paramset_read_without_draws(
    const char *path, enum tacro_set_kind kind, struct tacro_notes *notes,
    struct tacro_paramset **out, struct tacro_error *err) TACRO_MUST_USE;

/**
 * Read a set anew with other options of its switches; its bytes are those of before.
 *
 * set     replaced; as it was after a fault
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_paramset_switch(struct tacro_paramset **set,
                                        const struct tacro_choices *choices,
                                        struct tacro_notes *notes,
                                        struct tacro_error *err) TACRO_MUST_USE;
void tacro_paramset_free(struct tacro_paramset *set);

/**
 * Read `mark` and `from` of an entry whose keys have been checked. False after a fault.
 */
bool tacro_mark_read(struct tacro_reader *reader, const struct tacro_node *entry,
                     enum tacro_mark *mark, const char **from);

/** Keep before + text for the life of the set; NULL when memory is out. */
const char *tacro_paramset_keep(struct tacro_paramset *set, const char *before,
                                const char *text);

/** Name of the formulation that a part of the set is of; NULL: of none. */
const char *tacro_paramset_formulation(const struct tacro_paramset *set, size_t part);

/** Whether oral doses have somewhere to go; else IV doses alone, and no F1. */
bool tacro_paramset_has_absorption(const struct tacro_paramset *set);

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
