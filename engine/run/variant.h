/**
 * The equations a scenario needs: the model's own, and with what some regimens dose.
 */
#ifndef TACRO_RUN_VARIANT_H
#define TACRO_RUN_VARIANT_H

#include "run/plan.h"

/** Each PK model's own equations, variant[model]; its rules are there. */
enum tacro_status tacro_variants_create(struct tacro_scenario *scenario,
                                        struct tacro_error *err) TACRO_MUST_USE;
void tacro_variants_free(struct tacro_scenario *scenario);

/**
 * The variant for doses through some ports, made if it is not there.
 *
 * model    index of the PK model
 * ports    bit p: doses enter through port p; infused: those that run in
 * own      covariates that the regimen sets; with any, the variant is its own and owns
 *          them, and `own` is empty afterwards
 * errors   TACRO_EINPUT: the chain is too long, or a dose runs in through a port whose
 *          doses arrive over time; TACRO_ENOMEM
 */
enum tacro_status tacro_variant_find(struct tacro_scenario *scenario, size_t model,
                                     unsigned ports, unsigned infused,
                                     struct tacro_arm_covariates *own, size_t *index,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * The method of a name that integrates every variant of a PK model; errors as of
 * tacro_method_choose.
 */
enum tacro_status tacro_variants_method(const struct tacro_scenario *scenario,
                                        size_t model, const char *name,
                                        const struct tacro_method **out,
                                        struct tacro_error *err) TACRO_MUST_USE;

/**
 * Whether a steady state of doses every ii h can be found: where parameters follow the
 * clock, ii divides 24 h or is a multiple of it.
 *
 * regimen  its label, for the message
 * errors   TACRO_EINPUT
 */
enum tacro_status tacro_variant_check_interval(const struct tacro_variant *variant,
                                               const char *regimen, double ii,
                                               struct tacro_error *err) TACRO_MUST_USE;

#endif
