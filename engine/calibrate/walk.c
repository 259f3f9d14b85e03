#include "calibrate/walk.h"

#include "calibrate/courses.h"

#include <string.h>

#define ALIGNED __attribute__((aligned(64)))

/* Over a panel a state becomes the sum of these, each times its weight. */
enum term { STATE, FIRST, LAST, MIDDLE, NTERMS }; /* x, then f at 0, 1 and 1/2 */

/* A link on its way. */
struct state {
    double weight[NTERMS][TACRO_LANES] ALIGNED;
    double term[NTERMS][TACRO_LANES] ALIGNED; /* x and f as they are at the start */
};

/* What f is taken of at the middle and the end of a panel. */
struct nodes {
    double middle[TACRO_LANES] ALIGNED; /* levels */
    double last[TACRO_LANES] ALIGNED;
    double middle_time[TACRO_LANES] ALIGNED; /* h since transplantation */
    double last_time[TACRO_LANES] ALIGNED;
};

static int link_of(const struct tacro_chain *chain, int state)
{
    for (size_t i = 0; i < chain->n; i++) {
        if (chain->system->equation[chain->link[i].equation].state == state) {
            return (int)i;
        }
    }
    return TACRO_NONE;
}

static bool is_level(const struct tacro_system *system, struct tacro_reading reading)
{
    const struct tacro_reading level = system->signal[TACRO_CONC];
    return reading.state == level.state && reading.gain == level.gain &&
           reading.map == level.map;
}

/* The equation of a state, or nequations: flows make it. */
static size_t equation_of(const struct tacro_system *system, int state)
{
    size_t i = 0;
    while (i < system->nequations && system->equation[i].state != state) {
        i++;
    }
    return i;
}

/*
 * Add an equation behind those that it reads. What an equation reads stands before it
 * in the system, so the way back ends.
 */
static enum tacro_status add_equation(struct tacro_chain *chain, size_t equation,
                                      struct tacro_error *err)
{
    const struct tacro_system *system = chain->system;
    size_t behind[TACRO_MAX_LINKS];
    size_t n = 0;
    while (link_of(chain, system->equation[equation].state) == TACRO_NONE) {
        const struct tacro_system_equation *e = &system->equation[equation];
        if (n + chain->n == TACRO_MAX_LINKS) {
            return tacro_fail(err, TACRO_EINPUT, "more than %d equations",
                              TACRO_MAX_LINKS);
        }
        behind[n++] = equation;
        if (is_level(system, e->source)) {
            break;
        }
        equation = equation_of(system, e->source.state);
        if (equation == system->nequations) {
            return tacro_fail(err, TACRO_EINPUT, "%s follows %s, expected the level",
                              system->state[e->state]->name,
                              system->state[e->source.state]->name);
        }
    }
    while (n > 0) {
        const struct tacro_system_equation *e = &system->equation[behind[--n]];
        struct tacro_link *link = &chain->link[chain->n];
        *link = (struct tacro_link){behind[n], TACRO_NONE, TACRO_NONE};
        if (!is_level(system, e->source)) {
            link->source = link_of(chain, e->source.state);
            link->gain = e->source.gain;
        }
        chain->n++;
    }
    return TACRO_OK;
}

enum tacro_status tacro_chain_find(const struct tacro_system *system, size_t set,
                                   struct tacro_chain *chain, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const int hazard = system->hazard_state[set];
    *chain = (struct tacro_chain){.system = system};
    if (hazard == TACRO_NONE || equation_of(system, hazard) == system->nequations) {
        return tacro_fail(err, TACRO_EINPUT, "no cumulative hazard among its states");
    }
    TACRO_TRY(add_equation(chain, equation_of(system, hazard), err));
    chain->hazard = chain->n - 1;
done:
    return st;
}

bool tacro_chain_uses(const struct tacro_chain *chain, size_t part)
{
    for (size_t i = 0; i < chain->n; i++) {
        if (chain->system->equation[chain->link[i].equation].placed == (int)part) {
            return true;
        }
    }
    return false;
}

/*
 * A filter dx/du = z (f - x), u from 0 to 1, z = k h. With e = exp(-z) and the moments
 * m[n] = z * integral of u^n exp(-z (1 - u)): m0 = 1 - e, m1 = 1 - m0/z,
 * m2 = 1 - 2 m1/z.
 */
static void filter_weights(const double *rate, bool is_of_level, struct state *s)
{
    double z[TACRO_LANES] ALIGNED;
    double less[TACRO_LANES] ALIGNED;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        z[l] = rate[l] * TACRO_COURSE_PANEL;
        less[l] = -z[l];
    }
    tacro_lanes_expm1(less, less);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double m0 = -less[l];
        const double m1 = 1.0 - m0 / z[l];
        const double m2 = 1.0 - 2.0 * m1 / z[l];
        s->weight[STATE][l] = 1.0 - m0;
        s->weight[FIRST][l] = is_of_level ? m0 - 3.0 * m1 + 2.0 * m2 : m0 - m1;
        s->weight[LAST][l] = is_of_level ? 2.0 * m2 - m1 : m1;
        s->weight[MIDDLE][l] = 4.0 * (m1 - m2);
    }
}

static void integral_weights(bool is_of_level, struct state *s)
{
    const double h = TACRO_COURSE_PANEL;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        s->weight[STATE][l] = 1.0;
        s->weight[FIRST][l] = is_of_level ? h / 6.0 : h / 2.0;
        s->weight[LAST][l] = s->weight[FIRST][l];
        s->weight[MIDDLE][l] = 4.0 * h / 6.0;
    }
}

/* f of an equation at one node, from the level or from x of its source. */
static void evaluate(const struct tacro_chain *chain,
                     const struct tacro_kernels *kernels,
                     const double (*coef)[TACRO_LANES], size_t i, const double *source,
                     const double *time, double *f)
{
    const struct tacro_system *system = chain->system;
    const struct tacro_link *link = &chain->link[i];
    const struct tacro_system_equation *e = &system->equation[link->equation];
    const struct tacro_placed_part *place = &system->part[e->placed];
    const struct tacro_part *part = kernels->parts[place->part];
    const struct tacro_view view = {.coef = coef + place->coef, .time = time};
    double scaled[TACRO_LANES] ALIGNED;
    if (link->gain != TACRO_NONE) {
        const double *gain = coef[link->gain];
        TACRO_EACH_LANE(l) {
            scaled[l] = gain[l] * source[l];
        }
        source = scaled;
    }
    if (e->is_identity) {
        memcpy(f, source, TACRO_LANES * sizeof *f);
    } else if (e->rate != TACRO_NONE) {
        part->filters[e->index].f(&view, source, f, NULL);
    } else {
        part->integrals[e->index].f(&view, source, f, NULL);
    }
}

static void read_node(const float *level, size_t node, double time0, double *to,
                      double *time)
{
    const float *from = level + node * TACRO_LANES;
    const double t = time0 + (double)node * TACRO_COURSE_STEP;
    TACRO_EACH_LANE(l) {
        to[l] = (double)from[l];
        time[l] = t;
    }
}

/* One link over one panel; its source is at the panel's end already. */
static void advance(const struct tacro_chain *chain,
                    const struct tacro_kernels *kernels,
                    const double (*coef)[TACRO_LANES], const struct nodes *nodes,
                    size_t i, struct state *state)
{
    const int source = chain->link[i].source;
    uint16_t target[] = {0};
    size_t first[] = {0, source == TACRO_NONE ? NTERMS : MIDDLE};
    struct tacro_pair pair[NTERMS] = {
        {STATE, STATE}, {FIRST, FIRST}, {LAST, LAST}, {MIDDLE, MIDDLE}};
    const struct tacro_products plan = {1, target, first, pair};
    struct state *s = &state[i];
    double x[TACRO_LANES] ALIGNED;
    evaluate(chain, kernels, coef, i,
             source == TACRO_NONE ? nodes->last : state[source].term[STATE],
             nodes->last_time, s->term[LAST]);
    if (source == TACRO_NONE) {
        evaluate(chain, kernels, coef, i, nodes->middle, nodes->middle_time,
                 s->term[MIDDLE]);
    }
    kernels->products(&plan, 0, 1, s->weight[0], s->term[0], x);
    memcpy(s->term[STATE], x, sizeof x);
    memcpy(s->term[FIRST], s->term[LAST], sizeof x);
}

void tacro_chain_walk(const struct tacro_chain *chain,
                      const struct tacro_kernels *kernels,
                      const double (*coef)[TACRO_LANES], const float *level,
                      size_t npanels, double time0, double *hazard)
{
    struct state state[TACRO_MAX_LINKS];
    struct nodes nodes;
    read_node(level, 0, time0, nodes.last, nodes.last_time);
    for (size_t i = 0; i < chain->n; i++) {
        const struct tacro_system_equation *e =
            &chain->system->equation[chain->link[i].equation];
        const int source = chain->link[i].source;
        memset(state[i].term, 0, sizeof state[i].term);
        if (e->rate == TACRO_NONE) {
            integral_weights(source == TACRO_NONE, &state[i]);
        } else {
            filter_weights(coef[e->rate], source == TACRO_NONE, &state[i]);
        }
        evaluate(chain, kernels, coef, i,
                 source == TACRO_NONE ? nodes.last : state[source].term[STATE],
                 nodes.last_time, state[i].term[FIRST]);
    }
    for (size_t panel = 0; panel < npanels; panel++) {
        read_node(level, 2 * panel + 1, time0, nodes.middle, nodes.middle_time);
        read_node(level, 2 * panel + 2, time0, nodes.last, nodes.last_time);
        for (size_t i = 0; i < chain->n; i++) {
            advance(chain, kernels, coef, &nodes, i, state);
        }
    }
    memcpy(hazard, state[chain->hazard].term[STATE], TACRO_LANES * sizeof *hazard);
}
