/* Coefficients that follow the clock, and the input of doses that arrive over time. */
#include "solve/lanes.h"
#include "solve/moving.h"

#include <math.h>
#include <string.h>

#define DAY 24.0                 /* h */
#define TURN 6.28318530717958648 /* 2 pi */
#define LEAST_TIME 1e-300        /* in place of 0 h, whose logarithm is not finite */

/* mesor * (1 + amplitude * cos) of a day that begins at midnight. */
static void follow_clock(double peak, const double *restrict time,
                         const double *restrict mesor, const double *restrict amplitude,
                         double *restrict coef)
{
    double angle[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        const double days = (time[l] - peak) / DAY;
        angle[l] = TURN * (days - floor(days));
    }
    tacro_lanes_cos(angle, angle);
    TACRO_EACH_LANE(l) {
        coef[l] = mesor[l] * (1.0 + amplitude[l] * angle[l]);
    }
}

static void follow_clocks(const struct tacro_system *system,
                          const struct tacro_lanes *lanes, const double *time)
{
    for (size_t i = 0; i < system->nrhythms; i++) {
        const struct tacro_system_rhythm *r = &system->rhythm[i];
        follow_clock(r->peak, time, lanes->moving->mesor[i],
                     lanes->moving->amplitude[i], lanes->coef[r->coef]);
    }
    for (size_t i = 0; i < system->nrhythms; i++) {
        const size_t placed = system->rhythm[i].placed;
        if (i == 0 || system->rhythm[i - 1].placed != placed) {
            K(part_rates)(system, placed, lanes->coef);
        }
    }
    if (system->nrhythms > 0) {
        K(total_rates)(system, lanes->coef);
    }
}

/* What all doses of a list bring in at a time of each lane. */
static void sum_coming(const struct tacro_coming *coming, const double *restrict time,
                       double *restrict sum)
{
    double total[TACRO_LANES] = {0};
    for (size_t i = 0; i < coming->n; i++) {
        const double *restrict entry = coming->entry[i];
        const double *restrict rate = coming->rate[i];
        const double *restrict order = coming->order[i];
        const double *restrict scale = coming->scale[i];
        const double *restrict amount = coming->amount[i];
        double t[TACRO_LANES];
        double y[TACRO_LANES];
        TACRO_EACH_LANE(l) {
            const double since = time[l] - entry[l];
            t[l] = since > LEAST_TIME ? since : LEAST_TIME;
        }
        tacro_lanes_log(t, y);
        TACRO_EACH_LANE(l) {
            y[l] = order[l] * y[l] + (scale[l] - rate[l] * t[l]);
        }
        tacro_lanes_exp(y, y);
        TACRO_EACH_LANE(l) {
            total[l] += amount[l] * y[l];
        }
    }
    memcpy(sum, total, sizeof total);
}

void K(move)(const struct tacro_system *system, const struct tacro_lanes *lanes,
             double tau)
{
    struct tacro_moving *moving = lanes->moving;
    double time[TACRO_LANES];
    if (moving->tau == tau) {
        return;
    }
    TACRO_EACH_LANE(l) {
        time[l] = lanes->time0[l] + tau * lanes->span[l];
    }
    follow_clocks(system, lanes, time);
    for (size_t i = 0; i < system->nforcings; i++) {
        sum_coming(&moving->coming[i], time, moving->forced[i]);
    }
    moving->tau = tau;
}
