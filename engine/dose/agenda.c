#include "dose/agenda.h"

#include "cohort/dosing.h"
#include "core/rng.h"
#include "dose/policy.h"
#include "dose/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tacro_agenda {
    struct tacro_agenda_setup setup;
    struct tacro_policy_setup rules;
    const struct tacro_subject *subject;
    struct tacro_course course;
    struct tacro_policy policy;
    struct tacro_queue late;    /* taken after their nominal time */
    struct tacro_queue lagged;  /* given, not yet entered */
    struct tacro_queue running; /* entering at a rate until `time` */
    size_t next_record;
    size_t next_cut;
    size_t next_output;
    const double *own_cut; /* of the patient, ascending */
    size_t nown_cuts;
    size_t next_own_cut;
    bool
        has_entered; /* a lag or an infusion ended exactly where the last segment did */
    double t;        /* h from start, of the next segment */
    enum tacro_status status;
};

/* -- course ------------------------------------------------------------------------ */

static void need(struct tacro_agenda *a, bool ok)
{
    if (!ok) {
        a->status = TACRO_ENOMEM;
    }
}

static void add_action(struct tacro_agenda *a, const struct tacro_action *action)
{
    need(a, tacro_course_add_action(&a->course, action));
}

static void push(struct tacro_agenda *a, struct tacro_queue *q,
                 const struct tacro_waiting *item)
{
    need(a, tacro_queue_push(q, item));
}

static void note_dose(struct tacro_agenda *a, enum tacro_ledger_kind kind,
                      const struct tacro_record *r, double time, int32_t slot)
{
    const struct tacro_ledger_row row = {.time = time,
                                         .amount = r->amount,
                                         .rate = r->rate,
                                         .duration = r->duration,
                                         .ii = r->ii,
                                         .kind = (uint8_t)kind,
                                         .route = (uint8_t)r->port,
                                         .ss = (uint8_t)r->ss,
                                         .occasion = slot};
    need(a, tacro_ledger_add(&a->course.ledger, &row));
}

/* -- doses ------------------------------------------------------------------------- */

/*
 * The share of a dose that a given rate has to bring in. FABS turns the amounts of an
 * IV dose into the model's terms; nothing of it is lost.
 */
static double share_of(const struct tacro_record *r, const struct tacro_dose_values *v)
{
    return r->port == TACRO_PORT_IV ? 1.0 : v->f;
}

/* How long a dose runs in; 0: at once. */
static double duration_of(const struct tacro_record *r,
                          const struct tacro_dose_values *v)
{
    double duration = r->duration;
    if (duration > 0.0) {
        return duration;
    }
    if (r->rate == TACRO_RATE_D1) {
        duration = v->d1;
    } else if (r->rate == TACRO_RATE_R1) {
        duration = r->amount * share_of(r, v) / v->r1;
    } else if (r->rate > 0.0) {
        duration = r->amount * share_of(r, v) / r->rate;
    }
    return duration > TACRO_SAME_TIME ? duration : 0.0;
}

/* Whether a dose is split: one whose rate or duration is given enters as that says. */
static bool is_mixed(const struct tacro_rules *rules, const struct tacro_record *r)
{
    return r->rate == 0.0 && !(r->duration > 0.0) && tacro_rules_mix(rules, r->port);
}

static void start_running(struct tacro_agenda *a, const struct tacro_entry *entry,
                          double end)
{
    push(a, &a->running, &(struct tacro_waiting){.time = end, .entry = *entry});
}

/* The amount, or the first of it, enters now. */
static void enter(struct tacro_agenda *a, const struct tacro_entry *entry, double time,
                  double duration)
{
    if (duration > 0.0) {
        start_running(a, entry, time + duration);
    } else {
        add_action(a,
                   &(struct tacro_action){.kind = TACRO_ACTION_BOLUS, .entry = *entry});
    }
}

/* Earlier doses of a steady-state regimen that have not entered yet, or not all. */
static void add_remains(struct tacro_agenda *a, const struct tacro_entry *entry,
                        double lag, double duration, double ii)
{
    for (size_t n = 1;; n++) {
        const double time = a->t + lag - (double)n * ii;
        if (time + duration <= a->t + TACRO_SAME_TIME &&
            (duration > 0.0 || time < a->t - TACRO_SAME_TIME)) {
            return;
        }
        if (time >= a->t - TACRO_SAME_TIME) {
            push(a, &a->lagged,
                 &(struct tacro_waiting){
                     .time = time, .duration = duration, .entry = *entry});
        } else {
            start_running(a, entry, time + duration);
        }
    }
}

static void forget_doses(struct tacro_agenda *a)
{
    a->late.n = 0;
    a->lagged.n = 0;
    a->running.n = 0;
}

/* A dose that enters at once or runs in, or one of the two shares of a dose. */
struct share {
    struct tacro_entry entry;
    double duration;
};

static void make_steady(struct tacro_agenda *a, const struct tacro_record *r,
                        const struct share *share, size_t nshares, double lag)
{
    const bool is_added = r->ss == 2;
    if (!is_added) {
        forget_doses(a);
    }
    for (size_t i = 0; i < nshares; i++) {
        const struct tacro_action action = {
            .kind = is_added || i > 0 ? TACRO_ACTION_STEADY_ADDED : TACRO_ACTION_STEADY,
            .entry = share[i].entry,
            .ii = r->ii,
            .duration = share[i].duration,
            .lag = lag,
            .is_halved = i + 1 < nshares};
        add_action(a, &action);
        if (r->ii > 0.0) {
            add_remains(a, &share[i].entry, lag, share[i].duration, r->ii);
        }
    }
}

/*
 * What an oral dose at once is split into where the model mixes orders: [2], the
 * first-order share first; returns how many there are.
 */
static size_t split(const struct tacro_agenda *a, const struct tacro_record *r,
                    int32_t slot, struct share *share)
{
    const struct tacro_dose_mix mix =
        tacro_subject_mix(a->setup.rules, a->subject, r->port, a->t, slot);
    const bool is_running = mix.duration > TACRO_SAME_TIME;
    const struct tacro_entry whole = {r->port, r->amount, a->t, slot, r->amount};
    size_t n = 0;
    if (mix.share < 1.0) {
        share[n] = (struct share){.entry = whole};
        share[n++].entry.amount *= 1.0 - mix.share;
    }
    if (mix.share > 0.0) {
        share[n] = (struct share){.entry = whole};
        share[n].entry.port += TACRO_PORT_ZERO;
        share[n].entry.amount *= mix.share;
        if (is_running) {
            share[n].entry.amount /= mix.duration;
            share[n].duration = mix.duration;
        }
        n++;
    }
    return n;
}

/* A dose taken now; its kappas are those of the slot of its nominal time. */
static void give(struct tacro_agenda *a, const struct tacro_record *r, int32_t slot)
{
    const bool is_constant = r->ss > 0 && !(r->ii > 0.0);
    struct share share[2] = {{.entry = {r->port, r->amount, a->t, slot, r->amount}}};
    size_t nshares = 1;
    struct tacro_dose_values v;
    tacro_subject_dose(a->setup.rules, a->subject, r->port, r->amount, a->t, slot, &v);
    if (is_constant) {
        share[0].entry.amount =
            r->rate / share_of(r, &v); /* what enters, whatever F1 */
    } else if (is_mixed(a->setup.rules, r)) {
        nshares = split(a, r, slot, share);
    } else {
        share[0].duration = duration_of(r, &v);
        if (share[0].duration > 0.0) {
            share[0].entry.amount = r->amount / share[0].duration;
        }
    }
    if (r->ss > 0) {
        make_steady(a, r, share, nshares, v.lag);
    }
    note_dose(a, TACRO_LEDGER_DOSE, r, a->t, slot);
    if (is_constant || r->ss == TACRO_SS_BEFORE) {
        return;
    }
    for (size_t i = 0; i < nshares; i++) {
        if (v.lag > TACRO_SAME_TIME) {
            push(a, &a->lagged,
                 &(struct tacro_waiting){.time = a->t + v.lag,
                                         .duration = share[i].duration,
                                         .entry = share[i].entry});
        } else {
            enter(a, &share[i].entry, a->t, share[i].duration);
        }
    }
}

static int32_t slot_of(const struct tacro_agenda *a, const struct tacro_record *r)
{
    return r->occasion != TACRO_NO_OCCASION ? r->occasion
                                            : tacro_clock_slot(a->setup.clock, r->time);
}

static void take_record(struct tacro_agenda *a, const struct tacro_record *r)
{
    if (r->evid == TACRO_EVID_RESET || r->evid == TACRO_EVID_RESET_AND_DOSE) {
        const struct tacro_ledger_row row = {.kind = TACRO_LEDGER_RESET, .time = a->t};
        forget_doses(a);
        add_action(a, &(struct tacro_action){.kind = TACRO_ACTION_RESET});
        need(a, tacro_ledger_add(&a->course.ledger, &row));
    }
    if (tacro_record_is_dose(r)) {
        give(a, r, slot_of(a, r));
    }
}

/* -- steps ------------------------------------------------------------------------- */

static double chance(const struct tacro_agenda *a, const char *what, double nominal,
                     bool is_normal)
{
    const struct tacro_rng_key key = {
        .seed = a->setup.rules->input->seed,
        .stream = TACRO_STREAM_ADHERENCE,
        .draw = a->subject->draw,
        .patient = a->subject->patient,
        .occasion =
            (int32_t)floor(60.0 * tacro_clock_absolute(a->setup.clock, nominal) + 0.5),
        .k = tacro_rng_name(what)};
    return is_normal ? tacro_rng_normal(&key) : tacro_rng_uniform(&key);
}

/* The planner's next dose: missed, late or taken. */
static void take_planned(struct tacro_agenda *a)
{
    const struct tacro_planned next = a->policy.planner.next;
    const struct tacro_step *step = next.step;
    const int32_t slot = tacro_clock_slot(a->setup.clock, next.time);
    const struct tacro_record record = {.time = next.time,
                                        .evid = TACRO_EVID_DOSE,
                                        .port = step->port,
                                        .amount = tacro_policy_amount(&a->policy),
                                        .duration = step->over,
                                        .occasion = slot};
    tacro_policy_pass(&a->policy);
    if (!(record.amount > 0.0)) {
        return;
    }
    if (a->subject != NULL && step->missed > 0.0 &&
        chance(a, "missed", next.time, false) < step->missed) {
        note_dose(a, TACRO_LEDGER_MISSED, &record, a->t, slot);
        return;
    }
    if (a->subject != NULL && step->late_sd > 0.0) {
        const double delay = step->late_sd * fabs(chance(a, "late", next.time, true));
        if (delay > TACRO_SAME_TIME) {
            push(a, &a->late,
                 &(struct tacro_waiting){.time = next.time + delay, .record = record});
            return;
        }
    }
    give(a, &record, slot);
}

/* -- segments ---------------------------------------------------------------------- */

/* What was given until the start, at steady state. */
static void take_before(struct tacro_agenda *a)
{
    const struct tacro_planned planned = {a->t, a->setup.before, false};
    const struct tacro_record record = {
        .time = a->t,
        .evid = TACRO_EVID_DOSE,
        .port = planned.step->port,
        .amount = tacro_planned_amount(&planned, a->setup.rules, a->subject),
        .duration = planned.step->over,
        .ii = planned.step->every,
        .ss = TACRO_SS_BEFORE};
    give(a, &record, tacro_clock_slot(a->setup.clock, a->t));
}

static void enter_lagged(struct tacro_agenda *a)
{
    while (tacro_queue_is_due(&a->lagged, a->t)) {
        const struct tacro_waiting w = tacro_queue_pop(&a->lagged);
        enter(a, &w.entry, w.time, w.duration);
        a->has_entered = a->has_entered || w.time == a->t;
    }
}

/* All that happens at the agenda's instant, in the order of NONMEM. */
static void act(struct tacro_agenda *a, const struct tacro_seen *seen)
{
    const double limit = a->t + TACRO_SAME_TIME;
    a->has_entered = false;
    while (tacro_queue_is_due(&a->running, a->t)) {
        const struct tacro_waiting w = tacro_queue_pop(&a->running);
        a->has_entered = a->has_entered || w.time == a->t;
    }
    enter_lagged(a);
    if (a->course.n == 0 && a->setup.before != NULL) {
        take_before(a);
    }
    if (a->setup.regimen != NULL) {
        need(a, tacro_policy_act(&a->policy, a->t, seen == NULL ? 0.0 : seen->level,
                                 &a->course.ledger));
    }
    while (a->next_record < a->setup.nrecords &&
           a->setup.record[a->next_record].time <= limit) {
        take_record(a, &a->setup.record[a->next_record++]);
    }
    while (tacro_queue_is_due(&a->late, a->t)) {
        const struct tacro_waiting w = tacro_queue_pop(&a->late);
        give(a, &w.record, w.record.occasion);
    }
    while (a->setup.regimen != NULL && a->policy.planner.next.time <= limit) {
        take_planned(a);
    }
    enter_lagged(a); /* of a steady state whose lag is a multiple of its interval */
}

static double next_time(double t, const double *time, size_t n, size_t *next)
{
    while (*next < n && time[*next] <= t + TACRO_SAME_TIME) {
        (*next)++;
    }
    return *next < n ? time[*next] : (double)INFINITY;
}

/* While an outcome is waited for, no segment outlasts the time to its recognition. */
static double next_look(const struct tacro_agenda *a)
{
    const double every = tacro_policy_recognition(&a->policy);
    const double since = a->t - a->setup.landmark;
    if (!isfinite(every) || since < -TACRO_SAME_TIME) {
        return INFINITY;
    }
    return a->setup.landmark + (floor((since + TACRO_SAME_TIME) / every) + 1.0) * every;
}

static double end_of_segment(struct tacro_agenda *a)
{
    double end = fmin(a->setup.horizon,
                      next_time(a->t, a->setup.cut, a->setup.ncuts, &a->next_cut));
    end = fmin(end, next_time(a->t, a->own_cut, a->nown_cuts, &a->next_own_cut));
    end = fmin(end, fmin(tacro_queue_next(&a->late), tacro_queue_next(&a->lagged)));
    end = fmin(end, tacro_queue_next(&a->running));
    if (a->next_record < a->setup.nrecords) {
        end = fmin(end, a->setup.record[a->next_record].time);
    }
    if (a->setup.regimen != NULL) {
        const double look = next_look(a);
        end =
            fmin(end, fmin(a->policy.planner.next.time, tacro_policy_next(&a->policy)));
        end = fmin(end, look);
    }
    return end;
}

static bool is_at_cut(const struct tacro_agenda *a)
{
    return a->next_cut > 0 && a->setup.cut[a->next_cut - 1] == a->t;
}

/*
 * What cut a segment and neither left a row nor comes again by itself cuts a replay.
 * The bits of the time count: something else of the same instant may be a rounding off.
 */
static void note_cut(struct tacro_agenda *a, size_t first_row)
{
    const struct tacro_ledger_row row = {.kind = TACRO_LEDGER_CUT, .time = a->t};
    bool has_row = a->course.n == 0 || a->has_entered || is_at_cut(a);
    for (size_t i = first_row; i < a->course.ledger.n; i++) {
        has_row = has_row || a->course.ledger.row[i].kind != TACRO_LEDGER_EVENT;
    }
    if (!has_row) {
        need(a, tacro_ledger_add(&a->course.ledger, &row));
    }
}

bool tacro_agenda_next(struct tacro_agenda *agenda, const struct tacro_seen *seen)
{
    struct tacro_agenda *a = agenda;
    struct tacro_segment s = {.t0 = a->t};
    const size_t nrows = a->course.ledger.n;
    if (a->t >= a->setup.horizon - TACRO_SAME_TIME || a->status != TACRO_OK) {
        return false;
    }
    for (size_t k = 0; seen != NULL && k < a->setup.noutcomes; k++) {
        if (isfinite(seen->event[k])) {
            need(a,
                 tacro_policy_event(&a->policy, k, seen->event[k], &a->course.ledger));
        }
    }
    s.first_action = a->course.nactions;
    act(a, seen);
    s.end_action = a->course.nactions;
    s.first_running = a->course.nrunning;
    for (size_t i = 0; i < a->running.n; i++) {
        need(a, tacro_course_add_running(&a->course, &a->running.item[i].entry));
    }
    s.end_running = a->course.nrunning;
    s.t1 = end_of_segment(a);
    note_cut(a, nrows);
    s.slot = tacro_clock_slot(a->setup.clock, s.t0);
    s.first_output = a->next_output;
    while (a->next_output < a->setup.noutputs &&
           a->setup.output[a->next_output] <= s.t1 + TACRO_SAME_TIME) {
        a->next_output++;
    }
    s.end_output = a->next_output;
    need(a, tacro_course_add_segment(&a->course, &s));
    a->t = s.t1;
    return a->status == TACRO_OK;
}

/* -- life -------------------------------------------------------------------------- */

enum tacro_status tacro_agenda_create(const struct tacro_agenda_setup *setup,
                                      struct tacro_agenda **out,
                                      struct tacro_error *err)
{
    struct tacro_agenda *agenda = calloc(1, sizeof *agenda);
    *out = agenda;
    if (agenda == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "course of a patient");
    }
    tacro_agenda_aim(agenda, setup);
    return TACRO_OK;
}

void tacro_agenda_aim(struct tacro_agenda *agenda,
                      const struct tacro_agenda_setup *setup)
{
    agenda->setup = *setup;
    agenda->rules = (struct tacro_policy_setup){.rules = setup->rules,
                                                .regimen = setup->regimen,
                                                .clock = setup->clock,
                                                .horizon = setup->horizon,
                                                .ntargets = setup->ntargets,
                                                .target = setup->target};
    agenda->own_cut = NULL;
    agenda->nown_cuts = 0;
}

void tacro_agenda_free(struct tacro_agenda *agenda)
{
    if (agenda != NULL) {
        tacro_course_free(&agenda->course);
        tacro_queue_free(&agenda->late);
        tacro_queue_free(&agenda->lagged);
        tacro_queue_free(&agenda->running);
        free(agenda);
    }
}

void tacro_agenda_take(struct tacro_agenda *agenda, const struct tacro_record *record,
                       size_t nrecords, const double *cut, size_t ncuts)
{
    agenda->setup.record = record;
    agenda->setup.nrecords = nrecords;
    agenda->own_cut = cut;
    agenda->nown_cuts = ncuts;
}

void tacro_agenda_begin(struct tacro_agenda *agenda,
                        const struct tacro_subject *subject)
{
    struct tacro_agenda *a = agenda;
    a->subject = subject;
    a->status = TACRO_OK;
    a->t = 0.0;
    a->next_record = 0;
    a->next_cut = 0;
    a->next_own_cut = 0;
    a->next_output = 0;
    while (a->next_output < a->setup.noutputs &&
           a->setup.output[a->next_output] <= TACRO_SAME_TIME) {
        a->next_output++; /* the state at the start is kept by itself */
    }
    forget_doses(a);
    tacro_course_clear(&a->course);
    if (a->setup.regimen != NULL) {
        tacro_policy_begin(&a->policy, &a->rules, subject);
    }
}

const struct tacro_course *tacro_agenda_course(const struct tacro_agenda *agenda)
{
    return &agenda->course;
}

bool tacro_agenda_watches(const struct tacro_agenda *agenda, size_t k)
{
    return agenda->setup.regimen != NULL && tacro_policy_watches(&agenda->policy, k);
}

enum tacro_status tacro_agenda_status(const struct tacro_agenda *agenda)
{
    return agenda->status;
}

/* Whether the steps alone make a patient's course: chance and weight are his own. */
static bool has_own_steps(const struct tacro_sequence *sequence)
{
    bool is_own = false;
    for (size_t i = 0; i < sequence->nsteps; i++) {
        const struct tacro_step *step = &sequence->step[i];
        is_own = is_own || step->missed > 0.0 || step->late_sd > 0.0 || step->is_per_kg;
    }
    return is_own;
}

static bool has_own_lag(const struct tacro_rules *rules, size_t port)
{
    const size_t lag = tacro_rules_lag(rules, port);
    return lag < rules->n && tacro_rules_vary(rules, lag);
}

/* Lag and zero-order share are those of a patient. */
static bool has_own_entry(const struct tacro_rules *rules, size_t port)
{
    return has_own_lag(rules, port) || (tacro_rules_mix(rules, port) &&
                                        (tacro_rules_vary(rules, rules->fzero[port]) ||
                                         tacro_rules_vary(rules, rules->dzero[port])));
}

bool tacro_agenda_is_shared(const struct tacro_agenda_setup *setup)
{
    const struct tacro_regimen *regimen = setup->regimen;
    const struct tacro_rules *rules = setup->rules;
    bool is_shared = regimen == NULL || (!tacro_protocol_reacts(&regimen->protocol) &&
                                         !regimen->protocol.monitor.is_given &&
                                         !has_own_steps(&regimen->plan));
    for (size_t i = 0; regimen != NULL && i < regimen->plan.nsteps; i++) {
        is_shared = is_shared && !has_own_entry(rules, regimen->plan.step[i].port);
    }
    if (setup->before != NULL) {
        is_shared = is_shared && !setup->before->is_per_kg &&
                    !has_own_entry(rules, setup->before->port);
    }
    for (size_t i = 0; i < setup->nrecords; i++) {
        const struct tacro_record *r = &setup->record[i];
        /* F1 makes the duration of a dose whose rate is given */
        const bool has_own_duration =
            r->rate > 0.0 || r->rate == TACRO_RATE_R1 ||
            (r->rate == TACRO_RATE_D1 && tacro_rules_vary(rules, rules->d1));
        is_shared = is_shared && !has_own_duration && !has_own_entry(rules, r->port);
    }
    return is_shared;
}
