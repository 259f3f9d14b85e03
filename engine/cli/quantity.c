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

/* -- intervals --------------------------------------------------------------------- */

struct tacro_cli_text tacro_cli_two_figures(double x)
{
    struct tacro_cli_text text = dash();
    if (x <= 0) {
        return (struct tacro_cli_text){"0"};
    }
    if (!isnan(x)) {
        two_figures(text.s, sizeof text.s, x);
    }
    return text;
}

/* In percent without the sign, within (0, 100) never "0" or "100". */
static struct tacro_cli_text percent_text(double fraction)
{
    const double percent = 100 * fraction;
    if (percent > 0 && percent < 0.001) {
        return (struct tacro_cli_text){"<0.001"};
    }
    if (percent < 100 && percent >= 99.5) {
        return (struct tacro_cli_text){">99"};
    }
    return tacro_cli_two_figures(percent);
}

/* With its sign; `scale` times x. */
static struct tacro_cli_text signed_text(double x, double scale)
{
    struct tacro_cli_text text = dash();
    const double size = scale * fabs(x);
    if (isnan(x)) {
        return text;
    }
    if (size <= 0) {
        return (struct tacro_cli_text){"0"};
    }
    snprintf(text.s, sizeof text.s, "%c%.40s", x < 0 ? '-' : '+',
             size < 0.001 ? "<0.001" : tacro_cli_two_figures(size).s);
    return text;
}

struct tacro_cli_text tacro_cli_risk_interval(double probability,
                                              struct tacro_interval interval)
{
    struct tacro_cli_text text = tacro_cli_risk(probability);
    const size_t used = strlen(text.s);
    if (!isnan(interval.low)) {
        snprintf(text.s + used, sizeof text.s - used, " (%.16s-%.16s)",
                 percent_text(interval.low).s, percent_text(interval.high).s);
    }
    return text;
}

struct tacro_cli_text tacro_cli_risk_band(struct tacro_band band)
{
    struct tacro_cli_text text = dash();
    if (!isnan(band.median)) {
        snprintf(text.s, sizeof text.s, "%.16s (%.16s-%.16s)",
                 percent_text(band.median).s, percent_text(band.low).s,
                 percent_text(band.high).s);
    }
    return text;
}

static struct tacro_cli_text signed_interval(double x, struct tacro_interval interval,
                                             double scale)
{
    struct tacro_cli_text text = signed_text(x, scale);
    const size_t used = strlen(text.s);
    if (!isnan(x) && !isnan(interval.low)) {
        snprintf(text.s + used, sizeof text.s - used, " (%.16s to %.16s)",
                 signed_text(interval.low, scale).s,
                 signed_text(interval.high, scale).s);
    }
    return text;
}

struct tacro_cli_text tacro_cli_points_interval(double difference,
                                                struct tacro_interval interval)
{
    return signed_interval(difference, interval, 100.0);
}

struct tacro_cli_text tacro_cli_signed_interval(double x,
                                                struct tacro_interval interval)
{
    return signed_interval(x, interval, 1.0);
}

struct tacro_cli_text tacro_cli_number_interval(double x,
                                                struct tacro_interval interval)
{
    struct tacro_cli_text text = tacro_cli_two_figures(x);
    const size_t used = strlen(text.s);
    if (!isnan(x) && !isnan(interval.low)) {
        snprintf(text.s + used, sizeof text.s - used, " (%.16s-%.16s)",
                 tacro_cli_two_figures(interval.low).s,
                 tacro_cli_two_figures(interval.high).s);
    }
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

struct tacro_cli_text tacro_cli_mean_mg(double amount)
{
    struct tacro_cli_text text = tacro_cli_mg(amount);
    if (!isnan(amount) && fabs(4.0 * amount - round(4.0 * amount)) > 1e-9) {
        snprintf(text.s, sizeof text.s, "%.3g", amount);
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

/* -- doses ------------------------------------------------------------------------- */

/*
 * Strengths on the market: immediate release Prograf, prolonged release Advagraf and
 * extended-release tablets Envarsus (LCP).
 */
const struct tacro_cli_product tacro_cli_products[TACRO_CLI_NPRODUCTS] = {
    {"oral", "", {5, 1, 0.5}},
    {"XR", "XR ", {5, 1, 0.5}},
    {"LCP", "LCP ", {4, 1, 0.75}},
};

static const double quarter = 0.25; /* mg: every strength is a multiple */

static unsigned in_quarters(double strength)
{
    return (unsigned)lround(strength / quarter);
}

/**
 * The fewest capsules of `size` quarters that make `rest` quarters; false: none do.
 *
 * size[0] capsules of a smaller size s weigh as much as s of the largest, which are
 * fewer: less than size[0] of each smaller size is enough to look at.
 */
static bool fewest(const unsigned size[TACRO_CLI_NSTRENGTHS], unsigned rest,
                   unsigned n[TACRO_CLI_NSTRENGTHS])
{
    bool is_found = false;
    unsigned best = 0;
    for (unsigned middle = 0; middle < size[0]; middle++) {
        for (unsigned small = 0; small < size[0]; small++) {
            const unsigned taken = middle * size[1] + small * size[2];
            if (taken > rest || (rest - taken) % size[0] != 0) {
                continue;
            }
            const unsigned large = (rest - taken) / size[0];
            if (!is_found || large + middle + small < best) {
                is_found = true;
                best = large + middle + small;
                n[0] = large;
                n[1] = middle;
                n[2] = small;
            }
        }
    }
    return is_found;
}

/** Add the capsules of one dose. */
static void add_capsules(const struct tacro_plan_dose *dose, size_t product,
                         struct tacro_cli_capsules *sum)
{
    const double *strength = tacro_cli_products[product].strength;
    const unsigned size[TACRO_CLI_NSTRENGTHS] = {
        in_quarters(strength[0]), in_quarters(strength[1]), in_quarters(strength[2])};
    unsigned n[TACRO_CLI_NSTRENGTHS] = {0};
    const double nquarters = dose->amount / quarter;
    sum->has[product] = true;
    if (!(nquarters >= 0 && nquarters < 1e6) ||
        fabs(nquarters - round(nquarters)) > 1e-6 ||
        !fewest(size, (unsigned)lround(nquarters), n)) {
        sum->is_exact = false;
        return;
    }
    for (size_t k = 0; k < TACRO_CLI_NSTRENGTHS; k++) {
        sum->n[product][k] += n[k];
    }
}

struct tacro_cli_capsules tacro_cli_capsules(const struct tacro_plan_dose *dose,
                                             size_t ndoses)
{
    struct tacro_cli_capsules sum = {.is_exact = true, .is_known = true};
    for (size_t k = 0; k < ndoses; k++) {
        size_t product = 0;
        if (strcmp(dose[k].route, "iv") == 0) {
            continue;
        }
        while (product < TACRO_CLI_NPRODUCTS &&
               strcmp(dose[k].route, tacro_cli_products[product].route) != 0) {
            product++;
        }
        if (product == TACRO_CLI_NPRODUCTS || isnan(dose[k].amount)) {
            sum.is_known = false;
        } else {
            add_capsules(&dose[k], product, &sum);
        }
    }
    return sum;
}

struct tacro_cli_text tacro_cli_capsules_text(struct tacro_cli_capsules capsules)
{
    struct tacro_cli_text text = {"none"};
    size_t used = 0;
    if (!capsules.is_known) {
        return (struct tacro_cli_text){"not known"};
    }
    if (!capsules.is_exact) {
        return (struct tacro_cli_text){"no sum of capsules"};
    }
    for (size_t p = 0; p < TACRO_CLI_NPRODUCTS; p++) {
        const struct tacro_cli_product *product = &tacro_cli_products[p];
        const char *before = product->prefix;
        for (size_t k = 0; k < TACRO_CLI_NSTRENGTHS; k++) {
            if (capsules.n[p][k] > 0 && used < sizeof text.s) {
                used += (size_t)snprintf(text.s + used, sizeof text.s - used,
                                         "%s%s%ux%g", used == 0 ? "" : " + ", before,
                                         capsules.n[p][k], product->strength[k]);
                before = "";
            }
        }
    }
    return text;
}

struct tacro_cli_text tacro_cli_dose_text(const struct tacro_plan_dose *dose)
{
    struct tacro_cli_text text;
    char mg[40];
    const bool is_oral = strcmp(dose->route, "oral") == 0;
    if (dose->is_per_kg && isnan(dose->amount)) {
        snprintf(mg, sizeof mg, "%.4g mg/kg", dose->per_kg);
    } else if (dose->is_per_kg) {
        snprintf(mg, sizeof mg, "%.6g mg (%.4g mg/kg)", dose->amount, dose->per_kg);
    } else {
        snprintf(mg, sizeof mg, "%.20s mg", tacro_cli_mg(dose->amount).s);
    }
    const char *route = strcmp(dose->route, "iv") == 0 ? "IV" : dose->route;
    size_t used = (size_t)snprintf(text.s, sizeof text.s, "%s%s%.20s", mg,
                                   is_oral ? "" : " ", is_oral ? "" : route);
    if (dose->duration > 0 && used < sizeof text.s) {
        snprintf(text.s + used, sizeof text.s - used, " over %.4g h", dose->duration);
    }
    return text;
}
