/** Parameters of a PK file that follow the clock. */
#ifndef TACRO_INPUT_RHYTHM_H
#define TACRO_INPUT_RHYTHM_H

#include "input/paramset.h"

/**
 * Read `rhythm` into set->rhythm, which the typical values have been read for; NULL:
 * there is none.
 *
 * A rhythm stands on a rate constant or a clearance of an absorption or a disposition:
 * a factor 1 + amplitude * cos(2 pi (clock - peak) / 24 h) at every instant. An
 * amplitude in the parameter's unit is over its typical value. By `ci` or `rse` the
 * relative amplitude is normal over parameter draws, truncated to [0, 0.99].
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_rhythm_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set,
                                    struct tacro_error *err) TACRO_MUST_USE;

/** The rhythm of a THETA, or NULL. */
const struct tacro_rhythm *tacro_rhythm_of(const struct tacro_paramset *set,
                                           size_t theta);

/** "28.7 % at 17:00", of the parameter's typical value. */
void tacro_rhythm_words(const struct tacro_rhythm *rhythm, char *text, size_t size);

#endif
