#include "solve/collocation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The middle node comes from the propagator of the whole panel's half. */
#define MIDDLE (TACRO_NODES / 2)

/* Errors of panels add up along a course. */
#define SAFETY 0.1

const double tacro_gauss_node[TACRO_NODES] = {
    0.04691007703066800360, 0.23076534494715845448, 0.5, 0.76923465505284154552,
    0.95308992296933199640};
const double tacro_gauss_weight[TACRO_NODES] = {
    0.11846344252809454376, 0.23931433524968323402, 0.28444444444444444444,
    0.23931433524968323402, 0.11846344252809454376};

#define LOWEST_LEVEL (-48)
#define NLEVELS 64

/* Rows of a filter's weights: those of its points, what its error is scaled by. */
enum { W_SCALE = TACRO_POINTS * TACRO_POINTS, W_STIFFNESS, W_END };

/*
 * A step is seen where its source moves by so many widths from node to node; between
 * two nodes the source may go so many times as far as they or their neighbours differ.
 */
#define STEP_WIDTHS 4.0
#define STEP_REACH 1.0

/* From this many time constants a panel on, a filter counts as stiff. */
#define STIFF 10.0

/* Weights of a filter for panels of each level, kept while rate and unit stay. */
struct weights {
    bool is_there[NLEVELS];
    double rate[TACRO_LANES];
    double *row; /* [NLEVELS][W_END][TACRO_LANES] */
};

struct equation {
    const struct tacro_system_equation *declared;
    tacro_lane_function *function;      /* NULL: identity */
    size_t coef;                        /* first coefficient of the part */
    const struct tacro_threshold *step; /* NULL: none that a panel could miss */
    bool is_read;                       /* by a later equation */
    struct weights *weights;            /* of a filter, else NULL */
    double (*f)[TACRO_LANES];           /* [TACRO_POINTS] x(0), then f at the nodes */
};

struct tacro_collocation {
    const struct tacro_linear *linear;
    const struct tacro_kernels *kernels;
    double rtol;
    const double *atol;
    struct tacro_propagator *node[TACRO_NODES]; /* NULL: the middle */
    struct tacro_products reads;                /* linear states that are read */
    int read_state[TACRO_MAX_STATES];           /* [reads.n] */
    struct tacro_products stages;               /* weights times x(0), f */
    size_t nequations;
    struct equation equation[TACRO_MAX_EQUATIONS];
    double unit[TACRO_LANES] __attribute__((aligned(64)));
    double (*value)[TACRO_NODES][TACRO_LANES]; /* [nstates] at the nodes */
    double (*gathered)[TACRO_LANES];           /* [reads.n] at one node */
};

static struct weights *create_weights(void)
{
    struct weights *w = calloc(1, sizeof *w);
    if (w != NULL) {
        /* levels that are never used are never touched, and take no memory */
        w->row = tacro_lanes_alloc((size_t)NLEVELS * W_END);
    }
    if (w != NULL && w->row == NULL) {
        free(w);
        return NULL;
    }
    return w;
}

static bool add_equation(struct tacro_collocation *c,
                         const struct tacro_system_equation *declared)
{
    const struct tacro_placed_part *place = &c->linear->system->part[declared->placed];
    const struct tacro_part *part = c->kernels->parts[place->part];
    const bool is_filter = declared->rate != TACRO_NONE;
    struct equation *e = &c->equation[c->nequations++];
    *e = (struct equation){.declared = declared, .coef = place->coef};
    if (!declared->is_identity) {
        e->function = is_filter ? part->filters[declared->index].f
                                : part->integrals[declared->index].f;
        e->step = is_filter ? NULL : part->integrals[declared->index].threshold;
    }
    for (size_t i = 0; i + 1 < c->nequations; i++) {
        struct equation *earlier = &c->equation[i];
        earlier->is_read =
            earlier->is_read || earlier->declared->state == declared->source.state;
    }
    e->weights = is_filter ? create_weights() : NULL;
    e->f = (double(*)[TACRO_LANES])tacro_lanes_alloc(TACRO_POINTS);
    return e->f != NULL && (!is_filter || e->weights != NULL);
}

static bool add_equations(struct tacro_collocation *c)
{
    const struct tacro_system *system = c->linear->system;
    for (size_t i = 0; i < system->nequations; i++) {
        if (c->linear->index[system->equation[i].state] == TACRO_NONE &&
            !add_equation(c, &system->equation[i])) {
            return false;
        }
    }
    return true;
}

static bool plan_reads(struct tacro_collocation *c)
{
    const struct tacro_linear *linear = c->linear;
    bool is_read[TACRO_MAX_STATES] = {false};
    if (!tacro_products_create(&c->reads, linear->n, linear->nentries)) {
        return false;
    }
    for (size_t i = 0; i < c->nequations; i++) {
        const int s = c->equation[i].declared->source.state;
        if (linear->index[s] == TACRO_NONE || is_read[s]) {
            continue;
        }
        is_read[s] = true;
        c->read_state[c->reads.n] = s;
        tacro_products_target(&c->reads, (int)c->reads.n);
        for (size_t j = 0; j < linear->n; j++) {
            const int entry = linear->entry[linear->index[s]][j];
            if (entry != TACRO_NONE) {
                tacro_products_pair(&c->reads, entry, (int)j);
            }
        }
    }
    return true;
}

static bool plan_stages(struct tacro_collocation *c)
{
    const int n = TACRO_POINTS;
    if (!tacro_products_create(&c->stages, TACRO_POINTS, W_SCALE)) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        tacro_products_target(&c->stages, i);
        for (int j = 0; j < n; j++) {
            tacro_products_pair(&c->stages, i * n + j, j);
        }
    }
    return true;
}

enum tacro_status tacro_collocation_create(const struct tacro_linear *linear,
                                           const struct tacro_generator *generator,
                                           const struct tacro_kernels *kernels,
                                           double rtol, const double *atol,
                                           struct tacro_collocation **out,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_collocation *c = aligned_alloc(64, (sizeof *c + 63) / 64 * 64);
    *out = NULL;
    if (c == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "collocation");
    }
    memset(c, 0, sizeof *c);
    c->linear = linear;
    c->kernels = kernels;
    c->rtol = rtol;
    c->atol = atol;
    c->value = (double(*)[TACRO_NODES][TACRO_LANES])tacro_lanes_alloc(
        linear->system->nstates * TACRO_NODES);
    c->gathered = (double(*)[TACRO_LANES])tacro_lanes_alloc(linear->system->nstates);
    if (c->value == NULL || c->gathered == NULL || !add_equations(c) ||
        !plan_reads(c) || !plan_stages(c)) {
        st = tacro_fail(err, TACRO_ENOMEM, "collocation");
        goto done;
    }
    for (size_t i = 0; c->nequations > 0 && i < TACRO_NODES; i++) {
        if (i != MIDDLE) {
            TACRO_TRY(tacro_propagator_create(generator, &c->node[i], err));
        }
    }
    *out = c;
    c = NULL;
done:
    tacro_collocation_free(c);
    return st;
}

void tacro_collocation_free(struct tacro_collocation *collocation)
{
    if (collocation == NULL) {
        return;
    }
    for (size_t i = 0; i < collocation->nequations; i++) {
        free(collocation->equation[i].f);
        if (collocation->equation[i].weights != NULL) {
            free(collocation->equation[i].weights->row);
            free(collocation->equation[i].weights);
        }
    }
    for (size_t i = 0; i < TACRO_NODES; i++) {
        tacro_propagator_free(collocation->node[i]);
    }
    tacro_products_free(&collocation->reads);
    tacro_products_free(&collocation->stages);
    free(collocation->value);
    free(collocation->gathered);
    free(collocation);
}

bool tacro_collocation_is_needed(const struct tacro_collocation *collocation)
{
    return collocation->nequations > 0;
}

void tacro_collocation_aim(struct tacro_collocation *collocation, const double *unit)
{
    struct tacro_collocation *c = collocation;
    double part[TACRO_LANES];
    memcpy(c->unit, unit, sizeof c->unit);
    for (size_t i = 0; i < TACRO_NODES; i++) {
        for (size_t l = 0; c->node[i] != NULL && l < TACRO_LANES; l++) {
            part[l] = unit[l] * tacro_gauss_node[i];
        }
        if (c->node[i] != NULL) {
            tacro_propagator_aim(c->node[i], part);
        }
    }
    for (size_t i = 0; i < c->nequations; i++) {
        if (c->equation[i].weights != NULL) {
            memset(c->equation[i].weights->is_there, 0,
                   sizeof c->equation[i].weights->is_there);
        }
    }
}

void tacro_collocation_touch(struct tacro_collocation *collocation, uint64_t columns)
{
    for (size_t i = 0; i < TACRO_NODES; i++) {
        if (collocation->node[i] != NULL) {
            tacro_propagator_touch(collocation->node[i], columns);
        }
    }
}

/* The weights of a filter for a panel of length h, [W_END] rows. */
static const double *weights_of(const struct tacro_collocation *c, struct weights *w,
                                const double *rate, int level, const double *h)
{
    const size_t at = (size_t)(level - LOWEST_LEVEL);
    double *row = w->row + at * W_END * TACRO_LANES;
    if (!tacro_lanes_same_bits(w->rate, rate)) {
        memcpy(w->rate, rate, sizeof w->rate);
        memset(w->is_there, 0, sizeof w->is_there);
    }
    if (!w->is_there[at]) {
        const double *decay =
            row + (size_t)(TACRO_POINTS - 1) * TACRO_POINTS * TACRO_LANES;
        double z[TACRO_LANES] __attribute__((aligned(64)));
        c->kernels->product(1, rate, h, z);
        c->kernels->filter_weights(z, row);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double q = z[l] / STIFF * (z[l] / STIFF);
            row[(size_t)W_SCALE * TACRO_LANES + l] = 1.0 - decay[l];
            row[(size_t)W_STIFFNESS * TACRO_LANES + l] = q * q / (1.0 + q * q);
        }
        w->is_there[at] = true;
    }
    return row;
}

/* Linear states that are read, at every node. False: no propagator that short. */
static bool read_linear(struct tacro_collocation *c, struct tacro_propagator *whole,
                        int level, const double *y)
{
    for (size_t i = 0; i < TACRO_NODES; i++) {
        const double *m = c->node[i] == NULL
                              ? tacro_propagator_level(whole, level - 1)
                              : tacro_propagator_level(c->node[i], level);
        if (m == NULL) {
            return false;
        }
        c->kernels->products(&c->reads, 0, c->reads.n, m, y, c->gathered[0]);
        for (size_t k = 0; k < c->reads.n; k++) {
            memcpy(c->value[c->read_state[k]][i], c->gathered[k],
                   sizeof c->gathered[k]);
        }
    }
    return true;
}

/* f of an equation at the nodes, [TACRO_NODES] rows. */
static void evaluate(const struct tacro_collocation *c, const struct equation *e,
                     const struct tacro_lanes *lanes, const struct tacro_panel *panel,
                     double (*f)[TACRO_LANES])
{
    const struct tacro_reading source = e->declared->source;
    for (size_t i = 0; i < TACRO_NODES; i++) {
        const double tau = panel->tau + tacro_gauss_node[i] * panel->width;
        const double *x = c->value[source.state][i];
        double time[TACRO_LANES] __attribute__((aligned(64)));
        double gained[TACRO_LANES] __attribute__((aligned(64)));
        if (source.map != TACRO_NONE) {
            c->kernels->read_row(c->linear->system, lanes, source, x, gained);
            x = gained;
        } else if (source.gain != TACRO_NONE) {
            c->kernels->product(1, lanes->coef[source.gain], x, gained);
            x = gained;
        }
        if (e->function == NULL) {
            memcpy(f[i], x, sizeof f[i]);
        } else {
            const struct tacro_view view = {
                .coef = (const double(*)[TACRO_LANES])(lanes->coef + e->coef),
                .time = time};
            c->kernels->linear_sum(1, 1.0, lanes->time0, tau, lanes->span, time);
            e->function(&view, x, f[i], NULL);
        }
    }
}

/*
 * Whether nodes resolve a step: from one to the next the source moves by few widths
 * where it is near the limit, and near is what it could reach between them. Else the
 * polynomial through f would show a constant and its error nothing.
 */
static bool is_step_seen(const struct tacro_collocation *c, const struct equation *e,
                         const struct tacro_lanes *lanes, const double *start)
{
    const struct tacro_reading source = e->declared->source;
    const double *limit = lanes->coef[e->coef + e->step->limit];
    const double *width = lanes->coef[e->coef + e->step->width];
    double x[TACRO_POINTS][TACRO_LANES] __attribute__((aligned(64)));
    bool is_seen = true;
    c->kernels->read_row(c->linear->system, lanes, source, start, x[0]);
    for (size_t i = 0; i < TACRO_NODES; i++) {
        c->kernels->read_row(c->linear->system, lanes, source,
                             c->value[source.state][i], x[i + 1]);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t i = 0; lanes->span[l] > 0.0 && i < TACRO_NODES; i++) {
            const double moved = fabs(x[i + 1][l] - x[i][l]);
            const double before = i > 0 ? fabs(x[i][l] - x[i - 1][l]) : 0.0;
            const double after =
                i + 1 < TACRO_NODES ? fabs(x[i + 2][l] - x[i + 1][l]) : 0.0;
            const double reach = STEP_REACH * fmax(moved, fmax(before, after));
            const double near =
                fmin(fabs(x[i][l] - limit[l]), fabs(x[i + 1][l] - limit[l]));
            is_seen = is_seen && (moved <= STEP_WIDTHS * width[l] || near > reach);
        }
    }
    return is_seen;
}

/* One equation over the panel; returns its worst error over the tolerance. */
static double advance(struct tacro_collocation *c, struct equation *e,
                      const struct tacro_lanes *lanes, const struct tacro_panel *panel,
                      const double *h, const double *x0, double *x1)
{
    static const double integral_stiffness[TACRO_LANES] = {0.0};
    double(*f)[TACRO_LANES] = e->f;
    double point[TACRO_POINTS][TACRO_LANES] __attribute__((aligned(64)));
    const int s = e->declared->state;
    const double *scale = h;
    const double *stiffness = integral_stiffness;
    memcpy(f[0], x0, sizeof *f);
    evaluate(c, e, lanes, panel, f + 1);
    if (e->weights != NULL) {
        const double *w =
            weights_of(c, e->weights, lanes->coef[e->declared->rate], panel->level, h);
        scale = w + (size_t)W_SCALE * TACRO_LANES;
        stiffness = w + (size_t)W_STIFFNESS * TACRO_LANES;
        c->kernels->products(&c->stages, e->is_read ? 0 : TACRO_NODES, TACRO_POINTS, w,
                             f[0], point[0]);
        if (e->is_read) {
            memcpy(c->value[s], point, sizeof c->value[s]);
        }
        memcpy(x1, point[TACRO_NODES], sizeof point[TACRO_NODES]);
    } else {
        c->kernels->gauss(x0, h, f[1], x1, e->is_read ? c->value[s][0] : NULL);
    }
    return c->kernels->panel_error(f[1], scale, stiffness, x1, SAFETY * c->rtol,
                                   SAFETY * c->atol[s]);
}

double tacro_collocation_panel(struct tacro_collocation *collocation,
                               const struct tacro_lanes *lanes,
                               struct tacro_propagator *whole,
                               const struct tacro_panel *panel, const double *y,
                               const double *state, double *trial)
{
    struct tacro_collocation *c = collocation;
    double h[TACRO_LANES] __attribute__((aligned(64)));
    double worst = 0.0;
    if (panel->level <= LOWEST_LEVEL || panel->level >= LOWEST_LEVEL + NLEVELS ||
        !read_linear(c, whole, panel->level, y)) {
        return INFINITY;
    }
    c->kernels->scale(1, ldexp(1.0, panel->level), c->unit, h);
    for (size_t i = 0; i < c->nequations; i++) {
        struct equation *e = &c->equation[i];
        const size_t row = (size_t)e->declared->state * TACRO_LANES;
        const int source = c->linear->index[e->declared->source.state];
        if (e->step != NULL && source != TACRO_NONE &&
            !is_step_seen(c, e, lanes, y + (size_t)source * TACRO_LANES)) {
            return INFINITY;
        }
        const double error = advance(c, e, lanes, panel, h, state + row, trial + row);
        worst = error > worst ? error : worst;
    }
    return worst;
}

bool tacro_collocation_crossing(const struct tacro_collocation *collocation,
                                const struct tacro_panel *panel,
                                const struct tacro_watch *watch, double *at)
{
    const struct tacro_collocation *c = collocation;
    double h[TACRO_LANES] __attribute__((aligned(64)));
    double polynomial[TACRO_POINTS][TACRO_LANES] __attribute__((aligned(64)));
    for (size_t i = 0; i < c->nequations; i++) {
        const struct equation *e = &c->equation[i];
        if (e->declared->state == watch->state && e->weights == NULL) {
            c->kernels->scale(1, ldexp(1.0, panel->level), c->unit, h);
            c->kernels->integral_polynomial(e->f[0], h, e->f[1], polynomial[0]);
            c->kernels->crossing(TACRO_NODES, polynomial[0], 0.0, 1.0, watch->level,
                                 at);
            return true;
        }
    }
    return false;
}
