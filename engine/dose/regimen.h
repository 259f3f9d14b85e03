/** A regimen's steps as doses. */
#ifndef TACRO_DOSE_REGIMEN_H
#define TACRO_DOSE_REGIMEN_H

#include "core/notes.h"
#include "dose/clock.h"
#include "input/regimen.h"

/** Doses in time order, before F1. Freed with tacro_doses_free. */
struct tacro_doses {
    size_t n;
    struct tacro_plan_dose *dose;
};

/**
 * Expand the steps up to the horizon: a dose at the start of a step's window, none at
 * its end, none at the horizon.
 *
 * notes   receives warnings: a dose that is no sum of capsules, two doses at a step
 *         join closer than half of `every`
 * pk      for the names of formulations; NULL: none
 * file    for the notes
 */
enum tacro_status tacro_doses_create(const struct tacro_regimen *regimen,
                                     const struct tacro_paramset *pk,
                                     const struct tacro_clock *clock, double horizon,
                                     const char *file, struct tacro_notes *notes,
                                     struct tacro_doses *out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_doses_free(struct tacro_doses *doses);

#endif
