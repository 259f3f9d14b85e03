/**
 * Covariates that a regimen sets itself, for all its patients: what else it gives
 * (`induction`), whether its doses run into a vein (`intravenous`), are of a
 * formulation (`modified_release`), and whether they are the first (`first_day`).
 * Where each patient has his own doses, from an event table, each has his own course
 * of them.
 */
#ifndef TACRO_RUN_ARM_COVARIATES_H
#define TACRO_RUN_ARM_COVARIATES_H

#include "dose/regimen.h"
#include "input/scenario.h"

#define TACRO_MAX_ARM_COVARIATES 4

/** The events of one patient of a table, in time order. */
struct tacro_arm_events {
    size_t n;
    const struct tacro_record *record;
};

struct tacro_arm_covariate {
    enum tacro_covariate_id id;
    size_t n;
    struct tacro_covariate_step *step; /**< owned; value NaN: as drawn (population.h) */
    size_t npatients;                  /**< 0: the steps are those of all patients */
    struct tacro_column *column;       /**< owned; [npatients], else NULL */
};

/** Zero-initialise; freed with tacro_arm_covariates_free. */
struct tacro_arm_covariates {
    size_t n;
    struct tacro_arm_covariate item[TACRO_MAX_ARM_COVARIATES];
};

/**
 * doses   of the regimen, as planned
 * events  [nevents], of the patients of the regimen's table; nevents 0: it has none
 * out     empty where the patients' own covariates hold
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_arm_covariates_create(const struct tacro_input *input,
                                              const struct tacro_regimen *regimen,
                                              const struct tacro_doses *doses,
                                              const struct tacro_arm_events *events,
                                              size_t nevents,
                                              struct tacro_arm_covariates *out,
                                              struct tacro_error *err) TACRO_MUST_USE;
void tacro_arm_covariates_free(struct tacro_arm_covariates *covariates);

/** A copy of the input whose covariates are these; all else is shared. */
struct tacro_input
tacro_arm_covariates_input(const struct tacro_input *input,
                           const struct tacro_arm_covariates *covariates);

#endif
