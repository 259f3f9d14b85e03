#include "run/arm_covariates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for a covariate of n steps at most; NULL when memory is out. */
static struct tacro_arm_covariate *add(struct tacro_arm_covariates *out,
                                       enum tacro_covariate_id id, size_t n)
{
    struct tacro_arm_covariate *item = &out->item[out->n];
    *item = (struct tacro_arm_covariate){.id = id};
    item->step = calloc(n, sizeof *item->step);
    if (item->step == NULL) {
        return NULL;
    }
    out->n++;
    return item;
}

/* From a time on a level, before it what the patients have. */
static bool add_induction(const struct tacro_input *input,
                          const struct tacro_cover *cover,
                          struct tacro_arm_covariates *out)
{
    const struct tacro_covariate *given = &input->covariate[TACRO_COV_induction];
    struct tacro_arm_covariate *item = add(out, TACRO_COV_induction, given->n + 2);
    if (item == NULL) {
        return false;
    }
    if (cover->from > 0.0 && given->distribution != TACRO_STEPS) {
        item->step[item->n++] = (struct tacro_covariate_step){0.0, NAN};
    }
    for (size_t i = 0; given->distribution == TACRO_STEPS && i < given->n; i++) {
        if (given->step[i].from < cover->from - TACRO_SAME_TIME) {
            item->step[item->n++] = given->step[i];
        }
    }
    item->step[item->n++] = (struct tacro_covariate_step){cover->from, cover->level};
    return true;
}

/* 1 from a dose into a vein on, 0 from one by mouth on. */
static bool add_intravenous(const struct tacro_doses *doses,
                            struct tacro_arm_covariates *out)
{
    const char *iv = tacro_paramset_route(NULL, TACRO_PORT_IV);
    struct tacro_arm_covariate *item = NULL;
    double value = 0.0;
    for (size_t i = 0; i < doses->n; i++) {
        const double is_iv = strcmp(doses->dose[i].route, iv) == 0 ? 1.0 : 0.0;
        const double time = doses->dose[i].time;
        if (is_iv == value) {
            continue;
        }
        if (item == NULL) {
            item = add(out, TACRO_COV_intravenous, doses->n + 1);
            if (item == NULL) {
                return false;
            }
            item->step[item->n++] = (struct tacro_covariate_step){0.0, 0.0};
        }
        item->n -= time <= TACRO_SAME_TIME ? 1 : 0;
        item->step[item->n++] = (struct tacro_covariate_step){time, is_iv};
        value = is_iv;
    }
    return true;
}

enum tacro_status tacro_arm_covariates_create(const struct tacro_input *input,
                                              const struct tacro_regimen *regimen,
                                              const struct tacro_doses *doses,
                                              struct tacro_arm_covariates *out,
                                              struct tacro_error *err)
{
    bool ok = true;
    *out = (struct tacro_arm_covariates){.n = 0};
    if (regimen->induction.is_given) {
        ok = add_induction(input, &regimen->induction, out);
    }
    if (input->is_set_by_regimens[TACRO_COV_intravenous]) {
        ok = ok && add_intravenous(doses, out);
    }
    if (!ok) {
        tacro_arm_covariates_free(out);
        return tacro_fail(err, TACRO_ENOMEM, "covariates of regimen %s",
                          regimen->label);
    }
    return TACRO_OK;
}

void tacro_arm_covariates_free(struct tacro_arm_covariates *covariates)
{
    for (size_t i = 0; i < covariates->n; i++) {
        free(covariates->item[i].step);
    }
    *covariates = (struct tacro_arm_covariates){.n = 0};
}

struct tacro_input
tacro_arm_covariates_input(const struct tacro_input *input,
                           const struct tacro_arm_covariates *covariates)
{
    struct tacro_input own = *input;
    for (size_t i = 0; i < covariates->n; i++) {
        const struct tacro_arm_covariate *item = &covariates->item[i];
        own.covariate[item->id] = (struct tacro_covariate){
            .distribution = TACRO_STEPS, .n = item->n, .step = item->step};
    }
    return own;
}
