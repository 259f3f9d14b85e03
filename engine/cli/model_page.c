#include "cli/model_page.h"

#include <stdio.h>
#include <string.h>

#include "cli/json.h"

static const struct {
    const char *kind;
    const char *title;
} kinds[] = {
    {"pk", "PK MODELS (pk: in a scenario)"},
    {"risk", "RISK MODELS (risk: in a scenario)"},
    {"part", "PARTS (what the models are built of)"},
};

enum { NKINDS = sizeof kinds / sizeof kinds[0], NAME_WIDTH = 32, SPREAD_COLUMN = 48 };

static const char *or_blank(const char *text)
{
    return text == NULL ? "" : text;
}

const struct tacro_model *tacro_cli_model_last_like(const struct tacro_library *library,
                                                    const char *name)
{
    const struct tacro_model *last = NULL;
    for (size_t k = 0; k < tacro_library_size(library); k++) {
        const struct tacro_model *model = tacro_library_model(library, k);
        if (model->family != NULL &&
            strncmp(name, model->family, strlen(model->family) - 1) == 0) {
            last = model;
        }
    }
    return last;
}

/* "24" of erlang_24 */
static const char *number_of(const struct tacro_model *model)
{
    return model->name + strlen(model->family) - 1;
}

void tacro_cli_model_list_print(const struct tacro_cli_page *page,
                                const struct tacro_library *library)
{
    for (size_t g = 0; g < NKINDS; g++) {
        bool is_first = true;
        for (size_t k = 0; k < tacro_library_size(library); k++) {
            const struct tacro_model *model = tacro_library_model(library, k);
            if (strcmp(model->kind, kinds[g].kind) != 0) {
                continue;
            }
            if (is_first) {
                tacro_cli_page_heading(page, kinds[g].title);
                is_first = false;
            }
            const struct tacro_model *last =
                tacro_cli_model_last_like(library, model->name);
            char name[128];
            if (last != NULL && last != model) {
                continue;
            }
            snprintf(name, sizeof name, "  %s",
                     last == NULL ? model->name : model->family);
            tacro_cli_page_paragraph(page, NAME_WIDTH, name, "%s%s%s",
                                     or_blank(model->doc),
                                     last == NULL ? "" : ", N from 1 to ",
                                     last == NULL ? "" : number_of(last));
        }
    }
    fputc('\n', page->out);
    tacro_cli_page_paragraph(
        page, 0, "",
        "`tacro models NAME' describes one. Research use; not dosing "
        "advice.");
}

static void print_row(const struct tacro_cli_page *page,
                      const struct tacro_model_row *row)
{
    char value[256];
    char about[1024];
    struct tacro_cli_line line = {0};
    const char *unit = or_blank(row->unit);
    const char *spread = or_blank(row->spread);
    snprintf(value, sizeof value, "%s%s%s", or_blank(row->value),
             or_blank(row->value)[0] == '\0' ? "" : " ", unit);
    const char *uncertainty = or_blank(row->uncertainty);
    snprintf(about, sizeof about, "%s%s%s%s%s%s", or_blank(row->mark),
             or_blank(row->mark)[0] == '\0' ? "" : "  ",
             uncertainty[0] == '\0' ? "" : "uncertainty ", uncertainty,
             uncertainty[0] == '\0' ? "" : "; ", or_blank(row->doc));
    tacro_cli_line_put(&line, 2, "%s", row->name);
    tacro_cli_line_put(&line, 24, "%s", value);
    do { /* a spread that changes with the time may take several lines */
        char piece[TACRO_CLI_PAGE_WIDTH + 1];
        if (tacro_cli_wrap(&spread, TACRO_CLI_PAGE_WIDTH - SPREAD_COLUMN, piece,
                           sizeof piece)) {
            tacro_cli_line_put(&line, SPREAD_COLUMN, "%s", piece);
        }
        tacro_cli_page_line(page, &line);
    } while (spread[0] != '\0');
    if (about[0] != '\0') {
        tacro_cli_page_paragraph(page, 6, "", "%s", about);
    }
}

static void print_heading(const struct tacro_cli_page *page, const char *section,
                          bool is_part)
{
    struct tacro_cli_line line = {0};
    tacro_cli_page_heading(page, section);
    tacro_cli_line_put(&line, 2, "name");
    tacro_cli_line_put(&line, 24, is_part ? "unit" : "value");
    tacro_cli_line_put(
        &line, SPREAD_COLUMN,
        strcmp(section, "PARAMETERS") == 0 ? "between and within patients" : "");
    tacro_cli_page_line(page, &line);
}

static void print_rows(const struct tacro_cli_page *page,
                       const struct tacro_model *model)
{
    const bool is_part = strcmp(model->kind, "part") == 0;
    const char *section = "";
    for (size_t k = 0; k < model->nrows; k++) {
        if (strcmp(section, model->row[k].section) != 0) {
            section = model->row[k].section;
            print_heading(page, section, is_part);
        }
        print_row(page, &model->row[k]);
    }
    if (!is_part) {
        fputc('\n', page->out);
        tacro_cli_page_paragraph(
            page, 2, "",
            "Marks: P read in the paper or a label, T read in a "
            "transcription of it, A read in its abstract, C computed "
            "from published numbers or fixed by a definition, "
            "UNVERIFIED not yet seen in the source, ASSUMED a choice "
            "of this project.");
    }
}

void tacro_cli_model_page_print(const struct tacro_cli_page *page,
                                const struct tacro_model *model)
{
    tacro_cli_page_title(page, model->name);
    tacro_cli_page_paragraph(page, 12, "Kind", "%s", or_blank(model->kind));
    tacro_cli_page_paragraph(page, 12, "About", "%s", or_blank(model->doc));
    if (or_blank(model->population)[0] != '\0') {
        tacro_cli_page_paragraph(page, 12, "Population", "%s", model->population);
    }
    if (or_blank(model->days)[0] != '\0') {
        tacro_cli_page_paragraph(page, 12, "Days", "%s", model->days);
    }
    tacro_cli_page_paragraph(page, 12, "Source", "%s", or_blank(model->source));
    if (model->nequations > 0) {
        tacro_cli_page_heading(page, "EQUATIONS");
        for (size_t k = 0; k < model->nequations; k++) {
            tacro_cli_page_paragraph(page, 4, "  ", "%s", model->equation[k]);
        }
    }
    print_rows(page, model);
}

json_t *tacro_cli_model_json(const struct tacro_model *model)
{
    json_t *object = tacro_cli_json_object();
    json_t *equations = tacro_cli_json_array();
    json_t *rows = tacro_cli_json_array();
    for (size_t k = 0; k < model->nequations; k++) {
        json_t *equation = json_string(model->equation[k]);
        tacro_cli_json_append(equations, equation == NULL ? json_null() : equation);
    }
    for (size_t k = 0; k < model->nrows; k++) {
        json_t *row = tacro_cli_json_object();
        tacro_cli_json_text(row, "section", model->row[k].section);
        tacro_cli_json_text(row, "name", model->row[k].name);
        tacro_cli_json_text(row, "unit", model->row[k].unit);
        tacro_cli_json_text(row, "value", model->row[k].value);
        tacro_cli_json_text(row, "spread", model->row[k].spread);
        tacro_cli_json_text(row, "uncertainty", model->row[k].uncertainty);
        tacro_cli_json_text(row, "mark", model->row[k].mark);
        tacro_cli_json_text(row, "doc", model->row[k].doc);
        tacro_cli_json_append(rows, row);
    }
    tacro_cli_json_text(object, "name", model->name);
    tacro_cli_json_text(object, "kind", model->kind);
    tacro_cli_json_text(object, "doc", model->doc);
    tacro_cli_json_text(object, "population", model->population);
    tacro_cli_json_text(object, "days", model->days);
    tacro_cli_json_text(object, "source", model->source);
    tacro_cli_json_put(object, "equations", equations);
    tacro_cli_json_put(object, "rows", rows);
    return object;
}
