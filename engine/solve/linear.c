#include "solve/linear.h"

#include <stdlib.h>

/* True of a linear state of the system: a flow's, or fed by linear ones unchanged. */
static void find_linear(const struct tacro_system *system, bool *is_linear)
{
    for (size_t s = 0; s < system->nstates; s++) {
        is_linear[s] = true;
    }
    for (size_t i = 0; i < system->nequations; i++) {
        const struct tacro_system_equation *e = &system->equation[i];
        is_linear[e->state] =
            e->is_identity && e->source.map == TACRO_NONE && is_linear[e->source.state];
    }
}

/* Every term of A: (row, column, rate, gain, sign) in system states. */
static bool add_term(struct tacro_linear *linear, int row, int column, int rate,
                     int gain, double sign)
{
    const int i = linear->index[row];
    const int j = linear->index[column];
    if (i == TACRO_NONE || j == TACRO_NONE) {
        return false;
    }
    linear->term[linear->nterms++] = (struct tacro_term){
        .row = i, .column = j, .rate = rate, .gain = gain, .sign = sign};
    return true;
}

static void add_terms(struct tacro_linear *linear)
{
    const struct tacro_system *system = linear->system;
    for (size_t i = 0; i < system->nflows; i++) {
        const struct tacro_system_flow *f = &system->flow[i];
        add_term(linear, f->from, f->from, f->rate, TACRO_NONE, -1.0);
        if (f->to != TACRO_NONE) {
            add_term(linear, f->to, f->from, f->rate, TACRO_NONE, 1.0);
        }
    }
    for (size_t i = 0; i < system->nequations; i++) {
        const struct tacro_system_equation *e = &system->equation[i];
        if (add_term(linear, e->state, e->source.state, e->rate, e->source.gain, 1.0) &&
            e->rate != TACRO_NONE) {
            add_term(linear, e->state, e->state, e->rate, TACRO_NONE, -1.0);
        }
    }
    for (size_t i = 0; i < linear->n; i++) {
        if (linear->state[i] == TACRO_NONE) {
            const int into = system->input_state[linear->input[i]];
            linear->term[linear->nterms++] =
                (struct tacro_term){.row = linear->index[into],
                                    .column = (int)i,
                                    .rate = TACRO_NONE,
                                    .gain = TACRO_NONE,
                                    .sign = 1.0};
        }
    }
}

/* The transitive closure over all linear states. */
static void find_reach(struct tacro_linear *linear)
{
    const size_t n = linear->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            linear->reaches[i][j] = i == j;
        }
    }
    for (size_t k = 0; k < linear->nterms; k++) {
        linear->reaches[linear->term[k].row][linear->term[k].column] = true;
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; linear->reaches[i][k] && j < n; j++) {
                linear->reaches[i][j] = linear->reaches[i][j] || linear->reaches[k][j];
            }
        }
    }
}

static void number_states(struct tacro_linear *linear, const bool *is_in)
{
    const struct tacro_system *system = linear->system;
    linear->n = 0;
    linear->nterms = 0;
    for (size_t s = 0; s < system->nstates; s++) {
        linear->index[s] = is_in[s] ? (int)linear->n : TACRO_NONE;
        if (is_in[s]) {
            linear->state[linear->n++] = (int)s;
        }
    }
    for (size_t i = 0; i < system->ninputs; i++) {
        if (linear->index[system->input_state[i]] != TACRO_NONE) {
            linear->input[linear->n] = (int)i;
            linear->state[linear->n++] = TACRO_NONE;
        }
    }
    add_terms(linear);
    find_reach(linear);
}

static void number_entries(struct tacro_linear *linear)
{
    for (size_t j = 0; j < linear->n; j++) {
        linear->column[j] = linear->nentries;
        for (size_t i = 0; i < linear->n; i++) {
            linear->entry[i][j] =
                linear->reaches[i][j] ? (int)linear->nentries++ : TACRO_NONE;
        }
    }
    linear->column[linear->n] = linear->nentries;
    for (size_t k = 0; k < linear->nterms; k++) {
        linear->term[k].entry =
            linear->entry[linear->term[k].row][linear->term[k].column];
    }
}

/* True if A itself, not only its exponential, has this entry. */
static bool is_in_generator(const struct tacro_linear *linear, int entry)
{
    for (size_t k = 0; k < linear->nterms; k++) {
        if (linear->term[k].entry == entry) {
            return true;
        }
    }
    return false;
}

bool tacro_products_create(struct tacro_products *plan, size_t n, size_t npairs)
{
    plan->n = 0;
    plan->target = calloc(n + 1, sizeof *plan->target);
    plan->first = calloc(n + 1, sizeof *plan->first);
    plan->pair = calloc(npairs + 1, sizeof *plan->pair);
    return plan->target != NULL && plan->first != NULL && plan->pair != NULL;
}

void tacro_products_target(struct tacro_products *plan, int target)
{
    plan->target[plan->n] = (uint16_t)target;
    plan->first[plan->n + 1] = plan->first[plan->n];
    plan->n++;
}

void tacro_products_pair(struct tacro_products *plan, int a, int b)
{
    plan->pair[plan->first[plan->n]++] = (struct tacro_pair){(uint16_t)a, (uint16_t)b};
}

void tacro_products_free(struct tacro_products *plan)
{
    free(plan->target);
    free(plan->first);
    free(plan->pair);
}

static bool plan_products(struct tacro_linear *linear)
{
    const size_t n = linear->n;
    const size_t npairs = linear->nentries * n;
    if (!tacro_products_create(&linear->square, linear->nentries, npairs) ||
        !tacro_products_create(&linear->step, linear->nentries, npairs) ||
        !tacro_products_create(&linear->apply, n, linear->nentries)) {
        return false;
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            const int target = linear->entry[i][j];
            if (target == TACRO_NONE) {
                continue;
            }
            tacro_products_target(&linear->square, target);
            tacro_products_target(&linear->step, target);
            for (size_t k = 0; k < n; k++) {
                const int a = linear->entry[i][k];
                const int b = linear->entry[k][j];
                if (a != TACRO_NONE && b != TACRO_NONE) {
                    tacro_products_pair(&linear->square, a, b);
                    if (is_in_generator(linear, a)) {
                        tacro_products_pair(&linear->step, a, b);
                    }
                }
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        tacro_products_target(&linear->apply, (int)i);
        for (size_t j = 0; j < n; j++) {
            if (linear->entry[i][j] != TACRO_NONE) {
                tacro_products_pair(&linear->apply, linear->entry[i][j], (int)j);
            }
        }
    }
    return true;
}

enum tacro_status tacro_linear_create(const struct tacro_system *system, int target,
                                      struct tacro_linear **out,
                                      struct tacro_error *err)
{
    struct tacro_linear *linear = calloc(1, sizeof *linear);
    bool is_in[TACRO_MAX_STATES] = {false};
    *out = NULL;
    if (linear == NULL || (linear->term = calloc(2 * TACRO_MAX_EQUATIONS * 2 + 1,
                                                 sizeof *linear->term)) == NULL) {
        tacro_linear_free(linear);
        return tacro_fail(err, TACRO_ENOMEM, "propagator");
    }
    linear->system = system;
    find_linear(system, is_in);
    number_states(linear, is_in);
    if (target != TACRO_NONE) {
        const int to = linear->index[target];
        for (size_t s = 0; s < system->nstates; s++) {
            is_in[s] =
                is_in[s] && to != TACRO_NONE && linear->reaches[to][linear->index[s]];
        }
        number_states(linear, is_in);
    }
    number_entries(linear);
    if (!plan_products(linear)) {
        tacro_linear_free(linear);
        return tacro_fail(err, TACRO_ENOMEM, "propagator of %zu states",
                          system->nstates);
    }
    *out = linear;
    return TACRO_OK;
}

void tacro_linear_free(struct tacro_linear *linear)
{
    if (linear == NULL) {
        return;
    }
    tacro_products_free(&linear->square);
    tacro_products_free(&linear->step);
    tacro_products_free(&linear->apply);
    free(linear->term);
    free(linear);
}

uint64_t tacro_linear_touched(const struct tacro_linear *linear, int coef)
{
    uint64_t columns = 0;
    for (size_t k = 0; k < linear->nterms; k++) {
        const struct tacro_term *t = &linear->term[k];
        if (t->rate != coef && t->gain != coef) {
            continue;
        }
        for (size_t j = 0; j < linear->n; j++) {
            columns |= linear->reaches[t->column][j] ? UINT64_C(1) << j : 0;
        }
    }
    return columns;
}
