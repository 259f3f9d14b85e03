#include "run/crosscheck.h"

#include <math.h>
#include <stdlib.h>

/* Smaller values are compared with these: under them nothing is reported. */
#define LEAST_LEVEL 0.01
#define LEAST_HAZARD 1e-6

/* What one solver gave one patient under one regimen. */
struct kept {
    bool is_there;
    double *level;  /* [ntimes] */
    double *hazard; /* [nrecords][nrisks] */
};

struct tacro_crosscheck {
    const struct tacro_scenario *scenario;
    struct tacro_block_setup setup; /* with the other solver */
    size_t n;
    uint64_t index[TACRO_CROSSCHECK_SAMPLE];
    struct kept *kept; /* [2][nregimens][n]: of the run, of the other solver */
    double *values;
};

static size_t ncourses(const struct tacro_crosscheck *check)
{
    return check->n * check->scenario->input->nregimens;
}

static const struct tacro_method *other_method(const struct tacro_block_setup *setup)
{
    const struct tacro_method *other = setup->method == &tacro_method_cvode
                                           ? &tacro_method_exact
                                           : &tacro_method_cvode;
    return other->accepts(setup->system) ? other : NULL;
}

enum tacro_status tacro_crosscheck_create(const struct tacro_scenario *scenario,
                                          const struct tacro_block_setup *setup,
                                          uint64_t first, uint64_t n,
                                          struct tacro_crosscheck **out,
                                          struct tacro_error *err)
{
    const size_t nhazards = scenario->nrecords * scenario->input->nrisks;
    struct tacro_crosscheck *check = calloc(1, sizeof *check);
    size_t total;
    *out = NULL;
    if (check == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    check->scenario = scenario;
    check->setup = *setup;
    check->setup.method = other_method(setup);
    check->n = n < TACRO_CROSSCHECK_SAMPLE ? (size_t)n : TACRO_CROSSCHECK_SAMPLE;
    for (size_t i = 0; i < check->n; i++) {
        check->index[i] = first + i * n / check->n;
    }
    total = 2 * ncourses(check);
    check->kept = calloc(total + 1, sizeof *check->kept);
    check->values =
        malloc((total * (scenario->ntimes + nhazards) + 1) * sizeof *check->values);
    if (check->kept == NULL || check->values == NULL) {
        tacro_crosscheck_free(check);
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    for (size_t i = 0; i < total; i++) {
        check->kept[i].level = check->values + i * (scenario->ntimes + nhazards);
        check->kept[i].hazard = check->kept[i].level + scenario->ntimes;
    }
    *out = check;
    return TACRO_OK;
}

void tacro_crosscheck_free(struct tacro_crosscheck *check)
{
    if (check != NULL) {
        free(check->kept);
        free(check->values);
        free(check);
    }
}

const struct tacro_method *tacro_crosscheck_method(const struct tacro_crosscheck *check)
{
    return check->setup.method;
}

static void keep_lane(const struct tacro_crosscheck *check,
                      const struct tacro_block_result *r, size_t l, struct kept *kept)
{
    const struct tacro_scenario *s = check->scenario;
    const size_t nrisks = s->input->nrisks;
    kept->is_there = r->status[l] == TACRO_LANE_OK;
    for (size_t i = 0; i < s->ntimes; i++) {
        kept->level[i] = r->concentration[i * TACRO_LANES + l];
    }
    for (size_t i = 0; i < s->nrecords * nrisks; i++) {
        const size_t state = (size_t)s->system->hazard_state[1 + i % nrisks];
        const size_t record = i / nrisks;
        kept->hazard[i] =
            r->state[(record * s->system->nstates + state) * TACRO_LANES + l];
    }
}

void tacro_crosscheck_keep(struct tacro_crosscheck *check, size_t regimen,
                           const struct tacro_subject *const *subject,
                           const struct tacro_block_result *result)
{
    const uint64_t lowest = check->index[0];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t i = 0; i < check->n && subject[l]->index >= lowest; i++) {
            if (check->index[i] == subject[l]->index) {
                keep_lane(check, result, l, &check->kept[regimen * check->n + i]);
            }
        }
    }
}

size_t tacro_crosscheck_blocks(const struct tacro_crosscheck *check)
{
    return check->setup.method == NULL
               ? 0
               : (ncourses(check) + TACRO_LANES - 1) / TACRO_LANES;
}

enum tacro_status tacro_crosscheck_run(struct tacro_crosscheck *check, size_t block,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = check->scenario;
    const size_t first = block * TACRO_LANES;
    const size_t all = ncourses(check);
    struct tacro_block *workspace = NULL;
    struct tacro_subject *drawn = calloc(TACRO_LANES, sizeof *drawn);
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *result;
    if (drawn == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    TACRO_TRY(tacro_block_create(&check->setup, &workspace, err));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        /* the last block's tail is padded with copies */
        const size_t at = first + l < all ? first + l : all - 1;
        tacro_subject_draw(s->rules, check->index[at % check->n], &drawn[l]);
        subject[l] = &drawn[l];
        course[l] = &s->course[at / check->n];
    }
    result = tacro_block_run(workspace, subject, course);
    for (size_t l = 0; l < TACRO_LANES && first + l < all; l++) {
        keep_lane(check, result, l, &check->kept[all + first + l]);
    }
done:
    tacro_block_free(workspace);
    free(drawn);
    return st;
}

static double largest(const double *a, const double *b, size_t n, double least)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = fabs(a[i] - b[i]) / fmax(fabs(b[i]), least);
        worst = d <= worst ? worst : d; /* a NaN stays */
        if (isnan(worst)) {
            return INFINITY;
        }
    }
    return worst;
}

struct tacro_difference
tacro_crosscheck_difference(const struct tacro_crosscheck *check, size_t regimen)
{
    const struct tacro_scenario *s = check->scenario;
    const size_t nhazards = s->nrecords * s->input->nrisks;
    struct tacro_difference d = {0.0, 0.0, 0, 0};
    for (size_t i = 0; i < check->n; i++) {
        const struct kept *a = &check->kept[regimen * check->n + i];
        const struct kept *b = a + ncourses(check);
        d.unmatched += a->is_there != b->is_there;
        if (a->is_there && b->is_there) {
            d.level =
                fmax(d.level, largest(a->level, b->level, s->ntimes, LEAST_LEVEL));
            d.hazard =
                fmax(d.hazard, largest(a->hazard, b->hazard, nhazards, LEAST_HAZARD));
            d.n++;
        }
    }
    if (d.n == 0) {
        d.level = NAN;
    }
    if (d.n == 0 || nhazards == 0) {
        d.hazard = NAN;
    }
    return d;
}
