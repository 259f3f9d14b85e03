/** When a relation acts: levels, limits, days, routes, onset and offset of a flag. */
#ifndef TACRO_INPUT_RELATION_INDICATOR_H
#define TACRO_INPUT_RELATION_INDICATOR_H

#include "input/paramset.h"

/**
 * Read `at_least`, `above`, `is`, `days`, `delay`, `onset`, `offset` and `route` of a
 * relation whose covariate is known. False after a fault.
 */
bool tacro_relation_read_indicator(struct tacro_reader *reader,
                                   const struct tacro_node *item,
                                   struct tacro_relation *out);

/** Whether x is 0 or 1: a flag, or an indicator. */
bool tacro_relation_is_binary(const struct tacro_relation *relation);

/** Whether a value of the covariate sets the indicator. */
bool tacro_relation_is_set(const struct tacro_relation *relation, double value);

/** "liver", "true", "2": the level of a relation that has one. */
const char *tacro_relation_level(const struct tacro_relation *relation, char *text,
                                 size_t size);

/**
 * Whether two relations of a pair never act at once: their levels, days or routes do
 * not meet.
 */
bool tacro_relations_are_apart(const struct tacro_relation *a,
                               const struct tacro_relation *b);

#endif
