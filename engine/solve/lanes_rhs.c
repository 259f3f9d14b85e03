/* Right-hand side and readings, assembled from the parts' declarations. */
#include "solve/lanes.h"
#include "solve/moving.h"

#include <string.h>

#define ROW(y, s) ((y) + (size_t)(s)*TACRO_LANES)

void K(part_rates)(const struct tacro_system *system, size_t part,
                   double (*coef)[TACRO_LANES])
{
    const struct tacro_placed_part *place = &system->part[part];
    const struct tacro_part *p = TACRO_KERNEL_NAME(tacro_parts)[place->part];
    if (p->rates != NULL) {
        p->rates(coef + place->coef);
    }
}

/* Total rate out of a state. */
static void sum_rates(const struct tacro_system *system, int state,
                      double (*coef)[TACRO_LANES], double *restrict total)
{
    memset(total, 0, TACRO_LANES * sizeof *total);
    for (size_t i = 0; i < system->nflows; i++) {
        if (system->flow[i].from == state) {
            const double *restrict rate = coef[system->flow[i].rate];
            TACRO_EACH_LANE(l) {
                total[l] += rate[l];
            }
        }
    }
}

void K(rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES])
{
    for (size_t i = 0; i < system->nparts; i++) {
        K(part_rates)(system, i, coef);
    }
    K(total_rates)(system, coef);
}

void K(total_rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES])
{
    for (size_t s = 0; s < system->nstates; s++) {
        const int out = system->row[s].out;
        if (out >= (int)system->first_total) {
            sum_rates(system, (int)s, coef, coef[out]);
        }
    }
}

void K(map)(const struct tacro_system *system, const struct tacro_lanes *lanes, int map,
            const double *restrict x, double *restrict y, double *restrict slope)
{
    const struct tacro_system_map *m = &system->map[map];
    const struct tacro_placed_part *place = &system->part[m->placed];
    const struct tacro_part *part = TACRO_KERNEL_NAME(tacro_parts)[place->part];
    const struct tacro_view view = {
        .coef = (const double(*)[TACRO_LANES])(lanes->coef + place->coef),
        .time = lanes->time0};
    part->maps[m->index].f(&view, x, y, slope);
}

void K(read_row)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 struct tacro_reading reading, const double *restrict row,
                 double *restrict value)
{
    double x[TACRO_LANES];
    double *restrict scaled = reading.map == TACRO_NONE ? value : x;
    if (reading.gain == TACRO_NONE) {
        memcpy(scaled, row, TACRO_LANES * sizeof *value);
    } else {
        const double *restrict gain = lanes->coef[reading.gain];
        TACRO_EACH_LANE(l) {
            scaled[l] = gain[l] * row[l];
        }
    }
    if (reading.map != TACRO_NONE) {
        K(map)(system, lanes, reading.map, x, value, NULL);
    }
}

void K(read)(const struct tacro_system *system, const struct tacro_lanes *lanes,
             struct tacro_reading reading, const double *y, double *value)
{
    K(read_row)(system, lanes, reading, ROW(y, reading.state), value);
}

void K(output)(const struct tacro_system *system, const struct tacro_lanes *lanes,
               size_t output, const double *signal, double *value)
{
    const struct tacro_system_output *o = &system->output[output];
    const struct tacro_placed_part *place = &system->part[o->placed];
    const struct tacro_part *part = TACRO_KERNEL_NAME(tacro_parts)[place->part];
    const struct tacro_view view = {
        .coef = (const double(*)[TACRO_LANES])(lanes->coef + place->coef),
        .time = lanes->time0};
    part->outputs[o->index].f(&view, signal, value, NULL);
}

static void flow_row(const struct tacro_system *system,
                     const struct tacro_system_row *row,
                     const struct tacro_lanes *lanes, const double *restrict y,
                     const double *restrict own, double *restrict dy)
{
    double sum[TACRO_LANES] = {0}; /* in registers */
    if (row->out != TACRO_NONE) {
        const double *restrict rate = lanes->coef[row->out];
        TACRO_EACH_LANE(l) {
            sum[l] = -(rate[l] * own[l]);
        }
    }
    for (size_t i = row->first; i < row->end; i++) {
        const double *restrict rate = lanes->coef[system->inflow[i].rate];
        const double *restrict from = ROW(y, system->inflow[i].from);
        TACRO_EACH_LANE(l) {
            sum[l] += rate[l] * from[l];
        }
    }
    memcpy(dy, sum, sizeof sum);
}

static void equation_row(const struct tacro_system *system,
                         const struct tacro_system_equation *e,
                         const struct tacro_lanes *lanes, const double *time,
                         const double *restrict y, double *restrict dy)
{
    const struct tacro_placed_part *place = &system->part[e->placed];
    const struct tacro_part *part = TACRO_KERNEL_NAME(tacro_parts)[place->part];
    const struct tacro_view view = {
        .coef = (const double(*)[TACRO_LANES])(lanes->coef + place->coef),
        .time = time};
    double x[TACRO_LANES];
    K(read)(system, lanes, e->source, y, e->is_identity ? dy : x);
    if (!e->is_identity) {
        tacro_lane_function *function = e->rate != TACRO_NONE
                                            ? part->filters[e->index].f
                                            : part->integrals[e->index].f;
        function(&view, x, dy, NULL);
    }
    if (e->rate != TACRO_NONE) {
        const double *restrict rate = lanes->coef[e->rate];
        const double *restrict state = ROW(y, e->state);
        TACRO_EACH_LANE(l) {
            dy[l] = rate[l] * (dy[l] - state[l]);
        }
    }
}

/* dy/dt of one state, per hour: not yet times span. */
static void slope_row(const struct tacro_system *system, size_t s,
                      const struct tacro_lanes *lanes, const double *time,
                      const double *y, double *dy)
{
    const struct tacro_system_row *row = &system->row[s];
    if (row->equation == TACRO_NONE) {
        flow_row(system, row, lanes, y, ROW(y, s), dy);
    } else {
        equation_row(system, &system->equation[row->equation], lanes, time, y, dy);
    }
    for (size_t i = 0; lanes->moving != NULL && i < system->nforcings; i++) {
        const double *restrict forced = lanes->moving->forced[i];
        if (system->forcing[i].state == (int)s) {
            TACRO_EACH_LANE(l) {
                dy[l] += forced[l];
            }
        }
    }
    for (size_t i = 0; lanes->input != NULL && i < system->ninputs; i++) {
        const double *restrict input = lanes->input[i];
        if (system->input_state[i] == (int)s) {
            TACRO_EACH_LANE(l) {
                dy[l] += input[l];
            }
        }
    }
}

void K(rhs)(const struct tacro_system *system, const struct tacro_lanes *lanes,
            double tau, const double *y, double *dy)
{
    const double *restrict span = lanes->span;
    double time[TACRO_LANES];
    if (lanes->moving != NULL) {
        K(move)(system, lanes, tau);
    }
    TACRO_EACH_LANE(l) {
        time[l] = lanes->time0[l] + tau * span[l];
    }
    for (size_t s = 0; s < system->nstates; s++) {
        double *restrict row = ROW(dy, s);
        slope_row(system, s, lanes, time, y, row);
        TACRO_EACH_LANE(l) {
            row[l] *= span[l];
        }
    }
}

void K(residual)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 double tau, double gamma, double rl1, const double *y,
                 const double *slope, const double *total, double *left)
{
    const double *restrict span = lanes->span;
    double time[TACRO_LANES];
    double step[TACRO_LANES];
    if (lanes->moving != NULL) {
        K(move)(system, lanes, tau);
    }
    TACRO_EACH_LANE(l) {
        time[l] = lanes->time0[l] + tau * span[l];
        step[l] = gamma * span[l];
    }
    for (size_t s = 0; s < system->nstates; s++) {
        const double *restrict old = ROW(slope, s);
        double *restrict row = ROW(left, s);
        slope_row(system, s, lanes, time, y, row);
        TACRO_EACH_LANE(l) {
            row[l] = step[l] * row[l] - rl1 * old[l];
        }
        if (total != NULL) {
            const double *restrict sum = ROW(total, s);
            TACRO_EACH_LANE(l) {
                row[l] -= sum[l];
            }
        }
    }
}
