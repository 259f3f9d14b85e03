#include "run/extrapolation.h"

#include "cohort/population.h"
#include "input/after.h"
#include "input/derived.h"
#include "run/assumptions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static enum tacro_status add_spreads(const struct tacro_paramset *set,
                                     const struct tacro_effect *e,
                                     struct tacro_summary *summary,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct {
        const char *between;
        const struct tacro_uncertainty *law;
        enum tacro_mark mark;
    } spreads[] = {{"patients", &e->omega_law, e->omega_mark},
                   {"occasions", &e->kappa_law, e->kappa_mark},
                   {"days", &e->wander_law, e->wander_mark}};
    char what[256];
    for (size_t i = 0; i < sizeof spreads / sizeof spreads[0]; i++) {
        snprintf(what, sizeof what, "%s: spread of %s between %s", set->name,
                 set->theta[e->theta].name, spreads[i].between);
        TACRO_TRY(add_law(summary, what, spreads[i].law, spreads[i].mark, err));
    }
done:
    return st;
}

static enum tacro_status add_set(const struct tacro_input *input,
                                 const struct tacro_paramset *set,
                                 struct tacro_summary *summary, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const unsigned ports = tacro_input_ports(input);
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
        if (tacro_relation_is_used(input, r) && tacro_paramset_is_used(set, t, ports)) {
            TACRO_TRY(add_law(summary, what, &r->uncertainty, r->mark, err));
        }
    }
    for (size_t i = 0; i < set->neffects; i++) {
        if (tacro_paramset_is_used(set, &set->theta[set->effect[i].theta], ports)) {
            TACRO_TRY(add_spreads(set, &set->effect[i], summary, err));
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
    if (input->ndraws < 2) {
        return TACRO_OK;
    }
    for (size_t m = 0; m < scenario->npks; m++) {
        const struct tacro_input *own = scenario->pk[m].input;
        TACRO_TRY(add_set(own, own->pk, summary, err));
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        TACRO_TRY(add_set(input, input->risk[i], summary, err));
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

struct side {
    double share;
    const char *where;
};

static void sides_of(const struct tacro_regimen_summary *r, struct side sides[2])
{
    sides[0] = (struct side){r->trough_under_2, "under 2 ng/mL"};
    sides[1] = (struct side){r->trough_over_25, "over 25 ng/mL"};
}

/* Of several models a line each: a plan in all of them would fill the page. */
static enum tacro_status add_levels_of_model(struct tacro_summary *summary,
                                             size_t model, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char text[1024];
    char share[24];
    for (size_t i = 0; i < 2; i++) {
        struct side sides[2];
        size_t n = 0;
        for (size_t p = 0; p < summary->nplans && n + 64 < sizeof text; p++) {
            const struct tacro_regimen_summary *r =
                &summary->regimen[model * summary->nplans + p];
            sides_of(r, sides);
            if (sides[i].share > 0.0) {
                percent(sides[i].share, share, sizeof share);
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s (%.40s)",
                                      n == 0 ? "" : ", ", share, r->plan);
            }
        }
        if (n > 0) {
            char line[1536];
            snprintf(line, sizeof line,
                     "%s: %s of all C0 in the window %s, where no data hold the risk "
                     "curves",
                     summary->pk[model].name, text, sides[i].where);
            TACRO_TRY(tacro_assumptions_add(summary, "extrapolation", line, err));
        }
    }
done:
    return st;
}

static enum tacro_status add_levels(struct tacro_summary *summary, size_t regimen,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_regimen_summary *r = &summary->regimen[regimen];
    struct side sides[2];
    char text[384];
    char share[24];
    sides_of(r, sides);
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

/* They are those of the risk curves: without a risk there are none to leave. */
static enum tacro_status add_all_levels(struct tacro_summary *summary,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const bool has_models = summary->npks > 1;
    if (summary->noutcomes == 0) {
        return TACRO_OK;
    }
    for (size_t r = 0; !has_models && r < summary->nregimens; r++) {
        TACRO_TRY(add_levels(summary, r, err));
    }
    for (size_t m = 0; has_models && m < summary->npks; m++) {
        TACRO_TRY(add_levels_of_model(summary, m, err));
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

/* -- population -------------------------------------------------------------------- */

#define MAX_COUNTED 100000U /* patients, the first ones: a share in whole percent */

/* Whether the scenario or a reference population has a covariate, or all behind it. */
static bool is_known(const struct tacro_input *input, enum tacro_covariate_id id)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(input, id, source);
    bool is_all = n > 0 || (id < TACRO_NCOVARIATES && tacro_input_gives(input, id));
    for (size_t i = 0; n == 0 && id < TACRO_NCOVARIATES && i < input->nrisks; i++) {
        is_all = is_all || input->risk[i]->reference[id].distribution != TACRO_ABSENT;
    }
    for (size_t i = 0; i < n; i++) {
        is_all = is_all && is_known(input, source[i]);
    }
    return is_all;
}

/* Shares of patients outside each range of a set, [nranges]; NaN where nobody has a
   value of his own: what the scenario gives is warned of when it is read. */
static void count_outside(const struct tacro_input *input,
                          const struct tacro_paramset *set, double *share)
{
    const uint64_t all = input->ndraws * input->npatients;
    const uint64_t n = all < MAX_COUNTED ? all : MAX_COUNTED;
    size_t outside[TACRO_MAX_RANGES] = {0};
    double value[TACRO_NCOVARIATES];
    for (uint64_t i = 0; i < n; i++) {
        tacro_population_draw(input, (uint32_t)(i / input->npatients),
                              i % input->npatients, value);
        for (size_t k = 0; k < set->nranges; k++) {
            const struct tacro_range *range = &set->range[k];
            const double x = tacro_population_at(input, value, range->covariate, 0.0);
            outside[k] += x < range->low || x > range->high;
        }
    }
    for (size_t k = 0; k < set->nranges; k++) {
        share[k] = is_known(input, set->range[k].covariate)
                       ? (double)outside[k] / (double)n
                       : (double)NAN;
    }
}

static bool is_drawn(const struct tacro_input *input, enum tacro_covariate_id id)
{
    return id >= TACRO_NCOVARIATES || input->covariate[id].distribution != TACRO_STEPS;
}

static enum tacro_status add_population(const struct tacro_input *input,
                                        const struct tacro_paramset *set,
                                        struct tacro_summary *summary,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double share[TACRO_MAX_RANGES];
    bool is_any = false;
    char words[24];
    char text[384];
    for (size_t k = 0; k < set->nranges; k++) {
        is_any = is_any || is_drawn(input, set->range[k].covariate);
    }
    if (!is_any || input->is_typical) {
        return TACRO_OK;
    }
    count_outside(input, set, share);
    for (size_t k = 0; k < set->nranges; k++) {
        const struct tacro_range *range = &set->range[k];
        const char *name = tacro_covariate_info(range->covariate)->name;
        if (!is_drawn(input, range->covariate) || !(share[k] > 0.0)) {
            continue;
        }
        percent(share[k], words, sizeof words);
        snprintf(text, sizeof text,
                 "%s of patients have %s %s outside %s, the population of %s", words,
                 strchr("aeio", name[0]) != NULL ? "an" : "a", name, range->text,
                 set->name);
        TACRO_TRY(tacro_assumptions_add(summary, "extrapolation", text, err));
    }
done:
    return st;
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
    TACRO_TRY(add_all_levels(summary, err));
    for (size_t m = 0; m < input->npks; m++) {
        const struct tacro_paramset *pk = input->model[m].pk;
        snprintf(what, sizeof what, "PK model %s", pk->name);
        /* a day counts whole: its calendar day is calibrated or not */
        if (end >= pk->last_day + 1.0 || start < pk->first_day) {
            TACRO_TRY(
                add_days(summary, what, start, end, pk->first_day, pk->last_day, err));
        }
        TACRO_TRY(add_population(input, pk, summary, err));
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        TACRO_TRY(add_population(input, input->risk[i], summary, err));
        snprintf(what, sizeof what, "risk file %s", input->risk[i]->name);
        TACRO_TRY(add_days(summary, what, start + input->landmark / 24.0, end,
                           input->risk[i]->first_day, input->risk[i]->last_day, err));
    }
done:
    return st;
}
