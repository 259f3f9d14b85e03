#include "run/results.h"

#include "input/derived.h"
#include "models/registry.h"
#include "run/comparison_results.h"
#include "run/endpoints.h"
#include "run/observed.h"
#include "run/pk_union.h"
#include "run/recovery_report.h"
#include "run/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS (TACRO_NALL_COVARIATES + TACRO_MAX_RULES * TACRO_MAX_PKS)
#define NQUANTILES 7

static const double quantiles[NQUANTILES] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};

/* A population column is a covariate or an individual parameter. */
struct column {
    bool is_covariate;
    size_t model; /* whose rule it is; 0 of what all models have in common */
    size_t index; /* enum tacro_covariate_id, or rule */
    char name[128];
    char doc[256];
};

struct tacro_results {
    const struct tacro_scenario *scenario;
    size_t ncolumns;
    struct column column[MAX_COLUMNS];
    struct tacro_pk_union all;
    struct tacro_fields *fields;
    struct tacro_recovery_fields recovery;
    size_t endpoint[TACRO_NENDPOINTS]; /* fields */
    struct tacro_observed_fields observed;
    struct tacro_writer *writer;
    struct tacro_ledger_spool *spool;
};

/* Whether it is read itself, or as what a derived one comes from. */
static bool is_read_by(const struct tacro_rules *rules, enum tacro_covariate_id id)
{
    if (id == TACRO_COV_POD || id == TACRO_COV_dose) {
        return false;
    }
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        if (rule->value_of != NULL &&
            tacro_relation_reads(rules->input, rule->value_of, id)) {
            return true;
        }
        for (size_t k = 0; k < rule->nrelations; k++) {
            if (tacro_relation_reads(rules->input, rule->relation[k], id)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_covariate_used(const struct tacro_scenario *s,
                              enum tacro_covariate_id id)
{
    bool is_used = false;
    for (size_t m = 0; m < s->npks; m++) {
        is_used = is_used || is_read_by(s->pk[m].rules, id);
    }
    return is_used;
}

static const char *param_doc(const struct tacro_pk *pk, const struct tacro_rule *rule)
{
    const struct tacro_paramset *set =
        rule->set == 0 ? pk->input->pk : pk->input->risk[rule->set - 1];
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

/* "CL", "pres_H0"; of several PK models "sikma2020_thoracic_icu/CL". */
static void name_parameter(const struct tacro_scenario *s, size_t model,
                           const struct tacro_rule *rule, char *name, size_t size)
{
    const bool is_of_one = s->npks > 1 && rule->set == 0;
    const char *before = is_of_one        ? s->pk[model].input->pk->name
                         : rule->set == 0 ? ""
                                          : s->input->risk[rule->set - 1]->outcome;
    snprintf(name, size, "%.80s%s%.40s", before,
             is_of_one           ? "/"
             : before[0] == '\0' ? ""
                                 : "_",
             rule->theta->name);
}

/*
 * Parameters of a model that differ between patients. The risk files' are the same
 * under every model, and stand there once, with the first.
 */
static void list_parameters(struct tacro_results *r, size_t model)
{
    const struct tacro_pk *pk = &r->scenario->pk[model];
    for (size_t i = 0; i < pk->rules->n; i++) {
        const struct tacro_rule *rule = &pk->rules->rule[i];
        if ((rule->omega > 0.0 || rule->nrelations > 0) &&
            (model == 0 || rule->set == 0)) {
            struct column *c = &r->column[r->ncolumns++];
            c->model = model;
            c->index = i;
            name_parameter(r->scenario, model, rule, c->name, sizeof c->name);
            snprintf(c->doc, sizeof c->doc,
                     "%s; this patient's at start, without variability between "
                     "occasions",
                     param_doc(pk, rule));
        }
    }
}

static void list_columns(struct tacro_results *r)
{
    const struct tacro_scenario *s = r->scenario;
    for (size_t i = 0; i < TACRO_NALL_COVARIATES; i++) {
        if (is_covariate_used(s, (enum tacro_covariate_id)i)) {
            struct column *c = &r->column[r->ncolumns++];
            c->is_covariate = true;
            c->index = i;
            snprintf(c->name, sizeof c->name, "%s",
                     tacro_covariate_info((enum tacro_covariate_id)i)->name);
            snprintf(c->doc, sizeof c->doc, "covariate at start");
            add_coding((enum tacro_covariate_id)i, c->doc, sizeof c->doc);
        }
    }
    for (size_t m = 0; m < s->npks; m++) {
        list_parameters(r, m);
    }
}

/*
 * Set, name and what a number does: "pres_H0_age", as names of datasets go; of several
 * PK models "sikma2020_thoracic_icu.CL".
 */
static struct tacro_named drawn_field(const struct tacro_scenario *s, size_t model,
                                      const struct tacro_drawn *drawn, char name[128],
                                      char doc[384])
{
    const bool is_of_one = s->npks > 1 && drawn->set == 0;
    const struct tacro_paramset *set =
        drawn->set == 0 ? s->pk[model].input->pk : s->input->risk[drawn->set - 1];
    const int before = snprintf(name, 128, "%.60s%s",
                                is_of_one         ? set->name
                                : drawn->set == 0 ? "pk"
                                                  : set->outcome,
                                is_of_one ? "." : "_");
    snprintf(name + before, 128 - (size_t)before, "%.60s", drawn->name);
    for (char *c = name + before; *c != '\0'; c++) {
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
        size_t model = 0;
        const struct tacro_drawn *number = tacro_pk_union_drawn(r->scenario, i, &model);
        drawn[i] = drawn_field(r->scenario, model, number, name[i], doc[i]);
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
    struct tacro_named output[TACRO_MAX_UNION_OUTPUTS];
    struct tacro_named column[MAX_COLUMNS];
    size_t model = 0;
    struct tacro_fields_setup setup = {.noutcomes = s->input->nrisks,
                                       .outcome = outcome,
                                       .noutputs = r->all.noutputs,
                                       .output = output,
                                       .ncolumns = r->ncolumns,
                                       .column = column,
                                       .has_death = s->input->death_hazard > 0.0 &&
                                                    s->input->nrisks > 0};
    for (size_t i = 0; i < s->input->nrisks; i++) {
        outcome[i] =
            (struct tacro_named){s->input->risk[i]->outcome, "1", s->endpoint[i]};
    }
    while (tacro_pk_union_drawn(s, setup.ndrawn, &model) != NULL) {
        setup.ndrawn++;
    }
    for (size_t i = 0; i < r->all.noutputs; i++) {
        const struct tacro_output *o = r->all.output[i];
        output[i] = (struct tacro_named){o->name, o->unit, o->doc};
    }
    for (size_t i = 0; i < r->ncolumns; i++) {
        const struct column *c = &r->column[i];
        const char *unit =
            c->is_covariate
                ? tacro_dimension_unit(
                      tacro_covariate_info((enum tacro_covariate_id)c->index)
                          ->quantity.dimension)
                : s->pk[c->model].rules->rule[c->index].theta->unit;
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
    const size_t nr = input->nregimens;
    const char **label = malloc(3 * nr * sizeof *label); /* regimen, plan, model */
    if (label == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu regimens", nr);
    }
    for (size_t i = 0; i < nr; i++) {
        label[i] = tacro_regimen_name(&input->regimen[i]);
        label[nr + i] = input->regimen[i].label;
        label[2 * nr + i] = tacro_scenario_pk(r->scenario, i)->input->pk->name;
    }
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        weight[i] = tacro_weight(i);
    }
    const bool is_list = input->npks > 1;
    const struct tacro_axes axes = {.nregimens = nr,
                                    .regimen = label,
                                    .regimen_plan = is_list ? label + nr : NULL,
                                    .regimen_model = is_list ? label + 2 * nr : NULL,
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
    struct tacro_ledger own = {.n = 0};
    TACRO_TRY(tacro_writer_spool(r->writer, &r->spool, err));
    for (size_t i = 0; i < r->scenario->input->nregimens; i++) {
        const struct tacro_arm *arm = &r->scenario->arm[i];
        if (arm->is_shared) {
            tacro_ledger_free(&own);
            if (!tacro_pk_union_ledger(&r->all, arm->model, &arm->course.ledger,
                                       &own)) {
                st = tacro_fail(err, TACRO_ENOMEM, "ledger of a regimen");
                goto done;
            }
            TACRO_TRY(tacro_ledger_spool_add_shared(r->spool, i, &own, err));
        }
    }
done:
    tacro_ledger_free(&own);
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
    TACRO_TRY(tacro_pk_union_fill(scenario, &r->all, err));
    list_columns(r);
    TACRO_TRY(create_fields(r, err));
    TACRO_TRY(tacro_endpoints_fields_add(scenario, r->fields, r->endpoint, err));
    TACRO_TRY(tacro_recovery_fields_add(scenario, r->fields, &r->recovery, err));
    TACRO_TRY(tacro_observed_fields_add(scenario, r->fields, &r->observed, err));
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

/* What the subjects have: with the first model what they have under every one. */
static enum tacro_status pack_population(const struct tacro_results *r, size_t model,
                                         const struct tacro_group *group, size_t first,
                                         size_t end, size_t at,
                                         struct tacro_batch *batch,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double value[TACRO_GROUP];
    for (size_t c = 0; c < r->ncolumns; c++) {
        if (r->column[c].model != model) {
            continue;
        }
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

/* Those that the regimen's model lacks are NaN. */
static enum tacro_status pack_outputs(const struct tacro_results *r,
                                      const struct tacro_gather *gather, size_t first,
                                      size_t end, size_t at, struct tacro_batch *batch,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_system *system = r->scenario->arm[gather->regimen].system;
    const size_t nd = r->scenario->ndays;
    const size_t n = (end - first) * nd;
    double *none = malloc((n + 1) * sizeof *none);
    if (none == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "outputs of a group");
    }
    for (size_t i = 0; i < n; i++) {
        none[i] = NAN;
    }
    for (size_t k = 0; k < r->all.noutputs; k++) {
        const int m = tacro_pk_union_output(system, r->all.output[k]);
        const double *value =
            m == TACRO_NONE ? none
                            : gather->mapped + ((size_t)m * gather->nrows + first) * nd;
        TACRO_TRY(tacro_writer_pack(r->writer, r->fields->output + k, gather->regimen,
                                    at, end - first, value, batch, err));
    }
done:
    free(none);
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
    TACRO_TRY(pack_outputs(results, gather, first, end, at, batch, err));
    for (size_t k = 0; k < s->input->nrisks; k++) {
        const size_t field = f->outcome + k * TACRO_NRISK_FIELDS;
        TACRO_TRY(tacro_writer_pack(
            results->writer, field + TACRO_OUTCOME_PROBABILITY, gather->regimen, at,
            end - first, gather->risk_horizon + k * all + first, batch, err));
        TACRO_TRY(tacro_writer_pack(results->writer, field + TACRO_OUTCOME_TIME,
                                    gather->regimen, at, end - first,
                                    gather->event_time + k * all + first, batch, err));
    }
    TACRO_TRY(tacro_observed_pack(s, &results->observed, results->writer, gather, first,
                                  end, at, batch, err));
    TACRO_TRY(tacro_recovery_pack(&results->recovery, results->writer, gather, first,
                                  end, at, batch, err));
    if (gather->regimen % s->input->nplans == 0) {
        TACRO_TRY(pack_population(results, s->arm[gather->regimen].model, group, first,
                                  end, at, batch, err));
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
    const size_t model = results->scenario->arm[gather->regimen].model;
    const bool is_plain =
        tacro_pk_union_is_plain(results->scenario, &results->all, model);
    struct tacro_ledger *own = NULL; /* with the routes of the file */
    TACRO_TRY(tacro_writer_commit(results->writer, batch, err));
    if (gather->ledger == NULL) {
        goto done;
    }
    own = is_plain ? NULL : calloc(end - first, sizeof *own);
    for (size_t i = first; i < end; i++) {
        ledger[i - first] = is_plain ? &gather->ledger[i] : &own[i - first];
        if (!is_plain && (own == NULL || !tacro_pk_union_ledger(&results->all, model,
                                                                &gather->ledger[i],
                                                                &own[i - first]))) {
            st = tacro_fail(err, TACRO_ENOMEM, "ledgers of a group");
            goto done;
        }
    }
    TACRO_TRY(tacro_ledger_spool_add(results->spool, gather->regimen, at, end - first,
                                     ledger, err));
done:
    for (size_t i = 0; own != NULL && i < end - first; i++) {
        tacro_ledger_free(&own[i]);
    }
    free(own);
    return st;
}

/* Names of the ports, as `route` counts them. */
static enum tacro_status write_ledger(struct tacro_results *r, struct tacro_error *err)
{
    return tacro_writer_ledger(r->writer, r->spool, r->all.port, r->all.nports, err);
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
    for (size_t i = 0; i < n; i += r->scenario->input->nplans) {
        char name[128] = "other_solver";
        if (!tacro_crosscheck_is_finer(check, i)) {
            continue; /* it is the other one of two */
        }
        if (r->scenario->npks > 1) {
            snprintf(name, sizeof name, "other_solver_%.100s",
                     tacro_scenario_pk(r->scenario, i)->input->pk->name);
        }
        TACRO_TRY(tacro_writer_attribute(r->writer, "/", name,
                                         tacro_crosscheck_name(check, i), err));
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
