/** Every registered part, by its declarations alone: a new part is tested unseen. */
#include "core/units.h"
#include "models/registry.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/kernels.h"

#define NROUNDS 5

/*
 * Central differences over a step of 2e-5 of the value, extrapolated once: truncation
 * about 1e-16, rounding eps / 1e-5 = 2e-11 of the function; 1e-8 leaves 500 times that.
 */
#define STEP 1e-5
#define TOL_DIFFERENCE 1e-8

/* Sums of a handful of products, each rounded. */
#define TOL_ROUNDING 1e-14

static void for_each_part(void (*test)(const struct tacro_part *part))
{
    assert_true(tacro_parts_count() > 0);
    for (size_t i = 0; i < tacro_parts_count(); i++) {
        test(tacro_parts_at(i));
    }
}

static void check_text(const struct tacro_part *part, const char *what,
                       const char *text)
{
    if (text == NULL || *text == '\0') {
        fail_msg("%s: %s is missing", part->name, what);
    }
}

/* A name is said once in a part, of whatever it is. */
static void check_names(const struct tacro_part *part)
{
    const char *name[2 * TACRO_MAX_STATES + 64];
    size_t n = 0;
    assert_true(part->nstates + part->nparams + part->noutputs <=
                sizeof name / sizeof name[0]);
    for (size_t i = 0; i < part->nstates; i++) {
        name[n++] = part->states[i].name;
    }
    for (size_t i = 0; i < part->nparams; i++) {
        name[n++] = part->params[i].name;
    }
    for (size_t i = 0; i < part->noutputs; i++) {
        name[n++] = part->outputs[i].name;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(name[i], name[k]) == 0) {
                fail_msg("%s: %s is said twice", part->name, name[i]);
            }
        }
    }
}

static void words(const struct tacro_part *part)
{
    assert_non_null(part->name);
    check_text(part, "name", part->name);
    check_text(part, "doc", part->doc);
    check_text(part, "source", part->source);
    for (size_t i = 0; i < part->nstates; i++) {
        check_text(part, "name of a state", part->states[i].name);
        check_text(part, "doc of a state", part->states[i].doc);
        if (!(part->states[i].atol > 0.0)) {
            fail_msg("%s: %s has no absolute tolerance", part->name,
                     part->states[i].name);
        }
    }
    for (size_t i = 0; i < part->nparams; i++) {
        check_text(part, "name of a parameter", part->params[i].name);
        check_text(part, "doc of a parameter", part->params[i].doc);
    }
    for (size_t i = 0; i < part->noutputs; i++) {
        check_text(part, "name of an output", part->outputs[i].name);
        check_text(part, "doc of an output", part->outputs[i].doc);
        assert_non_null(part->outputs[i].f);
    }
    check_names(part);
}

static void test_parts_have_doc_and_source(void **state)
{
    (void)state;
    for_each_part(words);
}

/* Some dimension reads "1 <unit>"; an area is a concentration times hours. */
static bool is_unit_known(const char *unit)
{
    char text[64] = "1 ";
    double value = 0.0;
    if (strcmp(unit, "ng*h/mL") == 0) {
        return true;
    }
    snprintf(text + 2, sizeof text - 2, "%s", unit);
    for (unsigned d = 0; d < TACRO_NDIMENSIONS; d++) {
        if (tacro_units_parse(text, (enum tacro_dimension)d, &value, NULL) ==
            TACRO_OK) {
            return true;
        }
    }
    return false;
}

static void units(const struct tacro_part *part)
{
    for (size_t i = 0; i < part->nparams; i++) {
        if (tacro_dimension_of(part->params[i].unit) == TACRO_NDIMENSIONS) {
            fail_msg("%s: %s in %s, which is no canonical unit", part->name,
                     part->params[i].name, part->params[i].unit);
        }
    }
    for (size_t i = 0; i < part->nstates; i++) {
        if (!is_unit_known(part->states[i].unit)) {
            fail_msg("%s: %s in %s", part->name, part->states[i].name,
                     part->states[i].unit);
        }
    }
    for (size_t i = 0; i < part->noutputs; i++) {
        if (!is_unit_known(part->outputs[i].unit)) {
            fail_msg("%s: %s in %s", part->name, part->outputs[i].name,
                     part->outputs[i].unit);
        }
    }
}

static void test_parts_units_parse(void **state)
{
    (void)state;
    for_each_part(units);
    assert_false(is_unit_known("stone")); /* the check itself can fail */
}

static void equations(const struct tacro_part *part)
{
    bool has[TACRO_MAX_STATES] = {false};
    for (size_t i = 0; i < part->nflows; i++) {
        assert_true(part->flows[i].from < part->nstates);
        assert_true(part->flows[i].rate < part->nparams + part->nrates);
        has[part->flows[i].from] = true;
    }
    for (size_t i = 0; i < part->nfilters; i++) {
        assert_true(part->filters[i].rate < part->nparams + part->nrates);
        assert_false(has[part->filters[i].state]);
        has[part->filters[i].state] = true;
    }
    for (size_t i = 0; i < part->nintegrals; i++) {
        assert_false(has[part->integrals[i].state]);
        has[part->integrals[i].state] = true;
    }
    for (size_t i = 0; i < part->nstates; i++) {
        if (!has[i]) {
            fail_msg("%s: %s has no equation", part->name, part->states[i].name);
        }
    }
    assert_true(part->hazard_state < (int)part->nstates);
    assert_true(part->dose_state < (int)part->nstates);
    assert_int_equal(part->nrates > 0, part->rates != NULL);
    for (size_t i = 0; i < part->nmaps; i++) {
        assert_non_null(part->maps[i].f);
        assert_true(part->maps[i].source != part->maps[i].signal);
    }
}

static void test_parts_give_each_state_one_equation(void **state)
{
    (void)state;
    for_each_part(equations);
}

/* A chain of n compartments: n own flows, the last into the disposition. */
static void family(const struct tacro_part *part)
{
    const struct tacro_flow *last;
    if (part->family == NULL) {
        return;
    }
    assert_int_equal(part->nflows, part->nstates);
    last = &part->flows[part->nflows - 1];
    for (size_t i = 0; i + 1 < part->nflows; i++) {
        assert_int_equal(part->flows[i].from, i);
        assert_int_equal(part->flows[i].to.kind, TACRO_END_STATE);
        assert_int_equal(part->flows[i].to.index, i + 1);
        assert_int_equal(part->flows[i].rate, 0);
    }
    assert_int_equal(last->from, part->nstates - 1);
    assert_int_equal(last->to.kind, TACRO_END_SIGNAL);
    assert_int_equal(last->to.index, TACRO_RATE_IN);
}

/* erlang_1 to erlang_24, transit_1 to transit_20, each as long as its name says. */
static void test_parts_of_a_family_are_chains_of_their_length(void **state)
{
    static const struct {
        const char *name;
        size_t last;
        size_t more; /* states beside those that the name counts */
    } families[] = {{"erlang", 24, 0}, {"transit", 20, 1}};
    (void)state;
    for_each_part(family);
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++) {
        for (size_t n = 1; n <= families[f].last + 1; n++) {
            char name[32];
            size_t found;
            snprintf(name, sizeof name, "%s_%zu", families[f].name, n);
            found = tacro_parts_find(name);
            if (n > families[f].last) {
                assert_int_equal(found, tacro_parts_count());
            } else {
                assert_true(found < tacro_parts_count());
                assert_int_equal(tacro_parts_at(found)->nstates, n + families[f].more);
            }
        }
    }
}

/* -- lane functions ---------------------------------------------------------------- */

static void evaluate(const struct tacro_view *view, tacro_lane_function *f,
                     const double *x, double factor, double *value)
{
    double moved[TACRO_LANES] __attribute__((aligned(64)));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        moved[l] = x[l] * factor;
    }
    f(view, moved, value, NULL);
}

/* dy of f at random x in each lane against differences of its y. */
static void check_slope(const char *name, const struct tacro_view *view,
                        tacro_lane_function *f, uint64_t *seed)
{
    double x[TACRO_LANES] __attribute__((aligned(64)));
    double value[4][TACRO_LANES] __attribute__((aligned(64)));
    double y[TACRO_LANES] __attribute__((aligned(64)));
    double dy[TACRO_LANES] __attribute__((aligned(64)));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        x[l] = test_draw_log(seed, 0.01, 60.0);
    }
    f(view, x, y, dy);
    evaluate(view, f, x, 1.0 + STEP, value[0]);
    evaluate(view, f, x, 1.0 - STEP, value[1]);
    evaluate(view, f, x, 1.0 + 2.0 * STEP, value[2]);
    evaluate(view, f, x, 1.0 - 2.0 * STEP, value[3]);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double near = (value[0][l] - value[1][l]) / (2.0 * STEP);
        const double far = (value[2][l] - value[3][l]) / (4.0 * STEP);
        const double slope = (4.0 * near - far) / 3.0; /* x dy/dx */
        const double scale = fabs(y[l]) + fabs(x[l] * dy[l]);
        if (!(fabs(x[l] * dy[l] - slope) <= TOL_DIFFERENCE * scale)) {
            fail_msg("%s: x dy = %.12g at %g, differences give %.12g", name,
                     x[l] * dy[l], x[l], slope);
        }
    }
    evaluate(view, f, x, 1.0, value[0]); /* with dy and without: one y */
    assert_memory_equal(y, value[0], sizeof y);
}

/* Where a part stands in its chain. */
static size_t place_of(const struct tacro_system *system, const struct tacro_part *part)
{
    size_t i = 0;
    while (i < system->nparts &&
           strcmp(tacro_parts_at(system->part[i].part)->name, part->name) != 0) {
        i++;
    }
    assert_true(i < system->nparts);
    return i;
}

static void slopes(const struct tacro_part *part)
{
    uint64_t seed = 41;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        for (int round = 0; kernels != NULL && round < NROUNDS; round++) {
            struct test_chain *chain =
                test_chain_around(tacro_parts_find(part->name), &seed);
            const struct tacro_part *p = kernels->parts[tacro_parts_find(part->name)];
            const size_t place = place_of(chain->system, part);
            const struct tacro_view view = {
                .coef = (const double(*)[TACRO_LANES])chain->coef +
                        chain->system->part[place].coef,
                .time = chain->time0};
            for (size_t i = 0; i < p->nmaps; i++) {
                check_slope(p->name, &view, p->maps[i].f, &seed);
            }
            for (size_t i = 0; i < p->nfilters; i++) {
                if (p->filters[i].f != NULL) {
                    check_slope(p->name, &view, p->filters[i].f, &seed);
                }
            }
            for (size_t i = 0; i < p->nintegrals; i++) {
                if (p->integrals[i].f != NULL) {
                    check_slope(p->name, &view, p->integrals[i].f, &seed);
                }
            }
            test_chain_free(chain);
        }
    }
}

static void test_parts_lane_functions_slopes_equal_differences(void **state)
{
    (void)state;
    for_each_part(slopes);
}

/* -- chains ------------------------------------------------------------------------ */

/* The Jacobian that a kernel factors: M^-1 column by column, M, J = (I - M) / gamma. */
static void kernel_jacobian(const struct test_chain *chain,
                            const struct tacro_kernels *kernels, size_t lane,
                            long double *jacobian)
{
    static double lu[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double x[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    static long double inverse[TACRO_MAX_STATES * TACRO_MAX_STATES];
    const size_t n = chain->system->nstates;
    const double gamma = 1.0;
    kernels->factor(chain->system, &chain->lanes, 0.0, gamma, chain->y, lu);
    for (size_t j = 0; j < n; j++) {
        kernels->fill(n, 0.0, x);
        kernels->fill(1, 1.0, x + j * TACRO_LANES);
        kernels->solve(chain->system, lu, x, x);
        for (size_t i = 0; i < n; i++) {
            inverse[i * n + j] = x[i * TACRO_LANES + lane];
        }
    }
    for (size_t j = 0; j < n; j++) {
        long double copy[TACRO_MAX_STATES * TACRO_MAX_STATES];
        long double column[TACRO_MAX_STATES] = {0.0L};
        memcpy(copy, inverse, n * n * sizeof *copy);
        column[j] = 1.0L;
        test_dense_solve(n, copy, column);
        for (size_t i = 0; i < n; i++) {
            jacobian[i * n + j] = ((i == j ? 1.0L : 0.0L) - column[i]) / gamma;
        }
    }
}

/* d(dy)/d(y_column) of every state and lane, central differences extrapolated once. */
static void difference(struct test_chain *chain, const struct tacro_kernels *kernels,
                       size_t column, double *slope)
{
    static double value[4][TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    static const double at[4] = {STEP, -STEP, 2.0 * STEP, -2.0 * STEP};
    double kept[TACRO_LANES];
    double *row = chain->y + column * TACRO_LANES;
    memcpy(kept, row, sizeof kept);
    for (size_t k = 0; k < 4; k++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            row[l] = kept[l] * (1.0 + at[k]);
        }
        kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, value[k]);
    }
    memcpy(row, kept, sizeof kept);
    for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
        const double near = (value[0][i] - value[1][i]) / (2.0 * STEP);
        const double far = (value[2][i] - value[3][i]) / (4.0 * STEP);
        slope[i] = (4.0 * near - far) / 3.0 / kept[i % TACRO_LANES];
    }
}

/* Entries are compared on the scale of their row: y_j J_ij beside the terms of dy_i. */
static void check_jacobian(struct test_chain *chain,
                           const struct tacro_kernels *kernels)
{
    static double dy[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    static double slope[TACRO_MAX_STATES][TACRO_MAX_STATES * TACRO_LANES];
    static long double jacobian[TACRO_MAX_STATES * TACRO_MAX_STATES];
    const size_t n = chain->system->nstates;
    const size_t lanes[] = {0, 31, TACRO_LANES - 1};
    kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, dy);
    for (size_t j = 0; j < n; j++) {
        difference(chain, kernels, j, slope[j]);
    }
    for (size_t k = 0; k < sizeof lanes / sizeof lanes[0]; k++) {
        const size_t l = lanes[k];
        kernel_jacobian(chain, kernels, l, jacobian);
        for (size_t i = 0; i < n; i++) {
            double scale = fabs(dy[i * TACRO_LANES + l]);
            for (size_t j = 0; j < n; j++) {
                scale +=
                    fabs((double)jacobian[i * n + j] * chain->y[j * TACRO_LANES + l]);
            }
            for (size_t j = 0; j < n; j++) {
                const double y = chain->y[j * TACRO_LANES + l];
                const double want = slope[j][i * TACRO_LANES + l];
                const double value = (double)jacobian[i * n + j];
                if (!(fabs((value - want) * y) <= TOL_DIFFERENCE * scale)) {
                    fail_msg("%s: d %s / d %s = %.12g, differences give %.12g",
                             kernels->name, chain->system->state[i]->name,
                             chain->system->state[j]->name, value, want);
                }
            }
        }
    }
}

static void jacobians(const struct tacro_part *part)
{
    uint64_t seed = 43;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        for (int round = 0; kernels != NULL && round < NROUNDS; round++) {
            struct test_chain *chain =
                test_chain_around(tacro_parts_find(part->name), &seed);
            for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
                chain->y[i] += 0.5; /* differences are relative */
            }
            check_jacobian(chain, kernels);
            test_chain_free(chain);
        }
    }
}

static void test_parts_jacobian_equals_differences(void **state)
{
    (void)state;
    for_each_part(jacobians);
}

/*
 * dy/dt >= 0 of a state that stands at 0 while the others are >= 0: then no exact
 * trajectory that starts non-negative becomes negative, and no integral falls.
 */
static void positive(const struct tacro_part *part)
{
    static double dy[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    uint64_t seed = 47;
    for (int round = 0; round < 50; round++) {
        struct test_chain *chain =
            test_chain_around(tacro_parts_find(part->name), &seed);
        const size_t n = chain->system->nstates;
        for (size_t s = 0; s < n; s++) {
            test_chain_draw_states(chain, &seed);
            for (size_t i = 0; i < n * TACRO_LANES; i++) {
                const bool is_zero =
                    i / TACRO_LANES == s || test_draw(&seed, 0.0, 1.0) < 0.2;
                chain->y[i] = is_zero ? 0.0 : chain->y[i];
            }
            kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, dy);
            for (size_t i = 0; i < n * TACRO_LANES; i++) {
                if (chain->y[i] == 0.0 && !(dy[i] >= 0.0)) {
                    fail_msg("%s: %s leaves 0 at %g per h", part->name,
                             chain->system->state[i / TACRO_LANES]->name, dy[i]);
                }
            }
        }
        test_chain_free(chain);
    }
}

static void test_parts_states_stay_non_negative(void **state)
{
    (void)state;
    for_each_part(positive);
}

/* What leaves the body by the parts' declarations, per hour of a lane. */
static long double leaving(const struct test_chain *chain, size_t lane)
{
    const struct tacro_system *system = chain->system;
    long double out = 0.0L;
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(system->part[i].part);
        for (size_t k = 0; k < p->nflows; k++) {
            if (p->flows[k].to.kind == TACRO_END_OUT) {
                const size_t from = system->part[i].state + p->flows[k].from;
                out += (long double)
                           chain->coef[system->part[i].coef + p->flows[k].rate][lane] *
                       chain->y[from * TACRO_LANES + lane];
            }
        }
    }
    return out;
}

/*
 * Sum of dy over the states that hold mass; `moved` is the sum of |dy| for the scale.
 */
static long double mass_change(const struct test_chain *chain, const double *dy,
                               size_t lane, long double *moved)
{
    long double sum = 0.0L;
    for (size_t s = 0; s < chain->system->nstates; s++) {
        if (strcmp(chain->system->state[s]->unit, "mg") == 0) {
            sum += dy[s * TACRO_LANES + lane];
            *moved += fabsl((long double)dy[s * TACRO_LANES + lane]);
        }
    }
    return sum;
}

static void mass(const struct tacro_part *part)
{
    static double dy[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    uint64_t seed = 53;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        for (int round = 0; kernels != NULL && round < NROUNDS; round++) {
            struct test_chain *chain =
                test_chain_around(tacro_parts_find(part->name), &seed);
            kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, dy);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                const long double out = leaving(chain, l) * chain->span[l];
                long double moved = out;
                const long double change = mass_change(chain, dy, l, &moved);
                assert_true(moved > 0.0L);
                if (!(fabsl(change + out) <= TOL_ROUNDING * moved)) {
                    fail_msg("%s: %Lg mg/h appear from nowhere", part->name,
                             (change + out) / chain->span[l]);
                }
            }
            test_chain_free(chain);
        }
    }
}

static void test_parts_flows_conserve_mass(void **state)
{
    (void)state;
    for_each_part(mass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_have_doc_and_source),
        cmocka_unit_test(test_parts_units_parse),
        cmocka_unit_test(test_parts_give_each_state_one_equation),
        cmocka_unit_test(test_parts_of_a_family_are_chains_of_their_length),
        cmocka_unit_test(test_parts_lane_functions_slopes_equal_differences),
        cmocka_unit_test(test_parts_jacobian_equals_differences),
        cmocka_unit_test(test_parts_states_stay_non_negative),
        cmocka_unit_test(test_parts_flows_conserve_mass),
    };
    return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
