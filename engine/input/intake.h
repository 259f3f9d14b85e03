/** How the doses of a step are taken: where they enter, how fast, how reliably. */
#ifndef TACRO_INPUT_INTAKE_H
#define TACRO_INPUT_INTAKE_H

#include "input/protocol.h"

/** The keys of a step that say so. */
#define TACRO_INTAKE_LIST(X)                                                           \
    X(route)                                                                           \
    X(over)                                                                            \
    X(formulation)                                                                     \
    X(missed)                                                                          \
    X(late)

/**
 * Read `route`, `over`, `formulation`, `missed` and `late` of a step.
 *
 * step    receives port, over, missed and late_sd
 */
bool tacro_intake_read(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_protocol_frame *frame,
                       struct tacro_step *step);

/** False, with a fault at the node, where a PK file takes IV doses alone. */
bool tacro_intake_takes_oral(struct tacro_reader *reader, const struct tacro_node *node,
                             const struct tacro_paramset *pk);

/** Read `formulation` alone; step->port is left alone where there is none. */
bool tacro_intake_formulation(struct tacro_reader *reader,
                              const struct tacro_node *node,
                              const struct tacro_protocol_frame *frame, size_t *port);

/**
 * Compare them with a step's doses: a dose has run in before the next and not faster
 * than 1 mg/h (a dose by weight is not compared), a delay is within the interval.
 *
 * largest  mg or mg/kg, the largest dose
 */
bool tacro_intake_check(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_step *step, double largest);

#endif
