/** Name to part. Each kernel build has the same parts in the same order. */
#ifndef TACRO_MODELS_REGISTRY_H
#define TACRO_MODELS_REGISTRY_H

#include "models/part.h"

/** Parts of the portable build: names, units and docs. */
size_t tacro_parts_count(void);
const struct tacro_part *tacro_parts_at(size_t i);

/** Index of a part, or tacro_parts_count() if there is none of that name. */
size_t tacro_parts_find(const char *name);

/** The last part of the family that a name begins like (erlang_99), NULL: none. */
const struct tacro_part *tacro_parts_last_like(const char *name);

#endif
