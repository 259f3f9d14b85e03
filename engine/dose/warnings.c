#include "dose/warnings.h"

#include "dose/adjust.h"

#include <math.h>

/* Steps under an `adjust`, and where to name them. */
struct plan {
    const char *label; /* of the regimen */
    const struct tacro_sequence *steps;
    const struct tacro_adjust *adjust;
    const struct tacro_paramset *pk;
    const char *file;
    struct tacro_notes *notes;
};

/* -- where the dose goes on -------------------------------------------------------- */

/* Mean time between doses, h. */
static double interval_of(const struct tacro_step *step)
{
    return step->nclocks > 0 ? 24.0 / (double)step->nclocks : step->every;
}

static bool is_same_interval(const struct tacro_step *a, const struct tacro_step *b)
{
    return fabs(interval_of(a) - interval_of(b)) < TACRO_SAME_TIME;
}

/* Of the oral step before, which the dose of `adjust` comes from; NULL: it ends. */
static const struct tacro_step *carried_from(const struct tacro_step *from,
                                             const struct tacro_step *step)
{
    const bool is_iv = step->port == TACRO_PORT_IV;
    if (from == NULL || step->is_from_taper || from->is_from_taper ||
        is_iv != (from->port == TACRO_PORT_IV)) {
        return NULL;
    }
    return from;
}

static const char *formulation_of(const struct plan *p, const struct tacro_step *step)
{
    return step->port == TACRO_PORT_ORAL ? "IR"
                                         : tacro_paramset_route(p->pk, step->port);
}

static void warn_carried(const struct plan *p)
{
    const struct tacro_step *from = NULL;
    for (size_t i = 0; i < p->steps->nsteps; i++) {
        const struct tacro_step *step = &p->steps->step[i];
        if (step->kind != TACRO_STEP_GIVE) {
            continue;
        }
        from = carried_from(from, step);
        if (from != NULL && from->port != step->port) {
            tacro_notes_add(
                p->notes, TACRO_WARNING, p->file, step->line, step->column,
                "regimens.%s: a dose that `adjust` has set goes on here in mg, though "
                "the formulation changes from %s to %s",
                p->label, formulation_of(p, from), formulation_of(p, step));
        }
        if (from != NULL && !is_same_interval(from, step)) {
            tacro_notes_add(p->notes, TACRO_WARNING, p->file, step->line, step->column,
                            "regimens.%s: a dose that `adjust` has set goes on here in "
                            "mg per dose, "
                            "though the interval changes from %g h to %g h",
                            p->label, interval_of(from), interval_of(step));
        }
        from = step;
    }
}

/* -- doses that stay --------------------------------------------------------------- */

/* Whether a level far below or far above the target changes the dose. */
static bool changes(const struct tacro_adjust *adjust, const struct tacro_step *step)
{
    struct tacro_evidence evidence = {.measured = 1e-9,
                                      .low = 1.0,
                                      .high = 2.0,
                                      .dose = step->amount,
                                      .over = step->over};
    const bool goes_up = tacro_adjust_dose(adjust, &evidence) != step->amount;
    evidence.measured = 1e9;
    return goes_up || tacro_adjust_dose(adjust, &evidence) != step->amount;
}

static void warn_idle(const struct plan *p)
{
    bool has_dose = false;
    for (size_t i = 0; i < p->steps->nsteps; i++) {
        const struct tacro_step *step = &p->steps->step[i];
        if (step->kind == TACRO_STEP_GIVE && !step->is_from_taper) {
            if (step->is_per_kg || changes(p->adjust, step)) {
                return;
            }
            has_dose = true;
        }
    }
    if (has_dose && isfinite(p->adjust->max_change)) {
        tacro_notes_add(p->notes, TACRO_WARNING, p->file, p->adjust->line,
                        p->adjust->column,
                        "regimens.%s: `adjust` changes no dose: no multiple of %g mg "
                        "within %g %% of a planned dose and within `min` and `max`",
                        p->label, p->adjust->round, 100.0 * p->adjust->max_change);
    } else if (has_dose) {
        tacro_notes_add(p->notes, TACRO_WARNING, p->file, p->adjust->line,
                        p->adjust->column,
                        "regimens.%s: `adjust` changes no dose: `min` and `max` leave "
                        "no other",
                        p->label);
    } else {
        tacro_notes_add(
            p->notes, TACRO_WARNING, p->file, p->adjust->line, p->adjust->column,
            "regimens.%s: `adjust` changes no dose: those of a taper stay", p->label);
    }
}

void tacro_regimen_warn(const struct tacro_regimen *regimen,
                        const struct tacro_paramset *pk, const char *file,
                        struct tacro_notes *notes)
{
    const struct tacro_protocol *protocol = &regimen->protocol;
    struct plan p = {.label = regimen->label,
                     .steps = &regimen->plan,
                     .adjust = &protocol->adjust,
                     .pk = pk,
                     .file = file,
                     .notes = notes};
    for (size_t i = 0; i <= protocol->ntriggers; i++) {
        if (p.adjust->is_given) {
            warn_carried(&p);
            warn_idle(&p);
        }
        if (i < protocol->ntriggers) {
            p.steps = &protocol->trigger[i].steps;
            p.adjust = &protocol->trigger[i].adjust;
        }
    }
}
