/* Right-hand side and readings, assembled from the parts' declarations. */
#include "solve/lanes.h"

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

void K(rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES])
{
    for (size_t i = 0; i < system->nparts; i++) {
        K(part_rates)(system, i, coef);
    }
}

void K(read)(const struct tacro_lanes *lanes, struct tacro_reading reading,
             const double *y, double *value)
{
    const double *restrict row = ROW(y, reading.state);
    if (reading.gain == TACRO_NONE) {
        memcpy(value, row, TACRO_LANES * sizeof *value);
    } else {
        const double *restrict gain = lanes->coef[reading.gain];
        TACRO_EACH_LANE(l) {
            value[l] = gain[l] * row[l];
        }
    }
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

static void add_flow(const struct tacro_system_flow *flow,
                     const struct tacro_lanes *lanes, const double *restrict y,
                     double *restrict dy)
{
    const double *restrict rate = lanes->coef[flow->rate];
    const double *restrict from = ROW(y, flow->from);
    double *restrict out = ROW(dy, flow->from);
    if (flow->to == TACRO_NONE) {
        TACRO_EACH_LANE(l) {
            out[l] -= rate[l] * from[l];
        }
    } else {
        double *restrict in = ROW(dy, flow->to);
        TACRO_EACH_LANE(l) {
            const double moved = rate[l] * from[l];
            out[l] -= moved;
            in[l] += moved;
        }
    }
}

static void set_equation(const struct tacro_system *system,
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
    double fx[TACRO_LANES];
    const double *f = x;
    double *restrict out = ROW(dy, e->state);
    K(read)(lanes, e->source, y, x);
    if (!e->is_identity) {
        tacro_lane_function *function = e->rate != TACRO_NONE
                                            ? part->filters[e->index].f
                                            : part->integrals[e->index].f;
        function(&view, x, fx, NULL);
        f = fx;
    }
    if (e->rate != TACRO_NONE) {
        const double *restrict rate = lanes->coef[e->rate];
        const double *restrict state = ROW(y, e->state);
        TACRO_EACH_LANE(l) {
            out[l] = rate[l] * (f[l] - state[l]);
        }
    } else {
        memcpy(out, f, sizeof x);
    }
}

/* dy = f(tau, y), per hour: not yet times span. */
static void rhs_per_hour(const struct tacro_system *system,
                         const struct tacro_lanes *lanes, double tau, const double *y,
                         double *dy)
{
    const double *restrict span = lanes->span;
    double time[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        time[l] = lanes->time0[l] + tau * span[l];
    }
    memset(dy, 0, system->nstates * TACRO_LANES * sizeof *dy);
    for (size_t i = 0; i < system->nflows; i++) {
        add_flow(&system->flow[i], lanes, y, dy);
    }
    if (lanes->input != NULL) {
        double *restrict row = ROW(dy, system->dose_state);
        TACRO_EACH_LANE(l) {
            row[l] += lanes->input[l];
        }
    }
    for (size_t i = 0; i < system->nequations; i++) {
        set_equation(system, &system->equation[i], lanes, time, y, dy);
    }
}

void K(rhs)(const struct tacro_system *system, const struct tacro_lanes *lanes,
            double tau, const double *y, double *dy)
{
    const double *restrict span = lanes->span;
    rhs_per_hour(system, lanes, tau, y, dy);
    for (size_t s = 0; s < system->nstates; s++) {
        double *restrict row = ROW(dy, s);
        TACRO_EACH_LANE(l) {
            row[l] *= span[l];
        }
    }
}

void K(residual)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 double tau, double gamma, double rl1, const double *y,
                 const double *slope, const double *total, double *left)
{
    double step[TACRO_LANES];
    rhs_per_hour(system, lanes, tau, y, left);
    TACRO_EACH_LANE(l) {
        step[l] = gamma * lanes->span[l];
    }
    for (size_t s = 0; s < system->nstates; s++) {
        const double *restrict old = ROW(slope, s);
        double *restrict row = ROW(left, s);
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
