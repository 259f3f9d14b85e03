/**
 * How a block advances through a segment; two files implement it: cvode and exact.
 *
 * Both read the equations from one tacro_system and keep one tolerance, so that either
 * can check the other. `cvode` integrates all states of 64 lanes as one stiff problem.
 * `exact` takes a segment apart: states that are linear (linear.h) go to its end by a
 * matrix exponential (propagator.h), concentrations on the way are rows of such
 * matrices (curve.h), and nonlinear filters and integrals are integrated panel by panel
 * with the linear states as input (collocation.h).
 */
#ifndef TACRO_SOLVE_SOLVER_H
#define TACRO_SOLVE_SOLVER_H

#include "solve/kernels.h"

/** When an integral first reaches a level inside a segment, lane by lane. */
struct tacro_watch {
    int state;           /**< a cumulative hazard: it never falls */
    const double *level; /**< [TACRO_LANES] */
    double *offset;      /**< [TACRO_LANES] receives h after the segment's start;
                              INFINITY: not in this segment */
};

/**
 * Concentrations wanted inside a segment, not at its end; lane by lane.
 *
 * shared  [n] h after the segment's start, ascending, of lanes that have them in
 *         common; NULL: each lane has its own
 * offset  [n] rows of the same; from a lane's count on its span; NULL with `shared`
 */
struct tacro_curve {
    size_t n;                  /**< most of any lane */
    size_t count[TACRO_LANES]; /**< of each lane, <= n */
    const double *shared;
    const double (*offset)[TACRO_LANES];
    double (*value)[TACRO_LANES]; /**< [n] receives ng/mL */
    size_t nwatches;
    const struct tacro_watch *watch;
};

/** Nothing watched has been reached yet; every solver begins a segment with it. */
void tacro_curve_begin(const struct tacro_curve *curve);

/**
 * Whether some lane has reached its level that had not in this segment; y [nstates]
 * rows at a step's end.
 */
bool tacro_watch_is_due(const struct tacro_watch *watch, const double *y);

/**
 * Keep what a step brought.
 *
 * y           [nstates] rows at the step's end
 * at          [TACRO_LANES] where its polynomial reaches the level, INFINITY: nowhere
 * otherwise   where a level counts as reached that the state has reached, but not the
 *             polynomial
 * tau, width  the level was reached at tau + at * width of the segment
 * span        [TACRO_LANES] h
 */
void tacro_watch_keep(const struct tacro_watch *watch, const double *y,
                      const double *at, double otherwise, double tau, double width,
                      const double *span);

struct tacro_solver_counts {
    int64_t steps;
    int64_t rhs_calls; /**< evaluations of the equations */
};

struct tacro_method;

/** What every solver begins with. One per thread, reused for every block. */
struct tacro_solver {
    const struct tacro_method *method;
    double *state; /**< [nstates][TACRO_LANES]; changed between segments only */
    struct tacro_solver_counts counts; /**< since they were last set to zero */
};

struct tacro_method {
    const char *name;
    /** True if it can integrate the system. */
    bool (*accepts)(const struct tacro_system *system);
    /**
     * Create a solver for blocks of one system.
     *
     * rtol    relative tolerance per lane; absolute ones are the states', times
     *         rtol / 1e-6
     */
    enum tacro_status (*create)(const struct tacro_system *system,
                                const struct tacro_kernels *kernels, double rtol,
                                struct tacro_solver **out, struct tacro_error *err);
    void (*free)(struct tacro_solver *solver);
    /** A new block: forget the last one, which must not change this one's bits. */
    void (*begin)(struct tacro_solver *solver);
    /**
     * Take the state from tau = 0 to tau = 1 of a segment.
     *
     * tau     receives how far it came
     * errors  TACRO_ESOLVER: the tolerance cannot be met
     */
    enum tacro_status (*advance)(struct tacro_solver *solver,
                                 const struct tacro_lanes *lanes,
                                 const struct tacro_curve *curve, double *tau,
                                 struct tacro_error *err);
};

extern const struct tacro_method tacro_method_cvode;
extern const struct tacro_method tacro_method_exact;

/**
 * A method by name: "cvode", "exact", "auto" or NULL for the exact one where it can.
 *
 * errors  TACRO_EUSAGE: no such method, or it cannot integrate the system
 */
enum tacro_status tacro_method_choose(const char *name,
                                      const struct tacro_system *system,
                                      const struct tacro_method **out,
                                      struct tacro_error *err) TACRO_MUST_USE;

#endif
