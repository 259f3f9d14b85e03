/** Event tables that a scenario names: found beside it, read against its PK file. */
#ifndef TACRO_INPUT_EVENT_FILE_H
#define TACRO_INPUT_EVENT_FILE_H

#include "input/dataset.h"
#include "input/scenario.h"

/**
 * Read the table that `file` names, a path from the scenario's folder.
 *
 * is_locf  how its covariates hold
 * in       start, horizon and PK file have been read
 * Returns NULL after a fault, which has been noted at `file` or in the table.
 */
struct tacro_dataset *tacro_event_file_read(struct tacro_reader *reader,
                                            const struct tacro_node *file, bool is_locf,
                                            const struct tacro_input *in);

/** Read `covariates: nocb | locf`; true: locf. */
bool tacro_event_file_is_locf(struct tacro_reader *reader,
                              const struct tacro_node *covariates);

/** "their own row on (locf)" or "the row before on (nocb)". */
const char *tacro_event_file_way(bool is_locf);

#endif
