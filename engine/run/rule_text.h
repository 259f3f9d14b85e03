/** What a regimen has beside its doses, in plain words, for the page of `check`. */
#ifndef TACRO_RUN_RULE_TEXT_H
#define TACRO_RUN_RULE_TEXT_H

#include "input/scenario.h"

#define TACRO_RULE_LINES (TACRO_MAX_TRIGGERS + 8)

/** Lines owned; freed with tacro_rule_text_free. */
struct tacro_rule_text {
    size_t n;
    char *line[TACRO_RULE_LINES];
};

/** errors  TACRO_ENOMEM */
enum tacro_status tacro_rule_text_create(const struct tacro_input *input,
                                         const struct tacro_regimen *regimen,
                                         struct tacro_rule_text *out,
                                         struct tacro_error *err) TACRO_MUST_USE;
void tacro_rule_text_free(struct tacro_rule_text *text);

#endif
