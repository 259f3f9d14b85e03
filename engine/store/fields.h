/** The one table of datasets: path, unit, shape and words of everything in a result. */
#ifndef TACRO_STORE_FIELDS_H
#define TACRO_STORE_FIELDS_H

#include "core/status.h"

/** Axes, each with a dimension scale at the root. Name, unit, long name. */
#define TACRO_AXIS_LIST(X)                                                             \
    X(REGIMEN, regimen, "1", "dosing regimen")                                         \
    X(DRAW, draw, "1", "parameter draw")                                               \
    X(SUBJECT, subject, "1", "subject, draw-major")                                    \
    X(TIME, time, "h", "time from start")                                              \
    X(DAY, day, "1", "day since transplantation (POD), a dosing day")                  \
    X(QUANTILE, quantile, "1", "quantile")                                             \
    X(OTHER_REGIMEN, other_regimen, "1", "dosing regimen compared with")               \
    X(UTILITY_WEIGHT, utility_weight, "1", "weight of the first outcome")

#define TACRO_AXIS_NAME(id, name, unit, long_name) TACRO_AXIS_##id,
enum tacro_axis { TACRO_AXIS_LIST(TACRO_AXIS_NAME) TACRO_NAXES };
#undef TACRO_AXIS_NAME

/** Little-endian in the file; fill value NaN for floats, 255 for U1, -1 for I8. */
enum tacro_storage { TACRO_F4, TACRO_F8, TACRO_U1, TACRO_I8 };

#define TACRO_MAX_AXES 3

struct tacro_field {
    char *path; /**< "concentration", "population/CL" */
    char *unit;
    char *long_name;
    char *description;
    enum tacro_storage storage;
    size_t naxes;
    enum tacro_axis axis[TACRO_MAX_AXES];
};

/** Fixed fields: id, path. The rest of each stands in fields.c, by id. */
#define TACRO_FIELD_LIST(X)                                                            \
    X(CONCENTRATION, "concentration")                                                  \
    X(CONCENTRATION_QUANTILE, "concentration_quantile")                                \
    X(TROUGH, "trough")                                                                \
    X(AUC24, "auc24")                                                                  \
    X(DOSE_GIVEN, "dose_given")                                                        \
    X(BELOW_TARGET, "below_target")                                                    \
    X(IN_TARGET, "in_target")                                                          \
    X(ABOVE_TARGET, "above_target")                                                    \
    X(EVENT_FREE, "event_free_probability")                                            \
    X(EVENT_FREE_QUANTILE, "event_free_probability_quantile")                          \
    X(EVENT_FREE_HORIZON, "event_free_horizon")                                        \
    X(STATUS, "status")                                                                \
    X(STEPS, "diagnostics/steps")                                                      \
    X(RHS_CALLS, "diagnostics/rhs_calls")                                              \
    X(FAILURE_TIME, "diagnostics/failure_time")                                        \
    X(LEVEL_DIFFERENCE, "provenance/level_difference")                                 \
    X(HAZARD_DIFFERENCE, "provenance/hazard_difference")

#define TACRO_FIELD_ID(id, path) TACRO_FIELD_##id,
enum tacro_field_id { TACRO_FIELD_LIST(TACRO_FIELD_ID) TACRO_NFIELDS };
#undef TACRO_FIELD_ID

/** Fields of an outcome, in order: id, what follows its name in the path. */
#define TACRO_RISK_FIELD_LIST(X)                                                       \
    X(RISK, "_risk")                                                                   \
    X(RISK_QUANTILE, "_risk_quantile")                                                 \
    X(RISK_FIRST, "_risk_first")                                                       \
    X(RISK_HORIZON, "_risk_horizon")                                                   \
    X(RISK_FIRST_HORIZON, "_risk_first_horizon")                                       \
    X(PROBABILITY, "_probability")                                                     \
    X(TIME, "_time")

#define TACRO_RISK_FIELD_ID(id, suffix) TACRO_OUTCOME_##id,
enum tacro_risk_field { TACRO_RISK_FIELD_LIST(TACRO_RISK_FIELD_ID) TACRO_NRISK_FIELDS };
#undef TACRO_RISK_FIELD_ID

/** Name, unit and words of something that depends on the models. */
struct tacro_named {
    const char *name;
    const char *unit;
    const char *doc; /**< a phrase; codes too: "sex, 0 male, 1 female" */
};

/** All fields of one result; the fixed ones stand at their id. */
struct tacro_fields {
    size_t n;
    struct tacro_field *field;
    size_t outcome;    /**< first of TACRO_NRISK_FIELDS per outcome */
    size_t output;     /**< first of one per binding output: trough_<name> */
    size_t column;     /**< first of one per population column: population/<name> */
    size_t drawn;      /**< first of one per drawn number: draws/<name> */
    size_t death;      /**< death_risk, and at the horizon; SIZE_MAX: there is none */
    size_t comparison; /**< first of the group: store/comparison_fields.h */
};

/** Fields of death from `death` on. */
enum { TACRO_DEATH_RISK, TACRO_DEATH_RISK_HORIZON, TACRO_NDEATH_FIELDS };

/** What of a result depends on the scenario. */
struct tacro_fields_setup {
    size_t noutcomes;
    const struct tacro_named *outcome; /**< name "pres", doc the endpoint */
    size_t noutputs;
    const struct tacro_named *output; /**< of the binding */
    size_t ncolumns;
    const struct tacro_named *column; /**< covariates, individual parameters */
    size_t ndrawn;
    const struct tacro_named *drawn; /**< numbers that differ from draw to draw */
    bool has_death;                  /**< a death hazard is given */
};

/** Build the table; errors TACRO_ENOMEM. */
enum tacro_status tacro_fields_create(const struct tacro_fields_setup *setup,
                                      struct tacro_fields **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_fields_free(struct tacro_fields *fields);

/** A field to be added: see struct tacro_field. Texts are copied. */
struct tacro_field_form {
    const char *path;
    const char *unit;
    const char *long_name;
    const char *description;
    enum tacro_storage storage;
    size_t naxes;
    enum tacro_axis axis[TACRO_MAX_AXES];
};

/**
 * Append a field to a table of which no file has been made.
 *
 * index   receives its place in the table
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_fields_add(struct tacro_fields *fields,
                                   const struct tacro_field_form *form, size_t *index,
                                   struct tacro_error *err) TACRO_MUST_USE;

#endif
