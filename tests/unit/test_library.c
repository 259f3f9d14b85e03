/** Pages of `tacro models`: parts, PK files and risk files. */
#include "tacro_models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/draw_table.h"

#define PARAMS TACRO_SOURCE_DIR "/params"

static const struct tacro_model *model_named(const struct tacro_library *library,
                                             const char *name)
{
    for (size_t i = 0; i < tacro_library_size(library); i++) {
        if (strcmp(tacro_library_model(library, i)->name, name) == 0) {
            return tacro_library_model(library, i);
        }
    }
    fail_msg("no model %s", name);
    return NULL;
}

static const struct tacro_model_row *row_named(const struct tacro_model *model,
                                               const char *name)
{
    for (size_t i = 0; i < model->nrows; i++) {
        if (strcmp(model->row[i].name, name) == 0) {
            return &model->row[i];
        }
    }
    fail_msg("no row %s", name);
    return NULL;
}

static struct tacro_library *open_shipped(void)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_library *library = NULL;
    assert_int_equal(tacro_library_open(PARAMS, &notes, &library, &err), TACRO_OK);
    assert_int_equal(notes.n, 0);
    return library;
}

static void test_library_lists_pk_then_risk_by_name_then_parts(void **state)
{
    static const char *const order[] = {"pk", "risk", "part"};
    size_t kind = 0;
    (void)state;
    struct tacro_library *library = open_shipped();
    for (size_t i = 0; i < tacro_library_size(library); i++) {
        const struct tacro_model *m = tacro_library_model(library, i);
        while (kind < 3 && strcmp(m->kind, order[kind]) != 0) {
            kind++;
        }
        assert_true(kind < 3);
        if (i > 0 && kind < 2 &&
            strcmp(tacro_library_model(library, i - 1)->kind, m->kind) == 0) {
            assert_true(strcmp(tacro_library_model(library, i - 1)->name, m->name) < 0);
        }
    }
    assert_int_equal(kind, 2);
    assert_null(tacro_library_model(library, tacro_library_size(library)));
    tacro_library_free(library);
}

static void test_library_every_page_is_complete(void **state)
{
    (void)state;
    struct tacro_library *library = open_shipped();
    for (size_t i = 0; i < tacro_library_size(library); i++) {
        const struct tacro_model *m = tacro_library_model(library, i);
        const bool is_part = strcmp(m->kind, "part") == 0;
        assert_true(strlen(m->doc) > 0 && strlen(m->source) > 0);
        assert_true(is_part == (strlen(m->population) == 0));
        assert_true(m->nequations > 0 && m->nrows > 0);
        for (size_t k = 0; k < m->nequations; k++) {
            assert_non_null(strstr(m->equation[k], " = "));
            assert_null(strchr(m->equation[k], '\n'));
        }
        for (size_t k = 0; k < m->nrows; k++) {
            const struct tacro_model_row *row = &m->row[k];
            assert_true(strlen(row->doc) > 0);
            assert_true(is_part == (strlen(row->unit) > 0));
            assert_true(is_part != (strlen(row->value) > 0));
            const bool is_unmarked =
                is_part || strcmp(row->section, "SWITCHES") == 0 ||
                strcmp(row->section, "RANGES OF THE POPULATION") == 0;
            assert_true(is_unmarked != (strlen(row->mark) > 0));
            assert_non_null(row->spread);
        }
    }
    tacro_library_free(library);
}

static void test_library_pages_show_values_spread_marks_and_covariates(void **state)
{
    (void)state;
    struct tacro_library *library = open_shipped();
    const struct tacro_model *pk = model_named(library, "sikma2020_thoracic_icu");
    assert_string_equal(row_named(pk, "CL")->value, "20.9 L/h");
    assert_string_equal(row_named(pk, "CL")->spread, "IIV 42.1 %");
    assert_string_equal(row_named(pk, "HCT")->uncertainty, "");
    assert_string_equal(row_named(pk, "KA")->spread, "IIV 10 %, IOV 98.3 %");
    assert_string_equal(row_named(pk, "HCT")->spread, "");
    assert_string_equal(row_named(pk, "V1")->mark, "T");
    assert_string_equal(row_named(pk, "hematocrit on HCT")->value, "HCT = hematocrit");
    assert_string_equal(row_named(pk, "trough_to_mean")->value, "0.7801");
    assert_non_null(strstr(pk->days, "calibrated for days 0 to 6"));
    const struct tacro_model *pres = model_named(library, "pres_lung");
    assert_string_equal(row_named(pres, "H0")->spread, "IIV log sd 0.7, mean 1");
    assert_string_equal(row_named(pres, "KE0")->value, "half-life 6 h");
    assert_string_equal(row_named(pres, "age on H0")->value,
                        "* exp(-0.05 (age within 18 to 72 y - 50 y))");
    assert_string_equal(row_named(pres, "sex on H0")->value, "* exp(0.6 [female])");
    assert_string_equal(row_named(pres, "aki on H0")->value, "* exp(0.6 aki)");
    assert_string_equal(row_named(pres, "KE")->uncertainty, "log sd 0.6");
    assert_string_equal(row_named(pres, "EC50")->uncertainty, "");
    assert_string_equal(row_named(pres, "age on H0")->uncertainty, "sd 0.02 1/y");
    const struct tacro_model_row *organ = row_named(pres, "organ on M_ORG");
    assert_string_equal(organ[1].value, "* 0.72 if [organ: liver]");
    assert_string_equal(organ[1].uncertainty, "log sd 0.4");
    assert_string_equal(row_named(pres, "anchor")->value, "1.3 % in 365 d");
    assert_string_equal(row_named(pres, "anchor")->uncertainty, "logit sd 0.55");
    assert_non_null(strstr(row_named(pres, "anchor")->doc, "that H0 reproduces"));
    assert_string_equal(row_named(pres, "after.IMAGING")->uncertainty,
                        "Beta(18.5, 7.5)");
    assert_string_equal(row_named(pres, "after.RECOVERY")->value, "5 d");
    const struct tacro_model *rejection = model_named(library, "rejection_lung");
    assert_string_equal(row_named(rejection, "induction on B")->uncertainty,
                        "log sd 0.35 of the product");
    assert_string_equal(row_named(rejection, "hla_mismatches on LAM")->value,
                        "* exp(0.72 ([hla_mismatches >= 4] - 0.75))");
    const struct tacro_model *part = model_named(library, "2cmt");
    assert_int_equal(part->nequations, 3);
    assert_string_equal(part->equation[2], "CONC = 1000*CENTRAL/V1");
    assert_string_equal(row_named(part, "CENTRAL")->unit, "mg");
    assert_string_equal(row_named(part, "V2")->doc, "parameter: peripheral volume");
    tacro_library_free(library);
}

static void test_library_pages_show_powers_factors_days_and_delays(void **state)
{
    (void)state;
    struct tacro_library *library = open_shipped();
    const struct tacro_model *pk = model_named(library, "miano2024_lung_pod14");
    assert_string_equal(row_named(pk, "pod on CL")->value, "* pod^0.67");
    assert_string_equal(row_named(pk, "hematocrit on CL")->value,
                        "* (hematocrit / 0.33)^-1.45");
    assert_string_equal(row_named(pk, "weight on V1")->value,
                        "* (weight / 75 kg)^0.79");
    const struct tacro_model_row *both = row_named(pk, "bilateral on CL");
    assert_string_equal(both[0].value, "* 0.48 if bilateral, days 1 to 3");
    assert_string_equal(both[1].value, "* 0.82 if bilateral, from day 4");
    assert_string_equal(row_named(pk, "cyp3a5_expresser on CL")->value,
                        "* 1.78 if cyp3a5_expresser");
    assert_string_equal(row_named(pk, "voriconazole on CL")->value,
                        "* 0.39 if voriconazole, of doses by mouth, 24 h later");
    tacro_library_free(library);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_library_page_tells_how_many_draws_and_who_made_them(void **state)
{
    char folder[] = "/tmp/tacro_library_XXXXXX";
    char risk[64];
    char path[160];
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_library *library = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(risk, sizeof risk, "%s/risk", folder);
    assert_int_equal(mkdir(risk, 0700), 0);
    write_file(
        risk, "a.yaml",
        "name: a\nkind: risk\ntitle: t\npopulation: p\nsource: {author: A}\n"
        "parts: [exponential]\noutcome: pres\nendpoint: e\ndraws: a.csv\ntheta:\n"
        "  H0: {value: 1e-4 1/h, mark: P, from: f}\n"
        "  BETA: {value: 0.1 mL/ng, uncertainty: {log_sd: 0.1}, mark: P, from: f}\n");
    snprintf(path, sizeof path, "%s/a.csv", risk);
    test_draw_table_write(path, "pres", "draw,BETA\n0,0.1\n1,0.2\n2,0.3\n");
    assert_int_equal(tacro_library_open(folder, &notes, &library, &err), TACRO_OK);
    const struct tacro_model_row *draws = row_named(model_named(library, "a"), "draws");
    assert_string_equal(draws->value, "3");
    assert_non_null(strstr(draws->doc, "`tacro calibrate test`"));
    tacro_library_free(library);
    unlink(path);
    snprintf(path, sizeof path, "%s/a.yaml", risk);
    unlink(path);
    rmdir(risk);
    rmdir(folder);
}

static void test_library_broken_files_are_noted_and_skipped(void **state)
{
    char folder[] = "/tmp/tacro_library_XXXXXX";
    char pk[64];
    char path[160];
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_library *library = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(pk, sizeof pk, "%s/pk", folder);
    assert_int_equal(mkdir(pk, 0700), 0);
    write_file(pk, "b.yaml", "name: b\nkind: pk\n");
    write_file(pk, "a.yaml", "a: &x 1\n");
    write_file(pk, ".hidden.yaml", "a: &x 1\n");
    write_file(pk, "notes.txt", "a: &x 1\n");
    snprintf(path, sizeof path, "%s/c.yaml", pk);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(tacro_library_open(folder, &notes, &library, &err), TACRO_OK);
    assert_true(tacro_library_size(library) > 0); /* the parts */
    assert_string_equal(tacro_library_model(library, 0)->kind, "part");
    assert_non_null(strstr(notes.note[0].file, "/pk/a.yaml"));
    assert_int_equal(notes.note[0].column, 4);
    assert_non_null(strstr(notes.note[1].file, "/pk/b.yaml"));
    assert_non_null(strstr(notes.note[notes.n - 1].file, "/pk/c.yaml"));
    assert_string_equal(notes.note[notes.n - 1].text, "not a regular file");
    tacro_library_free(library);
    tacro_notes_free(&notes);
    rmdir(path);
    static const char *const files[] = {"a.yaml", "b.yaml", ".hidden.yaml",
                                        "notes.txt"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", pk, files[i]);
        unlink(path);
    }
    rmdir(pk);
    rmdir(folder);
}

static void test_library_without_folders_is_no_input(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_library *library = NULL;
    (void)state;
    assert_int_equal(tacro_library_open("/lost", &notes, &library, &err),
                     TACRO_ENOINPUT);
    assert_string_equal(err.text, "/lost: no folder pk or risk in it");
    assert_null(library);
    tacro_library_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_lists_pk_then_risk_by_name_then_parts),
        cmocka_unit_test(test_library_every_page_is_complete),
        cmocka_unit_test(test_library_pages_show_values_spread_marks_and_covariates),
        cmocka_unit_test(test_library_pages_show_powers_factors_days_and_delays),
        cmocka_unit_test(test_library_page_tells_how_many_draws_and_who_made_them),
        cmocka_unit_test(test_library_broken_files_are_noted_and_skipped),
        cmocka_unit_test(test_library_without_folders_is_no_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
