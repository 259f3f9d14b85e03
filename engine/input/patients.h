/** The patients block of a scenario, and which of its covariates the models need. */
#ifndef TACRO_INPUT_PATIENTS_H
#define TACRO_INPUT_PATIENTS_H

#include "input/scenario.h"

/**
 * Read the patients block: how many, and how each covariate comes about.
 *
 * node       NULL: nothing is read
 * overrides  subjects replaces n; NULL: none
 */
void tacro_patients_read(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_overrides *overrides,
                         struct tacro_input *in);

/**
 * Compare the covariates given with those that the models and the doses use.
 *
 * is_complete        every params file was read; else nothing is said about unused keys
 * is_unused_allowed  an unused inhibitor or inducer is a notice, not a fault
 */
void tacro_patients_check(struct tacro_reader *reader, const struct tacro_node *node,
                          bool is_complete, bool is_unused_allowed,
                          const struct tacro_input *in);

/** Whether the covariate differs from 0 in any patient at any time. */
bool tacro_patients_ever_have(const struct tacro_input *in, enum tacro_covariate_id id);

/** Begins what is said of an inhibitor that some models of a list ignore. */
extern const char tacro_patients_ignored[];

#endif
