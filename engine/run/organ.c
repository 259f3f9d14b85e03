#include "run/organ.h"

#include <string.h>

const char *tacro_organ(const struct tacro_input *input)
{
    const struct tacro_covariate *organ = &input->covariate[TACRO_COV_organ];
    if (organ->distribution != TACRO_STEPS || organ->n != 1 ||
        input->is_set_by_regimens[TACRO_COV_organ]) {
        return NULL;
    }
    return tacro_covariate_info(TACRO_COV_organ)->level[(size_t)organ->step[0].value];
}

bool tacro_organ_is_other(const struct tacro_input *input)
{
    const char *organ = tacro_organ(input);
    return organ != NULL && strcmp(organ, "lung") != 0;
}

const char *tacro_organ_changes(const struct tacro_paramset *risk)
{
    for (size_t i = 0; i < risk->nrelations; i++) {
        const struct tacro_relation *r = &risk->relation[i];
        if (r->covariate == TACRO_COV_organ) {
            return tacro_paramset_doc(risk, &risk->theta[r->theta]);
        }
    }
    return NULL;
}

bool tacro_organ_is_one(const struct tacro_input *input)
{
    bool is_one = true;
    for (size_t k = 0; k < input->nrisks; k++) {
        is_one = is_one && tacro_organ_changes(input->risk[k]) != NULL;
    }
    return is_one || !tacro_organ_is_other(input);
}
