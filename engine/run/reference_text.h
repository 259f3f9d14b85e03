/** What a risk file's reference population is, in words. */
#ifndef TACRO_RUN_REFERENCE_TEXT_H
#define TACRO_RUN_REFERENCE_TEXT_H

#include "input/covariate.h"

/**
 * "mean 50 y, SD 13 y, clipped to 18 to 72 y", "45 % female", "75 % 4, else 0", "lung".
 *
 * reference  of one covariate; not absent
 */
void tacro_reference_text(const struct tacro_covariate *reference,
                          enum tacro_covariate_id id, char *text, size_t size);

#endif
