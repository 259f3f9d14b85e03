/** `history` of a scenario: an event that the patients have had before the landmark. */
#ifndef TACRO_INPUT_HISTORY_H
#define TACRO_INPUT_HISTORY_H

#include "input/scenario.h"

/** "coma", "impaired", "none". */
const char *tacro_consciousness_name(enum tacro_consciousness severity);

/**
 * Read `history: {pres: {onset: 3 d, severity: coma}}` into in->history, and the
 * landmark from its onset where the scenario gives none (with a notice).
 *
 * is_complete  every params file was read; else nothing is said about outcomes that no
 *              risk file has
 * in           its times and risk files have been read
 */
void tacro_history_read(struct tacro_reader *reader, const struct tacro_node *root,
                        bool is_complete, struct tacro_input *in);

/** Refuse regimens that wait for an event which the patients have had already. */
void tacro_history_check(struct tacro_reader *reader, const struct tacro_node *root,
                         const struct tacro_input *in);

#endif
