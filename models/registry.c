/* Compiled once per kernel: the same list, that kernel's parts. */
#include "models/registry.h"

#define X(name) extern TACRO_PART(name);
#include "parts.inc"
#undef X

#define X(name) &TACRO_KERNEL_NAME(tacro_part_##name),
extern const struct tacro_part *const TACRO_KERNEL_NAME(tacro_parts)[];
const struct tacro_part *const TACRO_KERNEL_NAME(tacro_parts)[] = {
#include "parts.inc"
    NULL};
#undef X
