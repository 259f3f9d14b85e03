/** Parameters of a block's patients in lanes, as they change along their courses. */
#ifndef TACRO_SOLVE_PARAMETERS_H
#define TACRO_SOLVE_PARAMETERS_H

#include "cohort/subject.h"
#include "solve/kernels.h"

struct tacro_parameters;

/**
 * Create a workspace; one per thread, reused for every block.
 *
 * coef    [rules->n] coefficient of each rule, TACRO_NONE: none (F1); borrowed, as are
 *         the rules, the system and the kernels
 */
enum tacro_status tacro_parameters_create(const struct tacro_rules *rules,
                                          const struct tacro_system *system,
                                          const struct tacro_kernels *kernels,
                                          const int *coef,
                                          struct tacro_parameters **out,
                                          struct tacro_error *err) TACRO_MUST_USE;
void tacro_parameters_free(struct tacro_parameters *parameters);

/** Take over the subjects of a block, [TACRO_LANES]; borrowed until the next call. */
void tacro_parameters_begin(struct tacro_parameters *parameters,
                            const struct tacro_subject *const *subject);

/**
 * Bring every parameter and derived rate to (t, slot) of each lane.
 *
 * t       [TACRO_LANES] h from start; slot [TACRO_LANES] occasion slots
 */
void tacro_parameters_at(struct tacro_parameters *parameters, const double *t,
                         const int32_t *slot);

/**
 * Coefficients of the last evaluation, [system->ncoefs][TACRO_LANES]; those with a
 * rhythm are at their mesors until the kernel `move` takes them to an instant.
 */
double (*tacro_parameters_coef(struct tacro_parameters *parameters))[TACRO_LANES];

/** Parameters that follow the clock, without their rhythm: [system->nrhythms] rows. */
const double (
    *tacro_parameters_mesor(const struct tacro_parameters *parameters))[TACRO_LANES];

/** Relative amplitudes of those rhythms in each lane's draw, likewise. */
const double (*tacro_parameters_amplitude(
    const struct tacro_parameters *parameters))[TACRO_LANES];

/**
 * Which coefficients the last evaluation may have changed, [system->ncoefs].
 *
 * A false row has the bits it had before; the first evaluation after `begin` changes
 * every row.
 */
const bool *tacro_parameters_changed(const struct tacro_parameters *parameters);

/** Bioavailability F1 of the last evaluation, [TACRO_LANES]; 1 without such a rule. */
const double *tacro_parameters_f1(const struct tacro_parameters *parameters);

#endif
