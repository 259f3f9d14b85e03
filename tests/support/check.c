#include "tests/support/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

double test_draw(uint64_t *state, double low, double high)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(*state >> 11) * 0x1p-53;
}

double test_draw_log(uint64_t *state, double low, double high)
{
    return exp(test_draw(state, log(low), log(high)));
}

void test_check_printed(const char *what, const char *printed, double value)
{
    const char *point = strchr(printed, '.');
    const char *exponent = strchr(printed, 'e');
    const double want = strtod(printed, NULL);
    long digits = 0;
    long power = 0;
    if (exponent != NULL) {
        power = strtol(exponent + 1, NULL, 10);
    }
    if (point != NULL) {
        digits = (long)strspn(point + 1, "0123456789");
    }
    if (!(fabs(value - want) <= 0.5 * pow(10.0, (double)(power - digits)))) {
        fail_msg("%s: %.10g, printed %s", what, value, printed);
    }
}

void test_check_close(const char *what, double value, double want, double rel)
{
    if (!(fabs(value - want) <= rel * fabs(want))) {
        fail_msg("%s: %.17g is not %.17g within %g", what, value, want, rel);
    }
}

bool test_same_bits(double a, double b)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}
