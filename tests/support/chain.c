#include "tests/support/chain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"

/* A value of a parameter that its unit (and "exponent" in its doc) makes plausible. */
static double draw_param(const struct tacro_param_info *info, uint64_t *seed)
{
    if (strstr(info->doc, "exponent") != NULL) {
        return test_draw(seed, 1.0, 4.0);
    }
    if (strcmp(info->unit, "1") == 0) {
        return test_draw(seed, 0.2, 0.95);
    }
    if (strcmp(info->unit, "1/h") == 0) {
        return test_draw_log(seed, 0.01, 2.0);
    }
    if (strcmp(info->unit, "mL/ng") == 0) {
        return test_draw_log(seed, 0.01, 0.2);
    }
    return test_draw_log(seed, 5.0, 500.0);
}

void test_chain_draw_states(struct test_chain *chain, uint64_t *seed)
{
    for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
        chain->y[i] = test_draw(seed, 0.0, 10.0);
    }
}

static struct test_chain *create(const size_t *part, size_t nparts, uint64_t *seed)
{
    struct test_chain *chain = aligned_alloc(64, sizeof *chain);
    struct tacro_error err = {.status = TACRO_OK};
    size_t set[TACRO_MAX_PARTS];
    assert_non_null(chain);
    memset(chain, 0, sizeof *chain);
    for (size_t i = 0; i < nparts; i++) {
        set[i] = i;
    }
    if (tacro_system_create(part, set, nparts, &chain->system, &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(part[i]);
        for (size_t k = 0; k < p->nparams * TACRO_LANES; k++) {
            chain
                ->coef[chain->system->part[i].coef + k / TACRO_LANES][k % TACRO_LANES] =
                draw_param(&p->params[k / TACRO_LANES], seed);
        }
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->time0[l] = test_draw(seed, 0.0, 300.0);
        chain->span[l] = test_draw(seed, 0.1, 12.0);
    }
    test_chain_draw_states(chain, seed);
    tacro_kernels_find("baseline")->rates(chain->system, chain->coef);
    chain->lanes = (struct tacro_lanes){
        .coef = chain->coef, .time0 = chain->time0, .span = chain->span};
    return chain;
}

struct test_chain *test_chain_create(const char *const *part, size_t nparts,
                                     uint64_t *seed)
{
    size_t index[TACRO_MAX_PARTS];
    assert_true(nparts <= TACRO_MAX_PARTS);
    for (size_t i = 0; i < nparts; i++) {
        index[i] = tacro_parts_find(part[i]);
        assert_true(index[i] < tacro_parts_count());
    }
    return create(index, nparts, seed);
}

static bool reads(const struct tacro_part *part, unsigned signal)
{
    for (size_t i = 0; i < part->nintegrals; i++) {
        const struct tacro_end source = part->integrals[i].source;
        if (source.kind == TACRO_END_SIGNAL && source.index == signal) {
            return true;
        }
    }
    return false;
}

struct test_chain *test_chain_around(size_t part, uint64_t *seed)
{
    const enum tacro_role role = tacro_parts_at(part)->role;
    size_t chain[5] = {tacro_parts_find("first_order"), tacro_parts_find("2cmt"), part};
    if (role == TACRO_ABSORPTION || role == TACRO_DISPOSITION) {
        chain[role == TACRO_ABSORPTION ? 0 : 1] = part;
        return create(chain, 2, seed);
    }
    if (tacro_parts_at(part)->nmaps > 0) { /* with a filter and an integral behind it */
        chain[3] = tacro_parts_find("effect_site");
        chain[4] = tacro_parts_find("auc");
        return create(chain, 5, seed);
    }
    if (reads(tacro_parts_at(part), TACRO_EFFECT)) {
        chain[2] = tacro_parts_find("effect_site");
        chain[3] = part;
        return create(chain, 4, seed);
    }
    return create(chain, 3, seed);
}

void test_chain_free(struct test_chain *chain)
{
    tacro_system_free(chain->system);
    free(chain);
}

/* A map of the level among the parts, and the coefficients it reads; NULL: none. */
static const struct tacro_map *find_map(const struct tacro_system *system,
                                        unsigned signal, size_t *coef)
{
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(system->part[i].part);
        for (size_t k = 0; k < p->nmaps; k++) {
            if (p->maps[k].signal == signal) {
                *coef = system->part[i].coef;
                return &p->maps[k];
            }
        }
    }
    return NULL;
}

/* Where a signal comes from: emissions of the parts, walked here once more. */
static void find_signal(const struct tacro_system *system, unsigned signal,
                        size_t *state, int *gain)
{
    signal = signal == TACRO_CONC ? TACRO_CENTRAL : signal;
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(system->part[i].part);
        for (size_t k = 0; k < p->nemissions; k++) {
            if (p->emissions[k].signal == signal) {
                *state = system->part[i].state + p->emissions[k].state;
                *gain = p->emissions[k].gain == TACRO_NONE
                            ? TACRO_NONE
                            : (int)system->part[i].coef + p->emissions[k].gain;
                return;
            }
        }
    }
    fail_msg("nobody emits signal %u", signal);
}

static size_t find_inlet(const struct tacro_system *system, unsigned signal)
{
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(system->part[i].part);
        for (size_t k = 0; k < p->ninlets; k++) {
            if (p->inlets[k].signal == signal) {
                return system->part[i].state + p->inlets[k].state;
            }
        }
    }
    fail_msg("nobody takes in signal %u", signal);
    return 0;
}

/* d(f(gain y))/dy of a source, which is state *column. */
static long double slope_of(const struct test_chain *chain, size_t i,
                            struct tacro_end source, tacro_lane_function *f,
                            size_t lane, size_t *column)
{
    const struct tacro_system *system = chain->system;
    const struct tacro_view view = {.coef = (const double(*)[TACRO_LANES])chain->coef +
                                            system->part[i].coef,
                                    .time = chain->time0};
    double x[TACRO_LANES] __attribute__((aligned(64)));
    double fx[TACRO_LANES] __attribute__((aligned(64)));
    double dfx[TACRO_LANES] __attribute__((aligned(64)));
    const struct tacro_map *map = NULL;
    long double gain = 1.0L;
    long double bend = 1.0L;
    size_t coef_of_map = 0;
    *column = system->part[i].state + source.index;
    if (source.kind == TACRO_END_SIGNAL) {
        int coef = TACRO_NONE;
        find_signal(system, source.index, column, &coef);
        gain = coef == TACRO_NONE ? 1.0L : chain->coef[coef][lane];
        map = find_map(system, source.index, &coef_of_map);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        x[l] = (double)gain * chain->y[*column * TACRO_LANES + l];
    }
    if (map != NULL) { /* right in `lane`: the other lanes have gains of their own */
        const struct tacro_view other = {
            .coef = (const double(*)[TACRO_LANES])chain->coef + coef_of_map,
            .time = chain->time0};
        map->f(&other, x, fx, dfx);
        memcpy(x, fx, sizeof x);
        bend = dfx[lane];
    }
    if (f == NULL) {
        return gain * bend;
    }
    f(&view, x, fx, dfx);
    return gain * bend * dfx[lane];
}

static void add_flows(const struct test_chain *chain, size_t i, size_t lane,
                      long double *jacobian)
{
    const struct tacro_system *system = chain->system;
    const struct tacro_part *p = tacro_parts_at(system->part[i].part);
    const size_t n = system->nstates;
    for (size_t k = 0; k < p->nflows; k++) {
        const struct tacro_flow *flow = &p->flows[k];
        const size_t from = system->part[i].state + flow->from;
        const long double rate = chain->coef[system->part[i].coef + flow->rate][lane];
        jacobian[from * n + from] -= rate;
        if (flow->to.kind == TACRO_END_STATE) {
            jacobian[(system->part[i].state + flow->to.index) * n + from] += rate;
        } else if (flow->to.kind == TACRO_END_SIGNAL) {
            jacobian[find_inlet(system, flow->to.index) * n + from] += rate;
        }
    }
}

void test_chain_jacobian(const struct test_chain *chain,
                         const struct tacro_kernels *kernels, size_t lane,
                         long double *jacobian)
{
    const struct tacro_system *system = chain->system;
    const size_t n = system->nstates;
    for (size_t k = 0; k < n * n; k++) {
        jacobian[k] = 0.0L;
    }
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = kernels->parts[system->part[i].part];
        size_t column = 0;
        add_flows(chain, i, lane, jacobian);
        for (size_t k = 0; k < p->nfilters; k++) {
            const struct tacro_filter *filter = &p->filters[k];
            const size_t row = system->part[i].state + filter->state;
            const long double rate =
                chain->coef[system->part[i].coef + filter->rate][lane];
            const long double slope =
                slope_of(chain, i, filter->source, filter->f, lane, &column);
            jacobian[row * n + column] += rate * slope;
            jacobian[row * n + row] -= rate;
        }
        for (size_t k = 0; k < p->nintegrals; k++) {
            const struct tacro_integral *integral = &p->integrals[k];
            const long double slope =
                slope_of(chain, i, integral->source, integral->f, lane, &column);
            jacobian[(system->part[i].state + integral->state) * n + column] += slope;
        }
    }
    for (size_t k = 0; k < n * n; k++) {
        jacobian[k] *= chain->span[lane];
    }
}

void test_dense_solve(size_t n, long double *a, long double *x)
{
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++) {
            pivot = fabsl(a[i * n + k]) > fabsl(a[pivot * n + k]) ? i : pivot;
        }
        for (size_t j = 0; j < n; j++) {
            const long double t = a[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = t;
        }
        const long double t = x[k];
        x[k] = x[pivot];
        x[pivot] = t;
        for (size_t i = k + 1; i < n; i++) {
            const long double f = a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n; j++) {
                a[i * n + j] -= f * a[k * n + j];
            }
            x[i] -= f * x[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = k + 1; j < n; j++) {
            x[k] -= a[k * n + j] * x[j];
        }
        x[k] /= a[k * n + k];
    }
}

double *test_chain_coef(struct test_chain *chain, const char *name)
{
    for (size_t i = 0; i < chain->system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(chain->system->part[i].part);
        for (size_t k = 0; k < p->nparams; k++) {
            if (strcmp(p->params[k].name, name) == 0) {
                return chain->coef[chain->system->part[i].coef + k];
            }
        }
    }
    fail_msg("no parameter %s", name);
    return NULL;
}

size_t test_chain_state(const struct test_chain *chain, const char *name)
{
    for (size_t s = 0; s < chain->system->nstates; s++) {
        if (strcmp(chain->system->state[s]->name, name) == 0) {
            return s;
        }
    }
    fail_msg("no state %s", name);
    return 0;
}
