#include "input/date.h"

#include <ctype.h>
#include <stddef.h>

/** Read n digits; -1 if they are none. */
static int digits(const char *text, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return -1;
        }
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

/** Whether the text has the form of the pattern: 0 for a digit, T for T or a blank. */
static bool has_form(const char *text, const char *pattern)
{
    size_t i = 0;
    for (; pattern[i] != '\0'; i++) {
        const bool ok = pattern[i] == '0'   ? isdigit((unsigned char)text[i]) != 0
                        : pattern[i] == 'T' ? text[i] == 'T' || text[i] == ' '
                                            : text[i] == pattern[i];
        if (!ok) {
            return false;
        }
    }
    return text[i] == '\0';
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

/** Days from 1970-01-01 to the first of January. */
static int days_to_year(int year)
{
    const int before = year - 1;
    return 365 * before + before / 4 - before / 100 + before / 400 - 719162;
}

bool tacro_date_parse(const char *text, double *days, double *hours)
{
    const bool has_seconds = has_form(text, "0000-00-00T00:00:00");
    if (!has_seconds && !has_form(text, "0000-00-00T00:00")) {
        return false;
    }
    const int year = digits(text, 4);
    const int month = digits(text + 5, 2);
    const int day = digits(text + 8, 2);
    const int hour = digits(text + 11, 2);
    const int minute = digits(text + 14, 2);
    const int second = has_seconds ? digits(text + 17, 2) : 0;
    if (year < 1600 || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    int total = days_to_year(year) + day - 1;
    for (int m = 1; m < month; m++) {
        total += days_of_month(year, m);
    }
    *days = total;
    *hours = hour + (60.0 * minute + second) / 3600.0;
    return true;
}
