#include "cli/statements.h"

#include <string.h>

static const char band_spread[] =
    "The band is the spread between patients, not the uncertainty of the models.";
static const char no_spread[] = "One subject is neither the spread between patients "
                                "nor the uncertainty of the models.";

static const struct statement {
    const char *outcome; /**< said only if this outcome is there; NULL: always */
    const char *text;
} statements[] = {
    {NULL,
     "Research use; not dosing advice. Regimens stand in the order of the scenario; "
     "nothing is ranked."},
    {NULL, band_spread},
    {NULL, "Targets are settings of the scenario: edit them to those of your centre."},
    {"pres",
     "A normal level does not exclude PRES: blood pressure, magnesium, infection "
     "and kidney function matter at least as much as the level."},
    {"pres", "How steeply PRES rises with exposure is poorly known; this dominates the "
             "uncertainty of the PRES risk."},
    {"rejection", "The rejection risk is a curve of kidney recipients moved to lung by "
                  "assumption; this dominates the uncertainty of the rejection risk."},
};

bool tacro_cli_is_single(const struct tacro_summary *summary)
{
    return summary->courses > 0 && summary->courses == summary->nregimens;
}

const char *tacro_cli_band_words(const struct tacro_summary *summary)
{
    if (tacro_cli_is_single(summary)) {
        return "one subject: the bands below are that subject's values; no measured "
               "level of a patient was used";
    }
    return "band = 90 % of simulated patients; no measured level of a patient was used";
}

const char *tacro_cli_interval_words(const struct tacro_summary *summary)
{
    return summary->draws > 1 ? "mean over draws; intervals are in the result file"
                              : "central values, interval not computed";
}

const char *tacro_cli_statement(const struct tacro_summary *summary, size_t i)
{
    for (size_t k = 0; k < sizeof statements / sizeof statements[0]; k++) {
        bool holds = statements[k].outcome == NULL;
        for (size_t o = 0; o < summary->noutcomes && !holds; o++) {
            holds = strcmp(summary->outcome[o].name, statements[k].outcome) == 0;
        }
        if (holds && i-- == 0) {
            return statements[k].text == band_spread && tacro_cli_is_single(summary)
                       ? no_spread
                       : statements[k].text;
        }
    }
    return NULL;
}
