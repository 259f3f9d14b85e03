/** The patient keys of a scenario: their units, limits and distributions. */
#ifndef TACRO_INPUT_COVARIATE_H
#define TACRO_INPUT_COVARIATE_H

#include "input/schema.h"

enum tacro_covariate_type {
    TACRO_COVARIATE_NUMBER,
    TACRO_COVARIATE_FLAG,  /**< 0 or 1 */
    TACRO_COVARIATE_CHOICE /**< index among its levels */
};

/** name, type, dimension, hard min, max, calibrated min, max, inhibitor or inducer. */
#define TACRO_COVARIATE_LIST(X)                                                        \
    X(age, NUMBER, AGE, 0.5, 100, 18, 80, false)                                       \
    X(sex, CHOICE, NUMBER, 0, 1, 0, 1, false)                                          \
    X(weight, NUMBER, WEIGHT, 5, 200, 40, 132, false)                                  \
    X(height, NUMBER, LENGTH, 50, 220, 145, 203, false)                                \
    X(hematocrit, NUMBER, NUMBER, 0.10, 0.65, 0.20, 0.47, false)                       \
    X(albumin, NUMBER, ALBUMIN, 10, 60, 12, 57, false)                                 \
    X(creatinine, NUMBER, CREATININE, 20, 2000, 38, 1885, false)                       \
    X(crp, NUMBER, CRP, 0, 600, 0, 334, false)                                         \
    X(map, NUMBER, PRESSURE, 20, 250, 20, 250, false)                                  \
    X(cyp3a5_expresser, FLAG, NUMBER, 0, 1, 0, 1, false)                               \
    X(cyp3a5_alleles, NUMBER, NUMBER, 0, 2, 0, 2, false)                               \
    X(cyp3a4_22, FLAG, NUMBER, 0, 1, 0, 1, false)                                      \
    X(donor_cyp3a5_expresser, FLAG, NUMBER, 0, 1, 0, 1, false)                         \
    X(bilateral, FLAG, NUMBER, 0, 1, 0, 1, false)                                      \
    X(cystic_fibrosis, FLAG, NUMBER, 0, 1, 0, 1, false)                                \
    X(connective_tissue_disease, FLAG, NUMBER, 0, 1, 0, 1, false)                      \
    X(infection, FLAG, NUMBER, 0, 1, 0, 1, false)                                      \
    X(aki, FLAG, NUMBER, 0, 1, 0, 1, false)                                            \
    X(hypomagnesemia, FLAG, NUMBER, 0, 1, 0, 1, false)                                 \
    X(ecmo, FLAG, NUMBER, 0, 1, 0, 1, false)                                           \
    X(diarrhea, FLAG, NUMBER, 0, 1, 0, 1, false)                                       \
    X(hla_mismatches, NUMBER, NUMBER, 0, 12, 0, 12, false)                             \
    X(prednisolone, NUMBER, DAILY_DOSE, 0, 1000, 0, 80, false)                         \
    X(voriconazole, FLAG, NUMBER, 0, 1, 0, 1, true)                                    \
    X(posaconazole, FLAG, NUMBER, 0, 1, 0, 1, true)                                    \
    X(itraconazole, FLAG, NUMBER, 0, 1, 0, 1, true)                                    \
    X(fluconazole, FLAG, NUMBER, 0, 1, 0, 1, true)                                     \
    X(amiodarone, FLAG, NUMBER, 0, 1, 0, 1, true)                                      \
    X(rifampin, FLAG, NUMBER, 0, 1, 0, 1, true)                                        \
    X(caspofungin, FLAG, NUMBER, 0, 1, 0, 1, true)                                     \
    X(steroid_pulse, FLAG, NUMBER, 0, 1, 0, 1, false)                                  \
    X(organ, CHOICE, NUMBER, 0, 3, 0, 3, false)                                        \
    X(induction, CHOICE, NUMBER, 0, 1, 0, 1, false)                                    \
    X(intravenous, FLAG, NUMBER, 0, 1, 0, 1, false)                                    \
    X(voriconazole_level, NUMBER, CRP, 0, 10, 0, 3.4, false)                           \
    X(prednisolone_cmax, NUMBER, MOLAR, 0, 10000, 0, 10000, false)                     \
    X(living_donor, FLAG, NUMBER, 0, 1, 0, 1, false)                                   \
    X(egfr, NUMBER, FILTRATION, 1, 250, 1, 250, false)                                 \
    X(first_day, FLAG, NUMBER, 0, 1, 0, 1, false)                                      \
    X(modified_release, FLAG, NUMBER, 0, 1, 0, 1, false)

/**
 * Covariates of relations alone, no patient keys, likewise; tacro_covariate_info knows
 * them. What they are made of: input/derived.h.
 *
 * pod   whole days since 00:00 of the day of transplantation, at least 1
 * dose  mg of the dose, of a parameter of doses
 */
#define TACRO_LAST_POD 3650
#define TACRO_MADE_COVARIATE_LIST(X)                                                   \
    X(pod, NUMBER, NUMBER, 1, TACRO_LAST_POD, 1, TACRO_LAST_POD, false)                \
    X(ffm, NUMBER, WEIGHT, 5, 110, 35, 80, false)                                      \
    X(lbm, NUMBER, WEIGHT, 5, 110, 5, 110, false)                                      \
    X(bmi, NUMBER, BODY_MASS_INDEX, 8, 80, 8, 80, false)                               \
    X(bsa, NUMBER, AREA, 0.2, 3.5, 0.2, 3.5, false)                                    \
    X(azole, FLAG, NUMBER, 0, 1, 0, 1, false)                                          \
    X(cyp3a5_carriers, NUMBER, NUMBER, 0, 2, 0, 2, false)                              \
    X(dose, NUMBER, DOSE, 0, 30, 0, 30, false)

#define TACRO_COVARIATE_ID(name, ...) TACRO_COV_##name,
enum tacro_covariate_id {
    TACRO_COVARIATE_LIST(TACRO_COVARIATE_ID) TACRO_NCOVARIATES,
    TACRO_COV_before_made = TACRO_NCOVARIATES - 1,
    TACRO_MADE_COVARIATE_LIST(TACRO_COVARIATE_ID) TACRO_NALL_COVARIATES
};
#undef TACRO_COVARIATE_ID
#define TACRO_COV_POD TACRO_COV_pod

struct tacro_covariate_info {
    const char *name;
    enum tacro_covariate_type type;
    bool is_inhibitor; /**< inhibitor or inducer of tacrolimus clearance */
    struct tacro_quantity quantity;
    size_t nlevels;           /**< of a choice; else 0 */
    const char *const *level; /**< [nlevels], sex: male 0, female 1 */
};

const struct tacro_covariate_info *tacro_covariate_info(enum tacro_covariate_id id);

/** Of the patient keys; TACRO_NCOVARIATES if there is none of that name. */
enum tacro_covariate_id tacro_covariate_find(const char *name);

/** Of all covariates of relations; TACRO_NALL_COVARIATES if there is none. */
enum tacro_covariate_id tacro_covariate_find_any(const char *name);

/** Whether a number is within the hard limits, and whole where it counts alleles. */
bool tacro_covariate_is_value(const struct tacro_covariate_info *info, double x);

/**
 * What to say behind the limits of a number that is outside: ": 3.5 g/dL is 35 g/L" if
 * it fits the other scale in use, ", a whole number" of a count; else empty.
 */
struct tacro_excerpt tacro_covariate_scale(const struct tacro_covariate_info *info,
                                           double value);

enum tacro_distribution {
    TACRO_ABSENT,  /**< the scenario does not give it */
    TACRO_UNKNOWN, /**< the scenario says `unknown`: as ABSENT, on purpose */
    TACRO_STEPS,   /**< n values, each from its time on; one alone is constant */
    TACRO_NORMAL,  /**< normal, truncated to [min, max] */
    TACRO_CLIPPED, /**< normal, values outside moved to the limits (`outside: clip`) */
    TACRO_BERNOULLI, /**< `value` with the probability, else 0 */
    TACRO_TABLE /**< each patient's own, in the patients' event table (dataset.h) */
};

struct tacro_covariate_step {
    double from; /**< h from start */
    double value;
};

/** How one covariate comes about. */
struct tacro_covariate {
    enum tacro_distribution distribution;
    size_t n;
    struct tacro_covariate_step *step; /**< owned; [n], `from` ascending */
    double mean;
    double sd;
    double min;
    double max;
    double probability;
    double value; /**< Bernoulli: value drawn with that probability (1 for a flag) */
    double below_age; /**< Bernoulli: 0 at this age [y] and above; INFINITY: no limit */
    bool has_absent_with; /**< Bernoulli of a reference population: ... */
    enum tacro_covariate_id absent_with; /**< ... 0 where this flag is given as true */
    bool is_stepped; /**< table: changes with time in at least one patient */
    size_t line;     /**< in its file */
};

/**
 * Read one patient key: a constant, `unknown`, {mean, cv | sd, min, max, outside:
 * clip}, {probability, value, below_age}, or a list of {from, value}. The two maps may
 * carry `mark` and `from` (paramset.h reads them). Freed with tacro_covariate_free.
 * False after a fault.
 */
bool tacro_covariate_read(struct tacro_reader *reader, const struct tacro_node *node,
                          enum tacro_covariate_id id, struct tacro_covariate *out);

/**
 * Read an entry of a reference population: one of the two maps, {probability} with
 * `absent_with` too, or {value}, the level or flag of whoever is not said to differ.
 * Freed with tacro_covariate_free. False after a fault.
 */
bool tacro_covariate_read_reference(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    enum tacro_covariate_id id,
                                    struct tacro_covariate *out);
void tacro_covariate_free(struct tacro_covariate *covariate);

/** Whether it is one value other than 0, the same at all times in all patients. */
bool tacro_covariate_is_true(const struct tacro_covariate *covariate);

#endif
