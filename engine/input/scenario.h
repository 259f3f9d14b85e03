/** scenario.yaml, read, checked and converted once; constant from then on. */
#ifndef TACRO_INPUT_SCENARIO_H
#define TACRO_INPUT_SCENARIO_H

#include "input/dataset.h"
#include "input/endpoint.h"
#include "input/paramset.h"
#include "input/regimen.h"

#define TACRO_MAX_RISKS 4
#define TACRO_MAX_PKS 12 /* PK models of a list */

/** `from` of a THETA whose value `parameters:` has set. */
#define TACRO_SET_BY_SCENARIO "set by the scenario"

struct tacro_target {
    double from; /**< h from start */
    double low;  /**< ng/mL */
    double high;
};

/** A factor on one typical PK value, each from its time on; 1 before the first. */
struct tacro_multiplier {
    size_t theta;
    size_t n;
    struct tacro_covariate_step *step; /**< owned; value is the factor */
};

/** "Severity" of an event: what it did to consciousness. */
enum tacro_consciousness { TACRO_CONSCIOUS, TACRO_IMPAIRED, TACRO_COMA };

/** An event that all patients have had before the landmark, and its state at onset. */
struct tacro_history {
    bool is_given;
    size_t risk;  /**< index of the risk file whose outcome it is */
    double onset; /**< h from start, 0 <= onset <= landmark */
    enum tacro_consciousness severity;
    bool is_severity_given; /**< else it is `none` */
};

/** What belongs to one PK model of a scenario; owned by the input. */
struct tacro_pk_input {
    struct tacro_paramset *pk;
    size_t nmultipliers;
    struct tacro_multiplier *multiplier;
    struct tacro_step before; /**< its port is one of the model's */
};

/**
 * What `tacro_scenario` is inside input; dose/ adds the resolved doses.
 *
 * With a list of PK models each plan is read once for each of them, as ports and
 * parameters are the model's own: regimens are arms, model by model, the plans of each
 * in their order. `pk`, `multiplier` and `before` are those of the first model;
 * tacro_input_of gives the input as another model has it.
 */
struct tacro_input {
    struct tacro_yaml *yaml;
    const char *title;
    struct tacro_paramset *pk; /**< of the first model */
    size_t npks;
    struct tacro_pk_input
        model[TACRO_MAX_PKS]; /**< [npks] as the scenario lists them */
    size_t nrisks;
    struct tacro_paramset *risk[TACRO_MAX_RISKS];
    char *switch_words;  /**< of the PK models, "" where none has any; owned */
    double start_day;    /**< d */
    double start_clock;  /**< h since midnight */
    double trough_clock; /**< h since midnight */
    double horizon;      /**< h from start, > 0 */
    double landmark;     /**< h from start, 0 <= landmark < horizon */
    double output_every; /**< h */
    double death_hazard; /**< 1/h, from the landmark on; 0: no death competes */
    uint64_t seed;
    uint64_t ndraws;
    bool is_without_draws; /**< the draw tables of the risk files were not read */
    uint64_t npatients;
    bool is_typical;
    bool is_observed;       /**< `observe`: troughs are measured too ... */
    enum tacro_assay assay; /**< ... by this; ANY: none is named */
    struct tacro_covariate covariate[TACRO_NCOVARIATES];
    bool is_set_by_regimens[TACRO_NCOVARIATES]; /**< some regimen has a course of its
                                                     own of it: it counts as stepped */
    const struct tacro_column
        *regimen_column[TACRO_NCOVARIATES]; /**< of the patients of a regimen's event
                                                 table, else NULL: arm_covariates.h */
    size_t nregimen_columns;
    struct tacro_dataset
        *patients; /**< owned; of `patients: {file}`, else NULL: patient
                                       i of every draw is its patient i */
    struct tacro_history history;
    size_t nendpoints;
    struct tacro_endpoint endpoint[TACRO_NENDPOINTS]; /**< as the scenario lists them */
    size_t ntargets;
    struct tacro_target *target; /**< `from` ascending */
    size_t nmultipliers;
    struct tacro_multiplier *multiplier; /**< of model[0] */
    bool has_before;                     /**< drug was given before the start ... */
    struct tacro_step before;            /**< ... at steady state, so; else none was */
    size_t reference; /**< index of the reference plan: of the first model's
                                   regimens */
    size_t nplans;
    size_t nregimens;              /**< nplans for each model */
    struct tacro_regimen *regimen; /**< [model][plan] */
    size_t nassumed; /**< lines of the file that say ASSUMED, trimmed; owned */
    char **assumed;
};

/**
 * Read a scenario and its params files; all faults of all files at once.
 *
 * `parameters:` has been applied to pk->theta. Covariates: what the PK file needs and
 * the scenario lacks is a fault that names both; a risk covariate that is absent or
 * unknown is left so (cohort/ draws it from risk[]->reference) and noted; a key that no
 * model uses is a notice; an inhibitor that the PK file ignores is a fault unless
 * `unused: allow`; of a list, if all of its models do, and else a warning that names
 * those that do.
 */
enum tacro_status tacro_input_read(const char *path,
                                   const struct tacro_overrides *overrides,
                                   struct tacro_notes *notes, struct tacro_input **out,
                                   struct tacro_error *err) TACRO_MUST_USE;

/** The same of a tree that is a scenario; it is taken over, also after a failure. */
enum tacro_status tacro_input_take(struct tacro_yaml *yaml,
                                   const struct tacro_overrides *overrides,
                                   struct tacro_notes *notes, struct tacro_input **out,
                                   struct tacro_error *err) TACRO_MUST_USE;
void tacro_input_free(struct tacro_input *input);

/** Ports through which some regimen gives doses, as bits; of the input of one model. */
unsigned tacro_input_ports(const struct tacro_input *input);

/**
 * The input as it would be with one of its PK models alone; all is shared with it.
 *
 * model   < npks
 */
struct tacro_input tacro_input_of(const struct tacro_input *input, size_t model);

/** Index of the reference of a regimen: of the same model. */
size_t tacro_input_reference(const struct tacro_input *input, size_t regimen);

#endif
