#include "cli/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"
#include "cli/plan.h"
#include "cli/quantity.h"
#include "cli/statements.h"
#include "cli/summary_after.h"
#include "cli/summary_models.h"
#include "cli/summary_risk.h"

/* -- layout shared by the tables --------------------------------------------------- */

static void put_shares(struct tacro_cli_line *line, size_t column, double below,
                       double in, double above)
{
    if (isnan(in)) {
        tacro_cli_line_put(line, column, "-");
        return;
    }
    tacro_cli_line_put(line, column, "%s/%s/%s", tacro_cli_share(below).s,
                       tacro_cli_share(in).s, tacro_cli_share(above).s);
}

/** "42 %" right-aligned over three digits; "-" for NaN. */
static void put_percent(struct tacro_cli_line *line, size_t column, double fraction)
{
    tacro_cli_line_put(line, column, "%3s%s", tacro_cli_share(fraction).s,
                       isnan(fraction) ? "" : " %");
}

/* -- head -------------------------------------------------------------------------- */

static struct tacro_cli_text target_text(const struct tacro_day_summary *day)
{
    struct tacro_cli_text text = {"-"};
    if (!isnan(day->target_low) && !isnan(day->target_high)) {
        snprintf(text.s, sizeof text.s, "%.4g-%.4g", day->target_low, day->target_high);
    }
    return text;
}

/** The target range of every stretch of days that has one. */
static void print_target(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary)
{
    char text[512] = "";
    size_t used = 0;
    if (summary->nregimens == 0) {
        return;
    }
    const struct tacro_regimen_summary *regimen = &summary->regimen[0];
    for (size_t d = 0; d < regimen->ndays && used + 80 < sizeof text;) {
        size_t end = d;
        struct tacro_cli_text target = target_text(&regimen->day[d]);
        while (end + 1 < regimen->ndays &&
               strcmp(target_text(&regimen->day[end + 1]).s, target.s) == 0) {
            end++;
        }
        if (strcmp(target.s, "-") != 0) {
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "%s%s ng/mL from day %d", used == 0 ? "" : ", ",
                                     target.s, regimen->day[d].day);
        }
        d = end + 1;
    }
    if (used > 0) {
        tacro_cli_page_paragraph(page, 12, "Target C0", "%s (a setting, editable)",
                                 text);
    }
}

/** By what troughs are observed, and how often they miss the target beside true ones.
 */
static void print_observed(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary)
{
    char text[1024] = "";
    size_t used = 0;
    if (summary->observed == NULL) {
        return;
    }
    for (size_t i = 0; i < summary->nregimens && used + 1 < sizeof text; i++) {
        const struct tacro_regimen_summary *r = &summary->regimen[i];
        if (!isnan(r->observed_outside)) {
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "%s%.60s %s %% (true %s %%)",
                                     used == 0 ? "; outside target: " : ", ", r->label,
                                     tacro_cli_share(r->observed_outside).s,
                                     tacro_cli_share(r->below + r->above).s);
        }
    }
    tacro_cli_page_paragraph(page, 12, "Observed", "C0 with residual error by %s%s",
                             strcmp(summary->observed, "any") == 0
                                 ? "an assay the model does not name"
                                 : summary->observed,
                             text);
}

/** Who was simulated, and what the scenario changes in the models. */
static void print_patients(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, const uint64_t *subject)
{
    const char *courses = summary->courses == 1 ? "course" : "courses";
    if (subject != NULL) {
        tacro_cli_page_paragraph(
            page, 12, "Patients",
            "1 simulated (subject %" PRIu64 " alone, of %" PRIu64 "%s): %" PRIu64 " %s",
            *subject, summary->subjects, summary->draws > 1 ? " per draw" : "",
            summary->courses, courses);
    } else if (tacro_cli_is_single(summary)) {
        tacro_cli_page_paragraph(
            page, 12, "Patients",
            "1 simulated%s (the typical patient or a single one; %s): %" PRIu64 " %s",
            summary->draws > 1 ? " per draw" : "",
            summary->draws > 1 ? "bands are over the draws" : "no band",
            summary->courses, courses);
    } else {
        tacro_cli_page_paragraph(
            page, 12, "Patients",
            "%" PRIu64 " simulated%s, the same %s under each regimen: %" PRIu64 " %s",
            summary->subjects, summary->draws > 1 ? " per draw" : "",
            summary->subjects == 1 ? "one" : "ones", summary->courses, courses);
    }
    for (size_t k = 0; k < summary->nassumptions; k++) {
        const struct tacro_assumption *assumption = &summary->assumption[k];
        const bool is_changed = strcmp(assumption->kind, "changed") == 0;
        if (is_changed || strcmp(assumption->kind, "ignored") == 0) {
            tacro_cli_page_paragraph(page, 12, is_changed ? "Changed" : "IGNORED", "%s",
                                     assumption->text);
        }
    }
}

/* What of the risks follows from the organ, where it is another than theirs. */
static void print_organ(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary)
{
    char text[640] = "";
    size_t used = 0;
    if (summary->organ == NULL || strcmp(summary->organ, "lung") == 0 ||
        summary->noutcomes == 0) {
        return;
    }
    for (size_t k = 0; k < summary->noutcomes && used < sizeof text; k++) {
        const char *changes = summary->outcome[k].organ_changes;
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s of %.40s %s%.100s%s",
            k == 0 ? "" : ";", tacro_cli_outcome_name(summary, k),
            changes == NULL ? "nothing is changed" : "the incidence alone is changed (",
            changes == NULL ? "" : changes, changes == NULL ? "" : ")");
    }
    tacro_cli_page_paragraph(page, 12, "Organ", "%s:%s", summary->organ, text);
}

/* What competes with the events. */
static void print_death(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary)
{
    if (summary->noutcomes > 0 && summary->death_hazard > 0.0) {
        tacro_cli_page_paragraph(page, 12, "Death",
                                 "%.4g 1/d from the landmark on, as given; it competes "
                                 "with all events and is not in the utility",
                                 24.0 * summary->death_hazard);
    } else if (summary->noutcomes > 0) {
        tacro_cli_page_paragraph(page, 12, "Death",
                                 "not modelled: \"alive\" is taken for granted");
    }
}

/* Of several models each has a number. */
static void print_pk(const struct tacro_cli_page *page,
                     const struct tacro_summary *summary, size_t m)
{
    const struct tacro_pk_summary *pk = &summary->pk[m];
    char days[96] = "calibrated days not stated";
    char lead[32] = "PK model";
    if (!isnan(pk->first_day) && !isnan(pk->last_day)) {
        snprintf(days, sizeof days, "valid on days %.4g to %.4g after transplantation",
                 pk->first_day, pk->last_day);
    }
    if (tacro_cli_has_models(summary)) {
        snprintf(lead, sizeof lead, "PK model %zu", m + 1);
    }
    tacro_cli_page_paragraph(page, 12, lead, "%s, %s", pk->name, days);
    tacro_cli_page_paragraph(page, 12, "Population", "%s", pk->population);
}

static void print_head(const struct tacro_cli_page *page,
                       const struct tacro_summary *summary, const uint64_t *subject)
{
    const struct tacro_cli_moment c0 = tacro_cli_moment(0, summary->trough_clock, 0);
    tacro_cli_page_title(page, summary->title);
    for (size_t m = 0; m < summary->npks; m++) {
        print_pk(page, summary, m);
    }
    print_patients(page, summary, subject);
    if (summary->failed > 0) {
        tacro_cli_page_paragraph(
            page, 12, "FAILED",
            "%" PRIu64 " of %" PRIu64
            " courses could not be integrated; the result file "
            "keeps them with their reason, the numbers below are without them",
            summary->failed, summary->courses);
    }
    tacro_cli_page_paragraph(
        page, 12, "Window", "from %s to %s: shares%s are counted in it",
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->landmark)).s,
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->horizon)).s,
        summary->noutcomes > 0 ? ", hours and risks" : " and hours");
    tacro_cli_page_paragraph(
        page, 12, "Levels",
        "whole blood, ng/mL, median (5-95 %%): %s. C0 = level at %s before any dose",
        tacro_cli_band_words(summary), tacro_cli_clock(c0).s);
    print_target(page, summary);
    print_observed(page, summary);
    if (summary->noutcomes > 0) {
        tacro_cli_page_paragraph(page, 12, "Risks", "%s",
                                 tacro_cli_interval_words(summary).s);
    }
    print_organ(page, summary);
    print_death(page, summary);
    tacro_cli_page_paragraph(page, 0, "", "Research use; not dosing advice.");
}

/* -- tables over the regimens ------------------------------------------------------ */

static void print_levels(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary, size_t width)
{
    const size_t at = width + 4;
    const size_t column[] = {at, at + 18, at + 36, at + 55, at + 64};
    struct tacro_cli_line line = {0};
    tacro_cli_page_heading(page, "LEVELS");
    tacro_cli_line_put(&line, column[0], "level on");
    tacro_cli_line_put(&line, column[1], "C0 below/in/");
    tacro_cli_line_put(&line, column[2], "highest level");
    tacro_cli_line_put(&line, column[3], "C0 < 2");
    tacro_cli_line_put(&line, column[4], "C0 > 25");
    tacro_cli_page_line(page, &line);
    tacro_cli_line_put(&line, 2, "regimen");
    tacro_cli_line_put(
        &line, column[0], "%s",
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->landmark)).s);
    tacro_cli_line_put(&line, column[1], "above target, %%");
    tacro_cli_line_put(&line, column[2], "Cmax");
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < summary->nregimens; r++) {
        const struct tacro_regimen_summary *regimen = &summary->regimen[r];
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        tacro_cli_line_put(&line, column[0], "%s",
                           tacro_cli_level_band(regimen->at_landmark).s);
        put_shares(&line, column[1], regimen->below, regimen->in, regimen->above);
        tacro_cli_line_put(&line, column[2], "%s",
                           tacro_cli_level_band(regimen->cmax).s);
        put_percent(&line, column[3], regimen->trough_under_2);
        put_percent(&line, column[4], regimen->trough_over_25);
        tacro_cli_page_line(page, &line);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "Below/in/above: share of all C0 in the window. Cmax: "
        "over the whole course, read at the output times. C0 < 2 "
        "or > 25 ng/mL: share of all C0 in the window%s.",
        summary->noutcomes > 0 ? "; there levels and risks are extrapolation" : "");
}

static void print_falls(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary, size_t width)
{
    const size_t at = width + 4;
    const size_t column[] = {at, at + 17, at + 29, at + 46, at + 58};
    const double window = summary->horizon - summary->landmark;
    struct tacro_cli_line line = {0};
    tacro_cli_page_heading(page, "HOW SOON THE LEVEL FALLS");
    tacro_cli_line_put(&line, column[0], "hours to level < 10");
    tacro_cli_line_put(&line, column[2], "hours to level < 5");
    tacro_cli_line_put(&line, column[4], "days with");
    tacro_cli_page_line(page, &line);
    tacro_cli_line_put(&line, 2, "regimen");
    tacro_cli_line_put(&line, column[0], "median (5-95 %%)");
    tacro_cli_line_put(&line, column[1] + 2, "never");
    tacro_cli_line_put(&line, column[2], "median (5-95 %%)");
    tacro_cli_line_put(&line, column[3] + 2, "never");
    tacro_cli_line_put(&line, column[4], "C0 < 5");
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < summary->nregimens; r++) {
        const struct tacro_regimen_summary *regimen = &summary->regimen[r];
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        tacro_cli_line_put(&line, column[0], "%s",
                           tacro_cli_count_band(regimen->hours_below_10, window).s);
        put_percent(&line, column[1] + 2, regimen->never_below_10);
        tacro_cli_line_put(&line, column[2], "%s",
                           tacro_cli_count_band(regimen->hours_below_5, window).s);
        put_percent(&line, column[3] + 2, regimen->never_below_5);
        tacro_cli_line_put(&line, column[4], "%s",
                           tacro_cli_count_band(regimen->days_below_5, INFINITY).s);
        tacro_cli_page_line(page, &line);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "Counted from %s. Never: patients who stay above to the end; they count as "
        ">%.0f "
        "hours.",
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->landmark)).s,
        window);
}

/* -- days -------------------------------------------------------------------------- */

enum { DAYS_RIGHT = 51 };

static void put_day(struct tacro_cli_line *line, size_t at,
                    const struct tacro_day_summary *day)
{
    tacro_cli_line_put(line, at, "%4d%s", day->day,
                       day->is_outside_calibration ? "*" : "");
    tacro_cli_line_put(line, at + 6, "%4s", tacro_cli_mean_mg(day->dose).s);
    tacro_cli_line_put(line, at + 12, "%s", tacro_cli_level_band(day->trough).s);
    tacro_cli_line_put(line, at + 29, "%s", target_text(day).s);
    put_shares(line, at + 36, day->below, day->in, day->above);
}

static void put_day_heading(struct tacro_cli_line *line, size_t at, bool is_first)
{
    tacro_cli_line_put(line, at + 2, "%s", is_first ? "day" : "");
    tacro_cli_line_put(line, at + 8, "%s", is_first ? "mg" : "");
    tacro_cli_line_put(line, at + 12, "%s", is_first ? "C0 median" : "(5-95 %)");
    tacro_cli_line_put(line, at + 29, "%s", is_first ? "target" : "");
    tacro_cli_line_put(line, at + 36, "%s", is_first ? "below/in/" : "above, %");
}

static void put_regimen_heading(struct tacro_cli_line *line, size_t at,
                                const struct tacro_summary *summary, size_t r)
{
    tacro_cli_line_put(line, at + 2, "%s%s", summary->regimen[r].label,
                       r == tacro_cli_reference(summary, r) ? " (reference)" : "");
}

/** Two regimens side by side; `right` beyond the last one: the left one alone. */
static void print_day_pair(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, size_t left,
                           size_t right)
{
    struct tacro_cli_line line = {0};
    const struct tacro_regimen_summary *a = &summary->regimen[left];
    const struct tacro_regimen_summary *b =
        right < summary->nregimens ? &summary->regimen[right] : NULL;
    size_t nrows = b != NULL && b->ndays > a->ndays ? b->ndays : a->ndays;
    put_regimen_heading(&line, 0, summary, left);
    if (b != NULL) {
        put_regimen_heading(&line, DAYS_RIGHT, summary, right);
    }
    tacro_cli_page_line(page, &line);
    for (int k = 0; k < 2; k++) {
        put_day_heading(&line, 0, k == 0);
        if (b != NULL) {
            put_day_heading(&line, DAYS_RIGHT, k == 0);
        }
        tacro_cli_page_line(page, &line);
    }
    for (size_t d = 0; d < nrows; d++) {
        if (d < a->ndays) {
            put_day(&line, 0, &a->day[d]);
        }
        if (b != NULL && d < b->ndays) {
            put_day(&line, DAYS_RIGHT, &b->day[d]);
        }
        tacro_cli_page_line(page, &line);
    }
}

static void print_days(const struct tacro_cli_page *page,
                       const struct tacro_summary *summary)
{
    const bool is_single = tacro_cli_is_single(summary);
    char heading[128];
    snprintf(heading, sizeof heading,
             "DAY BY DAY (mg given, C0, %s below / in / above target)",
             !is_single                        ? "share of patients"
             : tacro_cli_has_interval(summary) ? "share of draws"
                                               : "100 where the subject is");
    tacro_cli_page_heading(page, heading);
    for (size_t r = 0; r < summary->nregimens;) {
        /* a model begins on the left */
        const bool is_alone = (r + 1) % summary->nplans == 0;
        if (r > 0) {
            fputc('\n', page->out);
        }
        print_day_pair(page, summary, r, is_alone ? summary->nregimens : r + 1);
        r += is_alone ? 1 : 2;
    }
    if (tacro_cli_is_extrapolated(summary, -INFINITY)) {
        tacro_cli_page_paragraph(
            page, 4, "  *",
            "extrapolation: this day is outside the days on which the PK model was "
            "calibrated");
    }
}

/* -- assumptions and statements ---------------------------------------------------- */

static const struct {
    const char *kind;
    const char *title;
} groups[] = {
    {"changed", "CHANGED BY THE SCENARIO"},
    {"ignored", "IGNORED by some of the PK models"},
    {"warning", "WARNINGS about the input"},
    {"extrapolation", "EXTRAPOLATED beyond the data"},
    {"scenario", "ASSUMED in the scenario"},
    {"parameter", "ASSUMED or UNVERIFIED in the models"},
    {"uncertainty", "ASSUMED numbers that vary over the draws"},
    {"drawn", "DRAWN per patient, for want of a value"},
    {NULL, "OTHER"},
};

enum { NGROUPS = sizeof groups / sizeof groups[0] };

static size_t group_of(const struct tacro_assumption *assumption)
{
    size_t g = 0;
    while (g + 1 < NGROUPS && strcmp(assumption->kind, groups[g].kind) != 0) {
        g++;
    }
    return g;
}

static void print_group(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary, size_t g)
{
    size_t n = 0;
    for (size_t k = 0; k < summary->nassumptions; k++) {
        n += group_of(&summary->assumption[k]) == g ? 1 : 0;
    }
    if (n == 0) {
        return;
    }
    tacro_cli_page_paragraph(page, 2, "", "%s (%zu)", groups[g].title, n);
    for (size_t k = 0; k < summary->nassumptions; k++) {
        if (group_of(&summary->assumption[k]) == g) {
            tacro_cli_page_paragraph(page, 6, "    -", "%s",
                                     summary->assumption[k].text);
        }
    }
}

static void print_assumptions(const struct tacro_cli_page *page,
                              const struct tacro_summary *summary)
{
    if (summary->nassumptions == 0) {
        return;
    }
    tacro_cli_page_heading(page, "WHAT THIS RESTS ON");
    for (size_t g = 0; g < NGROUPS; g++) {
        print_group(page, summary, g);
    }
}

static void print_statements(const struct tacro_cli_page *page,
                             const struct tacro_summary *summary)
{
    tacro_cli_page_heading(page, "HOW TO READ THIS");
    const char *text = tacro_cli_statement(summary, 0);
    for (size_t i = 1; text != NULL; i++) {
        tacro_cli_page_paragraph(page, 4, "  -", "%s", text);
        text = tacro_cli_statement(summary, i);
    }
}

void tacro_cli_summary_print(const struct tacro_cli_page *page,
                             const struct tacro_scenario *scenario,
                             const struct tacro_summary *summary,
                             const uint64_t *subject)
{
    size_t width = tacro_cli_label_width(summary);
    const struct tacro_cli_dosing_clock clock = {
        .start_day = summary->start_day,
        .start_clock = summary->start_clock,
        .trough_clock = summary->trough_clock,
        .horizon = summary->horizon,
    };
    print_head(page, summary, subject);
    tacro_cli_models_print(page, summary, width);
    tacro_cli_risks_print(page, summary, width);
    tacro_cli_summary_after_print(page, summary, width);
    tacro_cli_endpoints_print(page, summary, width);
    tacro_cli_benefit_print(page, summary, width);
    tacro_cli_page_heading(page, "DOSES");
    tacro_cli_plan_days_print(page, scenario, &clock, width);
    if (summary->nregimens > 0) {
        print_levels(page, summary, width);
        print_falls(page, summary, width);
        print_days(page, summary);
    }
    tacro_cli_drivers_print(page, summary);
    print_assumptions(page, summary);
    print_statements(page, summary);
}
