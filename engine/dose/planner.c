#include "dose/planner.h"

#include <math.h>
#include <string.h>

/*
 * Time of dose i of a step that began at `start`; the clock times count from midnight.
 */
static double dose_time(const struct tacro_planner *p, const struct tacro_step *step,
                        double start, size_t i)
{
    const double midnight = -p->clock->start_clock; /* of the day of t = 0 */
    const double day = floor((start - midnight + TACRO_SAME_TIME) / 24.0);
    size_t days;
    double t;
    if (step->every > 0.0) {
        return start + (double)i * step->every;
    }
    days = i / step->nclocks;
    t = midnight + 24.0 * (day + (double)days) + step->clock[i % step->nclocks];
    return fabs(t - start) <= TACRO_SAME_TIME ? start : t;
}

/* The first dose of a step at or after its start: clock times may begin before it. */
static size_t first_dose(const struct tacro_planner *p, const struct tacro_step *step,
                         double start)
{
    size_t i = 0;
    while (dose_time(p, step, start, i) < start - TACRO_SAME_TIME) {
        i++;
    }
    return i;
}

static void enter(struct tacro_planner *p)
{
    const struct tacro_step *step = &p->sequence->step[p->step];
    p->end = fmin(p->start + step->duration, p->horizon);
    p->index = 0;
    p->given = 0;
    if (step->kind == TACRO_STEP_GIVE) {
        p->index = first_dose(p, step, p->start);
    }
}

/* Set `next`, going on to later steps as needed. */
static void find_next(struct tacro_planner *p)
{
    while (p->step < p->sequence->nsteps && p->start < p->horizon - TACRO_SAME_TIME) {
        const struct tacro_step *step = &p->sequence->step[p->step];
        if (step->kind == TACRO_STEP_GIVE) {
            const double t = dose_time(p, step, p->start, p->index);
            if (t < p->end - TACRO_SAME_TIME) {
                p->next = (struct tacro_planned){t, step, p->given == 0};
                return;
            }
        }
        p->start = p->end;
        p->step++;
        if (p->step < p->sequence->nsteps && p->start < p->horizon) {
            enter(p);
        }
    }
    p->next = (struct tacro_planned){INFINITY, NULL, false};
}

void tacro_planner_begin(struct tacro_planner *planner,
                         const struct tacro_sequence *sequence,
                         const struct tacro_clock *clock, double start, double horizon)
{
    memset(planner, 0, sizeof *planner);
    planner->sequence = sequence;
    planner->clock = clock;
    planner->origin = start;
    planner->start = start;
    planner->horizon = horizon;
    if (sequence->nsteps > 0) {
        enter(planner);
    }
    find_next(planner);
}

void tacro_planner_pass(struct tacro_planner *planner)
{
    planner->index++;
    planner->given++;
    find_next(planner);
}

void tacro_planner_seek(struct tacro_planner *planner, double t)
{
    while (planner->next.time < t - TACRO_SAME_TIME) {
        tacro_planner_pass(planner);
    }
}

/* From the first step on: the next dose may be of a step that has not begun at t. */
bool tacro_planner_is_held(const struct tacro_planner *planner, double t)
{
    const struct tacro_sequence *sequence = planner->sequence;
    double end = planner->origin;
    for (size_t i = 0; i < sequence->nsteps; i++) {
        end += sequence->step[i].duration;
        if (t < end - TACRO_SAME_TIME) {
            return sequence->step[i].kind == TACRO_STEP_HOLD;
        }
    }
    return true;
}

static double grid_of(const struct tacro_planner *planner,
                      const struct tacro_step *step, double start, double t)
{
    size_t i = 0;
    if (step->every > 0.0) {
        /* backwards too: while a hold lasts, the grid is that of the doses after it */
        return start + ceil((t - start - TACRO_SAME_TIME) / step->every) * step->every;
    }
    start = fmin(start, t);
    while (dose_time(planner, step, start, i) < t - TACRO_SAME_TIME) {
        i++;
    }
    return dose_time(planner, step, start, i);
}

double tacro_planner_grid(const struct tacro_planner *planner, double t)
{
    const struct tacro_sequence *sequence = planner->sequence;
    double start = planner->origin;
    double next = t;
    bool is_in_use = false;
    for (size_t i = 0; i < sequence->nsteps; i++) {
        const struct tacro_step *step = &sequence->step[i];
        const double end = start + step->duration;
        if (step->kind == TACRO_STEP_GIVE) {
            if (is_in_use) {
                return fmin(next, grid_of(planner, step, start, start));
            }
            next = grid_of(planner, step, start, t);
            if (t < start - TACRO_SAME_TIME) {
                return next;
            }
            is_in_use = t < end - TACRO_SAME_TIME;
        }
        start = end;
    }
    return next;
}
