/** The dimension scales of a result file, one per axis, at its root. */
#ifndef TACRO_STORE_SCALES_H
#define TACRO_STORE_SCALES_H

#include "store/draft.h"
#include "store/fields.h"

struct tacro_axes;

/**
 * Write the scales, and `subject_draw` over the subject axis.
 *
 * scale   receives the open datasets, invalid ids where the call did not come to them
 */
enum tacro_status tacro_scales_create(struct tacro_draft *draft,
                                      const struct tacro_axes *axes,
                                      hid_t scale[TACRO_NAXES],
                                      struct tacro_error *err) TACRO_MUST_USE;

#endif
