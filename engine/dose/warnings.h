/** What a regimen's `adjust` does that its author may not have meant. */
#ifndef TACRO_DOSE_WARNINGS_H
#define TACRO_DOSE_WARNINGS_H

#include "input/paramset.h"
#include "input/regimen.h"

/**
 * Warn of an `adjust` whose dose goes on in a step of another interval or formulation,
 * and of one that can change none of the planned doses.
 *
 * pk      for the names of formulations
 * file    the scenario's path
 */
void tacro_regimen_warn(const struct tacro_regimen *regimen,
                        const struct tacro_paramset *pk, const char *file,
                        struct tacro_notes *notes);

#endif
