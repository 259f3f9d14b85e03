#include "cli/params_check.h"

#include <stdio.h>

#include "cli/answer.h"
#include "cli/json.h"
#include "cli/messages.h"
#include "cli/page.h"
#include "tacro_models.h"

static void print(const struct tacro_params_summary *p)
{
    const struct tacro_cli_page page = tacro_cli_page_open(stdout);
    tacro_cli_page_title(&page, p->name);
    tacro_cli_page_paragraph(&page, 16, "Kind", "%s", p->kind);
    tacro_cli_page_paragraph(&page, 16, "About", "%s", p->title);
    tacro_cli_page_paragraph(&page, 16, "Parts", "%s", p->parts);
    tacro_cli_page_paragraph(&page, 16, "Parameters", "%zu, %zu number%s uncertain",
                             p->nparameters, p->nuncertain,
                             p->nuncertain == 1 ? "" : "s");
    tacro_cli_page_paragraph(&page, 16, "Random effects",
                             "%zu between patients, %zu within", p->nbetween,
                             p->nwithin);
    tacro_cli_page_paragraph(&page, 16, "Relations", "%zu", p->nrelations);
    tacro_cli_page_paragraph(&page, 16, "Ranges", "%s",
                             p->nranges == 0 ? "none stated" : p->ranges);
    if (p->nchecks > 0) {
        tacro_cli_page_paragraph(&page, 16, "Figures",
                                 "%zu to reproduce: `tacro qualify'", p->nchecks);
    } else {
        tacro_cli_page_paragraph(&page, 16, "Figures", "none to reproduce");
    }
    tacro_cli_page_paragraph(&page, 16, "Faults", "none");
}

static json_t *json_of(const struct tacro_params_summary *p)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "name", p->name);
    tacro_cli_json_text(object, "kind", p->kind);
    tacro_cli_json_text(object, "title", p->title);
    tacro_cli_json_text(object, "parts", p->parts);
    tacro_cli_json_text(object, "ranges", p->ranges);
    tacro_cli_json_count(object, "nparts", p->nparts);
    tacro_cli_json_count(object, "nparameters", p->nparameters);
    tacro_cli_json_count(object, "nuncertain", p->nuncertain);
    tacro_cli_json_count(object, "nbetween", p->nbetween);
    tacro_cli_json_count(object, "nwithin", p->nwithin);
    tacro_cli_json_count(object, "nrelations", p->nrelations);
    tacro_cli_json_count(object, "nranges", p->nranges);
    tacro_cli_json_count(object, "nchecks", p->nchecks);
    return object;
}

int tacro_cli_check_params(const struct tacro_cli_args *args)
{
    struct tacro_cli_answer answer;
    struct tacro_params_summary *params = NULL;
    tacro_cli_answer_begin(&answer, args);
    if (answer.status == TACRO_OK) {
        answer.status =
            tacro_params_file_check(args->operand, &answer.notes, &params, &answer.err);
        tacro_cli_notes_print(&answer.notes, args->is_quiet);
    }
    if (args->is_json) {
        json_t *object = tacro_cli_answer_json(&answer);
        tacro_cli_json_put(object, "params",
                           params == NULL ? json_null() : json_of(params));
        tacro_cli_json_print(object);
    } else if (params != NULL) {
        print(params);
    }
    tacro_params_file_free(params);
    return tacro_cli_answer_end(&answer);
}
