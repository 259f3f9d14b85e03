/**
 * The contract of a part: a small piece of a model that declares its equations.
 *
 * A part is made of four kinds of equation. From the declarations solve/system
 * assembles the right-hand side and the Jacobian for CVODE, solve/linear the matrix of
 * the exact propagator; a part owns no memory, draws no number and knows no dose.
 *
 *   flow      mass moves from a state at a rate constant
 *   filter    dx/dt = k (f(source) - x)
 *   integral  dx/dt = f(source, time)
 *   output    a static map of a signal, not a state
 *
 * and of one kind of input, `forcings`: doses that arrive over time. What parts tell
 * each other are signals: a multiple of a state, or a static map of such a signal.
 *
 * Units are canonical: h, mg, L, L/h, 1/h, ng/mL. Lane arrays hold TACRO_LANES values.
 */
#ifndef TACRO_MODELS_PART_H
#define TACRO_MODELS_PART_H

#include "core/lanemath.h"

#include <stdbool.h>
#include <stddef.h>

/** A part is compiled once per kernel; its name carries which. */
#define TACRO_PASTE2(a, b) a##_##b
#define TACRO_PASTE(a, b) TACRO_PASTE2(a, b)
#define TACRO_KERNEL_NAME(name) TACRO_PASTE(name, TACRO_KERNEL)
#define TACRO_PART(name) const struct tacro_part TACRO_KERNEL_NAME(tacro_part_##name)

enum tacro_role {
    TACRO_ABSORPTION,
    TACRO_DISPOSITION,
    TACRO_BINDING,
    TACRO_EXPOSURE,
    TACRO_EFFECT_SITE,
    TACRO_HAZARD
};

/** In place of an index: no such state or coefficient; as a gain: 1. */
#define TACRO_NONE (-1)

/** What parts tell each other. */
enum tacro_signal {
    TACRO_RATE_IN, /**< mg/h entering the disposition */
    TACRO_CENTRAL, /**< concentration in the fluid of the central compartment, ng/mL */
    TACRO_CONC,    /**< whole-blood concentration, ng/mL: CENTRAL unless a part maps */
    TACRO_EFFECT,  /**< concentration at the effect site, ng/mL */
    TACRO_NSIGNALS
};

struct tacro_state_info {
    const char *name;
    const char *unit;
    double atol; /**< absolute tolerance at rtol 1e-6; scales with rtol */
    const char *doc;
};

struct tacro_param_info {
    const char *name;
    const char *unit;
    const char *doc;
};

/** Where mass goes, or what an equation reads. */
enum tacro_end_kind { TACRO_END_STATE, TACRO_END_SIGNAL, TACRO_END_OUT };

struct tacro_end {
    enum tacro_end_kind kind;
    unsigned index;
};

/* clang-format off */
#define TACRO_OWN(state) {TACRO_END_STATE, (state)}
#define TACRO_SIGNAL(signal) {TACRO_END_SIGNAL, (signal)}
#define TACRO_OUT {TACRO_END_OUT, 0}
/* clang-format on */

/**
 * What a lane function sees. Coefficients are the parameters, then the derived rates.
 */
struct tacro_view {
    const double (*coef)[TACRO_LANES];
    const double *time; /**< h since 00:00 of the day of transplantation */
};

/** y = f(x), and dy = df/dx unless dy is NULL; all [TACRO_LANES]. */
typedef void tacro_lane_function(const struct tacro_view *view,
                                 const double *restrict x, double *restrict y,
                                 double *restrict dy);

struct tacro_flow {
    unsigned from;       /**< own state */
    struct tacro_end to; /**< own state, signal, or out of the body */
    unsigned rate;       /**< coefficient, 1/h */
};

struct tacro_inlet {
    enum tacro_signal signal; /**< mass flow that enters ... */
    unsigned state;           /**< ... this state */
};

struct tacro_filter {
    unsigned state;
    unsigned rate; /**< coefficient k, 1/h */
    struct tacro_end source;
    tacro_lane_function *f; /**< NULL: identity */
};

/** f leaves one constant for another where the source passes a limit. */
struct tacro_threshold {
    unsigned limit; /**< coefficient, in the unit of the source */
    unsigned width; /**< coefficient, likewise: f is constant some 40 of it away */
};

struct tacro_integral {
    unsigned state;
    struct tacro_end source;
    tacro_lane_function *f; /**< NULL: identity */
    const struct tacro_threshold
        *threshold; /**< of an f that a solver could step over */
};

/**
 * Doses into a state arrive over time instead of at once, each at the rate
 *
 *   amount * t^order * exp(scale - rate*t), t h after its entry,
 *
 * whose integral over all t is the amount. Coefficients of a dose are those at its
 * entry, so that what enters adds up to it whatever changes later.
 */
struct tacro_forcing {
    unsigned state; /**< own; takes doses */
    unsigned rate;  /**< coefficient, 1/h */
    unsigned order; /**< coefficient, real, >= 0 */
    unsigned scale; /**< coefficient: (order + 1) log(rate) - log Gamma(order + 1) */
};

/** signal = coefficient * state, or the state itself */
struct tacro_emission {
    enum tacro_signal signal;
    unsigned state;
    int gain; /**< coefficient, or TACRO_NONE: 1 */
};

/**
 * signal = f(source), f static: it does not read the time. The slope of f is needed
 * wherever the signal drives a state.
 */
struct tacro_map {
    enum tacro_signal signal;
    enum tacro_signal source;
    tacro_lane_function *f;
};

struct tacro_output {
    const char *name;
    const char *unit;
    const char *doc;
    struct tacro_end source;
    tacro_lane_function *f;
};

struct tacro_part {
    const char *name;
    const char *family; /**< "erlang_N" of a part erlang_3, or NULL: it has none */
    enum tacro_role role;
    const char *doc; /**< equations, one a line */
    const char *source;
    const struct tacro_state_info *states;
    const struct tacro_param_info *params;
    size_t nstates;
    size_t nparams;
    size_t nrates; /**< derived rates, stored after the parameters */
    /** Fill the derived rates from the parameters, once a segment. NULL: none. */
    void (*rates)(double (*coef)[TACRO_LANES]);
    const struct tacro_flow *flows;
    size_t nflows;
    const struct tacro_inlet *inlets;
    size_t ninlets;
    const struct tacro_forcing *forcings;
    size_t nforcings;
    const struct tacro_filter *filters;
    size_t nfilters;
    const struct tacro_integral *integrals;
    size_t nintegrals;
    const struct tacro_emission *emissions;
    size_t nemissions;
    const struct tacro_map *maps;
    size_t nmaps;
    const struct tacro_output *outputs;
    size_t noutputs;
    int dose_state;   /**< receives doses, or TACRO_NONE */
    int hazard_state; /**< cumulative hazard, or TACRO_NONE */
};

#define TACRO_STATE_ID(name, unit, atol, doc) S_##name,
#define TACRO_STATE_ROW(name, unit, atol, doc) {#name, unit, atol, doc},
#define TACRO_PARAM_ID(name, unit, doc) P_##name,
#define TACRO_PARAM_ROW(name, unit, doc) {#name, unit, doc},

/** S_<state>, P_<param> and their tables, from the X lists STATES and PARAMS. */
#define TACRO_STATE_TABLE(STATES)                                                      \
    enum { STATES(TACRO_STATE_ID) NSTATES };                                           \
    static const struct tacro_state_info states[] = {STATES(TACRO_STATE_ROW)};
#define TACRO_PARAM_TABLE(PARAMS)                                                      \
    enum { PARAMS(TACRO_PARAM_ID) NPARAMS };                                           \
    static const struct tacro_param_info params[] = {PARAMS(TACRO_PARAM_ROW)};

#define TACRO_TABLE(field, table)                                                      \
    .field = (table), .n##field = sizeof(table) / sizeof((table)[0])

#endif
