#include "input/limits.h"

#include <math.h>

/* Doses, the rate and the longest time (POD) are of pk-models.md 9.4. */
#define LONGEST (3650.0 * 24.0)

const struct tacro_quantity tacro_limit_dose = {TACRO_DOSE, 0.0, 30.0, 0.05, 12.0};
const struct tacro_quantity tacro_limit_dose_per_weight = {TACRO_DOSE_PER_WEIGHT, 0.0,
                                                           0.5, -INFINITY, INFINITY};
const struct tacro_quantity tacro_limit_round = {TACRO_DOSE, 0.0, 5.0, -INFINITY,
                                                 INFINITY};
const struct tacro_quantity tacro_limit_time = {TACRO_TIME, 0.0, LONGEST, -INFINITY,
                                                INFINITY};
const struct tacro_quantity tacro_limit_interval = {TACRO_TIME, 0.5, LONGEST, -INFINITY,
                                                    INFINITY};
const struct tacro_quantity tacro_limit_level = {TACRO_CONCENTRATION, 0.0, 1000.0,
                                                 -INFINITY, INFINITY};
const struct tacro_quantity tacro_limit_share = {TACRO_NUMBER, 0.0, 1.0, -INFINITY,
                                                 INFINITY};

void tacro_limit_warn_late(struct tacro_reader *reader, const struct tacro_node *node,
                           double from, double horizon)
{
    if (node != NULL && from >= horizon) {
        tacro_schema_note(reader, TACRO_WARNING, node,
                          "%s is at or after the horizon of %s: no effect", node->text,
                          tacro_units_time_beside(horizon, node->text).s);
    }
}
