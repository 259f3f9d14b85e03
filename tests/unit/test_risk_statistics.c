/** What a result keeps of several draws: averages, order statistics, drawn numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <hdf5.h>

#include "run/over_draws.h"
#include "run/statistics.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/rows.h"

#define NQUANTILES 3

static const double quantiles[NQUANTILES] = {0.025, 0.5, 0.975};
static const double drawn_value[TEST_ROWS_NDRAWS] = {1.5e-4, 2.5e-4};

static void test_order_statistic_is_one_of_the_values(void **state)
{
    static const struct {
        size_t n;
        double q;
        double want;
    } cases[] = {{1, 0.025, 1.0},     {1, 0.975, 1.0},     {2, 0.5, 1.0},
                 {2, 0.51, 2.0},      {3, 0.5, 2.0},       {40, 0.025, 1.0},
                 {40, 0.975, 39.0},   {41, 0.025, 2.0},    {100, 0.05, 5.0},
                 {1000, 0.025, 25.0}, {1000, 0.975, 975.0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value[1000];
        for (size_t k = 0; k < cases[i].n; k++) {
            value[k] = (double)(cases[i].n - k); /* n to 1 */
        }
        assert_true(tacro_order_statistic(value, cases[i].n, cases[i].q) ==
                    cases[i].want);
    }
}

static void test_order_statistic_leaves_out_what_is_not_known(void **state)
{
    double value[4] = {NAN, 3.0, NAN, 1.0};
    double none[2] = {NAN, NAN};
    (void)state;
    assert_true(tacro_order_statistic(value, 4, 0.975) == 3.0);
    assert_true(isnan(value[2]) && isnan(value[3]));
    assert_true(isnan(tacro_order_statistic(none, 2, 0.5)));
}

/* What is sorted once is the same when it is sorted again. */
static void test_estimate_leaves_out_what_is_not_known(void **state)
{
    double value[6] = {NAN, NAN, NAN, 1.0, 2.0, 3.0};
    double one[3] = {NAN, 0.25, NAN};
    struct tacro_estimate e = tacro_over_draws_estimate(value, 6);
    (void)state;
    assert_true(e.value == 2.0 && e.interval.median == 2.0);
    assert_true(e.interval.low == 1.0 && e.interval.high == 3.0);
    e = tacro_over_draws_estimate(one, 3);
    assert_true(e.value == 0.25);
    assert_true(isnan(e.interval.low) && isnan(e.interval.high));
}

/* -- in a file --------------------------------------------------------------------- */

static struct tacro_fields *create_fields(void)
{
    static const struct tacro_named outcome[] = {{"pres", "1", "new PRES"},
                                                 {"rejection", "1", "rejection"}};
    static const struct tacro_named drawn[] = {{"pres_H0_age", "1/h", "H0:age"}};
    const struct tacro_fields_setup setup = {.noutcomes = 2,
                                             .outcome = outcome,
                                             .ndrawn = 1,
                                             .drawn = drawn,
                                             .has_death = true};
    struct tacro_fields *fields = NULL;
    assert_int_equal(tacro_fields_create(&setup, &fields, NULL), TACRO_OK);
    return fields;
}

static void write_file(const struct test_rows *f, const char *path)
{
    static const char *const label[] = {"a", "b"};
    const struct tacro_scenario *s = f->scenario;
    struct tacro_drawn drawn = {.name = "H0:age", .unit = "1/h", .value = drawn_value};
    struct tacro_fields *fields = create_fields();
    struct tacro_writer *writer = NULL;
    const struct tacro_statistics statistics = {s, f->tally, fields, NQUANTILES,
                                                quantiles};
    const struct tacro_axes axes = {.nregimens = 2,
                                    .regimen = label,
                                    .ndraws = TEST_ROWS_NDRAWS,
                                    .nsubjects = TEST_ROWS_N,
                                    .per_draw = TEST_ROWS_PER_DRAW,
                                    .ntimes = s->ntimes,
                                    .time = s->time,
                                    .ndays = s->ndays,
                                    .day = s->day,
                                    .nquantiles = NQUANTILES,
                                    .quantile = quantiles};
    char hash[65];
    s->rules->ndrawn = 1;
    s->rules->drawn = &drawn;
    assert_int_equal(tacro_writer_create(path, true, &axes, fields, &writer, NULL),
                     TACRO_OK);
    assert_int_equal(tacro_statistics_write(&statistics, writer, NULL), TACRO_OK);
    assert_int_equal(tacro_writer_finish(writer, hash, NULL), TACRO_OK);
    s->rules->ndrawn = 0;
    s->rules->drawn = NULL;
    tacro_writer_free(writer);
    tacro_fields_free(fields);
}

static void read_values(hid_t file, const char *name, double *value)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    if (dataset < 0) {
        fail_msg("no %s", name);
    }
    assert_true(
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(dataset);
}

/* Of the last day and regimen 1: both draws' averages, and their order statistics. */
static void check_draws(const struct test_rows *f, hid_t file, const char *name,
                        const uint64_t *sum, const char *quantile_name)
{
    const size_t nd = f->scenario->ndays;
    const uint64_t *n = f->tally->regimen[1].n;
    double value[2 * NQUANTILES * 16];
    double mean[TEST_ROWS_NDRAWS];
    assert_true(nd <= 16);
    read_values(file, name, value);
    for (size_t m = 0; m < TEST_ROWS_NDRAWS; m++) {
        mean[m] = tacro_tally_mean(sum[m * nd + nd - 1], n[m]);
        assert_true(mean[m] > 0.0);
        assert_true(value[(TEST_ROWS_NDRAWS + m) * nd + nd - 1] == mean[m]);
        assert_true(isnan(value[(TEST_ROWS_NDRAWS + m) * nd])); /* before landmark */
    }
    if (quantile_name != NULL) {
        read_values(file, quantile_name, value);
        assert_true(value[NQUANTILES * nd + nd - 1] == fmin(mean[0], mean[1]));
        assert_true(value[(NQUANTILES + 1) * nd + nd - 1] == fmin(mean[0], mean[1]));
        assert_true(value[(NQUANTILES + 2) * nd + nd - 1] == fmax(mean[0], mean[1]));
    }
}

static void test_file_holds_each_draw_and_their_order_statistics(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_regimen_tally *t = &f->tally->regimen[1];
    const size_t other = TEST_ROWS_NDRAWS * f->scenario->ndays;
    char path[256];
    double value[2 * TEST_ROWS_NDRAWS];
    hid_t file;
    test_temporary(path, "draws.h5");
    write_file(f, path);
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    check_draws(f, file, "pres_risk", t->risk, "pres_risk_quantile");
    check_draws(f, file, "rejection_risk", t->risk + other, "rejection_risk_quantile");
    check_draws(f, file, "rejection_risk_first", t->first + other, NULL);
    check_draws(f, file, "death_risk", t->death, NULL);
    check_draws(f, file, "event_free_probability", t->event_free,
                "event_free_probability_quantile");
    read_values(file, "rejection_risk_first_horizon", value);
    assert_true(value[TEST_ROWS_NDRAWS + 1] ==
                tacro_tally_mean(t->first_horizon[TEST_ROWS_NDRAWS + 1], t->n[1]));
    read_values(file, "event_free_horizon", value);
    assert_true(value[TEST_ROWS_NDRAWS] ==
                tacro_tally_mean(t->event_free_horizon[0], t->n[0]));
    read_values(file, "draws/pres_H0_age", value);
    assert_true(value[0] == drawn_value[0] && value[1] == drawn_value[1]);
    H5Fclose(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_statistic_is_one_of_the_values),
        cmocka_unit_test(test_order_statistic_leaves_out_what_is_not_known),
        cmocka_unit_test(test_estimate_leaves_out_what_is_not_known),
        cmocka_unit_test(test_file_holds_each_draw_and_their_order_statistics),
    };
    return cmocka_run_group_tests(tests, test_rows_set_up, test_rows_tear_down);
}
