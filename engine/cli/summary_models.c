#include "cli/summary_models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/summary_risk.h"

enum { INDENT = 2, LEAD = 18, MAX_TITLES = 6 };

/* -- arms -------------------------------------------------------------------------- */

bool tacro_cli_has_models(const struct tacro_summary *summary)
{
    return summary->npks > 1;
}

size_t tacro_cli_reference(const struct tacro_summary *summary, size_t r)
{
    return tacro_cli_has_models(summary)
               ? r / summary->nplans * summary->nplans + summary->reference
               : summary->reference;
}

const char *tacro_cli_reference_plan(const struct tacro_summary *summary)
{
    return tacro_cli_row_label(summary, summary->reference);
}

const char *tacro_cli_row_label(const struct tacro_summary *summary, size_t r)
{
    const struct tacro_regimen_summary *regimen = &summary->regimen[r];
    return tacro_cli_has_models(summary) ? regimen->plan : regimen->label;
}

void tacro_cli_put_model(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary, size_t r)
{
    struct tacro_cli_line line = {0};
    if (tacro_cli_has_models(summary) && r % summary->nplans == 0) {
        tacro_cli_line_put(&line, INDENT, "@%s",
                           summary->pk[summary->regimen[r].model].name);
        tacro_cli_page_line(page, &line);
    }
}

/* -- a plan across the models ------------------------------------------------------ */

/* Median level of the last day that has one; NaN: none. */
static double last_trough(const struct tacro_regimen_summary *regimen)
{
    for (size_t d = regimen->ndays; d-- > 0;) {
        if (!isnan(regimen->day[d].trough.median)) {
            return regimen->day[d].trough.median;
        }
    }
    return NAN;
}

static double figure_of(const struct tacro_regimen_summary *regimen, size_t figure)
{
    switch (figure) {
    case TACRO_CLI_AT_LANDMARK:
        return regimen->at_landmark.median;
    case TACRO_CLI_LAST_TROUGH:
        return last_trough(regimen);
    case TACRO_CLI_IN_TARGET:
        return regimen->in;
    default:
        return regimen->risk[figure - TACRO_CLI_FIRST_RISK].probability;
    }
}

struct tacro_cli_range tacro_cli_models_range(const struct tacro_summary *summary,
                                              size_t plan, size_t figure)
{
    struct tacro_cli_range range = {NAN, NAN};
    for (size_t m = 0; m < summary->npks; m++) {
        const double x =
            figure_of(&summary->regimen[m * summary->nplans + plan], figure);
        range.low = fmin(range.low, x);
        range.high = fmax(range.high, x);
    }
    return range;
}

/* Without its unit: "2.1 %" -> "2.1". */
static struct tacro_cli_text number_text(double x, size_t figure)
{
    struct tacro_cli_text text;
    char *unit;
    if (figure == TACRO_CLI_IN_TARGET) {
        return tacro_cli_share(x);
    }
    text = figure < TACRO_CLI_IN_TARGET ? tacro_cli_two_figures(x) : tacro_cli_risk(x);
    unit = strstr(text.s, " %");
    if (unit != NULL) {
        *unit = '\0';
    }
    return text;
}

static struct tacro_cli_text range_text(struct tacro_cli_range range, size_t figure)
{
    const struct tacro_cli_text low = number_text(range.low, figure);
    const struct tacro_cli_text high = number_text(range.high, figure);
    struct tacro_cli_text text = {"-"};
    if (!isnan(range.low)) {
        snprintf(text.s, sizeof text.s, "%.24s%s%.24s", low.s,
                 strcmp(low.s, high.s) == 0 ? "" : " to ",
                 strcmp(low.s, high.s) == 0 ? "" : high.s);
    }
    return text;
}

/* A level before the first dose, or a share without a target, has no column. */
static bool is_shown(const struct tacro_summary *summary, size_t figure)
{
    for (size_t p = 0; p < summary->nplans; p++) {
        if (!isnan(tacro_cli_models_range(summary, p, figure).low)) {
            return true;
        }
    }
    return false;
}

static void title_of(const struct tacro_summary *summary, size_t figure, char *text,
                     size_t size)
{
    const struct tacro_cli_moment landmark =
        tacro_cli_summary_moment(summary, summary->landmark);
    if (figure == TACRO_CLI_AT_LANDMARK) {
        snprintf(text, size, "level on %s", tacro_cli_moment_text(landmark).s);
    } else if (figure == TACRO_CLI_LAST_TROUGH) {
        snprintf(text, size, "C0 on the last day");
    } else if (figure == TACRO_CLI_IN_TARGET) {
        snprintf(text, size, "C0 in target, percent");
    } else {
        snprintf(text, size, "%.40s, percent",
                 tacro_cli_outcome_name(summary, figure - TACRO_CLI_FIRST_RISK));
    }
}

static void print_across(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary, size_t width)
{
    enum { CELL = 16 };
    struct tacro_cli_line line = {0};
    char words[MAX_TITLES][96];
    const char *title[MAX_TITLES];
    size_t column[MAX_TITLES];
    size_t figure[MAX_TITLES];
    size_t n = 0;
    for (size_t i = 0; i < TACRO_CLI_FIRST_RISK + summary->noutcomes && n < MAX_TITLES;
         i++) {
        if (is_shown(summary, i)) {
            title_of(summary, i, words[n], sizeof words[n]);
            title[n] = words[n];
            column[n] = width + 4 + n * CELL;
            figure[n++] = i;
        }
    }
    tacro_cli_put_titles(page, title, column, n, width + 2 + n * CELL);
    for (size_t p = 0; p < summary->nplans; p++) {
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, p), width);
        for (size_t i = 0; i < n; i++) {
            tacro_cli_line_put(
                &line, column[i], "%s",
                range_text(tacro_cli_models_range(summary, p, figure[i]), figure[i]).s);
        }
        tacro_cli_page_line(page, &line);
    }
}

/* -- levels by day, model under model ---------------------------------------------- */

enum { DAY_COLUMNS = 18, DAY_CELL = 5, NAME_WIDTH = 32 };

/* The days behind the longest name of a model. */
struct day_columns {
    size_t at;
    size_t n;
    size_t day[DAY_COLUMNS];
};

static size_t days_at(const struct tacro_summary *summary)
{
    size_t longest = strlen("median C0, ng/mL, on");
    for (size_t m = 0; m < summary->npks; m++) {
        const size_t n = strlen(summary->pk[m].name);
        longest = n > longest ? n : longest;
    }
    return INDENT + 3 + (longest < NAME_WIDTH ? longest : NAME_WIDTH);
}

/* Whether an arm has a level on the d-th day; all have the same days. */
static bool has_level(const struct tacro_summary *summary, size_t d)
{
    bool has = false;
    for (size_t r = 0; r < summary->nregimens; r++) {
        has = has || !isnan(summary->regimen[r].day[d].trough.median);
    }
    return has;
}

/* From the first day with a level: all days, or every k-th with the last. */
static struct day_columns columns_of(const struct tacro_summary *summary)
{
    const size_t ndays = summary->regimen[0].ndays;
    struct day_columns out = {.at = days_at(summary)};
    const size_t room = (TACRO_CLI_PAGE_WIDTH - out.at) / DAY_CELL;
    size_t first = 0;
    while (first < ndays && !has_level(summary, first)) {
        first++;
    }
    const size_t step = (ndays - first + room - 1) / room;
    for (size_t d = first; d < ndays && out.n < DAY_COLUMNS; d++) {
        if ((ndays - 1 - d) % step == 0) {
            out.day[out.n++] = d;
        }
    }
    return out;
}

static void print_levels_of_plan(const struct tacro_cli_page *page,
                                 const struct tacro_summary *summary, size_t plan,
                                 const struct day_columns *columns)
{
    struct tacro_cli_line line = {0};
    for (size_t m = 0; m < summary->npks; m++) {
        const struct tacro_regimen_summary *regimen =
            &summary->regimen[m * summary->nplans + plan];
        tacro_cli_line_put(&line, INDENT + 2, "%.*s", NAME_WIDTH, summary->pk[m].name);
        for (size_t k = 0; k < columns->n; k++) {
            const struct tacro_day_summary *d = &regimen->day[columns->day[k]];
            const double level = d->trough.median;
            tacro_cli_line_put(&line, columns->at + k * DAY_CELL, "%4s%s",
                               isnan(level) ? "-" : tacro_cli_two_figures(level).s,
                               d->is_outside_calibration ? "*" : "");
        }
        tacro_cli_page_line(page, &line);
    }
}

static void print_levels_by_day(const struct tacro_cli_page *page,
                                const struct tacro_summary *summary)
{
    struct tacro_cli_line line = {0};
    const struct day_columns columns = columns_of(summary);
    if (columns.n == 0) {
        return;
    }
    fputc('\n', page->out);
    tacro_cli_line_put(&line, INDENT, "median C0, ng/mL, on day");
    for (size_t k = 0; k < columns.n; k++) {
        tacro_cli_line_put(&line, columns.at + k * DAY_CELL, "%4d",
                           summary->regimen[0].day[columns.day[k]].day);
    }
    tacro_cli_page_line(page, &line);
    for (size_t p = 0; p < summary->nplans; p++) {
        tacro_cli_line_put(&line, INDENT, "%s", tacro_cli_row_label(summary, p));
        tacro_cli_page_line(page, &line);
        print_levels_of_plan(page, summary, p, &columns);
    }
    if (tacro_cli_is_extrapolated(summary, -INFINITY)) {
        tacro_cli_page_paragraph(page, INDENT, "",
                                 "* outside the days of that model: extrapolation.");
    }
}

/* -- what a model takes of the patients -------------------------------------------- */

/* "days 7 to 14" of a plan's mornings outside its model's days. */
static void days_outside(const struct tacro_regimen_summary *regimen, char *text,
                         size_t size)
{
    size_t n = 0;
    for (size_t d = 0; d < regimen->ndays && n < size;) {
        size_t end = d;
        if (!regimen->day[d].is_outside_calibration) {
            d++;
            continue;
        }
        while (end + 1 < regimen->ndays &&
               regimen->day[end + 1].is_outside_calibration) {
            end++;
        }
        n += (size_t)snprintf(text + n, size - n, "%s%s %d", n == 0 ? "" : " and ",
                              end > d ? "days" : "day", regimen->day[d].day);
        if (end > d && n < size) {
            n += (size_t)snprintf(text + n, size - n, " to %d", regimen->day[end].day);
        }
        d = end + 1;
    }
}

static void print_outside(const struct tacro_cli_page *page,
                          const struct tacro_summary *summary, size_t m)
{
    static const char behind[] = ", the population of ";
    char text[1024] = "";
    size_t n = 0;
    days_outside(&summary->regimen[m * summary->nplans], text, sizeof text);
    for (size_t k = 0; k < summary->nassumptions; k++) {
        const char *words = summary->assumption[k].text;
        const char *of = strstr(words, behind);
        n = strlen(text);
        /* of a mean the share of patients says more */
        if (of != NULL && strstr(words, ".mean: ") == NULL &&
            strcmp(of + strlen(behind), summary->pk[m].name) == 0 &&
            n + 1 < sizeof text) {
            snprintf(text + n, sizeof text - n, "%s%.*s", n == 0 ? "" : "; ",
                     (int)(of - words), words);
        }
    }
    if (text[0] != '\0') {
        tacro_cli_page_paragraph(page, LEAD, "    extrapolates", "%s", text);
    }
}

static void print_taken(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary)
{
    fputc('\n', page->out);
    tacro_cli_page_paragraph(page, INDENT, "",
                             "what each model takes of these patients, what it "
                             "ignores, and where it is outside its data");
    for (size_t m = 0; m < summary->npks; m++) {
        const struct tacro_pk_summary *pk = &summary->pk[m];
        tacro_cli_page_paragraph(page, INDENT, "", "%s", pk->name);
        tacro_cli_page_paragraph(page, LEAD, "    takes", "%s",
                                 pk->acting[0] == '\0' ? "nothing" : pk->acting);
        if (pk->ignored[0] != '\0') {
            tacro_cli_page_paragraph(page, LEAD, "    IGNORES", "%s", pk->ignored);
        }
        print_outside(page, summary, m);
    }
}

void tacro_cli_models_print(const struct tacro_cli_page *page,
                            const struct tacro_summary *summary, size_t width)
{
    char heading[96];
    if (!tacro_cli_has_models(summary) || summary->nregimens == 0) {
        return;
    }
    snprintf(heading, sizeof heading,
             "ACROSS MODELS: lowest to highest of %zu PK models", summary->npks);
    tacro_cli_page_heading(page, heading);
    print_across(page, summary, width);
    tacro_cli_page_paragraph(
        page, 2, "",
        "Of each model its central figure: medians of the patients' levels, ng/mL, the "
        "share of all C0 in the window, average risks. How far apart they are is what "
        "the choice of the model alone does; no interval below has it.");
    print_levels_by_day(page, summary);
    print_taken(page, summary);
    fputc('\n', page->out);
    tacro_cli_page_paragraph(
        page, INDENT, "",
        "The arms below stand by model, plan@model in the result file; a difference is "
        "always between two plans under one model.");
}
