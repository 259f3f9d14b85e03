#include "run/crosscheck.h"

#include "dose/replay.h"

#include <math.h>
#include <stdlib.h>

/* Smaller values are compared with these: under them nothing is reported. */
#define LEAST_LEVEL 0.01
#define LEAST_HAZARD 1e-6

/* Of the tolerance, where a solver is checked by itself. */
#define FINER 0.01

/* What one solver gave one patient under one regimen. */
struct kept {
    bool is_there;
    double *level;              /* [ntimes] */
    double *hazard;             /* [nrecords][nrisks] */
    struct tacro_ledger ledger; /* of the run, of an arm without a common course */
};

/* Courses that the other solver computes together: of one variant of the equations. */
struct batch {
    size_t variant;
    size_t n;
    size_t course[TACRO_LANES]; /* regimen * check->n + sample */
};

struct tacro_crosscheck {
    const struct tacro_scenario *scenario;
    const struct tacro_block_setup *setup; /* [nvariants] of the run */
    size_t nbatches;
    struct batch *batch;
    size_t n;
    uint64_t index[TACRO_CROSSCHECK_SAMPLE];
    struct kept *kept; /* [2][nregimens][n]: of the run, of the other solver */
    double *values;
};

static size_t ncourses(const struct tacro_crosscheck *check)
{
    return check->n * check->scenario->input->nregimens;
}

/*
 * The solver that the run of a PK model does not take or, of equations that only one
 * can integrate, the same.
 */
static const struct tacro_method *other_method(const struct tacro_crosscheck *check,
                                               size_t model)
{
    const struct tacro_block_setup *setup = &check->setup[model];
    const struct tacro_method *other = setup->method == &tacro_method_cvode
                                           ? &tacro_method_exact
                                           : &tacro_method_cvode;
    for (size_t v = 0; v < check->scenario->nvariants; v++) {
        if (check->scenario->variant[v].model == model &&
            !other->accepts(check->setup[v].system)) {
            return setup->method;
        }
    }
    return other;
}

/* As few blocks as variants allow. */
static void make_batches(struct tacro_crosscheck *check)
{
    const struct tacro_scenario *s = check->scenario;
    for (size_t v = 0; v < s->nvariants; v++) {
        struct batch *batch = NULL;
        for (size_t at = 0; at < ncourses(check); at++) {
            if (s->arm[at / check->n].variant != v) {
                continue;
            }
            if (batch == NULL || batch->n == TACRO_LANES) {
                batch = &check->batch[check->nbatches++];
                batch->variant = v;
            }
            batch->course[batch->n++] = at;
        }
    }
}

enum tacro_status tacro_crosscheck_create(const struct tacro_scenario *scenario,
                                          const struct tacro_block_setup *setup,
                                          uint64_t first, uint64_t n,
                                          struct tacro_crosscheck **out,
                                          struct tacro_error *err)
{
    const size_t nhazards = scenario->nrecords * scenario->input->nrisks;
    const size_t nregimens = scenario->input->nregimens;
    struct tacro_crosscheck *check = calloc(1, sizeof *check);
    size_t total;
    *out = NULL;
    if (check == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    check->scenario = scenario;
    check->setup = setup;
    check->n = n < TACRO_CROSSCHECK_SAMPLE ? (size_t)n : TACRO_CROSSCHECK_SAMPLE;
    for (size_t i = 0; i < check->n; i++) {
        check->index[i] = first + i * n / check->n;
    }
    total = 2 * ncourses(check);
    check->kept = calloc(total + 1, sizeof *check->kept);
    check->values =
        malloc((total * (scenario->ntimes + nhazards) + 1) * sizeof *check->values);
    check->batch = calloc(nregimens + scenario->nvariants, sizeof *check->batch);
    if (check->kept == NULL || check->values == NULL || check->batch == NULL) {
        tacro_crosscheck_free(check);
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    for (size_t i = 0; i < total; i++) {
        check->kept[i].level = check->values + i * (scenario->ntimes + nhazards);
        check->kept[i].hazard = check->kept[i].level + scenario->ntimes;
    }
    make_batches(check);
    *out = check;
    return TACRO_OK;
}

void tacro_crosscheck_free(struct tacro_crosscheck *check)
{
    if (check != NULL) {
        for (size_t i = 0; check->kept != NULL && i < ncourses(check); i++) {
            tacro_ledger_free(&check->kept[i].ledger);
        }
        free(check->batch);
        free(check->kept);
        free(check->values);
        free(check);
    }
}

bool tacro_crosscheck_is_finer(const struct tacro_crosscheck *check, size_t regimen)
{
    const size_t model = check->scenario->arm[regimen].model;
    return other_method(check, model) == check->setup[model].method;
}

const char *tacro_crosscheck_name(const struct tacro_crosscheck *check, size_t regimen)
{
    return tacro_crosscheck_is_finer(check, regimen)
               ? "cvode at 1/100 of the tolerance"
               : other_method(check, check->scenario->arm[regimen].model)->name;
}

static void keep_lane(const struct tacro_crosscheck *check,
                      const struct tacro_system *system,
                      const struct tacro_block_result *r, size_t l, struct kept *kept)
{
    const struct tacro_scenario *s = check->scenario;
    const size_t nrisks = s->input->nrisks;
    kept->is_there = r->status[l] == TACRO_LANE_OK;
    for (size_t i = 0; i < s->ntimes; i++) {
        kept->level[i] = r->concentration[i * TACRO_LANES + l];
    }
    for (size_t i = 0; i < s->nrecords * nrisks; i++) {
        const size_t state = (size_t)system->hazard_state[1 + i % nrisks];
        const size_t record = i / nrisks;
        kept->hazard[i] =
            r->state[(record * system->nstates + state) * TACRO_LANES + l];
    }
}

enum tacro_status tacro_crosscheck_keep(struct tacro_crosscheck *check, size_t regimen,
                                        const struct tacro_subject *const *subject,
                                        const struct tacro_course *const *course,
                                        const struct tacro_block_result *result,
                                        struct tacro_error *err)
{
    const struct tacro_arm *arm = &check->scenario->arm[regimen];
    const uint64_t lowest = check->index[0];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t i = 0; i < check->n && subject[l]->index >= lowest; i++) {
            struct kept *kept = &check->kept[regimen * check->n + i];
            if (check->index[i] != subject[l]->index) {
                continue;
            }
            keep_lane(check, arm->system, result, l, kept);
            if (!arm->is_shared &&
                !tacro_ledger_copy(&course[l]->ledger, &kept->ledger)) {
                return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
            }
        }
    }
    return TACRO_OK;
}

size_t tacro_crosscheck_blocks(const struct tacro_crosscheck *check)
{
    return check->nbatches;
}

/* A sampled course once more, from its ledger. */
static enum tacro_status replay(const struct tacro_crosscheck *check, size_t at,
                                const struct tacro_subject *subject,
                                struct tacro_course *course, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_arm *arm = &check->scenario->arm[at / check->n];
    struct tacro_agenda *agenda = NULL;
    struct tacro_replay replay = {0};
    TACRO_TRY(tacro_replay_create(&check->kept[at].ledger, &replay, err));
    TACRO_TRY(tacro_agenda_create(&arm->agenda, &agenda, err));
    tacro_arm_assign_replay(arm, &replay, agenda);
    tacro_agenda_begin(agenda, subject);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    if (tacro_agenda_status(agenda) != TACRO_OK ||
        !tacro_course_copy(tacro_agenda_course(agenda), course)) {
        st = tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
done:
    tacro_agenda_free(agenda);
    tacro_replay_free(&replay);
    return st;
}

enum tacro_status tacro_crosscheck_run(struct tacro_crosscheck *check, size_t block,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = check->scenario;
    const struct batch *batch = &check->batch[block];
    struct tacro_block_setup setup = check->setup[batch->variant];
    struct tacro_block *workspace = NULL;
    struct tacro_subject *drawn = calloc(TACRO_LANES, sizeof *drawn);
    struct tacro_course *own = calloc(TACRO_LANES, sizeof *own);
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *result;
    if (drawn == NULL || own == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "check of the solver");
        goto done;
    }
    setup.method = other_method(check, s->variant[batch->variant].model);
    setup.rtol *= setup.method == check->setup[batch->variant].method ? FINER : 1.0;
    TACRO_TRY(tacro_block_create(&setup, &workspace, err));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        /* the last block's tail is padded with copies */
        const size_t at = batch->course[l < batch->n ? l : batch->n - 1];
        const struct tacro_arm *arm = &s->arm[at / check->n];
        tacro_subject_draw(tacro_scenario_pk(s, at / check->n)->rules,
                           check->index[at % check->n], &drawn[l]);
        subject[l] = &drawn[l];
        course[l] = &arm->course;
        if (!arm->is_shared) {
            TACRO_TRY(replay(check, at, subject[l], &own[l], err));
            course[l] = &own[l];
        }
    }
    result = tacro_block_run(workspace, subject, course);
    for (size_t l = 0; l < batch->n; l++) {
        const size_t at = batch->course[l];
        keep_lane(check, s->arm[at / check->n].system, result, l,
                  &check->kept[ncourses(check) + at]);
    }
done:
    tacro_block_free(workspace);
    for (size_t l = 0; own != NULL && l < TACRO_LANES; l++) {
        tacro_course_free(&own[l]);
    }
    free(own);
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
