#include "dose/regimen.h"

#include "dose/policy.h"

#include <math.h>
#include <stdlib.h>

#define SMALLEST_CAPSULE 0.5 /* mg, immediate release: 0.5, 1 and 5 mg */

static bool add(struct tacro_doses *d, size_t *capacity,
                const struct tacro_plan_dose *planned)
{
    if (d->n == *capacity) {
        const size_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
        struct tacro_plan_dose *dose = realloc(d->dose, wanted * sizeof *dose);
        if (dose == NULL) {
            return false;
        }
        d->dose = dose;
        *capacity = wanted;
    }
    d->dose[d->n++] = *planned;
    return true;
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

static void warn_capsules(const struct tacro_regimen *regimen,
                          const struct tacro_step *step, const char *file,
                          struct tacro_notes *notes)
{
    const bool is_capsules =
        step->kind == TACRO_STEP_GIVE && step->port == TACRO_PORT_ORAL;
    if (is_capsules && step->is_per_kg && !is_whole_capsules(step->round)) {
        tacro_notes_add(
            notes, TACRO_WARNING, file, step->line, step->column,
            "regimens.%s: %g mg/kg is rounded to multiples of %g mg, no sum "
            "of capsules of 0.5, 1 and 5 mg: expected `round: 0.5 mg`",
            regimen->label, step->amount, step->round);
    }
    if (is_capsules && !step->is_per_kg && !is_whole_capsules(step->amount)) {
        tacro_notes_add(notes, TACRO_WARNING, file, step->line, step->column,
                        "regimens.%s: %g mg is no sum of capsules of 0.5, 1 and "
                        "5 mg",
                        regimen->label, step->amount);
    }
}

/* As planned; by weight without an amount yet. */
static struct tacro_plan_dose dose_of(const struct tacro_planned *planned,
                                      const struct tacro_paramset *pk)
{
    const struct tacro_step *step = planned->step;
    const bool is_loading = planned->is_first && step->loading > 0.0;
    return (struct tacro_plan_dose){.time = planned->time,
                                    .amount = tacro_planned_amount(planned, NULL, NULL),
                                    .route = tacro_paramset_route(pk, step->port),
                                    .duration = step->over,
                                    .is_per_kg = step->is_per_kg,
                                    .per_kg = !step->is_per_kg ? 0.0
                                              : is_loading     ? step->loading
                                                               : step->amount};
}

enum tacro_status tacro_doses_create(const struct tacro_regimen *regimen,
                                     const struct tacro_paramset *pk,
                                     const struct tacro_clock *clock, double horizon,
                                     const char *file, struct tacro_notes *notes,
                                     struct tacro_doses *out, struct tacro_error *err)
{
    struct tacro_planner planner;
    const struct tacro_step *last = NULL;
    size_t capacity = 0;
    double start = 0.0;
    *out = (struct tacro_doses){0, NULL};
    for (size_t i = 0; i < regimen->plan.nsteps && start < horizon; i++) {
        const struct tacro_step *step = &regimen->plan.step[i];
        warn_capsules(regimen, step, file, notes);
        start += regimen->plan.step[i].duration;
    }
    tacro_planner_begin(&planner, &regimen->plan, clock, 0.0, horizon);
    while (planner.next.step != NULL) {
        const struct tacro_planned next = planner.next;
        const struct tacro_plan_dose dose = dose_of(&next, pk);
        if (!add(out, &capacity, &dose)) {
            tacro_doses_free(out);
            return tacro_fail(err, TACRO_ENOMEM, "doses of regimen %s", regimen->label);
        }
        if (next.step != last) {
            warn_join(regimen, next.step, out, out->n - 1, file, notes);
            last = next.step;
        }
        tacro_planner_pass(&planner);
    }
    return TACRO_OK;
}

void tacro_doses_free(struct tacro_doses *doses)
{
    free(doses->dose);
    *doses = (struct tacro_doses){0, NULL};
}
