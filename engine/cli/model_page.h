/** Models as text and as JSON: the list, and the page of one. */
#ifndef TACRO_CLI_MODEL_PAGE_H
#define TACRO_CLI_MODEL_PAGE_H

#include <jansson.h>

#include "cli/page.h"
#include "tacro_models.h"

/** The last model of the family that a name begins like (erlang_99), NULL: none. */
const struct tacro_model *tacro_cli_model_last_like(const struct tacro_library *library,
                                                    const char *name);

/** One line a model or family of parts, by kind. */
void tacro_cli_model_list_print(const struct tacro_cli_page *page,
                                const struct tacro_library *library);

/** Equations, parameters with units and sources. */
void tacro_cli_model_page_print(const struct tacro_cli_page *page,
                                const struct tacro_model *model);

json_t *tacro_cli_model_json(const struct tacro_model *model);

#endif
