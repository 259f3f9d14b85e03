/** `tacro models`: the list of models, and the page of one. */
#include <string.h>

#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/messages.h"
#include "cli/model_page.h"
#include "cli/page.h"

static const char *model_name(const void *library, size_t i)
{
    return tacro_library_model(library, i)->name;
}

/** Refuse a name that no model has. */
static void find_model(struct tacro_cli_answer *answer,
                       const struct tacro_library *library)
{
    const char *name = answer->args->operand;
    const size_t n = tacro_library_size(library);
    size_t k = 0;
    while (k < n && strcmp(model_name(library, k), name) != 0) {
        k++;
    }
    const struct tacro_model *last = tacro_cli_model_last_like(library, name);
    if (k == n && last != NULL) {
        answer->status = TACRO_ENOINPUT;
        answer->err.status = TACRO_ENOINPUT;
        snprintf(answer->err.text, sizeof answer->err.text,
                 "no model '%s'; of %s there are those up to '%s'", name, last->family,
                 last->name);
    } else if (k == n) {
        tacro_cli_answer_unknown(answer, name, n, model_name, library);
    }
}

static void open_library(struct tacro_cli_answer *answer,
                         struct tacro_library **library)
{
    const struct tacro_cli_args *args = answer->args;
    const bool is_file = args->operand != NULL && tacro_cli_is_path(args->operand);
    if (answer->status != TACRO_OK ||
        (!is_file && tacro_cli_answer_lacks_params(answer))) {
        return;
    }
    answer->status = is_file ? tacro_library_open_file(args->operand, &answer->notes,
                                                       library, &answer->err)
                             : tacro_library_open(answer->params, &answer->notes,
                                                  library, &answer->err);
    tacro_cli_notes_print(&answer->notes, args->is_quiet);
    if (*library != NULL && args->operand != NULL && !is_file) {
        find_model(answer, *library);
    }
}

static bool is_asked_for(const struct tacro_cli_args *args,
                         const struct tacro_model *model)
{
    return args->operand == NULL || tacro_cli_is_path(args->operand) ||
           strcmp(model->name, args->operand) == 0;
}

static void print(const struct tacro_cli_args *args,
                  const struct tacro_library *library)
{
    struct tacro_cli_page page = tacro_cli_page_open(stdout);
    if (args->operand == NULL) {
        tacro_cli_model_list_print(&page, library);
        return;
    }
    for (size_t k = 0; k < tacro_library_size(library); k++) {
        const struct tacro_model *model = tacro_library_model(library, k);
        if (is_asked_for(args, model)) {
            tacro_cli_model_page_print(&page, model);
        }
    }
}

static void print_json(const struct tacro_cli_answer *answer,
                       const struct tacro_library *library)
{
    json_t *object = tacro_cli_answer_json(answer);
    json_t *models = tacro_cli_json_array();
    const size_t n = library == NULL ? 0 : tacro_library_size(library);
    for (size_t k = 0; k < n; k++) {
        const struct tacro_model *model = tacro_library_model(library, k);
        if (is_asked_for(answer->args, model)) {
            tacro_cli_json_append(models, tacro_cli_model_json(model));
        }
    }
    tacro_cli_json_put(object, "models", models);
    tacro_cli_json_print(object);
}

int tacro_cli_command_models(const struct tacro_cli_args *args)
{
    struct tacro_cli_answer answer;
    struct tacro_library *library = NULL;
    tacro_cli_answer_begin(&answer, args);
    open_library(&answer, &library);
    if (args->is_json) {
        print_json(&answer, library);
    } else if (library != NULL && answer.status != TACRO_ENOINPUT) {
        print(args, library);
    }
    tacro_library_free(library);
    return tacro_cli_answer_end(&answer);
}
