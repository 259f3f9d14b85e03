/*
 * Outcomes that rules wait for: each happens when its cumulative hazard since the
 * landmark reaches -ln U, U the patient's own for that outcome under every regimen.
 */
#include "core/lanemath.h"
#include "core/rng.h"
#include "solve/lane_state.h"

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
            block->threshold[k][l] = NAN; /* not known before the landmark */
            block->crossing[k][l] = INFINITY;
            r->event_time[k * TACRO_LANES + l] = INFINITY;
        }
    }
}

/* The level of a lane's hazard to watch for in this segment; INFINITY: none. */
static double level_of(struct tacro_block *block, size_t k, size_t l)
{
    const struct tacro_segment *s = block->segment[l];
    if (s == NULL || block->agenda[l] == NULL ||
        s->t0 < block->setup.landmark - TACRO_SAME_TIME ||
        !tacro_agenda_watches(block->agenda[l], k)) {
        return INFINITY;
    }
    if (isnan(block->threshold[k][l])) {
        block->threshold[k][l] =
            block->solver->state[(size_t)state_of(block, k) * TACRO_LANES + l] +
            unit_exponential(block, k, block->subject[l]);
    }
    return block->threshold[k][l];
}

void tacro_events_watch(struct tacro_block *block, struct tacro_curve *curve)
{
    curve->nwatches = 0;
    curve->watch = block->watch;
    for (size_t k = 0; block->agenda[0] != NULL && k < block->setup.noutcomes; k++) {
        double *level = block->level[k];
        bool is_any = false;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            level[l] = level_of(block, k, l);
            block->crossing[k][l] = INFINITY;
            is_any = is_any || isfinite(level[l]);
        }
        if (is_any) {
            block->watch[curve->nwatches++] =
                (struct tacro_watch){.state = state_of(block, k),
                                     .level = level,
                                     .offset = block->crossing[k]};
        }
    }
}

void tacro_events_keep(struct tacro_block *block, struct tacro_block_result *r)
{
    for (size_t k = 0; block->agenda[0] != NULL && k < block->setup.noutcomes; k++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (isfinite(block->crossing[k][l])) {
                r->event_time[k * TACRO_LANES + l] =
                    block->segment[l]->t0 + block->crossing[k][l];
            }
        }
    }
}
