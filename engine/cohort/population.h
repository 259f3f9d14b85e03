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
 * population has it, else it is 0; so it is where the scenario gives the flag that the
 * reference says it is `absent_with`. Derived covariates (input/derived.h) are made of
 * these where they are read. Covariates given as steps are left NaN: they are
 * the same for all patients and a function of time. A typical patient gets means.
 *
 * value   [TACRO_NCOVARIATES], canonical units
 */
void tacro_population_draw(const struct tacro_input *input, uint32_t draw,
                           uint64_t patient, double *value);

/**
 * Value at t [h from start]: the drawn one, or the last step carried forward (whose
 * value NaN stands for the drawn one). Of the
 * event table it is the one at the start, whatever t is: tacro_population_of follows
 * it.
 */
double tacro_population_at(const struct tacro_input *input, const double *drawn,
                           enum tacro_covariate_id id, double t);

/** As tacro_population_at, and of the event table the patient's own value at t. */
double tacro_population_of(const struct tacro_input *input, const double *drawn,
                           uint64_t patient, enum tacro_covariate_id id, double t);

/**
 * Times [h from start] at which the event table's covariates of a patient step, and
 * at which the relations with an onset or offset follow, in no order; returns how many.
 *
 * patient  within its draw
 * cut      NULL: only count
 */
size_t tacro_population_cuts(const struct tacro_input *input, uint64_t patient,
                             double *cut);

/**
 * Narrow [*since, *until) around t to the stretch in which no covariate of the event
 * table steps for this patient, nor a relation with an onset or offset follows one.
 */
void tacro_population_stretch(const struct tacro_input *input, uint64_t patient,
                              double t, double *since, double *until);

/**
 * 1 if the value at t sets the indicator of a relation (`at_least`, `above`, `is`; a
 * flag as it is), else 0; a typical patient gets its mean. Of the event table the
 * patient's own.
 */
double tacro_population_is_set(const struct tacro_input *input, const double *drawn,
                               uint64_t patient, const struct tacro_relation *relation,
                               double t);

/** The first time after t at which a value steps, INFINITY: none. */
double tacro_population_next(const struct tacro_input *input, uint64_t patient,
                             enum tacro_covariate_id id, double t);

/** True if the value changes with time, in any patient or under any regimen. */
bool tacro_population_is_stepped(const struct tacro_input *input,
                                 enum tacro_covariate_id id);

/** True if all patients have the same value at any time. */
bool tacro_population_is_shared(const struct tacro_input *input,
                                enum tacro_covariate_id id);

/** True if it changes at times of each patient's own. */
bool tacro_population_is_own(const struct tacro_input *input,
                             enum tacro_covariate_id id);

#endif
