/**
 * Uncertain numbers take their value of each draw, in scalar and in lanes, and can be
 * set to those of another draw in the same persons.
 */
#include "solve/parameters.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cohort/dosing.h"
#include "core/rng.h"
#include "input/relations.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

/* A product of a few rounded factors, one of them exp of a sum of up to ten terms. */
#define TOL_ROUNDING 1e-13

#define NDRAWS 3
#define NROWS 5 /* of the table: more than the run needs */
#define NCOLUMNS 8
#define NPATIENTS 150

static char *columns[NCOLUMNS] = {
    "H0",           "G", "H0:age", "H0:map", "H0:sex", "after.RECOVERY", "incidence",
    "H0:sex:female"};

/* Far from the central values, and different in every row. */
static double value_in(size_t column, size_t row)
{
    static const double first[NCOLUMNS] = {1e-5, 1.0,   -0.05, 0.03,
                                           0.4,  120.0, 0.01,  -0.3};
    return first[column] * (1.0 + 0.37 * (double)row);
}

static const char stepped[] =
    "  n: 150\n"
    "  weight: {mean: 60 kg, cv: 20 %, min: 40 kg, max: 90 kg}\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n"
    "  map: [{from: 0 d, value: 115 mmHg}, {from: 3 d, value: 105 mmHg}]\n";

static const char typical[] =
    "  typical: true\n  hematocrit: 0.3\n  age: 36 y\n  sex: female\n"
    "  map: 95 mmHg\n  aki: false\n  infection: false\n  hypomagnesemia: false\n"
    "  cystic_fibrosis: false\n  connective_tissue_disease: false\n";

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_rules *rules; /* of NDRAWS draws */
    struct tacro_draws draws;
    struct tacro_draws *kept;
    double value[NROWS * NCOLUMNS];
};

static struct tacro_paramset *pres_of(const struct fixture *f)
{
    return f->scenario->input->risk[0];
}

static struct tacro_relation *relation_of(struct tacro_paramset *set,
                                          enum tacro_covariate_id covariate)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        if (set->relation[i].covariate == covariate) {
            return &set->relation[i];
        }
    }
    fail_msg("no relation with %s", tacro_covariate_info(covariate)->name);
    return NULL;
}

static void open_fixture(struct fixture *f, const char *patients)
{
    char text[2048];
    struct tacro_theta *theta;
    snprintf(text, sizeof text,
             "title: drawn\n"
             "pk: sikma2020_thoracic_icu\n"
             "risk: [pres_lung, rejection_lung]\n"
             "start: {day: 0, clock: \"08:00\"}\n"
             "horizon: 6 d\n"
             "output: {every: 6 h}\n"
             "seed: 7\n"
             "draws: 1\n"
             "parameters: {Q: 70 L/h}\n"
             "patients:\n%sregimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             patients);
    f->scenario = test_scenario(text);
    for (size_t row = 0; row < NROWS; row++) {
        for (size_t c = 0; c < NCOLUMNS; c++) {
            f->value[row * NCOLUMNS + c] = value_in(c, row);
        }
    }
    f->draws = (struct tacro_draws){
        .n = NROWS, .ncolumns = NCOLUMNS, .name = columns, .value = f->value};
    f->kept = pres_of(f)->draws;
    pres_of(f)->draws = &f->draws;
    theta = f->scenario->input->pk->theta;
    for (size_t i = 0; i < f->scenario->input->pk->nthetas; i++) {
        theta[i].uncertainty = (struct tacro_uncertainty){.law = TACRO_LAW_NONE};
        if (strcmp(theta[i].name, "CL") == 0 || strcmp(theta[i].name, "Q") == 0 ||
            strcmp(theta[i].name, "HCT") == 0) {
            theta[i].uncertainty = (struct tacro_uncertainty){
                .law = TACRO_LAW_LOG, .sd = 0.1, .min = -INFINITY, .max = INFINITY};
        }
    }
    f->scenario->input->ndraws = NDRAWS;
    assert_int_equal(tacro_rules_create(f->scenario->input, &f->rules, NULL), TACRO_OK);
}

static void close_fixture(struct fixture *f)
{
    pres_of(f)->draws = f->kept;
    tacro_rules_free(f->rules);
    tacro_scenario_free(f->scenario);
}

static size_t rule_of(const struct tacro_rules *rules, size_t set, const char *name)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->rule[i].set == set &&
            strcmp(rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

static const struct tacro_drawn *drawn_of(const struct tacro_rules *rules, size_t set,
                                          const char *name)
{
    for (size_t i = 0; i < rules->ndrawn; i++) {
        if (rules->drawn[i].set == set && strcmp(rules->drawn[i].name, name) == 0) {
            return &rules->drawn[i];
        }
    }
    return NULL;
}

/* -- which numbers, and their values ----------------------------------------------- */

static void test_drawn_has_every_column_and_the_uncertain_pk_numbers(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, typical);
    /* the other risk file has the table that is shipped with it */
    const struct tacro_draws *other = f.scenario->input->risk[1]->draws;
    assert_int_equal(f.rules->ndrawn,
                     1 + NCOLUMNS + (other == NULL ? 0 : other->ncolumns));
    for (size_t c = 0; c < NCOLUMNS; c++) {
        const struct tacro_drawn *d = drawn_of(f.rules, 1, columns[c]);
        assert_non_null(d);
        for (size_t draw = 0; draw < NDRAWS; draw++) {
            assert_true(d->value[draw] == value_in(c, draw));
        }
    }
    /* set by the scenario; the covariate itself */
    assert_null(drawn_of(f.rules, 0, "Q"));
    assert_null(drawn_of(f.rules, 0, "HCT"));
    const struct tacro_drawn *cl = drawn_of(f.rules, 0, "CL");
    assert_non_null(cl);
    assert_string_equal(cl->unit, "L/h");
    assert_int_equal(cl->law, TACRO_LAW_LOG);
    for (uint32_t draw = 0; draw < NDRAWS; draw++) {
        const struct tacro_rng_key key = {.seed = 7,
                                          .stream = TACRO_STREAM_THETA,
                                          .draw = draw,
                                          .k = tacro_rng_name("pk.CL")};
        test_check_close("CL", cl->value[draw],
                         20.9 * exp(0.1 * tacro_rng_normal(&key)), TOL_ROUNDING);
    }
    close_fixture(&f);
}

/* As pres_lung has them: H0 is solved, a factor's law is about its logarithm. */
static void test_drawn_columns_say_unit_law_and_mark(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, typical);
    const struct tacro_paramset *set = pres_of(&f);
    const size_t h0 = tacro_paramset_theta(set, "H0");
    const size_t g = tacro_paramset_theta(set, "G");
    const struct {
        const char *name;
        const char *unit;
        enum tacro_law law;
        enum tacro_mark mark;
    } row[] = {
        {"H0", "1/h", TACRO_LAW_NONE, set->theta[h0].mark},
        {"G", "1", TACRO_LAW_LOG, set->theta[g].mark},
        {"H0:age", "1/y", TACRO_LAW_NORMAL,
         relation_of(pres_of(&f), TACRO_COV_age)->mark},
        {"after.RECOVERY", "h", TACRO_LAW_LOG, set->after[TACRO_AFTER_RECOVERY].mark},
        {"incidence", "1", TACRO_LAW_LOGIT, set->anchor.incidence.mark},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct tacro_drawn *d = drawn_of(f.rules, 1, row[i].name);
        assert_non_null(d);
        assert_string_equal(d->unit, row[i].unit);
        assert_int_equal(d->law, row[i].law);
        assert_int_equal(d->mark, row[i].mark);
    }
    close_fixture(&f);
}

static void test_drawn_is_empty_with_one_draw(void **state)
{
    struct fixture f;
    struct tacro_rules *rules;
    (void)state;
    open_fixture(&f, stepped);
    f.scenario->input->ndraws = 1;
    assert_int_equal(tacro_rules_create(f.scenario->input, &rules, NULL), TACRO_OK);
    assert_int_equal(rules->ndrawn, 0);
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *r = &rules->rule[i];
        assert_true(r->drawn == -1 && !r->is_drawn);
        assert_true(tacro_rule_typical(rules, i, 0) == r->typical);
        for (size_t k = 0; k < r->nrelations; k++) {
            assert_int_equal(r->drawn_coefficient[k], -1);
            assert_true(tacro_rule_coefficient(rules, i, k, 0) ==
                        r->relation[k]->coefficient);
        }
    }
    pres_of(&f)->after[TACRO_AFTER_RECOVERY].value = 99.0;
    assert_true(tacro_rules_after(rules, 0, TACRO_AFTER_RECOVERY, 0) == 99.0);
    tacro_rules_free(rules);
    close_fixture(&f);
}

static void test_drawn_after_is_that_of_the_draw(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, typical);
    pres_of(&f)->after[TACRO_AFTER_MORTALITY].value = 0.19;
    f.scenario->input->risk[1]->after[TACRO_AFTER_RECOVERY].value = 5.0;
    for (uint32_t draw = 0; draw < NDRAWS; draw++) {
        assert_true(tacro_rules_after(f.rules, 0, TACRO_AFTER_RECOVERY, draw) ==
                    value_in(5, draw));
        assert_true(tacro_rules_after(f.rules, 0, TACRO_AFTER_MORTALITY, draw) == 0.19);
        assert_true(tacro_rules_after(f.rules, 1, TACRO_AFTER_RECOVERY, draw) == 5.0);
    }
    close_fixture(&f);
}

static void test_drawn_short_table_is_refused(void **state)
{
    struct fixture f;
    struct tacro_rules *rules = NULL;
    struct tacro_error err = {.status = TACRO_OK};
    (void)state;
    open_fixture(&f, typical);
    f.scenario->input->ndraws = NROWS;
    assert_int_equal(tacro_rules_create(f.scenario->input, &rules, &err), TACRO_OK);
    tacro_rules_free(rules);
    f.scenario->input->ndraws = NROWS + 1;
    assert_int_equal(tacro_rules_create(f.scenario->input, &rules, &err), TACRO_EINPUT);
    assert_string_equal(err.text, "pres_lung: its table has 5 draws, expected at least "
                                  "the 6 of the run");
    assert_null(rules);
    close_fixture(&f);
}

/* -- subjects ---------------------------------------------------------------------- */

/* 36 y against 50 y, a woman, 95 mmHg: the reference. One typical patient a draw. */
static void test_subject_has_the_numbers_of_its_draw(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, typical);
    const size_t h0 = rule_of(f.rules, 1, "H0");
    const size_t g = rule_of(f.rules, 1, "G");
    const size_t cl = rule_of(f.rules, 0, "CL");
    const size_t q = rule_of(f.rules, 0, "Q");
    f.scenario->input->npatients = 1;
    for (uint32_t draw = 0; draw < NDRAWS; draw++) {
        struct tacro_subject x;
        tacro_subject_draw(f.rules, draw, &x);
        assert_true(x.draw == draw && x.parameter_draw == draw && x.patient == 0);
        test_check_close("H0", x.fixed[h0],
                         value_in(0, draw) *
                             exp(value_in(2, draw) * -14.0 + value_in(4, draw)),
                         TOL_ROUNDING);
        assert_true(tacro_subject_value(f.rules, h0, &x, 48.0, 4) == x.fixed[h0]);
        assert_true(x.fixed[g] == value_in(1, draw));
        assert_true(x.fixed[cl] == drawn_of(f.rules, 0, "CL")->value[draw]);
        assert_true(x.fixed[q] == 70.0);
    }
    assert_true(tacro_rules_vary(f.rules, g)); /* between draws ... */
    assert_false(tacro_rules_vary(f.scenario->rules, g));
    close_fixture(&f);
}

/* 115 mmHg, from day 3 on 105 mmHg: the coefficient of the draw multiplies 10 mmHg. */
static void test_subject_stepped_relation_has_the_coefficient_of_its_draw(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, stepped);
    const size_t h0 = rule_of(f.rules, 1, "H0");
    for (uint64_t i = 0; i < (uint64_t)NDRAWS * NPATIENTS; i += 50) {
        struct tacro_subject x;
        tacro_subject_draw(f.rules, i, &x);
        test_check_close("H0", tacro_subject_value(f.rules, h0, &x, 0.0, 0),
                         tacro_subject_value(f.rules, h0, &x, 72.0, 6) *
                             exp(10.0 * value_in(3, x.draw)),
                         TOL_ROUNDING);
    }
    close_fixture(&f);
}

static void check_same(const struct tacro_rules *rules, const struct tacro_subject *a,
                       const struct tacro_subject *b)
{
    assert_true(a->draw == b->draw && a->parameter_draw == b->parameter_draw &&
                a->patient == b->patient);
    assert_memory_equal(a->covariate, b->covariate, sizeof a->covariate);
    for (size_t i = 0; i < rules->n; i++) {
        if (!test_same_bits(a->fixed_log[i], b->fixed_log[i]) ||
            !test_same_bits(a->fixed[i], b->fixed[i])) {
            fail_msg("%s of subject %llu: %a, want %a", rules->rule[i].theta->name,
                     (unsigned long long)a->index, a->fixed[i], b->fixed[i]);
        }
    }
}

/* 120 subjects from 100 on: the first row of lanes is of two draws. */
static void test_subjects_in_lanes_of_two_draws_are_those_drawn_alone(void **state)
{
    const char *const patients[] = {stepped, typical};
    static struct tacro_subject subject[120];
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct fixture f;
        open_fixture(&f, patients[p]);
        f.scenario->input->npatients = NPATIENTS;
        for (size_t k = 0; k < TEST_NKERNELS; k++) {
            const struct tacro_kernels *kernels =
                tacro_kernels_find(test_kernel_names[k]);
            if (kernels == NULL) {
                continue;
            }
            tacro_subjects_draw(f.rules, &kernels->math, 100, 120, subject);
            for (size_t i = 0; i < 120; i++) {
                struct tacro_subject alone;
                tacro_subject_draw(f.rules, 100 + i, &alone);
                check_same(f.rules, &subject[i], &alone);
            }
            assert_true(subject[49].draw == 0 && subject[50].draw == 1);
        }
        close_fixture(&f);
    }
}

static void check_lanes(const struct fixture *f, struct tacro_parameters *parameters,
                        const struct tacro_subject *const *lane, double at)
{
    const struct tacro_scenario *s = f->scenario;
    double(*coef)[TACRO_LANES];
    double t[TACRO_LANES];
    int32_t slot[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        t[l] = at + 12.0 * (double)(l % 3);
        slot[l] = (int32_t)floor(t[l] / 12.0);
    }
    tacro_parameters_at(parameters, t, slot);
    coef = tacro_parameters_coef(parameters);
    for (size_t i = 0; i < f->rules->n; i++) {
        for (size_t l = 0; l < TACRO_LANES && s->coef[i] >= 0; l++) {
            const double want =
                tacro_subject_value(f->rules, i, lane[l], t[l], slot[l]);
            if (!test_same_bits(coef[s->coef[i]][l], want)) {
                fail_msg("%s, lane %zu at %g h: %a, want %a",
                         f->rules->rule[i].theta->name, l, t[l], coef[s->coef[i]][l],
                         want);
            }
        }
    }
}

/* Along a course, before and after steps of the hematocrit and the pressure. */
static void test_parameters_in_lanes_of_two_draws_are_those_of_each(void **state)
{
    struct fixture f;
    static struct tacro_subject subject[TACRO_LANES];
    const struct tacro_subject *lane[TACRO_LANES];
    (void)state;
    open_fixture(&f, stepped);
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        struct tacro_parameters *parameters;
        if (kernels == NULL) {
            continue;
        }
        assert_int_equal(tacro_parameters_create(f.rules, f.scenario->system, kernels,
                                                 f.scenario->coef, &parameters, NULL),
                         TACRO_OK);
        for (uint64_t first = 120; first < 300; first += 140) { /* 120, 260 */
            for (size_t l = 0; l < TACRO_LANES; l++) {
                tacro_subject_draw(f.rules, first + l, &subject[l]);
                lane[l] = &subject[l];
            }
            assert_int_equal(subject[0].draw + 1, subject[TACRO_LANES - 1].draw);
            tacro_parameters_begin(parameters, lane);
            for (int slot = 0; slot < 9; slot++) {
                check_lanes(&f, parameters, lane, 12.0 * slot);
            }
        }
        tacro_parameters_free(parameters);
    }
    close_fixture(&f);
}

/* -- the same persons under other numbers ------------------------------------------ */

static void test_set_draw_keeps_the_persons_and_changes_the_numbers(void **state)
{
    struct fixture f;
    static struct tacro_subject subject[70];
    static struct tacro_subject own[70];
    (void)state;
    open_fixture(&f, stepped);
    const size_t h0 = rule_of(f.rules, 1, "H0");
    const size_t v1 = rule_of(f.rules, 0, "V1");
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        if (kernels == NULL) {
            continue;
        }
        tacro_subjects_draw(f.rules, &kernels->math, 120, 70, own);
        memcpy(subject, own, sizeof own);
        tacro_subjects_set_draw(f.rules, &kernels->math, 2, 70, subject);
        for (size_t i = 0; i < 70; i++) {
            const struct tacro_subject *x = &subject[i];
            const uint32_t d = own[i].draw;
            const double age = fmin(fmax(x->covariate[TACRO_COV_age], 18.0), 72.0);
            const double woman = x->covariate[TACRO_COV_sex];
            assert_true(x->parameter_draw == 2 && x->draw == d &&
                        x->patient == own[i].patient);
            assert_memory_equal(x->covariate, own[i].covariate, sizeof x->covariate);
            test_check_close("H0", x->fixed[h0],
                             own[i].fixed[h0] * value_in(0, 2) / value_in(0, d) *
                                 exp((value_in(2, 2) - value_in(2, d)) * (age - 50.0) +
                                     (value_in(4, 2) - value_in(4, d)) * woman +
                                     (value_in(3, 2) - value_in(3, d)) * 20.0),
                             TOL_ROUNDING);
            assert_true(x->fixed[v1] == own[i].fixed[v1]);
            /* the scalar evaluation, from the fixed logarithm */
            assert_true(tacro_subject_value(f.rules, h0, x, 0.0, 0) == x->fixed[h0]);
        }
        tacro_subjects_set_draw(f.rules, &kernels->math, 1, 70, subject);
        for (size_t i = 30; i < 70; i++) { /* theirs from the start */
            check_same(f.rules, &subject[i], &own[i]);
        }
    }
    close_fixture(&f);
}

/* -- levels ------------------------------------------------------------------------ */

static struct tacro_rules *rules_with_level(struct fixture *f, double level)
{
    struct tacro_rules *rules;
    struct tacro_relation *sex = relation_of(pres_of(f), TACRO_COV_sex);
    sex->is_indicator = false;
    sex->is_level = true;
    sex->level = level;
    sex->ref = 0.0;
    assert_int_equal(tacro_rules_create(f->scenario->input, &rules, NULL), TACRO_OK);
    return rules;
}

static void test_level_is_one_where_the_covariate_has_it(void **state)
{
    struct fixture f;
    char name[64];
    (void)state;
    open_fixture(&f, stepped);
    for (int level = 0; level < 2; level++) {
        struct tacro_rules *rules = rules_with_level(&f, level);
        const size_t h0 = rule_of(rules, 1, "H0");
        size_t nwomen = 0;
        tacro_relation_name(pres_of(&f), relation_of(pres_of(&f), TACRO_COV_sex), name,
                            sizeof name);
        assert_string_equal(name, level == 1 ? "H0:sex:female" : "H0:sex:male");
        for (uint64_t i = 0; i < NPATIENTS; i++) {
            struct tacro_subject x;
            struct tacro_subject without;
            tacro_subject_draw(rules, i, &x);
            tacro_subject_draw(f.rules, i, &without);
            const double woman = x.covariate[TACRO_COV_sex];
            const double coefficient =
                level == 1 ? value_in(7, 0)
                           : relation_of(pres_of(&f), TACRO_COV_sex)->coefficient;
            const double is_level = woman == level ? coefficient : 0.0;
            nwomen += woman == 1.0;
            /* f.rules reads the same relation: its drawn coefficient is that of H0:sex
               as it was linked before */
            test_check_close("H0",
                             x.fixed[h0] / exp(is_level) *
                                 exp(woman == level ? value_in(4, 0) : 0.0),
                             without.fixed[rule_of(f.rules, 1, "H0")], TOL_ROUNDING);
        }
        assert_true(nwomen > 0 && nwomen < NPATIENTS);
        tacro_rules_free(rules);
    }
    close_fixture(&f);
}

/* 40 % women: a typical patient has 0.4 of the level female, 0.6 of the level male. */
static void test_level_of_a_typical_patient_is_its_mean(void **state)
{
    (void)state;
    for (int level = 0; level < 2; level++) {
        char patients[512];
        struct fixture f;
        struct tacro_rules *rules;
        struct tacro_subject x;
        const char *rest = strstr(typical, "  map:");
        snprintf(patients, sizeof patients,
                 "  typical: true\n  hematocrit: 0.3\n  age: 50 y\n"
                 "  sex: {probability: 40 %%}\n%s",
                 rest);
        open_fixture(&f, patients);
        f.scenario->input->ndraws = 1;
        rules = rules_with_level(&f, level);
        const size_t h0 = rule_of(rules, 1, "H0");
        const double p = level == 1 ? 0.4 : 0.6;
        tacro_subject_draw(rules, 0, &x);
        test_check_close(
            "H0", x.fixed[h0],
            rules->rule[h0].typical *
                exp(p * relation_of(pres_of(&f), TACRO_COV_sex)->coefficient),
            TOL_ROUNDING);
        tacro_rules_free(rules);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_has_every_column_and_the_uncertain_pk_numbers),
        cmocka_unit_test(test_drawn_columns_say_unit_law_and_mark),
        cmocka_unit_test(test_drawn_is_empty_with_one_draw),
        cmocka_unit_test(test_drawn_after_is_that_of_the_draw),
        cmocka_unit_test(test_drawn_short_table_is_refused),
        cmocka_unit_test(test_subject_has_the_numbers_of_its_draw),
        cmocka_unit_test(test_subject_stepped_relation_has_the_coefficient_of_its_draw),
        cmocka_unit_test(test_subjects_in_lanes_of_two_draws_are_those_drawn_alone),
        cmocka_unit_test(test_parameters_in_lanes_of_two_draws_are_those_of_each),
        cmocka_unit_test(test_set_draw_keeps_the_persons_and_changes_the_numbers),
        cmocka_unit_test(test_level_is_one_where_the_covariate_has_it),
        cmocka_unit_test(test_level_of_a_typical_patient_is_its_mean),
    };
    return cmocka_run_group_tests_name("drawn", tests, NULL, NULL);
}
