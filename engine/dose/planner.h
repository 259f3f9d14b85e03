/** The next dose of steps that follow one another. */
#ifndef TACRO_DOSE_PLANNER_H
#define TACRO_DOSE_PLANNER_H

#include "dose/clock.h"
#include "input/steps.h"

/** A dose as planned: at its nominal time, before anything of a patient's own. */
struct tacro_planned {
    double time;                   /**< h from start; INFINITY: no more doses */
    const struct tacro_step *step; /**< NULL with them */
    bool is_first; /**< of its step: the loading dose, if there is one */
};

/** Where a sequence stands; a plain value. */
struct tacro_planner {
    const struct tacro_sequence *sequence;
    const struct tacro_clock *clock;
    double horizon;
    double origin; /**< h from start, of the first step */
    size_t step;   /**< index of the next dose's step */
    double start;  /**< h from start, of that step */
    double end;
    size_t index; /**< of the next dose in the step */
    size_t given; /**< doses of the step that have been passed */
    struct tacro_planned next;
};

/** Begin the sequence at `start`; its doses end before the horizon. */
void tacro_planner_begin(struct tacro_planner *planner,
                         const struct tacro_sequence *sequence,
                         const struct tacro_clock *clock, double start, double horizon);

/** Pass the next dose. */
void tacro_planner_pass(struct tacro_planner *planner);

/** Pass all doses before t. */
void tacro_planner_seek(struct tacro_planner *planner, double t);

/** True if a `hold` is in use at t, or no step is left. */
bool tacro_planner_is_held(const struct tacro_planner *planner, double t);

/**
 * First instant at or after t on the clock grid of the `give` in use at t, but not
 * after the first dose of the next one; of the `give` next to come, or else of the last
 * one, where none is in use; t itself without any.
 */
double tacro_planner_grid(const struct tacro_planner *planner, double t);

#endif
