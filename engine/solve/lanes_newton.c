/* The Newton matrix I - gamma*span*J and its sparse LU, lane by lane. */
#include "solve/lanes.h"

#include <string.h>

#define ROW(y, s) ((y) + (size_t)(s)*TACRO_LANES)

static double *entry(const struct tacro_system *system, double *lu, int row, int col)
{
    return ROW(lu, system->entry[row][col]);
}

static void add_flow(const struct tacro_system *system,
                     const struct tacro_system_flow *flow,
                     const struct tacro_lanes *lanes, const double *restrict step,
                     double *lu)
{
    const double *restrict rate = lanes->coef[flow->rate];
    double *restrict from = entry(system, lu, flow->from, flow->from);
    TACRO_EACH_LANE(l) {
        from[l] += step[l] * rate[l];
    }
    if (flow->to != TACRO_NONE) {
        double *restrict to = entry(system, lu, flow->to, flow->from);
        TACRO_EACH_LANE(l) {
            to[l] -= step[l] * rate[l];
        }
    }
}

/* slope *= that of a reading's map. */
static void multiply_by_map(const struct tacro_system *system,
                            const struct tacro_lanes *lanes,
                            struct tacro_reading reading, const double *y,
                            double *slope)
{
    const int map = reading.map;
    double x[TACRO_LANES];
    double value[TACRO_LANES];
    double own[TACRO_LANES];
    reading.map = TACRO_NONE;
    K(read)(system, lanes, reading, y, x);
    K(map)(system, lanes, map, x, value, own);
    K(product)(1, slope, own, slope);
}

/* Subtract step * d(equation)/d(source) and, of a filter, add step * rate. */
static void add_equation(const struct tacro_system *system,
                         const struct tacro_system_equation *e,
                         const struct tacro_lanes *lanes, const double *time,
                         const double *restrict step, const double *y, double *lu)
{
    const struct tacro_placed_part *place = &system->part[e->placed];
    const struct tacro_part *part = TACRO_KERNEL_NAME(tacro_parts)[place->part];
    const struct tacro_view view = {
        .coef = (const double(*)[TACRO_LANES])(lanes->coef + place->coef),
        .time = time};
    double slope[TACRO_LANES];
    double x[TACRO_LANES];
    double fx[TACRO_LANES];
    double *restrict source = entry(system, lu, e->state, e->source.state);
    TACRO_EACH_LANE(l) {
        slope[l] = 1.0;
    }
    if (!e->is_identity) {
        tacro_lane_function *function = e->rate != TACRO_NONE
                                            ? part->filters[e->index].f
                                            : part->integrals[e->index].f;
        K(read)(system, lanes, e->source, y, x);
        function(&view, x, fx, slope);
    }
    if (e->source.map != TACRO_NONE) {
        multiply_by_map(system, lanes, e->source, y, slope);
    }
    if (e->source.gain != TACRO_NONE) {
        K(product)(1, slope, lanes->coef[e->source.gain], slope);
    }
    if (e->rate != TACRO_NONE) {
        const double *restrict rate = lanes->coef[e->rate];
        double *restrict own = entry(system, lu, e->state, e->state);
        K(product)(1, slope, rate, slope);
        TACRO_EACH_LANE(l) {
            own[l] += step[l] * rate[l];
        }
    }
    TACRO_EACH_LANE(l) {
        source[l] -= step[l] * slope[l];
    }
}

static void factor_entries(const struct tacro_system *system, double *lu)
{
    for (size_t i = 0; i < system->nlu; i++) {
        const struct tacro_lu_op *op = &system->lu[i];
        double *restrict a = ROW(lu, op->a);
        const double *restrict b = ROW(lu, op->b);
        const double *restrict c = ROW(lu, op->c);
        switch (op->kind) {
        case TACRO_LU_INVERT:
            TACRO_EACH_LANE(l) {
                a[l] = 1.0 / a[l];
            }
            break;
        case TACRO_LU_SCALE:
            TACRO_EACH_LANE(l) {
                a[l] *= b[l];
            }
            break;
        case TACRO_LU_UPDATE:
            TACRO_EACH_LANE(l) {
                a[l] -= b[l] * c[l];
            }
            break;
        }
    }
}

void K(factor)(const struct tacro_system *system, const struct tacro_lanes *lanes,
               double tau, double gamma, const double *y, double *lu)
{
    double time[TACRO_LANES];
    double step[TACRO_LANES];
    if (lanes->moving != NULL) {
        K(move)(system, lanes, tau);
    }
    TACRO_EACH_LANE(l) {
        time[l] = lanes->time0[l] + tau * lanes->span[l];
        step[l] = gamma * lanes->span[l];
    }
    memset(lu, 0, system->nentries * TACRO_LANES * sizeof *lu);
    for (size_t s = 0; s < system->nstates; s++) {
        K(fill)(1, 1.0, entry(system, lu, (int)s, (int)s));
    }
    for (size_t i = 0; i < system->nflows; i++) {
        add_flow(system, &system->flow[i], lanes, step, lu);
    }
    for (size_t i = 0; i < system->nequations; i++) {
        add_equation(system, &system->equation[i], lanes, time, step, y, lu);
    }
    factor_entries(system, lu);
}

void K(solve)(const struct tacro_system *system, const double *lu, const double *b,
              double *x)
{
    const struct tacro_solve_op *op = system->solve;
    const struct tacro_solve_op *const end = op + system->nsolve;
    if (x != b) {
        memcpy(x, b, system->nstates * TACRO_LANES * sizeof *x);
    }
    while (op < end) {
        const int row = op->row;
        double value[TACRO_LANES]; /* of the row, in registers */
        memcpy(value, ROW(x, row), sizeof value);
        for (; op < end && op->row == row; op++) {
            const double *restrict a = ROW(lu, op->entry);
            if (op->col == TACRO_NONE) {
                TACRO_EACH_LANE(l) {
                    value[l] *= a[l];
                }
            } else {
                const double *restrict col = ROW(x, op->col);
                TACRO_EACH_LANE(l) {
                    value[l] -= a[l] * col[l];
                }
            }
        }
        memcpy(ROW(x, row), value, sizeof value);
    }
}
