#include "dose/regimen.h"

#include <math.h>
#include <stdlib.h>

#define SMALLEST_CAPSULE 0.5 /* mg, immediate release: 0.5, 1 and 5 mg */

struct expansion {
    const struct tacro_clock *clock;
    struct tacro_doses *doses;
    size_t capacity;
};

static bool add(struct expansion *x, double time, double amount)
{
    struct tacro_doses *d = x->doses;
    if (d->n == x->capacity) {
        const size_t capacity = x->capacity == 0 ? 64 : 2 * x->capacity;
        struct tacro_plan_dose *dose = realloc(d->dose, capacity * sizeof *dose);
        if (dose == NULL) {
            return false;
        }
        d->dose = dose;
        x->capacity = capacity;
    }
    d->dose[d->n++] = (struct tacro_plan_dose){time, amount};
    return true;
}

static bool add_every(struct expansion *x, const struct tacro_step *step, double start,
                      double end)
{
    bool ok = true;
    for (size_t i = 0; ok; i++) {
        const double t = start + (double)i * step->every;
        if (t >= end - TACRO_SAME_TIME) {
            break;
        }
        ok = add(x, t, step->amount);
    }
    return ok;
}

static bool add_clocks(struct expansion *x, const struct tacro_step *step, double start,
                       double end)
{
    const double midnight =
        -x->clock->start_clock; /* of the day of t = 0, from start */
    bool ok = true;
    for (size_t day = (size_t)((start - midnight) / 24.0); ok; day++) {
        const double today = midnight + 24.0 * (double)day;
        if (today >= end) {
            break;
        }
        for (size_t i = 0; ok && i < step->nclocks; i++) {
            const double t = today + step->clock[i];
            if (t >= start - TACRO_SAME_TIME && t < end - TACRO_SAME_TIME) {
                ok = add(x, fmax(t, start), step->amount);
            }
        }
    }
    return ok;
}

static bool is_whole_capsules(double amount)
{
    const double n = amount / SMALLEST_CAPSULE;
    return fabs(n - round(n)) < 1e-9;
}

static void warn_join(const struct tacro_regimen *regimen,
                      const struct tacro_step *step, const struct tacro_doses *doses,
                      size_t first, const char *file, struct tacro_notes *notes)
{
    if (first > 0 && first < doses->n) {
        const double gap = doses->dose[first].time - doses->dose[first - 1].time;
        const double usual =
            step->every > 0 ? step->every : 24.0 / (double)step->nclocks;
        if (gap < 0.5 * usual) {
            tacro_notes_add(notes, TACRO_WARNING, file, step->line, step->column,
                            "regimens.%s: two doses only %g h apart where this step "
                            "follows the one before (at %g h and %g h)",
                            regimen->label, gap, doses->dose[first - 1].time,
                            doses->dose[first].time);
        }
    }
}

enum tacro_status tacro_doses_create(const struct tacro_regimen *regimen,
                                     const struct tacro_clock *clock, double horizon,
                                     const char *file, struct tacro_notes *notes,
                                     struct tacro_doses *out, struct tacro_error *err)
{
    struct expansion x = {.clock = clock, .doses = out};
    double start = 0.0;
    *out = (struct tacro_doses){0, NULL};
    for (size_t i = 0; i < regimen->plan.nsteps && start < horizon; i++) {
        const struct tacro_step *step = &regimen->plan.step[i];
        const double end = fmin(start + step->duration, horizon);
        const size_t first = out->n;
        bool ok = true;
        if (step->kind == TACRO_STEP_GIVE) {
            ok = step->every > 0 ? add_every(&x, step, start, end)
                                 : add_clocks(&x, step, start, end);
            if (!is_whole_capsules(step->amount)) {
                tacro_notes_add(
                    notes, TACRO_WARNING, file, step->line, step->column,
                    "regimens.%s: %g mg is no sum of capsules of 0.5, 1 and "
                    "5 mg",
                    regimen->label, step->amount);
            }
        }
        if (!ok) {
            tacro_doses_free(out);
            return tacro_fail(err, TACRO_ENOMEM, "doses of regimen %s", regimen->label);
        }
        warn_join(regimen, step, out, first, file, notes);
        start = end;
    }
    return TACRO_OK;
}

void tacro_doses_free(struct tacro_doses *doses)
{
    free(doses->dose);
    *doses = (struct tacro_doses){0, NULL};
}
