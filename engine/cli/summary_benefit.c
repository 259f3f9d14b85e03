#include "cli/summary_risk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/statements.h"
#include "cli/summary_models.h"

enum { INDENT = 2 };

/* -- frontier and switching ratio -------------------------------------------------- */

struct words {
    char s[256];
};

/* Which of a regimen and the reference is to be preferred, in which draws. */
static struct words trade_words(const struct tacro_summary *summary, size_t r)
{
    const struct tacro_comparison *c = &summary->comparison;
    const struct tacro_benefit *benefit = &c->benefit[r];
    const char *weighed = tacro_cli_outcome_name(summary, c->weighed);
    const char *other = tacro_cli_outcome_name(summary, c->other);
    const char *more = benefit->trade == TACRO_TRADE_LESS ? "more" : "less";
    struct words words = {""};
    switch (benefit->trade) {
    case TACRO_TRADE_LESS:
    case TACRO_TRADE_MORE:
        snprintf(words.s, sizeof words.s,
                 "better if one %.24s weighs %s than %s %.24ss", weighed, more,
                 tacro_cli_number_interval(benefit->switching_ratio,
                                           benefit->switching_interval)
                     .s,
                 other);
        break;
    case TACRO_TRADE_BETTER:
        snprintf(words.s, sizeof words.s, "better or as good in both, at any weight");
        break;
    case TACRO_TRADE_WORSE:
        snprintf(words.s, sizeof words.s, "worse or as good in both, at any weight");
        break;
    case TACRO_TRADE_SAME:
    case TACRO_NTRADES:
        snprintf(words.s, sizeof words.s, "the same in both");
        break;
    }
    const size_t used = strlen(words.s);
    const double share = benefit->trade_share[benefit->trade];
    if (share < 1.0) {
        snprintf(words.s + used, sizeof words.s - used, " (in %.16s %% of draws)",
                 tacro_cli_share(share).s);
    }
    return words;
}

static void print_frontier(const struct tacro_cli_page *page,
                           const struct tacro_summary *summary, size_t width)
{
    const struct tacro_comparison *c = &summary->comparison;
    const bool has_interval = tacro_cli_has_interval(summary);
    char against[128];
    const char *title[] = {"regimen",
                           has_interval ? "on the frontier, draws" : "on the frontier",
                           against};
    const size_t column[] = {INDENT, width + 4, width + 4 + 17};
    struct tacro_cli_line line = {0};
    char row[128];
    snprintf(against, sizeof against, "against %.100s",
             tacro_cli_reference_plan(summary));
    tacro_cli_put_titles(page, title, column, 3, TACRO_CLI_PAGE_WIDTH);
    for (size_t r = 0; r < summary->nregimens; r++) {
        const struct tacro_benefit *benefit = &c->benefit[r];
        const struct words words = trade_words(summary, r);
        const char *rest = r == tacro_cli_reference(summary, r) ? "reference" : words.s;
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        tacro_cli_line_put(&line, column[1], "%s",
                           benefit->is_on_frontier ? "yes" : "no");
        if (has_interval) {
            tacro_cli_line_put(&line, column[1] + 4, "%s %%",
                               tacro_cli_share(benefit->frontier).s);
        }
        while (
            tacro_cli_wrap(&rest, TACRO_CLI_PAGE_WIDTH - column[2], row, sizeof row)) {
            tacro_cli_line_put(&line, column[2], "%s", row);
            tacro_cli_page_line(page, &line);
        }
    }
}

/* -- utility ----------------------------------------------------------------------- */

/* "continue up to 16, then hold_taper": the whole range of weights. */
static void print_preferences(const struct tacro_cli_page *page,
                              const struct tacro_summary *summary)
{
    const struct tacro_comparison *c = &summary->comparison;
    const char *weighed = tacro_cli_outcome_name(summary, c->weighed);
    const char *other = tacro_cli_outcome_name(summary, c->other);
    char text[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < c->npreferences && used < sizeof text; i++) {
        const struct tacro_preference *p = &c->preference[i];
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%.100s at %.16s to %.16s",
            i == 0 ? "" : ", ", summary->regimen[p->regimen].label,
            tacro_cli_two_figures(p->from).s, tacro_cli_two_figures(p->to).s);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "Weight w: how many %ss one %s is worth; yours to choose. Highest mean utility "
        "over all weights from 1/100 to 100%s: %s%s. Utility = 1 - (w x risk of %s + "
        "risk "
        "of %s) / (1 + w).",
        other, weighed, tacro_cli_has_models(summary) ? ", under each model" : "", text,
        tacro_cli_has_interval(summary)
            ? " (of mean risks over the draws, so that the limits are not the ratios "
              "above, which are medians)"
            : "",
        weighed, other);
}

static void print_best(const struct tacro_cli_page *page,
                       const struct tacro_summary *summary, size_t width)
{
    const struct tacro_comparison *c = &summary->comparison;
    struct tacro_cli_line line = {0};
    enum { CELL = 11 };
    if (!tacro_cli_has_interval(summary)) {
        return;
    }
    tacro_cli_line_put(&line, width + 4,
                       "share of draws in which the utility is the "
                       "highest, at the weight");
    tacro_cli_page_line(page, &line);
    tacro_cli_line_put(&line, INDENT, "regimen");
    for (size_t i = 0; i < TACRO_NSHOWN; i++) {
        tacro_cli_line_put(&line, width + 4 + i * CELL, "%g", c->shown[i]);
    }
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < summary->nregimens; r++) {
        tacro_cli_put_model(page, summary, r);
        tacro_cli_put_label(page, &line, tacro_cli_row_label(summary, r), width);
        for (size_t i = 0; i < TACRO_NSHOWN; i++) {
            tacro_cli_line_put(&line, width + 4 + i * CELL, "%s %%",
                               tacro_cli_share(c->benefit[r].best[i]).s);
        }
        tacro_cli_page_line(page, &line);
    }
}

void tacro_cli_benefit_print(const struct tacro_cli_page *page,
                             const struct tacro_summary *summary, size_t width)
{
    const struct tacro_comparison *c = &summary->comparison;
    const size_t nplans =
        tacro_cli_has_models(summary) ? summary->nplans : summary->nregimens;
    if (summary->noutcomes == 0 || nplans < 2) {
        return;
    }
    if (c->why_not != NULL) {
        tacro_cli_page_heading(page, "BENEFIT AND RISK: nothing is weighed");
        tacro_cli_page_paragraph(
            page, 2, "", "No frontier, switching ratio or utility: %s.", c->why_not);
        return;
    }
    const char *name = tacro_cli_outcome_name(summary, c->weighed);
    char heading[192];
    snprintf(heading, sizeof heading,
             "BENEFIT AND RISK for a comparable patient who has not had %.100s", name);
    tacro_cli_page_heading(page, heading);
    print_frontier(page, summary, width);
    print_best(page, summary, width);
    print_preferences(page, summary);
    tacro_cli_page_paragraph(
        page, 2, "",
        "On the frontier%s: no other regimen%s has both risks as low and one of them "
        "lower. It ranks nothing for a patient who has %s.",
        tacro_cli_has_interval(summary) ? " (first word: at the medians)" : "",
        tacro_cli_has_models(summary) ? " under the same model" : "", name);
}

/* -- drivers ----------------------------------------------------------------------- */

static void print_driver(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary,
                         const struct tacro_drivers *d)
{
    char text[1024] = "";
    char what[256];
    size_t used = 0;
    const char *name = tacro_cli_outcome_name(summary, d->outcome);
    const size_t against = tacro_cli_reference(summary, d->regimen);
    const char *reference = summary->regimen[against].label;
    if (d->regimen == against) {
        snprintf(what, sizeof what, "%.40s under %.80s", name, reference);
    } else {
        snprintf(what, sizeof what, "%.40s, difference of %.80s from %.80s", name,
                 summary->regimen[d->regimen].label, reference);
    }
    if (!d->is_computed &&
        summary->comparison.ndraws >= TACRO_DRAWS_PER_DRIVER * d->nparameters) {
        tacro_cli_page_paragraph(
            page, 4, "  -",
            "%s: not computed; nothing varies, or a draw has no event at all.", what);
        return;
    }
    if (!d->is_computed) {
        tacro_cli_page_paragraph(
            page, 4, "  -",
            "%s: not computed; %zu draws for %zu numbers, three draws a number are "
            "needed.",
            what, summary->comparison.ndraws, d->nparameters);
        return;
    }
    for (size_t i = 0; i < d->n && used < sizeof text; i++) {
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%.120s %.16s %%, ",
                             d->driver[i].words, tacro_cli_share(d->driver[i].share).s);
    }
    tacro_cli_page_paragraph(
        page, 4, "  -", "%s: %s%s %s %%; not explained %s %%%s.", what, text,
        d->n == 0 ? "no number stands out, all together" : "the other numbers",
        tacro_cli_share(d->rest).s, tacro_cli_share(d->unexplained).s,
        d->unexplained > 0.5 ? ": mostly what differs by chance between the patients "
                               "of the draws"
                             : "");
}

void tacro_cli_drivers_print(const struct tacro_cli_page *page,
                             const struct tacro_summary *summary)
{
    if (summary->ndrivers == 0) {
        return;
    }
    tacro_cli_page_heading(page, "WHERE THE INTERVALS COME FROM");
    for (size_t i = 0; i < summary->ndrivers; i++) {
        print_driver(page, summary, &summary->drivers[i]);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "Shares of the variance over the draws, by a linear regression on the drawn "
        "numbers that can act here: risks on the logit scale, differences on the log "
        "scale where all draws agree on the sign. Named are numbers whose coefficient "
        "exceeds 2.5 of its standard errors.");
}
