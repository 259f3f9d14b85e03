#include "solve/system.h"

#include "models/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where inlets and emissions are while the chain is being walked. */
struct assembly {
    struct tacro_system *system;
    int inlet[TACRO_NSIGNALS]; /* state a mass-flow signal enters */
    struct {
        size_t flow;
        enum tacro_signal signal;
        const char *part;
    } open[TACRO_MAX_EQUATIONS]; /* flows into a signal whose inlet comes later */
    size_t nopen;
    bool is_mapped; /* a part makes CONC of CENTRAL */
};

static const struct tacro_part *placed(const struct tacro_system *system, size_t i)
{
    return tacro_parts_at(system->part[i].part);
}

static enum tacro_status place_part(struct tacro_system *system, size_t part,
                                    size_t set, struct tacro_error *err)
{
    const struct tacro_part *p = tacro_parts_at(part);
    struct tacro_placed_part *place = &system->part[system->nparts];
    if (system->nparts == TACRO_MAX_PARTS ||
        system->nstates + p->nstates > TACRO_MAX_STATES ||
        system->ncoefs + p->nparams + p->nrates > TACRO_MAX_COEFS ||
        system->nflows + p->nflows > TACRO_MAX_EQUATIONS ||
        system->noutputs + p->noutputs > TACRO_MAX_EQUATIONS ||
        system->nmaps + p->nmaps > TACRO_MAX_MAPS ||
        system->nequations + p->nfilters + p->nintegrals > TACRO_MAX_EQUATIONS) {
        return tacro_fail(err, TACRO_EINPUT, "part %s: the chain is too long", p->name);
    }
    *place = (struct tacro_placed_part){
        .part = part, .set = set, .state = system->nstates, .coef = system->ncoefs};
    for (size_t s = 0; s < p->nstates; s++) {
        system->state[system->nstates] = &p->states[s];
        system->atol[system->nstates++] = p->states[s].atol;
    }
    system->ncoefs += p->nparams + p->nrates;
    system->nparts++;
    return TACRO_OK;
}

static const char *const signal_names[TACRO_NSIGNALS] = {[TACRO_RATE_IN] = "RATE_IN",
                                                         [TACRO_CENTRAL] = "CENTRAL",
                                                         [TACRO_CONC] = "CONC",
                                                         [TACRO_EFFECT] = "EFFECT"};

/* The reading behind a source of the part placed last. */
static enum tacro_status resolve(const struct tacro_system *system,
                                 const struct tacro_placed_part *place,
                                 struct tacro_end source, struct tacro_reading *reading,
                                 struct tacro_error *err)
{
    if (source.kind == TACRO_END_STATE) {
        *reading = (struct tacro_reading){(int)(place->state + source.index),
                                          TACRO_NONE, TACRO_NONE};
        return TACRO_OK;
    }
    *reading = system->signal[source.index];
    if (reading->state == TACRO_NONE) {
        return tacro_fail(
            err, TACRO_EINPUT, "part %s reads %s, which no part before it writes",
            tacro_parts_at(place->part)->name, signal_names[source.index]);
    }
    return TACRO_OK;
}

static void add_flows(struct assembly *a, const struct tacro_placed_part *place)
{
    const struct tacro_part *p = tacro_parts_at(place->part);
    struct tacro_system *system = a->system;
    for (size_t i = 0; i < p->nflows; i++) {
        const struct tacro_flow *flow = &p->flows[i];
        struct tacro_system_flow *f = &system->flow[system->nflows];
        f->from = (int)(place->state + flow->from);
        f->rate = (int)(place->coef + flow->rate);
        f->to = TACRO_NONE;
        if (flow->to.kind == TACRO_END_STATE) {
            f->to = (int)(place->state + flow->to.index);
        } else if (flow->to.kind == TACRO_END_SIGNAL) {
            a->open[a->nopen].flow = system->nflows;
            a->open[a->nopen].signal = (enum tacro_signal)flow->to.index;
            a->open[a->nopen++].part = p->name;
        }
        system->nflows++;
    }
}

/* What a part makes of a state or of another signal. */
static enum tacro_status write_signal(struct tacro_system *system,
                                      const struct tacro_part *part,
                                      enum tacro_signal signal,
                                      struct tacro_reading reading,
                                      struct tacro_error *err)
{
    if (system->signal[signal].state != TACRO_NONE) {
        return tacro_fail(err, TACRO_EINPUT,
                          "part %s writes a signal that another part writes already",
                          part->name);
    }
    system->signal[signal] = reading;
    return TACRO_OK;
}

static enum tacro_status add_signals(struct assembly *a, size_t i,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_system *system = a->system;
    const struct tacro_placed_part *place = &system->part[i];
    const struct tacro_part *p = placed(system, i);
    for (size_t k = 0; k < p->nemissions; k++) {
        const struct tacro_emission *e = &p->emissions[k];
        const struct tacro_reading reading = {
            .state = (int)(place->state + e->state),
            .gain = e->gain == TACRO_NONE ? TACRO_NONE : (int)place->coef + e->gain,
            .map = TACRO_NONE};
        TACRO_TRY(write_signal(system, p, e->signal, reading, err));
        if (e->signal == TACRO_CENTRAL && !a->is_mapped) {
            TACRO_TRY(write_signal(system, p, TACRO_CONC, reading, err));
        }
    }
    for (size_t k = 0; k < p->nmaps; k++) {
        struct tacro_reading reading;
        TACRO_TRY(
            resolve(system, place,
                    (struct tacro_end){TACRO_END_SIGNAL, (unsigned)p->maps[k].source},
                    &reading, err));
        if (reading.map != TACRO_NONE) {
            st = tacro_fail(err, TACRO_EINPUT,
                            "part %s reads %s, which is a map of another signal",
                            p->name, signal_names[p->maps[k].source]);
            goto done;
        }
        reading.map = (int)system->nmaps;
        system->map[system->nmaps++] =
            (struct tacro_system_map){.placed = (int)i, .index = (int)k};
        TACRO_TRY(write_signal(system, p, p->maps[k].signal, reading, err));
    }
done:
    return st;
}

static enum tacro_status add_ends(struct assembly *a,
                                  const struct tacro_placed_part *place,
                                  struct tacro_error *err)
{
    const struct tacro_part *p = tacro_parts_at(place->part);
    struct tacro_system *system = a->system;
    for (size_t i = 0; i < p->ninlets; i++) {
        int *inlet = &a->inlet[p->inlets[i].signal];
        if (*inlet != TACRO_NONE) {
            return tacro_fail(
                err, TACRO_EINPUT,
                "part %s takes up mass that another part takes up already", p->name);
        }
        *inlet = (int)(place->state + p->inlets[i].state);
    }
    for (size_t i = 0; i < p->nforcings; i++) {
        const struct tacro_forcing *f = &p->forcings[i];
        assert(system->nforcings < TACRO_MAX_INPUTS);
        system->forcing[system->nforcings++] =
            (struct tacro_system_forcing){.state = (int)(place->state + f->state),
                                          .rate = (int)(place->coef + f->rate),
                                          .order = (int)(place->coef + f->order),
                                          .scale = (int)(place->coef + f->scale)};
    }
    if (p->dose_state != TACRO_NONE && system->dose_state == TACRO_NONE) {
        system->dose_state = (int)place->state + p->dose_state;
    }
    if (p->hazard_state != TACRO_NONE) {
        system->hazard_state[place->set] = (int)place->state + p->hazard_state;
    }
    if (strcmp(p->name, "auc") == 0) {
        system->auc_state = (int)place->state;
    }
    return TACRO_OK;
}

static enum tacro_status add_equations(struct tacro_system *system, size_t i,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_placed_part *place = &system->part[i];
    const struct tacro_part *p = placed(system, i);
    for (size_t k = 0; k < p->nfilters; k++) {
        struct tacro_system_equation *e = &system->equation[system->nequations++];
        e->state = (int)(place->state + p->filters[k].state);
        e->rate = (int)(place->coef + p->filters[k].rate);
        e->placed = (int)i;
        e->index = (int)k;
        e->is_identity = p->filters[k].f == NULL;
        TACRO_TRY(resolve(system, place, p->filters[k].source, &e->source, err));
    }
    for (size_t k = 0; k < p->nintegrals; k++) {
        struct tacro_system_equation *e = &system->equation[system->nequations++];
        e->state = (int)(place->state + p->integrals[k].state);
        e->rate = TACRO_NONE;
        e->placed = (int)i;
        e->index = (int)k;
        e->is_identity = p->integrals[k].f == NULL;
        TACRO_TRY(resolve(system, place, p->integrals[k].source, &e->source, err));
    }
    for (size_t k = 0; k < p->noutputs; k++) {
        struct tacro_system_output *o = &system->output[system->noutputs++];
        o->output = &p->outputs[k];
        o->placed = (int)i;
        o->index = (int)k;
        TACRO_TRY(resolve(system, place, p->outputs[k].source, &o->source, err));
    }
done:
    return st;
}

static enum tacro_status close_flows(struct assembly *a, struct tacro_error *err)
{
    for (size_t i = 0; i < a->nopen; i++) {
        const int to = a->inlet[a->open[i].signal];
        if (to == TACRO_NONE) {
            return tacro_fail(err, TACRO_EINPUT,
                              "part %s: no part takes up the mass that leaves it",
                              a->open[i].part);
        }
        a->system->flow[a->open[i].flow].to = to;
    }
    a->system->port_state[0] = a->system->dose_state;
    a->system->port_state[1] = a->inlet[TACRO_RATE_IN];
    if (a->inlet[TACRO_RATE_IN] == TACRO_NONE) {
        return tacro_fail(err, TACRO_EINPUT, "no part of the chain takes doses");
    }
    if (a->system->signal[TACRO_CONC].state == TACRO_NONE) {
        return tacro_fail(err, TACRO_EINPUT,
                          "no part of the chain gives a concentration");
    }
    return TACRO_OK;
}

/* Total rate out of a state; where more than one flow leaves, a new coefficient. */
static int out_rate(struct tacro_system *system, int state)
{
    int rate = TACRO_NONE;
    size_t n = 0;
    for (size_t i = 0; i < system->nflows; i++) {
        if (system->flow[i].from == state) {
            rate = system->flow[i].rate;
            n++;
        }
    }
    return n > 1 ? (int)system->ncoefs++ : rate;
}

static enum tacro_status gather_rows(struct tacro_system *system,
                                     struct tacro_error *err)
{
    size_t n = 0;
    system->first_total = system->ncoefs;
    for (size_t s = 0; s < system->nstates; s++) {
        struct tacro_system_row *row = &system->row[s];
        row->equation = TACRO_NONE;
        for (size_t i = 0; i < system->nequations; i++) {
            row->equation =
                system->equation[i].state == (int)s ? (int)i : row->equation;
        }
        row->out = out_rate(system, (int)s);
        row->first = n;
        for (size_t i = 0; i < system->nflows; i++) {
            if (system->flow[i].to == (int)s) {
                system->inflow[n++] = (struct tacro_system_inflow){
                    system->flow[i].from, system->flow[i].rate};
            }
        }
        row->end = n;
    }
    return system->ncoefs <= TACRO_MAX_COEFS
               ? TACRO_OK
               : tacro_fail(err, TACRO_EINPUT, "the chain has too many coefficients");
}

static void mark_pattern(const struct tacro_system *system,
                         bool (*has)[TACRO_MAX_STATES])
{
    for (size_t s = 0; s < system->nstates; s++) {
        has[s][s] = true;
    }
    for (size_t i = 0; i < system->nflows; i++) {
        if (system->flow[i].to != TACRO_NONE) {
            has[system->flow[i].to][system->flow[i].from] = true;
        }
    }
    for (size_t i = 0; i < system->nequations; i++) {
        has[system->equation[i].state][system->equation[i].source.state] = true;
    }
    /* fill of the elimination in the given order */
    for (size_t k = 0; k < system->nstates; k++) {
        for (size_t i = k + 1; i < system->nstates; i++) {
            for (size_t j = k + 1; has[i][k] && j < system->nstates; j++) {
                has[i][j] = has[i][j] || has[k][j];
            }
        }
    }
}

static enum tacro_status number_entries(struct tacro_system *system,
                                        struct tacro_error *err)
{
    bool has[TACRO_MAX_STATES][TACRO_MAX_STATES] = {{false}};
    mark_pattern(system, has);
    for (size_t i = 0; i < system->nstates; i++) {
        for (size_t j = 0; j < system->nstates; j++) {
            system->entry[i][j] = has[i][j] ? (int)system->nentries++ : TACRO_NONE;
        }
    }
    return system->nentries <= TACRO_MAX_ENTRIES
               ? TACRO_OK
               : tacro_fail(err, TACRO_EINPUT, "the chain's Jacobian is too dense");
}

static bool add_lu(struct tacro_system *system, enum tacro_lu_kind kind, int a, int b,
                   int c)
{
    if (system->nlu == TACRO_MAX_LU_OPS) {
        return false;
    }
    system->lu[system->nlu++] = (struct tacro_lu_op){kind, a, b, c};
    return true;
}

/* U has the unit diagonal: states without a term above it are done going forward. */
static bool plan_factor(struct tacro_system *system)
{
    const size_t n = system->nstates;
    bool ok = true;
    for (size_t k = 0; k < n; k++) {
        const int kk = system->entry[k][k];
        ok = ok && add_lu(system, TACRO_LU_INVERT, kk, 0, 0);
        for (size_t j = k + 1; j < n; j++) {
            const int kj = system->entry[k][j];
            if (kj == TACRO_NONE) {
                continue;
            }
            ok = ok && add_lu(system, TACRO_LU_SCALE, kj, kk, 0);
            for (size_t i = k + 1; i < n; i++) {
                if (system->entry[i][k] != TACRO_NONE) {
                    ok = ok && add_lu(system, TACRO_LU_UPDATE, system->entry[i][j],
                                      system->entry[i][k], kj);
                }
            }
        }
    }
    return ok;
}

static void add_solve(struct tacro_system *system, size_t row, int col, int entry)
{
    if (entry != TACRO_NONE) {
        system->solve[system->nsolve++] = (struct tacro_solve_op){(int)row, col, entry};
    }
}

static void plan_solve(struct tacro_system *system)
{
    const size_t n = system->nstates;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            add_solve(system, i, (int)j, system->entry[i][j]);
        }
        add_solve(system, i, TACRO_NONE, system->entry[i][i]);
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++) {
            add_solve(system, i, (int)j, system->entry[i][j]);
        }
    }
}

/* Whether a part of the chain makes the level of another signal. */
static bool maps_level(const size_t *part, size_t nparts)
{
    bool is_mapped = false;
    for (size_t i = 0; i < nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(part[i]);
        for (size_t k = 0; k < p->nmaps; k++) {
            is_mapped = is_mapped || p->maps[k].signal == TACRO_CONC;
        }
    }
    return is_mapped;
}

enum tacro_status tacro_system_create(const size_t *part, const size_t *set,
                                      size_t nparts, struct tacro_system **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_system *system = calloc(1, sizeof *system);
    struct assembly assembly = {.system = system};
    *out = NULL;
    if (system == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "system of %zu parts", nparts);
    }
    system->dose_state = TACRO_NONE;
    system->auc_state = TACRO_NONE;
    for (size_t i = 0; i < TACRO_MAX_INPUTS; i++) {
        system->port_state[i] = TACRO_NONE;
    }
    for (size_t i = 0; i < TACRO_NSIGNALS; i++) {
        assembly.inlet[i] = TACRO_NONE;
        system->signal[i] = (struct tacro_reading){TACRO_NONE, TACRO_NONE, TACRO_NONE};
    }
    for (size_t i = 0; i < TACRO_MAX_PARTS; i++) {
        system->hazard_state[i] = TACRO_NONE;
    }
    assembly.is_mapped = maps_level(part, nparts);
    for (size_t i = 0; i < nparts; i++) {
        TACRO_TRY(place_part(system, part[i], set[i], err));
        add_flows(&assembly, &system->part[i]);
        TACRO_TRY(add_ends(&assembly, &system->part[i], err));
        TACRO_TRY(add_signals(&assembly, i, err));
        TACRO_TRY(add_equations(system, i, err));
    }
    TACRO_TRY(close_flows(&assembly, err));
    TACRO_TRY(gather_rows(system, err));
    TACRO_TRY(number_entries(system, err));
    if (!plan_factor(system)) {
        st = tacro_fail(err, TACRO_EINPUT, "the chain's Jacobian is too dense");
        goto done;
    }
    plan_solve(system);
    *out = system;
    system = NULL;
done:
    tacro_system_free(system);
    return st;
}

void tacro_system_free(struct tacro_system *system)
{
    free(system);
}

size_t tacro_system_infuse(struct tacro_system *system, int state)
{
    size_t i = 0;
    while (i < system->ninputs && system->input_state[i] != state) {
        i++;
    }
    if (i == system->ninputs) {
        assert(i < TACRO_MAX_INPUTS);
        system->input_state[system->ninputs++] = state;
    }
    return i;
}

int tacro_system_forcing_of(const struct tacro_system *system, int state)
{
    for (size_t i = 0; i < system->nforcings; i++) {
        if (system->forcing[i].state == state) {
            return (int)i;
        }
    }
    return TACRO_NONE;
}

void tacro_system_add_rhythm(struct tacro_system *system, size_t placed, int coef,
                             size_t rhythm, double peak)
{
    assert(system->nrhythms < TACRO_MAX_RHYTHMS);
    system->rhythm[system->nrhythms++] = (struct tacro_system_rhythm){
        .coef = coef, .placed = placed, .rhythm = rhythm, .peak = peak};
}
