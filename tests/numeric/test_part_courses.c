/**
 * Every registered part along random courses, by its declarations alone: no state falls
 * below 0, a linear chain is its matrix exponential, and what is not linear is the same
 * by both solvers at a tolerance of 1e-12.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "solve/moving.h"
#include "solve/solver.h"
#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/expm.h"

#define NCOURSES 2
#define NSEGMENTS 6
#define PEAK 17.0

#define FINE 1e-12
#define COARSE 1e-6 /* that of runs */
#define MIDDLE 1e-9

/*
 * Errors of the tolerance add up over the steps of all segments, in a state that
 * empties relative to what it held.
 */
#define AGREED 1e-9
#define AGREED_ABSOLUTE 1e-12

#define BELOW 5.0 /* absolute tolerances by which CVODE may leave a state below 0 */

/* A chain, what is given in each segment, and what became of it. */
struct course {
    struct test_chain *chain;
    bool is_linear;
    bool has_rhythm;
    double start[TACRO_MAX_STATES * TACRO_LANES];
    double time0[NSEGMENTS][TACRO_LANES];
    double span[NSEGMENTS][TACRO_LANES];
    double dose[NSEGMENTS][TACRO_LANES];                               /* mg */
    double input[NSEGMENTS][TACRO_LANES] __attribute__((aligned(64))); /* mg/h */
    double amplitude[TACRO_LANES];
    double mesor[TACRO_LANES];
};

typedef double trajectory[NSEGMENTS][TACRO_MAX_STATES * TACRO_LANES];

static bool is_linear(const struct tacro_system *system)
{
    for (size_t i = 0; i < system->nparts; i++) {
        const struct tacro_part *p = tacro_parts_at(system->part[i].part);
        bool is_plain = p->nmaps == 0;
        for (size_t k = 0; k < p->nfilters; k++) {
            is_plain = is_plain && p->filters[k].f == NULL;
        }
        for (size_t k = 0; k < p->nintegrals; k++) {
            is_plain = is_plain && p->integrals[k].f == NULL;
        }
        if (!is_plain) {
            return false;
        }
    }
    return system->nforcings == 0;
}

static bool has_part(const struct test_chain *chain, const char *name)
{
    for (size_t i = 0; i < chain->system->nparts; i++) {
        if (strcmp(tacro_parts_at(chain->system->part[i].part)->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* CL follows the clock. */
static void add_rhythm(struct course *c, uint64_t *seed)
{
    double *cl = test_chain_coef(c->chain, "CL");
    memcpy(c->mesor, cl, sizeof c->mesor);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        c->amplitude[l] = test_draw(seed, 0.0, 0.99);
    }
    tacro_system_add_rhythm(c->chain->system, 1,
                            (int)((cl - c->chain->coef[0]) / TACRO_LANES), 0, PEAK);
    c->has_rhythm = true;
}

/* From nothing, or from states of which some are 0. */
static void draw_course(struct course *c, int n, uint64_t *seed)
{
    struct test_chain *chain = c->chain;
    for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
        const bool is_zero = n == 0 || test_draw(seed, 0.0, 1.0) < 0.3;
        c->start[i] = is_zero ? 0.0 : chain->y[i];
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        double t = chain->time0[l];
        for (size_t k = 0; k < NSEGMENTS; k++) {
            c->time0[k][l] = t;
            c->span[k][l] = test_draw_log(seed, 0.05, 30.0);
            c->dose[k][l] =
                test_draw(seed, 0.0, 1.0) < 0.5 ? 0.0 : test_draw(seed, 0.0, 5.0);
            c->input[k][l] =
                test_draw(seed, 0.0, 1.0) < 0.7 ? 0.0 : test_draw(seed, 0.0, 0.3);
            t += c->span[k][l];
        }
    }
}

static struct course *create(size_t part, int n, bool with_rhythm, uint64_t *seed)
{
    struct course *c = aligned_alloc(64, (sizeof *c + 63) / 64 * 64);
    assert_non_null(c);
    memset(c, 0, sizeof *c);
    c->chain = test_chain_around(part, seed);
    if (has_part(c->chain, "savic")) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            test_chain_coef(c->chain, "MTT")[l] = test_draw_log(seed, 0.5, 10.0);
            test_chain_coef(c->chain, "NTR")[l] =
                l == 0 ? 0.0 : test_draw(seed, 0.1, 12.0);
        }
    }
    tacro_system_infuse(c->chain->system, (int)test_chain_state(c->chain, "CENTRAL"));
    draw_course(c, n, seed);
    if (with_rhythm) {
        add_rhythm(c, seed);
    }
    c->is_linear = is_linear(c->chain->system) && !with_rhythm;
    return c;
}

static void drop(struct course *c)
{
    test_chain_free(c->chain);
    free(c);
}

/* -- the solvers ------------------------------------------------------------------- */

static void give(const struct course *c, size_t k, struct tacro_moving *moving,
                 struct tacro_solver *solver)
{
    const int state = c->chain->system->dose_state;
    const bool is_forced = c->chain->system->nforcings > 0;
    if (moving != NULL) {
        tacro_moving_prune(moving, c->time0[k]);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (!is_forced) {
            solver->state[(size_t)state * TACRO_LANES + l] += c->dose[k][l];
        } else if (c->dose[k][l] > 0.0) {
            assert_true(tacro_moving_add(moving, 0, l,
                                         (const double(*)[TACRO_LANES])c->chain->coef,
                                         c->dose[k][l], c->time0[k][l]));
        }
    }
}

static void follow(const struct course *c, const struct tacro_method *method,
                   double rtol, double (*out)[TACRO_MAX_STATES * TACRO_LANES])
{
    struct test_chain *chain = c->chain;
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    const size_t size = chain->system->nstates * TACRO_LANES * sizeof(double);
    const struct tacro_curve curve = {.n = 0};
    struct tacro_moving *moving = NULL;
    struct tacro_solver *solver = NULL;
    struct tacro_lanes lanes = chain->lanes;
    if (c->has_rhythm) {
        memcpy(test_chain_coef(chain, "CL"), c->mesor, sizeof c->mesor);
    }
    kernels->rates(chain->system, chain->coef);
    assert_int_equal(method->create(chain->system, kernels, rtol, &solver, NULL),
                     TACRO_OK);
    if (tacro_system_moves(chain->system)) {
        assert_int_equal(tacro_moving_create(
                             chain->system, (const double(*)[TACRO_LANES])c->mesor,
                             (const double(*)[TACRO_LANES])c->amplitude, &moving, NULL),
                         TACRO_OK);
    }
    lanes.moving = moving;
    method->begin(solver);
    memcpy(solver->state, c->start, size);
    for (size_t k = 0; k < NSEGMENTS; k++) {
        double tau = 0.0;
        memcpy(chain->time0, c->time0[k], sizeof chain->time0);
        memcpy(chain->span, c->span[k], sizeof chain->span);
        lanes.input = &c->input[k];
        give(c, k, moving, solver);
        assert_int_equal(method->advance(solver, &lanes, &curve, &tau, NULL), TACRO_OK);
        memcpy(out[k], solver->state, size);
    }
    tacro_moving_free(moving);
    method->free(solver);
}

/* -- checks ------------------------------------------------------------------------ */

/*
 * The exact solver leaves no state below 0. CVODE may by its absolute tolerance, 1e-9
 * mg of a run, times what its local errors add up to along a chain.
 */
static void check_non_negative(const struct course *c, const char *name,
                               const struct tacro_method *method, double rtol,
                               double (*y)[TACRO_MAX_STATES * TACRO_LANES])
{
    const struct tacro_system *system = c->chain->system;
    const double allowed =
        method == &tacro_method_exact ? 0.0 : BELOW * (rtol / COARSE);
    for (size_t k = 0; k < NSEGMENTS; k++) {
        for (size_t i = 0; i < system->nstates * TACRO_LANES; i++) {
            const size_t s = i / TACRO_LANES;
            if (!(y[k][i] >= -allowed * system->atol[s])) {
                fail_msg("%s by %s at %g: %s of lane %zu is %g after segment %zu", name,
                         method->name, rtol, system->state[s]->name, i % TACRO_LANES,
                         y[k][i], k);
            }
        }
    }
}

static void check_same(const struct course *c, const char *name,
                       double (*y)[TACRO_MAX_STATES * TACRO_LANES],
                       double (*want)[TACRO_MAX_STATES * TACRO_LANES], double rtol)
{
    const struct tacro_system *system = c->chain->system;
    for (size_t k = 0; k < NSEGMENTS; k++) {
        for (size_t i = 0; i < system->nstates * TACRO_LANES; i++) {
            if (!(fabs(y[k][i] - want[k][i]) <=
                  rtol / FINE * (AGREED * fabs(want[k][i]) + AGREED_ABSOLUTE))) {
                fail_msg("%s: %s of lane %zu after segment %zu: %.15g, expected %.15g",
                         name, system->state[i / TACRO_LANES]->name, i % TACRO_LANES, k,
                         y[k][i], want[k][i]);
            }
        }
    }
}

/* A lane of a linear chain by its matrix, a constant input as a state of its own. */
static void check_lane(const struct course *c, const char *name, size_t lane,
                       double (*y)[TACRO_MAX_STATES * TACRO_LANES])
{
    static long double j[TACRO_MAX_STATES * TACRO_MAX_STATES];
    static long double a[TEST_EXPM_MAX * TEST_EXPM_MAX];
    static long double e[TEST_EXPM_MAX * TEST_EXPM_MAX];
    struct test_chain *chain = c->chain;
    const size_t n = chain->system->nstates;
    const size_t m = n + 1;
    const size_t central = test_chain_state(chain, "CENTRAL");
    long double x[TEST_EXPM_MAX];
    assert_true(m <= TEST_EXPM_MAX);
    for (size_t i = 0; i < n; i++) {
        x[i] = c->start[i * TACRO_LANES + lane];
    }
    for (size_t k = 0; k < NSEGMENTS; k++) {
        long double next[TEST_EXPM_MAX] = {0.0L};
        chain->span[lane] = c->span[k][lane];
        test_chain_jacobian(chain, tacro_kernels_find(NULL), lane, j);
        memset(a, 0, sizeof a);
        for (size_t i = 0; i < n * n; i++) {
            a[i / n * m + i % n] = j[i];
        }
        a[central * m + n] = c->span[k][lane];
        test_expm(m, a, 1.0L, e);
        x[chain->system->dose_state] += c->dose[k][lane];
        x[n] = c->input[k][lane];
        for (size_t i = 0; i < m * m; i++) {
            next[i / m] += e[i] * x[i % m];
        }
        memcpy(x, next, sizeof x);
        for (size_t i = 0; i < n; i++) {
            const double value = y[k][i * TACRO_LANES + lane];
            if (!(fabsl(value - x[i]) <= AGREED * fabsl(x[i]) + AGREED_ABSOLUTE)) {
                fail_msg("%s: %s of lane %zu after segment %zu: %.15g, expected %.15Lg",
                         name, chain->system->state[i]->name, lane, k, value, x[i]);
            }
        }
    }
}

static trajectory fine;
static trajectory exact;
static trajectory coarse;

static void check_course(const struct course *c, const char *name)
{
    static const size_t lanes[] = {0, 23, TACRO_LANES - 1};
    const bool is_exact = tacro_method_exact.accepts(c->chain->system);
    assert_int_equal(is_exact, !tacro_system_moves(c->chain->system));
    follow(c, &tacro_method_cvode, COARSE, coarse);
    check_non_negative(c, name, &tacro_method_cvode, COARSE, coarse);
    follow(c, &tacro_method_cvode, FINE, fine);
    check_non_negative(c, name, &tacro_method_cvode, FINE, fine);
    if (is_exact) {
        follow(c, &tacro_method_exact, COARSE, coarse);
        check_non_negative(c, name, &tacro_method_exact, COARSE, coarse);
        follow(c, &tacro_method_exact, FINE, exact);
        check_non_negative(c, name, &tacro_method_exact, FINE, exact);
        check_same(c, name, exact, fine, FINE);
    } else {
        follow(c, &tacro_method_cvode, MIDDLE, coarse);
        check_same(c, name, coarse, fine, MIDDLE);
    }
    for (size_t i = 0; c->is_linear && i < sizeof lanes / sizeof lanes[0]; i++) {
        check_lane(c, name, lanes[i], fine);
        check_lane(c, name, lanes[i], exact);
    }
}

static void test_every_part_keeps_its_courses(void **state)
{
    uint64_t seed = 71;
    size_t nlinear = 0;
    size_t nmoving = 0;
    (void)state;
    for (size_t i = 0; i < tacro_parts_count(); i++) {
        for (int n = 0; n < NCOURSES; n++) {
            struct course *c = create(i, n, false, &seed);
            check_course(c, tacro_parts_at(i)->name);
            nlinear += c->is_linear;
            nmoving += c->chain->system->nforcings > 0;
            drop(c);
        }
    }
    assert_true(nlinear > 0 && nmoving > 0 &&
                nlinear + nmoving < NCOURSES * tacro_parts_count());
}

/* The same with a clearance that nearly stops once a day. */
static void test_every_part_keeps_its_courses_by_the_clock(void **state)
{
    uint64_t seed = 72;
    (void)state;
    for (size_t i = 0; i < tacro_parts_count(); i++) {
        if (tacro_parts_at(i)->family != NULL && tacro_parts_at(i)->nstates > 4) {
            continue; /* longer ones differ in nothing else */
        }
        struct course *c = create(i, 1, true, &seed);
        check_course(c, tacro_parts_at(i)->name);
        drop(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_part_keeps_its_courses),
        cmocka_unit_test(test_every_part_keeps_its_courses_by_the_clock),
    };
    return cmocka_run_group_tests_name("part courses", tests, NULL, NULL);
}
