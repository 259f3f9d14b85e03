#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/** Comparisons that fail the calling test with the numbers in the message. */

/** Within half a unit of the last digit of a number as it was printed. */
void test_check_printed(const char *what, const char *printed, double value);

/** |value - want| <= rel * |want| */
void test_check_close(const char *what, double value, double want, double rel);

/** The same sign, exponent and digits; NaN equals NaN of the same bits. */
bool test_same_bits(double a, double b);

/** Uniform numbers of a fixed linear congruential generator (Knuth, MMIX). */
double test_draw(uint64_t *state, double low, double high);
double test_draw_log(uint64_t *state, double low, double high);

#endif
