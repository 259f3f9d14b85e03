#include "cohort/relation.h"

#include "cohort/occasion.h"
#include "input/derived.h"
#include "input/relation_indicator.h"
#include "input/relation_kinds.h"
#include "input/relations.h"

#include <math.h>
#include <stdio.h>

/* Of the random effect of a relation: as of its parameter, with what it is about. */
uint32_t tacro_relation_eta_key(const struct tacro_paramset *set,
                                const struct tacro_relation *relation)
{
    char key[TACRO_RELATION_NAME];
    char name[TACRO_RELATION_NAME + 64];
    tacro_relation_key(set, relation, key, sizeof key);
    snprintf(name, sizeof name, "%.60s.%s", set->outcome == NULL ? "pk" : set->outcome,
             key);
    return tacro_rng_name(name);
}

/* -- relations that depend on the time --------------------------------------------- */

/* Days since transplantation at t, as TACRO_COV_POD counts them. */
static double pod_at(const struct tacro_input *input, double t)
{
    const double hours = 24.0 * input->start_day + input->start_clock + t;
    return fmax(floor((hours + TACRO_SAME_TIME) / 24.0), 1.0);
}

/* What the day alone does to a relation: the day moved into `clip`, or 1 or 0. */
static double day_effect(const struct tacro_relation *r, double pod)
{
    if (r->covariate == TACRO_COV_POD && tacro_relation_is_binary(r)) {
        return tacro_relation_is_set(r, pod) ? 1.0 : 0.0;
    }
    if (r->covariate == TACRO_COV_POD) {
        return fmin(fmax(pod, r->clip_min), r->clip_max);
    }
    return !r->has_days || (pod >= r->first_pod && pod <= r->last_pod) ? 1.0 : 0.0;
}

/* Whether doses come by more than one route, and the relation acts with one. */
static bool depends_on_route(const struct tacro_input *input,
                             const struct tacro_relation *r)
{
    return r->has_route && tacro_relation_reads(input, r, TACRO_COV_intravenous);
}

static bool is_stepped(const struct tacro_input *input, const struct tacro_relation *r)
{
    return tacro_population_is_stepped(input, r->covariate) ||
           (depends_on_route(input, r) &&
            tacro_population_is_stepped(input, TACRO_COV_intravenous));
}

/* Whether its distance changes with the time. */
bool tacro_relation_is_timed(const struct tacro_input *input,
                             const struct tacro_relation *r)
{
    return r->covariate != TACRO_COV_dose &&
           (r->covariate == TACRO_COV_POD || r->has_days || is_stepped(input, r));
}

/* Whether its distance differs between patients beside changing with the time. */
bool tacro_relation_is_own(const struct tacro_input *input,
                           const struct tacro_relation *r)
{
    const bool is_shared = tacro_population_is_shared(input, r->covariate) &&
                           (!depends_on_route(input, r) ||
                            tacro_population_is_shared(input, TACRO_COV_intravenous));
    return tacro_relation_is_timed(input, r) && !is_shared;
}

/* -- what the coefficient multiplies ----------------------------------------------- */

/* The covariate at t, clipped or an indicator. */
static double covariate_at(const struct tacro_rules *rules,
                           const struct tacro_relation *r,
                           const struct tacro_subject *subject, double t)
{
    double x;
    if (r->is_level || r->is_indicator) {
        return tacro_population_is_set(rules->input, subject->covariate,
                                       subject->patient, r, t);
    }
    x = tacro_population_of(rules->input, subject->covariate, subject->patient,
                            r->covariate, t);
    return fmin(fmax(x, r->clip_min), r->clip_max);
}

/*
 * The flag with its onset and offset: of [t - offset, t - onset] the largest value, of
 * [t - onset, t - offset] the smallest; at t - onset alone where they are the same.
 * What is not so is the opposite: `is: false` takes the smallest where that takes the
 * largest.
 */
static double flag_at(const struct tacro_rules *rules, const struct tacro_relation *r,
                      const struct tacro_subject *subject, double t)
{
    const bool is_kept = r->offset > r->onset;
    const bool is_largest = is_kept != (r->is_level && r->level == 0.0);
    const double first = t - (is_kept ? r->offset : r->onset);
    const double last = t - (is_kept ? r->onset : r->offset);
    double x = covariate_at(rules, r, subject, first);
    double s = first;
    if (r->offset == r->onset) {
        return x;
    }
    while ((s = tacro_population_next(rules->input, subject->patient, r->covariate,
                                      s)) <= last + TACRO_SAME_TIME) {
        const double next = covariate_at(rules, r, subject, s);
        x = is_largest ? fmax(x, next) : fmin(x, next);
    }
    return x;
}

/* Whether it acts by the route of the doses: 1 or 0, of a typical patient between. */
static double route_at(const struct tacro_rules *rules, const struct tacro_relation *r,
                       const struct tacro_subject *subject, double t)
{
    const double iv = tacro_population_of(rules->input, subject->covariate,
                                          subject->patient, TACRO_COV_intravenous, t);
    return r->route == 0.0 ? 1.0 - iv : iv;
}

/* What the coefficient multiplies where the covariate is x. */
static double shape(const struct tacro_relation *r, double coefficient, double x)
{
    if (tacro_relation_is_shape(r)) {
        return tacro_log(tacro_relation_factor(r, coefficient, x));
    }
    return r->kind == TACRO_RELATION_POWER ? tacro_log(x / r->ref) : x - r->ref;
}

/* The number of a relation in the subject's draw; most are the same in all draws. */
static inline double number_of(const struct tacro_rules *rules, size_t i, size_t k,
                               const struct tacro_subject *subject)
{
    const struct tacro_rule *rule = &rules->rule[i];
    return rule->is_drawn ? tacro_rule_coefficient(rules, i, k, subject->parameter_draw)
                          : rule->relation[k]->coefficient;
}

/*
 * How far the covariate is from its reference: what the coefficient multiplies. Outside
 * of its days and routes a relation does not act.
 */
double tacro_relation_x(const struct tacro_rules *rules, size_t i, size_t k,
                        const struct tacro_subject *subject, double t)
{
    const struct tacro_relation *r = rules->rule[i].relation[k];
    double acts = 1.0;
    double x = 1.0;
    if (r->covariate == TACRO_COV_POD || r->has_days) {
        x = day_effect(r, pod_at(rules->input, t));
        acts = r->has_days ? x : 1.0;
    }
    if (depends_on_route(rules->input, r)) {
        acts *= route_at(rules, r, subject, t);
    }
    if (acts == 0.0) {
        return 0.0;
    }
    if (r->covariate != TACRO_COV_POD) {
        x = flag_at(rules, r, subject, t);
    }
    return acts * shape(r, number_of(rules, i, k, subject), x);
}

/* A normal of the subject's own for a relation; 0 of a typical patient. */
static double own_normal(const struct tacro_rules *rules, size_t i, size_t k,
                         const struct tacro_subject *subject)
{
    const struct tacro_rule *rule = &rules->rule[i];
    struct tacro_rng_key key =
        tacro_subject_key(rules, rule, subject, TACRO_STREAM_ETA, 0);
    key.k = rule->eta_key[k];
    return rules->input->is_typical ? 0.0 : tacro_rng_normal(&key);
}

double tacro_subject_coefficient(const struct tacro_rules *rules, size_t rule,
                                 size_t relation, const struct tacro_subject *subject)
{
    const struct tacro_relation *r = rules->rule[rule].relation[relation];
    if (tacro_relation_is_shape(r)) {
        return 1.0;
    }
    return r->kind == TACRO_RELATION_ETA
               ? number_of(rules, rule, relation, subject) *
                     own_normal(rules, rule, relation, subject)
               : number_of(rules, rule, relation, subject);
}

/* Whether it acts on each dose by its amount, not here. */
bool tacro_relation_is_of_dose(const struct tacro_relation *r)
{
    return r->covariate == TACRO_COV_dose;
}

/* -- times at which they change ---------------------------------------------------- */

static size_t add_cuts(const struct tacro_covariate_step *step, size_t n, double delay,
                       double *cut, size_t ncuts)
{
    for (size_t i = 0; cut != NULL && i < n; i++) {
        cut[ncuts + i] = step[i].from + delay;
    }
    return ncuts + n;
}

/* The steps of a covariate that all patients share, or of those that it comes from. */
static size_t add_steps(const struct tacro_input *input, enum tacro_covariate_id id,
                        double delay, double *cut, size_t ncuts)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    size_t n = tacro_input_sources(input, id, source);
    if (n == 0) {
        source[n++] = id;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tacro_covariate *c = &input->covariate[source[i]];
        if (tacro_population_is_stepped(input, source[i])) {
            ncuts = add_cuts(c->step, c->n, delay, cut, ncuts);
        }
    }
    return ncuts;
}

/* The midnights at which the day changes what a relation does. */
static size_t add_midnights(const struct tacro_input *input,
                            const struct tacro_relation *r, double *cut, size_t ncuts)
{
    const double start = 24.0 * input->start_day + input->start_clock;
    double before = day_effect(r, pod_at(input, 0.0));
    if (r->covariate != TACRO_COV_POD && !r->has_days) {
        return ncuts;
    }
    for (int day = (int)input->start_day + 1; 24.0 * day - start < input->horizon;
         day++) {
        const double effect = day_effect(r, day);
        if (cut != NULL && effect != before) {
            cut[ncuts] = 24.0 * day - start;
        }
        ncuts += effect != before;
        before = effect;
    }
    return ncuts;
}

size_t tacro_rule_cuts(const struct tacro_rules *rules, size_t rule, double *cut)
{
    const struct tacro_rule *r = &rules->rule[rule];
    const struct tacro_input *input = rules->input;
    size_t n = 0;
    if (r->multiplier != NULL) {
        n = add_cuts(r->multiplier->step, r->multiplier->n, 0.0, cut, n);
    }
    if (tacro_rule_is_stepped_value(rules, rule)) {
        n = add_steps(input, r->value_of->covariate, 0.0, cut, n);
    }
    for (size_t k = 0; k < r->nrelations; k++) {
        const struct tacro_relation *relation = r->relation[k];
        if (tacro_population_is_stepped(input, relation->covariate)) {
            n = add_steps(input, relation->covariate, relation->onset, cut, n);
            if (relation->offset != relation->onset) {
                n = add_steps(input, relation->covariate, relation->offset, cut, n);
            }
        }
        if (depends_on_route(input, relation)) {
            n = add_steps(input, TACRO_COV_intravenous, 0.0, cut, n);
        }
        n = add_midnights(input, relation, cut, n);
    }
    return n;
}

/* -- doses ------------------------------------------------------------------------- */

double tacro_subject_dose_factor(const struct tacro_rules *rules, size_t rule,
                                 const struct tacro_subject *subject, double t,
                                 double amount)
{
    const struct tacro_rule *r = &rules->rule[rule];
    double log = 0.0;
    for (size_t k = 0; k < r->nrelations; k++) {
        const struct tacro_relation *relation = r->relation[k];
        if (tacro_relation_is_of_dose(relation)) {
            const double mg =
                fmin(fmax(amount, relation->clip_min), relation->clip_max);
            const double x = relation->is_indicator || relation->is_level
                                 ? (tacro_relation_is_set(relation, amount) ? 1.0 : 0.0)
                                 : mg;
            const double acts =
                !relation->has_days || day_effect(relation, pod_at(rules->input, t)) > 0
                    ? 1.0
                    : 0.0;
            log += acts * tacro_subject_coefficient(rules, rule, k, subject) *
                   shape(relation, number_of(rules, rule, k, subject), x);
        }
    }
    return log == 0.0 ? 1.0 : tacro_exp(log);
}
