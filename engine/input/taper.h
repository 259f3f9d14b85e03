/** A taper as doses that go down, each for a time of its own. */
#ifndef TACRO_INPUT_TAPER_H
#define TACRO_INPUT_TAPER_H

#include "input/schema.h"

struct tacro_taper_stage {
    double amount;   /**< mg per dose */
    double duration; /**< h */
};

struct tacro_taper {
    double every;  /**< h between doses */
    double length; /**< h, of all stages */
    size_t n;
    struct tacro_taper_stage *stage; /**< owned */
};

/**
 * Read {from, to, over, every, round} or {doses: [...], every, each}.
 *
 * out     freed with tacro_taper_free; empty after a fault, which has been noted
 */
bool tacro_taper_read(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_taper *out);
void tacro_taper_free(struct tacro_taper *taper);

#endif
