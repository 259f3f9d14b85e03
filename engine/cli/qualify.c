/** `tacro qualify`: published figures beside those of the models. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/messages.h"
#include "cli/page.h"
#include "tacro_models.h"

enum { OURS = 48, PUBLISHED = 58, DIFFERENCE = 76, VERDICT = 85 };

static const char *const verdicts[] = {
    [TACRO_VERDICT_MATCHES] = "matches",
    [TACRO_VERDICT_DIFFERS] = "differs, known",
    [TACRO_VERDICT_NO_MATCH] = "DOES NOT MATCH",
    [TACRO_VERDICT_NOT_COMPUTED] = "NOT COMPUTED",
};
static const char *const verdict_keys[] = {
    [TACRO_VERDICT_MATCHES] = "matches",
    [TACRO_VERDICT_DIFFERS] = "differs_as_known",
    [TACRO_VERDICT_NO_MATCH] = "does_not_match",
    [TACRO_VERDICT_NOT_COMPUTED] = "not_computed",
};

/** What the verb holds. */
struct work {
    struct tacro_cli_answer answer;
    struct tacro_cli_page page;
    json_t *models;
    size_t nmodels;
    size_t nverdicts[TACRO_NVERDICTS];
};

/* -- one model --------------------------------------------------------------------- */

/** Digits behind the point of a number as it is written. */
static int decimals(const char *text)
{
    const char *point = strchr(text, '.');
    return point == NULL ? 0 : (int)strspn(point + 1, "0123456789");
}

/** Ours with one digit more than was published. */
static void number_text(const struct tacro_figure *f, char *out, size_t size)
{
    if (isnan(f->ours)) {
        snprintf(out, size, "-");
    } else if (f->text[0] == '\0' || strpbrk(f->text, "eE") != NULL) {
        snprintf(out, size, "%.4g", f->ours);
    } else {
        snprintf(out, size, "%.*f", decimals(f->text) + 1, f->ours);
    }
}

static void difference_text(const struct tacro_figure *f, char *out, size_t size)
{
    if (isnan(f->ours) || isnan(f->published)) {
        snprintf(out, size, "-");
    } else if (f->published == 0.0) {
        snprintf(out, size, "%+.2g", f->ours);
    } else {
        snprintf(out, size, "%+.1f %%", 100.0 * (f->ours / f->published - 1.0));
    }
}

static void figure_print(const struct tacro_cli_page *page,
                         const struct tacro_figure *f)
{
    struct tacro_cli_line line = {0};
    const char *rest = f->figure;
    char piece[4 * OURS];
    char ours[64];
    char difference[64];
    number_text(f, ours, sizeof ours);
    difference_text(f, difference, sizeof difference);
    tacro_cli_wrap(&rest, OURS - 4, piece, sizeof piece);
    tacro_cli_line_put(&line, 2, "%s", piece);
    tacro_cli_line_put(&line, OURS, "%s", ours);
    tacro_cli_line_put(&line, PUBLISHED, "%s", f->text[0] == '\0' ? "-" : f->text);
    tacro_cli_line_put(&line, DIFFERENCE, "%s", difference);
    tacro_cli_line_put(&line, VERDICT, "%s",
                       isnan(f->published) ? "-" : verdicts[f->verdict]);
    tacro_cli_page_line(page, &line);
    while (tacro_cli_wrap(&rest, OURS - 4, piece, sizeof piece)) {
        tacro_cli_line_put(&line, 2, "%s", piece);
        tacro_cli_page_line(page, &line);
    }
    if (f->reason != NULL) {
        tacro_cli_page_paragraph(page, 6, "", "why: %s", f->reason);
    }
    if (f->from[0] != '\0') {
        tacro_cli_page_paragraph(page, 6, "", "%s  %s; %s", f->mark, f->quantity,
                                 f->from);
    }
}

static void model_print(const struct tacro_cli_page *page,
                        const struct tacro_qualification *q, bool is_first)
{
    struct tacro_cli_line line = {0};
    if (!is_first) {
        fputc('\n', page->out);
    }
    tacro_cli_page_title(page, q->name);
    tacro_cli_page_paragraph(page, 12, "About", "%s", q->title);
    tacro_cli_page_paragraph(page, 12, "Source", "%s", q->source);
    tacro_cli_line_put(&line, 2, "figure");
    tacro_cli_line_put(&line, OURS, "ours");
    tacro_cli_line_put(&line, PUBLISHED, "published");
    tacro_cli_line_put(&line, DIFFERENCE, "by");
    tacro_cli_line_put(&line, VERDICT, "verdict");
    tacro_cli_page_heading(page, "FIGURES");
    tacro_cli_page_line(page, &line);
    for (size_t i = 0; i < q->nfigures; i++) {
        figure_print(page, &q->figure[i]);
    }
    figure_print(page, &q->trough_to_mean);
}

static json_t *figure_json(const struct tacro_figure *f)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "figure", f->figure);
    tacro_cli_json_text(object, "quantity", f->quantity);
    tacro_cli_json_text(object, "unit", f->unit);
    tacro_cli_json_number(object, "ours", f->ours);
    tacro_cli_json_number(object, "published", f->published);
    tacro_cli_json_text(object, "text", f->text);
    tacro_cli_json_number(object, "difference", f->ours - f->published);
    tacro_cli_json_number(object, "tolerance", f->tolerance);
    tacro_cli_json_text(object, "verdict",
                        isnan(f->published) ? NULL : verdict_keys[f->verdict]);
    tacro_cli_json_text(object, "reason", f->reason);
    tacro_cli_json_text(object, "mark", f->mark);
    tacro_cli_json_text(object, "from", f->from);
    return object;
}

static json_t *model_json(const struct tacro_qualification *q)
{
    json_t *object = tacro_cli_json_object();
    json_t *figures = tacro_cli_json_array();
    for (size_t i = 0; i < q->nfigures; i++) {
        tacro_cli_json_append(figures, figure_json(&q->figure[i]));
    }
    tacro_cli_json_text(object, "name", q->name);
    tacro_cli_json_text(object, "title", q->title);
    tacro_cli_json_text(object, "source", q->source);
    tacro_cli_json_put(object, "figures", figures);
    tacro_cli_json_put(object, "trough_to_mean", figure_json(&q->trough_to_mean));
    return object;
}

/* -- all of them ------------------------------------------------------------------- */

/** Each file is computed and printed, whatever became of those before it. */
static void qualify_file(struct work *work, const char *path)
{
    struct tacro_qualification *q = NULL;
    struct tacro_error err = {.status = TACRO_OK};
    const size_t nbefore = work->answer.notes.nfaults;
    const enum tacro_status st = tacro_qualify(path, &work->answer.notes, &q, &err);
    if (st != TACRO_OK) {
        if (work->answer.notes.nfaults == nbefore) {
            tacro_cli_message("%s", err.text);
        }
        work->answer.status = st;
        work->answer.err = err;
        return;
    }
    for (size_t v = 0; v < TACRO_NVERDICTS; v++) {
        work->nverdicts[v] += q->nverdicts[v];
    }
    if (work->answer.args->is_json) {
        tacro_cli_json_append(work->models, model_json(q));
    } else {
        model_print(&work->page, q, work->nmodels == 0);
    }
    work->nmodels++;
    tacro_qualification_free(q);
}

static const char *model_name(const void *library, size_t i)
{
    return tacro_library_model(library, i)->name;
}

static void qualify_name(struct work *work, const char *name)
{
    char path[4096 + 256];
    struct stat info;
    snprintf(path, sizeof path, "%s/pk/%s.yaml", work->answer.params, name);
    if (strlen(name) < 200 && stat(path, &info) == 0) {
        qualify_file(work, path);
        return;
    }
    struct tacro_notes notes = {0};
    struct tacro_library *library = NULL;
    if (tacro_library_open(work->answer.params, &notes, &library, NULL) == TACRO_OK) {
        tacro_cli_answer_unknown(&work->answer, name, tacro_library_size(library),
                                 model_name, library);
        tacro_cli_message("%s", work->answer.err.text);
    } else {
        work->answer.status = TACRO_ENOINPUT;
    }
    tacro_library_free(library);
    tacro_notes_free(&notes);
}

static void qualify_all(struct work *work)
{
    struct tacro_cli_answer *answer = &work->answer;
    struct tacro_library *library = NULL;
    answer->status =
        tacro_library_open(answer->params, &answer->notes, &library, &answer->err);
    const size_t n = library == NULL ? 0 : tacro_library_size(library);
    for (size_t i = 0; i < n; i++) {
        const struct tacro_model *model = tacro_library_model(library, i);
        if (strcmp(model->kind, "pk") == 0) {
            qualify_name(work, model->name);
        }
    }
    if (answer->status == TACRO_OK && answer->notes.nfaults > 0) {
        answer->status = TACRO_EINPUT; /* a file that is not among them */
    }
    tacro_library_free(library);
}

static void print_end(const struct work *work)
{
    const size_t *n = work->nverdicts;
    tacro_cli_page_heading(&work->page, "ALL FIGURES");
    tacro_cli_page_paragraph(&work->page, 2, "",
                             "%zu model%s: %zu match, %zu differ as known, %zu do not "
                             "match, %zu not computed",
                             work->nmodels, work->nmodels == 1 ? "" : "s",
                             n[TACRO_VERDICT_MATCHES], n[TACRO_VERDICT_DIFFERS],
                             n[TACRO_VERDICT_NO_MATCH], n[TACRO_VERDICT_NOT_COMPUTED]);
}

static void print_json(const struct work *work)
{
    json_t *object = tacro_cli_answer_json(&work->answer);
    json_t *counts = tacro_cli_json_object();
    for (size_t v = 0; v < TACRO_NVERDICTS; v++) {
        tacro_cli_json_count(counts, verdict_keys[v], work->nverdicts[v]);
    }
    tacro_cli_json_put(object, "models", work->models);
    tacro_cli_json_put(object, "figures", counts);
    tacro_cli_json_print(object);
}

/** A figure that should match and does not is the failure of a run. */
static void judge(struct work *work)
{
    const size_t nfailed = work->nverdicts[TACRO_VERDICT_NO_MATCH] +
                           work->nverdicts[TACRO_VERDICT_NOT_COMPUTED];
    if (work->answer.status == TACRO_OK && nfailed > 0) {
        work->answer.status = TACRO_EFAILED;
        snprintf(work->answer.err.text, sizeof work->answer.err.text,
                 "%zu figure%s not reproduced", nfailed,
                 nfailed == 1 ? " is" : "s are");
    }
}

int tacro_cli_command_qualify(const struct tacro_cli_args *args)
{
    struct work work = {.page = tacro_cli_page_open(stdout)};
    tacro_cli_answer_begin(&work.answer, args);
    work.models = tacro_cli_json_array();
    const bool is_ready = work.answer.status == TACRO_OK;
    for (size_t i = 0; is_ready && i < args->nnames; i++) {
        if (tacro_cli_is_path(args->name[i])) {
            qualify_file(&work, args->name[i]);
        } else if (!tacro_cli_answer_lacks_params(&work.answer)) {
            qualify_name(&work, args->name[i]);
        }
    }
    if (is_ready && args->nnames == 0 && !tacro_cli_answer_lacks_params(&work.answer)) {
        qualify_all(&work);
    }
    tacro_cli_notes_print(&work.answer.notes, args->is_quiet);
    judge(&work);
    if (args->is_json) {
        print_json(&work);
    } else {
        if (work.nmodels > 0) {
            print_end(&work);
        }
        json_decref(work.models);
    }
    return tacro_cli_answer_end(&work.answer);
}
