/** The lines of a scenario that say ASSUMED in a comment. */
#ifndef TACRO_INPUT_ASSUMED_H
#define TACRO_INPUT_ASSUMED_H

#include "input/scenario.h"

/** Keep them in in->assumed, "line 14: value  # comment"; false when memory is out. */
bool tacro_assumed_find(struct tacro_input *in);

#endif
