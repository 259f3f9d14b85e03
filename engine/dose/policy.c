#include "dose/policy.h"

#include "core/rng.h"

#include <math.h>
#include <string.h>

static const struct tacro_protocol *protocol_of(const struct tacro_policy *policy)
{
    return &policy->setup->regimen->protocol;
}

static bool note(struct tacro_ledger *ledger, enum tacro_ledger_kind kind, double time,
                 double amount)
{
    const struct tacro_ledger_row row = {
        .kind = (uint8_t)kind, .time = time, .amount = amount};
    return tacro_ledger_add(ledger, &row);
}

double tacro_planned_amount(const struct tacro_planned *planned,
                            const struct tacro_rules *rules,
                            const struct tacro_subject *subject)
{
    const struct tacro_step *step = planned->step;
    const bool is_loading = planned->is_first && step->loading > 0.0;
    double amount = is_loading ? step->loading : step->amount;
    if (!step->is_per_kg) {
        return amount;
    }
    if (subject == NULL) {
        return NAN;
    }
    amount *= tacro_population_of(rules->input, subject->covariate, subject->patient,
                                  TACRO_COV_weight, planned->time);
    if (step->round > 0.0) {
        amount = step->round * floor(amount / step->round + 0.5);
    }
    return amount;
}

static bool is_same_route(const struct tacro_step *a, const struct tacro_step *b)
{
    return (a->port == TACRO_PORT_IV) == (b->port == TACRO_PORT_IV);
}

/*
 * Whether a taper or another route lies between the last dose and the next one: what
 * was measured and set before says nothing about the doses after it.
 */
static bool is_past_adjust(const struct tacro_policy *policy)
{
    const struct tacro_step *next = policy->planner.next.step;
    bool is_past = next != NULL && next->is_from_taper;
    if (next == NULL || policy->step == NULL) {
        return is_past;
    }
    for (const struct tacro_step *step = policy->step; step < next && !is_past;
         step++) {
        is_past = step->is_from_taper ||
                  (step->kind == TACRO_STEP_GIVE && !is_same_route(step, next));
    }
    return is_past;
}

double tacro_policy_amount(const struct tacro_policy *policy)
{
    const struct tacro_planned *next = &policy->planner.next;
    const bool is_loading = next->is_first && next->step->loading > 0.0;
    return isnan(policy->dose) || is_loading || is_past_adjust(policy)
               ? tacro_planned_amount(next, policy->setup->rules, policy->subject)
               : tacro_adjust_cap(policy->dose, next->step->over);
}

void tacro_policy_pass(struct tacro_policy *policy)
{
    const struct tacro_planned next = policy->planner.next;
    if (is_past_adjust(policy)) {
        policy->dose = NAN;
        policy->since = next.time;
    }
    policy->step = next.step;
    tacro_planner_pass(&policy->planner);
}

void tacro_policy_begin(struct tacro_policy *policy,
                        const struct tacro_policy_setup *setup,
                        const struct tacro_subject *subject)
{
    const struct tacro_protocol *p = &setup->regimen->protocol;
    memset(policy, 0, sizeof *policy);
    policy->setup = setup;
    policy->subject = subject;
    tacro_planner_begin(&policy->planner, &setup->regimen->plan, setup->clock, 0.0,
                        setup->horizon);
    policy->own = policy->planner;
    policy->adjust = p->adjust.is_given ? &p->adjust : NULL;
    policy->dose = NAN;
    policy->own_dose = NAN;
    policy->nominal = p->monitor.is_given ? p->monitor.from : (double)INFINITY;
    policy->in_force = TACRO_NO_TRIGGER;
    policy->pending = TACRO_NO_TRIGGER;
    policy->switch_at = INFINITY;
    policy->resume_at = INFINITY;
    policy->since = -INFINITY;
    for (size_t i = 0; i < p->ntriggers; i++) {
        policy->due[i] = p->trigger[i].kind == TACRO_WHEN_DAY
                             ? tacro_clock_day_start(setup->clock, p->trigger[i].day)
                             : (double)INFINITY;
    }
}

double tacro_policy_next(const struct tacro_policy *policy)
{
    double next = fmin(policy->nominal, fmin(policy->switch_at, policy->resume_at));
    if (policy->nscheduled > 0) {
        next = fmin(next, policy->sample[0]);
    }
    for (size_t i = 0; i < policy->nresults; i++) {
        next = fmin(next, policy->result[i].due);
    }
    for (size_t i = 0; i < protocol_of(policy)->ntriggers; i++) {
        next = fmin(next, policy->due[i]);
    }
    return next;
}

/* -- samples ----------------------------------------------------------------------- */

static void schedule_sample(struct tacro_policy *policy)
{
    const struct tacro_monitor *m = &protocol_of(policy)->monitor;
    const double nominal = policy->nominal;
    const double dose = policy->planner.next.time;
    const bool is_near = dose >= nominal - TACRO_SAME_TIME &&
                         dose < nominal + m->every - TACRO_SAME_TIME;
    if (policy->nscheduled < TACRO_MAX_SAMPLES) {
        policy->sample[policy->nscheduled++] =
            (is_near ? dose : nominal) + m->after_dose;
    }
    policy->nsamples++;
    policy->nominal = m->from + policy->nsamples * m->every;
    if (policy->nominal >= m->until - TACRO_SAME_TIME) {
        policy->nominal = INFINITY;
    }
}

/* The assay's error belongs to the patient and the minute, whatever the regimen. */
static double measure(const struct tacro_policy *policy, double t, double level)
{
    const struct tacro_monitor *m = &protocol_of(policy)->monitor;
    const struct tacro_rng_key key = {
        .seed = policy->setup->rules->input->seed,
        .stream = TACRO_STREAM_EPS,
        .draw = policy->subject->draw,
        .patient = policy->subject->patient,
        .occasion =
            (int32_t)floor(60.0 * tacro_clock_absolute(policy->setup->clock, t) + 0.5),
        .k = tacro_rng_name("assay.conc")};
    const double error = m->assay_cv > 0.0 ? m->assay_cv * tacro_rng_normal(&key) : 0.0;
    const double measured = fmax(level * (1.0 + error), 0.0);
    return measured < m->lloq || !(measured > 0.0) ? (double)NAN : measured;
}

static bool draw_sample(struct tacro_policy *policy, double t, double level,
                        struct tacro_ledger *ledger)
{
    const struct tacro_monitor *m = &protocol_of(policy)->monitor;
    policy->sample[0] = policy->sample[--policy->nscheduled];
    if (policy->nresults < TACRO_MAX_RESULTS) {
        policy->result[policy->nresults++] = (struct tacro_result){
            .due = t + m->result_after,
            .drawn = t,
            .measured = measure(policy, t, level),
            .is_held = tacro_planner_is_held(&policy->planner, t)};
    }
    return note(ledger, TACRO_LEDGER_SAMPLE, t, 0.0);
}

/* -- switches ---------------------------------------------------------------------- */

/* What happens once is kept until the switch that came first ends. */
static void put_off(struct tacro_policy *policy, int i)
{
    const enum tacro_trigger_kind kind = protocol_of(policy)->trigger[i].kind;
    policy->is_waiting[i] = kind == TACRO_WHEN_EVENT || kind == TACRO_WHEN_DAY;
}

/*
 * An earlier trigger of the file wins: over one that waits and over the one in force.
 */
static void recognise(struct tacro_policy *policy, size_t trigger, double t)
{
    const int i = (int)trigger;
    policy->due[trigger] = INFINITY;
    policy->has_fired[trigger] = true;
    policy->is_waiting[trigger] = false;
    if ((policy->pending != TACRO_NO_TRIGGER && policy->pending <= i) ||
        (policy->in_force != TACRO_NO_TRIGGER && policy->in_force <= i)) {
        put_off(policy, i);
        return;
    }
    if (policy->pending != TACRO_NO_TRIGGER) {
        put_off(policy, policy->pending);
    }
    policy->pending = i;
    policy->switch_at = tacro_planner_grid(&policy->planner, t);
}

static bool switch_plan(struct tacro_policy *policy, double t,
                        struct tacro_ledger *ledger)
{
    const int i = policy->pending;
    const struct tacro_trigger *trigger = &protocol_of(policy)->trigger[i];
    if (policy->in_force == TACRO_NO_TRIGGER) {
        policy->own_dose = policy->dose;
        policy->own_step = policy->step;
    }
    policy->in_force = i;
    policy->pending = TACRO_NO_TRIGGER;
    policy->switch_at = INFINITY;
    policy->resume_at = trigger->resume == TACRO_RESUME_AFTER
                            ? t + trigger->resume_value
                            : (double)INFINITY;
    tacro_planner_begin(&policy->planner, &trigger->steps, policy->setup->clock, t,
                        policy->setup->horizon);
    policy->adjust = trigger->adjust.is_given ? &trigger->adjust : NULL;
    policy->dose = NAN;
    policy->step = NULL;
    policy->since = t;
    return note(ledger, TACRO_LEDGER_SWITCH, t, (double)i);
}

/* Back to the regimen's own steps, where they would stand now. */
static bool resume_plan(struct tacro_policy *policy, double t,
                        struct tacro_ledger *ledger)
{
    const struct tacro_protocol *p = protocol_of(policy);
    tacro_planner_seek(&policy->own, t);
    policy->planner = policy->own;
    policy->dose = policy->own_dose;
    policy->step = policy->own_step;
    policy->adjust = p->adjust.is_given ? &p->adjust : NULL;
    policy->resume_at = INFINITY;
    policy->in_force = TACRO_NO_TRIGGER;
    policy->since = t;
    /* thresholds of levels may be passed again */
    for (size_t i = 0; i < p->ntriggers; i++) {
        if (p->trigger[i].kind == TACRO_WHEN_LEVEL_ABOVE ||
            p->trigger[i].kind == TACRO_WHEN_LEVEL_BELOW) {
            policy->has_fired[i] = false;
        }
    }
    /* what has happened meanwhile acts, the earliest entry of it */
    for (size_t i = 0; i < p->ntriggers; i++) {
        if (policy->is_waiting[i]) {
            recognise(policy, i, t);
        }
    }
    return note(ledger, TACRO_LEDGER_RESUME, t, 0.0);
}

/* -- results ----------------------------------------------------------------------- */

static bool is_passed(bool is_above, double measured, double level)
{
    return is_above ? measured > level : measured < level;
}

/* Whether the result ends the switch in force. */
static bool ends_switch(const struct tacro_policy *policy, double measured)
{
    const struct tacro_trigger *t;
    if (policy->in_force == TACRO_NO_TRIGGER) {
        return false;
    }
    t = &protocol_of(policy)->trigger[policy->in_force];
    return (t->resume == TACRO_RESUME_LEVEL_ABOVE ||
            t->resume == TACRO_RESUME_LEVEL_BELOW) &&
           is_passed(t->resume == TACRO_RESUME_LEVEL_ABOVE, measured, t->resume_value);
}

static void fire_levels(struct tacro_policy *policy, double t, double measured)
{
    const struct tacro_protocol *p = protocol_of(policy);
    for (size_t i = 0; i < p->ntriggers; i++) {
        const struct tacro_trigger *trigger = &p->trigger[i];
        const bool is_above = trigger->kind == TACRO_WHEN_LEVEL_ABOVE;
        if ((is_above || trigger->kind == TACRO_WHEN_LEVEL_BELOW) &&
            !policy->has_fired[i] && is_passed(is_above, measured, trigger->level)) {
            recognise(policy, i, t);
        }
    }
}

static bool find_target(const struct tacro_policy *policy, double t, double *low,
                        double *high)
{
    const struct tacro_adjust *a = policy->adjust;
    bool has_target = !isnan(a->low);
    *low = a->low;
    *high = a->high;
    for (size_t i = 0; isnan(a->low) && i < policy->setup->ntargets &&
                       policy->setup->target[i].from <= t + TACRO_SAME_TIME;
         i++) {
        *low = policy->setup->target[i].low;
        *high = policy->setup->target[i].high;
        has_target = true;
    }
    return has_target;
}

/* What the plan gives now, a loading dose aside. */
static double dose_in_use(const struct tacro_policy *policy)
{
    struct tacro_planned next = policy->planner.next;
    if (next.step == NULL) {
        return policy->dose;
    }
    if (!isnan(policy->dose)) {
        return tacro_adjust_cap(policy->dose, next.step->over);
    }
    next.is_first = false;
    return tacro_planned_amount(&next, policy->setup->rules, policy->subject);
}

static bool adjust_dose(struct tacro_policy *policy, const struct tacro_result *result,
                        double t, struct tacro_ledger *ledger)
{
    const struct tacro_step *next = policy->planner.next.step;
    struct tacro_evidence evidence = {.now = t,
                                      .drawn = result->drawn,
                                      .measured = result->measured,
                                      .dose = dose_in_use(policy),
                                      .over = next == NULL ? 0.0 : next->over,
                                      .ledger = ledger};
    double dose;
    /* a level of the plan before says nothing about the doses of this one */
    if (policy->adjust == NULL || result->is_held || isnan(evidence.dose) ||
        result->drawn <= policy->since + TACRO_SAME_TIME || is_past_adjust(policy) ||
        tacro_planner_is_held(&policy->planner, t) ||
        !find_target(policy, result->drawn, &evidence.low, &evidence.high)) {
        return true;
    }
    dose = tacro_adjust_dose(policy->adjust, &evidence);
    if (dose == evidence.dose) {
        return true;
    }
    policy->dose = dose;
    return note(ledger, TACRO_LEDGER_DECISION, t, dose);
}

static bool take_result(struct tacro_policy *policy, double t,
                        struct tacro_ledger *ledger)
{
    const struct tacro_result result = policy->result[0];
    const double measured = result.measured;
    memmove(policy->result, policy->result + 1,
            --policy->nresults * sizeof policy->result[0]);
    if (!note(ledger, TACRO_LEDGER_RESULT, t, measured)) {
        return false;
    }
    if (isnan(measured)) {
        return true; /* below LLOQ: no number to act on */
    }
    if (ends_switch(policy, measured)) {
        policy->resume_at = tacro_planner_grid(&policy->own, t);
    }
    fire_levels(policy, t, measured);
    return adjust_dose(policy, &result, t, ledger);
}

/* -- all together ------------------------------------------------------------------ */

bool tacro_policy_act(struct tacro_policy *policy, double t, double level,
                      struct tacro_ledger *ledger)
{
    const double limit = t + TACRO_SAME_TIME;
    const size_t ntriggers = protocol_of(policy)->ntriggers;
    bool ok = true;
    while (policy->nominal <= limit) {
        schedule_sample(policy);
    }
    if (policy->nscheduled > 0 && policy->sample[0] <= limit) {
        ok = draw_sample(policy, t, level, ledger);
    }
    while (ok && policy->nresults > 0 && policy->result[0].due <= limit) {
        ok = take_result(policy, t, ledger);
    }
    for (size_t i = 0; i < ntriggers; i++) {
        if (policy->due[i] <= limit) {
            recognise(policy, i, t);
        }
    }
    if (ok && policy->resume_at <= limit) {
        ok = resume_plan(policy, t, ledger);
    }
    if (ok && policy->switch_at <= limit) {
        ok = switch_plan(policy, t, ledger);
    }
    return ok;
}

bool tacro_policy_event(struct tacro_policy *policy, size_t k, double when,
                        struct tacro_ledger *ledger)
{
    const struct tacro_protocol *p = protocol_of(policy);
    for (size_t i = 0; i < p->ntriggers; i++) {
        const struct tacro_trigger *t = &p->trigger[i];
        if (t->kind == TACRO_WHEN_EVENT && t->outcome == k && !policy->has_fired[i]) {
            policy->due[i] = when + t->recognised_after;
            policy->has_fired[i] = true;
        }
    }
    return note(ledger, TACRO_LEDGER_EVENT, when, (double)k);
}

bool tacro_policy_watches(const struct tacro_policy *policy, size_t k)
{
    const struct tacro_protocol *p = protocol_of(policy);
    for (size_t i = 0; i < p->ntriggers; i++) {
        if (p->trigger[i].kind == TACRO_WHEN_EVENT && p->trigger[i].outcome == k &&
            !policy->has_fired[i]) {
            return true;
        }
    }
    return false;
}

double tacro_policy_recognition(const struct tacro_policy *policy)
{
    const struct tacro_protocol *p = protocol_of(policy);
    double shortest = INFINITY;
    for (size_t i = 0; i < p->ntriggers; i++) {
        if (p->trigger[i].kind == TACRO_WHEN_EVENT && !policy->has_fired[i]) {
            shortest = fmin(shortest, p->trigger[i].recognised_after);
        }
    }
    return shortest;
}
