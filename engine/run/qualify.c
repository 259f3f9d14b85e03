/* Published figures beside those of the model, and what a params file holds. */
#include "run/check_scenario.h"
#include "run/figure.h"
#include "run/texts.h"

#include "models/registry.h"
#include "tacro_models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATIO_INTERVAL 12.0 /* h, of trough_to_mean (params/README.md) */
#define RUN_IN 60.0         /* d of an infusion until its level is steady */

/** What a qualification borrows from. */
struct owned {
    struct tacro_qualification shown; /**< first: the caller holds its address */
    struct tacro_paramset *set;
    struct tacro_texts texts;
    struct tacro_yaml *ratio; /**< doses of trough_to_mean */
};

/* -- computing --------------------------------------------------------------------- */

static enum tacro_status compute_case(const struct tacro_paramset *set,
                                      const struct tacro_check *check,
                                      const struct tacro_check_case *c,
                                      const char *patient, struct tacro_notes *notes,
                                      double *value, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_scenario *scenario = NULL;
    TACRO_TRY(tacro_check_scenario(set, check, c, patient, notes, &scenario, err));
    TACRO_TRY(tacro_figure_compute(scenario, check, c, value, err));
done:
    tacro_scenario_free(scenario);
    return st;
}

static enum tacro_status compute(const struct tacro_paramset *set,
                                 const struct tacro_check *check, const char *patient,
                                 struct tacro_notes *notes, double *value,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double over = 1.0;
    TACRO_TRY(compute_case(set, check, &check->of, patient, notes, value, err));
    if (check->is_ratio) {
        TACRO_TRY(compute_case(set, check, &check->over, patient, notes, &over, err));
        *value /= over;
    }
done:
    return st;
}

/* -- words ------------------------------------------------------------------------- */

static const char *quantity_text(struct tacro_texts *texts, const struct tacro_check *c)
{
    const char *text = tacro_check_has_interval(c)
                           ? tacro_texts_make(texts, "%s from %g to %g h", c->name,
                                              c->of.from, c->of.at)
                           : tacro_texts_make(texts, "%s at %g h", c->name, c->of.at);
    text = c->is_ratio ? tacro_texts_make(texts, "%s, ratio", text) : text;
    if (c->subjects > 0) {
        text = tacro_texts_make(texts, "%s, %s of %llu subjects", text,
                                tacro_check_statistic_words(c->statistic),
                                (unsigned long long)c->subjects);
    }
    return text;
}

static void judge(struct tacro_texts *texts, const struct tacro_check *check,
                  double ours, const char *why, struct tacro_figure *f)
{
    *f = (struct tacro_figure){.figure = check->figure,
                               .quantity = quantity_text(texts, check),
                               .unit = tacro_check_unit(check->text),
                               .ours = ours / check->scale,
                               .published = check->value / check->scale,
                               .text = check->text,
                               .tolerance = check->tolerance / check->scale,
                               .reason = check->reason,
                               .mark = tacro_mark_name((enum tacro_mark)check->mark),
                               .from = check->from};
    if (why != NULL) {
        f->ours = NAN;
        f->verdict = TACRO_VERDICT_NOT_COMPUTED;
        f->reason = tacro_texts_make(texts, "%s", why);
    } else if (tacro_check_matches(check, ours)) {
        f->verdict = TACRO_VERDICT_MATCHES;
    } else {
        f->verdict =
            check->is_to_differ ? TACRO_VERDICT_DIFFERS : TACRO_VERDICT_NO_MATCH;
    }
}

/* -- trough over mean level -------------------------------------------------------- */

static bool depends_on_day(const struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        if (set->relation[i].covariate == TACRO_COV_POD || set->relation[i].has_days) {
            return true;
        }
    }
    return false;
}

static bool is_oral(const struct tacro_paramset *set)
{
    return tacro_paramset_theta(set, "F1") < set->nthetas;
}

/*
 * Its doses, from midnight on, so that one day's parameters hold for the interval: by
 * mouth at steady state, and of a file without absorption an infusion that goes on.
 */
static enum tacro_status write_ratio(struct owned *o, const struct tacro_node *ratio,
                                     struct tacro_error *err)
{
    const struct tacro_node *give = tacro_node_get(ratio, "give");
    const char *dose = give != NULL && give->text != NULL ? give->text : "2 mg";
    struct tacro_notes notes = {0};
    const bool is_stated = depends_on_day(o->set) && !isnan(o->set->first_day);
    const double day =
        is_stated ? floor(0.5 * (o->set->first_day + o->set->last_day)) : 0.0;
    const char *text =
        is_oral(o->set)
            ? tacro_texts_make(
                  &o->texts,
                  "start: {day: %g, clock: \"00:00\"}\n"
                  "before: {give: \"%s\", every: 12 h, steady_state: true}\n"
                  "steps: [{give: \"%s\", every: 12 h}]\n",
                  day, dose, dose)
            : tacro_texts_make(
                  &o->texts,
                  "start: {day: %g, clock: \"00:00\"}\n"
                  "steps: [{give: \"%s\", every: 12 h, over: 12 h, route: iv}]\n",
                  fmax(day - RUN_IN, 0.0), dose);
    const enum tacro_status st =
        tacro_yaml_read_text(o->set->yaml->path, text, &notes, &o->ratio, err);
    tacro_notes_free(&notes);
    return st;
}

static struct tacro_check ratio_check(const struct owned *o,
                                      const struct tacro_node *ratio)
{
    const struct tacro_node *doses = &o->ratio->root;
    const struct tacro_node *start = tacro_node_get(ratio, "start");
    const double from = is_oral(o->set) ? 0.0 : 24.0 * RUN_IN;
    struct tacro_check check = {
        .node = ratio,
        .figure = is_oral(o->set)
                      ? "trough over mean level, typical patient, q12h at steady state"
                      : "level over mean level, typical patient, infused at steady "
                        "state",
        .name = "trough_to_mean",
        .kind = TACRO_CHECK_TROUGH_TO_MEAN,
        .dimension = TACRO_NUMBER,
        .raw = 1.0,
        .of = {.patient = tacro_node_get(ratio, "patient"),
               .start = start != NULL ? start : tacro_node_get(doses, "start"),
               .before = tacro_node_get(doses, "before"),
               .steps = tacro_node_get(doses, "steps"),
               .from = from,
               .at = from + RATIO_INTERVAL},
        .value = NAN,
        .text = "",
        .scale = 1.0,
        .mark = TACRO_MARK_C,
        .from = ""};
    if (ratio != NULL) {
        check.value = o->set->trough_to_mean;
        check.text = tacro_node_get(ratio, "value")->text;
        check.from = tacro_node_get(ratio, "from")->text;
        check.tolerance = tacro_check_half_digit(check.text, TACRO_NUMBER);
    }
    return check;
}

static enum tacro_status add_ratio(struct owned *o, struct tacro_notes *notes,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_node *ratio =
        tacro_node_get(&o->set->yaml->root, "trough_to_mean");
    struct tacro_figure *f = &o->shown.trough_to_mean;
    struct tacro_notes said = {0};
    struct tacro_error why = {.text = ""};
    char *patient = NULL;
    double ours = NAN;
    TACRO_TRY(write_ratio(o, ratio, err));
    const struct tacro_check check = ratio_check(o, ratio);
    patient = tacro_check_typical(o->set, check.of.patient);
    if (patient == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "typical patient");
        goto done;
    }
    const enum tacro_status made = compute(o->set, &check, patient, &said, &ours, &why);
    if (made == TACRO_ENOMEM) {
        st = tacro_fail(err, made, "%s", why.text);
        goto done;
    }
    judge(&o->texts, &check, ours,
          made == TACRO_OK ? NULL
          : said.n > 0     ? said.note[0].text
                           : why.text,
          f);
    if (ratio != NULL) {
        o->shown.nverdicts[f->verdict]++;
        tacro_notes_add_faults(notes, &said);
    }
done:
    free(patient);
    tacro_notes_free(&said);
    return st;
}

/* -- the file ---------------------------------------------------------------------- */

static enum tacro_status add_figures(struct owned *o, struct tacro_notes *notes,
                                     struct tacro_error *err)
{
    struct tacro_qualification *q = &o->shown;
    q->figure = calloc(o->set->nchecks + 1, sizeof *q->figure);
    if (q->figure == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu figures", o->set->nchecks);
    }
    for (size_t i = 0; i < o->set->nchecks; i++) {
        const struct tacro_check *check = &o->set->check[i];
        struct tacro_error why = {.text = ""};
        double ours = NAN;
        const enum tacro_status st = compute(o->set, check, "", notes, &ours, &why);
        if (st == TACRO_ENOMEM) {
            return tacro_fail(err, st, "%s", why.text);
        }
        judge(&o->texts, check, ours, st == TACRO_OK ? NULL : why.text,
              &q->figure[q->nfigures]);
        q->nverdicts[q->figure[q->nfigures++].verdict]++;
    }
    return TACRO_OK;
}

enum tacro_status tacro_qualify(const char *path, struct tacro_notes *notes,
                                struct tacro_qualification **out,
                                struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nbefore = notes->nfaults;
    struct owned *o = calloc(1, sizeof *o);
    *out = NULL;
    if (o == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "figures of %s", path);
    }
    TACRO_TRY(tacro_paramset_read(path, TACRO_SET_PK, notes, &o->set, err));
    o->shown.name = o->set->name;
    o->shown.title = o->set->title;
    o->shown.source = o->set->source;
    TACRO_TRY(add_figures(o, notes, err));
    TACRO_TRY(add_ratio(o, notes, err));
    if (notes->nfaults > nbefore) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu faults in its checks", path,
                        notes->nfaults - nbefore);
    } else if (o->texts.is_out_of_memory) {
        st = tacro_fail(err, TACRO_ENOMEM, "figures of %s", path);
    }
    if (st == TACRO_OK) {
        *out = &o->shown;
        o = NULL;
    }
done:
    tacro_notes_sort(notes);
    tacro_qualification_free(o == NULL ? NULL : &o->shown);
    return st;
}

void tacro_qualification_free(struct tacro_qualification *qualification)
{
    struct owned *o = (struct owned *)qualification; /* its first member */
    if (o == NULL) {
        return;
    }
    free(o->shown.figure);
    tacro_texts_free(&o->texts);
    tacro_yaml_free(o->ratio);
    tacro_paramset_free(o->set);
    free(o);
}

/* -- a params file alone ----------------------------------------------------------- */

bool tacro_is_params_file(const char *path)
{
    enum tacro_set_kind kind = TACRO_SET_PK;
    return tacro_paramset_kind(path, &kind);
}

/* What was written to a memory stream; NULL when memory is out. */
static char *close_text(FILE *out, char **text)
{
    if (out != NULL && fclose(out) == 0) {
        return *text;
    }
    free(*text);
    return NULL;
}

static char *parts_text(const struct tacro_paramset *set)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; out != NULL && i < set->nparts; i++) {
        const char *formulation = tacro_paramset_formulation(set, i);
        fprintf(out, "%s%s%s%s", i == 0 ? "" : ", ", tacro_parts_at(set->part[i])->name,
                formulation == NULL ? "" : "@", formulation == NULL ? "" : formulation);
    }
    return close_text(out, &text);
}

static char *ranges_text(const struct tacro_paramset *set)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; out != NULL && i < set->nranges; i++) {
        fprintf(out, "%s%s %s", i == 0 ? "" : ", ",
                tacro_covariate_info(set->range[i].covariate)->name,
                set->range[i].text);
    }
    return close_text(out, &text);
}

static bool summarise(const struct tacro_paramset *set, struct tacro_params_summary *s)
{
    *s =
        (struct tacro_params_summary){.kind = set->kind == TACRO_SET_PK ? "pk" : "risk",
                                      .nparts = set->nparts,
                                      .nparameters = set->nthetas,
                                      .nuncertain = set->nuncertain,
                                      .nrelations = set->nrelations,
                                      .nranges = set->nranges,
                                      .nchecks = set->nchecks};
    for (size_t i = 0; i < set->neffects; i++) {
        s->nbetween += set->effect[i].omega > 0.0;
        s->nwithin += set->effect[i].kappa > 0.0 || set->effect[i].wander > 0.0;
    }
    s->name = strdup(set->name);
    s->title = strdup(set->title);
    s->parts = parts_text(set);
    s->ranges = ranges_text(set);
    return s->name != NULL && s->title != NULL && s->parts != NULL && s->ranges != NULL;
}

/* Each check is a scenario that is read and planned. */
static enum tacro_status plan_checks(const struct tacro_paramset *set,
                                     struct tacro_notes *notes, struct tacro_error *err)
{
    for (size_t i = 0; i < 2 * set->nchecks; i++) {
        const struct tacro_check *check = &set->check[i / 2];
        struct tacro_scenario *scenario = NULL;
        enum tacro_status st = TACRO_OK;
        if (i % 2 == 0 || check->is_ratio) {
            st =
                tacro_check_scenario(set, check, i % 2 == 0 ? &check->of : &check->over,
                                     "", notes, &scenario, err);
        }
        tacro_scenario_free(scenario);
        if (st != TACRO_OK && st != TACRO_EINPUT) {
            return st;
        }
    }
    return TACRO_OK;
}

enum tacro_status tacro_params_file_check(const char *path, struct tacro_notes *notes,
                                          struct tacro_params_summary **out,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    enum tacro_set_kind kind = TACRO_SET_PK;
    const size_t nbefore = notes->nfaults;
    struct tacro_paramset *set = NULL;
    struct tacro_params_summary *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%s", path);
    }
    tacro_paramset_kind(path, &kind);
    TACRO_TRY(tacro_paramset_read(path, kind, notes, &set, err));
    TACRO_TRY(plan_checks(set, notes, err));
    if (notes->nfaults > nbefore) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu faults in its checks", path,
                        notes->nfaults - nbefore);
        goto done;
    }
    if (!summarise(set, s)) {
        st = tacro_fail(err, TACRO_ENOMEM, "%s", path);
        goto done;
    }
    *out = s;
    s = NULL;
done:
    tacro_notes_sort(notes);
    tacro_params_file_free(s);
    tacro_paramset_free(set);
    return st;
}

void tacro_params_file_free(struct tacro_params_summary *params)
{
    if (params != NULL) {
        free(params->name);
        free(params->title);
        free(params->parts);
        free(params->ranges);
        free(params);
    }
}
