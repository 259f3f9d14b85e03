/** Params files: the shipped ones reproduce their numbers; defaults. */
#include "input/paramset.h"

#include "models/registry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/folder.h"

#define PARAMS TACRO_SOURCE_DIR "/params"

/* -- the shipped files ------------------------------------------------------------- */

static struct tacro_paramset *read_good(const char *path, enum tacro_set_kind kind)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_paramset *set = NULL;
    const enum tacro_status st = tacro_paramset_read(path, kind, &notes, &set, &err);
    if (st != TACRO_OK || notes.n > 0) {
        fail_msg("%s: %s; %s", path, err.text, notes.n > 0 ? notes.note[0].text : "");
    }
    tacro_notes_free(&notes);
    return set;
}

static double theta_value(const struct tacro_paramset *set, const char *name)
{
    const size_t i = tacro_paramset_theta(set, name);
    assert_true(i < set->nthetas);
    return set->theta[i].value;
}

static const struct tacro_effect *effect_on(const struct tacro_paramset *set,
                                            const char *name)
{
    for (size_t i = 0; i < set->neffects; i++) {
        if (set->effect[i].theta == tacro_paramset_theta(set, name)) {
            return &set->effect[i];
        }
    }
    return NULL;
}

/** Equal to the digits printed: `half` is half a unit of the last one. */
static void expect_printed(double value, double printed, double half)
{
    if (!(fabs(value - printed) <= half)) {
        fail_msg("%.10g, printed %.10g", value, printed);
    }
}

static void test_paramset_sikma_reproduces_the_published_numbers(void **state)
{
    static const struct {
        const char *name;
        double value;
        const char *unit;
        enum tacro_mark mark;
    } thetas[] = {
        {"CL", 20.9, "L/h", TACRO_MARK_T},
        {"V1", 220.0, "L", TACRO_MARK_T},
        {"Q", 72.0, "L/h", TACRO_MARK_T},
        {"V2", 469.0, "L", TACRO_MARK_T},
        {"KA", 0.579, "1/h", TACRO_MARK_T},
        {"F1", 1.0, "1", TACRO_MARK_T},
        {"BMAX", 2700, "ng/mL", TACRO_MARK_T},
        {"KD", 0.142, "ng/mL", TACRO_MARK_T},
        {"NPLASMA", 137.0, "1", TACRO_MARK_T},
        {"HCT", 0.28, "1", TACRO_MARK_T},
        /* doses that the study did not give */
        {"FABS", 0.23, "1", TACRO_MARK_ASSUMED},
        {"KTR_XR", 3.76, "1/h", TACRO_MARK_ASSUMED},
        {"FREL_XR", 1.0, "1", TACRO_MARK_ASSUMED},
        {"KA_LCP", 0.111, "1/h", TACRO_MARK_ASSUMED},
        {"ALAG1_LCP", 1.4, "h", TACRO_MARK_ASSUMED},
        {"FREL_LCP", 1.34, "1", TACRO_MARK_ASSUMED},
    };
    static const char *const parts[] = {"first_order", "erlang_4", "first_order",
                                        "2cmt", "rbc"};
    (void)state;
    struct tacro_paramset *set =
        read_good(PARAMS "/pk/sikma2020_thoracic_icu.yaml", TACRO_SET_PK);
    assert_string_equal(set->name, "sikma2020_thoracic_icu");
    assert_int_equal(set->nthetas, sizeof thetas / sizeof thetas[0]);
    for (size_t i = 0; i < set->nthetas; i++) {
        const size_t k = tacro_paramset_theta(set, thetas[i].name);
        assert_true(k < set->nthetas);
        assert_true(set->theta[k].value == thetas[i].value);
        assert_string_equal(set->theta[k].unit, thetas[i].unit);
        assert_int_equal(set->theta[k].mark, thetas[i].mark);
        assert_true(strlen(set->theta[k].from) > 0);
    }
    assert_int_equal(set->nparts, sizeof parts / sizeof parts[0]);
    for (size_t i = 0; i < set->nparts; i++) {
        assert_string_equal(tacro_parts_at(set->part[i])->name, parts[i]);
    }
    assert_int_equal(set->nformulations, 2);
    assert_string_equal(set->formulation[0].name, "XR");
    assert_int_equal(set->formulation[0].part, 1);
    assert_string_equal(set->formulation[1].name, "LCP");
    assert_int_equal(set->formulation[1].part, 2);
    assert_int_equal(set->theta[tacro_paramset_theta(set, "KA")].part, 0);
    assert_int_equal(set->theta[tacro_paramset_theta(set, "KA_LCP")].part, 2);
    assert_int_equal(set->theta[tacro_paramset_theta(set, "F1")].part, set->nparts);
    const struct tacro_theta *q = &set->theta[tacro_paramset_theta(set, "Q")];
    assert_int_equal(q->part, 3);
    assert_string_equal(tacro_parts_at(set->part[q->part])->params[q->param].name, "Q");
    assert_string_equal(q->text, "72.0 L/h");
    assert_true(set->occasion == 12.0);
    assert_true(set->first_day == 0.0 && set->last_day == 6.0);
    expect_printed(set->trough_to_mean, 6.221 / (95.694 / 12.0), 5e-5);
    assert_non_null(
        strstr(set->source, "Sikma et al. 2020, doi 10.1007/s40262-019-00854-1"));
    assert_null(set->outcome);
    tacro_paramset_free(set);
}

static void test_paramset_sikma_variances_match_the_oracle(void **state)
{
    static const char *const ten[] = {"V1", "Q", "V2", "KA", "F1"};
    (void)state;
    struct tacro_paramset *set =
        read_good(PARAMS "/pk/sikma2020_thoracic_icu.yaml", TACRO_SET_PK);
    const struct tacro_effect *cl = effect_on(set, "CL");
    const struct tacro_effect *ka = effect_on(set, "KA");
    const struct tacro_effect *f1 = effect_on(set, "F1");
    assert_int_equal(set->neffects, 10);
    expect_printed(cl->omega * cl->omega, 0.1632, 5e-5);
    assert_true(cl->kappa == 0.0);
    assert_string_equal(cl->omega_text, "42.1 %");
    expect_printed(ka->kappa * ka->kappa, 0.6761, 5e-5);
    expect_printed(f1->kappa * f1->kappa, 0.3524, 5e-5);
    assert_string_equal(f1->kappa_text, "65 %");
    assert_int_equal(f1->kappa_mark, TACRO_MARK_T);
    for (size_t i = 0; i < 5; i++) {
        const struct tacro_effect *e = effect_on(set, ten[i]);
        expect_printed(e->omega * e->omega, 0.00995, 5e-6);
        assert_false(e->has_mean_one);
    }
    /* ln(1 + 0.6723^2) */
    expect_printed(pow(effect_on(set, "KA_LCP")->omega, 2), 0.3729, 5e-5);
    assert_int_equal(effect_on(set, "KA_LCP")->omega_mark, TACRO_MARK_ASSUMED);
    expect_printed(pow(effect_on(set, "BMAX")->omega, 2), 0.0704, 5e-5);
    expect_printed(pow(effect_on(set, "KD")->omega, 2), 0.0009, 5e-5);
    expect_printed(pow(effect_on(set, "NPLASMA")->omega, 2), 0.0808, 6e-5);
    assert_int_equal(set->nrelations, 1);
    assert_int_equal(set->relation[0].kind, TACRO_RELATION_VALUE);
    assert_int_equal(set->relation[0].covariate, TACRO_COV_hematocrit);
    assert_int_equal(set->relation[0].theta, tacro_paramset_theta(set, "HCT"));
    tacro_paramset_free(set);
}

static const struct tacro_relation *relation_of(const struct tacro_paramset *set,
                                                enum tacro_covariate_id id)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        if (set->relation[i].covariate == id) {
            return &set->relation[i];
        }
    }
    fail_msg("no relation of %s", tacro_covariate_info(id)->name);
    return NULL;
}

static void test_paramset_pres_has_the_point_values(void **state)
{
    static const struct {
        enum tacro_covariate_id id;
        double coefficient;
    } effects[] = {{TACRO_COV_age, -0.05},
                   {TACRO_COV_sex, 0.60},
                   {TACRO_COV_map, 0.035},
                   {TACRO_COV_aki, 0.60},
                   {TACRO_COV_infection, 0.70},
                   {TACRO_COV_hypomagnesemia, 0.40},
                   {TACRO_COV_cystic_fibrosis, 0.90},
                   {TACRO_COV_connective_tissue_disease, 0.40},
                   {TACRO_COV_steroid_pulse, 0.0},
                   {TACRO_COV_ecmo, 0.0}};
    const size_t nothers = 4; /* three organs, the route */
    (void)state;
    struct tacro_paramset *set =
        read_good(PARAMS "/risk/pres_lung.yaml", TACRO_SET_RISK);
    const double ln2 = log(2.0);
    expect_printed(theta_value(set, "KE0"), ln2 / 6.0, 1e-16);
    expect_printed(theta_value(set, "KE"), ln2 / 12.0, 1e-16);
    assert_true(theta_value(set, "G") == 1.8 && theta_value(set, "EC50") == 30.0);
    assert_true(theta_value(set, "CREF") == 15.0 && theta_value(set, "M_ORG") == 1.0);
    assert_true(theta_value(set, "H0") == 1.6e-4 / 24.0);
    assert_true(theta_value(set, "TAUP") == 14.0 * 24.0);
    assert_true(theta_value(set, "WP") == 0.012);
    assert_string_equal(set->theta[tacro_paramset_theta(set, "KE0")].text,
                        "half-life 6 h");
    assert_int_equal(set->theta[tacro_paramset_theta(set, "KE0")].mark,
                     TACRO_MARK_ASSUMED);
    assert_int_equal(set->neffects, 1);
    assert_true(effect_on(set, "H0")->omega == 0.7 &&
                effect_on(set, "H0")->has_mean_one);
    assert_string_equal(effect_on(set, "H0")->omega_text, "log sd 0.7");
    assert_int_equal(set->nrelations, sizeof effects / sizeof effects[0] + nothers);
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        const struct tacro_relation *r = relation_of(set, effects[i].id);
        assert_true(r->coefficient == effects[i].coefficient);
        assert_int_equal(r->theta, tacro_paramset_theta(set, "H0"));
        assert_int_equal(r->kind, TACRO_RELATION_EXPONENTIAL);
        assert_true(set->reference[effects[i].id].distribution >= TACRO_NORMAL);
    }
    assert_int_equal(set->reference[TACRO_COV_organ].distribution, TACRO_STEPS);
    const struct tacro_relation *organ = relation_of(set, TACRO_COV_organ);
    assert_string_equal(set->theta[organ->theta].name, "M_ORG");
    test_check_close("any", organ[0].coefficient, log(0.36), 1e-15);
    test_check_close("liver", organ[1].coefficient, log(0.72), 1e-15);
    test_check_close("heart", organ[2].coefficient, log(2.0), 1e-15);
    assert_true(organ[0].level == 1.0 && organ[1].level == 2.0 &&
                organ[2].level == 3.0);
    assert_true(relation_of(set, TACRO_COV_intravenous)->coefficient == 0.0);
    const struct tacro_relation *age = relation_of(set, TACRO_COV_age);
    assert_true(age->ref == 50.0 && age->clip_min == 18.0 && age->clip_max == 72.0);
    const struct tacro_relation *map = relation_of(set, TACRO_COV_map);
    assert_true(map->ref == 95.0 && map->clip_min == 95.0 && map->clip_max == 155.0);
    const struct tacro_relation *sex = relation_of(set, TACRO_COV_sex);
    assert_true(sex->is_indicator && sex->at_least == 1.0 && sex->ref == 0.0);
    assert_int_equal(set->reference[TACRO_COV_age].distribution, TACRO_CLIPPED);
    assert_true(set->reference[TACRO_COV_aki].probability == 0.46);
    assert_true(set->reference[TACRO_COV_cystic_fibrosis].below_age == 45.0);
    assert_string_equal(set->outcome, "pres");
    assert_string_equal(set->endpoint,
                        "new PRES in a comparable patient who has not had it");
    assert_true(isnan(set->trough_to_mean) && set->occasion == 12.0);
    tacro_paramset_free(set);
}

static void test_paramset_rejection_has_the_point_values(void **state)
{
    (void)state;
    struct tacro_paramset *set =
        read_good(PARAMS "/risk/rejection_lung.yaml", TACRO_SET_RISK);
    expect_printed(theta_value(set, "KI"), log(2.0) / 48.0, 1e-16);
    assert_true(theta_value(set, "IMAX") == 0.80 && theta_value(set, "IC50") == 4.10);
    assert_true(theta_value(set, "GR") == 3.0 && theta_value(set, "C0REF") == 12.0);
    assert_true(theta_value(set, "LAM") == 0.032 / 24.0);
    assert_true(theta_value(set, "TON") == 144.0 && theta_value(set, "TAUR") == 312.0);
    assert_true(theta_value(set, "WR") == 0.006 && theta_value(set, "B") == 1.0);
    const struct tacro_theta *phi = &set->theta[tacro_paramset_theta(set, "PHI")];
    assert_true(phi->is_trough_to_mean && isnan(phi->value));
    assert_true(effect_on(set, "LAM")->omega == 0.5);
    const struct tacro_relation *hla = relation_of(set, TACRO_COV_hla_mismatches);
    assert_true(hla->is_indicator && hla->at_least == 4.0);
    assert_true(hla->coefficient == 0.72 && hla->ref == 0.75);
    const struct tacro_relation *both = relation_of(set, TACRO_COV_bilateral);
    assert_true(!both->is_indicator && both->coefficient == -0.56 && both->ref == 0.75);
    const struct tacro_relation *cover = relation_of(set, TACRO_COV_induction);
    assert_string_equal(set->theta[cover->theta].name, "B");
    assert_true(cover->is_level && cover->level == 1.0 && cover->replaces);
    test_check_close("basiliximab", cover->coefficient, log(0.7), 1e-15);
    assert_true(set->reference[TACRO_COV_hla_mismatches].value == 4.0);
    assert_true(set->reference[TACRO_COV_hla_mismatches].probability == 0.75);
    assert_string_equal(set->outcome, "rejection");
    assert_string_equal(set->endpoint, "at least one treated acute rejection");
    assert_int_equal(tacro_paramset_theta(set, "CL"), set->nthetas);
    assert_string_equal(tacro_mark_name(TACRO_MARK_UNVERIFIED), "UNVERIFIED");
    tacro_paramset_free(set);
}

/* -- what a file may leave out or choose ------------------------------------------- */

static const char small_pk[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\n"
    "source: {author: A, year: 2020, doi: 10.1, table: t, read: r}\n"
    "parts: [first_order, 2cmt]\n"
    "occasion: 24 h\n"
    "trough_to_mean: {value: 0.78, mark: C, from: f}\n"
    "theta:\n"
    "  F1: {value: 0.5, mark: P, from: f}\n"
    "  KA: {half_life: 1 h, mark: P, from: f}\n"
    "  CL: {value: 480 L/d, mark: UNVERIFIED, from: f}\n"
    "  V1: {value: 220 L, mark: P, from: f}\n"
    "  Q: {value: 72 L/h, mark: P, from: f}\n"
    "  V2: {value: 470 L, mark: P, from: f}\n"
    "omega: {V1: {log_sd: 0.3, mean_one: true, mark: P, from: f}}\n"
    "covariates:\n"
    "  - {parameter: CL, covariate: weight, kind: exponential, at_least: 70 kg, "
    "coefficient: 0.2, mark: P, from: f}\n";

static const char small_risk[] = "name: x\nkind: risk\ntitle: t\npopulation: p\n"
                                 "source: {author: A}\nparts: [rejection]\n"
                                 "outcome: rejection\nendpoint: e\ntheta:\n"
                                 "  KI: {half_life: 48 h, mark: P, from: f}\n"
                                 "  PHI: {value: 0.7, mark: C, from: f}\n"
                                 "  IMAX: {value: 0.8, mark: P, from: f}\n"
                                 "  IC50: {value: 4 ng/mL, mark: P, from: f}\n"
                                 "  GR: {value: 3, mark: P, from: f}\n"
                                 "  C0REF: {value: 12 ng/mL, mark: P, from: f}\n"
                                 "  LAM: {value: 0.03 1/d, mark: P, from: f}\n"
                                 "  TON: {value: 6 d, mark: P, from: f}\n"
                                 "  TAUR: {value: 13 d, mark: P, from: f}\n"
                                 "  WR: {value: 0, mark: P, from: f}\n"
                                 "  B: {value: 1, mark: P, from: f}\n";

static const char *const path = test_path;

static void write_text(const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_paramset_short_pk_file_has_defaults(void **state)
{
    (void)state;
    write_text(small_pk);
    struct tacro_paramset *set = read_good(path, TACRO_SET_PK);
    assert_true(isnan(set->first_day) && isnan(set->last_day));
    assert_true(set->occasion == 24.0 && set->trough_to_mean == 0.78);
    assert_string_equal(set->source, "A 2020, doi 10.1, t; read in r");
    assert_true(effect_on(set, "V1")->has_mean_one);
    assert_null(effect_on(set, "V1")->kappa_text);
    assert_null(effect_on(set, "CL"));
    assert_true(theta_value(set, "CL") == 20.0);
    assert_true(fabs(theta_value(set, "KA") - log(2.0)) < 1e-15);
    assert_true(relation_of(set, TACRO_COV_weight)->at_least == 70.0);
    assert_true(isinf(relation_of(set, TACRO_COV_weight)->clip_max));
    tacro_paramset_free(set);
}

static void test_paramset_powers_and_factors_are_on_the_log_scale(void **state)
{
    static const struct {
        const char *text;
        struct tacro_relation want;
    } row[] = {
        {"covariate: pod, kind: power, exponent: 0.5, ref: 2, clip: 1-9",
         {.covariate = TACRO_COV_POD,
          .kind = TACRO_RELATION_POWER,
          .coefficient = 0.5,
          .ref = 2.0,
          .clip_min = 1.0,
          .clip_max = 9.0}},
        {"covariate: crp, kind: power, exponent: -0.1, ref: 5 mg/L, clip: 1-99 mg/L, "
         "ci: -0.2--0.05",
         {.covariate = TACRO_COV_crp,
          .kind = TACRO_RELATION_POWER,
          .coefficient = -0.1,
          .ref = 5.0,
          .clip_min = 1.0,
          .clip_max = 99.0}},
        {"covariate: ecmo, kind: factor, factor: 0.5, days: {to: 3}, delay: 1 d",
         {.covariate = TACRO_COV_ecmo,
          .kind = TACRO_RELATION_FACTOR,
          .coefficient = -0.69314718055994531,
          .clip_min = -INFINITY,
          .clip_max = INFINITY,
          .has_days = true,
          .first_pod = 1.0,
          .last_pod = 3.0,
          .onset = 24.0,
          .offset = 24.0}},
        {"covariate: sex, kind: factor, at_least: female, factor: 200 %, days: {from: "
         "4}",
         {.covariate = TACRO_COV_sex,
          .kind = TACRO_RELATION_FACTOR,
          .coefficient = 0.69314718055994531,
          .clip_min = -INFINITY,
          .clip_max = INFINITY,
          .is_indicator = true,
          .at_least = 1.0,
          .has_days = true,
          .first_pod = 4.0,
          .last_pod = INFINITY}},
        {"covariate: ecmo, kind: exponential, coefficient: 1, delay: 30 min",
         {.covariate = TACRO_COV_ecmo,
          .kind = TACRO_RELATION_EXPONENTIAL,
          .coefficient = 1.0,
          .clip_min = -INFINITY,
          .clip_max = INFINITY,
          .onset = 0.5,
          .offset = 0.5}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[sizeof small_pk + 256];
        const struct tacro_relation *want = &row[i].want;
        snprintf(text, sizeof text, "%s  - {parameter: V1, %s, mark: P, from: f}\n",
                 small_pk, row[i].text);
        write_text(text);
        struct tacro_paramset *set = read_good(path, TACRO_SET_PK);
        const struct tacro_relation *r = &set->relation[1];
        assert_int_equal(set->nrelations, 2);
        assert_string_equal(set->theta[r->theta].name, "V1");
        assert_int_equal(r->covariate, want->covariate);
        assert_int_equal(r->kind, want->kind);
        assert_true(r->coefficient == want->coefficient && r->ref == want->ref);
        assert_true(r->clip_min == want->clip_min && r->clip_max == want->clip_max);
        assert_true(r->is_indicator == want->is_indicator &&
                    r->at_least == want->at_least);
        assert_true(r->has_days == want->has_days && r->onset == want->onset &&
                    r->offset == want->offset);
        assert_true(r->first_pod == want->first_pod && r->last_pod == want->last_pod);
        tacro_paramset_free(set);
    }
}

static void test_paramset_short_risk_file_may_have_zero_and_no_covariates(void **state)
{
    (void)state;
    write_text(small_risk);
    struct tacro_paramset *set = read_good(path, TACRO_SET_RISK);
    assert_true(theta_value(set, "WR") == 0.0);
    assert_true(theta_value(set, "PHI") == 0.7);
    assert_string_equal(set->source, "A");
    assert_int_equal(set->nrelations + set->neffects, 0);
    assert_int_equal(set->reference[TACRO_COV_age].distribution, TACRO_ABSENT);
    tacro_paramset_free(set);
}

static void test_paramset_missing_file_is_no_input(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_paramset *set = NULL;
    (void)state;
    assert_int_equal(
        tacro_paramset_read("/lost/x.yaml", TACRO_SET_PK, &notes, &set, &err),
        TACRO_ENOINPUT);
    assert_string_equal(err.text, "/lost/x.yaml: no such file");
    assert_null(set);
    assert_int_equal(notes.n, 0);
    tacro_paramset_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paramset_sikma_reproduces_the_published_numbers),
        cmocka_unit_test(test_paramset_sikma_variances_match_the_oracle),
        cmocka_unit_test(test_paramset_pres_has_the_point_values),
        cmocka_unit_test(test_paramset_rejection_has_the_point_values),
        cmocka_unit_test(test_paramset_short_pk_file_has_defaults),
        cmocka_unit_test(test_paramset_powers_and_factors_are_on_the_log_scale),
        cmocka_unit_test(test_paramset_short_risk_file_may_have_zero_and_no_covariates),
        cmocka_unit_test(test_paramset_missing_file_is_no_input),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
