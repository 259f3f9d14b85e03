/** Which covariates of a scenario act on the level under each of its PK models. */
#ifndef TACRO_RUN_PK_COVARIATES_H
#define TACRO_RUN_PK_COVARIATES_H

#include "input/scenario.h"
#include "tacro.h"

/**
 * The patient keys with a value, and the day (`pod`), that act under PK model m, and
 * those that act under another model of the list alone.
 *
 * out  receives `acting` and `ignored`; an inhibitor or inducer that nobody has is in
 *      neither, and what the regimens set (route, first day) is not of the patients
 */
void tacro_pk_covariates(const struct tacro_input *input, size_t m,
                         struct tacro_pk_summary *out);

#endif
