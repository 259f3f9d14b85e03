#include "cli/summary_risk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/statements.h"
#include "cli/summary_models.h"

enum { INDENT = 2, MAX_COLUMNS = 6 };

/* -- layout ------------------------------------------------------------------------ */

struct tacro_cli_moment tacro_cli_summary_moment(const struct tacro_summary *summary,
                                                 double time)
{
    return tacro_cli_moment(summary->start_day, summary->start_clock, time);
}

size_t tacro_cli_label_width(const struct tacro_summary *summary)
{
    enum { NARROW = 10, WIDE = 20 };
    size_t width = NARROW;
    for (size_t r = 0; r < summary->nregimens; r++) {
        size_t ncolumns = tacro_cli_columns(tacro_cli_row_label(summary, r));
        width = ncolumns > width ? ncolumns : width;
    }
    return width > WIDE ? WIDE : width;
}

void tacro_cli_put_label(const struct tacro_cli_page *page, struct tacro_cli_line *line,
                         const char *label, size_t width)
{
    tacro_cli_line_put(line, INDENT, "%s", label);
    if (tacro_cli_columns(label) > width) {
        tacro_cli_page_line(page, line);
    }
}

bool tacro_cli_is_extrapolated(const struct tacro_summary *summary, double from)
{
    for (size_t r = 0; r < summary->nregimens; r++) {
        for (size_t d = 0; d < summary->regimen[r].ndays; d++) {
            const struct tacro_day_summary *day = &summary->regimen[r].day[d];
            if (day->is_outside_calibration && day->time >= from) {
                return true;
            }
        }
    }
    return false;
}

void tacro_cli_put_titles(const struct tacro_cli_page *page, const char *const *title,
                          const size_t *column, size_t n, size_t end)
{
    struct tacro_cli_line line = {0};
    const char *rest[MAX_COLUMNS];
    char row[128];
    bool is_more = true;
    for (size_t k = 0; k < n; k++) {
        rest[k] = title[k];
    }
    while (is_more) {
        is_more = false;
        for (size_t k = 0; k < n; k++) {
            const size_t next = k + 1 < n ? column[k + 1] : end + 2;
            if (tacro_cli_wrap(&rest[k], next - column[k] - 2, row, sizeof row)) {
                tacro_cli_line_put(&line, column[k], "%s", row);
                is_more = true;
            }
        }
        if (is_more) {
            tacro_cli_page_line(page, &line);
        }
    }
}

const char *tacro_cli_outcome_name(const struct tacro_summary *summary, size_t outcome)
{
    const char *name =
        outcome < summary->noutcomes ? summary->outcome[outcome].name : "event-free";
    return strcmp(name, "pres") == 0 ? "PRES" : name;
}

/* -- measures: outcomes, event-free, days in range --------------------------------- */

static const struct tacro_risk_summary *risk_of(const struct tacro_summary *summary,
                                                size_t r, size_t k)
{
    return k < summary->noutcomes ? &summary->regimen[r].risk[k]
                                  : &summary->regimen[r].event_free;
}

static bool is_days(const struct tacro_summary *summary, size_t k)
{
    return k == summary->noutcomes + 1;
}

static bool have_days(const struct tacro_summary *summary)
{
    for (size_t r = 0; r < summary->nregimens; r++) {
        if (!isnan(summary->regimen[r].days_in_range)) {
            return true;
        }
    }
    return false;
}

static size_t pair_of(const struct tacro_summary *summary, size_t k, size_t r)
{
    return (k * summary->nregimens + r) * summary->nregimens +
           tacro_cli_reference(summary, r);
}

static const char *title_of(const struct tacro_summary *summary, size_t k, char *text,
                            size_t size)
{
    const double days = summary->regimen[summary->reference].days_with_target;
    if (k < summary->noutcomes) {
        return summary->outcome[k].endpoint;
    }
    if (!is_days(summary, k)) {
        return summary->noutcomes == 2 ? "neither: alive, none of these events"
                                       : "event-free: alive, none of these events";
    }
    snprintf(text, size, "mornings with C0 in target, of %.2g", days);
    return isnan(days) ? "mornings with C0 in target" : text;
}

static struct tacro_cli_text value_of(const struct tacro_summary *summary, size_t k,
                                      size_t r)
{
    const struct tacro_regimen_summary *regimen = &summary->regimen[r];
    if (is_days(summary, k)) {
        return tacro_cli_number_interval(regimen->days_in_range,
                                         regimen->days_in_range_interval);
    }
    return tacro_cli_risk_interval(risk_of(summary, r, k)->probability,
                                   risk_of(summary, r, k)->interval);
}

/* -- at a glance ------------------------------------------------------------------- */

enum { ABREAST = 4, CELL = 19, WIDE_CELL = 21 };

static void print_glance(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary, size_t width,
                         size_t first, size_t end)
{
    struct tacro_cli_line line = {0};
    const char *title[ABREAST];
    size_t column[ABREAST];
    char days[64];
    const size_t left = width + 4;
    const size_t cell =
        left + (size_t)ABREAST * WIDE_CELL <= TACRO_CLI_PAGE_WIDTH ? WIDE_CELL : CELL;
    for (size_t k = first; k < end; k++) {
        title[k - first] = title_of(summary, k, days, sizeof days);
        column[k - first] = left + (k - first) * cell;
    }
    tacro_cli_put_titles(page, title, column, end - first,
                         left + (end - first) * cell - 2);
    tacro_cli_line_put(&line, INDENT, "regimen");
    for (size_t k = first; k < end; k++) {
        tacro_cli_line_put(&line, column[k - first], "%s",
                           !is_days(summary, k)
                               ? k < summary->noutcomes ? "risk" : "chance"
                           : tacro_cli_is_single(summary) ? "mornings"
                                                          : "mean over patients");
    }
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < summary->nregimens; r++) {
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        for (size_t k = first; k < end; k++) {
            tacro_cli_line_put(&line, column[k - first], "%s",
                               value_of(summary, k, r).s);
        }
        tacro_cli_page_line(page, &line);
    }
}

/* -- against the reference --------------------------------------------------------- */

enum { NPARTS = 4 };

/* The cells of a row against the reference; empty: not there. */
struct row {
    struct tacro_cli_text difference;
    struct tacro_cli_text lower;
    struct tacro_cli_text first;
    struct tacro_cli_text patients;
};

/* In all draws but at most those outside of the interval. */
static bool is_tie(const struct tacro_summary *summary, size_t pair)
{
    const struct tacro_comparison *c = &summary->comparison;
    const struct tacro_interval interval = c->difference_interval[pair];
    return c->lower[pair] == 0.5 && interval.low == 0.0 && interval.high == 0.0;
}

/* Of event-free and days more is better. */
static struct tacro_cli_text probability_text(double lower, bool is_more, bool is_tie)
{
    struct tacro_cli_text text = {"-"};
    if (is_tie) {
        return (struct tacro_cli_text){"ties"};
    }
    if (!isnan(lower)) {
        snprintf(text.s, sizeof text.s, "%.16s %%",
                 tacro_cli_share(is_more ? 1.0 - lower : lower).s);
    }
    return text;
}

/* Its rules wait for the outcome: up to there the course is the reference's. */
static bool is_same_until(const struct tacro_summary *summary, size_t k, size_t r)
{
    const struct tacro_comparison *c = &summary->comparison;
    const size_t pair = pair_of(summary, k, r);
    const struct tacro_interval interval = c->difference_interval[pair];
    return !is_days(summary, k) && r != tacro_cli_reference(summary, r) &&
           risk_of(summary, r, k)->is_simulated && c->difference[pair] == 0.0 &&
           !(interval.low < 0.0) && !(interval.high > 0.0);
}

static struct row row_of(const struct tacro_summary *summary, size_t k, size_t r)
{
    const struct tacro_comparison *c = &summary->comparison;
    const size_t pair = pair_of(summary, k, r);
    const bool is_reference = r == tacro_cli_reference(summary, r);
    const struct tacro_cli_text reference = {"reference"};
    struct row row = {.lower = {"-"}, .first = {"-"}, .patients = {"-"}};
    row.difference = is_reference ? reference
                     : is_days(summary, k)
                         ? tacro_cli_signed_interval(c->difference[pair],
                                                     c->difference_interval[pair])
                         : tacro_cli_points_interval(c->difference[pair],
                                                     c->difference_interval[pair]);
    if (is_same_until(summary, k, r)) {
        row.difference = (struct tacro_cli_text){"the same until it happens"};
        if (k == summary->noutcomes) {
            row.difference = (struct tacro_cli_text){"the same"};
        }
    } else if (!is_reference) {
        row.lower = probability_text(c->lower[pair], k >= summary->noutcomes,
                                     is_tie(summary, pair));
    }
    if (!is_days(summary, k)) {
        const struct tacro_risk_summary *risk = risk_of(summary, r, k);
        row.first = tacro_cli_risk_interval(risk->first, risk->first_interval);
        row.patients = tacro_cli_risk_band(risk->patients);
    }
    return row;
}

static const char *part_of(const struct row *row, size_t part)
{
    const char *const text[NPARTS] = {row->difference.s, row->lower.s, row->first.s,
                                      row->patients.s};
    return text[part];
}

static bool is_shown(const struct tacro_summary *summary, size_t k, size_t part)
{
    for (size_t r = 0; r < summary->nregimens; r++) {
        const struct row row = row_of(summary, k, r);
        if (strcmp(part_of(&row, part), "-") != 0) {
            return part != 3 || !tacro_cli_is_single(summary);
        }
    }
    return false;
}

static void print_rows(const struct tacro_cli_page *page,
                       const struct tacro_summary *summary, size_t width, size_t k)
{
    static const size_t widths[NPARTS] = {26, 11, 20, 19};
    const bool is_risk = k < summary->noutcomes;
    const char *const words[NPARTS] = {
        is_days(summary, k) ? "difference, mornings" : "difference, points",
        is_risk ? "draws with less" : "draws with more",
        is_risk ? "as the first event of all" : "death as the first event",
        "patients, 5-95 %, in percent"};
    struct tacro_cli_line line = {0};
    const char *title[NPARTS + 1] = {"regimen"};
    size_t column[NPARTS + 1] = {INDENT};
    size_t part[NPARTS + 1];
    size_t n = 1;
    size_t at = width + 4;
    for (size_t i = 0; i < NPARTS; i++) {
        if (is_shown(summary, k, i)) {
            title[n] = words[i];
            part[n] = i;
            column[n++] = at;
            at += widths[i];
        }
    }
    tacro_cli_put_titles(page, title, column, n, at - 1);
    for (size_t r = 0; r < summary->nregimens; r++) {
        const struct row row = row_of(summary, k, r);
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        for (size_t i = 1; i < n; i++) {
            tacro_cli_line_put(&line, column[i], "%s", part_of(&row, part[i]));
        }
        tacro_cli_page_line(page, &line);
    }
}

static void print_measure(const struct tacro_cli_page *page,
                          const struct tacro_summary *summary, size_t width, size_t k)
{
    char days[64];
    const char *title = title_of(summary, k, days, sizeof days);
    fputc('\n', page->out);
    if (k < summary->noutcomes) {
        const struct tacro_outcome_summary *outcome = &summary->outcome[k];
        tacro_cli_page_paragraph(page, 4, "  ", "%s [%s: %s]", title, outcome->file,
                                 outcome->population);
    } else {
        tacro_cli_page_paragraph(page, 4, "  ", "%s", title);
    }
    print_rows(page, summary, width, k);
}

/* -- notes ------------------------------------------------------------------------- */

/* Rules that wait for an outcome make it a share of simulated events. */
static void print_simulated(const struct tacro_cli_page *page,
                            const struct tacro_summary *summary)
{
    char error[128] = "";
    for (size_t r = 0; r < summary->nregimens; r++) {
        for (size_t k = 0; k < summary->noutcomes; k++) {
            const struct tacro_risk_summary *risk = &summary->regimen[r].risk[k];
            if (!isnan(risk->standard_error)) {
                snprintf(error, sizeof error,
                         ": the share of patients with it, standard error at most "
                         "%.16s points",
                         tacro_cli_two_figures(100.0 * risk->standard_error).s);
            }
            if (risk->is_simulated) {
                tacro_cli_page_paragraph(
                    page, 2, "",
                    "%s changes course when %s happens, so there it is simulated, in "
                    "the same patients as under %s where that can be%s.",
                    summary->regimen[r].label, tacro_cli_outcome_name(summary, k),
                    summary->regimen[tacro_cli_reference(summary, r)].label, error);
            }
        }
    }
}

/* The largest over the regimens; NaN is left out. */
static double largest_error(const struct tacro_summary *summary, size_t k)
{
    double error = 0.0;
    for (size_t r = 0; r < summary->nregimens; r++) {
        error = fmax(error, risk_of(summary, r, k)->standard_error);
    }
    return error;
}

static double largest_need(const struct tacro_summary *summary, size_t k)
{
    double needed = 0.0;
    for (size_t r = 0; r < summary->nregimens; r++) {
        needed = fmax(needed, risk_of(summary, r, k)->needed);
    }
    return needed;
}

/* Beside an interval chance from a finite number of patients must be small. */
static void print_too_few(const struct tacro_cli_page *page,
                          const struct tacro_summary *summary, size_t k)
{
    const double needed = largest_need(summary, k);
    char advice[128];
    if (!(needed > 0.0)) {
        return;
    }
    if (isinf(needed)) {
        snprintf(advice, sizeof advice,
                 "How many would do cannot be told from so few patients; try %.0f "
                 "(--subjects)",
                 10.0 * (double)summary->subjects);
    } else {
        snprintf(advice, sizeof advice, "%.0f patients per draw would do (--subjects)",
                 needed);
    }
    tacro_cli_page_paragraph(
        page, 4, "  !",
        "%s: too few patients. Their number alone moves a draw's average by %s "
        "points (Monte Carlo standard error), a tenth of the interval or more. %s.",
        tacro_cli_outcome_name(summary, k),
        tacro_cli_two_figures(100.0 * largest_error(summary, k)).s, advice);
}

/* Where it is small, and where there is no interval beside it. */
static void print_error(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary)
{
    const bool has_interval = summary->comparison.ndraws >= TACRO_INTERVAL_DRAWS;
    char text[512] = "";
    size_t used = 0;
    for (size_t k = 0; k <= summary->noutcomes && used < sizeof text; k++) {
        const double error = largest_error(summary, k);
        if (error > 0.0 && !(largest_need(summary, k) > 0.0)) {
            used += (size_t)snprintf(
                text + used, sizeof text - used, "%s%s%s (%.40s)",
                used == 0 ? "" : ", ", tacro_cli_two_figures(100.0 * error).s,
                used == 0 ? " points" : "", tacro_cli_outcome_name(summary, k));
        }
    }
    if (used > 0) {
        tacro_cli_page_paragraph(
            page, 2, "", "Monte Carlo error of %s: at most %s%s.",
            summary->comparison.ndraws > 1 ? "one draw's average" : "the averages",
            text, has_interval ? ": under a tenth of the interval" : "");
    }
}

/* What has happened before the window. */
static void given_words(const struct tacro_summary *summary, char *text, size_t size)
{
    const struct tacro_recovery_summary *after = summary->recovery;
    if (after == NULL) {
        snprintf(text, size, "given no event before the window");
        return;
    }
    const struct tacro_cli_text onset =
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, after->onset));
    snprintf(text, size, "given %s at %s and no other event before",
             strcmp(after->outcome, "pres") == 0 ? "PRES" : after->outcome, onset.s);
}

static void print_notes(const struct tacro_cli_page *page,
                        const struct tacro_summary *summary)
{
    const bool is_single = tacro_cli_is_single(summary);
    char given[160];
    given_words(summary, given, sizeof given);
    tacro_cli_page_paragraph(
        page, 2, "", "%s, %s; two significant figures.%s",
        is_single ? "Probability of the one subject"
                  : "Average over the patients of each one's probability",
        given,
        tacro_cli_has_interval(summary) ? " First number: the median over the draws."
                                        : "");
    for (size_t k = 0; k <= summary->noutcomes && !is_single; k++) {
        print_too_few(page, summary, k);
    }
    if (!is_single) {
        print_error(page, summary);
    }
    print_simulated(page, summary);
    if (tacro_cli_is_extrapolated(summary, summary->landmark)) {
        tacro_cli_page_paragraph(page, 4, "  *",
                                 "The window has days outside the PK model's "
                                 "calibration (marked below): there "
                                 "levels, and so these risks, are extrapolation.");
    }
}

void tacro_cli_risks_print(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, size_t width)
{
    char heading[224];
    const size_t n = summary->noutcomes + 1 + have_days(summary);
    if (summary->noutcomes == 0 || summary->nregimens == 0) {
        return;
    }
    snprintf(
        heading, sizeof heading, "RISK from %s to %s (%s)",
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->landmark)).s,
        tacro_cli_moment_text(tacro_cli_summary_moment(summary, summary->horizon)).s,
        tacro_cli_interval_words(summary).s);
    tacro_cli_page_heading(page, heading);
    for (size_t first = 0; first < n; first += ABREAST) {
        print_glance(page, summary, width, first,
                     first + ABREAST < n ? first + ABREAST : n);
    }
    print_notes(page, summary);
    if (tacro_cli_has_models(summary) ? summary->nplans > 1 : summary->nregimens > 1) {
        snprintf(heading, sizeof heading, "EACH RISK, against %.100s in the same %s%s",
                 tacro_cli_reference_plan(summary),
                 tacro_cli_is_single(summary) ? "subject" : "patients",
                 tacro_cli_has_models(summary) ? " under the same model" : "");
        tacro_cli_page_heading(page, heading);
        for (size_t k = 0; k < n; k++) {
            print_measure(page, summary, width, k);
        }
        if (tacro_cli_has_interval(summary)) {
            tacro_cli_page_paragraph(
                page, 2, "",
                "Points: percentage points. Draws with less: the share of parameter "
                "draws in which the risk is lower than in the reference, a tie counted "
                "half. Patients: the spread between the patients of a draw, which is "
                "not the interval.");
        }
    }
}
