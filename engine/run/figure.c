#include "run/figure.h"

#include "run/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RTOL 1e-9 /* of the solver: printed digits are to be right */
#define KINK 4.0  /* times its neighbours', a second difference that is no curve's */

/** The workspace of the courses of a check. */
struct courses {
    const struct tacro_scenario *scenario;
    const struct tacro_arm *arm;
    struct tacro_block_setup setup;
    struct tacro_block *block;
    struct tacro_group *group;
    struct tacro_agenda *agenda[TACRO_LANES];
};

/* -- one subject ------------------------------------------------------------------- */

static double level(const struct tacro_block_result *r, size_t output, size_t lane)
{
    return r->concentration[output * TACRO_LANES + lane];
}

/*
 * The top of the polynomial through five levels around the highest of the grid. A kink,
 * where an infusion ends, has no such top.
 */
static void refine(const struct courses *c, const struct tacro_block_result *r,
                   size_t lane, size_t first, size_t last, size_t top, double *t,
                   double *y)
{
    const double *time = c->scenario->time;
    *t = time[top];
    *y = level(r, top, lane);
    if (top < first + 2 || top + 2 > last) {
        return;
    }
    const double before = time[top] - time[top - 1];
    const double after = time[top + 1] - time[top];
    if (fabs(before - after) > 1e-6 * before) {
        return; /* a dose between the points of the grid */
    }
    const double a = level(r, top - 2, lane);
    const double b = level(r, top - 1, lane);
    const double d = level(r, top + 1, lane);
    const double e = level(r, top + 2, lane);
    const double bend = b - 2.0 * *y + d;
    const double left = a - 2.0 * b + *y;
    const double right = *y - 2.0 * d + e;
    if (bend >= 0.0 || fabs(bend) > KINK * fmax(fabs(left), fabs(right))) {
        return;
    }
    /* slope, curvature and its change, per point of the grid */
    const double d1 = (a - 8.0 * b + 8.0 * d - e) / 12.0;
    const double d2 = (-a + 16.0 * b - 30.0 * *y + 16.0 * d - e) / 12.0;
    const double d3 = 0.5 * (-a + 2.0 * b - 2.0 * d + e);
    double x = -d1 / d2;
    for (int i = 0; i < 3; i++) {
        x -= (d1 + (d2 + 0.5 * d3 * x) * x) / (d2 + d3 * x);
    }
    if (fabs(x) <= 1.0) {
        *t += x * before;
        *y += (d1 + (0.5 * d2 + d3 * x / 6.0) * x) * x;
    }
}

static void find_top(const struct courses *c, const struct tacro_block_result *r,
                     size_t lane, double from, double *t, double *y)
{
    const struct tacro_scenario *s = c->scenario;
    const size_t first = tacro_scenario_output(s, from);
    const size_t last = s->ntimes - 1;
    size_t top = first;
    for (size_t i = first; i <= last; i++) {
        top = level(r, i, lane) > level(r, top, lane) ? i : top;
    }
    refine(c, r, lane, first, last, top, t, y);
}

static double state_at(const struct courses *c, const struct tacro_block_result *r,
                       size_t output, int state, size_t lane)
{
    const size_t record = (size_t)c->scenario->record_of[output];
    return r->state[(record * c->arm->system->nstates + (size_t)state) * TACRO_LANES +
                    lane];
}

static double area(const struct courses *c, const struct tacro_block_result *r,
                   size_t lane)
{
    const int auc = c->arm->system->auc_state;
    return state_at(c, r, c->scenario->ntimes - 1, auc, lane) -
           state_at(c, r, c->scenario->landmark_output, auc, lane);
}

/* Index of an output of the parts, or their number. */
static size_t find_output(const struct tacro_system *system, const char *name)
{
    size_t m = 0;
    while (m < system->noutputs && strcmp(system->output[m].output->name, name) != 0) {
        m++;
    }
    return m;
}

static double output_at(const struct courses *c, const struct tacro_block_result *r,
                        const char *name, size_t output, size_t lane)
{
    const size_t record = (size_t)c->scenario->record_of[output];
    const size_t m = find_output(c->arm->system, name);
    return m == c->arm->system->noutputs
               ? (double)NAN
               : r->mapped[(record * c->arm->system->noutputs + m) * TACRO_LANES +
                           lane];
}

static double named_state(const struct courses *c, const struct tacro_block_result *r,
                          const char *name, size_t output, size_t lane)
{
    for (size_t i = 0; i < c->arm->system->nstates; i++) {
        if (strcmp(c->arm->system->state[i]->name, name) == 0) {
            return state_at(c, r, output, (int)i, lane);
        }
    }
    return NAN;
}

static double parameter(const struct courses *c, const char *name,
                        const struct tacro_subject *subject, double t)
{
    const struct tacro_rules *rules = c->setup.rules;
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->rule[i].set == 0 && strcmp(rules->rule[i].theta->name, name) == 0) {
            return tacro_subject_value(rules, i, subject, t,
                                       tacro_clock_slot(&c->scenario->clock, t));
        }
    }
    return NAN;
}

static double value_of(const struct courses *c, const struct tacro_check *check,
                       const struct tacro_check_case *at,
                       const struct tacro_block_result *r, size_t lane,
                       const struct tacro_subject *subject)
{
    const size_t output = tacro_scenario_output(c->scenario, at->at);
    double t = 0.0;
    double y = 0.0;
    switch (check->kind) {
    case TACRO_CHECK_LEVEL:
        return level(r, output, lane);
    case TACRO_CHECK_AUC:
        return area(c, r, lane);
    case TACRO_CHECK_CMAX:
    case TACRO_CHECK_TMAX:
        find_top(c, r, lane, at->from, &t, &y);
        return check->kind == TACRO_CHECK_CMAX ? y : t - at->from;
    case TACRO_CHECK_TROUGH_TO_MEAN:
        return level(r, output, lane) * (at->at - at->from) / area(c, r, lane);
    case TACRO_CHECK_OUTPUT:
        return output_at(c, r, check->name, at->at > 0.0 ? output : 0, lane);
    case TACRO_CHECK_STATE:
        return named_state(c, r, check->name, at->at > 0.0 ? output : 0, lane);
    case TACRO_CHECK_PARAMETER:
        return parameter(c, check->name, subject, at->at);
    }
    return NAN;
}

/* -- all subjects ------------------------------------------------------------------ */

static enum tacro_status follow(struct courses *c, const size_t *row,
                                const struct tacro_subject **subject,
                                const struct tacro_block_result **result,
                                struct tacro_error *err)
{
    const struct tacro_course *course[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &c->group->subject[row[l]];
        course[l] = &c->arm->course;
    }
    if (c->arm->is_shared) {
        *result = tacro_block_run(c->block, subject, course);
    } else {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            tacro_arm_assign(c->arm, subject[l]->patient, c->agenda[l]);
        }
        *result = tacro_block_follow(c->block, subject, c->agenda);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (!c->arm->is_shared && tacro_agenda_status(c->agenda[l]) != TACRO_OK) {
            return tacro_fail(err, tacro_agenda_status(c->agenda[l]),
                              "course of a patient");
        }
        if ((*result)->status[l] != TACRO_LANE_OK) {
            return tacro_fail(err, TACRO_EFAILED, "cannot be integrated at %g h",
                              (*result)->failure_time[l]);
        }
    }
    return TACRO_OK;
}

static enum tacro_status compute_all(struct courses *c, const struct tacro_check *check,
                                     const struct tacro_check_case *at, double *value,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_block_result *result = NULL;
    size_t row[TACRO_LANES];
    size_t n = 0;
    for (size_t g = 0; g < tacro_group_count(c->scenario); g++) {
        tacro_group_load(c->scenario, &c->setup, g, c->group);
        for (size_t b = 0; b < c->group->nblocks; b++) {
            tacro_group_rows(c->group, b, row);
            TACRO_TRY(follow(c, row, subject, &result, err));
            for (size_t l = 0; l < TACRO_LANES && b * TACRO_LANES + l < c->group->n;
                 l++) {
                value[n++] = check->raw * value_of(c, check, at, result, l, subject[l]);
            }
        }
    }
done:
    return st;
}

static enum tacro_status create(const struct tacro_scenario *scenario,
                                struct courses *c, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_method *method = NULL;
    *c = (struct courses){.scenario = scenario, .arm = &scenario->arm[0]};
    TACRO_TRY(tacro_method_choose(NULL, c->arm->system, &method, err));
    c->setup = tacro_scenario_setup(scenario, c->arm->variant, tacro_kernels_find(NULL),
                                    method, RTOL);
    TACRO_TRY(tacro_block_create(&c->setup, &c->block, err));
    TACRO_TRY(tacro_group_create(scenario, &c->group, err));
    for (size_t l = 0; !c->arm->is_shared && l < TACRO_LANES; l++) {
        TACRO_TRY(tacro_agenda_create(&c->arm->agenda, &c->agenda[l], err));
    }
done:
    return st;
}

static void drop(struct courses *c)
{
    tacro_block_free(c->block);
    tacro_group_free(c->group);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_agenda_free(c->agenda[l]);
    }
}

/* -- statistics -------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double tacro_figure_statistic(enum tacro_check_statistic statistic, double *value,
                              size_t n)
{
    double sum = 0.0;
    qsort(value, n, sizeof *value, ascending); /* so that the sum is one of any order */
    if (statistic == TACRO_STATISTIC_MEDIAN) {
        return 0.5 * (value[(n - 1) / 2] + value[n / 2]);
    }
    for (size_t i = 0; i < n; i++) {
        sum += statistic == TACRO_STATISTIC_MEAN ? value[i] : tacro_log(value[i]);
    }
    return statistic == TACRO_STATISTIC_MEAN ? sum / (double)n
                                             : tacro_exp(sum / (double)n);
}

enum tacro_status tacro_figure_compute(const struct tacro_scenario *scenario,
                                       const struct tacro_check *check,
                                       const struct tacro_check_case *c, double *value,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = (size_t)tacro_scenario_subjects(scenario);
    struct courses courses = {0};
    double *each = calloc(n, sizeof *each);
    *value = NAN;
    if (each == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu subjects", n);
    }
    TACRO_TRY(create(scenario, &courses, err));
    TACRO_TRY(compute_all(&courses, check, c, each, err));
    *value = n == 1 ? each[0] : tacro_figure_statistic(check->statistic, each, n);
    if (isnan(*value)) {
        st = tacro_fail(err, TACRO_EINPUT, "%s is not in use under these doses",
                        check->name);
    }
done:
    drop(&courses);
    free(each);
    return st;
}
