#include "cohort/drawn.h"

#include "core/rng.h"
#include "input/relations.h"
#include "input/uncertain.h"
#include "models/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tacro_paramset *set_of(const struct tacro_input *input, size_t s)
{
    return s == 0 ? input->pk : input->risk[s - 1];
}

/* The uncertain number of a column: the input has found one of each name. */
static const struct tacro_uncertain *number_of(const struct tacro_paramset *set,
                                               const char *name)
{
    static const struct tacro_uncertainty none = {.law = TACRO_LAW_NONE};
    static const struct tacro_uncertain unknown = {
        .unit = "1", .mark = TACRO_MARK_C, .uncertainty = &none};
    size_t i = 0;
    while (i < set->nuncertain && strcmp(set->uncertain[i].name, name) != 0) {
        i++;
    }
    return i < set->nuncertain ? &set->uncertain[i] : &unknown;
}

/* The next number and the room of its values, [ndraws]. */
static double *add_drawn(struct tacro_rules *rules, const struct tacro_drawn *drawn)
{
    double *value = rules->drawn_value + rules->ndrawn * rules->input->ndraws;
    rules->drawn[rules->ndrawn] = *drawn;
    rules->drawn[rules->ndrawn++].value = value;
    return value;
}

static enum tacro_status add_table(struct tacro_rules *rules, size_t s,
                                   struct tacro_error *err)
{
    const struct tacro_paramset *set = set_of(rules->input, s);
    const struct tacro_draws *draws = set->draws;
    const uint64_t ndraws = rules->input->ndraws;
    if (draws->n < ndraws) {
        return tacro_fail(err, TACRO_EINPUT,
                          "%s: its table has %zu draws, expected at least the %llu of "
                          "the run",
                          set->name, draws->n, (unsigned long long)ndraws);
    }
    for (size_t c = 0; c < draws->ncolumns; c++) {
        const struct tacro_uncertain *number = number_of(set, draws->name[c]);
        double *value =
            add_drawn(rules, &(struct tacro_drawn){.set = s,
                                                   .name = draws->name[c],
                                                   .unit = number->unit,
                                                   .law = number->uncertainty->law,
                                                   .mark = number->mark});
        for (size_t draw = 0; draw < ndraws; draw++) {
            value[draw] = tacro_draws_at(draws, c, draw);
        }
    }
    return TACRO_OK;
}

/* The rule of a THETA of the PK file, or n: nobody uses it. */
static size_t rule_of(const struct tacro_rules *rules, size_t theta)
{
    size_t i = 0;
    while (i < rules->n && !(rules->rule[i].set == 0 &&
                             rules->rule[i].theta == &rules->input->pk->theta[theta])) {
        i++;
    }
    return i;
}

/* A number of the PK file that is drawn from its own law. */
static bool is_drawn_alone(const struct tacro_rules *rules,
                           const struct tacro_uncertain *number)
{
    const size_t rule = rule_of(rules, number->theta);
    if (number->uncertainty->law == TACRO_LAW_NONE || rule == rules->n) {
        return false; /* set by the scenario since it was listed, or of no use */
    }
    switch (number->kind) {
    case TACRO_UNCERTAIN_THETA:
        return rules->rule[rule].value_of == NULL;
    case TACRO_UNCERTAIN_OMEGA:
    case TACRO_UNCERTAIN_KAPPA:
    case TACRO_UNCERTAIN_WANDER:
        return !rules->input->is_typical;
    case TACRO_UNCERTAIN_COEFFICIENT:
    case TACRO_UNCERTAIN_RHYTHM:
    case TACRO_UNCERTAIN_AFTER:
    case TACRO_UNCERTAIN_INCIDENCE:
    case TACRO_UNCERTAIN_SOLVED:
        break;
    }
    return true;
}

static void add_alone(struct tacro_rules *rules, const struct tacro_uncertain *number)
{
    char name[256];
    double *value =
        add_drawn(rules, &(struct tacro_drawn){.set = 0,
                                               .name = number->name,
                                               .unit = number->unit,
                                               .law = number->uncertainty->law,
                                               .mark = number->mark});
    struct tacro_rng_key key = {.seed = rules->input->seed,
                                .stream = TACRO_STREAM_THETA};
    snprintf(name, sizeof name, "pk.%s", number->name);
    key.k = tacro_rng_name(name);
    for (uint64_t draw = 0; draw < rules->input->ndraws; draw++) {
        key.draw = (uint32_t)draw;
        value[draw] = tacro_uncertainty_draw(number->uncertainty, number->value,
                                             tacro_rng_uniform(&key));
    }
}

/* Index among the numbers drawn, or TACRO_NONE. */
static int find(const struct tacro_rules *rules, size_t set, const char *name)
{
    for (size_t i = 0; i < rules->ndrawn; i++) {
        if (rules->drawn[i].set == set && strcmp(rules->drawn[i].name, name) == 0) {
            return (int)i;
        }
    }
    return TACRO_NONE;
}

/* Where a rule of the PK file takes a number of the file from. */
static void link_number(struct tacro_rules *rules, const struct tacro_uncertain *number)
{
    const size_t at = rule_of(rules, number->theta);
    const int drawn = find(rules, 0, number->name);
    if (at == rules->n || drawn == TACRO_NONE) {
        return;
    }
    if (number->kind == TACRO_UNCERTAIN_RHYTHM) { /* of no rule: its value is without */
        rules->drawn_rhythm[number->index] = drawn;
        return;
    }
    struct tacro_rule *rule = &rules->rule[at];
    rule->is_drawn = true;
    switch (number->kind) {
    case TACRO_UNCERTAIN_THETA:
        rule->drawn = drawn;
        break;
    case TACRO_UNCERTAIN_OMEGA:
        rule->drawn_omega = drawn;
        break;
    case TACRO_UNCERTAIN_KAPPA:
        rule->drawn_kappa = drawn;
        break;
    case TACRO_UNCERTAIN_WANDER:
        rule->drawn_wander = drawn;
        break;
    case TACRO_UNCERTAIN_COEFFICIENT:
        for (size_t k = 0; k < rule->nrelations; k++) {
            if (rule->relation[k] == &rules->input->pk->relation[number->index]) {
                rule->drawn_coefficient[k] = drawn;
            }
        }
        break;
    case TACRO_UNCERTAIN_RHYTHM:
    case TACRO_UNCERTAIN_AFTER:
    case TACRO_UNCERTAIN_INCIDENCE:
    case TACRO_UNCERTAIN_SOLVED:
        break;
    }
    rules->is_course_drawn = rules->is_course_drawn ||
                             (rule->has_course && (rule->drawn_kappa != TACRO_NONE ||
                                                   rule->drawn_wander != TACRO_NONE));
}

/* A rule of a risk file, by the columns of its table. */
static void link_columns(struct tacro_rules *rules, struct tacro_rule *rule)
{
    const struct tacro_paramset *set = set_of(rules->input, rule->set);
    char name[TACRO_RELATION_NAME];
    rule->drawn = find(rules, rule->set, rule->theta->name);
    rule->is_drawn = rule->drawn != TACRO_NONE;
    for (size_t k = 0; k < rule->nrelations; k++) {
        tacro_relation_name(set, rule->relation[k], name, sizeof name);
        rule->drawn_coefficient[k] = find(rules, rule->set, name);
        rule->is_drawn = rule->is_drawn || rule->drawn_coefficient[k] != TACRO_NONE;
    }
}

static void link_rules(struct tacro_rules *rules)
{
    const struct tacro_paramset *pk = rules->input->pk;
    for (size_t i = 0; i < rules->n; i++) {
        struct tacro_rule *rule = &rules->rule[i];
        rule->is_drawn = false;
        rule->drawn = TACRO_NONE;
        rule->drawn_omega = TACRO_NONE;
        rule->drawn_kappa = TACRO_NONE;
        rule->drawn_wander = TACRO_NONE;
        for (size_t k = 0; k < rule->nrelations; k++) {
            rule->drawn_coefficient[k] = TACRO_NONE;
        }
        if (rule->set > 0) {
            link_columns(rules, rule);
        }
    }
    for (size_t i = 0; i < TACRO_MAX_SET_RHYTHMS; i++) {
        rules->drawn_rhythm[i] = TACRO_NONE;
    }
    for (size_t i = 0; i < pk->nuncertain; i++) {
        link_number(rules, &pk->uncertain[i]);
    }
    for (size_t s = 1; s <= rules->input->nrisks; s++) {
        for (size_t i = 0; i < TACRO_NAFTER; i++) {
            char name[64];
            snprintf(name, sizeof name, "after.%s",
                     tacro_after_name((enum tacro_after_id)i));
            rules->drawn_after[s - 1][i] = find(rules, s, name);
        }
    }
}

enum tacro_status tacro_drawn_build(struct tacro_rules *rules, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = rules->input;
    const struct tacro_paramset *pk = input->pk;
    size_t n = 0;
    for (size_t s = 1; s <= input->nrisks && input->ndraws > 1; s++) {
        n +=
            input->risk[s - 1]->draws != NULL ? input->risk[s - 1]->draws->ncolumns : 0;
    }
    for (size_t i = 0; i < pk->nuncertain && input->ndraws > 1; i++) {
        n += is_drawn_alone(rules, &pk->uncertain[i]);
    }
    if (n > 0) {
        rules->drawn = calloc(n, sizeof *rules->drawn);
        rules->drawn_value = calloc(n * input->ndraws, sizeof *rules->drawn_value);
        if (rules->drawn == NULL || rules->drawn_value == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "%zu uncertain numbers in %llu draws",
                              n, (unsigned long long)input->ndraws);
        }
        for (size_t i = 0; i < pk->nuncertain; i++) {
            if (is_drawn_alone(rules, &pk->uncertain[i])) {
                add_alone(rules, &pk->uncertain[i]);
            }
        }
        for (size_t s = 1; s <= input->nrisks; s++) {
            if (input->risk[s - 1]->draws != NULL) {
                TACRO_TRY(add_table(rules, s, err));
            }
        }
    }
    link_rules(rules);
done:
    return st;
}

static double value_in(const struct tacro_rules *rules, int drawn, double central,
                       uint32_t draw)
{
    return drawn == TACRO_NONE ? central : rules->drawn[drawn].value[draw];
}

double tacro_rule_typical(const struct tacro_rules *rules, size_t rule, uint32_t draw)
{
    const struct tacro_rule *r = &rules->rule[rule];
    return value_in(rules, r->drawn, r->typical, draw);
}

double tacro_rule_omega(const struct tacro_rules *rules, size_t rule, uint32_t draw)
{
    const struct tacro_rule *r = &rules->rule[rule];
    return value_in(rules, r->drawn_omega, r->omega, draw);
}

double tacro_rule_kappa(const struct tacro_rules *rules, size_t rule, uint32_t draw)
{
    const struct tacro_rule *r = &rules->rule[rule];
    return r->has_course ? r->kappa : value_in(rules, r->drawn_kappa, r->kappa, draw);
}

double tacro_rule_coefficient(const struct tacro_rules *rules, size_t rule,
                              size_t relation, uint32_t draw)
{
    const struct tacro_rule *r = &rules->rule[rule];
    return value_in(rules, r->drawn_coefficient[relation],
                    r->relation[relation]->coefficient, draw);
}

double tacro_rules_after(const struct tacro_rules *rules, size_t risk,
                         enum tacro_after_id id, uint32_t draw)
{
    return value_in(rules, rules->drawn_after[risk][id],
                    rules->input->risk[risk]->after[id].value, draw);
}

double tacro_rules_rhythm(const struct tacro_rules *rules, size_t rhythm, uint32_t draw)
{
    return value_in(rules, rules->drawn_rhythm[rhythm],
                    rules->input->pk->rhythm[rhythm].amplitude, draw);
}
