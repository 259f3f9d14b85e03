/** What each kind of relation says: coefficients, references, clips. */
#ifndef TACRO_INPUT_RELATION_KINDS_H
#define TACRO_INPUT_RELATION_KINDS_H

#include "input/paramset.h"

#define TACRO_NRELATION_KINDS 7

/** Names of enum tacro_relation_kind, in its order. */
extern const char *const tacro_relation_kinds[TACRO_NRELATION_KINDS];

/**
 * Read what the kind of a relation needs, once its parameter, covariate and kind are
 * known. False after a fault.
 *
 * set  receives texts that it keeps
 */
bool tacro_relation_read_kind(struct tacro_reader *reader,
                              const struct tacro_node *item, struct tacro_paramset *set,
                              struct tacro_relation *out);

/** Dimension of the coefficient, on the log scale where the kind has one. */
enum tacro_dimension
tacro_relation_coefficient_dimension(const struct tacro_relation *relation);

/** Whether the factor is a sum of its own, not an exponential: linear and Emax. */
static inline bool tacro_relation_is_shape(const struct tacro_relation *relation)
{
    return relation->kind == TACRO_RELATION_LINEAR ||
           relation->kind == TACRO_RELATION_EMAX;
}

/**
 * Factor of a linear or Emax relation, at least TACRO_LEAST_FACTOR.
 *
 * coefficient  slope or maximum, as the relation has it or a draw
 * x            canonical, in `clip`
 */
double tacro_relation_factor(const struct tacro_relation *relation, double coefficient,
                             double x);

#endif
