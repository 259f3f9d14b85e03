/* Equations, and the page of a part. */
#include "models/registry.h"
#include "run/page.h"

#include <stdlib.h>
#include <string.h>

/* -- rows -------------------------------------------------------------------------- */

struct tacro_model_row tacro_page_row(const char *name, const char *value,
                                      const char *mark, const char *doc)
{
    return (struct tacro_model_row){.name = name,
                                    .unit = "",
                                    .value = value,
                                    .spread = "",
                                    .uncertainty = "",
                                    .mark = mark,
                                    .doc = doc};
}

void tacro_page_add(struct tacro_page *page, struct tacro_model_row row)
{
    struct tacro_model *model = page->model;
    struct tacro_model_row *grown =
        realloc(model->row, (model->nrows + 1) * sizeof *grown);
    if (grown == NULL) {
        page->texts->is_out_of_memory = true;
        return;
    }
    row.section = page->section;
    model->row = grown;
    model->row[model->nrows++] = row;
}

void tacro_page_free(struct tacro_model *model)
{
    free((void *)model->equation);
    free(model->row);
}

/* -- equations --------------------------------------------------------------------- */

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; text++) {
        n += *text == '\n' ? 1 : 0;
    }
    return n;
}

/**
 * The lines of a part's doc, appended to equation[]; of a formulation, not NULL, with
 * its name.
 */
static void add_lines(struct tacro_texts *texts, const char *text,
                      const char *formulation, const char **equation, size_t *n)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        equation[(*n)++] =
            tacro_texts_make(texts, "%s%s%.*s", formulation == NULL ? "" : formulation,
                             formulation == NULL ? "" : ": ", (int)length, text);
        text += length;
        text += *text == '\n' ? 1 : 0;
    }
}

bool tacro_page_equations(struct tacro_texts *texts, struct tacro_model *model,
                          const struct tacro_paramset *set, const size_t *part,
                          size_t nparts)
{
    size_t n = 0;
    for (size_t k = 0; k < nparts; k++) {
        n += count_lines(tacro_parts_at(part[k])->doc);
    }
    const char **equation = calloc(n + 1, sizeof *equation);
    if (equation == NULL) {
        return false;
    }
    model->equation = equation;
    for (size_t k = 0; k < nparts; k++) {
        const char *formulation =
            set == NULL ? NULL : tacro_paramset_formulation(set, k);
        add_lines(texts, tacro_parts_at(part[k])->doc, formulation, equation,
                  &model->nequations);
    }
    return true;
}

/* -- parts ------------------------------------------------------------------------- */

static void add(struct tacro_page *page, const char *name, const char *unit,
                const char *what, const char *doc)
{
    struct tacro_model_row row = tacro_page_row(
        name, "", "", tacro_texts_make(page->texts, "%s: %s", what, doc));
    row.unit = unit;
    tacro_page_add(page, row);
}

bool tacro_page_of_part(struct tacro_texts *texts, size_t index,
                        struct tacro_model *model)
{
    static const char *const roles[] = {
        [TACRO_ABSORPTION] = "absorption",    [TACRO_DISPOSITION] = "disposition",
        [TACRO_BINDING] = "binding in blood", [TACRO_EXPOSURE] = "exposure",
        [TACRO_EFFECT_SITE] = "effect site",  [TACRO_HAZARD] = "hazard",
    };
    const struct tacro_part *part = tacro_parts_at(index);
    struct tacro_page page = {texts, model, "STATES AND PARAMETERS"};
    *model = (struct tacro_model){.name = part->name,
                                  .family = part->family,
                                  .kind = "part",
                                  .doc = roles[part->role],
                                  .source = part->source,
                                  .population = "",
                                  .days = ""};
    if (!tacro_page_equations(texts, model, NULL, &index, 1)) {
        return false;
    }
    for (size_t i = 0; i < part->nstates; i++) {
        add(&page, part->states[i].name, part->states[i].unit, "state",
            part->states[i].doc);
    }
    for (size_t i = 0; i < part->nparams; i++) {
        add(&page, part->params[i].name, part->params[i].unit, "parameter",
            part->params[i].doc);
    }
    for (size_t i = 0; i < part->noutputs; i++) {
        add(&page, part->outputs[i].name, part->outputs[i].unit, "output",
            part->outputs[i].doc);
    }
    return !texts->is_out_of_memory;
}
