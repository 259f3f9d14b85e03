/** Recovery over parameter draws: a small risk file with a table of two numbers. */
#include "run/recovery_report.h"

#include "tests/support/check.h"
#include "tests/support/draw_table.h"
#include "tests/support/folder.h"

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

#define PARAMS TACRO_SOURCE_DIR "/params"
#define MARK ", mark: ASSUMED, from: f}\n"
#define AFTER                                                                          \
    "after:\n"                                                                         \
    "  RECURRENCE: {value: 3" MARK                                                     \
    "  RECOVERY: {value: 5 d, uncertainty: {log_sd: 0.25}" MARK                        \
    "  RECOVERY_SD: {value: 0.9" MARK "  EXPOSURE_SLOPE: {value: 0.3" MARK             \
    "  EXPOSURE_FREE: {value: 50" MARK "  EXPOSURE_WINDOW: {value: 72 h" MARK          \
    "  IMAGING: {value: 72 %" MARK "  IMAGING_TIME: {value: 28 d" MARK                 \
    "  IMAGING_SD: {value: 0.6" MARK "  UNFAVOURABLE: {value: -2.52" MARK              \
    "  UNFAVOURABLE_COMA: {value: 1.19" MARK                                           \
    "  UNFAVOURABLE_SEPSIS: {value: 1.75" MARK "  UNFAVOURABLE_AKI: {value: 1.15" MARK \
    "  MORTALITY: {value: 6.25 %, uncertainty: {alpha: 5, beta: 75}" MARK

/* Draws of the median time to recovery [d] and of the mortality. */
enum { DRAWS = 4 };
static const double days[DRAWS] = {7.0, 4.0, 5.0, 6.0};
static const double mortality[DRAWS] = {0.05, 0.08, 0.06, 0.04};

static void in_folder(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", test_folder, name);
}

static void write_text(const char *name, const char *text)
{
    char path[64];
    FILE *file;
    in_folder(path, sizeof path, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A risk file of this part, whose hazard is proportional to H0. */
static void write_risk(const char *part, const char *theta)
{
    char text[4096];
    char table[512];
    char path[64];
    size_t used;
    snprintf(text, sizeof text,
             "name: ill\nkind: risk\ntitle: t\npopulation: p\nsource: {author: A}\n"
             "parts: [%s]\noutcome: ill\nendpoint: new ILL\ndraws: ill.csv\n"
             "anchor: {incidence: 1 %%, within: 365 d, solves: H0, mark: P, from: f}\n"
             "theta:\n%s%s",
             part, theta, AFTER);
    write_text("ill.yaml", text);
    used = (size_t)snprintf(table, sizeof table,
                            "draw,after.RECOVERY,after.MORTALITY,H0\n");
    for (size_t i = 0; i < DRAWS; i++) {
        used +=
            (size_t)snprintf(table + used, sizeof table - used,
                             "%zu,%.17g,%.17g,1e-4\n", i, 24.0 * days[i], mortality[i]);
    }
    in_folder(path, sizeof path, "ill.csv");
    test_draw_table_write(path, "ill", table);
}

static struct tacro_scenario *open_case(struct tacro_error *err)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS};
    struct tacro_notes notes = {0};
    struct tacro_scenario *s = NULL;
    write_text("x.yaml",
               "title: t\npk: sikma2020_thoracic_icu\nrisk: ./ill.yaml\n"
               "horizon: 14 d\ndraws: 4\nhistory: {ill: {onset: 3 d}}\n"
               "patients: {n: 3, hematocrit: 0.3}\n"
               "regimens:\n"
               "  same: {steps: [{give: 3 mg, every: 12 h}]}\n"
               "  less: {steps: [{give: 3 mg, every: 12 h, for: 4 d}, {give: 1 mg, "
               "every: 12 h}]}\n"
               "  later: {steps: [{give: 3 mg, every: 12 h, for: 8 d}, {give: 1 mg, "
               "every: 12 h}]}\n");
    if (tacro_scenario_open(test_path, &overrides, &notes, &s, err) != TACRO_OK) {
        for (size_t i = 0; i < notes.n; i++) {
            print_message("%zu: %s\n", notes.note[i].line, notes.note[i].text);
        }
    }
    tacro_notes_free(&notes);
    return s;
}

#define PRES                                                                           \
    "  KE0: {half_life: 6 h, mark: P, from: f}\n"                                      \
    "  KE: {half_life: 12 h, mark: P, from: f}\n"                                      \
    "  G: {value: 1.8, mark: P, from: f}\n"                                            \
    "  EC50: {value: 30 ng/mL, mark: P, from: f}\n"                                    \
    "  CREF: {value: 15 ng/mL, mark: P, from: f}\n"                                    \
    "  H0: {value: 1e-4 1/h, mark: P, from: f}\n"                                      \
    "  M_ORG: {value: 1, mark: P, from: f}\n"                                          \
    "  TAUP: {value: 14 d, mark: P, from: f}\n"                                        \
    "  WP: {value: 0.012, mark: P, from: f}\n"

static double by(double t, double median)
{
    return 0.5 * erfc(-log(t / median) / 0.9 / sqrt(2.0));
}

/* EXPOSURE_FREE is out of reach: each draw's recovery is a closed form. */
static void test_draws_give_the_interval_of_recovery(void **state)
{
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s;
    struct tacro_summary *summary = NULL;
    const struct tacro_run_options options = {.threads = 1};
    (void)state;
    write_risk("pres", PRES);
    s = open_case(&err);
    assert_non_null(s);
    for (uint32_t m = 0; m < DRAWS; m++) {
        const struct tacro_after after = tacro_after_of(s, m);
        assert_true(after.value[TACRO_AFTER_RECOVERY] == 24.0 * days[m]);
        assert_true(after.value[TACRO_AFTER_MORTALITY] == mortality[m]);
        assert_true(after.value[TACRO_AFTER_RECURRENCE] == 3.0);
    }
    assert_int_equal(tacro_run(s, &options, &summary, &err), TACRO_OK);
    assert_true(summary->has_history);
    const struct tacro_recovery_summary *after = summary->recovery;
    assert_non_null(after);
    assert_string_equal(after->outcome, "ill");
    assert_string_equal(after->severity, "none");
    for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
        /* ranks 2, 1 and 4 of four draws: medians of 6, 7 and 4 days */
        const struct tacro_estimate *e = &after->regimen[0].by[i];
        test_check_close("median", e->value, by(after->day[i], 6.0), 1e-9);
        test_check_close("low", e->interval.low, by(after->day[i], 7.0), 1e-9);
        test_check_close("high", e->interval.high, by(after->day[i], 4.0), 1e-9);
        assert_true(e->interval.median == e->value);
        test_check_close(
            "imaging", after->imaging[i].value,
            0.72 * 0.5 * erfc(-log(after->day[i] / 28.0) / 0.6 / sqrt(2.0)), 1e-9);
    }
    assert_true(after->mortality.value == 0.05);
    assert_true(after->mortality.interval.low == 0.04);
    assert_true(after->mortality.interval.high == 0.08);
    test_check_close("unfavourable", after->unfavourable.value, 1.0 / (1.0 + exp(2.52)),
                     1e-9);
    assert_true(after->regimen[0].is_unchanged);
    assert_false(after->regimen[1].is_unchanged);
    assert_true(after->regimen[2].is_unchanged); /* of the first three days */
    assert_string_equal(summary->outcome[0].endpoint,
                        "recurrence of ILL after recovery");
    tacro_summary_free(summary);
    tacro_scenario_free(s);
}

static int drop(void **state)
{
    static const char *const names[] = {"ill.yaml", "ill.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        in_folder(path, sizeof path, names[i]);
        unlink(path);
    }
    return test_folder_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_give_the_interval_of_recovery),
    };
    return cmocka_run_group_tests(tests, test_folder_make, drop);
}
