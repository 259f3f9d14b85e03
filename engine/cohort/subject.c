#include "cohort/subject.h"

#include "cohort/drawn.h"
#include "cohort/occasion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t rule_key(const struct tacro_paramset *set,
                         const struct tacro_theta *theta)
{
    char name[256];
    snprintf(name, sizeof name, "%s.%s", set->outcome == NULL ? "pk" : set->outcome,
             theta->name);
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
    if (r->covariate == TACRO_COV_POD) {
        return fmin(fmax(pod, r->clip_min), r->clip_max);
    }
    return !r->has_days || (pod >= r->first_pod && pod <= r->last_pod) ? 1.0 : 0.0;
}

static bool is_stepped(const struct tacro_input *input, const struct tacro_relation *r)
{
    return r->covariate != TACRO_COV_POD &&
           tacro_population_is_stepped(input, r->covariate);
}

/* Whether its distance changes with the time. */
static bool is_timed(const struct tacro_input *input, const struct tacro_relation *r)
{
    return r->covariate == TACRO_COV_POD || r->has_days || is_stepped(input, r);
}

/* Whether its distance differs between patients beside changing with the time. */
static bool is_own(const struct tacro_input *input, const struct tacro_relation *r)
{
    if (r->covariate == TACRO_COV_POD) {
        return false;
    }
    return tacro_population_is_own(input, r->covariate) ||
           tacro_population_is_mixed(input, r->covariate) ||
           (r->has_days && input->covariate[r->covariate].distribution != TACRO_STEPS);
}

static enum tacro_status add_relations(const struct tacro_input *input,
                                       const struct tacro_paramset *set, size_t theta,
                                       struct tacro_rule *rule, struct tacro_error *err)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        if (r->theta != theta) {
            continue;
        }
        rule->is_dynamic = rule->is_dynamic || is_timed(input, r);
        rule->is_own = rule->is_own || is_own(input, r);
        if (r->kind == TACRO_RELATION_VALUE) {
            rule->value_of = r;
        } else if (rule->nrelations < TACRO_MAX_RULE_RELATIONS) {
            rule->relation[rule->nrelations++] = r;
        } else {
            return tacro_fail(err, TACRO_EINPUT,
                              "%s: %s: more than %d covariate relations", set->name,
                              set->theta[theta].name, TACRO_MAX_RULE_RELATIONS);
        }
    }
    return TACRO_OK;
}

static enum tacro_status add_rule(const struct tacro_input *input, size_t s,
                                  size_t theta, struct tacro_rules *rules,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_paramset *set = s == 0 ? input->pk : input->risk[s - 1];
    struct tacro_rule *rule;
    if (rules->n == TACRO_MAX_RULES) {
        return tacro_fail(err, TACRO_EINPUT, "more than %d parameters in all",
                          TACRO_MAX_RULES);
    }
    rule = &rules->rule[rules->n++];
    rule->set = s;
    rule->theta = &set->theta[theta];
    rule->is_dose = rule->theta->part == set->nparts;
    rule->typical =
        rule->theta->is_trough_to_mean ? input->pk->trough_to_mean : rule->theta->value;
    rule->key = rule_key(set, rule->theta);
    for (size_t i = 0; i < set->neffects; i++) {
        if (set->effect[i].theta == theta) {
            rule->omega = set->effect[i].omega;
            rule->has_mean_one = set->effect[i].has_mean_one;
            TACRO_TRY(tacro_rule_set_occasions(rule, &set->effect[i], err));
        }
    }
    for (size_t i = 0; s == 0 && i < input->nmultipliers; i++) {
        if (input->multiplier[i].theta == theta) {
            rule->multiplier = &input->multiplier[i];
        }
    }
    rule->is_dynamic = rule->kappa > 0.0 || rule->multiplier != NULL;
    rule->kappa_row = rule->kappa > 0.0 ? rules->nkappas++ : 0;
    TACRO_TRY(add_relations(input, set, theta, rule, err));
done:
    return st;
}

/* The first rule for a dose's parameter, or n. */
static size_t dose_rule(const struct tacro_rules *rules, enum tacro_dose_param param,
                        size_t formulation)
{
    size_t i = 0;
    while (i < rules->n &&
           !(rules->rule[i].is_dose && rules->rule[i].theta->param == (size_t)param &&
             rules->rule[i].theta->formulation == formulation)) {
        i++;
    }
    return i;
}

static void find_dose_rules(struct tacro_rules *rules)
{
    rules->f1 = dose_rule(rules, TACRO_DOSE_F1, 0);
    rules->lag = dose_rule(rules, TACRO_DOSE_ALAG1, 0);
    rules->d1 = dose_rule(rules, TACRO_DOSE_D1, 0);
    rules->r1 = dose_rule(rules, TACRO_DOSE_R1, 0);
    rules->fabs = dose_rule(rules, TACRO_DOSE_FABS, 0);
    for (size_t f = 0; f < TACRO_MAX_FORMULATIONS; f++) {
        rules->frel[f] = dose_rule(rules, TACRO_DOSE_FREL, f);
        rules->flag[f] = dose_rule(rules, TACRO_DOSE_ALAGF, f);
    }
}

enum tacro_status tacro_rules_create(const struct tacro_input *input,
                                     struct tacro_rules **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_rules *rules = calloc(1, sizeof *rules);
    const unsigned ports = tacro_input_ports(input);
    *out = NULL;
    if (rules == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "parameter rules");
    }
    rules->input = input;
    for (size_t s = 0; s <= input->nrisks; s++) {
        const struct tacro_paramset *set = s == 0 ? input->pk : input->risk[s - 1];
        for (size_t i = 0; i < set->nthetas; i++) {
            if (tacro_paramset_is_used(set, &set->theta[i], ports)) {
                TACRO_TRY(add_rule(input, s, i, rules, err));
            }
        }
    }
    find_dose_rules(rules);
    TACRO_TRY(tacro_drawn_build(rules, err));
    *out = rules;
    rules = NULL;
done:
    tacro_rules_free(rules);
    return st;
}

void tacro_rules_free(struct tacro_rules *rules)
{
    if (rules != NULL) {
        for (size_t i = 0; i < rules->n; i++) {
            free(rules->rule[i].wander_weight);
        }
        free(rules->drawn);
        free(rules->drawn_value);
        free(rules);
    }
}

/* The covariate at t, clipped or an indicator. */
static double covariate_at(const struct tacro_rules *rules,
                           const struct tacro_relation *r,
                           const struct tacro_subject *subject, double t)
{
    const double *covariate = subject->covariate;
    double x;
    if (r->is_level && !tacro_population_is_own(rules->input, r->covariate)) {
        return tacro_population_level(rules->input, covariate, r->covariate, t,
                                      r->level);
    }
    if (r->is_indicator && !tacro_population_is_own(rules->input, r->covariate)) {
        return tacro_population_indicator(rules->input, covariate, r->covariate, t,
                                          r->at_least);
    }
    x = tacro_population_of(rules->input, covariate, subject->patient, r->covariate, t);
    if (r->is_level) {
        return x == r->level ? 1.0 : 0.0;
    }
    if (r->is_indicator) {
        return x >= r->at_least ? 1.0 : 0.0;
    }
    return fmin(fmax(x, r->clip_min), r->clip_max);
}

/* How far the covariate is from its reference: what the coefficient multiplies. */
static double distance(const struct tacro_rules *rules, const struct tacro_relation *r,
                       const struct tacro_subject *subject, double t)
{
    double x = 1.0;
    if (r->covariate == TACRO_COV_POD || r->has_days) {
        x = day_effect(r, pod_at(rules->input, t));
    }
    if (r->covariate != TACRO_COV_POD && x > 0.0) { /* not outside of its days */
        x = covariate_at(rules, r, subject, t - r->delay);
    }
    return r->kind == TACRO_RELATION_POWER ? tacro_log(x / r->ref) : x - r->ref;
}

static double multiplier_at(const struct tacro_multiplier *multiplier, double t)
{
    double factor = 1.0;
    for (size_t i = 0; multiplier != NULL && i < multiplier->n &&
                       multiplier->step[i].from <= t + TACRO_SAME_TIME;
         i++) {
        factor = multiplier->step[i].value;
    }
    return factor;
}

/* The coefficient of a subject; most rules are the same in all draws. */
static inline double coefficient_of(const struct tacro_rules *rules, size_t i, size_t k,
                                    const struct tacro_subject *subject)
{
    const struct tacro_rule *rule = &rules->rule[i];
    return rule->is_drawn ? tacro_rule_coefficient(rules, i, k, subject->parameter_draw)
                          : rule->relation[k]->coefficient;
}

/* The parameter without kappa at t. */
static double value_without_kappa(const struct tacro_rules *rules, size_t i,
                                  const struct tacro_subject *subject, double t,
                                  double log)
{
    const struct tacro_rule *rule = &rules->rule[i];
    double typical = tacro_rule_typical(rules, i, subject->parameter_draw) *
                     multiplier_at(rule->multiplier, t);
    if (rule->value_of != NULL) {
        typical = tacro_population_of(rules->input, subject->covariate,
                                      subject->patient, rule->value_of->covariate, t);
    }
    for (size_t k = 0; k < rule->nrelations; k++) {
        if (is_timed(rules->input, rule->relation[k])) {
            log += coefficient_of(rules, i, k, subject) *
                   distance(rules, rule->relation[k], subject, t);
        }
    }
    return log == 0.0 ? typical : typical * tacro_exp(log); /* exp(0) is 1 */
}

/* `log` and the relations that never change. */
static double with_relations(const struct tacro_rules *rules, size_t i,
                             const struct tacro_subject *subject, double log)
{
    const struct tacro_rule *rule = &rules->rule[i];
    for (size_t k = 0; k < rule->nrelations; k++) {
        if (!is_timed(rules->input, rule->relation[k])) {
            log += coefficient_of(rules, i, k, subject) *
                   distance(rules, rule->relation[k], subject, 0.0);
        }
    }
    return log;
}

static void identify(const struct tacro_input *input, uint64_t index,
                     struct tacro_subject *subject)
{
    subject->index = index;
    subject->draw = (uint32_t)(index / input->npatients);
    subject->parameter_draw = subject->draw;
    subject->patient = index % input->npatients;
    subject->first_slot = 0;
    subject->nslots = 0;
    subject->kappa = NULL;
    tacro_population_draw(input, subject->draw, subject->patient, subject->covariate);
}

void tacro_subject_draw(const struct tacro_rules *rules, uint64_t index,
                        struct tacro_subject *subject)
{
    identify(rules->input, index, subject);
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        double log = 0.0;
        if (rule->omega > 0.0 && !rules->input->is_typical) {
            const struct tacro_rng_key key =
                tacro_subject_key(rules, rule, subject, TACRO_STREAM_ETA, 0);
            log = rule->omega * tacro_rng_normal(&key);
            log -= rule->has_mean_one ? 0.5 * rule->omega * rule->omega : 0.0;
        }
        log = with_relations(rules, i, subject, log);
        subject->fixed_log[i] = log;
        subject->fixed[i] = value_without_kappa(rules, i, subject, 0.0, log);
    }
}

/* ETAs of a rule on the log scale, a lane each. */
static void draw_etas(const struct tacro_rules *rules,
                      const struct tacro_lane_math *math, const struct tacro_rule *rule,
                      const struct tacro_subject *const *lane, double *log)
{
    const double mean = rule->has_mean_one ? 0.5 * rule->omega * rule->omega : 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_rng_key key =
            tacro_subject_key(rules, rule, lane[l], TACRO_STREAM_ETA, 0);
        log[l] = tacro_rng_uniform(&key);
    }
    math->quantile(log, log);
    TACRO_EACH_LANE(l) {
        log[l] = rule->omega * log[l];
        log[l] -= mean;
    }
}

/* A rule of up to TACRO_LANES subjects. */
static void draw_rule(const struct tacro_rules *rules,
                      const struct tacro_lane_math *math, size_t i, size_t n,
                      struct tacro_subject *subject)
{
    const struct tacro_rule *rule = &rules->rule[i];
    const bool has_eta = rule->omega > 0.0 && !rules->input->is_typical;
    const struct tacro_subject *lane[TACRO_LANES];
    double log[TACRO_LANES] = {0.0};
    double value[TACRO_LANES];
    double x[TACRO_MAX_RULE_RELATIONS];
    size_t stepped[TACRO_MAX_RULE_RELATIONS];
    const size_t nx = tacro_rule_stepped(rules, i, stepped);
    double factor = 1.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = &subject[l < n ? l : n - 1];
        if (l == 0 || rule->is_own) {
            factor = tacro_rule_at(rules, i, lane[l], 0.0, x);
        }
        value[l] = tacro_subject_typical(rules, i, lane[l]) * factor;
    }
    if (has_eta) {
        draw_etas(rules, math, rule, lane, log);
    }
    for (size_t l = 0; l < n; l++) {
        if (rule->nrelations > 0) {
            log[l] = with_relations(rules, i, lane[l], log[l]);
        }
        subject[l].fixed_log[i] = log[l];
        if (rule->is_own) {
            tacro_rule_at(rules, i, lane[l], 0.0, x);
        }
        for (size_t k = 0; k < nx; k++) {
            log[l] += coefficient_of(rules, i, stepped[k], lane[l]) * x[k];
        }
    }
    if (has_eta || rule->nrelations > 0) {
        math->exp_times(value, log, value);
    }
    for (size_t l = 0; l < n; l++) {
        subject[l].fixed[i] = value[l];
    }
}

void tacro_subjects_draw(const struct tacro_rules *rules,
                         const struct tacro_lane_math *math, uint64_t index, size_t n,
                         struct tacro_subject *subject)
{
    for (size_t first = 0; first < n; first += TACRO_LANES) {
        const size_t left = n - first < TACRO_LANES ? n - first : TACRO_LANES;
        for (size_t l = 0; l < left; l++) {
            identify(rules->input, index + first + l, &subject[first + l]);
        }
        for (size_t i = 0; i < rules->n; i++) {
            draw_rule(rules, math, i, left, subject + first);
        }
    }
}

void tacro_subjects_set_draw(const struct tacro_rules *rules,
                             const struct tacro_lane_math *math,
                             uint32_t parameter_draw, size_t n,
                             struct tacro_subject *subject)
{
    for (size_t first = 0; first < n; first += TACRO_LANES) {
        const size_t left = n - first < TACRO_LANES ? n - first : TACRO_LANES;
        for (size_t l = 0; l < left; l++) {
            subject[first + l].parameter_draw = parameter_draw;
        }
        for (size_t i = 0; i < rules->n; i++) {
            if (rules->rule[i].is_drawn) {
                draw_rule(rules, math, i, left, subject + first);
            }
        }
    }
}

size_t tacro_rule_stepped(const struct tacro_rules *rules, size_t rule,
                          size_t relation[TACRO_MAX_RULE_RELATIONS])
{
    const struct tacro_rule *r = &rules->rule[rule];
    size_t n = 0;
    for (size_t k = 0; k < r->nrelations; k++) {
        if (is_timed(rules->input, r->relation[k])) {
            relation[n++] = k;
        }
    }
    return n;
}

static bool is_stepped_value(const struct tacro_rules *rules, size_t rule)
{
    const struct tacro_relation *value_of = rules->rule[rule].value_of;
    return value_of != NULL &&
           tacro_population_is_stepped(rules->input, value_of->covariate);
}

static size_t add_cuts(const struct tacro_covariate_step *step, size_t n, double delay,
                       double *cut, size_t ncuts)
{
    for (size_t i = 0; cut != NULL && i < n; i++) {
        cut[ncuts + i] = step[i].from + delay;
    }
    return ncuts + n;
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
    const struct tacro_covariate *covariate = rules->input->covariate;
    size_t n = 0;
    if (r->multiplier != NULL) {
        n = add_cuts(r->multiplier->step, r->multiplier->n, 0.0, cut, n);
    }
    if (is_stepped_value(rules, rule)) {
        const struct tacro_covariate *c = &covariate[r->value_of->covariate];
        n = add_cuts(c->step, c->n, 0.0, cut, n);
    }
    for (size_t k = 0; k < r->nrelations; k++) {
        const struct tacro_relation *relation = r->relation[k];
        if (is_stepped(rules->input, relation)) {
            const struct tacro_covariate *c = &covariate[relation->covariate];
            n = add_cuts(c->step, c->n, relation->delay, cut, n);
        }
        n = add_midnights(rules->input, relation, cut, n);
    }
    return n;
}

double tacro_rule_at(const struct tacro_rules *rules, size_t rule,
                     const struct tacro_subject *subject, double t, double *x)
{
    const struct tacro_rule *r = &rules->rule[rule];
    size_t n = 0;
    for (size_t k = 0; k < r->nrelations; k++) {
        if (is_timed(rules->input, r->relation[k])) {
            x[n++] = distance(rules, r->relation[k], subject, t);
        }
    }
    if (r->value_of == NULL) {
        return multiplier_at(r->multiplier, t);
    }
    return is_stepped_value(rules, rule)
               ? tacro_population_of(rules->input, subject->covariate, subject->patient,
                                     r->value_of->covariate, t)
               : 1.0;
}

double tacro_subject_typical(const struct tacro_rules *rules, size_t rule,
                             const struct tacro_subject *subject)
{
    const struct tacro_rule *r = &rules->rule[rule];
    if (r->value_of == NULL) {
        return r->is_drawn ? tacro_rule_typical(rules, rule, subject->parameter_draw)
                           : r->typical;
    }
    return is_stepped_value(rules, rule) ? 1.0
                                         : subject->covariate[r->value_of->covariate];
}

double tacro_subject_value(const struct tacro_rules *rules, size_t rule,
                           const struct tacro_subject *subject, double t, int32_t slot)
{
    const struct tacro_rule *r = &rules->rule[rule];
    double log = subject->fixed_log[rule];
    if (!r->is_dynamic) {
        return subject->fixed[rule];
    }
    if (r->kappa > 0.0 && !rules->input->is_typical) {
        log += r->kappa * tacro_subject_kappa(rules, rule, subject, slot);
    }
    return value_without_kappa(rules, rule, subject, t, log);
}
