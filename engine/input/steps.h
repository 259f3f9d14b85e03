/** A regimen as the scenario writes it: steps one after another. */
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

/** A regimen: its steps, its rules, or events from a table in place of both. */
struct tacro_regimen {
    char *label; /**< owned */
    struct tacro_sequence plan;
    size_t line;
    size_t column;
};

/**
 * Read one regimen {steps: [...]}.
 *
 * A taper has one dose each `every`, ceil(over / every) in all, on a straight line from
 * `from` (the first) to `to` (the last), each rounded to `round` (default 0.5 mg). It
 * lasts `over`; then the next step follows. Equal doses in a row are one step.
 *
 * horizon  h from start; NaN if not known
 * out      freed with tacro_regimen_free; empty after a fault
 *
 * Faults: no step; both or neither of `every` and `at`; give <= 0 mg or > 30 mg; `for`
 * missing in a step that is not the last (what follows could never start); steps that
 * start at or after the horizon; a taper that does not go down, or whose rounded doses
 * are 0.
 * Warnings: a dose that is no sum of capsules; two doses closer than half of the
 * interval where steps join; a last `give` that ends before the horizon.
 */
bool tacro_regimen_read(struct tacro_reader *reader, const struct tacro_node *node,
                        double horizon, struct tacro_regimen *out);
void tacro_regimen_free(struct tacro_regimen *regimen);

#endif
