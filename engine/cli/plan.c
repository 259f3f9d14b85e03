#include "cli/plan.h"

#include <math.h>
#include <stdio.h>

#include "cli/json.h"
#include "cli/quantity.h"

static const double second = 1.0 / 3600; /* h */

struct tacro_cli_dose_range tacro_cli_doses_between(const struct tacro_plan *plan,
                                                    double from, double to)
{
    size_t first = 0;
    while (first < plan->ndoses && plan->dose[first].time < from - second) {
        first++;
    }
    size_t last = first;
    while (last < plan->ndoses && plan->dose[last].time < to - second) {
        last++;
    }
    return (struct tacro_cli_dose_range){
        .ndoses = last - first,
        .dose = plan->ndoses == 0 ? NULL : plan->dose + first,
    };
}

/* -- by dosing day ----------------------------------------------------------------- */

static bool is_same_pattern(struct tacro_cli_dose_range a,
                            struct tacro_cli_dose_range b)
{
    bool is_same = a.ndoses == b.ndoses;
    for (size_t k = 0; is_same && k < a.ndoses; k++) {
        is_same = fabs(a.dose[k].amount - b.dose[k].amount) < 1e-9;
    }
    return is_same;
}

/** "2 x 3 mg", "3 mg + 2 mg". */
static void pattern_text(char *out, size_t size, struct tacro_cli_dose_range range)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t k = 0; k < range.ndoses && used + 1 < size;) {
        size_t n = 1;
        while (k + n < range.ndoses &&
               fabs(range.dose[k + n].amount - range.dose[k].amount) < 1e-9) {
            n++;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%zu x %s mg",
                                 used == 0 ? "" : " + ", n,
                                 tacro_cli_mg(range.dose[k].amount).s);
        k += n;
    }
}

/** Columns of the table, counted from that of the days. */
enum { AT_MG = 8, AT_DOSES = 17, AT_CAPSULES = 47 };

/** The dosing days of a regimen. */
struct plan_days {
    const struct tacro_plan *plan;
    double offset;  /**< h from the begin of dosing day 0 to the start */
    long start_day; /**< POD of dosing day 0; day -1 is what precedes the first C0 */
    long last;
};

static struct tacro_cli_dose_range doses_of_day(const struct plan_days *days, long day)
{
    double from = 24 * (double)day - days->offset;
    return tacro_cli_doses_between(days->plan, from, from + 24);
}

/** The last day up to `limit` that goes on repeating the `period` days from `day`. */
static long repeats_until(const struct plan_days *days, long day, long period,
                          long limit)
{
    long end = day + period - 1;
    while (end < limit && is_same_pattern(doses_of_day(days, end + 1 - period),
                                          doses_of_day(days, end + 1))) {
        end++;
    }
    return end < limit ? end : limit;
}

/** Days after which the doses from `day` on repeat, a week at most; 1: no cycle. */
static long cycle_of(const struct plan_days *days, long day)
{
    enum { WEEK = 7 };
    long best = 1;
    long reach = repeats_until(days, day, 1, days->last);
    for (long period = 2; period <= WEEK; period++) {
        long end = repeats_until(days, day, period, days->last);
        if (end + 1 - day >= 2 * period && end > reach) {
            best = period;
            reach = end;
        }
    }
    return best;
}

static struct tacro_cli_text days_text(const struct plan_days *days, long first,
                                       long last)
{
    struct tacro_cli_text text = {"before"};
    if (first >= 0 && first == last) {
        snprintf(text.s, sizeof text.s, "%ld", days->start_day + first);
    } else if (first >= 0) {
        snprintf(text.s, sizeof text.s, "%ld-%ld", days->start_day + first,
                 days->start_day + last);
    }
    return text;
}

static void print_dose_run(const struct tacro_cli_page *page,
                           struct tacro_cli_line *line, size_t column,
                           const struct plan_days *days, long first, long last)
{
    struct tacro_cli_dose_range range = doses_of_day(days, first);
    char pattern[256];
    char row[sizeof pattern];
    const char *rest = pattern;
    double sum = 0;
    for (size_t k = 0; k < range.ndoses; k++) {
        sum += range.dose[k].amount;
    }
    pattern_text(pattern, sizeof pattern, range);
    tacro_cli_line_put(line, column, "%s", days_text(days, first, last).s);
    tacro_cli_line_put(line, column + AT_MG, "%6s", tacro_cli_mg(sum).s);
    if (range.ndoses == 0) {
        tacro_cli_line_put(line, column + AT_DOSES, "none");
        tacro_cli_page_line(page, line);
    }
    for (bool is_first = true;
         tacro_cli_wrap(&rest, AT_CAPSULES - AT_DOSES - 2, row, sizeof row);
         is_first = false) {
        tacro_cli_line_put(line, column + AT_DOSES, "%s", row);
        if (is_first) {
            tacro_cli_line_put(
                line, column + AT_CAPSULES, "%s",
                tacro_cli_capsules_text(tacro_cli_capsules(range.dose, range.ndoses))
                    .s);
        }
        tacro_cli_page_line(page, line);
    }
}

/** Days first to last, equal days in a row taken together. */
static void print_dose_runs(const struct tacro_cli_page *page,
                            struct tacro_cli_line *line, size_t column,
                            const struct plan_days *days, long first, long last)
{
    while (first <= last) {
        long end = first < 0 ? first : repeats_until(days, first, 1, last);
        print_dose_run(page, line, column, days, first, end);
        first = end + 1;
    }
}

/** A regimen's doses by dosing day; what repeats is printed once. */
static void plan_days(const struct tacro_cli_page *page, const struct tacro_plan *plan,
                      const struct tacro_cli_dosing_clock *clock, size_t width)
{
    struct tacro_cli_line line = {0};
    const double offset = clock->start_clock - clock->trough_clock;
    const struct plan_days days = {
        .plan = plan,
        .offset = offset,
        .start_day = lround(clock->start_day),
        .last = (long)ceil((offset + clock->horizon) / 24 - 1e-9) - 1,
    };
    const size_t column = width + 4;
    tacro_cli_line_put(&line, 2, "%s", plan->label);
    if (tacro_cli_columns(plan->label) > width) {
        tacro_cli_page_line(page, &line);
    }
    for (long day = (long)floor(offset / 24 + 1e-9); day <= days.last;) {
        long cycle = day < 0 ? 1 : cycle_of(&days, day);
        long end = day < 0 ? day : repeats_until(&days, day, cycle, days.last);
        if (cycle > 1) {
            tacro_cli_line_put(&line, column, "%s: every %ld days the same, namely",
                               days_text(&days, day, end).s, cycle);
            tacro_cli_page_line(page, &line);
        }
        print_dose_runs(page, &line, column, &days, day,
                        cycle > 1 ? day + cycle - 1 : end);
        day = end + 1;
    }
}

void tacro_cli_plan_days_print(const struct tacro_cli_page *page,
                               const struct tacro_scenario *scenario,
                               const struct tacro_cli_dosing_clock *clock, size_t width)
{
    struct tacro_cli_line line = {0};
    struct tacro_cli_moment c0 = tacro_cli_moment(0, clock->trough_clock, 0);
    tacro_cli_line_put(&line, 2, "regimen");
    tacro_cli_line_put(&line, width + 4, "day");
    tacro_cli_line_put(&line, width + 4 + AT_MG, "mg/day");
    tacro_cli_line_put(&line, width + 4 + AT_DOSES, "doses");
    tacro_cli_line_put(&line, width + 4 + AT_CAPSULES, "capsules a day (5, 1, 0.5 mg)");
    tacro_cli_page_line(page, &line);
    for (size_t r = 0; r < tacro_scenario_regimens(scenario); r++) {
        struct tacro_plan plan = tacro_scenario_plan(scenario, r);
        plan_days(page, &plan, clock, width);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "A dosing day runs from %s to %s; capsules are counted dose "
        "by dose, the largest first.%s",
        tacro_cli_clock(c0).s, tacro_cli_clock(c0).s,
        clock->start_clock < clock->trough_clock
            ? " Before: what is given before the first C0."
            : "");
}

/* -- dose by dose ------------------------------------------------------------------ */

/** A stretch without a dose. */
struct gap {
    double from; /**< h */
    double to;   /**< h */
};

/** The time from dose k to the next. */
static double interval(const struct tacro_plan *plan, size_t k)
{
    return plan->dose[k + 1].time - plan->dose[k].time;
}

/**
 * Is there a gap before dose `k` (k = ndoses: before the horizon)?
 *
 * A gap is longer than 1.5 x the interval before it and than the one after it, so
 * that a change from every 12 h to every 24 h is none.
 */
static bool is_gap(const struct tacro_plan *plan, double horizon, size_t k,
                   struct gap *gap)
{
    size_t n = plan->ndoses;
    gap->from = k == 0 ? 0 : plan->dose[k - 1].time;
    gap->to = k == n ? horizon : plan->dose[k].time;
    double length = gap->to - gap->from;
    if (k == 0 || n == 1) {
        return length > second;
    }
    if (k == n) {
        return length > 1.5 * interval(plan, n - 2) + second;
    }
    if (k + 1 < n && length <= interval(plan, k) + second) {
        return false;
    }
    if (k > 1) {
        return length > 1.5 * interval(plan, k - 2) + second;
    }
    return n > 2 && length > 1.5 * interval(plan, 1) + second;
}

static struct tacro_cli_text frame_moment(const struct tacro_frame *frame, double time)
{
    return tacro_cli_moment_text(
        tacro_cli_moment(frame->start_day, frame->start_clock, time));
}

static void print_gaps(const struct tacro_cli_page *page, const struct tacro_plan *plan,
                       const struct tacro_frame *frame)
{
    for (size_t k = 0; k <= plan->ndoses; k++) {
        struct gap gap;
        if (is_gap(plan, frame->horizon, k, &gap)) {
            tacro_cli_page_paragraph(
                page, 2, "", "gap: %.4g h without a dose, from %s to %s%s",
                gap.to - gap.from, frame_moment(frame, gap.from).s,
                frame_moment(frame, gap.to).s,
                k == plan->ndoses ? " (the end)" : (k == 0 ? " (the first dose)" : ""));
        }
    }
}

void tacro_cli_plan_print(const struct tacro_cli_page *page,
                          const struct tacro_plan *plan,
                          const struct tacro_frame *frame)
{
    enum { SHOWN = 20 };
    struct tacro_cli_line line = {0};
    double sum = 0;
    size_t n = plan->ndoses;
    for (size_t k = 0; k < n; k++) {
        sum += plan->dose[k].amount;
    }
    tacro_cli_page_heading(page, plan->label);
    tacro_cli_page_paragraph(page, 2, "", "%zu dose%s, %s mg in all", n,
                             n == 1 ? "" : "s", tacro_cli_mg(sum).s);
    for (size_t k = 0; k < n && k < SHOWN; k++) {
        const struct tacro_plan_dose *dose = &plan->dose[k];
        if (k == 0) {
            tacro_cli_line_put(&line, 2, "%8s", "h");
            tacro_cli_line_put(&line, 14, "day clock");
            tacro_cli_line_put(&line, 30, "mg");
            tacro_cli_line_put(&line, 40, "capsules (5, 1, 0.5 mg)");
            tacro_cli_page_line(page, &line);
        }
        tacro_cli_line_put(&line, 2, "%8.2f", dose->time);
        tacro_cli_line_put(&line, 14, "%s", frame_moment(frame, dose->time).s);
        tacro_cli_line_put(&line, 30, "%s", tacro_cli_mg(dose->amount).s);
        tacro_cli_line_put(&line, 40, "%s",
                           tacro_cli_capsules_text(tacro_cli_capsules(dose, 1)).s);
        tacro_cli_page_line(page, &line);
    }
    if (n > SHOWN) {
        tacro_cli_page_paragraph(page, 2, "",
                                 "... and %zu more, the last on %s (%s mg)", n - SHOWN,
                                 frame_moment(frame, plan->dose[n - 1].time).s,
                                 tacro_cli_mg(plan->dose[n - 1].amount).s);
    }
    print_gaps(page, plan, frame);
}

json_t *tacro_cli_plan_json(const struct tacro_plan *plan,
                            const struct tacro_frame *frame)
{
    json_t *object = tacro_cli_json_object();
    json_t *doses = tacro_cli_json_array();
    json_t *gaps = tacro_cli_json_array();
    for (size_t k = 0; k < plan->ndoses; k++) {
        const struct tacro_plan_dose *dose = &plan->dose[k];
        json_t *row = tacro_cli_json_object();
        struct tacro_cli_moment moment =
            tacro_cli_moment(frame->start_day, frame->start_clock, dose->time);
        tacro_cli_json_number(row, "time_h", dose->time);
        tacro_cli_json_integer(row, "day", moment.day);
        tacro_cli_json_text(row, "clock", tacro_cli_clock(moment).s);
        tacro_cli_json_number(row, "amount_mg", dose->amount);
        tacro_cli_json_put(row, "capsules", tacro_cli_json_capsules(dose, 1));
        tacro_cli_json_append(doses, row);
    }
    for (size_t k = 0; k <= plan->ndoses; k++) {
        struct gap gap;
        if (is_gap(plan, frame->horizon, k, &gap)) {
            json_t *row = tacro_cli_json_object();
            tacro_cli_json_number(row, "from_h", gap.from);
            tacro_cli_json_number(row, "to_h", gap.to);
            tacro_cli_json_append(gaps, row);
        }
    }
    tacro_cli_json_text(object, "label", plan->label);
    tacro_cli_json_count(object, "ndoses", plan->ndoses);
    tacro_cli_json_put(object, "doses", doses);
    tacro_cli_json_put(object, "gaps", gaps);
    return object;
}
