/** Steps of a plan as the scenario writes them, one after another. */
#ifndef TACRO_INPUT_STEPS_H
#define TACRO_INPUT_STEPS_H

#include "input/schema.h"

enum tacro_step_kind { TACRO_STEP_GIVE, TACRO_STEP_HOLD };

#define TACRO_MAX_CLOCKS 24

/** One step, window [start, end). A taper has been expanded to `give` steps. */
struct tacro_step {
    enum tacro_step_kind kind;
    double amount;   /**< mg per dose; mg/kg per dose if is_per_kg */
    bool is_per_kg;  /**< times the weight at the dose, then rounded to `round` */
    double round;    /**< mg, unit of a weight-based dose; 0: not rounded */
    double loading;  /**< mg or mg/kg, in place of the step's first dose; 0: none */
    double duration; /**< h; INFINITY: to the horizon */
    double every;    /**< h; 0 when clock times are given */
    size_t nclocks;
    double clock[TACRO_MAX_CLOCKS]; /**< h since midnight, ascending */
    size_t port;                    /**< paramset.h: oral, IV or a formulation */
    double over;                    /**< h that a dose runs in; 0: at once */
    double missed;                  /**< probability that a dose is not taken */
    double late_sd; /**< h, of the half-normal delay of a dose; 0: none */
    bool is_from_taper;
    size_t line;
    size_t column;
};

/** Steps one after another; a regimen's own, or those a rule switches to. */
struct tacro_sequence {
    size_t nsteps;
    struct tacro_step *step; /**< owned */
};

struct tacro_protocol_frame;

/**
 * Read a list of steps (params/scenario/README.md).
 *
 * A linear taper has one dose each `every`, ceil(over / every) in all, on a straight
 * line from `from` (the first) to `to` (the last), each rounded to `round` (default
 * 0.5 mg); it lasts `over`, and equal doses in a row are one step. A listed taper is
 * one step of `each` per dose. `0.075 mg/kg/day in 2` is 0.0375 mg/kg every 12 h.
 *
 * frame   protocol.h; what the steps may refer to
 * start   h from start; NaN: the steps of a rule, which start when it switches
 * out     freed with tacro_sequence_free; empty after a fault
 *
 * Faults: no step; both or neither of `every` and `at`; give <= 0 mg or > 30 mg, or
 * > 0.5 mg/kg; neither `for` nor `until` in a step that is not the last (what follows
 * could never start); `until` not after the step's start, or in a rule; a start at or
 * after the horizon; IV without `over`, faster than 1 mg/h or longer than the interval;
 * a formulation that the PK file lacks; a dose by
 * weight of patients without one; a taper that goes up, or whose rounded doses are 0.
 * Warnings: a dose outside the calibrated range; a last `give` that ends before the
 * horizon.
 */
bool tacro_sequence_read(struct tacro_reader *reader, const struct tacro_node *list,
                         const struct tacro_protocol_frame *frame, double start,
                         struct tacro_sequence *out);
void tacro_sequence_free(struct tacro_sequence *sequence);

/** h, of all steps together; INFINITY: to the horizon. */
double tacro_sequence_length(const struct tacro_sequence *sequence);

/** True if a dose of the steps goes by the patient's weight. */
bool tacro_sequence_is_per_kg(const struct tacro_sequence *sequence);

/**
 * Read {give, every, round, formulation, steady_state: true}, what was given before the
 * start.
 *
 * out     a `give` of unlimited duration; unchanged after a fault
 */
bool tacro_step_before_read(struct tacro_reader *reader, const struct tacro_node *node,
                            const struct tacro_protocol_frame *frame,
                            struct tacro_step *out);

#endif
