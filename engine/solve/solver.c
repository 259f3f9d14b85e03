#include "solve/solver.h"

#include <float.h>
#include <math.h>
#include <string.h>

void tacro_curve_begin(const struct tacro_curve *curve)
{
    for (size_t i = 0; i < curve->nwatches; i++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            curve->watch[i].offset[l] = INFINITY;
        }
    }
}

static bool is_due(const struct tacro_watch *watch, const double *y, size_t l)
{
    return y[(size_t)watch->state * TACRO_LANES + l] >= watch->level[l] &&
           !isfinite(watch->offset[l]);
}

bool tacro_watch_is_due(const struct tacro_watch *watch, const double *y)
{
    const double *state = y + (size_t)watch->state * TACRO_LANES;
    const double *level = watch->level;
    const double *offset = watch->offset; /* INFINITY: not yet in this segment */
    int64_t any = 0; /* as wide as a lane: no lane is turned into another type */
    for (size_t l = 0; l < TACRO_LANES; l++) {
        any |= (int64_t)(state[l] >= level[l]) & (int64_t)(offset[l] > DBL_MAX);
    }
    return any != 0;
}

void tacro_watch_keep(const struct tacro_watch *watch, const double *y,
                      const double *at, double otherwise, double tau, double width,
                      const double *span)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (is_due(watch, y, l)) {
            const double share = isfinite(at[l]) ? at[l] : otherwise;
            watch->offset[l] = (tau + share * width) * span[l];
        }
    }
}

/* Why a method cannot integrate a system. */
static const char *reason(const struct tacro_system *system)
{
    if (system->nrhythms > 0) {
        return "its parameters follow the clock";
    }
    return system->nforcings > 0 ? "its doses arrive over time"
                                 : "it has too many states";
}

enum tacro_status tacro_method_choose(const char *name,
                                      const struct tacro_system *system,
                                      const struct tacro_method **out,
                                      struct tacro_error *err)
{
    /* in the order of preference */
    static const struct tacro_method *const method[] = {&tacro_method_exact,
                                                        &tacro_method_cvode};
    const bool is_auto = name == NULL || strcmp(name, "auto") == 0;
    *out = NULL;
    for (size_t i = 0; i < sizeof method / sizeof method[0]; i++) {
        const bool is_named = !is_auto && strcmp(name, method[i]->name) == 0;
        if ((is_auto || is_named) && method[i]->accepts(system)) {
            *out = method[i];
            return TACRO_OK;
        }
        if (is_named) {
            return tacro_fail(err, TACRO_EUSAGE,
                              "solver %s: cannot integrate this model, as %s; take "
                              "auto",
                              name, reason(system));
        }
    }
    return tacro_fail(err, TACRO_EUSAGE, "solver %s: auto, cvode and exact are there",
                      name);
}
