#include "solve/parameters.h"

#include <stdlib.h>

struct tacro_parameters {
    const struct tacro_rules *rules;
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    const int *rule_coef;
    double (*coef)[TACRO_LANES];
    double f1[TACRO_LANES];
    const struct tacro_subject *subject[TACRO_LANES];
    bool is_begun; /* what never changes stands in coef */
};

enum tacro_status tacro_parameters_create(const struct tacro_rules *rules,
                                          const struct tacro_system *system,
                                          const struct tacro_kernels *kernels,
                                          const int *coef,
                                          struct tacro_parameters **out,
                                          struct tacro_error *err)
{
    struct tacro_parameters *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL ||
        (p->coef = aligned_alloc(64, system->ncoefs * sizeof *p->coef)) == NULL) {
        free(p);
        return tacro_fail(err, TACRO_ENOMEM, "%zu parameters", system->ncoefs);
    }
    p->rules = rules;
    p->system = system;
    p->kernels = kernels;
    p->rule_coef = coef;
    *out = p;
    return TACRO_OK;
}

void tacro_parameters_free(struct tacro_parameters *parameters)
{
    if (parameters != NULL) {
        free(parameters->coef);
        free(parameters);
    }
}

void tacro_parameters_begin(struct tacro_parameters *parameters,
                            const struct tacro_subject *const *subject)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        parameters->subject[l] = subject[l];
        parameters->f1[l] = 1.0;
    }
    parameters->is_begun = false;
}

void tacro_parameters_at(struct tacro_parameters *parameters, const double *t,
                         const int32_t *slot)
{
    const struct tacro_rules *rules = parameters->rules;
    for (size_t i = 0; i < rules->n; i++) {
        const int coef = parameters->rule_coef[i];
        double *row = coef != TACRO_NONE ? parameters->coef[coef] : parameters->f1;
        const bool is_used = coef != TACRO_NONE || i == rules->f1;
        const bool is_needed = !parameters->is_begun || rules->rule[i].is_dynamic;
        for (size_t l = 0; is_used && is_needed && l < TACRO_LANES; l++) {
            row[l] =
                tacro_subject_value(rules, i, parameters->subject[l], t[l], slot[l]);
        }
    }
    parameters->is_begun = true;
    parameters->kernels->rates(parameters->system, parameters->coef);
}

double (*tacro_parameters_coef(struct tacro_parameters *parameters))[TACRO_LANES]
{
    return parameters->coef;
}

const double *tacro_parameters_f1(const struct tacro_parameters *parameters)
{
    return parameters->f1;
}
