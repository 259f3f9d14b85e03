#include "run/arm_covariates.h"

#include "input/derived.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for a covariate of n steps at most; NULL when memory is out. */
static struct tacro_arm_covariate *add(struct tacro_arm_covariates *out,
                                       enum tacro_covariate_id id, size_t n)
{
    struct tacro_arm_covariate *item = &out->item[out->n];
    *item = (struct tacro_arm_covariate){.id = id};
    item->step = calloc(n, sizeof *item->step);
    if (item->step == NULL) {
        return NULL;
    }
    out->n++;
    return item;
}

/* From a time on a level, before it what the patients have. */
static bool add_induction(const struct tacro_input *input,
                          const struct tacro_cover *cover,
                          struct tacro_arm_covariates *out)
{
    const struct tacro_covariate *given = &input->covariate[TACRO_COV_induction];
    struct tacro_arm_covariate *item = add(out, TACRO_COV_induction, given->n + 2);
    if (item == NULL) {
        return false;
    }
    if (cover->from > 0.0 && given->distribution != TACRO_STEPS) {
        item->step[item->n++] = (struct tacro_covariate_step){0.0, NAN};
    }
    for (size_t i = 0; given->distribution == TACRO_STEPS && i < given->n; i++) {
        if (given->step[i].from < cover->from - TACRO_SAME_TIME) {
            item->step[item->n++] = given->step[i];
        }
    }
    item->step[item->n++] = (struct tacro_covariate_step){cover->from, cover->level};
    return true;
}

/* -- what follows from the doses --------------------------------------------------- */

/* A dose, wherever it comes from. */
struct given {
    double time;
    size_t port;
};

static bool room_for(struct given **given, size_t n)
{
    *given = calloc(n + 1, sizeof **given);
    return *given != NULL;
}

/* The doses of a plan, whose routes are names. */
static bool list_plan(const struct tacro_doses *doses, struct given **given, size_t *n)
{
    const char *oral = tacro_paramset_route(NULL, TACRO_PORT_ORAL);
    const char *iv = tacro_paramset_route(NULL, TACRO_PORT_IV);
    *n = doses->n;
    if (!room_for(given, doses->n)) {
        return false;
    }
    for (size_t i = 0; i < doses->n; i++) {
        const char *route = doses->dose[i].route;
        (*given)[i].time = doses->dose[i].time;
        (*given)[i].port = strcmp(route, iv) == 0     ? TACRO_PORT_IV
                           : strcmp(route, oral) == 0 ? TACRO_PORT_ORAL
                                                      : TACRO_PORT_FORMULATION;
    }
    return true;
}

static bool list_events(const struct tacro_arm_events *events, struct given **given,
                        size_t *n)
{
    *n = 0;
    if (!room_for(given, events->n)) {
        return false;
    }
    for (size_t i = 0; i < events->n; i++) {
        const struct tacro_record *r = &events->record[i];
        if (r->amount > 0.0) {
            (*given)[(*n)++] = (struct given){r->time, r->port};
        }
    }
    return true;
}

static void add_step(struct tacro_column *out, double time, double value)
{
    const bool is_first = time <= TACRO_SAME_TIME;
    if (is_first) {
        out->n = 0;
    } else if (out->step[out->n - 1].value == value) {
        return;
    }
    out->step[out->n++] = (struct tacro_covariate_step){time, value};
}

/* 1 from a dose into a vein on, 0 from one by mouth on. */
static void follow_route(const struct given *given, size_t n, struct tacro_column *out)
{
    for (size_t i = 0; i < n; i++) {
        add_step(out, given[i].time, given[i].port == TACRO_PORT_IV ? 1.0 : 0.0);
    }
}

/* 1 from a dose of a formulation on, 0 from one of the model's own absorption on. */
static void follow_formulation(const struct given *given, size_t n,
                               struct tacro_column *out)
{
    for (size_t i = 0; i < n; i++) {
        if (given[i].port != TACRO_PORT_IV) {
            add_step(out, given[i].time,
                     given[i].port >= TACRO_PORT_FORMULATION ? 1.0 : 0.0);
        }
    }
}

#define FIRST_DAY 24.0 /* h */

/* 1 for a day from the first dose on, unless there was drug before. */
static void follow_first_day(const struct given *given, size_t n, bool has_before,
                             struct tacro_column *out)
{
    if (!has_before && n > 0) {
        add_step(out, given[0].time, 1.0);
        add_step(out, fmax(given[0].time, 0.0) + FIRST_DAY, 0.0);
    }
}

/* The course of a covariate under some doses; before them that of no dose. */
static bool follow(const struct tacro_input *input, enum tacro_covariate_id id,
                   const struct given *given, size_t n, struct tacro_column *out)
{
    out->step = calloc(n + 3, sizeof *out->step);
    if (out->step == NULL) {
        return false;
    }
    out->step[out->n++] = (struct tacro_covariate_step){
        0.0, id == TACRO_COV_modified_release && input->has_before &&
                     input->before.port >= TACRO_PORT_FORMULATION
                 ? 1.0
                 : 0.0};
    if (id == TACRO_COV_intravenous) {
        follow_route(given, n, out);
    } else if (id == TACRO_COV_modified_release) {
        follow_formulation(given, n, out);
    } else {
        follow_first_day(given, n, input->has_before, out);
    }
    return true;
}

static bool add_planned(const struct tacro_input *input, enum tacro_covariate_id id,
                        const struct tacro_doses *doses,
                        struct tacro_arm_covariates *out)
{
    struct given *given = NULL;
    struct tacro_column column = {.n = 0};
    size_t n = 0;
    const bool ok =
        list_plan(doses, &given, &n) && follow(input, id, given, n, &column);
    free(given);
    if (!ok) {
        return false;
    }
    if (column.n == 1 && column.step[0].value == 0.0) {
        free(column.step);
        return true;
    }
    out->item[out->n++] =
        (struct tacro_arm_covariate){.id = id, .n = column.n, .step = column.step};
    return true;
}

/* Each patient's own; the first step of a column holds from ever on. */
static bool add_own(const struct tacro_input *input, enum tacro_covariate_id id,
                    const struct tacro_arm_events *events, size_t nevents,
                    struct tacro_arm_covariates *out)
{
    struct tacro_arm_covariate *item = &out->item[out->n];
    bool ok = true;
    *item = (struct tacro_arm_covariate){.id = id, .npatients = nevents};
    item->column = calloc(nevents, sizeof *item->column);
    if (item->column == NULL) {
        return false;
    }
    out->n++;
    for (size_t i = 0; i < nevents && ok; i++) {
        struct given *given = NULL;
        size_t n = 0;
        ok = list_events(&events[i], &given, &n) &&
             follow(input, id, given, n, &item->column[i]);
        free(given);
        if (ok) {
            item->column[i].step[0].from = -INFINITY;
        }
    }
    return ok;
}

static bool is_read(const struct tacro_input *input, enum tacro_covariate_id id)
{
    bool is = tacro_paramset_reads(input, input->pk, id);
    for (size_t i = 0; i < input->nrisks; i++) {
        is = is || tacro_paramset_reads(input, input->risk[i], id);
    }
    return is;
}

enum tacro_status tacro_arm_covariates_create(
    const struct tacro_input *input, const struct tacro_regimen *regimen,
    const struct tacro_doses *doses, const struct tacro_arm_events *events,
    size_t nevents, struct tacro_arm_covariates *out, struct tacro_error *err)
{
    static const enum tacro_covariate_id ids[] = {
        TACRO_COV_intravenous, TACRO_COV_first_day, TACRO_COV_modified_release};
    bool ok = true;
    *out = (struct tacro_arm_covariates){.n = 0};
    if (regimen->induction.is_given) {
        ok = add_induction(input, &regimen->induction, out);
    }
    for (size_t i = 0; i < sizeof ids / sizeof ids[0] && ok; i++) {
        if (!input->is_set_by_regimens[ids[i]]) {
            continue;
        }
        ok = nevents > 1 && is_read(input, ids[i])
                 ? add_own(input, ids[i], events, nevents, out)
                 : add_planned(input, ids[i], doses, out);
    }
    if (!ok) {
        tacro_arm_covariates_free(out);
        return tacro_fail(err, TACRO_ENOMEM, "covariates of regimen %s",
                          regimen->label);
    }
    return TACRO_OK;
}

void tacro_arm_covariates_free(struct tacro_arm_covariates *covariates)
{
    for (size_t i = 0; i < covariates->n; i++) {
        struct tacro_arm_covariate *item = &covariates->item[i];
        for (size_t k = 0; k < item->npatients && item->column != NULL; k++) {
            free(item->column[k].step);
        }
        free(item->column);
        free(item->step);
    }
    *covariates = (struct tacro_arm_covariates){.n = 0};
}

struct tacro_input
tacro_arm_covariates_input(const struct tacro_input *input,
                           const struct tacro_arm_covariates *covariates)
{
    struct tacro_input own = *input;
    for (size_t i = 0; i < covariates->n; i++) {
        const struct tacro_arm_covariate *item = &covariates->item[i];
        if (item->npatients > 0) {
            own.covariate[item->id] = (struct tacro_covariate){
                .distribution = TACRO_TABLE, .is_stepped = true};
            own.regimen_column[item->id] = item->column;
            own.nregimen_columns = item->npatients;
            continue;
        }
        own.covariate[item->id] = (struct tacro_covariate){
            .distribution = TACRO_STEPS, .n = item->n, .step = item->step};
    }
    return own;
}
