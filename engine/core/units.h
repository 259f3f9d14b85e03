/** Units: text such as "20.9 L/h" to the canonical unit of its dimension, and back. */
#ifndef TACRO_CORE_UNITS_H
#define TACRO_CORE_UNITS_H

#include "core/status.h"

/** name, canonical unit as printed. */
#define TACRO_DIMENSION_LIST(X)                                                        \
    X(NUMBER, "1")                                                                     \
    X(TIME, "h")                                                                       \
    X(AGE, "y")                                                                        \
    X(DOSE, "mg")                                                                      \
    X(VOLUME, "L")                                                                     \
    X(CLEARANCE, "L/h")                                                                \
    X(RATE, "1/h")                                                                     \
    X(CONCENTRATION, "ng/mL")                                                          \
    X(WEIGHT, "kg")                                                                    \
    X(LENGTH, "cm")                                                                    \
    X(PRESSURE, "mmHg")                                                                \
    X(ALBUMIN, "g/L")                                                                  \
    X(CREATININE, "umol/L")                                                            \
    X(CRP, "mg/L")                                                                     \
    X(DAILY_DOSE, "mg/day")                                                            \
    X(DOSE_RATE, "mg/h")                                                               \
    X(PER_AGE, "1/y")                                                                  \
    X(PER_PRESSURE, "1/mmHg")                                                          \
    X(PER_CONCENTRATION, "mL/ng")                                                      \
    X(DOSE_PER_WEIGHT, "mg/kg")                                                        \
    X(DAILY_DOSE_PER_WEIGHT, "mg/kg/day")                                              \
    X(FILTRATION, "mL/min")                                                            \
    X(MOLAR, "nmol/L")                                                                 \
    X(BODY_MASS_INDEX, "kg/m2")                                                        \
    X(AREA, "m2")                                                                      \
    X(PER_WEIGHT, "1/kg")                                                              \
    X(PER_LENGTH, "1/cm")                                                              \
    X(PER_DOSE, "1/mg")                                                                \
    X(PER_AREA, "1/m2")                                                                \
    X(PER_ALBUMIN, "1/(g/L)")                                                          \
    X(PER_CREATININE, "1/(umol/L)")                                                    \
    X(PER_CRP, "1/(mg/L)")                                                             \
    X(PER_DAILY_DOSE, "1/(mg/day)")                                                    \
    X(PER_FILTRATION, "1/(mL/min)")                                                    \
    X(PER_MOLAR, "1/(nmol/L)")                                                         \
    X(PER_BODY_MASS_INDEX, "1/(kg/m2)")                                                \
    X(AUC, "ng*h/mL")

#define TACRO_DIMENSION_NAME(name, unit) TACRO_##name,
enum tacro_dimension { TACRO_DIMENSION_LIST(TACRO_DIMENSION_NAME) TACRO_NDIMENSIONS };
#undef TACRO_DIMENSION_NAME

/** A text as messages show it: control characters as `?`, cut after 60 bytes. */
struct tacro_excerpt {
    char s[64];
};
struct tacro_excerpt tacro_excerpt(const char *text);

/**
 * Dimension of a change per unit of a dimension: TACRO_PER_AGE of TACRO_AGE; of a
 * number it is a number. TACRO_NDIMENSIONS if there is no unit for it.
 */
enum tacro_dimension tacro_dimension_per(enum tacro_dimension dimension);

/** Times that differ by less are one instant [h]. */
#define TACRO_SAME_TIME 1e-7

/** Canonical unit of a dimension, as printed. */
const char *tacro_dimension_unit(enum tacro_dimension dimension);

/** Dimension whose canonical unit is `unit` (exact text); TACRO_NDIMENSIONS if none. */
enum tacro_dimension tacro_dimension_of(const char *unit);

/**
 * Dimension of any unit that texts may have, and the canonical value of 1 in it; false:
 * of none. "pg/mL" is 1e-3 of a concentration.
 */
bool tacro_units_find(const char *unit, enum tacro_dimension *dimension, double *one);

/**
 * Read "3 mg", "40 %", "0.31" as a value of the dimension in its canonical unit.
 *
 * A NUMBER may stand bare or with "%"; every other dimension needs its unit. The number
 * is decimal with a point; NaN, infinity, hex and thousands separators are refused.
 * errors  TACRO_EINPUT: the text says what was found and what was expected
 */
enum tacro_status tacro_units_parse(const char *text, enum tacro_dimension dimension,
                                    double *value,
                                    struct tacro_error *err) TACRO_MUST_USE;

/**
 * A time as a message shows it beside one that was read: in that one's unit, with the
 * hours behind, "3 d (72 h)"; "72 h" where that one is in hours or no time.
 *
 * hours  the time to show [h]
 * text   the one that was read, such as "5 d"; NULL: none
 */
struct tacro_excerpt tacro_units_time_beside(double hours, const char *text);

/** Read "9-15 ng/mL" as two values, low < high. Errors as tacro_units_parse. */
enum tacro_status tacro_units_parse_range(const char *text,
                                          enum tacro_dimension dimension, double *low,
                                          double *high,
                                          struct tacro_error *err) TACRO_MUST_USE;

/** Read a clock time "08:00" as hours since midnight, 0 <= h < 24. */
enum tacro_status tacro_units_parse_clock(const char *text, double *hours,
                                          struct tacro_error *err) TACRO_MUST_USE;

#endif
