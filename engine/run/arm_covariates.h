/**
 * Covariates that a regimen sets itself, for all its patients: what else it gives
 * (`induction`), and whether its doses run into a vein (`intravenous`).
 */
#ifndef TACRO_RUN_ARM_COVARIATES_H
#define TACRO_RUN_ARM_COVARIATES_H

#include "dose/regimen.h"
#include "input/scenario.h"

#define TACRO_MAX_ARM_COVARIATES 2

struct tacro_arm_covariate {
    enum tacro_covariate_id id;
    size_t n;
    struct tacro_covariate_step *step; /**< owned; value NaN: as drawn (population.h) */
};

/** Zero-initialise; freed with tacro_arm_covariates_free. */
struct tacro_arm_covariates {
    size_t n;
    struct tacro_arm_covariate item[TACRO_MAX_ARM_COVARIATES];
};

/**
 * doses   of the regimen, as planned
 * out     empty where the patients' own covariates hold
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_arm_covariates_create(const struct tacro_input *input,
                                              const struct tacro_regimen *regimen,
                                              const struct tacro_doses *doses,
                                              struct tacro_arm_covariates *out,
                                              struct tacro_error *err) TACRO_MUST_USE;
void tacro_arm_covariates_free(struct tacro_arm_covariates *covariates);

/** A copy of the input whose covariates are these; all else is shared. */
struct tacro_input
tacro_arm_covariates_input(const struct tacro_input *input,
                           const struct tacro_arm_covariates *covariates);

#endif
