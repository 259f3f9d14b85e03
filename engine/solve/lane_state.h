/** What a block is made of; for block.c and the files that take parts of its work. */
#ifndef TACRO_SOLVE_LANE_STATE_H
#define TACRO_SOLVE_LANE_STATE_H

#include "solve/block.h"
#include "solve/moving.h"
#include "solve/steady.h"

struct tacro_block {
    struct tacro_block_setup setup;
    struct tacro_solver *solver;
    struct tacro_parameters *parameters;
    struct tacro_steady *steady;
    double *saved;  /* [nstates] while a steady state is being found, then as the
                      segment began */
    double *slope;  /* [nstates] of a segment that failed */
    double *shared; /* [noutputs] the same of lanes of one course */
    double (*offset)[TACRO_LANES]; /* [noutputs] of the segment's curve */
    double (
        *scratch)[TACRO_LANES]; /* [noutputs] of lanes with output times of their own */
    double (*input)[TACRO_LANES]; /* [ninputs] mg/h */
    double time0[TACRO_LANES];
    double span[TACRO_LANES];
    double broken_at[TACRO_LANES]; /* h, where a course ceased to make sense, or NAN */
    enum tacro_lane_status broken[TACRO_LANES]; /* in what way */
    bool is_shared;                             /* all lanes follow one course */
    struct tacro_block_result result;
    struct tacro_block_result redo; /* lanes alone, before they are copied */
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    struct tacro_agenda *agenda[TACRO_LANES]; /* that makes the course, or NULL */
    const struct tacro_segment *segment[TACRO_LANES]; /* of the current k, NULL: idle */
    double (*level)[TACRO_LANES];    /* [noutcomes] hazard at which each happens;
                                         INFINITY: not yet known, or it has */
    bool has_level[TACRO_LANES];     /* from the landmark on */
    size_t nwithout;                 /* lanes that have none yet */
    double (*crossing)[TACRO_LANES]; /* [noutcomes] h after the segment's start */
    struct tacro_watch *watch;       /* [noutcomes] */
    struct tacro_moving *moving;     /* NULL: nothing changes inside a segment */
    struct tacro_settling *settling; /* settle.c; NULL likewise */
};

/** The lanes as a solver sees them. */
struct tacro_lanes tacro_block_lanes(struct tacro_block *block);

/**
 * Take every lane into its k-th segment: parameters, span, what enters (entry.c).
 *
 * r       receives the first output, of k = 0
 * Returns false where no lane has such a segment.
 */
bool tacro_block_enter(struct tacro_block *block, size_t k,
                       struct tacro_block_result *r);

/* -- entry.c ----------------------------------------------------------------------- */

/** Bioavailability of a lane's entry. */
double tacro_block_fraction(const struct tacro_block *block, size_t l,
                            const struct tacro_entry *entry);

/** The state that an entry enters. */
int tacro_block_state(const struct tacro_block *block, const struct tacro_entry *entry);

/** The input that runs into a state; ninputs: none does. */
size_t tacro_block_input(const struct tacro_system *system, int state);

/* -- pairs.c ----------------------------------------------------------------------- */

#define TACRO_STRETCH_PAIRS ((size_t)2 * TACRO_STRETCHES)

/** A part of an interval, and what enters in it: of an action, of its other half. */
struct tacro_stretch_pair {
    double length; /**< h */
    double bolus[2];
    double rate[2];
};

/** An action that is halved has its other half behind it. */
static inline size_t tacro_halves(const struct tacro_action *action)
{
    return action->is_halved ? 2 : 1;
}

/**
 * One interval of a steady action and its other half, if any, before its instant.
 *
 * out     [TACRO_STRETCH_PAIRS]; those not needed have length 0
 */
void tacro_block_pairs(const struct tacro_block *block, size_t l,
                       const struct tacro_action *action,
                       struct tacro_stretch_pair *out);

/* -- settle.c: steady states of equations that change inside an interval ----------- */

/** What settling needs, of a system that moves. */
enum tacro_status tacro_settling_create(struct tacro_block *block,
                                        struct tacro_error *err) TACRO_MUST_USE;
void tacro_settling_free(struct tacro_settling *settling);

/** A segment begins: no lane has settled in it. */
void tacro_settling_begin(struct tacro_block *block);

/**
 * Linear states under the next steady regimen of a lane's segment, at its instant, and
 * the doses of it that are still on their way, added to those of the lane. Those of
 * both halves come with the first; the second adds nothing.
 *
 * action  that regimen
 * x       [nstates]
 * Returns false where there is none.
 */
bool tacro_settling_take(struct tacro_block *block, size_t l,
                         const struct tacro_action *action, double *x);

/**
 * The block's own states through one period of the regimens of some lanes, to the
 * instant they stand at.
 *
 * action  [TACRO_LANES], NULL: the lane idles
 */
bool tacro_settling_follow(struct tacro_block *block,
                           const struct tacro_action *const *action);

/* -- outputs.c --------------------------------------------------------------------- */

/** The outputs inside the lanes' segments, and in `last` the one at each end. */
void tacro_block_plan(struct tacro_block *block, struct tacro_block_result *r,
                      struct tacro_curve *curve, size_t last[TACRO_LANES]);

/** What the curve gave, and what stands at the ends of the segments. */
void tacro_block_keep(struct tacro_block *block, const struct tacro_curve *curve,
                      const size_t last[TACRO_LANES], struct tacro_block_result *r);

/** The first output: the state at t = 0, steady or empty, before a dose. */
void tacro_block_keep_start(struct tacro_block *block, struct tacro_block_result *r);

/* -- events.c ---------------------------------------------------------------------- */

/** No outcome has happened yet. */
void tacro_events_begin(struct tacro_block *block, struct tacro_block_result *r);

/** Watch in the curve what has not happened in some lane. */
void tacro_events_watch(struct tacro_block *block, struct tacro_curve *curve);

/** Keep what happened in a segment. */
void tacro_events_keep(struct tacro_block *block, struct tacro_block_result *r);

/**
 * Note the lanes whose states or level are no longer finite, or whose cumulative hazard
 * fell over the segment.
 */
void tacro_events_note_broken(struct tacro_block *block,
                              const struct tacro_lanes *lanes);

/** Whether a state is the cumulative hazard of an outcome. */
bool tacro_events_is_hazard(const struct tacro_block *block, size_t state);

/**
 * Whether a hazard of lane 0 is what is not finite where its segment began, or at tau,
 * where the solver gave up.
 */
bool tacro_events_has_broken_hazard(struct tacro_block *block, double tau);

#endif
