/** What a block is made of; for block.c and the files that take parts of its work. */
#ifndef TACRO_SOLVE_LANE_STATE_H
#define TACRO_SOLVE_LANE_STATE_H

#include "solve/block.h"
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
