/** Dates of event tables. */
#ifndef TACRO_INPUT_DATE_H
#define TACRO_INPUT_DATE_H

#include <stdbool.h>

/**
 * Read `2026-03-01T08:00`, `2026-03-01 08:00` or either with seconds.
 *
 * days    whole days since 1970-01-01 of the Gregorian calendar, year 1600 to 9999
 * hours   h since that day's midnight; no time zone, no daylight saving
 * Returns false if the text is no such date.
 */
bool tacro_date_parse(const char *text, double *days, double *hours);

#endif
