#include "store/comparison_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 1024

struct form {
    const char *path;
    const char *unit;
    size_t naxes;
    enum tacro_axis axis[TACRO_MAX_AXES];
    const char *long_name;
    const char *description;
};

/* %s: name of the measure in the path, its words in the texts. */
static const struct form pairs[TACRO_NPAIR_FIELDS] = {
    [TACRO_PAIR_DIFFERENCE] =
        {"comparison/%s_difference_quantile",
         "1",
         3,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_OTHER_REGIMEN, TACRO_AXIS_QUANTILE},
         "difference of regimens: %s",
         "Regimen less other regimen, in the same patients and draws; from the "
         "landmark "
         "to the horizon; order statistics over parameter draws. With one draw the "
         "central value stands at 0.5 alone. NaN if a course of either failed. "
         "Quantity: %s."},
    [TACRO_PAIR_LOWER] =
        {"comparison/%s_probability_lower",
         "1",
         2,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_OTHER_REGIMEN},
         "probability of being lower under the regimen: %s",
         "Share of the parameter draws in which the quantity is lower under the "
         "regimen than under the other regimen, a tie counted half. NaN with one draw "
         "and if a course of either failed. Quantity: %s."},
};

static const struct form error_form = {
    "comparison/monte_carlo_error_%s",
    "1",
    1,
    {TACRO_AXIS_REGIMEN},
    "Monte Carlo standard error: %s",
    "Of one draw's average at the horizon, from the number of patients alone; root "
    "mean "
    "square over draws. NaN with fewer than two patients a draw. Quantity: %s."};

/* %s: the weighed outcome, then the other. */
static const struct form rest[TACRO_NCOMPARISON_FIELDS] = {
    [TACRO_COMPARISON_DAYS] =
        {"comparison/days_in_range_quantile",
         "d",
         2,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE},
         "days with C0 in target, mean over patients",
         "From the landmark on; order statistics over parameter draws, with one draw "
         "the central value at 0.5 alone. NaN without a target."},
    [TACRO_COMPARISON_FRONTIER] =
        {"comparison/frontier_probability",
         "1",
         1,
         {TACRO_AXIS_REGIMEN},
         "probability of being on the frontier of %s and %s",
         "Share of the parameter draws in which no other regimen has both risks as low "
         "and one of them lower. For a patient who has had neither outcome. NaN with "
         "one draw."},
    [TACRO_COMPARISON_RATIO] =
        {"comparison/switching_ratio_quantile",
         "1",
         2,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE},
         "switching ratio of %s to %s, against the reference",
         "How many of the second outcome one of the first must be worth for regimen "
         "and "
         "reference to be equal; order statistics over the parameter draws in which "
         "the "
         "regimen trades the two as it does in most draws, with one such draw at 0.5 "
         "alone. NaN where one of the two is better or as good in both risks."},
    [TACRO_COMPARISON_LESS] =
        {"comparison/less_of_first_probability",
         "1",
         1,
         {TACRO_AXIS_REGIMEN},
         "probability of less %s and more %s than under the reference",
         "Share of the parameter draws."},
    [TACRO_COMPARISON_MORE] =
        {"comparison/more_of_first_probability",
         "1",
         1,
         {TACRO_AXIS_REGIMEN},
         "probability of more %s and less %s than under the reference",
         "Share of the parameter draws."},
    [TACRO_COMPARISON_BETTER] =
        {"comparison/better_probability",
         "1",
         1,
         {TACRO_AXIS_REGIMEN},
         "probability of less %s or %s and more of neither than under the reference",
         "Share of the parameter draws."},
    [TACRO_COMPARISON_WORSE] =
        {"comparison/worse_probability",
         "1",
         1,
         {TACRO_AXIS_REGIMEN},
         "probability of more %s or %s and less of neither than under the reference",
         "Share of the parameter draws."},
    [TACRO_COMPARISON_BEST] =
        {"comparison/best_probability",
         "1",
         2,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_UTILITY_WEIGHT},
         "probability of the highest utility, from %s and %s",
         "Share of the parameter draws in which the utility of the regimen is the "
         "highest, shared among equals. NaN with one draw."},
    [TACRO_COMPARISON_UTILITY] =
        {"comparison/utility_quantile",
         "1",
         3,
         {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE, TACRO_AXIS_UTILITY_WEIGHT},
         "utility, from %s and %s",
         "1 - (w a + b) / (1 + w), w the weight, a and b the risks in this order: 1 if "
         "neither can happen, 0 if both are certain. Order statistics over parameter "
         "draws, with one draw the central value at 0.5 alone."},
};

size_t tacro_comparison_error_place(size_t noutcomes, size_t measure)
{
    return (noutcomes + 2) * TACRO_NPAIR_FIELDS + measure;
}

size_t tacro_comparison_place(size_t noutcomes, enum tacro_comparison_field which)
{
    return tacro_comparison_error_place(noutcomes, noutcomes + 1) + (size_t)which;
}

size_t tacro_comparison_nfields(size_t noutcomes)
{
    return tacro_comparison_place(noutcomes, noutcomes == 2
                                                 ? TACRO_NCOMPARISON_FIELDS
                                                 : TACRO_COMPARISON_FRONTIER);
}

/* A copy of a text, its first %s and its second one replaced. */
static char *replace(const char *text, const char *first, const char *second)
{
    char out[MAX_TEXT];
    size_t used = 0;
    const char *value = first;
    for (const char *mark = strstr(text, "%s"); mark != NULL && used < sizeof out;
         mark = strstr(text, "%s")) {
        used += (size_t)snprintf(out + used, sizeof out - used, "%.*s%s",
                                 (int)(mark - text), text, value);
        text = mark + 2;
        value = second;
    }
    if (used < sizeof out) {
        snprintf(out + used, sizeof out - used, "%s", text);
    }
    return strdup(out);
}

static bool fill(struct tacro_field *field, const struct form *form, const char *unit,
                 const char *name, const char *first, const char *second)
{
    field->path = replace(form->path, name, name);
    field->unit = strdup(unit);
    field->long_name = replace(form->long_name, first, second);
    field->description = replace(form->description, first, second);
    field->storage = TACRO_F8;
    field->naxes = form->naxes;
    memcpy(field->axis, form->axis, sizeof field->axis);
    return field->path != NULL && field->unit != NULL && field->long_name != NULL &&
           field->description != NULL;
}

static char *without_stop(const char *doc)
{
    size_t length = strlen(doc);
    while (length > 0 && (doc[length - 1] == '.' || doc[length - 1] == ' ')) {
        length--;
    }
    return strndup(doc, length);
}

/* Fill a field of a measure. */
static bool fill_measure(struct tacro_field *field, const struct form *form,
                         const struct tacro_named *outcome, size_t noutcomes, size_t k,
                         bool has_its_unit)
{
    struct tacro_named measure =
        k == noutcomes
            ? (struct tacro_named){"event_free", "1",
                                   "probability of being alive and free of every "
                                   "outcome"}
            : (struct tacro_named){"days_in_range", "d",
                                   "days with C0 in target, mean over patients"};
    measure = k < noutcomes ? outcome[k] : measure;
    char *doc = without_stop(measure.doc);
    const bool is_good =
        doc != NULL && fill(field, form, has_its_unit ? measure.unit : form->unit,
                            measure.name, doc, doc);
    free(doc);
    return is_good;
}

bool tacro_comparison_fields_fill(struct tacro_field *field,
                                  const struct tacro_named *outcome, size_t noutcomes)
{
    const size_t npairs = (noutcomes + 2) * TACRO_NPAIR_FIELDS;
    const size_t first = tacro_comparison_place(noutcomes, TACRO_COMPARISON_DAYS);
    const size_t n = tacro_comparison_nfields(noutcomes);
    bool is_weighed_second = noutcomes == 2 && strcmp(outcome[1].name, "pres") == 0;
    bool is_good = true;
    for (size_t i = 0; i < npairs; i++) {
        const size_t which = i % TACRO_NPAIR_FIELDS;
        is_good =
            fill_measure(&field[i], &pairs[which], outcome, noutcomes,
                         i / TACRO_NPAIR_FIELDS, which == TACRO_PAIR_DIFFERENCE) &&
            is_good;
    }
    for (size_t k = 0; k <= noutcomes; k++) {
        is_good = fill_measure(&field[tacro_comparison_error_place(noutcomes, k)],
                               &error_form, outcome, noutcomes, k, false) &&
                  is_good;
    }
    for (size_t i = first; i < n; i++) {
        const struct form *form = &rest[i - first];
        const char *weighed = noutcomes == 2 ? outcome[is_weighed_second].name : "";
        const char *other = noutcomes == 2 ? outcome[!is_weighed_second].name : "";
        is_good = fill(&field[i], form, form->unit, "", weighed, other) && is_good;
    }
    return is_good;
}
