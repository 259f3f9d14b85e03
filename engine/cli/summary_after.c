#include "cli/summary_after.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/quantity.h"
#include "cli/statements.h"
#include "cli/summary_models.h"
#include "cli/summary_risk_json.h"

static const char no_evidence[] =
    "no evidence: these times were published for reduction or stop and blood pressure "
    "control";
static const char assumed_effect[] =
    "No published evidence that lowering or stopping tacrolimus shortens recovery; the "
    "assumed effect may be 0.";

static struct tacro_cli_text estimate_text(const struct tacro_estimate *e)
{
    return tacro_cli_risk_interval(e->value, e->interval);
}

/* Columns of one estimate, blanks behind it included. */
static size_t cell_of(size_t width)
{
    return (TACRO_CLI_PAGE_WIDTH - (width + 4)) / TACRO_NRECOVERY;
}

/*
 * In a narrow column: nobody recovers so early that it matters, and what does not fit
 * stands without its sign, or in whole percent.
 */
static struct tacro_cli_text share_text(const struct tacro_estimate *e, size_t cell)
{
    const double high = isnan(e->interval.high) ? e->value : e->interval.high;
    struct tacro_cli_text text = {"< 0.1 %"};
    if (!(high < 0.001)) {
        text = estimate_text(e);
    }
    if (tacro_cli_columns(text.s) >= cell) {
        text = tacro_cli_risk_band(
            (struct tacro_band){e->interval.low, e->value, e->interval.high});
    }
    if (tacro_cli_columns(text.s) >= cell) {
        snprintf(text.s, sizeof text.s, "%.8s (%.8s-%.8s)", tacro_cli_share(e->value).s,
                 tacro_cli_share(e->interval.low).s,
                 tacro_cli_share(e->interval.high).s);
    }
    return text;
}

static void put_row(const struct tacro_cli_page *page, const char *label, size_t width,
                    const struct tacro_estimate *by)
{
    struct tacro_cli_line line = {0};
    tacro_cli_line_put(&line, 2, "%s", label);
    if (tacro_cli_columns(label) > width) {
        tacro_cli_page_line(page, &line);
    }
    for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
        tacro_cli_line_put(&line, width + 4 + i * cell_of(width), "%s",
                           share_text(&by[i], cell_of(width)).s);
    }
    tacro_cli_page_line(page, &line);
}

static void print_recovery(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, size_t width)
{
    const struct tacro_recovery_summary *after = summary->recovery;
    struct tacro_cli_line line = {0};
    tacro_cli_line_put(&line, width + 4,
                       "recovered by day ... after onset, in percent");
    tacro_cli_page_line(page, &line);
    tacro_cli_line_put(&line, 2, "regimen");
    for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
        tacro_cli_line_put(&line, width + 4 + i * cell_of(width), "%g", after->day[i]);
    }
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < summary->nregimens; r++) {
        tacro_cli_put_model(page, summary, r);
        put_row(page, tacro_cli_row_label(summary, r), width, after->regimen[r].by);
        if (after->regimen[r].is_unchanged) {
            tacro_cli_page_paragraph(page, width + 4, "", "%s", no_evidence);
        }
    }
    put_row(page, "imaging", width, after->imaging);
    tacro_cli_page_paragraph(
        page, 2, "",
        "Recovered: clinically, among survivors, average over the patients; also "
        "beyond "
        "the window, by the mean stress in the days after onset. Imaging: complete "
        "recovery, the same under each regimen. %s",
        assumed_effect);
}

void tacro_cli_summary_after_print(const struct tacro_cli_page *page,
                                   const struct tacro_summary *summary, size_t width)
{
    const struct tacro_recovery_summary *after = summary->recovery;
    char heading[200];
    if (after == NULL) {
        return;
    }
    snprintf(heading, sizeof heading, "AFTER %.40s, onset %s, severity %s (%s)",
             after->outcome,
             tacro_cli_moment_text(tacro_cli_moment(summary->start_day,
                                                    summary->start_clock, after->onset))
                 .s,
             after->severity, tacro_cli_interval_words(summary).s);
    for (char *c = heading + strlen("AFTER "); *c != '\0' && *c != ','; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    tacro_cli_page_heading(page, heading);
    print_recovery(page, summary, width);
    if (after->is_severity_assumed) {
        tacro_cli_page_paragraph(
            page, 2, "", "No severity is given: \"severity: none\" is assumed.");
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "The recurrence in the tables above is none before recovery; how far recovery "
        "changes its hazard is an assumption.");
    tacro_cli_page_paragraph(
        page, 2, "",
        "Unfavourable outcome %s, by severity, infection, which counts as sepsis, and "
        "kidney injury; hospital mortality after the event %s, which is not adjusted "
        "for coma or sepsis and not counted in \"alive\". Neither depends on the "
        "regimen "
        "in this model.",
        estimate_text(&after->unfavourable).s, estimate_text(&after->mortality).s);
}

/* Of an endpoint that no dose changes. */
static bool is_equal_in_all(const struct tacro_summary *summary,
                            const struct tacro_endpoint_summary *endpoint)
{
    const struct tacro_estimate *first = &endpoint->probability[0];
    for (size_t r = 1; r < summary->nregimens; r++) {
        const struct tacro_estimate *e = &endpoint->probability[r];
        if (!(e->value == first->value) ||
            (e->interval.low != first->interval.low && !isnan(first->interval.low)) ||
            (e->interval.high != first->interval.high &&
             !isnan(first->interval.high))) {
            return false;
        }
    }
    return summary->nregimens > 1;
}

void tacro_cli_endpoints_print(const struct tacro_cli_page *page,
                               const struct tacro_summary *summary, size_t width)
{
    char heading[120];
    if (summary->nendpoints == 0) {
        return;
    }
    snprintf(heading, sizeof heading, "OPTIONAL ENDPOINTS (%s)",
             tacro_cli_interval_words(summary).s);
    tacro_cli_page_heading(page, heading);
    for (size_t i = 0; i < summary->nendpoints; i++) {
        const struct tacro_endpoint_summary *endpoint = &summary->endpoint[i];
        tacro_cli_page_paragraph(page, 2, "", "%s (%s)", endpoint->title,
                                 endpoint->name);
        const bool is_one = is_equal_in_all(summary, endpoint);
        for (size_t r = 0; r < (is_one ? 1 : summary->nregimens); r++) {
            struct tacro_cli_line line = {0};
            if (!is_one) {
                tacro_cli_put_model(page, summary, r);
            }
            tacro_cli_line_put(&line, 4, "%s",
                               is_one ? "all" : tacro_cli_row_label(summary, r));
            tacro_cli_line_put(&line, width + 6, "%s",
                               estimate_text(&endpoint->probability[r]).s);
            tacro_cli_page_line(page, &line);
        }
        tacro_cli_page_paragraph(page, 4, "", "Window: %s. Numbers: %s.",
                                 endpoint->words, endpoint->population);
    }
}

/* -- JSON -------------------------------------------------------------------------- */

static json_t *estimate_json(const struct tacro_estimate *e)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_number(object, "probability", e->value);
    tacro_cli_json_put(object, "interval", tacro_cli_interval_json(e->interval));
    return object;
}

static json_t *days_json(const struct tacro_recovery_summary *after,
                         const struct tacro_estimate *by)
{
    json_t *array = tacro_cli_json_array();
    for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
        json_t *object = estimate_json(&by[i]);
        tacro_cli_json_number(object, "days_after_onset", after->day[i]);
        tacro_cli_json_append(array, object);
    }
    return array;
}

json_t *tacro_cli_endpoints_json(const struct tacro_summary *summary)
{
    json_t *array = tacro_cli_json_array();
    for (size_t i = 0; i < summary->nendpoints; i++) {
        const struct tacro_endpoint_summary *endpoint = &summary->endpoint[i];
        json_t *object = tacro_cli_json_object();
        json_t *regimens = tacro_cli_json_array();
        for (size_t r = 0; r < summary->nregimens; r++) {
            json_t *row = estimate_json(&endpoint->probability[r]);
            tacro_cli_json_text(row, "label", summary->regimen[r].label);
            tacro_cli_json_append(regimens, row);
        }
        tacro_cli_json_text(object, "name", endpoint->name);
        tacro_cli_json_text(object, "endpoint", endpoint->title);
        tacro_cli_json_text(object, "population", endpoint->population);
        tacro_cli_json_text(object, "window_and_assumptions", endpoint->words);
        tacro_cli_json_put(object, "regimens", regimens);
        tacro_cli_json_append(array, object);
    }
    return array;
}

json_t *tacro_cli_summary_after_json(const struct tacro_summary *summary)
{
    const struct tacro_recovery_summary *after = summary->recovery;
    json_t *object = NULL;
    json_t *regimens = NULL;
    if (after == NULL) {
        return json_null();
    }
    object = tacro_cli_json_object();
    regimens = tacro_cli_json_array();
    for (size_t r = 0; r < summary->nregimens; r++) {
        const bool is_unchanged = after->regimen[r].is_unchanged;
        json_t *row = tacro_cli_json_object();
        tacro_cli_json_text(row, "label", summary->regimen[r].label);
        tacro_cli_json_put(row, "recovered", days_json(after, after->regimen[r].by));
        tacro_cli_json_put(row, "is_dosing_unchanged", json_boolean(is_unchanged));
        tacro_cli_json_text(row, "evidence", is_unchanged ? no_evidence : NULL);
        tacro_cli_json_append(regimens, row);
    }
    tacro_cli_json_text(object, "outcome", after->outcome);
    tacro_cli_json_text(object, "severity", after->severity);
    tacro_cli_json_put(object, "is_severity_assumed",
                       json_boolean(after->is_severity_assumed));
    tacro_cli_json_number(object, "onset_h", after->onset);
    tacro_cli_json_put(object, "regimens", regimens);
    tacro_cli_json_put(object, "imaging_recovery", days_json(after, after->imaging));
    tacro_cli_json_put(object, "unfavourable", estimate_json(&after->unfavourable));
    tacro_cli_json_put(object, "mortality", estimate_json(&after->mortality));
    tacro_cli_json_text(object, "statement", assumed_effect);
    return object;
}
