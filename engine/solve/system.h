/**
 * A chain of parts as one system: states, coefficients, equations, Jacobian pattern.
 *
 * Assembled once from the parts' declarations and constant from then on. Any solver
 * reads the equations from here; the right-hand side and the Jacobian are never written
 * by hand.
 */
#ifndef TACRO_SOLVE_SYSTEM_H
#define TACRO_SOLVE_SYSTEM_H

#include "core/status.h"
#include "models/part.h"

#include <stdint.h>

#define TACRO_MAX_STATES 64
#define TACRO_MAX_COEFS 192
#define TACRO_MAX_PARTS 16
#define TACRO_MAX_EQUATIONS 96
#define TACRO_MAX_MAPS 4
#define TACRO_MAX_ENTRIES 640
#define TACRO_MAX_LU_OPS 4096
#define TACRO_MAX_RHYTHMS 16
#define TACRO_MAX_INPUTS 6 /* ports, and states into which doses run */

/** A part in its place. */
struct tacro_placed_part {
    size_t part;  /**< index in the registry and in every kernel's table */
    size_t set;   /**< params file it belongs to, 0 = PK */
    size_t state; /**< first state */
    size_t coef;  /**< first coefficient */
};

/**
 * What an equation reads: y[state], times coef[gain] unless gain is TACRO_NONE, and map
 * of that unless map is TACRO_NONE.
 */
struct tacro_reading {
    int state;
    int gain;
    int map; /**< index among the system's */
};

/** A static function of a signal, of a part in its place. */
struct tacro_system_map {
    int placed;
    int index; /**< among the part's maps */
};

struct tacro_system_flow {
    int from;
    int to; /**< TACRO_NONE: out of the body */
    int rate;
};

/** Filter (rate >= 0) or integral (rate TACRO_NONE). */
struct tacro_system_equation {
    int state;
    int rate;
    struct tacro_reading source;
    int placed; /**< index of the part */
    int index;  /**< index among the part's filters or integrals */
    bool is_identity;
};

struct tacro_system_output {
    const struct tacro_output *output;
    struct tacro_reading source;
    int placed;
    int index;
};

/**
 * One step of the sparse LU without pivoting on the entries of the Newton matrix.
 * INVERT: a = 1/a; SCALE: a *= b; UPDATE: a -= b*c. Indices into the entries.
 */
enum tacro_lu_kind { TACRO_LU_INVERT, TACRO_LU_SCALE, TACRO_LU_UPDATE };

struct tacro_lu_op {
    enum tacro_lu_kind kind;
    int a;
    int b;
    int c;
};

/** coef = mesor * (1 + amplitude * cos(2 pi (clock - peak) / 24 h)), at any instant */
struct tacro_system_rhythm {
    int coef; /**< a parameter's */
    size_t placed;
    size_t rhythm; /**< index in the params file, of its amplitude in each draw */
    double peak;   /**< h since midnight */
};

/** Doses that arrive over time (models/part.h), in coefficients of the system. */
struct tacro_system_forcing {
    int state;
    int rate;
    int order;
    int scale;
};

/** What enters a state by a flow. */
struct tacro_system_inflow {
    int from;
    int rate;
};

/** The equations once more, gathered by the state whose derivative they make. */
struct tacro_system_row {
    int equation; /**< the only one of the state, or TACRO_NONE: flows */
    int out;      /**< coefficient: total rate out of the state, or TACRO_NONE */
    size_t first; /**< inflows [first, end) */
    size_t end;
};

/** One step of a triangular solve: x[row] -= entry*x[col], or x[row] *= entry. */
struct tacro_solve_op {
    int row;
    int col; /**< TACRO_NONE: scale by the inverted pivot */
    int entry;
};

struct tacro_system {
    size_t nstates;
    size_t ncoefs;
    size_t nparts;
    struct tacro_placed_part part[TACRO_MAX_PARTS];
    const struct tacro_state_info *state[TACRO_MAX_STATES];
    double atol[TACRO_MAX_STATES]; /**< at rtol 1e-6 */
    size_t nflows;
    struct tacro_system_flow flow[TACRO_MAX_EQUATIONS];
    size_t nequations; /**< filters and integrals in declared order */
    struct tacro_system_equation equation[TACRO_MAX_EQUATIONS];
    size_t noutputs;
    struct tacro_system_output output[TACRO_MAX_EQUATIONS];
    struct tacro_reading signal[TACRO_NSIGNALS]; /**< state TACRO_NONE: not emitted */
    size_t nmaps;
    struct tacro_system_map map[TACRO_MAX_MAPS];
    int dose_state;                   /**< TACRO_NONE: no absorption */
    int port_state[TACRO_MAX_INPUTS]; /**< by port (paramset.h): state that its doses
                                           enter, or TACRO_NONE */
    size_t ninputs; /**< states with a constant input: doses that run in */
    int input_state[TACRO_MAX_INPUTS];
    int auc_state;                     /**< of the part auc, or TACRO_NONE */
    int hazard_state[TACRO_MAX_PARTS]; /**< by set: cumulative hazard, or TACRO_NONE */
    size_t nentries;                   /**< of the Newton matrix, with fill */
    int entry[TACRO_MAX_STATES][TACRO_MAX_STATES]; /**< index or TACRO_NONE */
    size_t nlu;
    struct tacro_lu_op lu[TACRO_MAX_LU_OPS];
    size_t nsolve;
    struct tacro_solve_op solve[TACRO_MAX_LU_OPS]; /**< runs of one row each */
    struct tacro_system_row row[TACRO_MAX_STATES];
    struct tacro_system_inflow inflow[TACRO_MAX_EQUATIONS];
    size_t first_total; /**< coefficients from here on are sums of rates */
    size_t nforcings;
    struct tacro_system_forcing forcing[TACRO_MAX_INPUTS];
    size_t nrhythms;
    struct tacro_system_rhythm rhythm[TACRO_MAX_RHYTHMS];
};

/** True if equations change inside a segment: no matrix takes the states to its end. */
static inline bool tacro_system_moves(const struct tacro_system *system)
{
    return system->nforcings > 0 || system->nrhythms > 0;
}

/** The forcing of a state, or TACRO_NONE: its doses enter at once. */
int tacro_system_forcing_of(const struct tacro_system *system, int state);

/**
 * Let a parameter of a flow or filter follow the clock; before any solver is created.
 *
 * rhythm  index among those of the PK file
 * peak    h since midnight
 */
void tacro_system_add_rhythm(struct tacro_system *system, size_t placed, int coef,
                             size_t rhythm, double peak);

/**
 * Assemble a system.
 *
 * part    [nparts] registry indices in chain order; set [nparts] the file of each
 * errors  TACRO_EINPUT: a signal is read before it is written, two parts write one
 *         signal, no part takes doses, or the chain is too long; TACRO_ENOMEM
 *
 * Without an absorption doses enter where the disposition takes up mass. CONC is
 * CENTRAL where no part maps it.
 */
enum tacro_status tacro_system_create(const size_t *part, const size_t *set,
                                      size_t nparts, struct tacro_system **out,
                                      struct tacro_error *err)
    __attribute__((warn_unused_result));
void tacro_system_free(struct tacro_system *system);

/**
 * Let doses run into a state at a constant rate; before any solver is created.
 *
 * Returns the row of the state among the inputs.
 */
size_t tacro_system_infuse(struct tacro_system *system, int state);

#endif
