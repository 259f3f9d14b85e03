#include "input/scenario.h"

#include "input/assumed.h"
#include "input/history.h"
#include "input/limits.h"
#include "input/patients.h"
#include "input/plans.h"
#include "input/ranges.h"
#include "input/sets.h"
#include "input/sigma.h"
#include "input/switches.h"
#include "input/uncertain.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST (3650.0 * 24.0) /* h, pk-models.md 9.4 (POD) */
#define MAX_DAY 3650U
#define MAX_TIMES 1e6 /* output times of a course */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key scenario_keys[] = {
    {"title", TACRO_REQUIRED, "a line of text"},
    {"pk", TACRO_REQUIRED, "the name of a file in pk/, e.g. sikma2020_thoracic_icu"},
    {"risk", TACRO_OPTIONAL, NULL},
    {"start", TACRO_OPTIONAL, NULL},
    {"horizon", TACRO_REQUIRED, "a duration, e.g. 14 d"},
    {"landmark", TACRO_OPTIONAL, NULL},
    {"output", TACRO_OPTIONAL, NULL},
    {"seed", TACRO_OPTIONAL, NULL},
    {"draws", TACRO_OPTIONAL, NULL},
    {"patients", TACRO_REQUIRED, "a map such as {n: 1000, age: 36 y}"},
    {"target", TACRO_OPTIONAL, NULL},
    {"reference", TACRO_OPTIONAL, NULL},
    {"regimens", TACRO_REQUIRED, "a map of label: {steps: [...]}"},
    {"parameters", TACRO_OPTIONAL, NULL},
    {"multiply", TACRO_OPTIONAL, NULL},
    {"switch", TACRO_OPTIONAL, NULL},
    {"before", TACRO_OPTIONAL, NULL},
    {"trough_at", TACRO_OPTIONAL, NULL},
    {"unused", TACRO_OPTIONAL, NULL},
    {"history", TACRO_OPTIONAL, NULL},
    {"endpoints", TACRO_OPTIONAL, NULL},
    {"death_hazard", TACRO_OPTIONAL, NULL},
    {"observe", TACRO_OPTIONAL, NULL},
};

static const struct tacro_key start_keys[] = {
    {"day", TACRO_OPTIONAL, NULL},
    {"clock", TACRO_OPTIONAL, NULL},
};

static const struct tacro_key output_keys[] = {
    {"every", TACRO_REQUIRED, "a duration, e.g. 1 h"},
};

static const struct tacro_key target_keys[] = {
    {"from", TACRO_REQUIRED, "the time it holds from, e.g. 0 d"},
    {"trough", TACRO_REQUIRED, "a range, e.g. 9-15 ng/mL"},
};

static const struct tacro_quantity instant = {TACRO_TIME, 0.0, LONGEST, -INFINITY,
                                              INFINITY};
static const struct tacro_quantity level = {TACRO_CONCENTRATION, 0.0, 1000.0, -INFINITY,
                                            INFINITY};

/* Its limits are in the unit of their message, 1/d. */
static const struct tacro_quantity death_hazard = {TACRO_RATE, -INFINITY, INFINITY,
                                                   -INFINITY, INFINITY};
#define MAX_DEATH_HAZARD (1.0 / 24.0) /* 1/h */

static const char *const unused_choices[] = {"allow", "refuse"};

/** A scenario while it is read. A value that is not known is NaN. */
struct reading {
    struct tacro_reader reader;
    const struct tacro_overrides *overrides; /**< NULL: none */
    const struct tacro_node *root;
    struct tacro_input *in;
};

static const struct tacro_node *get(const struct reading *r, const char *key)
{
    return tacro_node_get(r->root, key);
}

/* -- time -------------------------------------------------------------------------- */

static void read_start(struct reading *r)
{
    const struct tacro_node *start = get(r, "start");
    uint64_t day = 0;
    if (start != NULL) {
        tacro_schema_keys(&r->reader, start, start_keys, COUNT(start_keys));
        tacro_schema_count(&r->reader, tacro_node_get(start, "day"), 0, MAX_DAY, &day);
        tacro_schema_clock(&r->reader, tacro_node_get(start, "clock"),
                           &r->in->start_clock);
    }
    r->in->start_day = (double)day;
    if (get(r, "before") == NULL && day > 0) {
        tacro_schema_note(&r->reader, TACRO_FAULT, tacro_node_get(start, "day"),
                          "after the day of transplantation, expected `before: none` "
                          "to say that no tacrolimus was given until then, or "
                          "`before: {give: 3 mg, every: 12 h, steady_state: true}`");
    }
}

static void read_horizon(struct reading *r)
{
    const struct tacro_node *node = get(r, "horizon");
    struct tacro_input *in = r->in;
    double value;
    in->horizon = NAN;
    if (!tacro_schema_number(&r->reader, node, &instant, &value)) {
        return;
    }
    if (value <= 0.0) {
        tacro_schema_note(&r->reader, TACRO_FAULT, node, "%s is not above 0 h",
                          node->text);
    } else if (in->start_day * 24.0 + in->start_clock + value > LONGEST) {
        tacro_schema_note(&r->reader, TACRO_FAULT, node,
                          "%s ends after day %u, expected start and horizon within it",
                          node->text, MAX_DAY);
    } else {
        in->horizon = value;
    }
}

static void read_times(struct reading *r)
{
    const struct tacro_node *landmark = get(r, "landmark");
    const struct tacro_node *output = get(r, "output");
    const struct tacro_node *every = tacro_node_get(output, "every");
    struct tacro_input *in = r->in;
    if (tacro_schema_number(&r->reader, landmark, &instant, &in->landmark) &&
        in->landmark >= in->horizon) {
        tacro_schema_note(&r->reader, TACRO_FAULT, landmark,
                          "%s is not before the horizon of %s", landmark->text,
                          tacro_units_time_beside(in->horizon, landmark->text).s);
    }
    in->output_every = 1.0;
    if (output != NULL) {
        tacro_schema_keys(&r->reader, output, output_keys, COUNT(output_keys));
    }
    if (!tacro_schema_number(&r->reader, every, &instant, &in->output_every)) {
        return;
    }
    if (in->output_every <= 0.0) {
        tacro_schema_note(&r->reader, TACRO_FAULT, every, "%s is not above 0 h",
                          every->text);
    } else if (in->output_every > in->horizon) {
        tacro_schema_note(&r->reader, TACRO_FAULT, every,
                          "%s is longer than the horizon of %s", every->text,
                          tacro_units_time_beside(in->horizon, every->text).s);
    } else if (in->horizon / in->output_every > MAX_TIMES) {
        tacro_schema_note(&r->reader, TACRO_FAULT, every,
                          "%s gives %.3g times, expected at most %g", every->text,
                          in->horizon / in->output_every, MAX_TIMES);
    }
}

/* -- chance ------------------------------------------------------------------------ */

static void read_chance(struct reading *r)
{
    const struct tacro_overrides *overrides = r->overrides;
    const struct tacro_node *draws = get(r, "draws");
    struct tacro_input *in = r->in;
    in->seed = 1;
    in->ndraws = 1;
    tacro_schema_count(&r->reader, get(r, "seed"), 0, INT64_MAX, &in->seed);
    tacro_schema_count(&r->reader, draws, 1, TACRO_MAX_DRAWS, &in->ndraws);
    if (overrides != NULL && overrides->has_seed) {
        in->seed = overrides->seed;
        if (in->seed > INT64_MAX) {
            tacro_notes_add(r->reader.notes, TACRO_FAULT, r->reader.file, 0, 0,
                            "seed: %" PRIu64 " asked for, expected at most %" PRId64,
                            in->seed, INT64_MAX);
        }
    }
    if (overrides != NULL && overrides->draws > 0) {
        in->ndraws = overrides->draws;
    }
}

static void refuse_draws(struct reading *r, const char *text)
{
    if (r->overrides != NULL && r->overrides->draws > 0) {
        tacro_notes_add(r->reader.notes, TACRO_FAULT, r->reader.file, 0, 0, "draws: %s",
                        text);
    } else {
        tacro_schema_note(&r->reader, TACRO_FAULT, get(r, "draws"), "%s", text);
    }
}

/** Whether any of the PK models has a number to draw. */
static bool is_any_uncertain(const struct tacro_input *in)
{
    for (size_t m = 0; m < in->npks; m++) {
        const struct tacro_paramset *set = in->model[m].pk;
        for (size_t i = 0; i < set->nuncertain; i++) {
            if (set->uncertain[i].uncertainty->law !=
                TACRO_LAW_NONE) { /* not set since */
                return true;
            }
        }
    }
    return false;
}

/* A risk file may take the ratio of trough to mean level from the PK file. */
static void check_ratio(struct reading *r)
{
    const struct tacro_input *in = r->in;
    for (size_t i = 0; i < in->nrisks; i++) {
        const struct tacro_paramset *risk = in->risk[i];
        for (size_t k = 0; k < risk->nthetas; k++) {
            for (size_t m = 0; risk->theta[k].is_trough_to_mean && m < in->npks; m++) {
                if (isnan(in->model[m].pk->trough_to_mean)) {
                    tacro_schema_note(&r->reader, TACRO_FAULT, get(r, "pk"),
                                      "%s of %s needs trough_to_mean, which %s lacks; "
                                      "`tacro qualify` computes it",
                                      risk->theta[k].name, risk->name,
                                      in->model[m].pk->name);
                }
            }
        }
    }
}

/* The draws are then around other central values; who tries a variant may want that. */
static void warn_of_change(struct reading *r, const struct tacro_paramset *risk)
{
    const struct tacro_node *node = tacro_node_get(&risk->yaml->root, "draws");
    tacro_notes_add(r->reader.notes, TACRO_WARNING, risk->yaml->path, node->line,
                    node->column,
                    "%s was made from other values of %s.yaml: run tacro calibrate",
                    node->text, risk->name);
}

/** More than one draw needs something to draw, and of risk files their tables. */
static void check_draws(struct reading *r)
{
    const struct tacro_input *in = r->in;
    char text[256];
    for (size_t i = 0; i < in->nrisks && in->ndraws > 1; i++) {
        const struct tacro_paramset *risk = in->risk[i];
        if (risk->draws == NULL) {
            snprintf(text, sizeof text,
                     "%" PRIu64 " asked for, %.64s names no table of draws; `tacro "
                     "calibrate` makes it",
                     in->ndraws, risk->name);
            refuse_draws(r, text);
        } else if (risk->draws->n < in->ndraws) {
            snprintf(text, sizeof text,
                     "%" PRIu64 " asked for, the table of %.64s has %zu; `tacro "
                     "calibrate` makes more",
                     in->ndraws, risk->name, risk->draws->n);
            refuse_draws(r, text);
        } else if (risk->has_changed) {
            warn_of_change(r, risk);
        }
    }
    if (in->nrisks == 0 && in->ndraws > 1 && in->npks > 0 && !is_any_uncertain(in)) {
        snprintf(text, sizeof text,
                 "%" PRIu64 " asked for, %.64s has no uncertain parameter, expected 1",
                 in->ndraws,
                 in->npks > 1 ? "every one of the PK models" : in->pk->name);
        refuse_draws(r, text);
    }
}

/* Without an outcome there is nothing that death could compete with. */
static void read_death(struct reading *r)
{
    const struct tacro_node *node = get(r, "death_hazard");
    double value = 0.0;
    if (node != NULL) {
        if (tacro_schema_number(&r->reader, node, &death_hazard, &value)) {
            if (value >= 0.0 && value <= MAX_DEATH_HAZARD) {
                r->in->death_hazard = value;
            } else {
                tacro_schema_note(&r->reader, TACRO_FAULT, node,
                                  "%s is outside 0 to 1 1/d", node->text);
            }
        }
        if (r->in->nrisks == 0) {
            tacro_schema_note(&r->reader, TACRO_NOTICE, node,
                              "no effect: no `risk` file is named");
        }
    } else if (r->in->nrisks > 0) {
        tacro_notes_add(r->reader.notes, TACRO_NOTICE, r->reader.file, 0, 0,
                        "death_hazard: not given, taken as 0: no death competes");
    }
}

/* -- targets ----------------------------------------------------------------------- */

static bool read_target(struct reading *r, const struct tacro_node *node,
                        struct tacro_target *target)
{
    const struct tacro_node *from = tacro_node_get(node, "from");
    bool ok = tacro_schema_keys(&r->reader, node, target_keys, COUNT(target_keys));
    ok = tacro_schema_number(&r->reader, from, &instant, &target->from) && ok;
    ok = tacro_schema_range(&r->reader, tacro_node_get(node, "trough"), &level,
                            &target->low, &target->high) &&
         ok;
    if (ok) {
        tacro_limit_warn_late(&r->reader, from, target->from, r->in->horizon);
    }
    return ok;
}

static void read_targets(struct reading *r)
{
    const struct tacro_node *list = get(r, "target");
    struct tacro_input *in = r->in;
    bool was_read = false;
    if (!tacro_schema_list(&r->reader, list)) {
        return;
    }
    in->target = calloc(list->n, sizeof *in->target);
    if (in->target == NULL) {
        tacro_schema_note(&r->reader, TACRO_FAULT, list, "out of memory");
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        bool ok = read_target(r, &list->item[i], &in->target[i]);
        if (ok && was_read && in->target[i].from <= in->target[i - 1].from) {
            const struct tacro_node *from = tacro_node_get(&list->item[i], "from");
            tacro_schema_note(
                &r->reader, TACRO_FAULT, from,
                "%s is not after %s, expected ascending times", from->text,
                tacro_units_time_beside(in->target[i - 1].from, from->text).s);
        }
        was_read = ok;
    }
    in->ntargets = list->n;
}

/* -- the whole --------------------------------------------------------------------- */

/* Under every PK model, and their words. */
static enum tacro_status choose_switches(struct reading *r, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_input *in = r->in;
    struct tacro_paramset *pk[TACRO_MAX_PKS];
    for (size_t i = 0; i < in->npks; i++) {
        pk[i] = in->model[i].pk;
    }
    TACRO_TRY(tacro_switches_choose(&r->reader, get(r, "switch"), pk, in->npks, err));
done:
    for (size_t i = 0; i < in->npks; i++) {
        in->model[i].pk = pk[i];
    }
    in->pk = in->npks > 0 ? pk[0] : NULL;
    in->switch_words = tacro_switches_words(pk, in->npks);
    return st == TACRO_OK && in->switch_words == NULL
               ? tacro_fail(err, TACRO_ENOMEM, "switches of a scenario")
               : st;
}

/* Every PK model must be able to. */
static void read_observe(struct reading *r)
{
    struct tacro_input *in = r->in;
    in->is_observed = in->npks > 0;
    for (size_t i = 0; i < in->npks; i++) {
        in->is_observed = tacro_observe_read(&r->reader, get(r, "observe"),
                                             in->model[i].pk, &in->assay) &&
                          in->is_observed;
    }
}

static enum tacro_status read_all(struct reading *r, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_input *in = r->in;
    const struct tacro_node *patients = get(r, "patients");
    size_t unused = 1;
    bool is_complete = false;
    tacro_schema_keys(&r->reader, r->root, scenario_keys, COUNT(scenario_keys));
    tacro_schema_text(&r->reader, get(r, "title"), &in->title);
    read_start(r);
    read_horizon(r);
    read_times(r);
    read_chance(r);
    in->is_without_draws = r->overrides != NULL && r->overrides->is_without_draws;
    TACRO_TRY(tacro_sets_read(&r->reader, r->root,
                              r->overrides == NULL ? NULL : r->overrides->params_dir,
                              in, &is_complete, err));
    TACRO_TRY(choose_switches(r, err));
    TACRO_TRY(tacro_endpoints_read(
        &r->reader, r->root, r->overrides == NULL ? NULL : r->overrides->params_dir, in,
        err));
    tacro_history_read(&r->reader, r->root, is_complete, in);
    tacro_schema_choice(&r->reader, get(r, "unused"), unused_choices,
                        COUNT(unused_choices), &unused);
    read_death(r);
    tacro_patients_read(&r->reader, patients, r->overrides, in);
    tacro_sets_change(&r->reader, r->root, in);
    read_observe(r);
    if (is_complete) {
        check_draws(r);
        check_ratio(r);
    }
    read_targets(r);
    tacro_plans_read(&r->reader, r->root, is_complete, in);
    tacro_history_check(&r->reader, r->root, in);
    tacro_endpoints_check(&r->reader, r->root, in);
    tacro_patients_check(&r->reader, patients, is_complete, unused == 0, in);
    tacro_ranges_warn(&r->reader, patients, in);
    if (!tacro_assumed_find(in)) {
        st = tacro_fail(err, TACRO_ENOMEM, "assumed lines of a scenario");
    }
done:
    return st;
}

enum tacro_status tacro_input_take(struct tacro_yaml *yaml,
                                   const struct tacro_overrides *overrides,
                                   struct tacro_notes *notes, struct tacro_input **out,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    size_t before = notes->nfaults;
    struct tacro_input *in = calloc(1, sizeof *in);
    struct reading reading = {.reader = {.file = yaml->path, .notes = notes},
                              .overrides = overrides,
                              .root = &yaml->root,
                              .in = in};
    *out = NULL;
    if (in == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "scenario %s", yaml->path);
        tacro_yaml_free(yaml);
        goto done;
    }
    in->yaml = yaml;
    TACRO_TRY(read_all(&reading, err));
    tacro_notes_sort(notes);
    tacro_notes_unique(notes);
    if (notes->nfaults > before) {
        size_t n = notes->nfaults - before;
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", yaml->path, n,
                        n == 1 ? "" : "s");
        goto done;
    }
    *out = in;
    in = NULL;
done:
    tacro_notes_sort(notes);
    tacro_input_free(in);
    return st;
}

enum tacro_status tacro_input_read(const char *path,
                                   const struct tacro_overrides *overrides,
                                   struct tacro_notes *notes, struct tacro_input **out,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_yaml *yaml = NULL;
    *out = NULL;
    TACRO_TRY(tacro_yaml_read(path, notes, &yaml, err));
    TACRO_TRY(tacro_input_take(yaml, overrides, notes, out, err));
done:
    tacro_notes_sort(notes);
    return st;
}

void tacro_input_free(struct tacro_input *input)
{
    if (input == NULL) {
        return;
    }
    for (enum tacro_covariate_id id = 0; id < TACRO_NCOVARIATES; id++) {
        tacro_covariate_free(&input->covariate[id]);
    }
    for (size_t m = 0; m < input->npks; m++) {
        for (size_t i = 0; i < input->model[m].nmultipliers; i++) {
            free(input->model[m].multiplier[i].step);
        }
        free(input->model[m].multiplier);
        tacro_paramset_free(input->model[m].pk);
    }
    for (size_t i = 0; i < input->nregimens; i++) {
        tacro_regimen_free(&input->regimen[i]);
    }
    for (size_t i = 0; i < input->nassumed; i++) {
        free(input->assumed[i]);
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        tacro_paramset_free(input->risk[i]);
    }
    tacro_dataset_free(input->patients);
    free(input->regimen);
    free(input->assumed);
    free(input->target);
    for (size_t i = 0; i < input->nendpoints; i++) {
        tacro_yaml_free(input->endpoint[i].yaml);
    }
    free(input->switch_words);
    tacro_yaml_free(input->yaml);
    free(input);
}

unsigned tacro_input_ports(const struct tacro_input *input)
{
    unsigned ports = input->has_before ? 1U << input->before.port : 0;
    for (size_t i = 0; i < input->nregimens; i++) {
        ports |= tacro_regimen_ports(&input->regimen[i]);
    }
    return ports;
}

struct tacro_input tacro_input_of(const struct tacro_input *input, size_t model)
{
    struct tacro_input own = *input;
    own.npks = 1;
    own.model[0] = input->model[model];
    own.pk = own.model[0].pk;
    own.nmultipliers = own.model[0].nmultipliers;
    own.multiplier = own.model[0].multiplier;
    own.before = own.model[0].before;
    own.nregimens = input->nplans;
    own.regimen = input->regimen + model * input->nplans;
    return own;
}

size_t tacro_input_reference(const struct tacro_input *input, size_t regimen)
{
    return input->npks < 2 ? input->reference
                           : regimen / input->nplans * input->nplans + input->reference;
}
