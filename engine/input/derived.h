/** Covariates that come from others: ffm from weight, height and sex, and so on. */
#ifndef TACRO_INPUT_DERIVED_H
#define TACRO_INPUT_DERIVED_H

#include "input/scenario.h"

#define TACRO_MAX_SOURCES 3

/**
 * The patient keys that a covariate comes from; 0 of a key itself, of pod and of dose.
 *
 *   ffm  men 9270 W / (6680 + 216 BMI),
 *        women 9270 W / (8780 + 244 BMI)      (Janmahasatian)
 *   lbm  men 1.10 W - 128 (W/H)^2,
 *        women 1.07 W - 148 (W/H)^2           (James)
 *   bmi  W / (H/100)^2
 *   bsa  0.007184 H^0.725 W^0.425             (Du Bois)
 *   azole            voriconazole, posaconazole or itraconazole
 *   cyp3a5_carriers  of recipient and donor, how many express: 0, 1 or 2
 *
 * with W in kg, H in cm (pk-models.md 2.2, 9.3). Values outside of the limits of the
 * covariate are moved to them.
 *
 * source  [TACRO_MAX_SOURCES]
 */
size_t tacro_derived_sources(enum tacro_covariate_id id,
                             enum tacro_covariate_id *source);

/**
 * The same of a scenario: where it gives cyp3a5_alleles and no cyp3a5_expresser, who
 * has one expresses.
 */
size_t tacro_input_sources(const struct tacro_input *input, enum tacro_covariate_id id,
                           enum tacro_covariate_id *source);

/** The covariate from the values of its sources, in their order. */
double tacro_derived_value(enum tacro_covariate_id id, const double *x);

/** Whether the scenario gives a covariate, as a value, a law or a column. */
bool tacro_input_gives(const struct tacro_input *input, enum tacro_covariate_id id);

/** Whether a relation can act: not so one of doses into a vein that nobody gets. */
bool tacro_relation_is_used(const struct tacro_input *input,
                            const struct tacro_relation *relation);

/** Whether a relation reads a patient key: itself, as a source, or by its route. */
bool tacro_relation_reads(const struct tacro_input *input,
                          const struct tacro_relation *relation,
                          enum tacro_covariate_id id);

/** Whether some relation of a set does. */
bool tacro_paramset_reads(const struct tacro_input *input,
                          const struct tacro_paramset *set, enum tacro_covariate_id id);

/** Whether regimens set the covariate where the patients do not: `intravenous`, ... */
bool tacro_covariate_is_of_regimens(enum tacro_covariate_id id);

#endif
