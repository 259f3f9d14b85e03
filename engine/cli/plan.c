#include "cli/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/quantity.h"

static const double one_second = 1.0 / 3600; /* h */

static const char part_text[] =
    "* part of a dosing day, which the start or the end cuts.";

struct tacro_cli_dose_range tacro_cli_doses_between(const struct tacro_plan *plan,
                                                    double from, double to)
{
    size_t first = 0;
    while (first < plan->ndoses && plan->dose[first].time < from - one_second) {
        first++;
    }
    size_t last = first;
    while (last < plan->ndoses && plan->dose[last].time < to - one_second) {
        last++;
    }
    return (struct tacro_cli_dose_range){
        .ndoses = last - first,
        .dose = plan->ndoses == 0 ? NULL : plan->dose + first,
    };
}

/* -- by dosing day ----------------------------------------------------------------- */

static bool is_same_number(double a, double b)
{
    return fabs(a - b) < 1e-9 || (isnan(a) && isnan(b));
}

static bool is_same_dose(const struct tacro_plan_dose *a,
                         const struct tacro_plan_dose *b)
{
    return is_same_number(a->amount, b->amount) && a->is_per_kg == b->is_per_kg &&
           (!a->is_per_kg || is_same_number(a->per_kg, b->per_kg)) &&
           is_same_number(a->duration, b->duration) && strcmp(a->route, b->route) == 0;
}

/** mg; NaN if one of the doses depends on a weight. */
static double sum_of(struct tacro_cli_dose_range range)
{
    double sum = 0;
    for (size_t k = 0; k < range.ndoses; k++) {
        sum += range.dose[k].amount;
    }
    return sum;
}

/** mg/kg; NaN unless all doses are by weight. */
static double sum_per_kg(struct tacro_cli_dose_range range)
{
    double sum = range.ndoses == 0 ? (double)NAN : 0.0;
    for (size_t k = 0; k < range.ndoses; k++) {
        sum += range.dose[k].is_per_kg ? range.dose[k].per_kg : (double)NAN;
    }
    return sum;
}

/** "6", "0.15/kg" where the amounts depend on a weight; "-" where only some do. */
static struct tacro_cli_text sum_text(struct tacro_cli_dose_range range)
{
    struct tacro_cli_text text = tacro_cli_mg(sum_of(range));
    const double per_kg = sum_per_kg(range);
    if (isnan(sum_of(range)) && !isnan(per_kg)) {
        snprintf(text.s, sizeof text.s, "%.3g/kg", per_kg);
    }
    return text;
}

/** "2 x 3 mg", "3 mg + 2 mg". */
static void pattern_text(char *out, size_t size, struct tacro_cli_dose_range range)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t k = 0; k < range.ndoses && used + 1 < size;) {
        size_t n = 1;
        while (k + n < range.ndoses &&
               is_same_dose(&range.dose[k + n], &range.dose[k])) {
            n++;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%zu x %s",
                                 used == 0 ? "" : " + ", n,
                                 tacro_cli_dose_text(&range.dose[k]).s);
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
    long first;     /**< 0 or -1 */
    long last;
    double trough_clock; /**< h since midnight */
    double horizon;      /**< h */
    bool has_clocks;     /**< days with the same doses at other times differ */
};

static struct plan_days plan_days(const struct tacro_plan *plan,
                                  const struct tacro_cli_dosing_clock *clock,
                                  bool has_clocks)
{
    const double offset = clock->start_clock - clock->trough_clock;
    return (struct plan_days){
        .plan = plan,
        .offset = offset,
        .start_day = lround(clock->start_day),
        .first = (long)floor(offset / 24 + 1e-9),
        .last = (long)ceil((offset + clock->horizon) / 24 - 1e-9) - 1,
        .trough_clock = clock->trough_clock,
        .horizon = clock->horizon,
        .has_clocks = has_clocks,
    };
}

static struct tacro_cli_dose_range doses_of_day(const struct plan_days *days, long day)
{
    double from = 24 * (double)day - days->offset;
    return tacro_cli_doses_between(days->plan, from, from + 24);
}

/** Whether the start or the horizon cuts a dosing day. */
static bool is_part(const struct plan_days *days, long day)
{
    const double from = 24 * (double)day - days->offset;
    return day >= 0 && (from < -one_second || from + 24 > days->horizon + one_second);
}

static bool has_parts(const struct plan_days *days)
{
    return is_part(days, 0) || is_part(days, days->last);
}

static bool is_same_day(const struct plan_days *days, long first, long second)
{
    struct tacro_cli_dose_range a = doses_of_day(days, first);
    struct tacro_cli_dose_range b = doses_of_day(days, second);
    const double shift = 24 * (double)(second - first);
    bool is_same =
        a.ndoses == b.ndoses && !is_part(days, first) && !is_part(days, second);
    for (size_t k = 0; is_same && k < a.ndoses; k++) {
        is_same = is_same_dose(&a.dose[k], &b.dose[k]) &&
                  (!days->has_clocks ||
                   fabs(b.dose[k].time - a.dose[k].time - shift) < one_second);
    }
    return is_same;
}

/** The last day up to `limit` that goes on repeating the `period` days from `day`. */
static long repeats_until(const struct plan_days *days, long day, long period,
                          long limit)
{
    long end = day + period - 1;
    while (end < limit && is_same_day(days, end + 1 - period, end + 1)) {
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
        snprintf(text.s, sizeof text.s, "%ld%s", days->start_day + first,
                 is_part(days, first) ? "*" : "");
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
    pattern_text(pattern, sizeof pattern, range);
    tacro_cli_line_put(line, column, "%s", days_text(days, first, last).s);
    tacro_cli_line_put(line, column + AT_MG, "%6s", sum_text(range).s);
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

/** Print the doses of days first to last, which are equal. */
typedef void print_days(const struct tacro_cli_page *page, struct tacro_cli_line *line,
                        size_t column, const struct plan_days *days, long first,
                        long last);

/** All days of a regimen, equal ones together; what repeats is printed once. */
static void print_all_days(const struct tacro_cli_page *page,
                           struct tacro_cli_line *line, size_t column,
                           const struct plan_days *days, print_days *print)
{
    for (long day = days->first; day <= days->last;) {
        const long cycle = day < 0 ? 1 : cycle_of(days, day);
        const long end = day < 0 ? day : repeats_until(days, day, cycle, days->last);
        const long shown = cycle > 1 ? day + cycle - 1 : end;
        if (cycle > 1) {
            tacro_cli_line_put(line, column, "%s: every %ld days the same, namely",
                               days_text(days, day, end).s, cycle);
            tacro_cli_page_line(page, line);
        }
        for (long first = day; first <= shown;) {
            long last = first < 0 ? first : repeats_until(days, first, 1, shown);
            print(page, line, column, days, first, last);
            first = last + 1;
        }
        day = end + 1;
    }
}

/** A regimen's doses by dosing day. */
static void print_plan_days(const struct tacro_cli_page *page,
                            const struct tacro_plan *plan,
                            const struct tacro_cli_dosing_clock *clock, size_t width)
{
    struct tacro_cli_line line = {0};
    const struct plan_days days = plan_days(plan, clock, false);
    tacro_cli_line_put(&line, 2, "%s", plan->plan);
    if (tacro_cli_columns(plan->plan) > width) {
        tacro_cli_page_line(page, &line);
    }
    print_all_days(page, &line, width + 4, &days, print_dose_run);
    for (size_t i = 0; i < plan->nrules; i++) {
        char lead[96];
        snprintf(lead, sizeof lead, "%*s-", width < 60 ? (int)width + 4 : 64, "");
        tacro_cli_page_paragraph(page, strlen(lead) + 1, lead, "%s", plan->rule[i]);
    }
}

void tacro_cli_plan_days_print(const struct tacro_cli_page *page,
                               const struct tacro_scenario *scenario,
                               const struct tacro_cli_dosing_clock *clock, size_t width)
{
    struct tacro_cli_line line = {0};
    struct tacro_cli_moment c0 = tacro_cli_moment(0, clock->trough_clock, 0);
    bool has_rules = false;
    bool has_part = false;
    tacro_cli_line_put(&line, 2, "regimen");
    tacro_cli_line_put(&line, width + 4, "day");
    tacro_cli_line_put(&line, width + 4 + AT_MG, "mg/day");
    tacro_cli_line_put(&line, width + 4 + AT_DOSES, "doses");
    tacro_cli_line_put(&line, width + 4 + AT_CAPSULES, "capsules a day (5, 1, 0.5 mg)");
    tacro_cli_page_line(page, &line);
    /* the plans are the same under every PK model */
    for (size_t r = 0; r < tacro_scenario_frame(scenario).nplans; r++) {
        struct tacro_plan plan = tacro_scenario_plan(scenario, r);
        const struct plan_days days = plan_days(&plan, clock, false);
        print_plan_days(page, &plan, clock, width);
        has_rules = has_rules || plan.nrules > 0;
        has_part = has_parts(&days);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "A dosing day runs from %s to %s; capsules are counted dose "
        "by dose, the largest first.%s",
        tacro_cli_clock(c0).s, tacro_cli_clock(c0).s,
        clock->start_clock < clock->trough_clock
            ? " Before: what is given before the first C0."
            : "");
    if (has_part) {
        tacro_cli_page_paragraph(page, 2, "", "%s", part_text);
    }
    if (has_rules) {
        tacro_cli_page_paragraph(
            page, 2, "",
            "Where lines with - follow, these are the doses as long "
            "as nothing changes them; what was given on average "
            "stands in the table by day.");
    }
}

/* -- the calendar ------------------------------------------------------------------ */

/** A stretch without a dose. */
struct gap {
    double from; /**< h */
    double to;   /**< h */
};

static const double shortest_gap = 24; /* h, between two doses */

/** The time from dose k to the next. */
static double interval(const struct tacro_plan *plan, size_t k)
{
    return plan->dose[k + 1].time - plan->dose[k].time;
}

/**
 * Is there a gap before dose `k` (k = ndoses: before the horizon)?
 *
 * A gap is longer than 1.5 x the interval before it and than the one after it, so
 * that a change from every 12 h to every 24 h is none. It begins where an infusion
 * ends, or at the last dose before the start.
 */
static bool is_gap(const struct tacro_plan *plan, double horizon, size_t k,
                   struct gap *gap)
{
    size_t n = plan->ndoses;
    gap->from = k == 0 ? -plan->every_before
                       : plan->dose[k - 1].time + plan->dose[k - 1].duration;
    gap->to = k == n ? horizon : plan->dose[k].time;
    double length = gap->to - gap->from;
    if (k == 0 && plan->every_before > 0) {
        return length > 1.5 * plan->every_before + one_second;
    }
    if (k == 0 || n == 1) {
        return length > one_second;
    }
    if (k == n) {
        return length > 1.5 * interval(plan, n - 2) + one_second;
    }
    if (length < shortest_gap - one_second ||
        (k + 1 < n && length <= interval(plan, k) + one_second)) {
        return false;
    }
    if (k > 1) {
        return length > 1.5 * interval(plan, k - 2) + one_second;
    }
    return n > 2 && length > 1.5 * interval(plan, 1) + one_second;
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

static struct tacro_cli_dosing_clock frame_clock(const struct tacro_frame *frame)
{
    return (struct tacro_cli_dosing_clock){.start_day = frame->start_day,
                                           .start_clock = frame->start_clock,
                                           .trough_clock = frame->trough_clock,
                                           .horizon = frame->horizon};
}

/** Clock of a dose; day 1 if it is given on the calendar day after the dosing day's. */
static struct tacro_cli_moment moment_in_day(const struct plan_days *days, long day,
                                             double time)
{
    const double midnight = 24 * (double)day - days->offset - days->trough_clock;
    return tacro_cli_moment(0, 0, time - midnight);
}

/** Columns of the calendar. */
enum { CAL_MG = 14, CAL_CLOCK = 24, CAL_DOSE = 36, CAL_CAPSULES = 66 };

/** "days 4-13     6  08:00  3 mg  3x1", a line a dose. */
static void print_calendar_days(const struct tacro_cli_page *page,
                                struct tacro_cli_line *line, size_t column,
                                const struct plan_days *days, long first, long last)
{
    const struct tacro_cli_dose_range range = doses_of_day(days, first);
    tacro_cli_line_put(line, column, "%s%s",
                       first < 0 ? "" : (first == last ? "day " : "days "),
                       days_text(days, first, last).s);
    tacro_cli_line_put(line, CAL_MG, "%6s", sum_text(range).s);
    if (range.ndoses == 0) {
        tacro_cli_line_put(line, CAL_CLOCK, "none");
        tacro_cli_page_line(page, line);
    }
    for (size_t k = 0; k < range.ndoses; k++) {
        const struct tacro_plan_dose *dose = &range.dose[k];
        const struct tacro_cli_moment moment = moment_in_day(days, first, dose->time);
        tacro_cli_line_put(line, CAL_CLOCK, "%s%s", tacro_cli_clock(moment).s,
                           first >= 0 && moment.day > 0 ? " +1 d" : "");
        tacro_cli_line_put(line, CAL_DOSE, "%s", tacro_cli_dose_text(dose).s);
        tacro_cli_line_put(
            line, CAL_CAPSULES, "%s",
            isnan(dose->amount)
                ? "by weight"
                : tacro_cli_capsules_text(tacro_cli_capsules(dose, 1)).s);
        tacro_cli_page_line(page, line);
    }
}

static void print_sum(const struct tacro_cli_page *page, const struct tacro_plan *plan)
{
    double sum = 0;
    size_t n = plan->ndoses;
    size_t nweighed = 0;
    for (size_t k = 0; k < n; k++) {
        const bool is_weighed = isnan(plan->dose[k].amount);
        nweighed += is_weighed ? 1 : 0;
        sum += is_weighed ? 0 : plan->dose[k].amount;
    }
    if (nweighed > 0) {
        tacro_cli_page_paragraph(page, 2, "",
                                 "%zu dose%s; %zu by weight, %s mg in all others", n,
                                 n == 1 ? "" : "s", nweighed, tacro_cli_mg(sum).s);
    } else {
        tacro_cli_page_paragraph(page, 2, "", "%zu dose%s, %s mg in all", n,
                                 n == 1 ? "" : "s", tacro_cli_mg(sum).s);
    }
}

void tacro_cli_plan_print(const struct tacro_cli_page *page,
                          const struct tacro_plan *plan,
                          const struct tacro_frame *frame)
{
    struct tacro_cli_line line = {0};
    const struct tacro_cli_dosing_clock clock = frame_clock(frame);
    const struct plan_days days = plan_days(plan, &clock, true);
    const struct tacro_cli_moment c0 = tacro_cli_moment(0, clock.trough_clock, 0);
    tacro_cli_page_heading(page, plan->plan);
    for (size_t i = 0; i < plan->nrules; i++) {
        tacro_cli_page_paragraph(page, 4, "  -", "%s", plan->rule[i]);
    }
    print_sum(page, plan);
    if (plan->ndoses > 0) {
        tacro_cli_line_put(&line, 2, "from %s", tacro_cli_clock(c0).s);
        tacro_cli_line_put(&line, CAL_MG, "mg/day");
        tacro_cli_line_put(&line, CAL_CLOCK, "clock");
        tacro_cli_line_put(&line, CAL_DOSE, "dose");
        tacro_cli_line_put(&line, CAL_CAPSULES, "capsules, n x mg");
        tacro_cli_page_line(page, &line);
        print_all_days(page, &line, 2, &days, print_calendar_days);
        if (has_parts(&days)) {
            tacro_cli_page_paragraph(page, 2, "", "%s", part_text);
        }
    }
    print_gaps(page, plan, frame);
}

/* -- as JSON ----------------------------------------------------------------------- */

static void put_dose(json_t *row, const struct tacro_plan_dose *dose)
{
    tacro_cli_json_number(row, "amount_mg", dose->amount);
    tacro_cli_json_number(row, "mg_per_kg",
                          dose->is_per_kg ? dose->per_kg : (double)NAN);
    tacro_cli_json_text(row, "route", dose->route);
    tacro_cli_json_number(row, "duration_h", dose->duration);
    tacro_cli_json_put(row, "capsules", tacro_cli_json_capsules(dose, 1));
}

static json_t *doses_json(const struct tacro_plan *plan,
                          const struct tacro_frame *frame)
{
    json_t *doses = tacro_cli_json_array();
    for (size_t k = 0; k < plan->ndoses; k++) {
        const struct tacro_plan_dose *dose = &plan->dose[k];
        json_t *row = tacro_cli_json_object();
        struct tacro_cli_moment moment =
            tacro_cli_moment(frame->start_day, frame->start_clock, dose->time);
        tacro_cli_json_number(row, "time_h", dose->time);
        tacro_cli_json_integer(row, "day", moment.day);
        tacro_cli_json_text(row, "clock", tacro_cli_clock(moment).s);
        put_dose(row, dose);
        tacro_cli_json_append(doses, row);
    }
    return doses;
}

/** Runs of equal dosing days. */
static json_t *days_json(const struct tacro_plan *plan, const struct tacro_frame *frame)
{
    const struct tacro_cli_dosing_clock clock = frame_clock(frame);
    const struct plan_days days = plan_days(plan, &clock, true);
    json_t *runs = tacro_cli_json_array();
    for (long first = days.first; first <= days.last;) {
        const long last = first < 0 ? first : repeats_until(&days, first, 1, days.last);
        const struct tacro_cli_dose_range range = doses_of_day(&days, first);
        json_t *run = tacro_cli_json_object();
        json_t *doses = tacro_cli_json_array();
        for (size_t k = 0; k < range.ndoses; k++) {
            json_t *row = tacro_cli_json_object();
            const struct tacro_cli_moment moment =
                moment_in_day(&days, first, range.dose[k].time);
            tacro_cli_json_text(row, "clock", tacro_cli_clock(moment).s);
            tacro_cli_json_put(row, "is_next_day", json_boolean(moment.day > 0));
            put_dose(row, &range.dose[k]);
            tacro_cli_json_append(doses, row);
        }
        tacro_cli_json_integer(run, "first_day", days.start_day + first);
        tacro_cli_json_integer(run, "last_day", days.start_day + last);
        tacro_cli_json_put(run, "is_part", json_boolean(is_part(&days, first)));
        tacro_cli_json_number(run, "mg_per_day", sum_of(range));
        tacro_cli_json_number(run, "mg_per_kg_per_day", sum_per_kg(range));
        tacro_cli_json_put(run, "capsules",
                           tacro_cli_json_capsules(range.dose, range.ndoses));
        tacro_cli_json_put(run, "doses", doses);
        tacro_cli_json_append(runs, run);
        first = last + 1;
    }
    return runs;
}

json_t *tacro_cli_plan_json(const struct tacro_plan *plan,
                            const struct tacro_frame *frame)
{
    json_t *object = tacro_cli_json_object();
    json_t *gaps = tacro_cli_json_array();
    for (size_t k = 0; k <= plan->ndoses; k++) {
        struct gap gap;
        if (is_gap(plan, frame->horizon, k, &gap)) {
            json_t *row = tacro_cli_json_object();
            tacro_cli_json_number(row, "from_h", gap.from);
            tacro_cli_json_number(row, "to_h", gap.to);
            tacro_cli_json_append(gaps, row);
        }
    }
    tacro_cli_json_text(object, "label", plan->plan);
    tacro_cli_json_count(object, "ndoses", plan->ndoses);
    tacro_cli_json_put(object, "doses", doses_json(plan, frame));
    tacro_cli_json_put(object, "days", days_json(plan, frame));
    tacro_cli_json_put(object, "gaps", gaps);
    if (plan->nrules > 0) {
        json_t *rules = tacro_cli_json_array();
        for (size_t i = 0; i < plan->nrules; i++) {
            tacro_cli_json_append(rules, json_string(plan->rule[i]));
        }
        tacro_cli_json_put(object, "rules", rules);
    }
    return object;
}
