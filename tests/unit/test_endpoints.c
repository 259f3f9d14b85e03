/** Optional endpoints: what is read, the formulas by hand, rows from troughs. */
#include "run/endpoints.h"

#include "core/rng.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PARAMS TACRO_SOURCE_DIR "/params"
#define HEAD(horizon)                                                                  \
    "title: t\npk: sikma2020_thoracic_icu\nrisk: [pres_lung]\n"                        \
    "horizon: " horizon "\npatients: {n: 64, hematocrit: 0.28}\n"                      \
    "target: [{from: 0 d, trough: 9-15 ng/mL}, {from: 4 d, trough: 4-8 ng/mL}]\n"      \
    "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"
#define ALL                                                                            \
    "endpoints: [aki_week1, {infection_year1: {baseline: 12 %}}, {dm_flare: {cases: 2" \
    " of 13, anti_mda5: high}}]\n"

/** One fault, on the last line, or none. */
static void read_text(const char *text, const char *fault)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS};
    struct tacro_notes notes = {0};
    struct tacro_input *in = NULL;
    size_t nfound = 0;
    FILE *file = fopen(test_path, "w");
    enum tacro_status st;
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    st = tacro_input_read(test_path, &overrides, &notes, &in, NULL);
    for (size_t i = 0; i < notes.n; i++) {
        if (notes.note[i].severity == TACRO_FAULT) {
            if (fault == NULL || strstr(notes.note[i].text, fault) == NULL) {
                fail_msg("%zu: %s", notes.note[i].line, notes.note[i].text);
            }
            nfound++;
        }
    }
    assert_int_equal(nfound, fault == NULL ? 0 : 1);
    assert_int_equal(st, fault == NULL ? TACRO_OK : TACRO_EINPUT);
    tacro_input_free(in);
    tacro_notes_free(&notes);
}

static void test_endpoints_are_read(void **state)
{
    struct tacro_scenario *s = test_scenario(HEAD("31 d") ALL);
    const struct tacro_endpoint *e = s->input->endpoint;
    (void)state;
    assert_int_equal(s->input->nendpoints, 3);
    assert_int_equal(e[0].id, TACRO_AKI_WEEK1);
    assert_int_equal(e[0].nnumbers, 6);
    assert_true(e[0].number[TACRO_AKI_INTERCEPT].value == -1.28);
    assert_true(e[0].number[TACRO_AKI_NEPHROTOXIC].uncertainty.sd == 0.34);
    assert_int_equal(e[0].number[TACRO_AKI_INFECTION].uncertainty.law,
                     TACRO_LAW_NORMAL);
    assert_int_equal(e[0].number[TACRO_AKI_NEPHROTOXIC_SHARE].mark, TACRO_MARK_ASSUMED);
    assert_true(e[1].baseline == 0.12);
    assert_true(e[1].number[TACRO_INFECTION_LIMIT].value == 7.15);
    assert_int_equal(e[2].cases, TACRO_FLARE_2_OF_13);
    assert_true(e[2].has_high_titre);
    assert_true(e[2].number[1].uncertainty.alpha == 2.5);
    /* one draw: central values */
    assert_true(s->endpoint_numbers[1].value[TACRO_INFECTION_LOG_RR] == 0.18);
    tacro_scenario_free(s);
}

static void test_faults_say_what_is_needed(void **state)
{
    (void)state;
    read_text(HEAD("31 d") ALL, NULL);
    read_text(HEAD("31 d") "endpoints: [dm_flare]\n", NULL);
    read_text(HEAD("31 d") "endpoints: [infection_year1]\n", "its baseline");
    read_text(HEAD("31 d") "endpoints: [{infection_year1: {}}]\n", "baseline");
    read_text(HEAD("31 d") "endpoints: [{infection_year1: {baseline: 120 %}}]\n",
              "120 %");
    read_text(HEAD("31 d") "endpoints: [aki]\n", "aki is no endpoint");
    read_text(HEAD("31 d") "endpoints: [dm_flare, dm_flare]\n", "given twice");
    read_text(HEAD("31 d") "endpoints: [{dm_flare: {cases: 3 of 4}}]\n", "3 of 4");
    read_text(HEAD("31 d") "endpoints: [{aki_week1: {baseline: 1 %}}]\n",
              "has no options");
    read_text(HEAD("31 d") "endpoints: dm_flare\n", "expected a list");
    read_text(HEAD("29 d") "endpoints: [{infection_year1: {baseline: 12 %}}]\n",
              "days 1 to 30");
    read_text(HEAD("6 d") "endpoints: [aki_week1]\n", "days 1 to 7");
    read_text("start: {day: 2}\nbefore: none\n" HEAD("31 d") "endpoints: [aki_week1]\n",
              "days 1 to 7");
    read_text("title: t\npk: sikma2020_thoracic_icu\nhorizon: 8 d\n"
              "patients: {n: 1, hematocrit: 0.28, infection: true}\n"
              "target: [{from: 0 d, trough: 9-15 ng/mL}]\nunused: allow\n"
              "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"
              "endpoints: [aki_week1]\n",
              "patients.cystic_fibrosis");
    read_text("title: t\npk: sikma2020_thoracic_icu\nrisk: pres_lung\nhorizon: 8 d\n"
              "patients: {n: 1, hematocrit: 0.28}\n"
              "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"
              "endpoints: [aki_week1]\n",
              "expected a `target`");
}

static void test_formulas_are_those_of_the_evidence(void **state)
{
    const struct tacro_endpoint_numbers aki = {
        {-1.28, 0.438, 0.673, 0.908, 0.775, 0.4}};
    const struct tacro_endpoint_numbers infection = {{0.18, 7.15}};
    double mean = 0.0;
    (void)state;
    test_check_close("none", tacro_aki_probability(&aki, false, 0.0, 0.0, 0.0),
                     1.0 / (1.0 + exp(1.28)), 1e-14);
    test_check_close("all", tacro_aki_probability(&aki, true, 1.0, 1.0, 1.0),
                     1.0 / (1.0 + exp(1.28 - 0.438 - 0.673 - 0.908 - 0.775)), 1e-14);
    /* 45.7 % at shares of 73, 40, 35 and 25 % */
    for (unsigned i = 0; i < 16; i++) {
        const double share = (i & 1 ? 0.73 : 0.27) * (i & 2 ? 0.40 : 0.60) *
                             (i & 4 ? 0.35 : 0.65) * (i & 8 ? 0.25 : 0.75);
        mean += share * tacro_aki_probability(&aki, i & 1, i & 2 ? 1.0 : 0.0,
                                              i & 4 ? 1.0 : 0.0, i & 8 ? 1.0 : 0.0);
    }
    assert_true(fabs(mean - 0.457) < 0.005);
    assert_true(tacro_infection_probability(&infection, 0.12, 7.15) == 0.12);
    test_check_close("high", tacro_infection_probability(&infection, 0.12, 7.16),
                     0.12 * exp(0.18), 1e-14);
    assert_true(tacro_infection_probability(&infection, 0.95, 9.0) == 1.0);
}

/* Troughs put into a group's rows by hand. */
static void test_rows_go_by_their_troughs(void **state)
{
    struct tacro_scenario *s = test_scenario(HEAD("31 d") ALL);
    const struct tacro_endpoint_numbers *n = s->endpoint_numbers;
    const struct tacro_subject *lane[TACRO_LANES];
    struct tacro_subject *subject = calloc(TACRO_LANES, sizeof *subject);
    struct tacro_gather *g = NULL;
    size_t row[TACRO_LANES];
    size_t ndrugs = 0;
    (void)state;
    assert_non_null(subject);
    assert_int_equal(tacro_gather_create(s, 0, 0, TACRO_LANES, 1, &g, NULL), TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        row[l] = TACRO_LANES - 1 - l;
        tacro_subject_draw(s->rules, row[l], &subject[l]);
        lane[l] = &subject[l];
        for (size_t d = 0; d < s->ndays; d++) {
            double trough = s->day[d] == 0 ? (double)NAN : 7.0;
            /* above 15 on day 2, above 8 on day 5: both over; 14 on day 2 is not;
               day 8 does not count */
            trough = l == 1 && s->day[d] == 2 ? 15.1 : trough;
            trough = l == 2 && s->day[d] == 5 ? 8.1 : trough;
            trough = l == 3 && s->day[d] == 2 ? 14.0 : trough;
            trough = l == 4 && s->day[d] == 8 ? 30.0 : trough;
            /* mean of days 1 to 30 above the limit; day 31 does not count */
            trough = l == 5 ? 7.2 : trough;
            trough = l == 6 && s->day[d] == 31 ? 500.0 : trough;
            g->trough[row[l] * s->ndays + d] = trough;
        }
    }
    tacro_endpoints_gather(s, lane, row, g);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double *p = g->endpoint + row[l];
        const struct tacro_rng_key key = {.seed = s->input->seed,
                                          .stream = TACRO_STREAM_COVARIATE,
                                          .patient = row[l],
                                          .k = tacro_rng_name("endpoint.nephrotoxic")};
        const double drug = tacro_rng_uniform(&key) < 0.4 ? 1.0 : 0.0;
        const double want = tacro_aki_probability(
            &n[0], l == 1 || l == 2, drug, subject[l].covariate[TACRO_COV_infection],
            subject[l].covariate[TACRO_COV_cystic_fibrosis]);
        const bool is_high = l == 1 || l == 3 || l == 4 || l == 5;
        ndrugs += drug > 0.0;
        assert_true(p[0] == want);
        test_check_close("infection", p[g->nrows], is_high ? 0.12 * exp(0.18) : 0.12,
                         1e-13);
        assert_true(p[2 * g->nrows] == n[2].value[TACRO_FLARE_2_OF_13]);
    }
    assert_true(ndrugs > 10 && ndrugs < 45);
    tacro_gather_free(g);
    free(subject);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoints_are_read),
        cmocka_unit_test(test_faults_say_what_is_needed),
        cmocka_unit_test(test_formulas_are_those_of_the_evidence),
        cmocka_unit_test(test_rows_go_by_their_troughs),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
