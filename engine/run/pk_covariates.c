#include "run/pk_covariates.h"

#include <stdio.h>
#include <string.h>

#include "input/derived.h"
#include "input/patients.h"

static void append(char *text, const char *name)
{
    const size_t n = strlen(text);
    snprintf(text + n, TACRO_NAMES_TEXT - n, "%s%s", n == 0 ? "" : ", ", name);
}

/* A window of days is an effect of the day, whatever covariate acts in it. */
static bool is_by_day(const struct tacro_paramset *pk)
{
    bool is = false;
    for (size_t i = 0; i < pk->nrelations; i++) {
        is = is || pk->relation[i].covariate == TACRO_COV_POD ||
             pk->relation[i].has_days;
    }
    return is;
}

static bool acts(const struct tacro_input *input, size_t m, enum tacro_covariate_id id)
{
    const struct tacro_paramset *pk = input->model[m].pk;
    return id == TACRO_COV_POD ? is_by_day(pk) : tacro_paramset_reads(input, pk, id);
}

static bool is_given(const struct tacro_input *input, enum tacro_covariate_id id)
{
    const enum tacro_distribution distribution = input->covariate[id].distribution;
    return distribution != TACRO_ABSENT && distribution != TACRO_UNKNOWN &&
           !tacro_covariate_is_of_regimens(id) &&
           (!tacro_covariate_info(id)->is_inhibitor ||
            tacro_patients_ever_have(input, id));
}

static void add(const struct tacro_input *input, size_t m, enum tacro_covariate_id id,
                const char *name, struct tacro_pk_summary *out)
{
    bool is_any = false;
    for (size_t k = 0; k < input->npks; k++) {
        is_any = is_any || acts(input, k, id);
    }
    if (is_any) {
        append(acts(input, m, id) ? out->acting : out->ignored, name);
    }
}

void tacro_pk_covariates(const struct tacro_input *input, size_t m,
                         struct tacro_pk_summary *out)
{
    for (unsigned i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (is_given(input, id)) {
            add(input, m, id, tacro_covariate_info(id)->name, out);
        }
    }
    add(input, m, TACRO_COV_POD, "the day", out);
}
