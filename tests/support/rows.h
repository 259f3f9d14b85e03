#ifndef TEST_ROWS_H
#define TEST_ROWS_H

#include "run/tally.h"

/** Made-up rows of two regimens and their tally, and plain ways to the same figures. */

#define TEST_ROWS_NGROUPS 3
#define TEST_ROWS_PER_GROUP 150 /* of a group */
#define TEST_ROWS_N ((size_t)TEST_ROWS_NGROUPS * TEST_ROWS_PER_GROUP)
#define TEST_ROWS_NDRAWS 2
#define TEST_ROWS_PER_DRAW (TEST_ROWS_N / TEST_ROWS_NDRAWS)

/** Half a step of the level grid, 0.5 %, and the rounding of its logarithm. */
#define TEST_TOL_BIN 0.00252

/** Probabilities are summed in units of 2^-40, each rounded to the nearest. */
#define TEST_TOL_SUM 0x1p-41

struct test_rows {
    struct tacro_scenario *scenario;
    struct tacro_gather *gather[2][TEST_ROWS_NGROUPS]; /* by regimen */
    struct tacro_tally *tally;
};

/** Group fixtures: *state is a struct test_rows. */
int test_rows_set_up(void **state);
int test_rows_tear_down(void **state);

/** The group's rows that hold subject i; its row is i % TEST_ROWS_PER_GROUP. */
const struct tacro_gather *test_rows_of(const struct test_rows *rows, size_t regimen,
                                        size_t i);
bool test_rows_is_ok(const struct test_rows *rows, size_t regimen, size_t i);
double test_rows_level(const struct test_rows *rows, size_t regimen, size_t i,
                       size_t output);
double test_rows_trough(const struct test_rows *rows, size_t regimen, size_t i,
                        size_t d);

/** Levels at an output of the subjects that were integrated; returns their number. */
size_t test_rows_levels(const struct test_rows *rows, size_t regimen, size_t output,
                        double *value);

/** The smallest value that at least the share q of n values does not exceed; sorts. */
double test_quantile(double *value, size_t n, double q);

#endif
