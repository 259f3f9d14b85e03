/**
 * tacro: tacrolimus pharmacokinetic and PRES-risk simulation.
 *
 * The only installed header. Open a scenario, run it, read the summary; the full result
 * is an HDF5 file. Research use, not dosing advice.
 *
 * Units everywhere: h, mg, ng/mL; probabilities are fractions.
 */
#ifndef TACRO_H
#define TACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/*
 * -- notes: what is to be said about the input files ----------------------------------
 */

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

/*
 * -- scenario -------------------------------------------------------------------------
 */

/** What the caller overrides in a scenario; zero-initialise, then set. */
struct tacro_overrides {
    const char
        *params_dir;   /**< holds pk/ and risk/; NULL: beside the scenario's folder */
    uint64_t subjects; /**< patients per draw, 0: as in the file */
    uint64_t draws;    /**< parameter draws, 0: as in the file */
    uint64_t seed;
    bool has_seed;
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
    const char *label;
    size_t ndoses;
    const struct tacro_plan_dose *dose; /**< as long as no rule changes them */
    size_t nrules;
    const char *const *rule; /**< samples, adjustments and switches in words */
};

TACRO_API size_t tacro_scenario_regimens(const struct tacro_scenario *scenario);
TACRO_API struct tacro_plan tacro_scenario_plan(const struct tacro_scenario *scenario,
                                                size_t regimen);

/** The frame of a scenario, for messages and pages; borrowed. */
struct tacro_frame {
    const char *title;
    const char *pk;
    size_t noutcomes; /**< risk files */
    uint64_t subjects;
    uint64_t draws;
    uint64_t seed;
    double start_day;    /**< days since transplantation at 00:00 of the start's day */
    double start_clock;  /**< h since midnight at t = 0 */
    double trough_clock; /**< h since midnight: a dosing day begins */
    double horizon;      /**< h */
    double landmark;     /**< h */
};

TACRO_API struct tacro_frame
tacro_scenario_frame(const struct tacro_scenario *scenario);

/*
 * -- run ------------------------------------------------------------------------------
 */

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

struct tacro_risk_summary {
    double probability; /**< from the landmark to the horizon, patient average */
    double difference; /**< against the reference regimen in the same patients, NaN if a
                            course of either failed */
    double standard_error; /**< of a share of simulated events, where a rule of the
                                regimen waits for the outcome; NaN: an average of exact
                                probabilities */
};

struct tacro_regimen_summary {
    const char *label;
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
    double trough_under_2; /**< of all C0 from the first dose or the landmark on */
    double trough_over_25;
    uint64_t failed;                 /**< courses that could not be integrated */
    struct tacro_risk_summary *risk; /**< [noutcomes] */
    struct tacro_risk_summary event_free;
};

struct tacro_outcome_summary {
    const char *name;     /**< pres, rejection: prefix of the datasets */
    const char *endpoint; /**< title of the column */
    const char *file;     /**< name of the risk file */
};

/** One ASSUMED or UNVERIFIED input, or a covariate drawn for want of a value. */
struct tacro_assumption {
    const char *kind; /**< changed warning scenario drawn parameter */
    char *text;
};

struct tacro_summary {
    const char *title;
    const char *pk;
    const char *pk_population;
    double pk_first_day; /**< calibrated days of the PK model; NaN: not stated */
    double pk_last_day;
    uint64_t subjects; /**< patients per draw */
    uint64_t draws;
    uint64_t courses; /**< patient courses computed */
    uint64_t failed;
    double landmark;
    double horizon;
    double start_day;
    double start_clock;
    double trough_clock; /**< h since midnight */
    size_t reference;    /**< index of the reference regimen */
    size_t nregimens;
    struct tacro_regimen_summary *regimen;
    size_t noutcomes;
    struct tacro_outcome_summary *outcome;
    size_t nassumptions;
    struct tacro_assumption *assumption;
    const char *solver;       /**< "cvode" or "exact" */
    const char *other_solver; /**< that integrated a sample too; NULL: none can */
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

/*
 * -- models ---------------------------------------------------------------------------
 */

/** A parameter, or a state of a part. */
struct tacro_model_row {
    const char *name;
    const char *unit;
    const char *value;  /**< as read, "" for a part */
    const char *spread; /**< IIV and IOV in words, "" if none */
    const char *mark;   /**< P T A C ASSUMED UNVERIFIED, "" for a part */
    const char *doc;    /**< meaning, or where the number was read */
};

/** A page about one part, PK file or risk file. */
struct tacro_model {
    const char *name;
    const char *kind; /**< "part", "pk", "risk" */
    const char *doc;  /**< one line */
    const char *source;
    const char *population;
    size_t nequations;
    const char *const *equation;
    size_t nrows;
    struct tacro_model_row *row;
};

struct tacro_library;

/**
 * Read all models under params_dir; a broken file becomes notes, the others are listed.
 */
TACRO_API enum tacro_status tacro_library_open(const char *params_dir,
                                               struct tacro_notes *notes,
                                               struct tacro_library **out,
                                               struct tacro_error *err);
TACRO_API size_t tacro_library_size(const struct tacro_library *library);
TACRO_API const struct tacro_model *
tacro_library_model(const struct tacro_library *library, size_t i);
TACRO_API void tacro_library_free(struct tacro_library *library);

TACRO_API const char *tacro_version(void);

#ifdef __cplusplus
}
#endif

#endif
