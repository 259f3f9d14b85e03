/** A covariate relation in words, as `tacro models` prints it. */
#ifndef TACRO_RUN_RELATION_TEXT_H
#define TACRO_RUN_RELATION_TEXT_H

#include "input/paramset.h"

#define TACRO_RELATION_TEXT 384

/**
 * "* (weight / 75 kg)^0.4", "* 0.48 if bilateral, days 1 to 3",
 * "* (1 - 0.67 prednisolone / (35 mg/day + prednisolone))",
 * "IIV 89.5 % if [azole: true]".
 */
void tacro_relation_text(const struct tacro_paramset *set,
                         const struct tacro_relation *relation, char *text,
                         size_t size);

#endif
