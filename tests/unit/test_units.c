/** Text to canonical units: values, units, and every way in which a text is refused. */
#include "core/units.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct good {
    const char *text;
    enum tacro_dimension dimension;
    double value;
};

static const struct good goods[] = {
    {"3 mg", TACRO_DOSE, 3.0},
    {"3mg", TACRO_DOSE, 3.0},
    {"  3   mg  ", TACRO_DOSE, 3.0},
    {"+.5 mg", TACRO_DOSE, 0.5},
    {"5. mg", TACRO_DOSE, 5.0},
    {"5e-1 mg", TACRO_DOSE, 0.5},
    {"500 ug", TACRO_DOSE, 0.5},
    {"500 \u00b5g", TACRO_DOSE, 0.5},
    {"500 \u03bcg", TACRO_DOSE, 0.5},
    {"500 mcg", TACRO_DOSE, 0.5},
    {"0.005 g", TACRO_DOSE, 5.0},
    {"1e308 mg", TACRO_DOSE, 1e308},
    {"0.31", TACRO_NUMBER, 0.31},
    {"31 %", TACRO_NUMBER, 0.31},
    {"31%", TACRO_NUMBER, 0.31},
    {"0.31 1", TACRO_NUMBER, 0.31},
    {"-2", TACRO_NUMBER, -2.0},
    {"90 min", TACRO_TIME, 1.5},
    {"14 d", TACRO_TIME, 336.0},
    {"1 day", TACRO_TIME, 24.0},
    {"2 weeks", TACRO_TIME, 336.0},
    {"0 h", TACRO_TIME, 0.0},
    {"36 y", TACRO_AGE, 36.0},
    {"36 years", TACRO_AGE, 36.0},
    {"6 months", TACRO_AGE, 0.5},
    {"469000 mL", TACRO_VOLUME, 469.0},
    {"20.9 L/h", TACRO_CLEARANCE, 20.9},
    {"350 mL/min", TACRO_CLEARANCE, 21.0},
    {"48 L/d", TACRO_CLEARANCE, 2.0},
    {"0.579 1/h", TACRO_RATE, 0.579},
    {"0.024 1/d", TACRO_RATE, 0.001},
    {"1 1/min", TACRO_RATE, 60.0},
    {"9 ng/mL", TACRO_CONCENTRATION, 9.0},
    {"9 \u00b5g/L", TACRO_CONCENTRATION, 9.0},
    {"2000 pg/mL", TACRO_CONCENTRATION, 2.0},
    {"0.009 mg/L", TACRO_CONCENTRATION, 9.0},
    {"50 kg", TACRO_WEIGHT, 50.0},
    {"1.7 m", TACRO_LENGTH, 170.0},
    {"95 mmHg", TACRO_PRESSURE, 95.0},
    {"133.322387415 kPa", TACRO_PRESSURE, 1000.0},
    {"3 g/dL", TACRO_ALBUMIN, 30.0},
    {"80 umol/L", TACRO_CREATININE, 80.0},
    {"113.12 mg/dL", TACRO_CREATININE, 10000.0},
    {"5 mg/L", TACRO_CRP, 5.0},
    {"20 mg/day", TACRO_DAILY_DOSE, 20.0},
    {"-0.05 1/y", TACRO_PER_AGE, -0.05},
    {"0.035 1/mmHg", TACRO_PER_PRESSURE, 0.035},
    {"0.12 mL/ng", TACRO_PER_CONCENTRATION, 0.12},
    {"0.12 L/ug", TACRO_PER_CONCENTRATION, 0.12},
    {"0.075 mg/kg", TACRO_DOSE_PER_WEIGHT, 0.075},
    {"75 ug/kg", TACRO_DOSE_PER_WEIGHT, 0.075},
    {"75 mcg/kg", TACRO_DOSE_PER_WEIGHT, 0.075},
    {"0.15 mg/kg/day", TACRO_DAILY_DOSE_PER_WEIGHT, 0.15},
    {"0.15 mg/kg/d", TACRO_DAILY_DOSE_PER_WEIGHT, 0.15},
};

static void test_units_known_texts_give_canonical_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        double value = 0.0;
        struct tacro_error err = {0};
        assert_int_equal(
            tacro_units_parse(goods[i].text, goods[i].dimension, &value, &err),
            TACRO_OK);
        assert_true(fabs(value - goods[i].value) <= 1e-15 * fabs(goods[i].value));
    }
}

struct bad {
    const char *text;
    enum tacro_dimension dimension;
    const char *message;
};

static const struct bad bads[] = {
    {"", TACRO_DOSE, "empty, expected a dose in mg, ug or g"},
    {"40", TACRO_CONCENTRATION,
     "40: unit missing, expected a concentration in ng/mL, ug/L, pg/mL or mg/L"},
    {"3 mgg", TACRO_DOSE, "3 mgg: unknown unit `mgg`, expected a dose in mg, ug or g"},
    {"3 MG", TACRO_DOSE, "3 MG: unknown unit `MG`, expected a dose in mg, ug or g"},
    {"3 mg mg", TACRO_DOSE, "unknown unit `mg mg`"},
    {"3 mL", TACRO_DOSE, "3 mL is a volume, expected a dose in mg, ug or g"},
    {"0.3 g/L", TACRO_NUMBER,
     "0.3 g/L is an albumin level, expected a number without unit such as 0.4 or 40 %"},
    {"0.5791/h", TACRO_RATE, "unknown unit `/h`"},
    {"1,5 mg", TACRO_DOSE,
     "1,5 mg: comma in a number, write a decimal point and no thousands separator"},
    {"1,000 mg", TACRO_DOSE, "comma in a number"},
    {"0x10 mg", TACRO_DOSE, "0x10 mg: hexadecimal, write a decimal number"},
    {"NaN", TACRO_NUMBER, "NaN: not a finite number, expected a number without unit"},
    {".nan mg", TACRO_DOSE, "not a finite number"},
    {"-inf h", TACRO_TIME, "-inf h: not a finite number, expected a time in h, min, d"},
    {".inf", TACRO_NUMBER, "not a finite number"},
    {"mg", TACRO_DOSE, "mg: not a number, expected a dose"},
    {"--3 mg", TACRO_DOSE, "--3 mg: not a number"},
    {"e5 mg", TACRO_DOSE, "not a number"},
    {".", TACRO_NUMBER, "not a number"},
    {"3 e mg", TACRO_DOSE, "unknown unit `e mg`"},
    {"1e999 mg", TACRO_DOSE, "1e999: the number is too large"},
    {"1e-999 mg", TACRO_DOSE, "1e-999: the number is too small"},
    {"1e308 g", TACRO_DOSE, "1e308 g: the number is too large"},
    {"1111111111111111111111111111111111111111111111111111111111111111 mg", TACRO_DOSE,
     "1111111111111111111111111111111111111111111111111111...: more than 63 digits"},
};

static void test_units_bad_texts_are_refused_with_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        double value = 7.0;
        struct tacro_error err = {0};
        assert_int_equal(
            tacro_units_parse(bads[i].text, bads[i].dimension, &value, &err),
            TACRO_EINPUT);
        assert_int_equal(err.status, TACRO_EINPUT);
        if (strstr(err.text, bads[i].message) == NULL) {
            fail_msg("`%s` gave `%s`, expected `%s`", bads[i].text, err.text,
                     bads[i].message);
        }
        assert_true(value == 7.0);
        assert_int_equal(
            tacro_units_parse(bads[i].text, bads[i].dimension, &value, NULL),
            TACRO_EINPUT);
    }
}

static void test_units_ranges_go_up_and_share_a_unit(void **state)
{
    (void)state;
    double low = 0.0;
    double high = 0.0;
    struct tacro_error err = {0};
    assert_int_equal(
        tacro_units_parse_range("9-15 ng/mL", TACRO_CONCENTRATION, &low, &high, &err),
        TACRO_OK);
    assert_true(low == 9.0 && high == 15.0);
    assert_int_equal(tacro_units_parse_range("9 \u2013 15 \u00b5g/L",
                                             TACRO_CONCENTRATION, &low, &high, &err),
                     TACRO_OK);
    assert_true(low == 9.0 && high == 15.0);
    assert_int_equal(tacro_units_parse_range("-5--3", TACRO_NUMBER, &low, &high, &err),
                     TACRO_OK);
    assert_true(low == -5.0 && high == -3.0);
    assert_int_equal(
        tacro_units_parse_range("30-60 %", TACRO_NUMBER, &low, &high, &err), TACRO_OK);
    assert_true(low == 0.3 && high == 0.6);
}

static void test_units_bad_ranges_are_refused(void **state)
{
    static const struct bad ranges[] = {
        {"15-9 ng/mL", TACRO_CONCENTRATION, "15-9 ng/mL: the range does not go up"},
        {"9-9 ng/mL", TACRO_CONCENTRATION, "the range does not go up"},
        {"9 ng/mL", TACRO_CONCENTRATION,
         "9 ng/mL: not a range, expected one such as 9-15 ng/mL"},
        {"9 15", TACRO_NUMBER, "9 15: not a range, expected one such as 9-15"},
        {"9-15", TACRO_CONCENTRATION, "9-15: unit missing, expected a concentration"},
        {"9-", TACRO_CONCENTRATION, "9-: not a number"},
        {"9-15,5 ng/mL", TACRO_CONCENTRATION, "comma in a number"},
        {"-", TACRO_NUMBER, "-: not a number"},
        {"1-1e308 g", TACRO_DOSE, "the number is too large"},
        {"1e308-1e308 g", TACRO_DOSE, "the number is too large"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        double low = 7.0;
        double high = 7.0;
        struct tacro_error err = {0};
        assert_int_equal(tacro_units_parse_range(ranges[i].text, ranges[i].dimension,
                                                 &low, &high, &err),
                         TACRO_EINPUT);
        if (strstr(err.text, ranges[i].message) == NULL) {
            fail_msg("`%s` gave `%s`", ranges[i].text, err.text);
        }
        assert_true(low == 7.0 && high == 7.0);
    }
}

static void test_units_clock_times_are_hours_since_midnight(void **state)
{
    static const char *const refused[] = {"24:00", "08:60", "8:00",  "8",
                                          "",      "08-00", "08:0x", "08:00:00",
                                          "-8:00", "ab:cd"};
    (void)state;
    double hours = 7.0;
    struct tacro_error err = {0};
    assert_int_equal(tacro_units_parse_clock("08:00", &hours, &err), TACRO_OK);
    assert_true(hours == 8.0);
    assert_int_equal(tacro_units_parse_clock("23:59", &hours, &err), TACRO_OK);
    assert_true(hours == 1439.0 / 60.0);
    assert_int_equal(tacro_units_parse_clock("00:00", &hours, &err), TACRO_OK);
    assert_true(hours == 0.0);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(tacro_units_parse_clock(refused[i], &hours, &err),
                         TACRO_EINPUT);
        assert_non_null(
            strstr(err.text, "not a clock time, expected \"hh:mm\" from 00:00"));
    }
}

static void test_units_every_dimension_reads_its_own_unit(void **state)
{
    (void)state;
    for (size_t i = 0; i < TACRO_NDIMENSIONS; i++) {
        const enum tacro_dimension dimension = (enum tacro_dimension)i;
        const char *unit = tacro_dimension_unit(dimension);
        char text[64];
        double value = 0.0;
        snprintf(text, sizeof text, "2.5 %s", unit);
        assert_int_equal(tacro_units_parse(text, dimension, &value, NULL), TACRO_OK);
        assert_true(value == 2.5);
        assert_int_equal(tacro_dimension_of(unit), dimension);
    }
    assert_int_equal(tacro_dimension_of("furlong"), TACRO_NDIMENSIONS);
}

/** A program in a locale with a decimal comma reads the same file to the same bits. */
static void test_units_locale_changes_nothing(void **state)
{
    (void)state;
    double value = 0.0;
    const char *set = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    assert_int_equal(tacro_units_parse("0.579 1/h", TACRO_RATE, &value, NULL),
                     TACRO_OK);
    assert_true(value == 0.579);
    if (set != NULL) {
        setlocale(LC_NUMERIC, "C");
    }
}

static void test_excerpt_cuts_between_characters_and_hides_controls(void **state)
{
    (void)state;
    char text[200];
    assert_string_equal(tacro_excerpt("3 mg").s, "3 mg");
    assert_string_equal(tacro_excerpt("a\x1b[31m\n").s, "a?[31m?");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(strlen(tacro_excerpt(text).s), 60);
    memcpy(text + 56, "\u00b5", 2); /* the cut at byte 57 would be inside it */
    assert_int_equal(strlen(tacro_excerpt(text).s), 59);
    assert_string_equal(tacro_excerpt(text).s + 56, "...");
}

static void test_times_are_shown_in_the_unit_of_the_text_beside(void **state)
{
    (void)state;
    assert_string_equal(tacro_units_time_beside(72.0, "5 d").s, "3 d (72 h)");
    assert_string_equal(tacro_units_time_beside(60.0, "5 days").s, "2.5 d (60 h)");
    assert_string_equal(tacro_units_time_beside(336.0, "3 weeks").s, "2 weeks (336 h)");
    assert_string_equal(tacro_units_time_beside(2.0, "150 min").s, "120 min (2 h)");
    assert_string_equal(tacro_units_time_beside(72.0, "90 h").s, "72 h");
    assert_string_equal(tacro_units_time_beside(72.0, "soon").s, "72 h");
    assert_string_equal(tacro_units_time_beside(72.0, NULL).s, "72 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_known_texts_give_canonical_values),
        cmocka_unit_test(test_units_bad_texts_are_refused_with_what_was_expected),
        cmocka_unit_test(test_units_ranges_go_up_and_share_a_unit),
        cmocka_unit_test(test_units_bad_ranges_are_refused),
        cmocka_unit_test(test_units_clock_times_are_hours_since_midnight),
        cmocka_unit_test(test_units_every_dimension_reads_its_own_unit),
        cmocka_unit_test(test_units_locale_changes_nothing),
        cmocka_unit_test(test_times_are_shown_in_the_unit_of_the_text_beside),
        cmocka_unit_test(test_excerpt_cuts_between_characters_and_hides_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
