/** How the summary shows a list of PK models: arms by model, each plan across them. */
#ifndef TACRO_CLI_SUMMARY_MODELS_H
#define TACRO_CLI_SUMMARY_MODELS_H

#include <stdbool.h>

#include "cli/page.h"
#include "tacro.h"

/** Whether the plans run under more than one PK model. */
bool tacro_cli_has_models(const struct tacro_summary *summary);

/** Index of the reference of a regimen: of the same model. */
size_t tacro_cli_reference(const struct tacro_summary *summary, size_t r);

/** Label of the reference plan. */
const char *tacro_cli_reference_plan(const struct tacro_summary *summary);

/** What a row of a table is called: the plan, as its model has a line above it. */
const char *tacro_cli_row_label(const struct tacro_summary *summary, size_t r);

/** The line above the rows of a model, "@name"; nothing elsewhere, with one model. */
void tacro_cli_put_model(const struct tacro_cli_page *page,
                         const struct tacro_summary *summary, size_t r);

/** The models, and how far apart they put the main figures of each plan. */
void tacro_cli_models_print(const struct tacro_cli_page *page,
                            const struct tacro_summary *summary, size_t width);

/** Figures of a plan in order: two levels, a share, then the risk of each outcome. */
enum {
    TACRO_CLI_AT_LANDMARK, /**< median level, ng/mL */
    TACRO_CLI_LAST_TROUGH, /**< median level of the last day, ng/mL */
    TACRO_CLI_IN_TARGET,   /**< of all C0 in the window */
    TACRO_CLI_FIRST_RISK   /**< patient average, median over draws */
};

/** Lowest and highest of the models; NaN: none has the figure. */
struct tacro_cli_range {
    double low;
    double high;
};

struct tacro_cli_range tacro_cli_models_range(const struct tacro_summary *summary,
                                              size_t plan, size_t figure);

#endif
