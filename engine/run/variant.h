/**
 * The equations a scenario needs: the model's own, and with what some regimens dose.
 */
#ifndef TACRO_RUN_VARIANT_H
#define TACRO_RUN_VARIANT_H

#include "run/plan.h"

/** The model's own equations, variant 0; the rules are there. */
enum tacro_status tacro_variants_create(struct tacro_scenario *scenario,
                                        struct tacro_error *err) TACRO_MUST_USE;
void tacro_variants_free(struct tacro_scenario *scenario);

/**
 * The variant for doses through some ports, made if it is not there.
 *
 * ports    bit p: doses enter through port p; infused: those that run in
 * own      covariates that the regimen sets; with any, the variant is its own and owns
 *          them, and `own` is empty afterwards
 * errors   TACRO_EINPUT: the chain is too long; TACRO_ENOMEM
 */
enum tacro_status tacro_variant_find(struct tacro_scenario *scenario, unsigned ports,
                                     unsigned infused, struct tacro_arm_covariates *own,
                                     size_t *index,
                                     struct tacro_error *err) TACRO_MUST_USE;

#endif
