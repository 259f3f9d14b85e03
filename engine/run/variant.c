#include "run/variant.h"

#include "models/registry.h"

#include <stdlib.h>
#include <string.h>

/* The parts of a chain, in order, and where each stands in its own file. */
struct chain {
    size_t n;
    size_t part[TACRO_MAX_PARTS];
    size_t set[TACRO_MAX_PARTS];
    size_t index[TACRO_MAX_PARTS]; /* SIZE_MAX: of no file */
    int formulation[TACRO_MAX_PARTS];
};

static int formulation_of(const struct tacro_paramset *set, size_t part)
{
    for (size_t f = 0; f < set->nformulations; f++) {
        if (set->formulation[f].part == part) {
            return (int)f;
        }
    }
    return TACRO_NONE;
}

static bool add_part(struct chain *c, size_t part, size_t set, size_t index,
                     int formulation)
{
    if (c->n == TACRO_MAX_PARTS) {
        return false;
    }
    c->part[c->n] = part;
    c->set[c->n] = set;
    c->index[c->n] = index;
    c->formulation[c->n++] = formulation;
    return true;
}

/*
 * The PK file's parts, the area under the curve, the risk files' parts; of formulations
 * those that are dosed.
 */
static enum tacro_status fill_chain(const struct tacro_input *input,
                                    unsigned formulations, struct chain *c,
                                    struct tacro_error *err)
{
    c->n = 0;
    for (size_t k = 0; k <= input->nrisks; k++) {
        const struct tacro_paramset *p = k == 0 ? input->pk : input->risk[k - 1];
        bool ok = true;
        for (size_t i = 0; ok && i < p->nparts; i++) {
            const int f = formulation_of(p, i);
            if (f == TACRO_NONE || (formulations >> f & 1U) != 0) {
                ok = add_part(c, p->part[i], k, i, f);
            }
        }
        if (k == 0) {
            ok = ok && add_part(c, tacro_parts_find("auc"), k, SIZE_MAX, TACRO_NONE);
        }
        if (!ok) {
            return tacro_fail(err, TACRO_EINPUT, "%s: more than %d parts in all",
                              p->name, TACRO_MAX_PARTS);
        }
    }
    return TACRO_OK;
}

static void map_coefs(const struct tacro_rules *rules, const struct chain *c,
                      struct tacro_variant *v)
{
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        v->coef[i] = TACRO_NONE;
        for (size_t k = 0; k < c->n; k++) {
            if (c->set[k] == rule->set && c->index[k] == rule->theta->part) {
                v->coef[i] = (int)(v->system->part[k].coef + rule->theta->param);
            }
        }
    }
}

/* Where doses of formulations enter, and which states doses run into. */
static void map_ports(const struct chain *c, struct tacro_variant *v)
{
    for (size_t k = 0; k < c->n; k++) {
        if (c->formulation[k] != TACRO_NONE) {
            v->system->port_state[TACRO_PORT_FORMULATION + c->formulation[k]] =
                (int)v->system->part[k].state + tacro_parts_at(c->part[k])->dose_state;
        }
    }
    for (size_t p = 0; p < TACRO_MAX_PORTS; p++) {
        if ((v->infused >> p & 1U) != 0) {
            tacro_system_infuse(v->system, v->system->port_state[p]);
        }
    }
}

/* Rules of the same parameters in the same order, with the regimen's covariates. */
static enum tacro_status set_rules(const struct tacro_scenario *s,
                                   struct tacro_arm_covariates *own,
                                   struct tacro_variant *v, struct tacro_error *err)
{
    v->rules = s->rules;
    if (own == NULL || own->n == 0) {
        return TACRO_OK;
    }
    v->input = malloc(sizeof *v->input);
    if (v->input == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "covariates of a regimen");
    }
    v->covariates = *own;
    *own = (struct tacro_arm_covariates){.n = 0};
    *v->input = tacro_arm_covariates_input(s->input, &v->covariates);
    v->rules = NULL;
    return tacro_rules_create(v->input, &v->rules, err);
}

static enum tacro_status create(struct tacro_scenario *s, unsigned formulations,
                                unsigned infused, struct tacro_arm_covariates *own,
                                struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct chain chain;
    struct tacro_variant *v = &s->variant[s->nvariants];
    v->formulations = formulations;
    v->infused = infused;
    s->nvariants++; /* freed from here on */
    TACRO_TRY(set_rules(s, own, v, err));
    TACRO_TRY(fill_chain(s->input, formulations, &chain, err));
    TACRO_TRY(tacro_system_create(chain.part, chain.set, chain.n, &v->system, err));
    map_coefs(v->rules, &chain, v);
    map_ports(&chain, v);
done:
    return st;
}

enum tacro_status tacro_variants_create(struct tacro_scenario *scenario,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    scenario->variant =
        calloc(scenario->input->nregimens + 1, sizeof *scenario->variant);
    if (scenario->variant == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "equations");
    }
    TACRO_TRY(create(scenario, 0, 0, NULL, err));
    scenario->system = scenario->variant[0].system;
    scenario->coef = scenario->variant[0].coef;
done:
    return st;
}

void tacro_variants_free(struct tacro_scenario *scenario)
{
    for (size_t i = 0; i < scenario->nvariants; i++) {
        struct tacro_variant *v = &scenario->variant[i];
        tacro_system_free(v->system);
        if (v->input != NULL) {
            tacro_rules_free(v->rules);
            free(v->input); /* all but the covariates is the scenario's */
        }
        tacro_arm_covariates_free(&v->covariates);
    }
    free(scenario->variant);
}

enum tacro_status tacro_variant_find(struct tacro_scenario *scenario, unsigned ports,
                                     unsigned infused, struct tacro_arm_covariates *own,
                                     size_t *index, struct tacro_error *err)
{
    const unsigned formulations = ports >> TACRO_PORT_FORMULATION;
    for (size_t i = 0; own->n == 0 && i < scenario->nvariants; i++) {
        const struct tacro_variant *v = &scenario->variant[i];
        if (v->formulations == formulations && v->infused == infused &&
            v->input == NULL) {
            *index = i;
            return TACRO_OK;
        }
    }
    *index = scenario->nvariants;
    return create(scenario, formulations, infused, own, err);
}
