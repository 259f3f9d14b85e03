#include "cli/answer.h"

#include <stdio.h>
#include <string.h>

#include "cli/environment.h"
#include "cli/json.h"
#include "cli/messages.h"

void tacro_cli_answer_begin(struct tacro_cli_answer *answer,
                            const struct tacro_cli_args *args)
{
    *answer = (struct tacro_cli_answer){.args = args};
    answer->status = tacro_cli_params_dir(args->params, answer->params,
                                          sizeof answer->params, &answer->err);
    if (answer->status == TACRO_OK && args->is_verbose && answer->params[0] != '\0') {
        tacro_cli_message("params: %s", answer->params);
    }
}

static const char *error_text(const struct tacro_cli_answer *answer)
{
    return answer->err.text[0] != '\0' ? answer->err.text
                                       : tacro_status_text(answer->status);
}

json_t *tacro_cli_answer_json(const struct tacro_cli_answer *answer)
{
    json_t *object = tacro_cli_json_object();
    const bool is_ok = answer->status == TACRO_OK;
    tacro_cli_json_text(object, "status", tacro_status_text(answer->status));
    tacro_cli_json_integer(object, "exit_code", tacro_status_exit_code(answer->status));
    tacro_cli_json_text(object, "error", is_ok ? NULL : error_text(answer));
    tacro_cli_json_put(object, "notes", tacro_cli_json_notes(&answer->notes));
    return object;
}

int tacro_cli_answer_end(struct tacro_cli_answer *answer)
{
    const bool is_told = answer->status == TACRO_EINPUT && answer->notes.nfaults > 0 &&
                         answer->notes.n > 0; /* the faults say it */
    if (answer->status != TACRO_OK && !is_told) {
        tacro_cli_message("%s", error_text(answer));
    }
    tacro_notes_free(&answer->notes);
    return tacro_status_exit_code(answer->status);
}

bool tacro_cli_is_path(const char *operand)
{
    const size_t n = strlen(operand);
    return strchr(operand, '/') != NULL ||
           (n > 5 && strcmp(operand + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(operand + n - 4, ".yml") == 0);
}

void tacro_cli_answer_unknown(struct tacro_cli_answer *answer, const char *word,
                              size_t n,
                              const char *(*name)(const void *context, size_t i),
                              const void *context)
{
    const size_t nearest = tacro_cli_nearest(word, n, name, context);
    answer->status = TACRO_ENOINPUT;
    answer->err.status = TACRO_ENOINPUT;
    if (nearest < n) {
        snprintf(answer->err.text, sizeof answer->err.text,
                 "no model '%s'; did you mean '%s'?", word, name(context, nearest));
    } else {
        snprintf(answer->err.text, sizeof answer->err.text,
                 "no model '%s'; `tacro models' lists them", word);
    }
}

bool tacro_cli_answer_lacks_params(struct tacro_cli_answer *answer)
{
    if (answer->params[0] != '\0') {
        return false;
    }
    answer->status = TACRO_ENOINPUT;
    snprintf(answer->err.text, sizeof answer->err.text,
             "no folder of params files found; name it with --params DIR");
    return true;
}
