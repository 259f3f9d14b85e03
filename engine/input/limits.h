/** Hard and calibrated limits of the doses, times and levels of steps and rules. */
#ifndef TACRO_INPUT_LIMITS_H
#define TACRO_INPUT_LIMITS_H

#include "input/schema.h"

/** mg, the smallest of 0.5, 1 and 5 mg: the usual unit of rounding. */
#define TACRO_SMALLEST_CAPSULE 0.5

/** mg per dose, 0 to 30; calibrated 0.05 to 12. */
extern const struct tacro_quantity tacro_limit_dose;
/** mg/kg per dose, 0 to 0.5. */
extern const struct tacro_quantity tacro_limit_dose_per_weight;
/** mg, unit to which doses are rounded, 0 to 5. */
extern const struct tacro_quantity tacro_limit_round;
/** h, 0 to ten years. */
extern const struct tacro_quantity tacro_limit_time;
/** h between doses or samples, 0.5 to ten years. */
extern const struct tacro_quantity tacro_limit_interval;
/** ng/mL, 0 to 1000. */
extern const struct tacro_quantity tacro_limit_level;
/** 0 to 1. */
extern const struct tacro_quantity tacro_limit_share;

/** mg/h, of an infusion. */
#define TACRO_LIMIT_RATE 1.0

/** Warn that a time `from` [h], read from the node, is not before the horizon. */
void tacro_limit_warn_late(struct tacro_reader *reader, const struct tacro_node *node,
                           double from, double horizon);

#endif
