/**
 * A scenario made ready: doses, rules, equations, output times. Constant for every run.
 */
#ifndef TACRO_RUN_PLAN_H
#define TACRO_RUN_PLAN_H

#include "cohort/observation.h"
#include "cohort/subject.h"
#include "input/scenario.h"
#include "run/arm.h"
#include "solve/block.h"

/** One PK model of a scenario made ready, as if the scenario had no other. */
struct tacro_pk {
    struct tacro_input *input;         /**< owned; with one model the scenario's own */
    struct tacro_rules *rules;         /**< owned */
    struct tacro_clock clock;          /**< with the model's occasions */
    const struct tacro_system *system; /**< of its first variant, variant[model] */
    const int *coef;                   /**< likewise */
    struct tacro_observer observer;    /**< n 0: nothing is observed */
    int observed[TACRO_MAX_OBSERVED];  /**< of each, among the outputs of parts;
                                            TACRO_NONE: whole blood */
};

/** What `struct tacro_scenario` of tacro.h is. */
struct tacro_scenario {
    struct tacro_input *input;
    char *notes; /**< warnings and notices about the files, one a line; owned */
    size_t nwarnings;
    char **warning; /**< their texts; owned */
    size_t npks;
    struct tacro_pk pk[TACRO_MAX_PKS];
    struct tacro_clock clock;  /**< of pk[0]: trough clock and day of all */
    struct tacro_rules *rules; /**< of pk[0]: the risk files' are those of all */
    const struct tacro_system *system; /**< of pk[0] */
    const int *coef;                   /**< of pk[0] */
    size_t nvariants;
    struct tacro_variant *variant; /**< [nregimens + npks] room; the first npks: each
                                        model's own absorption alone, whatever is dosed
                                    */
    struct tacro_arm *arm;         /**< [nregimens] */
    size_t ntimes;
    double *time; /**< output times [h]: the grid, doses, troughs, landmark, horizon */
    size_t ndays;
    int *day;           /**< POD whose trough instant lies in [0, horizon] */
    size_t *day_output; /**< output index of that instant */
    bool *is_own;       /**< [nregimens][ntimes] grid, days, landmark, own doses: what
                            another regimen adds to the output times is left out */
    size_t landmark_output;
    size_t nrecords; /**< outputs at which all states are kept: days, landmark, horizon,
                       the window after the event of the history */
    int *record_of;  /**< [ntimes], TACRO_NONE: none */
    char *endpoint[TACRO_MAX_RISKS]; /**< title of each outcome's column; owned */
    struct tacro_endpoint_numbers *endpoint_numbers; /**< [nendpoints][ndraws] */
    size_t nwindow;        /**< records over which the stress after the event of the
                                history is averaged; 0: none */
    double *window_time;   /**< [nwindow] h from start */
    size_t *window_output; /**< [nwindow] */
    double *window_weight; /**< [nwindow], sum 1 */
    uint32_t outcome_key[TACRO_MAX_RISKS]; /**< of the numbers drawn for each outcome */
};

/** Make ready what was read; the input is taken over, also after a failure. */
enum tacro_status tacro_scenario_create(struct tacro_input *input,
                                        struct tacro_notes *notes,
                                        struct tacro_scenario **out,
                                        struct tacro_error *err) TACRO_MUST_USE;

/**
 * Outcomes that regimens simulate because their rules wait for them, and that the
 * reference simulates too, beside its exact risks, so that regimens can be paired with
 * it; false: none, or the reference has rules of the kind itself.
 *
 * simulated [nrisks]
 */
bool tacro_scenario_control(const struct tacro_scenario *scenario, bool *simulated);

/** The PK model of a regimen. */
static inline const struct tacro_pk *
tacro_scenario_pk(const struct tacro_scenario *scenario, size_t regimen)
{
    return &scenario->pk[scenario->arm[regimen].model];
}

/** Subjects of all draws. */
uint64_t tacro_scenario_subjects(const struct tacro_scenario *scenario);

/** Index of the output at t [h], which must be one. */
size_t tacro_scenario_output(const struct tacro_scenario *scenario, double t);

/** mg given in dosing day d (index), NaN if the horizon cuts it. */
double tacro_scenario_daily_dose(const struct tacro_scenario *scenario,
                                 const struct tacro_ledger *ledger, size_t d);

/** What blocks of a variant share. */
struct tacro_block_setup tacro_scenario_setup(const struct tacro_scenario *scenario,
                                              size_t variant,
                                              const struct tacro_kernels *kernels,
                                              const struct tacro_method *method,
                                              double rtol);

/** Target range at t; false: none. */
bool tacro_scenario_target(const struct tacro_scenario *scenario, double t, double *low,
                           double *high);

/**
 * Time of a regimen's first planned dose [h]; INFINITY: none; -INFINITY: drug was given
 * before the start, or the start is at steady state.
 */
double tacro_scenario_first_dose(const struct tacro_scenario *scenario, size_t regimen);

#endif
