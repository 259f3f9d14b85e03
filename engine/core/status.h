/** Status codes and the one way in which a failing call says why. */
#ifndef TACRO_CORE_STATUS_H
#define TACRO_CORE_STATUS_H

#include "tacro.h"

/**
 * Write the reason of a failure once, at the place that knows the value and the unit.
 *
 * err     receives status and text; NULL is allowed
 * status  returned unchanged, so that `st = tacro_fail(...)` reads as one line
 */
enum tacro_status tacro_fail(struct tacro_error *err, enum tacro_status status,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Needs `enum tacro_status st` and the label `done` in the calling function. */
#define TACRO_TRY(call)                                                                \
    do {                                                                               \
        st = (call);                                                                   \
        if (st != TACRO_OK) {                                                          \
            goto done;                                                                 \
        }                                                                              \
    } while (0)

#define TACRO_MUST_USE __attribute__((warn_unused_result))

#endif
