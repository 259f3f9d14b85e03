/** The absolute bioavailability of a PK file that does not say it. */
#ifndef TACRO_INPUT_ABSOLUTE_H
#define TACRO_INPUT_ABSOLUTE_H

#include "input/paramset.h"

/**
 * Give a PK file without FABS one, for IV doses: 0.23, ASSUMED, where the typical F1 of
 * the file is 1 (its values are apparent), and 1 where F1 is another or there is none
 * (its values are true).
 *
 * errors  TACRO_ENOMEM
 * source  0.23 fixed in Moes 2016 and Martial 2021; published 0.05 to 0.93
 *         (PMC7408675)
 */
enum tacro_status tacro_absolute_default(struct tacro_paramset *pk,
                                         struct tacro_error *err) TACRO_MUST_USE;

#endif
