#include "cohort/subject.h"

#include "core/lanemath.h"
#include "core/rng.h"

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

static enum tacro_status add_relations(const struct tacro_input *input,
                                       const struct tacro_paramset *set, size_t theta,
                                       struct tacro_rule *rule, struct tacro_error *err)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        if (r->theta != theta) {
            continue;
        }
        rule->is_dynamic =
            rule->is_dynamic || tacro_population_is_stepped(input, r->covariate);
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
    const struct tacro_paramset *set = s == 0 ? input->pk : input->risk[s - 1];
    struct tacro_rule *rule;
    if (rules->n == TACRO_MAX_RULES) {
        return tacro_fail(err, TACRO_EINPUT, "more than %d parameters in all",
                          TACRO_MAX_RULES);
    }
    rule = &rules->rule[rules->n++];
    rule->set = s;
    rule->theta = &set->theta[theta];
    rule->is_bioavailability = rule->theta->part == set->nparts;
    rule->typical =
        rule->theta->is_trough_to_mean ? input->pk->trough_to_mean : rule->theta->value;
    rule->key = rule_key(set, rule->theta);
    for (size_t i = 0; i < set->neffects; i++) {
        if (set->effect[i].theta == theta) {
            rule->omega = set->effect[i].omega;
            rule->kappa = set->effect[i].kappa;
            rule->has_mean_one = set->effect[i].has_mean_one;
        }
    }
    for (size_t i = 0; s == 0 && i < input->nmultipliers; i++) {
        if (input->multiplier[i].theta == theta) {
            rule->multiplier = &input->multiplier[i];
        }
    }
    rule->is_dynamic = rule->kappa > 0.0 || rule->multiplier != NULL;
    return add_relations(input, set, theta, rule, err);
}

enum tacro_status tacro_rules_create(const struct tacro_input *input,
                                     struct tacro_rules **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_rules *rules = calloc(1, sizeof *rules);
    *out = NULL;
    if (rules == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "parameter rules");
    }
    rules->input = input;
    for (size_t s = 0; s <= input->nrisks; s++) {
        const struct tacro_paramset *set = s == 0 ? input->pk : input->risk[s - 1];
        for (size_t i = 0; i < set->nthetas; i++) {
            TACRO_TRY(add_rule(input, s, i, rules, err));
        }
    }
    while (rules->f1 < rules->n && !rules->rule[rules->f1].is_bioavailability) {
        rules->f1++;
    }
    *out = rules;
    rules = NULL;
done:
    tacro_rules_free(rules);
    return st;
}

void tacro_rules_free(struct tacro_rules *rules)
{
    free(rules);
}

/* coefficient * (x - ref), x clipped or an indicator */
static double relation_log(const struct tacro_rules *rules,
                           const struct tacro_relation *r,
                           const struct tacro_subject *subject, double t)
{
    double x;
    if (r->is_indicator) {
        x = tacro_population_indicator(rules->input, subject->covariate, r->covariate,
                                       t, r->at_least);
    } else {
        x = tacro_population_at(rules->input, subject->covariate, r->covariate, t);
        x = fmin(fmax(x, r->clip_min), r->clip_max);
    }
    return r->coefficient * (x - r->ref);
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

static double random_log(const struct tacro_rules *rules, const struct tacro_rule *rule,
                         const struct tacro_subject *subject, enum tacro_stream stream,
                         int32_t slot)
{
    const struct tacro_rng_key key = {.seed = rules->input->seed,
                                      .stream = stream,
                                      .draw = subject->draw,
                                      .patient = subject->patient,
                                      .occasion = slot,
                                      .k = rule->key};
    return tacro_rng_normal(&key);
}

/* The parameter without kappa at t. */
static double value_without_kappa(const struct tacro_rules *rules, size_t i,
                                  const struct tacro_subject *subject, double t,
                                  double log)
{
    const struct tacro_rule *rule = &rules->rule[i];
    double typical = rule->typical * multiplier_at(rule->multiplier, t);
    if (rule->value_of != NULL) {
        typical = tacro_population_at(rules->input, subject->covariate,
                                      rule->value_of->covariate, t);
    }
    for (size_t k = 0; k < rule->nrelations; k++) {
        if (tacro_population_is_stepped(rules->input, rule->relation[k]->covariate)) {
            log += relation_log(rules, rule->relation[k], subject, t);
        }
    }
    return typical * tacro_exp(log);
}

void tacro_subject_draw(const struct tacro_rules *rules, uint64_t index,
                        struct tacro_subject *subject)
{
    const struct tacro_input *input = rules->input;
    subject->index = index;
    subject->draw = (uint32_t)(index / input->npatients);
    subject->patient = index % input->npatients;
    tacro_population_draw(input, subject->draw, subject->patient, subject->covariate);
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        double log = 0.0;
        if (rule->omega > 0.0 && !input->is_typical) {
            log = rule->omega * random_log(rules, rule, subject, TACRO_STREAM_ETA, 0);
            log -= rule->has_mean_one ? 0.5 * rule->omega * rule->omega : 0.0;
        }
        for (size_t k = 0; k < rule->nrelations; k++) {
            if (!tacro_population_is_stepped(input, rule->relation[k]->covariate)) {
                log += relation_log(rules, rule->relation[k], subject, 0.0);
            }
        }
        subject->fixed_log[i] = log;
        subject->fixed[i] = value_without_kappa(rules, i, subject, 0.0, log);
    }
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
        log += r->kappa * random_log(rules, r, subject, TACRO_STREAM_KAPPA, slot);
    }
    return value_without_kappa(rules, rule, subject, t, log);
}
