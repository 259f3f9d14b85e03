/** The regimens of a scenario, the reference, what was before, the trough clock. */
#ifndef TACRO_INPUT_PLANS_H
#define TACRO_INPUT_PLANS_H

#include "input/scenario.h"

/**
 * Read `regimens`, `reference`, `before` and `trough_at`.
 *
 * is_complete  every params file was read; else nothing is said about outcomes that
 *              no risk file has
 * in           its times, params files, patients and targets have been read
 */
void tacro_plans_read(struct tacro_reader *reader, const struct tacro_node *root,
                      bool is_complete, struct tacro_input *in);

#endif
