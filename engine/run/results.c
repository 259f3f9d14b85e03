#include "run/results.h"

#include "models/registry.h"
#include "run/comparison_results.h"
#include "run/endpoints.h"
#include "run/recovery_report.h"
#include "run/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS (TACRO_NCOVARIATES + TACRO_MAX_RULES)
#define NQUANTILES 7

static const double quantiles[NQUANTILES] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};

/* A population column is a covariate or an individual parameter. */
struct column {
    bool is_covariate;
    size_t index; /* enum tacro_covariate_id, or rule */
    char name[64];
    char doc[256];
};

struct tacro_results {
    const struct tacro_scenario *scenario;
    size_t ncolumns;
    struct column column[MAX_COLUMNS];
    struct tacro_fields *fields;
    struct tacro_recovery_fields recovery;
    size_t endpoint[TACRO_NENDPOINTS]; /* fields */
    struct tacro_writer *writer;
    struct tacro_ledger_spool *spool;
};

static bool is_covariate_used(const struct tacro_rules *rules, size_t id)
{
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        if (rule->value_of != NULL && (size_t)rule->value_of->covariate == id) {
            return true;
        }
        for (size_t k = 0; k < rule->nrelations; k++) {
            if ((size_t)rule->relation[k]->covariate == id) {
                return true;
            }
        }
    }
    return false;
}

static const char *param_doc(const struct tacro_scenario *s,
                             const struct tacro_rule *rule)
{
    const struct tacro_paramset *set =
        rule->set == 0 ? s->input->pk : s->input->risk[rule->set - 1];
    return tacro_paramset_doc(set, rule->theta);
}

/* What the numbers of a covariate stand for, appended to its doc. */
static void add_coding(enum tacro_covariate_id id, char *doc, size_t size)
{
    static const char *const flags[] = {"no", "yes"};
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    const bool is_flag = info->type == TACRO_COVARIATE_FLAG;
    const char *const *level = is_flag ? flags : info->level;
    const size_t nlevels = is_flag ? 2 : info->nlevels;
    size_t n = strlen(doc);
    for (size_t i = 0; i < nlevels && n < size; i++) {
        n += (size_t)snprintf(doc + n, size - n, ", %zu %s", i, level[i]);
    }
}

static void list_columns(struct tacro_results *r)
{
    const struct tacro_scenario *s = r->scenario;
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        if (is_covariate_used(s->rules, i)) {
            struct column *c = &r->column[r->ncolumns++];
            c->is_covariate = true;
            c->index = i;
            snprintf(c->name, sizeof c->name, "%s",
                     tacro_covariate_info((enum tacro_covariate_id)i)->name);
            snprintf(c->doc, sizeof c->doc, "covariate at start");
            add_coding((enum tacro_covariate_id)i, c->doc, sizeof c->doc);
        }
    }
    for (size_t i = 0; i < s->rules->n; i++) {
        const struct tacro_rule *rule = &s->rules->rule[i];
        if (rule->omega > 0.0 || rule->nrelations > 0) {
            struct column *c = &r->column[r->ncolumns++];
            const char *outcome =
                rule->set == 0 ? NULL : s->input->risk[rule->set - 1]->outcome;
            c->index = i;
            snprintf(c->name, sizeof c->name, "%s%s%s", outcome == NULL ? "" : outcome,
                     outcome == NULL ? "" : "_", rule->theta->name);
            snprintf(c->doc, sizeof c->doc,
                     "%s; this patient's at start, without variability between "
                     "occasions",
                     param_doc(s, rule));
        }
    }
}

/* Set, name and what a number does: "pres_H0_age", as names of datasets go. */
static struct tacro_named drawn_field(const struct tacro_scenario *s,
                                      const struct tacro_drawn *drawn, char name[128],
                                      char doc[384])
{
    const struct tacro_paramset *set =
        drawn->set == 0 ? s->input->pk : s->input->risk[drawn->set - 1];
    snprintf(name, 128, "%.40s_%.80s", drawn->set == 0 ? "pk" : set->outcome,
             drawn->name);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == ':' || *c == '.') {
            *c = '_';
        }
    }
    snprintf(doc, 384, "%.80s of %.200s", drawn->name, set->name);
    return (struct tacro_named){name, drawn->unit, doc};
}

static enum tacro_status create_with_draws(struct tacro_results *r,
                                           struct tacro_fields_setup *setup,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = setup->ndrawn;
    struct tacro_named *drawn = calloc(n + 1, sizeof *drawn);
    char(*name)[128] = calloc(n + 1, sizeof *name);
    char(*doc)[384] = calloc(n + 1, sizeof *doc);
    if (drawn == NULL || name == NULL || doc == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "%zu drawn numbers", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        drawn[i] =
            drawn_field(r->scenario, &r->scenario->rules->drawn[i], name[i], doc[i]);
    }
    setup->drawn = drawn;
    TACRO_TRY(tacro_fields_create(setup, &r->fields, err));
done:
    free(doc);
    free(name);
    free(drawn);
    return st;
}

static enum tacro_status create_fields(struct tacro_results *r, struct tacro_error *err)
{
    const struct tacro_scenario *s = r->scenario;
    struct tacro_named outcome[TACRO_MAX_RISKS];
    struct tacro_named output[TACRO_MAX_EQUATIONS];
    struct tacro_named column[MAX_COLUMNS];
    struct tacro_fields_setup setup = {.noutcomes = s->input->nrisks,
                                       .outcome = outcome,
                                       .noutputs = s->system->noutputs,
                                       .output = output,
                                       .ncolumns = r->ncolumns,
                                       .column = column,
                                       .ndrawn = s->rules->ndrawn,
                                       .has_death = s->input->death_hazard > 0.0 &&
                                                    s->input->nrisks > 0};
    for (size_t i = 0; i < s->input->nrisks; i++) {
        outcome[i] =
            (struct tacro_named){s->input->risk[i]->outcome, "1", s->endpoint[i]};
    }
    for (size_t i = 0; i < s->system->noutputs; i++) {
        const struct tacro_output *o = s->system->output[i].output;
        output[i] = (struct tacro_named){o->name, o->unit, o->doc};
    }
    for (size_t i = 0; i < r->ncolumns; i++) {
        const struct column *c = &r->column[i];
        const char *unit =
            c->is_covariate
                ? tacro_dimension_unit(
                      tacro_covariate_info((enum tacro_covariate_id)c->index)
                          ->quantity.dimension)
                : s->rules->rule[c->index].theta->unit;
        column[i] = (struct tacro_named){c->name, unit, c->doc};
    }
    return create_with_draws(r, &setup, err);
}

static enum tacro_status create_writer(struct tacro_results *r, const char *path,
                                       bool force, uint64_t first, uint64_t n,
                                       struct tacro_error *err)
{
    enum tacro_status st;
    const struct tacro_input *input = r->scenario->input;
    double weight[TACRO_NWEIGHTS];
    const char **label = malloc(input->nregimens * sizeof *label);
    if (label == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu regimens", input->nregimens);
    }
    for (size_t i = 0; i < input->nregimens; i++) {
        label[i] = input->regimen[i].label;
    }
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        weight[i] = tacro_weight(i);
    }
    const struct tacro_axes axes = {.nregimens = input->nregimens,
                                    .regimen = label,
                                    .ndraws = (size_t)input->ndraws,
                                    .nsubjects = (size_t)n,
                                    .first_subject = first,
                                    .per_draw = input->npatients,
                                    .ntimes = r->scenario->ntimes,
                                    .time = r->scenario->time,
                                    .ndays = r->scenario->ndays,
                                    .day = r->scenario->day,
                                    .nquantiles = NQUANTILES,
                                    .quantile = quantiles,
                                    .nweights = TACRO_NWEIGHTS,
                                    .weight = weight};
    st = tacro_writer_create(path, force, &axes, r->fields, &r->writer, err);
    free(label);
    return st;
}

/* What all patients of a regimen have in common is put down once. */
static enum tacro_status begin_ledger(struct tacro_results *r, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(tacro_writer_spool(r->writer, &r->spool, err));
    for (size_t i = 0; i < r->scenario->input->nregimens; i++) {
        const struct tacro_arm *arm = &r->scenario->arm[i];
        if (arm->is_shared) {
            TACRO_TRY(
                tacro_ledger_spool_add_shared(r->spool, i, &arm->course.ledger, err));
        }
    }
done:
    return st;
}

enum tacro_status tacro_results_create(const struct tacro_scenario *scenario,
                                       const char *path, bool force,
                                       uint64_t first_subject, uint64_t nsubjects,
                                       const struct tacro_block_setup *setup,
                                       struct tacro_results **out,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_results *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "results");
    }
    r->scenario = scenario;
    list_columns(r);
    TACRO_TRY(create_fields(r, err));
    TACRO_TRY(tacro_endpoints_fields_add(scenario, r->fields, r->endpoint, err));
    TACRO_TRY(tacro_recovery_fields_add(scenario, r->fields, &r->recovery, err));
    TACRO_TRY(create_writer(r, path, force, first_subject, nsubjects, err));
    TACRO_TRY(tacro_provenance_science(scenario, setup, r->writer, err));
    TACRO_TRY(begin_ledger(r, err));
    *out = r;
    r = NULL;
done:
    tacro_results_free(r);
    return st;
}

void tacro_results_free(struct tacro_results *results)
{
    if (results != NULL) {
        tacro_ledger_spool_free(results->spool);
        tacro_writer_free(results->writer);
        tacro_fields_free(results->fields);
        free(results);
    }
}

static enum tacro_status pack_population(const struct tacro_results *r,
                                         const struct tacro_group *group, size_t first,
                                         size_t end, size_t at,
                                         struct tacro_batch *batch,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double value[TACRO_GROUP];
    for (size_t c = 0; c < r->ncolumns; c++) {
        for (size_t i = first; i < end; i++) {
            const struct tacro_subject *subject = &group->subject[i];
            const size_t k = r->column[c].index;
            value[i - first] =
                r->column[c].is_covariate
                    ? tacro_population_at(r->scenario->input, subject->covariate,
                                          (enum tacro_covariate_id)k, 0.0)
                    : subject->fixed[k];
        }
        TACRO_TRY(tacro_writer_pack(r->writer, r->fields->column + c, 0, at,
                                    end - first, value, batch, err));
    }
done:
    return st;
}

enum tacro_status tacro_results_pack(const struct tacro_results *results,
                                     const struct tacro_gather *gather,
                                     const struct tacro_group *group, size_t first,
                                     size_t end, size_t at, struct tacro_batch *batch,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = results->scenario;
    const size_t nd = s->ndays;
    const size_t all = gather->nrows;
    const struct tacro_fields *f = results->fields;
    const struct {
        size_t field;
        const void *data;
    } rows[] = {
        {TACRO_FIELD_CONCENTRATION, gather->concentration + first * s->ntimes},
        {TACRO_FIELD_TROUGH, gather->trough + first * nd},
        {TACRO_FIELD_AUC24, gather->auc24 + first * nd},
        {TACRO_FIELD_DOSE_GIVEN, gather->dose_given + first * nd},
        {TACRO_FIELD_STATUS, gather->status + first},
        {TACRO_FIELD_STEPS, gather->steps + first},
        {TACRO_FIELD_RHS_CALLS, gather->rhs_calls + first},
        {TACRO_FIELD_FAILURE_TIME, gather->failure_time + first},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        TACRO_TRY(tacro_writer_pack(results->writer, rows[i].field, gather->regimen, at,
                                    end - first, rows[i].data, batch, err));
    }
    for (size_t m = 0; m < s->system->noutputs; m++) {
        TACRO_TRY(tacro_writer_pack(
            results->writer, f->output + m, gather->regimen, at, end - first,
            gather->mapped + (m * all + first) * nd, batch, err));
    }
    for (size_t k = 0; k < s->input->nrisks; k++) {
        const size_t field = f->outcome + k * TACRO_NRISK_FIELDS;
        TACRO_TRY(tacro_writer_pack(
            results->writer, field + TACRO_OUTCOME_PROBABILITY, gather->regimen, at,
            end - first, gather->risk_horizon + k * all + first, batch, err));
        TACRO_TRY(tacro_writer_pack(results->writer, field + TACRO_OUTCOME_TIME,
                                    gather->regimen, at, end - first,
                                    gather->event_time + k * all + first, batch, err));
    }
    TACRO_TRY(tacro_recovery_pack(&results->recovery, results->writer, gather, first,
                                  end, at, batch, err));
    if (gather->regimen == 0) {
        TACRO_TRY(pack_population(results, group, first, end, at, batch, err));
    }
done:
    return st;
}

enum tacro_status tacro_results_commit(struct tacro_results *results,
                                       struct tacro_batch *batch,
                                       const struct tacro_gather *gather, size_t first,
                                       size_t end, size_t at, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_ledger *ledger[TACRO_GROUP];
    TACRO_TRY(tacro_writer_commit(results->writer, batch, err));
    for (size_t i = first; gather->ledger != NULL && i < end; i++) {
        ledger[i - first] = &gather->ledger[i];
    }
    if (gather->ledger != NULL) {
        TACRO_TRY(tacro_ledger_spool_add(results->spool, gather->regimen, at,
                                         end - first, ledger, err));
    }
done:
    return st;
}

/* Names of the ports, as `route` counts them. */
static enum tacro_status write_ledger(struct tacro_results *r, struct tacro_error *err)
{
    const struct tacro_paramset *pk = r->scenario->input->pk;
    const size_t n = tacro_paramset_nports(pk);
    const char *port[TACRO_MAX_PORTS];
    for (size_t p = 0; p < n; p++) {
        port[p] = tacro_paramset_route(pk, p);
    }
    return tacro_writer_ledger(r->writer, r->spool, port, n, err);
}

static enum tacro_status write_comparison(struct tacro_results *r,
                                          const struct tacro_tally *tally,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_compare *compare = NULL;
    TACRO_TRY(tacro_compare_create(
        r->scenario, tally, r->scenario->input->history.is_given, &compare, err));
    TACRO_TRY(tacro_comparison_write(compare, quantiles, NQUANTILES, r->writer,
                                     r->fields->comparison, err));
done:
    tacro_compare_free(compare);
    return st;
}

/* Differences of the solvers, by regimen. */
static enum tacro_status write_check(struct tacro_results *r,
                                     const struct tacro_crosscheck *check,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = r->scenario->input->nregimens;
    double *level = malloc((2 * n + 1) * sizeof *level);
    if (level == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "check of the solver");
    }
    for (size_t i = 0; i < n; i++) {
        const struct tacro_difference d = tacro_crosscheck_difference(check, i);
        level[i] = d.level;
        level[n + i] = d.hazard;
    }
    TACRO_TRY(tacro_writer_whole(r->writer, TACRO_FIELD_LEVEL_DIFFERENCE, level, err));
    TACRO_TRY(
        tacro_writer_whole(r->writer, TACRO_FIELD_HAZARD_DIFFERENCE, level + n, err));
done:
    free(level);
    return st;
}

enum tacro_status tacro_results_finish(struct tacro_results *results,
                                       const struct tacro_tally *tally,
                                       const struct tacro_crosscheck *check,
                                       const struct tacro_provenance *provenance,
                                       char hash[65], struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_statistics statistics = {.scenario = results->scenario,
                                                .tally = tally,
                                                .fields = results->fields,
                                                .nquantiles = NQUANTILES,
                                                .quantile = quantiles};
    TACRO_TRY(tacro_statistics_write(&statistics, results->writer, err));
    TACRO_TRY(write_comparison(results, tally, err));
    TACRO_TRY(tacro_endpoints_write(tally, results->endpoint, results->writer, err));
    TACRO_TRY(tacro_recovery_write(&results->recovery, tally, quantiles, NQUANTILES,
                                   results->writer, err));
    TACRO_TRY(write_ledger(results, err));
    TACRO_TRY(write_check(results, check, err));
    TACRO_TRY(tacro_provenance_run(provenance, results->writer, err));
    TACRO_TRY(tacro_writer_finish(results->writer, hash, err));
done:
    return st;
}
