#include "input/derived.h"

#include "core/lanemath.h"

#include <math.h>

/* kg, cm, and sex as the patient key has it. */
static double fat_free_mass(double weight, double height, double sex)
{
    const double bmi = weight / (height * height * 1e-4);
    return sex == 0.0 ? 9270.0 * weight / (6680.0 + 216.0 * bmi)
                      : 9270.0 * weight / (8780.0 + 244.0 * bmi);
}

static double lean_body_mass(double weight, double height, double sex)
{
    const double ratio = weight / height;
    return sex == 0.0 ? 1.10 * weight - 128.0 * ratio * ratio
                      : 1.07 * weight - 148.0 * ratio * ratio;
}

static double surface(double weight, double height)
{
    return 0.007184 * tacro_exp(0.725 * tacro_log(height) + 0.425 * tacro_log(weight));
}

size_t tacro_derived_sources(enum tacro_covariate_id id,
                             enum tacro_covariate_id *source)
{
    size_t n = 0;
    switch ((unsigned)id) {
    case TACRO_COV_ffm:
    case TACRO_COV_lbm:
    case TACRO_COV_bmi:
    case TACRO_COV_bsa:
        source[n++] = TACRO_COV_weight;
        source[n++] = TACRO_COV_height;
        if (id == TACRO_COV_ffm || id == TACRO_COV_lbm) {
            source[n++] = TACRO_COV_sex;
        }
        break;
    case TACRO_COV_azole:
        source[n++] = TACRO_COV_voriconazole;
        source[n++] = TACRO_COV_posaconazole;
        source[n++] = TACRO_COV_itraconazole;
        break;
    case TACRO_COV_cyp3a5_carriers:
        source[n++] = TACRO_COV_cyp3a5_expresser;
        source[n++] = TACRO_COV_donor_cyp3a5_expresser;
        break;
    default:
        break;
    }
    return n;
}

bool tacro_input_gives(const struct tacro_input *input, enum tacro_covariate_id id)
{
    const enum tacro_distribution given = input->covariate[id].distribution;
    return given != TACRO_ABSENT && given != TACRO_UNKNOWN;
}

static bool follows_alleles(const struct tacro_input *input)
{
    return input->covariate[TACRO_COV_cyp3a5_expresser].distribution == TACRO_ABSENT &&
           tacro_input_gives(input, TACRO_COV_cyp3a5_alleles);
}

size_t tacro_input_sources(const struct tacro_input *input, enum tacro_covariate_id id,
                           enum tacro_covariate_id *source)
{
    const size_t n = tacro_derived_sources(id, source);
    if (id == TACRO_COV_cyp3a5_expresser && follows_alleles(input)) {
        source[0] = TACRO_COV_cyp3a5_alleles;
        return 1;
    }
    if (id == TACRO_COV_cyp3a5_carriers && follows_alleles(input)) {
        source[0] = TACRO_COV_cyp3a5_alleles;
    }
    return n;
}

static double value_of(enum tacro_covariate_id id, const double *x)
{
    switch ((unsigned)id) {
    case TACRO_COV_ffm:
        return fat_free_mass(x[0], x[1], x[2]);
    case TACRO_COV_lbm:
        return lean_body_mass(x[0], x[1], x[2]);
    case TACRO_COV_bmi:
        return x[0] / (x[1] * x[1] * 1e-4);
    case TACRO_COV_bsa:
        return surface(x[0], x[1]);
    case TACRO_COV_azole:
        return x[0] != 0.0 || x[1] != 0.0 || x[2] != 0.0 ? 1.0 : 0.0;
    case TACRO_COV_cyp3a5_carriers:
        return (x[0] >= 1.0 ? 1.0 : 0.0) + (x[1] >= 1.0 ? 1.0 : 0.0);
    default: /* cyp3a5_expresser, from the alleles */
        return x[0] >= 1.0 ? 1.0 : 0.0;
    }
}

double tacro_derived_value(enum tacro_covariate_id id, const double *x)
{
    const struct tacro_quantity *q = &tacro_covariate_info(id)->quantity;
    return fmin(fmax(value_of(id, x), q->hard_min), q->hard_max);
}

/* Whether doses come by more than one route, or the patients say by which. */
static bool has_routes(const struct tacro_input *input)
{
    return tacro_input_gives(input, TACRO_COV_intravenous) ||
           input->is_set_by_regimens[TACRO_COV_intravenous];
}

bool tacro_relation_is_used(const struct tacro_input *input,
                            const struct tacro_relation *relation)
{
    return !relation->has_route || relation->route == 0.0 || has_routes(input);
}

bool tacro_relation_reads(const struct tacro_input *input,
                          const struct tacro_relation *relation,
                          enum tacro_covariate_id id)
{
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(input, relation->covariate, source);
    bool reads =
        relation->covariate == id ||
        (relation->has_route && id == TACRO_COV_intravenous && has_routes(input));
    for (size_t i = 0; i < n; i++) {
        reads = reads || source[i] == id;
    }
    return reads;
}

bool tacro_paramset_reads(const struct tacro_input *input,
                          const struct tacro_paramset *set, enum tacro_covariate_id id)
{
    bool reads = false;
    for (size_t i = 0; i < set->nrelations; i++) {
        reads = reads || tacro_relation_reads(input, &set->relation[i], id);
    }
    return reads;
}

bool tacro_covariate_is_of_regimens(enum tacro_covariate_id id)
{
    return id == TACRO_COV_intravenous || id == TACRO_COV_first_day ||
           id == TACRO_COV_modified_release;
}
