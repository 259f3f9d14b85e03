/**
 * What follows an event that the patients have had, and optional endpoints, as text and
 * as JSON.
 */
#ifndef TACRO_CLI_SUMMARY_AFTER_H
#define TACRO_CLI_SUMMARY_AFTER_H

#include <jansson.h>

#include "cli/page.h"
#include "tacro.h"

/** The block of the summary; nothing without history. width: columns of the labels. */
void tacro_cli_summary_after_print(const struct tacro_cli_page *page,
                                   const struct tacro_summary *summary, size_t width);

/** The optional endpoints of the scenario; nothing without. */
void tacro_cli_endpoints_print(const struct tacro_cli_page *page,
                               const struct tacro_summary *summary, size_t width);

/** An array, one object an endpoint. */
json_t *tacro_cli_endpoints_json(const struct tacro_summary *summary);

/** An object; null without history. */
json_t *tacro_cli_summary_after_json(const struct tacro_summary *summary);

#endif
