#include "cli/quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tacro_cli_text dash(void)
{
    return (struct tacro_cli_text){"-"};
}

static struct tacro_cli_text level_text(double level)
{
    struct tacro_cli_text text = dash();
    if (isinf(level)) {
        return (struct tacro_cli_text){">1000"}; /* beyond the histogram of levels */
    }
    if (level > 0 && level < 0.05) {
        return (struct tacro_cli_text){"<0.1"};
    }
    if (!isnan(level)) {
        snprintf(text.s, sizeof text.s, "%.*f", fabs(level) < 99.95 ? 1 : 0, level);
    }
    return text;
}

struct tacro_cli_text tacro_cli_level_band(struct tacro_band band)
{
    struct tacro_cli_text text = dash();
    if (!isnan(band.median)) {
        snprintf(text.s, sizeof text.s, "%4.16s (%.16s%s%.16s)",
                 level_text(band.median).s, level_text(band.low).s,
                 isinf(band.high) ? " to " : "-", level_text(band.high).s);
    }
    return text;
}

static struct tacro_cli_text count_text(double x, double limit)
{
    struct tacro_cli_text text = dash();
    if (x >= limit) {
        snprintf(text.s, sizeof text.s, ">%.0f", limit);
    } else if (!isnan(x)) {
        snprintf(text.s, sizeof text.s, "%.0f", x);
    }
    return text;
}

struct tacro_cli_text tacro_cli_count_band(struct tacro_band band, double limit)
{
    struct tacro_cli_text text = dash();
    if (!isnan(band.median)) {
        snprintf(text.s, sizeof text.s, "%4.16s (%.16s to %.16s)",
                 count_text(band.median, limit).s, count_text(band.low, limit).s,
                 count_text(band.high, limit).s);
    }
    return text;
}

struct tacro_cli_text tacro_cli_share(double fraction)
{
    struct tacro_cli_text text = dash();
    if (isnan(fraction)) {
        return text;
    }
    if (fraction > 0 && fraction < 0.005) {
        return (struct tacro_cli_text){"<1"};
    }
    if (fraction < 1 && fraction >= 0.995) {
        return (struct tacro_cli_text){">99"};
    }
    snprintf(text.s, sizeof text.s, "%.0f", 100 * fraction);
    return text;
}

/** A number > 0 with two significant figures and no exponent. */
static void two_figures(char *out, size_t size, double x)
{
    char scientific[32];
    snprintf(scientific, sizeof scientific, "%.1e", x);
    const char *mark = strchr(scientific, 'e');
    long exponent = mark == NULL ? 0 : strtol(mark + 1, NULL, 10);
    int ndecimals = exponent < 1 ? (int)(1 - exponent) : 0;
    snprintf(out, size, "%.*f", ndecimals, strtod(scientific, NULL));
}

struct tacro_cli_text tacro_cli_risk(double probability)
{
    struct tacro_cli_text text = dash();
    char digits[48];
    double percent = 100 * probability;
    if (isnan(probability)) {
        return text;
    }
    if (percent <= 0) {
        return (struct tacro_cli_text){"0 %"};
    }
    if (percent < 0.001) {
        return (struct tacro_cli_text){"< 0.001 %"};
    }
    if (percent < 100 && percent >= 99.5) {
        return (struct tacro_cli_text){"> 99 %"};
    }
    two_figures(digits, sizeof digits, percent);
    snprintf(text.s, sizeof text.s, "%s %%", digits);
    return text;
}

struct tacro_cli_text tacro_cli_points(double difference)
{
    struct tacro_cli_text text = dash();
    char digits[48];
    double points = 100 * fabs(difference);
    if (isnan(difference)) {
        return text;
    }
    if (points <= 0) {
        return (struct tacro_cli_text){"0 points"};
    }
    if (points < 0.001) {
        return (struct tacro_cli_text){"under 0.001"};
    }
    two_figures(digits, sizeof digits, points);
    snprintf(text.s, sizeof text.s, "%c%s points", difference < 0 ? '-' : '+', digits);
    return text;
}

struct tacro_cli_text tacro_cli_mg(double amount)
{
    struct tacro_cli_text text = dash();
    if (!isnan(amount)) {
        snprintf(text.s, sizeof text.s, "%.6g", amount);
    }
    return text;
}

struct tacro_cli_moment tacro_cli_moment(double start_day, double start_clock,
                                         double time)
{
    long minutes = lround((start_clock + time) * 60);
    long days = minutes >= 0 ? minutes / 1440 : -((1439 - minutes) / 1440);
    long rest = minutes - 1440 * days;
    return (struct tacro_cli_moment){.day = days + lround(start_day),
                                     .hour = (int)(rest / 60),
                                     .minute = (int)(rest % 60)};
}

struct tacro_cli_text tacro_cli_clock(struct tacro_cli_moment moment)
{
    struct tacro_cli_text text;
    snprintf(text.s, sizeof text.s, "%02d:%02d", moment.hour, moment.minute);
    return text;
}

struct tacro_cli_text tacro_cli_moment_text(struct tacro_cli_moment moment)
{
    struct tacro_cli_text text;
    snprintf(text.s, sizeof text.s, "day %ld %02d:%02d", moment.day, moment.hour,
             moment.minute);
    return text;
}

struct tacro_cli_capsules tacro_cli_capsules(const struct tacro_plan_dose *dose,
                                             size_t ndoses)
{
    struct tacro_cli_capsules sum = {.is_exact = true};
    for (size_t k = 0; k < ndoses; k++) {
        double nhalves = dose[k].amount / 0.5;
        if (!(nhalves >= 0 && nhalves < 1e6) || fabs(nhalves - round(nhalves)) > 1e-6) {
            sum.is_exact = false;
            return sum;
        }
        unsigned rest = (unsigned)lround(nhalves);
        sum.n5 += rest / 10;
        rest %= 10;
        sum.n1 += rest / 2;
        sum.nhalf += rest % 2;
    }
    return sum;
}

struct tacro_cli_text tacro_cli_capsules_text(struct tacro_cli_capsules capsules)
{
    struct tacro_cli_text text = {"none"};
    const unsigned count[] = {capsules.n5, capsules.n1, capsules.nhalf};
    static const char *const size[] = {"5", "1", "0.5"};
    size_t used = 0;
    if (!capsules.is_exact) {
        return (struct tacro_cli_text){"no sum of capsules"};
    }
    for (size_t k = 0; k < sizeof count / sizeof count[0]; k++) {
        if (count[k] > 0 && used < sizeof text.s) {
            used += (size_t)snprintf(text.s + used, sizeof text.s - used, "%s%ux%s",
                                     used == 0 ? "" : " + ", count[k], size[k]);
        }
    }
    return text;
}
