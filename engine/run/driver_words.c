#include "run/driver_words.h"

#include "input/relation_indicator.h"
#include "input/uncertain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct tacro_paramset *set_of(const struct tacro_input *input,
                                           const struct tacro_drawn *drawn)
{
    return drawn->set == 0 ? input->pk : input->risk[drawn->set - 1];
}

/* NULL: the set does not list it. */
static const struct tacro_uncertain *uncertain_of(const struct tacro_paramset *set,
                                                  const char *name)
{
    for (size_t i = 0; i < set->nuncertain; i++) {
        if (strcmp(set->uncertain[i].name, name) == 0) {
            return &set->uncertain[i];
        }
    }
    return NULL;
}

/* ", days 1 to 3": a covariate may have an effect in each of some windows. */
static void add_days(const struct tacro_relation *r, char *text, size_t size)
{
    const size_t used = strlen(text);
    if (isfinite(r->last_pod)) {
        snprintf(text + used, size - used, ", days %g to %g", r->first_pod,
                 r->last_pod);
    } else {
        snprintf(text + used, size - used, ", from day %g", r->first_pod);
    }
}

void tacro_driver_words(const struct tacro_input *input,
                        const struct tacro_drawn *drawn, char *text, size_t size)
{
    const struct tacro_paramset *set = set_of(input, drawn);
    const struct tacro_uncertain *number = uncertain_of(set, drawn->name);
    const char *of = drawn->set == 0 ? "PK " : "";
    if (number == NULL) {
        snprintf(text, size, "%s%s", of, drawn->name);
        return;
    }
    switch (number->kind) {
    case TACRO_UNCERTAIN_THETA:
    case TACRO_UNCERTAIN_SOLVED: {
        const struct tacro_theta *theta = &set->theta[number->index];
        snprintf(text, size, "%s%s (%s)", of, theta->name,
                 tacro_paramset_doc(set, theta));
        break;
    }
    case TACRO_UNCERTAIN_COEFFICIENT: {
        const struct tacro_relation *r = &set->relation[number->index];
        const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
        const bool is_pk = drawn->set == 0;
        char level[32];
        snprintf(text, size, "%seffect of %s%s%s%s%s", of, info->name,
                 r->is_level ? " " : "",
                 r->is_level ? tacro_relation_level(r, level, sizeof level) : "",
                 is_pk ? " on " : "", is_pk ? set->theta[r->theta].name : "");
        if (is_pk && r->has_days) {
            add_days(r, text, size);
        }
        break;
    }
    case TACRO_UNCERTAIN_OMEGA:
        snprintf(text, size, "%sspread of %s between patients", of,
                 set->theta[number->theta].name);
        break;
    case TACRO_UNCERTAIN_KAPPA:
        snprintf(text, size, "%sspread of %s between occasions", of,
                 set->theta[number->theta].name);
        break;
    case TACRO_UNCERTAIN_WANDER:
        snprintf(text, size, "%sspread of %s between days", of,
                 set->theta[number->theta].name);
        break;
    case TACRO_UNCERTAIN_RHYTHM:
        snprintf(text, size, "%samplitude of the rhythm of %s", of,
                 set->theta[number->theta].name);
        break;
    case TACRO_UNCERTAIN_AFTER:
        snprintf(text, size, "%s", tacro_after_doc((enum tacro_after_id)number->index));
        break;
    case TACRO_UNCERTAIN_INCIDENCE:
        snprintf(text, size, "incidence of the anchor");
        break;
    }
}

/* As the scenario gives it; else the first reference population that has it. */
static const struct tacro_covariate *covariate_of(const struct tacro_input *input,
                                                  enum tacro_covariate_id id)
{
    const struct tacro_covariate *c = &input->covariate[id];
    bool is_given = c->distribution != TACRO_ABSENT && c->distribution != TACRO_UNKNOWN;
    for (size_t k = 0; k < input->nrisks && !is_given; k++) {
        if (input->risk[k]->reference[id].distribution != TACRO_ABSENT) {
            c = &input->risk[k]->reference[id];
            is_given = true;
        }
    }
    return c;
}

/* The one value that all patients have at all times; false: there is none. */
static bool constant_value(const struct tacro_input *input, enum tacro_covariate_id id,
                           double *x)
{
    const struct tacro_covariate *c = NULL;
    if (id >= TACRO_NCOVARIATES || input->is_set_by_regimens[id]) {
        return false;
    }
    c = covariate_of(input, id);
    if (c->distribution == TACRO_BERNOULLI && c->probability == 0.0) {
        *x = 0.0;
        return true;
    }
    if (c->distribution != TACRO_STEPS || c->n != 1) {
        return false;
    }
    *x = c->step[0].value;
    return true;
}

bool tacro_driver_acts(const struct tacro_input *input, const struct tacro_drawn *drawn)
{
    const struct tacro_paramset *set = set_of(input, drawn);
    const struct tacro_uncertain *number = uncertain_of(set, drawn->name);
    double x = 0.0;
    if (number == NULL || number->kind != TACRO_UNCERTAIN_COEFFICIENT) {
        return true;
    }
    const struct tacro_relation *r = &set->relation[number->index];
    if (!constant_value(input, r->covariate, &x)) {
        return true;
    }
    x = r->is_level || r->is_indicator ? (tacro_relation_is_set(r, x) ? 1.0 : 0.0)
                                       : fmin(fmax(x, r->clip_min), r->clip_max);
    return r->kind == TACRO_RELATION_EMAX ? x != 0.0 : x != r->ref;
}
