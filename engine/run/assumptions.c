#include "run/assumptions.h"

#include "input/derived.h"
#include "input/patients.h"
#include "input/rhythm.h"
#include "run/extrapolation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum tacro_status add(struct tacro_summary *summary, struct tacro_error *err,
                             const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum tacro_status add(struct tacro_summary *summary, struct tacro_error *err,
                             const char *kind, const char *format, ...)
{
    char text[1536];
    struct tacro_assumption *next;
    va_list args;
    struct tacro_assumption *list = realloc(
        summary->assumption, (summary->nassumptions + 1) * sizeof *summary->assumption);
    if (list == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "assumptions");
    }
    summary->assumption = list;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    next = &list[summary->nassumptions];
    next->kind = kind;
    next->text = strdup(text);
    if (next->text == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "assumptions");
    }
    summary->nassumptions++;
    return TACRO_OK;
}

static bool is_assumed(enum tacro_mark mark)
{
    return mark == TACRO_MARK_ASSUMED || mark == TACRO_MARK_UNVERIFIED;
}

/* Of what is dosed: a formulation that nobody gets assumes nothing. */
static enum tacro_status add_set(const struct tacro_input *input,
                                 const struct tacro_paramset *set,
                                 bool is_one_of_several, struct tacro_summary *summary,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const unsigned ports = tacro_input_ports(input);
    for (size_t i = 0; i < set->nthetas; i++) {
        const struct tacro_theta *t = &set->theta[i];
        if (!tacro_paramset_is_used(set, t, ports)) {
            continue;
        }
        if (strcmp(t->from, TACRO_SET_BY_SCENARIO) == 0) {
            TACRO_TRY(add(summary, err, "changed", "%s%s%s = %s",
                          is_one_of_several ? set->name : "",
                          is_one_of_several ? ": " : "", t->name, t->text));
        } else if (is_assumed(t->mark) && t->is_default) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s not in %s: %s assumed, published 0.05 to 0.93", t->name,
                          set->name, t->text));
        } else if (is_assumed(t->mark)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: %s = %s (%s)", set->name,
                          t->name, t->text, tacro_mark_name(t->mark)));
        }
    }
    for (size_t i = 0; i < set->neffects; i++) {
        const struct tacro_effect *e = &set->effect[i];
        const char *name = set->theta[e->theta].name;
        if (!tacro_paramset_is_used(set, &set->theta[e->theta], ports)) {
            continue;
        }
        if (e->omega > 0.0 && is_assumed(e->omega_mark)) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s: spread of %s between patients %s "
                          "(%s)",
                          set->name, name, e->omega_text,
                          tacro_mark_name(e->omega_mark)));
        }
        if (e->kappa > 0.0 && is_assumed(e->kappa_mark)) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s: spread of %s between occasions "
                          "%s (%s)",
                          set->name, name, e->kappa_text,
                          tacro_mark_name(e->kappa_mark)));
        }
        if (e->wander > 0.0 && is_assumed(e->wander_mark)) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s: %s wanders by %s, correlation time %g h (%s)", set->name,
                          name, e->wander_text, e->correlation_time,
                          tacro_mark_name(e->wander_mark)));
        }
    }
    for (size_t i = 0; i < set->nrhythms; i++) {
        const struct tacro_rhythm *r = &set->rhythm[i];
        char words[64];
        tacro_rhythm_words(r, words, sizeof words);
        if (is_assumed(r->mark) &&
            tacro_paramset_is_used(set, &set->theta[r->theta], ports)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: rhythm of %s, %s (%s)",
                          set->name, set->theta[r->theta].name, words,
                          tacro_mark_name(r->mark)));
        }
    }
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        if (is_assumed(r->mark) && tacro_relation_is_used(input, r) &&
            tacro_paramset_is_used(set, &set->theta[r->theta], ports)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: effect of %s on %s (%s)",
                          set->name, tacro_covariate_info(r->covariate)->name,
                          set->theta[r->theta].name, tacro_mark_name(r->mark)));
        }
    }
done:
    return st;
}

/* Options other than the default, and correlations that are assumed. */
static enum tacro_status add_choices(const struct tacro_paramset *set, unsigned ports,
                                     struct tacro_summary *summary,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_correlations *const corr[] = {&set->omega_corr,
                                                     &set->kappa_corr};
    for (size_t i = 0; i < set->nswitches; i++) {
        const struct tacro_switch *s = &set->switches[i];
        if (s->chosen != s->by_default) {
            TACRO_TRY(add(summary, err, "changed", "switch %s of %s = %s, not %s",
                          s->name, set->name, s->option[s->chosen]->key,
                          s->option[s->by_default]->key));
        }
    }
    for (size_t i = 0; i < 2 * (corr[0]->n + corr[1]->n); i++) {
        const struct tacro_correlations *c = corr[i % 2];
        const struct tacro_correlation *pair = i / 2 < c->n ? &c->pair[i / 2] : NULL;
        if (pair == NULL || !is_assumed(pair->mark)) {
            continue;
        }
        const struct tacro_theta *a = &set->theta[set->effect[pair->a].theta];
        const struct tacro_theta *b = &set->theta[set->effect[pair->b].theta];
        if (tacro_paramset_is_used(set, a, ports) &&
            tacro_paramset_is_used(set, b, ports)) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s: correlation of %s and %s between %s %s (%s)", set->name,
                          a->name, b->name, i % 2 == 0 ? "patients" : "occasions",
                          pair->text, tacro_mark_name(pair->mark)));
        }
    }
done:
    return st;
}

static enum tacro_status add_endpoint(const struct tacro_endpoint *endpoint,
                                      struct tacro_summary *summary,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < endpoint->nnumbers; i++) {
        const struct tacro_number *n = &endpoint->number[i];
        if (is_assumed(n->mark)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: %s = %s (%s)", endpoint->name,
                          tacro_endpoint_number(endpoint->id, i), n->text,
                          tacro_mark_name(n->mark)));
        }
    }
done:
    return st;
}

/* What follows an event that the patients have had. */
static enum tacro_status add_after(const struct tacro_paramset *set,
                                   struct tacro_summary *summary,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        const struct tacro_number *n = &set->after[i];
        if (n->text != NULL && is_assumed(n->mark)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: after.%s = %s (%s)",
                          set->name, tacro_after_name((enum tacro_after_id)i), n->text,
                          tacro_mark_name(n->mark)));
        }
    }
done:
    return st;
}

static bool is_read_by_risk(const struct tacro_input *input, size_t id)
{
    bool is = false;
    for (size_t k = 0; k < input->nrisks; k++) {
        is = is ||
             tacro_paramset_reads(input, input->risk[k], (enum tacro_covariate_id)id);
    }
    return is;
}

static enum tacro_status add_drawn(const struct tacro_input *input,
                                   struct tacro_summary *summary,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_distribution given = input->covariate[i].distribution;
        const char *name = tacro_covariate_info((enum tacro_covariate_id)i)->name;
        const struct tacro_paramset *from = NULL;
        enum tacro_covariate_id source[TACRO_MAX_SOURCES];
        if (tacro_input_sources(input, (enum tacro_covariate_id)i, source) > 0) {
            continue; /* it follows from what is given */
        }
        if ((given != TACRO_ABSENT && given != TACRO_UNKNOWN) ||
            !is_read_by_risk(input, i)) {
            continue;
        }
        for (size_t k = 0; from == NULL && k < input->nrisks; k++) {
            if (input->risk[k]->reference[i].distribution != TACRO_ABSENT) {
                from = input->risk[k];
            }
        }
        if (from == NULL) {
            TACRO_TRY(
                add(summary, err, "drawn", "%s: not given, taken as absent", name));
        } else if (from->reference[i].distribution == TACRO_STEPS) {
            continue; /* its default, not drawn */
        } else if (from->reference[i].has_absent_with &&
                   tacro_covariate_is_true(
                       &input->covariate[from->reference[i].absent_with])) {
            TACRO_TRY(add(summary, err, "drawn",
                          "%s: not given, taken as absent with %s", name,
                          tacro_covariate_info(from->reference[i].absent_with)->name));
        } else {
            TACRO_TRY(add(summary, err, "drawn",
                          "%s: from the reference population of %s "
                          "(%s)",
                          name, from->name, tacro_mark_name(from->reference_mark[i])));
        }
    }
done:
    return st;
}

/* The residual error with which this run observes. */
static enum tacro_status add_observer(const struct tacro_pk *model,
                                      struct tacro_summary *summary,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_paramset *pk = model->input->pk;
    const struct tacro_observer *o = &model->observer;
    for (size_t i = 0; i < o->n; i++) {
        if (is_assumed(o->output[i].sigma.mark)) {
            TACRO_TRY(add(summary, err, "parameter", "%s: residual error of %s (%s)",
                          pk->name, o->output[i].name,
                          tacro_mark_name(o->output[i].sigma.mark)));
        }
    }
    for (size_t i = 0; o->n > 0 && i < pk->residual.ncorrelations; i++) {
        const struct tacro_sigma_correlation *c = &pk->residual.correlation[i];
        if (is_assumed(c->mark)) {
            TACRO_TRY(add(summary, err, "parameter",
                          "%s: correlation %g of the residual errors of %s and %s (%s)",
                          pk->name, c->value, c->output[0], c->output[1],
                          tacro_mark_name(c->mark)));
        }
    }
done:
    return st;
}

static enum tacro_status add_multipliers(const struct tacro_input *input,
                                         bool is_one_of_several,
                                         struct tacro_summary *summary,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < input->nmultipliers; i++) {
        const struct tacro_multiplier *m = &input->multiplier[i];
        for (size_t k = 0; k < m->n; k++) {
            TACRO_TRY(add(
                summary, err, "changed", "%s%s%s x %g from %g h after the start",
                is_one_of_several ? input->pk->name : "", is_one_of_several ? ": " : "",
                input->pk->theta[m->theta].name, m->step[k].value, m->step[k].from));
        }
    }
done:
    return st;
}

enum tacro_status tacro_assumptions_list(const struct tacro_scenario *scenario,
                                         struct tacro_summary *summary,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = scenario->input;
    for (size_t m = 0; m < scenario->npks; m++) {
        TACRO_TRY(
            add_multipliers(scenario->pk[m].input, input->npks > 1, summary, err));
    }
    for (size_t i = 0; i < scenario->nwarnings; i++) {
        const char *text = scenario->warning[i];
        const bool is_ignored = strstr(text, tacro_patients_ignored) != NULL;
        TACRO_TRY(add(summary, err, is_ignored ? "ignored" : "warning", "%s", text));
    }
    for (size_t i = 0; i < input->nassumed; i++) {
        TACRO_TRY(add(summary, err, "scenario", "%s", input->assumed[i]));
    }
    TACRO_TRY(add_drawn(input, summary, err));
    for (size_t m = 0; m < scenario->npks; m++) {
        const struct tacro_input *own = scenario->pk[m].input;
        TACRO_TRY(add_choices(own->pk, tacro_input_ports(own), summary, err));
        TACRO_TRY(add_set(own, own->pk, input->npks > 1, summary, err));
        TACRO_TRY(add_observer(&scenario->pk[m], summary, err));
    }
    for (size_t i = 0; i < input->nendpoints; i++) {
        TACRO_TRY(add_endpoint(&input->endpoint[i], summary, err));
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        TACRO_TRY(add_set(input, input->risk[i], false, summary, err));
    }
    if (input->history.is_given) {
        TACRO_TRY(add_after(input->risk[input->history.risk], summary, err));
    }
    TACRO_TRY(tacro_uncertainties_add(scenario, summary, err));
    TACRO_TRY(tacro_extrapolations_add(scenario, summary, err));
done:
    return st;
}

enum tacro_status tacro_assumptions_add(struct tacro_summary *summary, const char *kind,
                                        const char *text, struct tacro_error *err)
{
    return add(summary, err, kind, "%s", text);
}

void tacro_assumptions_free(struct tacro_summary *summary)
{
    for (size_t i = 0; i < summary->nassumptions; i++) {
        free(summary->assumption[i].text);
    }
    free(summary->assumption);
}
