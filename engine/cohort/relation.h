/**
 * Covariate relations of a subject at a time.
 *
 * All multiply, on the log scale: log factor = coefficient * x. Of a linear or Emax
 * relation x is the logarithm of its factor and the coefficient 1; of a random effect x
 * is its indicator and the coefficient the patient's own.
 */
#ifndef TACRO_COHORT_RELATION_H
#define TACRO_COHORT_RELATION_H

#include "cohort/subject.h"

/** Whether x changes with the time, in any patient or under any regimen. */
bool tacro_relation_is_timed(const struct tacro_input *input,
                             const struct tacro_relation *relation);

/** Whether x differs between patients beside changing with the time. */
bool tacro_relation_is_own(const struct tacro_input *input,
                           const struct tacro_relation *relation);

/** Whether it acts on each dose by its amount: in tacro_subject_dose_factor alone. */
bool tacro_relation_is_of_dose(const struct tacro_relation *relation);

/** Key of the random effect of a relation, "pk.CL:azole:true" as a name. */
uint32_t tacro_relation_eta_key(const struct tacro_paramset *set,
                                const struct tacro_relation *relation);

/**
 * x of the k-th relation of rule i at t [h from start]: how far the covariate is from
 * its reference. Outside of its days and routes a relation does not act: 0.
 */
double tacro_relation_x(const struct tacro_rules *rules, size_t i, size_t k,
                        const struct tacro_subject *subject, double t);

/** Whether the parameter is a covariate that steps. */
bool tacro_rule_is_stepped_value(const struct tacro_rules *rules, size_t rule);

#endif
