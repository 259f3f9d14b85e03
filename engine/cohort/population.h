/**
 * Covariates of a subject: given by the scenario, or drawn from a reference population.
 */
#ifndef TACRO_COHORT_POPULATION_H
#define TACRO_COHORT_POPULATION_H

#include "input/scenario.h"

/**
 * Draw every covariate of one patient.
 *
 * A covariate that the scenario lacks comes from the first risk file whose reference
 * population has it, else it is 0. Covariates given as steps are left NaN: they are the
 * same for all patients and a function of time. A typical patient gets means.
 *
 * value   [TACRO_NCOVARIATES], canonical units
 */
void tacro_population_draw(const struct tacro_input *input, uint32_t draw,
                           uint64_t patient, double *value);

/** Value at t [h from start]: the drawn one, or the last step carried forward. */
double tacro_population_at(const struct tacro_input *input, const double *drawn,
                           enum tacro_covariate_id id, double t);

/**
 * 1 if the value at t is at least `at_least`, else 0; a typical patient gets its mean.
 */
double tacro_population_indicator(const struct tacro_input *input, const double *drawn,
                                  enum tacro_covariate_id id, double t,
                                  double at_least);

/** True if the value changes with time. */
bool tacro_population_is_stepped(const struct tacro_input *input,
                                 enum tacro_covariate_id id);

#endif
