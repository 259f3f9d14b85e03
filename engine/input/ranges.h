/** `ranges`: the population a params file was fitted to; outside is extrapolation. */
#ifndef TACRO_INPUT_RANGES_H
#define TACRO_INPUT_RANGES_H

#include "input/scenario.h"

/**
 * Read `ranges` into set->range: an interval for each covariate that is a number.
 *
 * node    NULL: there is none
 */
void tacro_ranges_read(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_paramset *set);

/**
 * Warn of each constant, step, drawn value and mean of a scenario's patients that is
 * outside the population of a model. How many of the drawn patients are outside is seen
 * when they are drawn.
 *
 * node    `patients` of the scenario; NULL: nothing is said
 */
void tacro_ranges_warn(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_input *in);

#endif
