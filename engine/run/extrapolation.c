#include "run/extrapolation.h"

#include "input/after.h"
#include "run/assumptions.h"

#include <stdio.h>

/* -- laws -------------------------------------------------------------------------- */

static enum tacro_status add_law(struct tacro_summary *summary, const char *what,
                                 const struct tacro_uncertainty *law,
                                 enum tacro_mark mark, struct tacro_error *err)
{
    char words[96];
    char text[384];
    if (law->law == TACRO_LAW_NONE ||
        (mark != TACRO_MARK_ASSUMED && mark != TACRO_MARK_UNVERIFIED)) {
        return TACRO_OK;
    }
    tacro_uncertainty_words(law, words, sizeof words);
    snprintf(text, sizeof text, "%s: drawn with %s (%s)", what, words,
             tacro_mark_name(mark));
    return tacro_assumptions_add(summary, "uncertainty", text, err);
}

static enum tacro_status add_set(const struct tacro_paramset *set, unsigned ports,
                                 struct tacro_summary *summary, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char what[256];
    for (size_t i = 0; i < set->nthetas; i++) {
        const struct tacro_theta *t = &set->theta[i];
        snprintf(what, sizeof what, "%s: %s", set->name, t->name);
        if (tacro_paramset_is_used(set, t, ports)) {
            TACRO_TRY(add_law(summary, what, &t->uncertainty, t->mark, err));
        }
    }
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        const struct tacro_theta *t = &set->theta[r->theta];
        snprintf(what, sizeof what, "%s: effect of %s on %s", set->name,
                 tacro_covariate_info(r->covariate)->name, t->name);
        if (tacro_paramset_is_used(set, t, ports)) {
            TACRO_TRY(add_law(summary, what, &r->uncertainty, r->mark, err));
        }
    }
done:
    return st;
}

/* The incidence, and what follows the event if the patients have had it. */
static enum tacro_status add_numbers(const struct tacro_paramset *set, bool has_history,
                                     struct tacro_summary *summary,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char what[256];
    if (set->anchor.is_given) {
        snprintf(what, sizeof what, "%s: incidence", set->name);
        TACRO_TRY(add_law(summary, what, &set->anchor.incidence.uncertainty,
                          set->anchor.incidence.mark, err));
    }
    for (size_t i = 0; has_history && i < TACRO_NAFTER; i++) {
        const struct tacro_number *number = &set->after[i];
        snprintf(what, sizeof what, "%s: after.%s", set->name,
                 tacro_after_name((enum tacro_after_id)i));
        if (number->text != NULL) {
            TACRO_TRY(add_law(summary, what, &number->uncertainty, number->mark, err));
        }
    }
done:
    return st;
}

enum tacro_status tacro_uncertainties_add(const struct tacro_scenario *scenario,
                                          struct tacro_summary *summary,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = scenario->input;
    const unsigned ports = tacro_input_ports(input);
    if (input->ndraws < 2) {
        return TACRO_OK;
    }
    TACRO_TRY(add_set(input->pk, ports, summary, err));
    for (size_t i = 0; i < input->nrisks; i++) {
        TACRO_TRY(add_set(input->risk[i], ports, summary, err));
        TACRO_TRY(add_numbers(input->risk[i],
                              input->history.is_given && input->history.risk == i,
                              summary, err));
    }
done:
    return st;
}

/* -- extrapolation ----------------------------------------------------------------- */

/* Whole percent of a share above 0. */
static void percent(double share, char *text, size_t size)
{
    if (share < 0.005) {
        snprintf(text, size, "under 1 %%");
    } else if (share < 1.0 && share >= 0.995) {
        snprintf(text, size, "over 99 %%");
    } else {
        snprintf(text, size, "%.0f %%", 100.0 * share);
    }
}

static enum tacro_status add_levels(struct tacro_summary *summary, size_t regimen,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_regimen_summary *r = &summary->regimen[regimen];
    const struct {
        double share;
        const char *where;
    } sides[2] = {{r->trough_under_2, "under 2 ng/mL"},
                  {r->trough_over_25, "over 25 ng/mL"}};
    char text[384];
    char share[24];
    for (size_t i = 0; i < 2; i++) {
        if (sides[i].share > 0.0) {
            percent(sides[i].share, share, sizeof share);
            snprintf(
                text, sizeof text,
                "%s: %s of all C0 in the window %s, where no data hold the risk curves",
                r->label, share, sides[i].where);
            TACRO_TRY(tacro_assumptions_add(summary, "extrapolation", text, err));
        }
    }
done:
    return st;
}

/* [from, to] days since transplantation beside the calibrated ones of a file. */
static enum tacro_status add_days(struct tacro_summary *summary, const char *what,
                                  double from, double to, double first, double last,
                                  struct tacro_error *err)
{
    char text[384];
    if (!(from < first || to > last)) { /* NaN: not stated */
        return TACRO_OK;
    }
    snprintf(text, sizeof text,
             "%s is calibrated on days %.4g to %.4g after transplantation, and used on "
             "days %.3g to %.3g",
             what, first, last, from, to);
    return tacro_assumptions_add(summary, "extrapolation", text, err);
}

enum tacro_status tacro_extrapolations_add(const struct tacro_scenario *scenario,
                                           struct tacro_summary *summary,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = scenario->input;
    const double start = input->start_day + input->start_clock / 24.0;
    const double end = start + input->horizon / 24.0;
    char what[192];
    for (size_t r = 0; r < summary->nregimens; r++) {
        TACRO_TRY(add_levels(summary, r, err));
    }
    snprintf(what, sizeof what, "PK model %s", input->pk->name);
    /* a day counts whole: its calendar day is calibrated or not */
    if (end >= input->pk->last_day + 1.0 || start < input->pk->first_day) {
        TACRO_TRY(add_days(summary, what, start, end, input->pk->first_day,
                           input->pk->last_day, err));
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        snprintf(what, sizeof what, "risk file %s", input->risk[i]->name);
        TACRO_TRY(add_days(summary, what, start + input->landmark / 24.0, end,
                           input->risk[i]->first_day, input->risk[i]->last_day, err));
    }
done:
    return st;
}
