/** The group /comparison of a result file, of averages set by hand. */
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
#include <hdf5.h>
#include <hdf5_hl.h>

#include "run/comparison_results.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define NR 2
#define NDRAWS 4
#define NQ 3

static const char *const labels[NR] = {"a", "b"};
static const double quantiles[NQ] = {0.025, 0.5, 0.975};

/* PRES, rejection, event-free, days in range: [measure][regimen][draw]. */
static double value[4][NR][NDRAWS] = {
    {{0.04, 0.02, 0.08, 0.06}, {0.01, 0.01, 0.02, 0.06}},
    {{0.10, 0.12, 0.20, 0.10}, {0.22, 0.20, 0.50, 0.10}},
    {{0.86, 0.86, 0.72, 0.84}, {0.77, 0.79, 0.48, 0.84}},
    {{5.0, 4.0, 6.0, 7.0}, {2.0, 1.0, 3.0, 4.0}},
};

static double error[3][NR] = {{0.001, 0.002}, {0.003, 0.004}, {0.005, 0.006}};

static void write_file(const char *path, const char *why_not, size_t noutcomes)
{
    static const struct tacro_named outcome[] = {{"pres", "1", "new PRES"},
                                                 {"rejection", "1", "rejection."}};
    static const int day = 0;
    static const double time = 0.0;
    size_t draw[NDRAWS] = {0, 1, 2, 3};
    bool has_failed[NR] = {false, false};
    double scratch[NDRAWS];
    double weight[TACRO_NWEIGHTS];
    char hash[65];
    struct tacro_fields *fields = NULL;
    struct tacro_writer *writer = NULL;
    const struct tacro_compare compare = {.nregimens = NR,
                                          .nplans = NR,
                                          .noutcomes = noutcomes,
                                          .nmeasures = noutcomes + 2,
                                          .ndraws = NDRAWS,
                                          .draw = draw,
                                          .value = &value[0][0][0],
                                          .error = &error[0][0],
                                          .has_failed = has_failed,
                                          .scratch = scratch,
                                          .why_not = why_not,
                                          .other = 1};
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        weight[i] = tacro_weight(i);
    }
    const struct tacro_axes axes = {.nregimens = NR,
                                    .regimen = labels,
                                    .ndraws = NDRAWS,
                                    .nsubjects = NDRAWS,
                                    .per_draw = 1,
                                    .ntimes = 1,
                                    .time = &time,
                                    .ndays = 1,
                                    .day = &day,
                                    .nquantiles = NQ,
                                    .quantile = quantiles,
                                    .nweights = TACRO_NWEIGHTS,
                                    .weight = weight};
    const struct tacro_fields_setup setup = {.noutcomes = noutcomes,
                                             .outcome = outcome};
    assert_int_equal(tacro_fields_create(&setup, &fields, NULL), TACRO_OK);
    assert_int_equal(tacro_writer_create(path, true, &axes, fields, &writer, NULL),
                     TACRO_OK);
    assert_int_equal(tacro_comparison_write(&compare, quantiles, NQ, writer,
                                            fields->comparison, NULL),
                     TACRO_OK);
    assert_int_equal(tacro_writer_finish(writer, hash, NULL), TACRO_OK);
    tacro_writer_free(writer);
    tacro_fields_free(fields);
}

static void read_dataset(const char *path, const char *name, double *out)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5LTread_dataset(file, name, H5T_NATIVE_DOUBLE, out) >= 0);
    H5Fclose(file);
}

static bool has_dataset(const char *path, const char *name)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const bool is_there = H5Lexists(file, name, H5P_DEFAULT) > 0;
    H5Fclose(file);
    return is_there;
}

static void test_comparison_is_written_over_draws(void **state)
{
    const char *path = *state;
    double pair[NR][NR][NQ];
    double lower[NR][NR];
    double row[NR][NQ];
    double one[NR];
    double best[NR][TACRO_NWEIGHTS];
    double utility[NR][NQ][TACRO_NWEIGHTS];
    write_file(path, NULL, 2);
    read_dataset(path, "comparison/pres_difference_quantile", &pair[0][0][0]);
    test_check_close("low", pair[1][0][0], -0.06, 1e-12); /* -.03 -.01 -.06 0 */
    test_check_close("median", pair[1][0][1], -0.03, 1e-12);
    assert_true(pair[1][0][2] == 0.0 && pair[0][0][0] == 0.0);
    test_check_close("median", pair[0][1][1], 0.01, 1e-12); /* 0 .01 .03 .06 */
    read_dataset(path, "comparison/pres_probability_lower", &lower[0][0]);
    assert_true(lower[1][0] == 0.875 && lower[0][1] == 0.125);
    read_dataset(path, "comparison/days_in_range_difference_quantile", &pair[0][0][0]);
    assert_true(pair[1][0][0] == -3.0 && pair[1][0][2] == -3.0);
    read_dataset(path, "comparison/monte_carlo_error_rejection", one);
    assert_true(one[0] == 0.003 && one[1] == 0.004);
    read_dataset(path, "comparison/monte_carlo_error_event_free", one);
    assert_true(one[0] == 0.005 && one[1] == 0.006);
    read_dataset(path, "comparison/days_in_range_quantile", &row[0][0]);
    assert_true(row[0][0] == 4.0 && row[0][1] == 5.0 && row[1][2] == 4.0);
    read_dataset(path, "comparison/frontier_probability", one);
    assert_true(one[0] == 1.0 && one[1] == 1.0);
    read_dataset(path, "comparison/switching_ratio_quantile", &row[0][0]);
    test_check_close("low", row[1][0], 4.0, 1e-12); /* .12/.03 .08/.01 .3/.06 */
    test_check_close("median", row[1][1], 5.0, 1e-12);
    test_check_close("high", row[1][2], 8.0, 1e-12);
    assert_true(isnan(row[0][1]));
    read_dataset(path, "comparison/less_of_first_probability", one);
    assert_true(one[0] == 0.0 && one[1] == 0.75);
    read_dataset(path, "comparison/best_probability", &best[0][0]);
    test_check_close("light", best[0][0], 0.875, 1e-12); /* one tie */
    test_check_close("heavy", best[1][80], 0.875, 1e-12);
    read_dataset(path, "comparison/utility_quantile", &utility[0][0][0]);
    test_check_close("low", utility[1][0][40], 1.0 - 0.26, 1e-12); /* draw 2, w 1 */
    test_check_close("high", utility[1][2][40], 1.0 - 0.08, 1e-12);
}

static void test_what_is_not_ranked_stays_empty(void **state)
{
    const char *path = *state;
    double one[NR];
    double lower[NR][NR];
    write_file(path, "a history", 2);
    read_dataset(path, "comparison/frontier_probability", one);
    assert_true(isnan(one[0]) && isnan(one[1]));
    read_dataset(path, "comparison/pres_probability_lower", &lower[0][0]);
    assert_true(lower[1][0] == 0.875);
    write_file(path, "one outcome", 1);
    assert_true(has_dataset(path, "comparison/pres_probability_lower"));
    assert_false(has_dataset(path, "comparison/frontier_probability"));
}

static int set_up(void **state)
{
    static char path[256];
    test_temporary(path, "tacro_comparison.h5");
    *state = path;
    return 0;
}

static int tear_down(void **state)
{
    unlink(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comparison_is_written_over_draws, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_ranked_stays_empty, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("comparison results", tests, NULL, NULL);
}
