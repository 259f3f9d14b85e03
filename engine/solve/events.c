/*
 * Outcomes: each happens when its cumulative hazard since the landmark reaches -ln U, U
 * the patient's own for that outcome under every regimen. And what hazards must be:
 * finite, and not below 0.
 */
#include "core/lanemath.h"
#include "core/rng.h"
#include "solve/lane_state.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double unit_exponential(const struct tacro_block *block, size_t outcome,
                               const struct tacro_subject *subject)
{
    const struct tacro_rng_key key = {.seed = block->setup.rules->input->seed,
                                      .stream = TACRO_STREAM_OUTCOME,
                                      .draw = subject->draw,
                                      .patient = subject->patient,
                                      .k = block->setup.outcome_key[outcome]};
    return -tacro_log(tacro_rng_uniform(&key));
}

static int state_of(const struct tacro_block *block, size_t outcome)
{
    return block->setup.system->hazard_state[outcome + 1];
}

void tacro_events_begin(struct tacro_block *block, struct tacro_block_result *r)
{
    for (size_t k = 0; k < block->setup.noutcomes; k++) {
        TACRO_EACH_LANE(l) {
            block->level[k][l] = INFINITY; /* not known before the landmark */
            block->crossing[k][l] = INFINITY;
            r->event_time[k * TACRO_LANES + l] = INFINITY;
        }
    }
    memset(block->has_level, 0, sizeof block->has_level);
    block->nwithout = TACRO_LANES;
}

/* The hazards at which the outcomes happen, for the lanes that have come so far. */
static void set_levels(struct tacro_block *block)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        if (block->has_level[l] || s == NULL ||
            s->t0 < block->setup.landmark - TACRO_SAME_TIME) {
            continue;
        }
        for (size_t k = 0; k < block->setup.noutcomes; k++) {
            const double *state =
                block->solver->state + (size_t)state_of(block, k) * TACRO_LANES;
            block->level[k][l] =
                state[l] + unit_exponential(block, k, block->subject[l]);
        }
        block->has_level[l] = true;
        block->nwithout--;
    }
}

void tacro_events_watch(struct tacro_block *block, struct tacro_curve *curve)
{
    if (block->nwithout > 0) {
        set_levels(block);
    }
    curve->watch = block->watch;
    curve->nwatches = block->nwithout < TACRO_LANES ? block->setup.noutcomes : 0;
    for (size_t k = 0; k < curve->nwatches; k++) {
        block->watch[k] = (struct tacro_watch){.state = state_of(block, k),
                                               .level = block->level[k],
                                               .offset = block->crossing[k]};
    }
}

static bool is_any_crossed(const double *crossing)
{
    int64_t any = 0; /* as wide as a lane: no lane is turned into another type */
    for (size_t l = 0; l < TACRO_LANES; l++) {
        any |= (int64_t)(crossing[l] <= DBL_MAX);
    }
    return any != 0;
}

void tacro_events_keep(struct tacro_block *block, struct tacro_block_result *r)
{
    for (size_t k = 0; k < block->setup.noutcomes; k++) {
        const bool is_any = is_any_crossed(block->crossing[k]);
        for (size_t l = 0; is_any && l < TACRO_LANES; l++) {
            if (isfinite(block->crossing[k][l])) {
                r->event_time[k * TACRO_LANES + l] =
                    block->segment[l]->t0 + block->crossing[k][l];
                block->level[k][l] = INFINITY; /* once */
            }
        }
    }
}

static void break_lane(struct tacro_block *block, size_t l,
                       enum tacro_lane_status status, double time)
{
    if (isnan(block->broken_at[l])) {
        block->broken_at[l] = time;
        block->broken[l] = status;
    }
}

/* What a cumulative hazard may fall by in standing still: the solver's tolerance. */
static double tolerance(const struct tacro_block *block, int state, double hazard)
{
    const double rtol = block->setup.rtol;
    return block->setup.system->atol[state] * (rtol / 1e-6) + rtol * fabs(hazard);
}

void tacro_events_note_broken(struct tacro_block *block,
                              const struct tacro_lanes *lanes)
{
    const struct tacro_kernels *kernels = block->setup.kernels;
    const struct tacro_system *system = block->setup.system;
    const double *y = block->solver->state;
    double level[TACRO_LANES] __attribute__((aligned(64)));
    double zeros[TACRO_LANES] __attribute__((aligned(64)));
    for (size_t k = 0; k < block->setup.noutcomes; k++) {
        const int state = state_of(block, k);
        const double *h0 = block->saved + (size_t)state * TACRO_LANES;
        const double *h1 = y + (size_t)state * TACRO_LANES;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (h1[l] < h0[l] && block->segment[l] != NULL &&
                h0[l] - h1[l] > tolerance(block, state, h0[l])) {
                break_lane(block, l, TACRO_LANE_NEGATIVE_HAZARD, block->segment[l]->t0);
            }
        }
    }
    kernels->read(system, lanes, system->signal[TACRO_CONC], y, level);
    /* 0 times what is finite is 0, else NaN */
    kernels->sum_of_zeros(system->nstates, y, zeros);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if ((zeros[l] != 0.0 || !isfinite(level[l])) && block->segment[l] != NULL) {
            bool is_hazard = isfinite(level[l]);
            for (size_t s = 0; is_hazard && s < system->nstates; s++) {
                is_hazard = isfinite(y[s * TACRO_LANES + l]) ||
                            tacro_events_is_hazard(block, s);
            }
            break_lane(block, l,
                       is_hazard ? TACRO_LANE_HAZARD_NOT_FINITE : TACRO_LANE_NOT_FINITE,
                       block->segment[l]->t0);
        }
    }
}

bool tacro_events_is_hazard(const struct tacro_block *block, size_t state)
{
    for (size_t k = 0; k < block->setup.noutcomes; k++) {
        if ((size_t)state_of(block, k) == state) {
            return true;
        }
    }
    return false;
}

bool tacro_events_has_broken_hazard(struct tacro_block *block, double tau)
{
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    const struct tacro_system *system = block->setup.system;
    const double *const place[2] = {block->saved, block->solver->state};
    const double at[2] = {0.0, tau};
    bool is_broken = false;
    for (size_t i = 0; i < 2; i++) {
        bool are_others_finite = true;
        bool is_finite = true;
        block->setup.kernels->rhs(system, &lanes, at[i], place[i], block->slope);
        for (size_t s = 0; s < system->nstates; s++) {
            if (tacro_events_is_hazard(block, s)) {
                is_finite = is_finite && isfinite(block->slope[s * TACRO_LANES]);
            } else {
                are_others_finite = are_others_finite &&
                                    isfinite(place[i][s * TACRO_LANES]) &&
                                    isfinite(block->slope[s * TACRO_LANES]);
            }
        }
        is_broken = is_broken || (are_others_finite && !is_finite);
    }
    return is_broken;
}
