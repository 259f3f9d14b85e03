#include "cli/statements.h"

#include <stdio.h>
#include <string.h>

static const char band_spread[] =
    "The band is the spread between patients, not the uncertainty of the models.";
static const char no_spread[] = "One subject is neither the spread between patients "
                                "nor the uncertainty of the models.";

static const char draws_spread[] = "One subject in each draw: the bands are over the "
                                   "parameter draws, not the spread between patients.";
static const char interval[] =
    "An interval of a risk is the uncertainty of the models' numbers alone: what their "
    "structure leaves out is not in it.";

static const char models[] =
    "No external validation shows one PK model to be the best: read a plan by the "
    "range "
    "over the models. Where a model is outside its days or population, or ignores what "
    "the patient has, it counts less.";

static const struct statement {
    const char *outcome; /**< said only if this outcome is there; NULL: always */
    const char *text;
} statements[] = {
    {NULL,
     "Research use; not dosing advice. Regimens stand in the order of the scenario, "
     "which is no ranking."},
    {NULL, band_spread},
    {NULL, interval},
    {NULL, models},
    {NULL, "Targets are settings of the scenario: edit them to those of your centre."},
    {"pres",
     "A normal level does not exclude PRES: blood pressure, magnesium, infection "
     "and kidney function matter at least as much as the level."},
    {"pres",
     "How common PRES is and how steeply it rises with exposure rest on a dozen "
     "cases: the weakest numbers of the PRES risk."},
    {"rejection", "The rejection risk is a curve of kidney recipients moved to lung by "
                  "assumption: the weakest number of the rejection risk."},
};

bool tacro_cli_is_single(const struct tacro_summary *summary)
{
    return summary->courses > 0 &&
           (summary->courses == summary->nregimens || summary->subjects == 1);
}

const char *tacro_cli_band_words(const struct tacro_summary *summary)
{
    if (tacro_cli_is_single(summary) && tacro_cli_has_interval(summary)) {
        return "one subject in each draw: the bands below are over the parameter "
               "draws; "
               "no measured level of a patient was used";
    }
    if (tacro_cli_is_single(summary)) {
        return "one subject: the bands below are that subject's values; no measured "
               "level of a patient was used";
    }
    return "band = 90 % of simulated patients; no measured level of a patient was used";
}

bool tacro_cli_has_interval(const struct tacro_summary *summary)
{
    return summary->comparison.ndraws > 1;
}

struct tacro_cli_text tacro_cli_interval_words(const struct tacro_summary *summary)
{
    struct tacro_cli_text text = {"central values, interval not computed"};
    if (summary->comparison.ndraws >= TACRO_INTERVAL_DRAWS) {
        snprintf(text.s, sizeof text.s, "95 %% interval over %zu parameter draws",
                 summary->comparison.ndraws);
    } else if (tacro_cli_has_interval(summary)) {
        snprintf(text.s, sizeof text.s,
                 "range over %zu parameter draws, too few for a 95 %% interval",
                 summary->comparison.ndraws);
    } else if (summary->draws > 1) {
        snprintf(text.s, sizeof text.s,
                 "one parameter draw alone, interval not computed");
    }
    return text;
}

const char *tacro_cli_statement(const struct tacro_summary *summary, size_t i)
{
    for (size_t k = 0; k < sizeof statements / sizeof statements[0]; k++) {
        bool holds = statements[k].outcome == NULL;
        for (size_t o = 0; o < summary->noutcomes && !holds; o++) {
            holds = strcmp(summary->outcome[o].name, statements[k].outcome) == 0;
        }
        if (statements[k].text == interval) {
            holds = tacro_cli_has_interval(summary);
        } else if (statements[k].text == models) {
            holds = summary->npks > 1;
        }
        if (holds && i-- == 0) {
            const bool is_single = tacro_cli_is_single(summary);
            const char *single =
                tacro_cli_has_interval(summary) ? draws_spread : no_spread;
            return statements[k].text == band_spread && is_single ? single
                                                                  : statements[k].text;
        }
    }
    return NULL;
}
