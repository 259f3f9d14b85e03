/*
 * What enters a block's lanes at the start of a segment: doses, resets, steady states.
 */
#include "cohort/dosing.h"
#include "core/lanemath.h"
#include "solve/lane_state.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Whether F1 depends on the amount of the dose: that of an instant is not enough. */
static bool has_dose(const struct tacro_block *block)
{
    const struct tacro_rules *rules = block->setup.rules;
    return rules->f1 < rules->n && rules->rule[rules->f1].has_dose;
}

/* Bioavailability of an entry; that of the segment's own instant is there already. */
double tacro_block_fraction(const struct tacro_block *block, size_t l,
                            const struct tacro_entry *entry)
{
    const struct tacro_segment *s = block->segment[l];
    struct tacro_dose_values values;
    if (s != NULL && !has_dose(block) &&
        entry->port % TACRO_PORT_ZERO == TACRO_PORT_ORAL && entry->time == s->t0 &&
        entry->slot == s->slot) {
        return tacro_parameters_f1(block->parameters)[l];
    }
    tacro_subject_dose(block->setup.rules, block->subject[l], entry->port, entry->dose,
                       entry->time, entry->slot, &values);
    return values.f;
}

int tacro_block_state(const struct tacro_block *block, const struct tacro_entry *entry)
{
    const size_t port = entry->port < TACRO_PORT_ZERO ? entry->port : TACRO_PORT_IV;
    return block->setup.system->port_state[port];
}

size_t tacro_block_input(const struct tacro_system *system, int state)
{
    size_t i = 0;
    while (i < system->ninputs && system->input_state[i] != state) {
        i++;
    }
    return i;
}

static double *lane_of(struct tacro_block *block, size_t state, size_t l)
{
    return block->solver->state + state * TACRO_LANES + l;
}

static void reset(struct tacro_block *block, size_t l)
{
    const struct tacro_system *system = block->setup.system;
    for (size_t s = 0; s < system->nstates; s++) {
        if (tacro_steady_is_acted_on(system, s)) {
            *lane_of(block, s, l) = 0.0;
        }
    }
    if (block->moving != NULL) {
        tacro_moving_clear_lane(block->moving, l);
    }
}

static bool find_steady(struct tacro_block *block, size_t l,
                        const struct tacro_action *action, double *x)
{
    const double(*coef)[TACRO_LANES] =
        (const double(*)[TACRO_LANES])tacro_parameters_coef(block->parameters);
    return block->moving != NULL
               ? tacro_settling_take(block, l, action, x)
               : tacro_steady_solve(block->steady, coef, l, action,
                                    tacro_block_fraction(block, l, &action->entry),
                                    tacro_block_state(block, &action->entry), x);
}

/* The linear states of a steady state, added to what is left of the lane's. */
static void set_steady(struct tacro_block *block, size_t l,
                       const struct tacro_action *action)
{
    const struct tacro_system *system = block->setup.system;
    double x[TACRO_MAX_STATES];
    if (action->kind == TACRO_ACTION_STEADY) {
        reset(block, l);
    }
    if (!find_steady(block, l, action, x)) {
        x[tacro_block_state(block, &action->entry)] =
            NAN; /* the lane fails, and says so */
    }
    for (size_t s = 0; s < system->nstates; s++) {
        *lane_of(block, s, l) += x[s];
    }
}

/* The action that makes a lane's state steady in this segment; NULL: none. */
static const struct tacro_action *steady_of(const struct tacro_block *block, size_t l)
{
    const struct tacro_segment *s = block->segment[l];
    const struct tacro_action *found = NULL;
    for (size_t i = s == NULL ? 0 : s->first_action; s != NULL && i < s->end_action;
         i++) {
        const struct tacro_action *a = &block->course[l]->action[i];
        found = a->kind == TACRO_ACTION_STEADY ? a : found;
    }
    return found;
}

/* A lane's part of an interval begins. */
static void enter_pair(struct tacro_block *block, size_t l,
                       const struct tacro_stretch_pair *pair,
                       const struct tacro_action *action)
{
    const struct tacro_system *system = block->setup.system;
    for (size_t h = 0; h < tacro_halves(action); h++) {
        const int state = tacro_block_state(block, &action[h].entry);
        const size_t row = tacro_block_input(system, state);
        *lane_of(block, (size_t)state, l) += pair->bolus[h];
        if (row < system->ninputs) {
            block->input[row][l] += pair->rate[h];
        }
    }
}

static bool follow_moving(struct tacro_block *block, const bool *is_settling)
{
    const struct tacro_action *action[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        action[l] = is_settling[l] ? steady_of(block, l) : NULL;
    }
    return tacro_settling_follow(block, action);
}

/* Interval after interval's stretches in the lanes that need it, all others idle. */
static bool follow_interval(struct tacro_block *block, const bool *is_settling)
{
    struct tacro_stretch_pair pair[TACRO_LANES][TACRO_STRETCH_PAIRS];
    const struct tacro_system *system = block->setup.system;
    struct tacro_solver *solver = block->solver;
    const struct tacro_curve curve = {0};
    double span[TACRO_LANES];
    bool ok = true;
    if (block->moving != NULL) {
        return follow_moving(block, is_settling);
    }
    memcpy(span, block->span, sizeof span);
    memset(pair, 0, sizeof pair);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_action *a = is_settling[l] ? steady_of(block, l) : NULL;
        if (a != NULL) {
            tacro_block_pairs(block, l, a, pair[l]);
        }
    }
    for (size_t k = 0; ok && k < TACRO_STRETCH_PAIRS; k++) {
        struct tacro_lanes lanes;
        double tau = 0.0;
        bool is_any = false;
        memset(block->input, 0, system->ninputs * sizeof *block->input);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const struct tacro_action *a = is_settling[l] ? steady_of(block, l) : NULL;
            block->span[l] = pair[l][k].length;
            is_any = is_any || block->span[l] > 0.0;
            if (a != NULL && block->span[l] > 0.0) {
                enter_pair(block, l, &pair[l][k], a);
            }
        }
        lanes = tacro_block_lanes(block);
        ok = !is_any ||
             solver->method->advance(solver, &lanes, &curve, &tau, NULL) == TACRO_OK;
    }
    memcpy(block->span, span, sizeof span);
    return ok;
}

/*
 * Nonlinear filters of lanes at a steady state: from nothing through one interval, and
 * what they are then over 1 - exp(-k II). One that reads another comes after it.
 */
static void settle_filters(struct tacro_block *block, const bool *is_settling)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_system_equation *filter[TACRO_MAX_STATES];
    const size_t n = tacro_steady_filters(block->steady, filter);
    const size_t size = system->nstates * TACRO_LANES * sizeof *block->saved;
    const double(*coef)[TACRO_LANES] =
        (const double(*)[TACRO_LANES])tacro_parameters_coef(block->parameters);
    for (size_t i = 0; i < n; i++) {
        const size_t s = (size_t)filter[i]->state;
        bool ok;
        memcpy(block->saved, block->solver->state, size);
        ok = follow_interval(block, is_settling);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (is_settling[l]) {
                const double k = coef[filter[i]->rate][l] *
                                 tacro_steady_period(system, steady_of(block, l));
                const double left = -tacro_expm1(-k);
                block->saved[s * TACRO_LANES + l] =
                    ok ? *lane_of(block, s, l) / left : (double)NAN;
            }
        }
        memcpy(block->solver->state, block->saved, size);
    }
}

/* A dose enters at once, or sets out. */
static void give(struct tacro_block *block, size_t l, const struct tacro_entry *entry)
{
    const int state = tacro_block_state(block, entry);
    const int forcing = tacro_system_forcing_of(block->setup.system, state);
    const double amount = tacro_block_fraction(block, l, entry) * entry->amount;
    if (forcing == TACRO_NONE) {
        *lane_of(block, (size_t)state, l) += amount;
    } else if (!tacro_moving_add(block->moving, (size_t)forcing, l,
                                 (const double(*)[TACRO_LANES])tacro_parameters_coef(
                                     block->parameters),
                                 amount, block->time0[l])) {
        *lane_of(block, (size_t)state, l) = NAN; /* the lane fails, and says so */
    }
}

static void act(struct tacro_block *block, size_t l, const struct tacro_action *action)
{
    switch (action->kind) {
    case TACRO_ACTION_BOLUS:
        give(block, l, &action->entry);
        break;
    case TACRO_ACTION_RESET:
        reset(block, l);
        break;
    case TACRO_ACTION_STEADY:
    case TACRO_ACTION_STEADY_ADDED:
        set_steady(block, l, action);
        break;
    }
}

/* All lanes take one oral dose of this instant, as most segments have it. */
static bool is_plain(const struct tacro_block *block)
{
    const struct tacro_segment *s = block->segment[0];
    const struct tacro_action *a;
    if (!block->is_shared || has_dose(block) || s->end_action - s->first_action > 1 ||
        block->setup.system->nforcings > 0) {
        return false;
    }
    if (s->end_action == s->first_action) {
        return true;
    }
    a = &block->course[0]->action[s->first_action];
    return a->kind == TACRO_ACTION_BOLUS && a->entry.port == TACRO_PORT_ORAL &&
           a->entry.time == s->t0 && a->entry.slot == s->slot;
}

static void act_plainly(struct tacro_block *block)
{
    const struct tacro_segment *s = block->segment[0];
    if (s->end_action > s->first_action) {
        const double amount = block->course[0]->action[s->first_action].entry.amount;
        const double *f1 = tacro_parameters_f1(block->parameters);
        double *depot =
            lane_of(block, (size_t)block->setup.system->port_state[TACRO_PORT_ORAL], 0);
        TACRO_EACH_LANE(l) {
            depot[l] += f1[l] * amount;
        }
    }
}

/*
 * Up to the steady state of each lane that has one: what comes after it acts on a state
 * whose filters are settled. `next` receives the first action that is left.
 */
static void act_until_steady(struct tacro_block *block, size_t *next)
{
    bool is_settling[TACRO_LANES] = {false};
    bool is_any = false;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_action *steady = steady_of(block, l);
        next[l] = block->segment[l] == NULL ? 0 : block->segment[l]->first_action;
        is_settling[l] = steady != NULL;
        is_any = is_any || is_settling[l];
        if (steady != NULL && steady->is_halved) {
            steady++;
        }
        for (const struct tacro_action *a = NULL; a != steady; next[l]++) {
            a = &block->course[l]->action[next[l]];
            act(block, l, a);
        }
    }
    if (is_any) {
        settle_filters(block, is_settling);
    }
}

static void act_on(struct tacro_block *block, size_t *next)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        while (s != NULL && next[l] < s->end_action) {
            act(block, l, &block->course[l]->action[next[l]++]);
        }
    }
}

static void fill_input(struct tacro_block *block)
{
    const struct tacro_system *system = block->setup.system;
    memset(block->input, 0, system->ninputs * sizeof *block->input);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        for (size_t i = s == NULL ? 0 : s->first_running;
             s != NULL && i < s->end_running; i++) {
            const struct tacro_entry *e = &block->course[l]->running[i];
            const size_t row = tacro_block_input(system, tacro_block_state(block, e));
            assert(row < system->ninputs);
            block->input[row][l] += tacro_block_fraction(block, l, e) * e->amount;
        }
    }
}

/*
 * All courses are being made: the next segment, from what was seen at the last's end.
 */
static void extend_courses(struct tacro_block *block, size_t k)
{
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    const size_t noutcomes = block->setup.noutcomes;
    double level[TACRO_LANES] __attribute__((aligned(64)));
    double event[TACRO_MAX_RISKS];
    if (k > 0) {
        const struct tacro_system *system = block->setup.system;
        block->setup.kernels->read(system, &lanes, system->signal[TACRO_CONC],
                                   block->solver->state, level);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        struct tacro_seen seen = {level[k > 0 ? l : 0], event};
        if (block->agenda[l] == NULL || block->course[l]->n > k) {
            continue;
        }
        for (size_t o = 0; o < noutcomes; o++) {
            /* an agenda hears of what its rules wait for, and of nothing else */
            event[o] = k > 0 && block->segment[l] != NULL &&
                               tacro_agenda_watches(block->agenda[l], o)
                           ? block->segment[l]->t0 + block->crossing[o][l]
                           : (double)INFINITY;
        }
        tacro_agenda_next(block->agenda[l], k > 0 ? &seen : NULL);
    }
}

/* A lane's segment at index k; past its course it idles at the end of the last one. */
static void place_lane(struct tacro_block *block, size_t k, size_t l, double *t,
                       int32_t *slot)
{
    const struct tacro_course *course = block->course[l];
    const bool is_idle = k >= course->n;
    const struct tacro_segment *s = &course->segment[is_idle ? course->n - 1 : k];
    block->segment[l] = is_idle ? NULL : s;
    block->time0[l] = tacro_clock_absolute(block->setup.clock, s->t0);
    block->span[l] = is_idle ? 0.0 : s->t1 - s->t0;
    t[l] = s->t0;
    slot[l] = s->slot;
}

static void place_shared(struct tacro_block *block, size_t k, double *t, int32_t *slot)
{
    const struct tacro_segment *s = &block->course[0]->segment[k];
    const double time0 = tacro_clock_absolute(block->setup.clock, s->t0);
    const double span = s->t1 - s->t0;
    TACRO_EACH_LANE(l) {
        t[l] = s->t0;
        slot[l] = s->slot;
        block->time0[l] = time0;
        block->span[l] = span;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        block->segment[l] = s;
    }
}

bool tacro_block_enter(struct tacro_block *block, size_t k,
                       struct tacro_block_result *r)
{
    double t[TACRO_LANES];
    int32_t slot[TACRO_LANES];
    size_t next[TACRO_LANES];
    bool is_simple;
    bool is_any = false;
    if (block->agenda[0] != NULL) {
        extend_courses(block, k);
    }
    for (size_t l = 0; !is_any && l < (block->is_shared ? 1 : TACRO_LANES); l++) {
        is_any = k < block->course[l]->n;
    }
    if (!is_any) {
        return false;
    }
    if (block->is_shared) {
        place_shared(block, k, t, slot);
    } else {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            place_lane(block, k, l, t, slot);
        }
    }
    tacro_parameters_at(block->parameters, t, slot);
    if (block->moving != NULL) {
        tacro_moving_prune(block->moving, block->time0);
        tacro_settling_begin(block);
    }
    is_simple = is_plain(block);
    if (!is_simple) {
        act_until_steady(block, next);
    }
    if (k == 0) {
        tacro_block_keep_start(block, r); /* as it was before the first dose */
    }
    if (is_simple) {
        act_plainly(block);
    } else {
        act_on(block, next);
    }
    if (block->setup.system->ninputs > 0) {
        fill_input(block);
    }
    return true;
}
