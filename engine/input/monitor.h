/** Reading `monitor` and `adjust`: what is measured, and how a dose follows it. */
#ifndef TACRO_INPUT_MONITOR_H
#define TACRO_INPUT_MONITOR_H

#include "input/protocol.h"

/**
 * Read the samples of a regimen from its `monitor`, or from its `adjust` without one.
 *
 * node    the regimen's map; without both keys out->is_given is false
 */
bool tacro_monitor_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_protocol_frame *frame,
                        struct tacro_monitor *out);

/** Where an `adjust` stands, which says whether it may hold sampling keys. */
enum tacro_adjust_place {
    TACRO_ADJUST_ALONE,
    TACRO_ADJUST_BESIDE_MONITOR,
    TACRO_ADJUST_IN_RULE
};

/** Read the dose rule of an `adjust`; its sampling keys are tacro_monitor_read's. */
bool tacro_adjust_read(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_protocol_frame *frame,
                       enum tacro_adjust_place place, struct tacro_adjust *out);

#endif
