#include "core/units.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT(name, unit) unit,
static const char *const dimension_units[] = {TACRO_DIMENSION_LIST(UNIT)};
#undef UNIT

/** What a dimension is called in a message, and the units it offers. */
struct wording {
    const char *noun;
    const char *units;
};

static const struct wording wordings[TACRO_NDIMENSIONS] = {
    [TACRO_NUMBER] = {"a number without unit", "such as 0.4 or 40 %"},
    [TACRO_TIME] = {"a time", "in h, min, d or weeks"},
    [TACRO_AGE] = {"an age", "in y or months"},
    [TACRO_DOSE] = {"a dose", "in mg, ug or g"},
    [TACRO_VOLUME] = {"a volume", "in L or mL"},
    [TACRO_CLEARANCE] = {"a clearance", "in L/h, mL/min or L/d"},
    [TACRO_RATE] = {"a rate", "in 1/h, 1/d or 1/min"},
    [TACRO_CONCENTRATION] = {"a concentration", "in ng/mL, ug/L, pg/mL or mg/L"},
    [TACRO_WEIGHT] = {"a weight", "in kg or g"},
    [TACRO_LENGTH] = {"a length", "in cm, m or mm"},
    [TACRO_PRESSURE] = {"a pressure", "in mmHg or kPa"},
    [TACRO_ALBUMIN] = {"an albumin level", "in g/L or g/dL"},
    [TACRO_CREATININE] = {"a creatinine level", "in umol/L or mg/dL"},
    [TACRO_CRP] = {"a CRP or drug level", "in mg/L or mg/dL"},
    [TACRO_DAILY_DOSE] = {"a daily dose", "in mg/day"},
    [TACRO_DOSE_RATE] = {"a rate of input", "in mg/h"},
    [TACRO_PER_AGE] = {"a change per year of age", "in 1/y"},
    [TACRO_PER_PRESSURE] = {"a change per pressure", "in 1/mmHg"},
    [TACRO_PER_CONCENTRATION] = {"a change per concentration", "in mL/ng or L/ug"},
    [TACRO_DOSE_PER_WEIGHT] = {"a dose per weight", "in mg/kg or ug/kg"},
    [TACRO_DAILY_DOSE_PER_WEIGHT] = {"a daily dose per weight", "in mg/kg/day"},
    [TACRO_FILTRATION] = {"a filtration rate", "in mL/min"},
    [TACRO_MOLAR] = {"a molar concentration", "in nmol/L or umol/L"},
    [TACRO_BODY_MASS_INDEX] = {"a body mass index", "in kg/m2"},
    [TACRO_AREA] = {"an area", "in m2"},
    [TACRO_PER_WEIGHT] = {"a change per weight", "in 1/kg"},
    [TACRO_PER_LENGTH] = {"a change per length", "in 1/cm or 1/m"},
    [TACRO_PER_DOSE] = {"a change per dose", "in 1/mg"},
    [TACRO_PER_AREA] = {"a change per area", "in 1/m2"},
    [TACRO_PER_ALBUMIN] = {"a change per albumin level", "in 1/(g/L)"},
    [TACRO_PER_CREATININE] = {"a change per creatinine level",
                              "in 1/(umol/L) or 1/(mg/dL)"},
    [TACRO_PER_CRP] = {"a change per level", "in 1/(mg/L)"},
    [TACRO_PER_DAILY_DOSE] = {"a change per daily dose", "in 1/(mg/day)"},
    [TACRO_PER_FILTRATION] = {"a change per filtration rate", "in 1/(mL/min)"},
    [TACRO_PER_MOLAR] = {"a change per molar concentration", "in 1/(nmol/L)"},
    [TACRO_PER_BODY_MASS_INDEX] = {"a change per body mass index", "in 1/(kg/m2)"},
    [TACRO_AUC] = {"an area under the curve", "in ng*h/mL, ug*h/L or mg*h/L"},
};

/** canonical = value * num / den; two factors keep 90 min = 1.5 h exact. */
struct unit {
    const char *name;
    enum tacro_dimension dimension;
    double num;
    double den;
};

/* The micro sign has two code points: U+00B5 and U+03BC. */
/* kPa: 1 mmHg = 133.322387415 Pa. Creatinine: 113.12 g/mol. */
static const struct unit units[] = {
    {"", TACRO_NUMBER, 1, 1},
    {"1", TACRO_NUMBER, 1, 1},
    {"%", TACRO_NUMBER, 1, 100},
    {"h", TACRO_TIME, 1, 1},
    {"hour", TACRO_TIME, 1, 1},
    {"hours", TACRO_TIME, 1, 1},
    {"min", TACRO_TIME, 1, 60},
    {"d", TACRO_TIME, 24, 1},
    {"day", TACRO_TIME, 24, 1},
    {"days", TACRO_TIME, 24, 1},
    {"week", TACRO_TIME, 168, 1},
    {"weeks", TACRO_TIME, 168, 1},
    {"y", TACRO_AGE, 1, 1},
    {"year", TACRO_AGE, 1, 1},
    {"years", TACRO_AGE, 1, 1},
    {"month", TACRO_AGE, 1, 12},
    {"months", TACRO_AGE, 1, 12},
    {"mg", TACRO_DOSE, 1, 1},
    {"mcg", TACRO_DOSE, 1, 1000},
    {"ug", TACRO_DOSE, 1, 1000},
    {"\u00b5g", TACRO_DOSE, 1, 1000},
    {"\u03bcg", TACRO_DOSE, 1, 1000},
    {"g", TACRO_DOSE, 1000, 1},
    {"L", TACRO_VOLUME, 1, 1},
    {"l", TACRO_VOLUME, 1, 1},
    {"mL", TACRO_VOLUME, 1, 1000},
    {"ml", TACRO_VOLUME, 1, 1000},
    {"mL/min", TACRO_FILTRATION, 1, 1},
    {"ml/min", TACRO_FILTRATION, 1, 1},
    {"mL/min/1.73m2", TACRO_FILTRATION, 1, 1},
    {"nmol/L", TACRO_MOLAR, 1, 1},
    {"umol/L", TACRO_MOLAR, 1000, 1},
    {"L/h", TACRO_CLEARANCE, 1, 1},
    {"l/h", TACRO_CLEARANCE, 1, 1},
    {"mL/min", TACRO_CLEARANCE, 60, 1000},
    {"ml/min", TACRO_CLEARANCE, 60, 1000},
    {"L/d", TACRO_CLEARANCE, 1, 24},
    {"L/day", TACRO_CLEARANCE, 1, 24},
    {"1/h", TACRO_RATE, 1, 1},
    {"1/d", TACRO_RATE, 1, 24},
    {"1/day", TACRO_RATE, 1, 24},
    {"1/min", TACRO_RATE, 60, 1},
    {"ng/mL", TACRO_CONCENTRATION, 1, 1},
    {"ng/ml", TACRO_CONCENTRATION, 1, 1},
    {"ug/L", TACRO_CONCENTRATION, 1, 1},
    {"\u00b5g/L", TACRO_CONCENTRATION, 1, 1},
    {"\u03bcg/L", TACRO_CONCENTRATION, 1, 1},
    {"mcg/L", TACRO_CONCENTRATION, 1, 1},
    {"pg/mL", TACRO_CONCENTRATION, 1, 1000},
    {"pg/ml", TACRO_CONCENTRATION, 1, 1000},
    {"mg/L", TACRO_CONCENTRATION, 1000, 1},
    {"kg", TACRO_WEIGHT, 1, 1},
    {"g", TACRO_WEIGHT, 1, 1000},
    {"cm", TACRO_LENGTH, 1, 1},
    {"m", TACRO_LENGTH, 100, 1},
    {"mm", TACRO_LENGTH, 1, 10},
    {"mmHg", TACRO_PRESSURE, 1, 1},
    {"kPa", TACRO_PRESSURE, 1000, 133.322387415},
    {"g/L", TACRO_ALBUMIN, 1, 1},
    {"g/dL", TACRO_ALBUMIN, 10, 1},
    {"umol/L", TACRO_CREATININE, 1, 1},
    {"\u00b5mol/L", TACRO_CREATININE, 1, 1},
    {"\u03bcmol/L", TACRO_CREATININE, 1, 1},
    {"mg/dL", TACRO_CREATININE, 10000, 113.12},
    {"mg/L", TACRO_CRP, 1, 1},
    {"mg/dL", TACRO_CRP, 10, 1},
    {"mg/h", TACRO_DOSE_RATE, 1, 1},
    {"mg/day", TACRO_DAILY_DOSE, 1, 1},
    {"mg/d", TACRO_DAILY_DOSE, 1, 1},
    {"1/y", TACRO_PER_AGE, 1, 1},
    {"1/year", TACRO_PER_AGE, 1, 1},
    {"1/mmHg", TACRO_PER_PRESSURE, 1, 1},
    {"mL/ng", TACRO_PER_CONCENTRATION, 1, 1},
    {"L/ug", TACRO_PER_CONCENTRATION, 1, 1},
    {"mg/kg", TACRO_DOSE_PER_WEIGHT, 1, 1},
    {"ug/kg", TACRO_DOSE_PER_WEIGHT, 1, 1000},
    {"mcg/kg", TACRO_DOSE_PER_WEIGHT, 1, 1000},
    {"mg/kg/day", TACRO_DAILY_DOSE_PER_WEIGHT, 1, 1},
    {"mg/kg/d", TACRO_DAILY_DOSE_PER_WEIGHT, 1, 1},
    {"kg/m2", TACRO_BODY_MASS_INDEX, 1, 1},
    {"m2", TACRO_AREA, 1, 1},
    {"1/kg", TACRO_PER_WEIGHT, 1, 1},
    {"1/cm", TACRO_PER_LENGTH, 1, 1},
    {"1/m", TACRO_PER_LENGTH, 1, 100},
    {"1/mg", TACRO_PER_DOSE, 1, 1},
    {"1/m2", TACRO_PER_AREA, 1, 1},
    {"1/(g/L)", TACRO_PER_ALBUMIN, 1, 1},
    {"1/g/L", TACRO_PER_ALBUMIN, 1, 1},
    {"L/g", TACRO_PER_ALBUMIN, 1, 1},
    {"1/(g/dL)", TACRO_PER_ALBUMIN, 1, 10},
    {"1/(umol/L)", TACRO_PER_CREATININE, 1, 1},
    {"1/umol/L", TACRO_PER_CREATININE, 1, 1},
    {"L/umol", TACRO_PER_CREATININE, 1, 1},
    {"1/(mg/dL)", TACRO_PER_CREATININE, 113.12, 10000},
    {"1/(mg/L)", TACRO_PER_CRP, 1, 1},
    {"1/mg/L", TACRO_PER_CRP, 1, 1},
    {"L/mg", TACRO_PER_CRP, 1, 1},
    {"1/(mg/day)", TACRO_PER_DAILY_DOSE, 1, 1},
    {"1/mg/day", TACRO_PER_DAILY_DOSE, 1, 1},
    {"day/mg", TACRO_PER_DAILY_DOSE, 1, 1},
    {"1/(mL/min)", TACRO_PER_FILTRATION, 1, 1},
    {"1/mL/min", TACRO_PER_FILTRATION, 1, 1},
    {"min/mL", TACRO_PER_FILTRATION, 1, 1},
    {"1/(nmol/L)", TACRO_PER_MOLAR, 1, 1},
    {"1/nmol/L", TACRO_PER_MOLAR, 1, 1},
    {"L/nmol", TACRO_PER_MOLAR, 1, 1},
    {"1/(kg/m2)", TACRO_PER_BODY_MASS_INDEX, 1, 1},
    {"1/kg/m2", TACRO_PER_BODY_MASS_INDEX, 1, 1},
    {"ng*h/mL", TACRO_AUC, 1, 1},
    {"h*ng/mL", TACRO_AUC, 1, 1},
    {"ug*h/L", TACRO_AUC, 1, 1},
    {"h*ug/L", TACRO_AUC, 1, 1},
    {"mg*h/L", TACRO_AUC, 1000, 1},
    {"h*mg/L", TACRO_AUC, 1000, 1},
};
static const size_t nunits = sizeof units / sizeof units[0];

struct tacro_excerpt tacro_excerpt(const char *text)
{
    struct tacro_excerpt out;
    size_t n = strlen(text);
    const bool is_cut = n > 60;
    n = is_cut ? 57 : n;
    while (is_cut && n > 0 && ((unsigned char)text[n] & 0xC0U) == 0x80U) {
        n--; /* not inside a character */
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        out.s[i] = text[i];
        if (c < 0x20 || c == 0x7F) {
            out.s[i] = '?';
        }
    }
    snprintf(out.s + n, sizeof out.s - n, "%s", is_cut ? "..." : "");
    return out;
}

const char *tacro_dimension_unit(enum tacro_dimension dimension)
{
    return dimension_units[dimension];
}

enum tacro_dimension tacro_dimension_of(const char *unit)
{
    size_t i = 0;
    while (i < TACRO_NDIMENSIONS && strcmp(dimension_units[i], unit) != 0) {
        i++;
    }
    return (enum tacro_dimension)i;
}

enum tacro_dimension tacro_dimension_per(enum tacro_dimension dimension)
{
    static const struct {
        enum tacro_dimension of;
        enum tacro_dimension per;
    } pairs[] = {
        {TACRO_NUMBER, TACRO_NUMBER},
        {TACRO_TIME, TACRO_RATE},
        {TACRO_AGE, TACRO_PER_AGE},
        {TACRO_PRESSURE, TACRO_PER_PRESSURE},
        {TACRO_CONCENTRATION, TACRO_PER_CONCENTRATION},
        {TACRO_WEIGHT, TACRO_PER_WEIGHT},
        {TACRO_LENGTH, TACRO_PER_LENGTH},
        {TACRO_DOSE, TACRO_PER_DOSE},
        {TACRO_AREA, TACRO_PER_AREA},
        {TACRO_ALBUMIN, TACRO_PER_ALBUMIN},
        {TACRO_CREATININE, TACRO_PER_CREATININE},
        {TACRO_CRP, TACRO_PER_CRP},
        {TACRO_DAILY_DOSE, TACRO_PER_DAILY_DOSE},
        {TACRO_FILTRATION, TACRO_PER_FILTRATION},
        {TACRO_MOLAR, TACRO_PER_MOLAR},
        {TACRO_BODY_MASS_INDEX, TACRO_PER_BODY_MASS_INDEX},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].of == dimension) {
            return pairs[i].per;
        }
    }
    return TACRO_NDIMENSIONS;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at)) {
        at++;
    }
    return at;
}

static const char *skip_digits(const char *at)
{
    while (isdigit((unsigned char)*at)) {
        at++;
    }
    return at;
}

/** End of [+-] digits [. digits] [e [+-] digits] at `at`, or `at` if there is none. */
static const char *number_end(const char *at)
{
    const char *start = at + (*at == '+' || *at == '-');
    const char *end = skip_digits(start);
    size_t ndigits = (size_t)(end - start);
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        ndigits += (size_t)(end - fraction);
    }
    if (ndigits == 0) {
        return at;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;
        exponent += *exponent == '+' || *exponent == '-';
        if (isdigit((unsigned char)*exponent)) {
            end = skip_digits(exponent);
        }
    }
    return end;
}

/** strtod in the C locale, whatever locale the calling program has set. */
static enum tacro_status to_double(const char *text, double *value,
                                   struct tacro_error *err)
{
    locale_t c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) {
        return tacro_fail(err, TACRO_ENOMEM, "locale for reading numbers");
    }
    const locale_t before = uselocale(c_locale);
    errno = 0;
    *value = strtod(text, NULL);
    const bool is_outside = errno == ERANGE;
    uselocale(before);
    freelocale(c_locale);
    if (is_outside) {
        return tacro_fail(err, TACRO_EINPUT, "%s: the number is too %s", text,
                          fabs(*value) > 1.0 ? "large" : "small");
    }
    return TACRO_OK;
}

static bool starts_with_word(const char *at, const char *word)
{
    for (; *word != '\0'; word++, at++) {
        if (tolower((unsigned char)*at) != *word) {
            return false;
        }
    }
    return true;
}

static enum tacro_status refuse_number(const char *whole, const char *at,
                                       enum tacro_dimension dimension,
                                       struct tacro_error *err)
{
    const struct tacro_excerpt shown = tacro_excerpt(whole);
    const struct wording *w = &wordings[dimension];
    const char *bare = at + (*at == '+' || *at == '-');
    bare += *bare == '.';
    if (starts_with_word(bare, "nan") || starts_with_word(bare, "inf")) {
        return tacro_fail(err, TACRO_EINPUT, "%s: not a finite number, expected %s %s",
                          shown.s, w->noun, w->units);
    }
    if (*whole == '\0') {
        return tacro_fail(err, TACRO_EINPUT, "empty, expected %s %s", w->noun,
                          w->units);
    }
    return tacro_fail(err, TACRO_EINPUT, "%s: not a number, expected %s %s", shown.s,
                      w->noun, w->units);
}

/** Read the number at *at and move *at behind it. `whole` is for the message. */
static enum tacro_status read_number(const char *whole, const char **at,
                                     enum tacro_dimension dimension, double *value,
                                     struct tacro_error *err)
{
    char digits[64];
    const char *start = skip_blanks(*at);
    const char *end = number_end(start);
    const size_t n = (size_t)(end - start);
    if (n == 0) {
        return refuse_number(whole, start, dimension, err);
    }
    if (*end == ',') {
        return tacro_fail(err, TACRO_EINPUT,
                          "%s: comma in a number, write a decimal point and no "
                          "thousands separator",
                          tacro_excerpt(whole).s);
    }
    if ((*end == 'x' || *end == 'X') && end[-1] == '0') {
        return tacro_fail(err, TACRO_EINPUT, "%s: hexadecimal, write a decimal number",
                          tacro_excerpt(whole).s);
    }
    if (n >= sizeof digits) {
        return tacro_fail(err, TACRO_EINPUT, "%s: more than %zu digits",
                          tacro_excerpt(whole).s, sizeof digits - 1);
    }
    memcpy(digits, start, n);
    digits[n] = '\0';
    *at = end;
    return to_double(digits, value, err);
}

static bool is_unit(const struct unit *unit, const char *text, size_t n)
{
    return strlen(unit->name) == n && memcmp(unit->name, text, n) == 0;
}

/**
 * Find the unit that is the rest of the text; *found is NULL if it is not a known one.
 */
static enum tacro_status read_unit(const char *whole, const char *at,
                                   enum tacro_dimension dimension,
                                   const struct unit **found, struct tacro_error *err)
{
    const struct wording *w = &wordings[dimension];
    const struct unit *other = NULL;
    at = skip_blanks(at);
    size_t n = strlen(at);
    while (n > 0 && is_blank(at[n - 1])) {
        n--;
    }
    for (size_t i = 0; i < nunits; i++) {
        if (is_unit(&units[i], at, n)) {
            if (units[i].dimension == dimension) {
                *found = &units[i];
                return TACRO_OK;
            }
            other = &units[i];
        }
    }
    const struct tacro_excerpt shown = tacro_excerpt(whole);
    if (n == 0) {
        return tacro_fail(err, TACRO_EINPUT, "%s: unit missing, expected %s %s",
                          shown.s, w->noun, w->units);
    }
    if (other != NULL) {
        return tacro_fail(err, TACRO_EINPUT, "%s is %s, expected %s %s", shown.s,
                          wordings[other->dimension].noun, w->noun, w->units);
    }
    return tacro_fail(err, TACRO_EINPUT, "%s: unknown unit `%s`, expected %s %s",
                      shown.s, tacro_excerpt(at).s, w->noun, w->units);
}

static enum tacro_status convert(const char *whole, const struct unit *unit,
                                 double *value, struct tacro_error *err)
{
    *value = *value * unit->num / unit->den;
    if (!isfinite(*value)) {
        return tacro_fail(err, TACRO_EINPUT, "%s: the number is too large",
                          tacro_excerpt(whole).s);
    }
    return TACRO_OK;
}

enum tacro_status tacro_units_parse(const char *text, enum tacro_dimension dimension,
                                    double *value, struct tacro_error *err)
{
    enum tacro_status st;
    const struct unit *unit = NULL;
    const char *at = text;
    double x = 0.0;
    TACRO_TRY(read_number(text, &at, dimension, &x, err));
    TACRO_TRY(read_unit(text, at, dimension, &unit, err));
    TACRO_TRY(convert(text, unit, &x, err));
    *value = x;
done:
    return st;
}

bool tacro_units_find(const char *unit, enum tacro_dimension *dimension, double *one)
{
    char text[64];
    snprintf(text, sizeof text, "1 %s", unit);
    for (size_t d = 0; d < TACRO_NDIMENSIONS; d++) {
        *dimension = (enum tacro_dimension)d;
        if (tacro_units_parse(text, *dimension, one, NULL) == TACRO_OK) {
            return true;
        }
    }
    return false;
}

struct tacro_excerpt tacro_units_time_beside(double hours, const char *text)
{
    const struct unit *unit = NULL;
    const char *at = text;
    double read = 0.0;
    struct tacro_excerpt out;
    if (text == NULL || read_number(text, &at, TACRO_TIME, &read, NULL) != TACRO_OK ||
        read_unit(text, at, TACRO_TIME, &unit, NULL) != TACRO_OK || unit == NULL ||
        unit->num == unit->den) {
        snprintf(out.s, sizeof out.s, "%g h", hours);
        return out;
    }
    snprintf(out.s, sizeof out.s, "%g %s (%g h)", hours * unit->den / unit->num,
             unit->num == 24.0    ? "d"
             : unit->num == 168.0 ? "weeks"
                                  : "min",
             hours);
    return out;
}

enum tacro_status tacro_units_parse_range(const char *text,
                                          enum tacro_dimension dimension, double *low,
                                          double *high, struct tacro_error *err)
{
    static const char en_dash[] = "\u2013"; /* as copied from a paper */
    enum tacro_status st;
    const struct unit *unit = NULL;
    const char *at = text;
    double a = 0.0;
    double b = 0.0;
    TACRO_TRY(read_number(text, &at, dimension, &a, err));
    at = skip_blanks(at);
    if (*at != '-' && strncmp(at, en_dash, strlen(en_dash)) != 0) {
        const char *name = dimension == TACRO_NUMBER ? "" : dimension_units[dimension];
        st = tacro_fail(err, TACRO_EINPUT,
                        "%s: not a range, expected one such as 9-15%s%s",
                        tacro_excerpt(text).s, *name == '\0' ? "" : " ", name);
        goto done;
    }
    at += *at == '-' ? 1 : strlen(en_dash);
    TACRO_TRY(read_number(text, &at, dimension, &b, err));
    TACRO_TRY(read_unit(text, at, dimension, &unit, err));
    TACRO_TRY(convert(text, unit, &a, err));
    TACRO_TRY(convert(text, unit, &b, err));
    if (!(a < b)) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: the range does not go up",
                        tacro_excerpt(text).s);
        goto done;
    }
    *low = a;
    *high = b;
done:
    return st;
}

static bool is_two_digits(const char *text)
{
    return isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]);
}

enum tacro_status tacro_units_parse_clock(const char *text, double *hours,
                                          struct tacro_error *err)
{
    const size_t n = strlen(text);
    if (n == 5 && is_two_digits(text) && text[2] == ':' && is_two_digits(text + 3)) {
        const int h = 10 * (text[0] - '0') + (text[1] - '0');
        const int min = 10 * (text[3] - '0') + (text[4] - '0');
        if (h < 24 && min < 60) {
            *hours = (double)(60 * h + min) / 60.0;
            return TACRO_OK;
        }
    }
    return tacro_fail(err, TACRO_EINPUT,
                      "%s: not a clock time, expected \"hh:mm\" from 00:00 to 23:59",
                      tacro_excerpt(text).s);
}
