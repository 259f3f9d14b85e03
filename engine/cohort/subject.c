#include "cohort/subject.h"

#include "cohort/drawn.h"
#include "cohort/occasion.h"
#include "cohort/relation.h"
#include "input/derived.h"
#include "input/relation_kinds.h"
#include "models/part.h"

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
        if (r->theta != theta || !tacro_relation_is_used(input, r)) {
            continue;
        }
        rule->has_dose = rule->has_dose || r->covariate == TACRO_COV_dose;
        rule->is_dynamic = rule->is_dynamic || tacro_relation_is_timed(input, r);
        rule->is_own = rule->is_own || tacro_relation_is_own(input, r);
        if (r->kind == TACRO_RELATION_VALUE) {
            rule->value_of = r;
        } else if (rule->nrelations < TACRO_MAX_RULE_RELATIONS) {
            rule->eta_key[rule->nrelations] = tacro_relation_eta_key(set, r);
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
            TACRO_TRY(tacro_mix_create(set, &set->omega_corr, i, rule_key,
                                       &rule->eta_mix, err));
            TACRO_TRY(tacro_mix_create(set, &set->kappa_corr, i, rule_key,
                                       &rule->kappa_mix, err));
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
    rules->fzero[TACRO_PORT_ORAL] = dose_rule(rules, TACRO_DOSE_FZERO, 0);
    rules->dzero[TACRO_PORT_ORAL] = dose_rule(rules, TACRO_DOSE_DZERO, 0);
    rules->fzero[TACRO_PORT_IV] = rules->n;
    rules->dzero[TACRO_PORT_IV] = rules->n;
    for (size_t f = 0; f < TACRO_MAX_FORMULATIONS; f++) {
        const size_t port = TACRO_PORT_FORMULATION + f;
        rules->fzero[port] = dose_rule(rules, TACRO_DOSE_FZEROF, f);
        rules->dzero[port] = dose_rule(rules, TACRO_DOSE_DZEROF, f);
        rules->frel[f] = dose_rule(rules, TACRO_DOSE_FREL, f);
        rules->flag[f] = dose_rule(rules, TACRO_DOSE_ALAGF, f);
    }
}

/* A factor with its drawn number inside is a lane's own where draws meet. */
static void find_own_shapes(const struct tacro_rules *rules, struct tacro_rule *rule)
{
    for (size_t k = 0; k < rule->nrelations; k++) {
        const struct tacro_relation *r = rule->relation[k];
        rule->is_own = rule->is_own || (tacro_relation_is_shape(r) &&
                                        rule->drawn_coefficient[k] != TACRO_NONE &&
                                        tacro_relation_is_timed(rules->input, r));
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
    for (size_t i = 0; i < rules->n; i++) {
        find_own_shapes(rules, &rules->rule[i]);
    }
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
            tacro_mix_free(&rules->rule[i].eta_mix);
            tacro_mix_free(&rules->rule[i].kappa_mix);
        }
        free(rules->drawn);
        free(rules->drawn_value);
        free(rules);
    }
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
        if (tacro_relation_is_timed(rules->input, rule->relation[k])) {
            log += tacro_subject_coefficient(rules, i, k, subject) *
                   tacro_relation_x(rules, i, k, subject, t);
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
        if (!tacro_relation_is_of_dose(rule->relation[k]) &&
            !tacro_relation_is_timed(rules->input, rule->relation[k])) {
            log += tacro_subject_coefficient(rules, i, k, subject) *
                   tacro_relation_x(rules, i, k, subject, 0.0);
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
            const double omega = tacro_rule_omega(rules, i, subject->parameter_draw);
            log = omega * tacro_mix_normal(&rule->eta_mix, &key);
            log -= rule->has_mean_one ? 0.5 * omega * omega : 0.0;
        }
        log = with_relations(rules, i, subject, log);
        subject->fixed_log[i] = log;
        subject->fixed[i] = value_without_kappa(rules, i, subject, 0.0, log);
    }
}

/* ETAs of a rule on the log scale, a lane each, which may be of different draws. */
static void draw_etas(const struct tacro_rules *rules,
                      const struct tacro_lane_math *math, size_t i,
                      const struct tacro_subject *const *lane, double *log)
{
    const struct tacro_rule *rule = &rules->rule[i];
    const double half = rule->has_mean_one ? 0.5 : 0.0;
    struct tacro_rng_key key[TACRO_LANES];
    double omega[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        key[l] = tacro_subject_key(rules, rule, lane[l], TACRO_STREAM_ETA, 0);
        omega[l] = tacro_rule_omega(rules, i, lane[l]->parameter_draw);
    }
    tacro_mix_lanes(&rule->eta_mix, math, key, log);
    TACRO_EACH_LANE(l) {
        log[l] = omega[l] * log[l];
        log[l] -= half * omega[l] * omega[l];
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
        draw_etas(rules, math, i, lane, log);
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
            log[l] += tacro_subject_coefficient(rules, i, stepped[k], lane[l]) * x[k];
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
            if (rules->is_course_drawn) {
                subject[first + l].nslots = 0;
            }
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
        if (tacro_relation_is_timed(rules->input, r->relation[k])) {
            relation[n++] = k;
        }
    }
    return n;
}

bool tacro_rule_is_stepped_value(const struct tacro_rules *rules, size_t rule)
{
    const struct tacro_relation *value_of = rules->rule[rule].value_of;
    return value_of != NULL &&
           tacro_population_is_stepped(rules->input, value_of->covariate);
}

double tacro_rule_at(const struct tacro_rules *rules, size_t rule,
                     const struct tacro_subject *subject, double t, double *x)
{
    const struct tacro_rule *r = &rules->rule[rule];
    size_t n = 0;
    for (size_t k = 0; k < r->nrelations; k++) {
        if (tacro_relation_is_timed(rules->input, r->relation[k])) {
            x[n++] = tacro_relation_x(rules, rule, k, subject, t);
        }
    }
    if (r->value_of == NULL) {
        return multiplier_at(r->multiplier, t);
    }
    return tacro_rule_is_stepped_value(rules, rule)
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
    return tacro_rule_is_stepped_value(rules, rule)
               ? 1.0
               : tacro_population_of(rules->input, subject->covariate, subject->patient,
                                     r->value_of->covariate, 0.0);
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
        log += tacro_rule_kappa(rules, rule, subject->parameter_draw) *
               tacro_subject_kappa(rules, rule, subject, slot);
    }
    return value_without_kappa(rules, rule, subject, t, log);
}
