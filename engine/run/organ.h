/** Whose organ the patients bear, beside the organs of the risk files. */
#ifndef TACRO_RUN_ORGAN_H
#define TACRO_RUN_ORGAN_H

#include "input/scenario.h"

/** Organ of all patients at all times, "liver"; NULL: not given, or not of all. */
const char *tacro_organ(const struct tacro_input *input);

/** Whether that is another organ than lung, in which the risk files are calibrated. */
bool tacro_organ_is_other(const struct tacro_input *input);

/** What of a risk file the organ changes: doc of a THETA; NULL: nothing. */
const char *tacro_organ_changes(const struct tacro_paramset *risk);

/** Whether all risk files follow the organ of the patients, or none has to. */
bool tacro_organ_is_one(const struct tacro_input *input);

#endif
