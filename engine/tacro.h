/**
 * tacro: tacrolimus pharmacokinetic and PRES-risk simulation.
 *
 * Open a scenario, run it, read the summary; the full result is an HDF5 file. The
 * models themselves are in tacro_models.h, the other installed header. Research use,
 * not dosing advice.
 *
 * Units everywhere: h, mg, ng/mL; probabilities are fractions.
 */
#ifndef TACRO_H
#define TACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tacro_benefit.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TACRO_API __attribute__((visibility("default")))

/* -- status ------------------------------------------------------------------------ */

/** name, exit code of the program, text. Values are never reused. */
#define TACRO_STATUS_LIST(X)                                                           \
    X(OK, 0, "ok")                                                                     \
    X(EFAILED, 1, "more subjects failed than allowed")                                 \
    X(EUSAGE, 64, "wrong usage")                                                       \
    X(EINPUT, 65, "bad data")                                                          \
    X(ENOINPUT, 66, "no input")                                                        \
    X(EBUG, 70, "internal error")                                                      \
    X(ENOMEM, 71, "out of memory")                                                     \
    X(ECREATE, 73, "cannot create")                                                    \
    X(EIO, 74, "input/output error")                                                   \
    X(ESTOPPED, 75, "stopped")                                                         \
    X(ESOLVER, 70, "integration failed")

#define TACRO_STATUS_NAME(name, exit_code, text) TACRO_##name,
enum tacro_status { TACRO_STATUS_LIST(TACRO_STATUS_NAME) };
#undef TACRO_STATUS_NAME

/** Why a call failed; the text names the value, the unit and the place. */
struct tacro_error {
    enum tacro_status status;
    char text[1024];
};

TACRO_API const char *tacro_status_text(enum tacro_status status);
TACRO_API int tacro_status_exit_code(enum tacro_status status);

/* -- notes: what is to be said about the input files ------------------------------- */

enum tacro_severity { TACRO_FAULT, TACRO_WARNING, TACRO_NOTICE };

/** line and column count from 1; line 0 means the file as a whole. */
struct tacro_note {
    enum tacro_severity severity;
    char *file;
    size_t line;
    size_t column;
    char *text;
};

/** Zero-initialise; freed with tacro_notes_free. */
struct tacro_notes {
    size_t n;
    size_t capacity;
    size_t nfaults;
    struct tacro_note *note;
};

TACRO_API void tacro_notes_free(struct tacro_notes *notes);

/* -- scenario ---------------------------------------------------------------------- */

/** What the caller overrides in a scenario; zero-initialise, then set. */
struct tacro_overrides {
    const char
        *params_dir;   /**< holds pk/ and risk/; NULL: beside the scenario's folder */
    uint64_t subjects; /**< patients per draw, 0: as in the file */
    uint64_t draws;    /**< parameter draws, 0: as in the file */
    uint64_t seed;
    bool has_seed;
    bool is_without_draws; /**< leave the draw tables of risk files unread */
};

/** A scenario with its models, read, checked and converted. Constant from then on. */
struct tacro_scenario;

/**
 * Read a scenario and the params files it names.
 *
 * notes   receives every fault, warning and notice, also when the call fails
 * errors  TACRO_EINPUT with all faults in notes; TACRO_ENOINPUT when a file is not
 *         there
 */
TACRO_API enum tacro_status tacro_scenario_open(const char *path,
                                                const struct tacro_overrides *overrides,
                                                struct tacro_notes *notes,
                                                struct tacro_scenario **out,
                                                struct tacro_error *err);
TACRO_API void tacro_scenario_free(struct tacro_scenario *scenario);

/** One dose of a regimen's resolved plan. */
struct tacro_plan_dose {
    double time;       /**< h from start */
    double amount;     /**< mg; NaN: per kg, and the weight differs by patient */
    const char *route; /**< "oral", "iv", or the formulation's name; borrowed */
    double duration;   /**< h in which it runs in, 0: at once */
    bool is_per_kg;
    double per_kg; /**< mg/kg, if so */
};

/** A regimen as it will be given; borrowed from the scenario. */
struct tacro_plan {
    const char *label; /**< with several PK models `plan@model` */
    const char *plan;  /**< without the model */
    size_t ndoses;
    const struct tacro_plan_dose *dose; /**< as long as no rule changes them */
    double every_before; /**< h between the doses before the start; 0: none */
    size_t nrules;
    const char *const *rule; /**< samples, adjustments and switches in words */
};

TACRO_API size_t tacro_scenario_regimens(const struct tacro_scenario *scenario);
TACRO_API struct tacro_plan tacro_scenario_plan(const struct tacro_scenario *scenario,
                                                size_t regimen);

/** Most patients and parameter draws of a scenario. */
#define TACRO_MAX_PATIENTS 16000000U
#define TACRO_MAX_DRAWS 1000000U

/** Most PK models, risk files and endpoints of a scenario. */
#define TACRO_MAX_FRAME_PKS 12
#define TACRO_MAX_FRAME_RISKS 4
#define TACRO_MAX_FRAME_ENDPOINTS 8

/** The frame of a scenario, for messages and pages; borrowed. */
struct tacro_frame {
    const char *title;
    size_t npks;
    const char *pk[TACRO_MAX_FRAME_PKS]; /**< [npks] names of the PK files */
    const char
        *switches;    /**< "iiv_scale = variance; or sd", "" if no PK file has any */
    size_t nplans;    /**< regimens of each PK model, model by model */
    size_t noutcomes; /**< risk files */
    uint64_t subjects;
    uint64_t draws;
    uint64_t seed;
    double start_day;    /**< days since transplantation at 00:00 of the start's day */
    double start_clock;  /**< h since midnight at t = 0 */
    double trough_clock; /**< h since midnight: a dosing day begins */
    double horizon;      /**< h */
    double landmark;     /**< h */
    const char *risk[TACRO_MAX_FRAME_RISKS]; /**< [noutcomes] names of the risk files */
    size_t nendpoints;
    const char *endpoint[TACRO_MAX_FRAME_ENDPOINTS];
    const char *history;  /**< the outcome the patients have had; NULL: none */
    const char *severity; /**< of it */
    double onset;         /**< h, of it */
    double death_hazard;  /**< 1/h */
    double pk_first_day
        [TACRO_MAX_FRAME_PKS]; /**< calibrated days of each; NaN: not stated */
    double pk_last_day[TACRO_MAX_FRAME_PKS];
};

TACRO_API struct tacro_frame
tacro_scenario_frame(const struct tacro_scenario *scenario);

/* -- run --------------------------------------------------------------------------- */

struct tacro_run_options {
    const char *output; /**< result file; NULL: none is written */
    bool force;         /**< replace an existing result file */
    unsigned threads;   /**< 0: 1 */
    const char
        *kernels; /**< "baseline", "v3", "v4"; NULL: the best this processor has */
    const char *solver;  /**< "auto", "cvode", "exact"; NULL: auto, which is exact where
                             the system allows it */
    double rtol;         /**< relative tolerance of the solver; 0: 1e-6 */
    bool has_subject;    /**< recompute one subject alone */
    uint64_t subject;    /**< its index, draw-major */
    uint64_t max_failed; /**< more failed courses than this is TACRO_EFAILED */
    /** Called now and then by one thread at a time; false stops the run. NULL: none. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/** 5 %, 50 % and 95 % of the simulated patients; NaN where there is nothing to say. */
struct tacro_band {
    double low;
    double median;
    double high;
};

/** One dosing day of one regimen. */
struct tacro_day_summary {
    int day;     /**< POD */
    double time; /**< h from start: the instant of the trough */
    double
        dose; /**< mg given in this dosing day, mean over patients; NaN if the horizon
                      cuts it */
    struct tacro_band trough; /**< ng/mL, before any dose at that instant */
    double target_low;        /**< ng/mL; NaN: no target */
    double target_high;
    double below; /**< fractions of patients with a level */
    double in;
    double above;
    bool is_outside_calibration; /**< day outside the PK model's calibrated days */
};

#define TACRO_NRECOVERY 5 /* days after onset at which the summary looks */

/** What follows under one regimen. */
struct tacro_regimen_recovery {
    struct tacro_estimate by[TACRO_NRECOVERY]; /**< probability of recovery by then */
    bool is_unchanged; /**< its plan lowers no dose after the onset: the published times
                            do not hold for it */
};

/** What follows an event that the patients have had (`history`). */
struct tacro_recovery_summary {
    const char *outcome;                            /**< pres */
    const char *severity;                           /**< coma, impaired, none */
    bool is_severity_assumed;                       /**< the scenario gives none */
    double onset;                                   /**< h from start */
    double day[TACRO_NRECOVERY];                    /**< after onset */
    struct tacro_regimen_recovery *regimen;         /**< [nregimens] */
    struct tacro_estimate imaging[TACRO_NRECOVERY]; /**< complete recovery in imaging */
    struct tacro_estimate unfavourable; /**< under the reference regimen, whose patients
                                             are those of all */
    struct tacro_estimate mortality;
};

/** An optional endpoint of the scenario. */
struct tacro_endpoint_summary {
    const char *name;                   /**< aki_week1 */
    const char *title;                  /**< what the probability is of */
    const char *population;             /**< whom the numbers are about */
    char *words;                        /**< window and assumptions */
    struct tacro_estimate *probability; /**< [nregimens] */
};

struct tacro_risk_summary {
    double probability; /**< from the landmark to the horizon, patient average; the
                             median over draws */
    struct tacro_interval interval;
    double difference; /**< against the reference regimen in the same patients, the
                            median over draws; NaN if a course of either failed */
    struct tacro_interval difference_interval;
    double lower; /**< probability over draws that the risk is lower than under the
                       reference; NaN with one draw */
    double first; /**< probability as the first event of all; event-free: of death */
    struct tacro_interval first_interval;
    struct tacro_band patients; /**< spread between the patients of a draw */
    double standard_error;      /**< Monte Carlo, of one draw's average */
    double needed;     /**< patients per draw for a standard error of a tenth of the
                            interval; 0: it is small enough; INFINITY: the interval may
                            be this error alone; NaN: no 95 % interval */
    bool is_simulated; /**< the share of simulated events: a rule of the regimen waits
                            for the outcome; else an average of exact probabilities */
};

struct tacro_regimen_summary {
    const char *label; /**< of the plan; with several PK models `plan@model` */
    const char *plan;  /**< label of the plan */
    size_t model;      /**< its PK model */
    size_t ndays;
    struct tacro_day_summary *day;
    struct tacro_band
        at_landmark; /**< ng/mL; NaN, as the hours, if no dose precedes it */
    double below;    /**< over all troughs from the landmark on */
    double in;
    double above;
    struct tacro_band cmax;           /**< ng/mL, whole course, on the output times */
    struct tacro_band hours_below_10; /**< from the landmark to the first level < 10 */
    double never_below_10; /**< fraction; such patients count as the horizon */
    struct tacro_band hours_below_5;
    double never_below_5;
    struct tacro_band days_below_5; /**< days from the landmark on with C0 < 5 ng/mL */
    double observed_outside; /**< share of observations outside target, as above */
    double trough_under_2;   /**< of all C0 from the landmark on */
    double trough_over_25;
    uint64_t failed;      /**< courses that could not be integrated */
    double days_in_range; /**< days from the landmark on with C0 in target, mean over
                               patients; the median over draws; NaN without a target */
    struct tacro_interval days_in_range_interval;
    double days_with_target;         /**< days that could be in range, likewise */
    struct tacro_risk_summary *risk; /**< [noutcomes] */
    struct tacro_risk_summary event_free;
};

struct tacro_outcome_summary {
    const char *name;       /**< pres, rejection: prefix of the datasets */
    const char *endpoint;   /**< title of the column */
    const char *file;       /**< name of the risk file */
    const char *population; /**< in which its numbers were read: organ, dosing */
    double first_day;       /**< calibrated days of the risk file; NaN: not stated */
    double last_day;
    const char *organ_changes; /**< what of it the organ changes; NULL: nothing */
};

#define TACRO_NFAILURES 5 /* failed courses that a summary names */

/** A course that could not be computed. */
struct tacro_failure {
    uint64_t subject; /**< index over all draws */
    uint64_t draw;
    uint64_t patient; /**< within the draw */
    size_t regimen;
    const char *reason; /**< "a hazard is not finite" */
    double time;        /**< h from start, where it shows */
};

/**
 * One ASSUMED or UNVERIFIED input, a covariate drawn for want of a value, the law of a
 * number that is assumed, or a part of the result that is extrapolation.
 */
struct tacro_assumption {
    const char *kind; /**< changed ignored warning scenario drawn parameter uncertainty
                           extrapolation */
    char *text;
};

#define TACRO_NAMES_TEXT 640

struct tacro_pk_summary {
    const char *name;
    const char *population;
    double first_day; /**< calibrated days of the PK model; NaN: not stated */
    double last_day;
    char
        acting[TACRO_NAMES_TEXT]; /**< covariates given that act on the level: "a, b" */
    char ignored[TACRO_NAMES_TEXT]; /**< that act under another of the models alone */
};

struct tacro_summary {
    const char *title;
    size_t npks;
    struct tacro_pk_summary *pk; /**< [npks] */
    size_t nplans;               /**< regimens of each, model by model */
    uint64_t subjects;           /**< patients per draw */
    uint64_t draws;
    uint64_t seed;
    uint64_t courses; /**< patient courses computed */
    uint64_t failed;
    size_t nfailures; /**< of them named: the first by subject, then regimen */
    struct tacro_failure failure[TACRO_NFAILURES];
    double landmark;
    double horizon;
    double start_day;
    double start_clock;
    double trough_clock; /**< h since midnight */
    double death_hazard; /**< 1/h from the landmark on; 0: death is not modelled */
    const char *organ;   /**< of all patients, "lung"; NULL: not given, or not of all */
    const char *observed; /**< assay of the observations, or "any"; NULL: none */
    size_t reference;     /**< index of the reference plan: that of a regimen r is
                               r / nplans * nplans + reference */
    size_t nregimens;
    struct tacro_regimen_summary *regimen;
    size_t noutcomes;
    struct tacro_outcome_summary *outcome;
    bool has_history; /**< the patients have had one of the outcomes: its column is its
                           recurrence, and regimens are not ranked */
    struct tacro_recovery_summary *recovery; /**< NULL without history */
    size_t nendpoints;
    struct tacro_endpoint_summary *endpoint;
    struct tacro_comparison comparison;
    size_t ndrivers; /**< 0 with one draw */
    struct tacro_drivers *drivers;
    size_t nassumptions;
    struct tacro_assumption *assumption;
    const char *solver;       /**< "cvode" or "exact"; words where models differ */
    const char *other_solver; /**< that integrated a sample too, in words */
    uint64_t checked;         /**< courses of that sample */
    uint64_t unmatched; /**< of them, courses that one solver alone could integrate */
    double level_difference; /**< largest relative one of the solvers; NaN: none */
    double hazard_difference;
    double rtol; /**< asked of the solver */
    const char *kernels;
    unsigned threads;
    double seconds; /**< wall time of the simulation */
    char content_hash[65];
};

/**
 * Simulate every regimen on every patient.
 *
 * The result file appears under its name only when it is complete.
 * errors  TACRO_ECREATE, TACRO_EIO, TACRO_ENOMEM, TACRO_ESTOPPED; TACRO_EFAILED with a
 *         complete file and summary when more courses failed than allowed
 */
TACRO_API enum tacro_status tacro_run(const struct tacro_scenario *scenario,
                                      const struct tacro_run_options *options,
                                      struct tacro_summary **out,
                                      struct tacro_error *err);
TACRO_API void tacro_summary_free(struct tacro_summary *summary);

/* -- calibrate --------------------------------------------------------------------- */

struct tacro_calibrate_options {
    const char *scenario;   /**< the reference cohort: patients and their dosing */
    const char *params_dir; /**< as in tacro_overrides */
    const char *output_dir; /**< receives <risk file>.draws.csv */
    uint64_t draws;         /**< 0: 1000 */
    uint64_t patients;      /**< 0: as in the scenario */
    uint64_t seed;
    bool has_seed;    /**< else the scenario's */
    unsigned threads; /**< 0: 1 */
    const char *kernels;
    bool force; /**< replace draw tables */
    /** As of a run; counts the patients' courses and then those of each draw. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/** What was solved for one risk file. */
struct tacro_calibrated {
    const char *file;    /**< name of the risk file */
    const char *outcome; /**< pres, rejection */
    char *path;          /**< of the draw table */
    size_t nnumbers;     /**< columns of the table, without `draw` */
    double within;       /**< h since transplantation */
    double incidence;    /**< central, a fraction, within that time */
    const char *solved;  /**< the parameter that it solves */
    const char *unit;    /**< as in the risk file */
    double before;       /**< the risk file's value */
    double central;      /**< solved with all numbers at their central values */
    struct tacro_interval spread;           /**< of the solved values over draws */
    struct tacro_interval incidence_spread; /**< of the drawn incidence */
};

struct tacro_calibration {
    uint64_t patients;
    uint64_t draws;
    uint64_t seed;
    double horizon; /**< h of the courses that served */
    double seconds;
    size_t n;
    struct tacro_calibrated *risk;   /**< [n] */
    struct tacro_scenario *scenario; /**< texts above point into it; owned */
};

/**
 * Make the draw tables of a scenario's risk files.
 *
 * Draws every uncertain number and solves the scale of each hazard such that the
 * cohort has the draw's incidence. Its courses are those of the scenario's reference
 * regimen at central PK parameters, computed once.
 *
 * notes   as of tacro_scenario_open
 * errors  TACRO_EINPUT: faults, or an incidence that cannot be reached; TACRO_ECREATE,
 *         TACRO_EFAILED, TACRO_ESTOPPED, TACRO_EUSAGE, TACRO_EIO, TACRO_ENOMEM. Nothing
 *         is written then, unless the disc fails between two tables.
 */
TACRO_API enum tacro_status
tacro_calibrate(const struct tacro_calibrate_options *options,
                struct tacro_notes *notes, struct tacro_calibration **out,
                struct tacro_error *err);
TACRO_API void tacro_calibration_free(struct tacro_calibration *calibration);

TACRO_API const char *tacro_version(void);

#ifdef __cplusplus
}
#endif

#endif
