#include "run/variant.h"

#include "models/registry.h"
#include "solve/steady.h"

#include <math.h>
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

/* The parameters that follow the clock, of parts that are in the chain. */
static enum tacro_status add_rhythms(const struct tacro_paramset *pk,
                                     const struct chain *c, struct tacro_variant *v,
                                     struct tacro_error *err)
{
    for (size_t k = 0; k < c->n; k++) {
        for (size_t i = 0; c->set[k] == 0 && i < pk->nrhythms; i++) {
            const struct tacro_rhythm *r = &pk->rhythm[i];
            const struct tacro_theta *theta = &pk->theta[r->theta];
            if (c->index[k] != theta->part) {
                continue;
            }
            if (v->system->nrhythms == TACRO_MAX_RHYTHMS) {
                return tacro_fail(err, TACRO_EINPUT, "%s: more than %d rhythms",
                                  pk->name, TACRO_MAX_RHYTHMS);
            }
            tacro_system_add_rhythm(v->system, k,
                                    (int)(v->system->part[k].coef + theta->param), i,
                                    r->peak);
        }
    }
    return TACRO_OK;
}

/* Where doses of formulations enter, and which states doses run into. */
static enum tacro_status map_ports(const struct chain *c, struct tacro_variant *v,
                                   struct tacro_error *err)
{
    for (size_t k = 0; k < c->n; k++) {
        if (c->formulation[k] != TACRO_NONE) {
            v->system->port_state[TACRO_PORT_FORMULATION + c->formulation[k]] =
                (int)v->system->part[k].state + tacro_parts_at(c->part[k])->dose_state;
        }
    }
    for (size_t p = 0; p < TACRO_MAX_PORTS; p++) {
        const int state = v->system->port_state[p];
        if ((v->infused >> p & 1U) == 0) {
            continue;
        }
        if (tacro_system_forcing_of(v->system, state) != TACRO_NONE) {
            return tacro_fail(err, TACRO_EINPUT,
                              "a dose runs into %s, whose doses arrive over time by "
                              "themselves (part savic): expected doses at once",
                              v->system->state[state]->name);
        }
        tacro_system_infuse(v->system, state);
    }
    return TACRO_OK;
}

/* Rules of the same parameters in the same order, with the regimen's covariates. */
static enum tacro_status set_rules(const struct tacro_pk *pk,
                                   struct tacro_arm_covariates *own,
                                   struct tacro_variant *v, struct tacro_error *err)
{
    v->rules = pk->rules;
    if (own == NULL || own->n == 0) {
        return TACRO_OK;
    }
    v->input = malloc(sizeof *v->input);
    if (v->input == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "covariates of a regimen");
    }
    v->covariates = *own;
    *own = (struct tacro_arm_covariates){.n = 0};
    *v->input = tacro_arm_covariates_input(pk->input, &v->covariates);
    v->rules = NULL;
    return tacro_rules_create(v->input, &v->rules, err);
}

static enum tacro_status create(struct tacro_scenario *s, size_t model,
                                unsigned formulations, unsigned infused,
                                struct tacro_arm_covariates *own,
                                struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct chain chain;
    struct tacro_variant *v = &s->variant[s->nvariants];
    v->model = model;
    v->formulations = formulations;
    v->infused = infused;
    s->nvariants++; /* freed from here on */
    TACRO_TRY(set_rules(&s->pk[model], own, v, err));
    TACRO_TRY(fill_chain(s->pk[model].input, formulations, &chain, err));
    TACRO_TRY(tacro_system_create(chain.part, chain.set, chain.n, &v->system, err));
    map_coefs(v->rules, &chain, v);
    TACRO_TRY(map_ports(&chain, v, err));
    TACRO_TRY(add_rhythms(s->pk[model].input->pk, &chain, v, err));
done:
    return st;
}

enum tacro_status tacro_variants_create(struct tacro_scenario *scenario,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    scenario->variant =
        calloc(scenario->input->nregimens + scenario->npks, sizeof *scenario->variant);
    if (scenario->variant == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "equations");
    }
    for (size_t m = 0; m < scenario->npks; m++) {
        TACRO_TRY(create(scenario, m, 0, 0, NULL, err));
        scenario->pk[m].system = scenario->variant[m].system;
        scenario->pk[m].coef = scenario->variant[m].coef;
    }
    scenario->system = scenario->pk[0].system;
    scenario->coef = scenario->pk[0].coef;
done:
    return st;
}

enum tacro_status tacro_variants_method(const struct tacro_scenario *scenario,
                                        size_t model, const char *name,
                                        const struct tacro_method **out,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    *out = NULL;
    for (size_t v = 0; v < scenario->nvariants; v++) {
        const struct tacro_method *own = NULL;
        if (scenario->variant[v].model != model) {
            continue;
        }
        TACRO_TRY(tacro_method_choose(name, scenario->variant[v].system, &own, err));
        *out = *out == NULL || own == &tacro_method_cvode ? own : *out; /* takes all */
    }
done:
    return st;
}

enum tacro_status tacro_variant_check_interval(const struct tacro_variant *variant,
                                               const char *regimen, double ii,
                                               struct tacro_error *err)
{
    const struct tacro_action action = {.kind = TACRO_ACTION_STEADY, .ii = ii};
    if (isfinite(tacro_steady_period(variant->system, &action))) {
        return TACRO_OK;
    }
    return tacro_fail(err, TACRO_EINPUT,
                      "regimen %s: steady state every %g h, but parameters of the PK "
                      "model follow the clock: expected an interval that divides 24 h "
                      "or is a multiple of it",
                      regimen, ii);
}

void tacro_variants_free(struct tacro_scenario *scenario)
{
    for (size_t i = 0; i < scenario->nvariants; i++) {
        struct tacro_variant *v = &scenario->variant[i];
        tacro_system_free(v->system);
        if (v->input != NULL) {
            tacro_rules_free(v->rules);
            free(v->input); /* all but the covariates is the model's */
        }
        tacro_arm_covariates_free(&v->covariates);
    }
    free(scenario->variant);
}

enum tacro_status tacro_variant_find(struct tacro_scenario *scenario, size_t model,
                                     unsigned ports, unsigned infused,
                                     struct tacro_arm_covariates *own, size_t *index,
                                     struct tacro_error *err)
{
    const unsigned formulations = ports >> TACRO_PORT_FORMULATION;
    for (size_t i = 0; own->n == 0 && i < scenario->nvariants; i++) {
        const struct tacro_variant *v = &scenario->variant[i];
        if (v->model == model && v->formulations == formulations &&
            v->infused == infused && v->input == NULL) {
            *index = i;
            return TACRO_OK;
        }
    }
    *index = scenario->nvariants;
    return create(scenario, model, formulations, infused, own, err);
}
