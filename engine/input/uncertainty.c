#include "input/uncertainty.h"

#include "core/beta.h"
#include "core/lanemath.h"
#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key keys[] = {
    {"sd", TACRO_OPTIONAL, "the standard deviation, in the unit of the value"},
    {"log_sd", TACRO_OPTIONAL, "the standard deviation of the logarithm"},
    {"logit_sd", TACRO_OPTIONAL, "the standard deviation of the logit"},
    {"alpha", TACRO_OPTIONAL, "the first parameter of a Beta distribution"},
    {"beta", TACRO_OPTIONAL, "the second parameter of a Beta distribution"},
    {"min", TACRO_OPTIONAL, "the smallest value of a draw"},
    {"max", TACRO_OPTIONAL, "the largest value of a draw"},
    {"outside", TACRO_OPTIONAL, "clip (moved to the limit) or truncate"},
};

/* Which of the ways to say it is used; false unless it is exactly one. */
static bool find_law(struct tacro_reader *reader, const struct tacro_node *node,
                     enum tacro_law *law)
{
    const struct {
        const char *key;
        enum tacro_law law;
    } ways[] = {{"sd", TACRO_LAW_NORMAL},
                {"log_sd", TACRO_LAW_LOG},
                {"logit_sd", TACRO_LAW_LOGIT},
                {"alpha", TACRO_LAW_BETA}};
    size_t n = 0;
    for (size_t i = 0; i < COUNT(ways); i++) {
        if (tacro_node_get(node, ways[i].key) != NULL) {
            *law = ways[i].law;
            n++;
        }
    }
    if (n != 1 || (*law == TACRO_LAW_BETA) != (tacro_node_get(node, "beta") != NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "expected one of `sd`, `log_sd`, `logit_sd`, or `alpha` and "
                          "`beta`");
        return false;
    }
    return true;
}

static bool read_limits(struct tacro_reader *reader, const struct tacro_node *node,
                        enum tacro_dimension dimension, double value,
                        struct tacro_uncertainty *out)
{
    static const char *const choices[] = {"clip", "truncate"};
    const struct tacro_quantity q = {dimension, -INFINITY, INFINITY, -INFINITY,
                                     INFINITY};
    const struct tacro_node *min = tacro_node_get(node, "min");
    const struct tacro_node *max = tacro_node_get(node, "max");
    const struct tacro_node *outside = tacro_node_get(node, "outside");
    size_t choice = 0;
    bool ok = min == NULL || tacro_schema_number(reader, min, &q, &out->min);
    ok = (max == NULL || tacro_schema_number(reader, max, &q, &out->max)) && ok;
    ok = (outside == NULL ||
          tacro_schema_choice(reader, outside, choices, 2, &choice)) &&
         ok;
    out->has_min = min != NULL;
    out->has_max = max != NULL;
    if (ok && !(out->min <= value && value <= out->max)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "the value %g is not within `min` and `max`", value);
        return false;
    }
    if (ok && choice == 1) {
        if (out->law != TACRO_LAW_NORMAL) {
            tacro_schema_note(reader, TACRO_FAULT, outside,
                              "truncate: expected with `sd` alone");
            return false;
        }
        out->law = TACRO_LAW_TRUNCATED;
    }
    return ok;
}

static bool read_spread(struct tacro_reader *reader, const struct tacro_node *node,
                        enum tacro_dimension dimension, double value,
                        struct tacro_uncertainty *out)
{
    const struct tacro_quantity natural = {dimension, 0.0, INFINITY, 0.0, INFINITY};
    const struct tacro_quantity scaled = {TACRO_NUMBER, 0.0, 5.0, 0.0, 3.0};
    const struct tacro_quantity shape = {TACRO_NUMBER, 0.0, 1e6, 0.0, 1e6};
    switch (out->law) {
    case TACRO_LAW_LOG:
        if (!(value > 0.0)) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "log_sd: the value %g is not above 0", value);
            return false;
        }
        return tacro_schema_positive(reader, tacro_node_get(node, "log_sd"), &scaled,
                                     &out->sd);
    case TACRO_LAW_LOGIT:
        if (!(value > 0.0 && value < 1.0)) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "logit_sd: the value %g is not between 0 and 1", value);
            return false;
        }
        return tacro_schema_positive(reader, tacro_node_get(node, "logit_sd"), &scaled,
                                     &out->sd);
    case TACRO_LAW_BETA:
        if (dimension != TACRO_NUMBER || !(value >= 0.0 && value <= 1.0)) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "alpha, beta: the value %g is no fraction", value);
            return false;
        }
        return tacro_schema_positive(reader, tacro_node_get(node, "alpha"), &shape,
                                     &out->alpha) &&
               tacro_schema_positive(reader, tacro_node_get(node, "beta"), &shape,
                                     &out->beta);
    case TACRO_LAW_NORMAL:
    case TACRO_LAW_TRUNCATED:
    case TACRO_LAW_NONE:
        break;
    }
    return tacro_schema_positive(reader, tacro_node_get(node, "sd"), &natural,
                                 &out->sd);
}

bool tacro_uncertainty_read(struct tacro_reader *reader, const struct tacro_node *node,
                            enum tacro_dimension dimension, double value,
                            struct tacro_uncertainty *out)
{
    *out = (struct tacro_uncertainty){
        .law = TACRO_LAW_NONE, .min = -INFINITY, .max = INFINITY};
    if (node == NULL) {
        return true;
    }
    if (!tacro_schema_keys(reader, node, keys, COUNT(keys)) ||
        !find_law(reader, node, &out->law) ||
        !read_spread(reader, node, dimension, value, out) ||
        !read_limits(reader, node, dimension, value, out)) {
        out->law = TACRO_LAW_NONE;
        return false;
    }
    return true;
}

void tacro_uncertainty_words(const struct tacro_uncertainty *uncertainty, char *text,
                             size_t size)
{
    static const char *const words[] = {[TACRO_LAW_NORMAL] = "sd",
                                        [TACRO_LAW_LOG] = "log sd",
                                        [TACRO_LAW_LOGIT] = "logit sd",
                                        [TACRO_LAW_TRUNCATED] = "sd"};
    const struct tacro_uncertainty *u = uncertainty;
    text[0] = '\0';
    if (u->law == TACRO_LAW_BETA) {
        snprintf(text, size, "Beta(%g, %g)", u->alpha, u->beta);
    } else if (u->law != TACRO_LAW_NONE) {
        snprintf(text, size, "%s %.3g", words[u->law], u->sd);
    }
}

void tacro_uncertainty_limits(const struct tacro_uncertainty *uncertainty,
                              const char *unit, char *text, size_t size)
{
    const struct tacro_uncertainty *u = uncertainty;
    const bool is_plain = strcmp(unit, "1") == 0;
    const char *gap = is_plain ? "" : " ";
    unit = is_plain ? "" : unit;
    text[0] = '\0';
    if (u->law == TACRO_LAW_NONE) {
        return;
    }
    if (u->has_min && u->has_max) {
        snprintf(text, size, ", %s%g to %g%s%s",
                 u->law == TACRO_LAW_TRUNCATED ? "truncated to " : "", u->min, u->max,
                 gap, unit);
    } else if (u->has_min || u->has_max) {
        snprintf(text, size, ", %s %g%s%s",
                 u->law == TACRO_LAW_TRUNCATED ? "truncated at"
                 : u->has_min                  ? "at least"
                                               : "at most",
                 u->has_min ? u->min : u->max, gap, unit);
    }
}

/* Truncated: the quantile of the part of the normal between the limits. */
static double truncated(const struct tacro_uncertainty *law, double value, double u)
{
    const double low = tacro_normal_cdf((law->min - value) / law->sd);
    const double high = tacro_normal_cdf((law->max - value) / law->sd);
    return value + law->sd * tacro_normal_quantile(low + u * (high - low));
}

double tacro_uncertainty_draw(const struct tacro_uncertainty *uncertainty, double value,
                              double u)
{
    const struct tacro_uncertainty *law = uncertainty;
    double x = value;
    switch (law->law) {
    case TACRO_LAW_NONE:
        return value;
    case TACRO_LAW_NORMAL:
        x = value + law->sd * tacro_normal_quantile(u);
        break;
    case TACRO_LAW_TRUNCATED:
        x = truncated(law, value, u);
        break;
    case TACRO_LAW_LOG:
        x = value * tacro_exp(law->sd * tacro_normal_quantile(u));
        break;
    case TACRO_LAW_LOGIT:
        x = tacro_exp(law->sd * tacro_normal_quantile(u)) * (value / (1.0 - value));
        x = x / (1.0 + x);
        break;
    case TACRO_LAW_BETA:
        x = tacro_beta_quantile(law->alpha, law->beta, u);
        break;
    }
    return fmin(fmax(x, law->min), law->max);
}
