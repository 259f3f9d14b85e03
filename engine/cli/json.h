/** JSON objects field by field. Want of memory ends the program. */
#ifndef TACRO_CLI_JSON_H
#define TACRO_CLI_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "tacro.h"

json_t *tacro_cli_json_object(void);
json_t *tacro_cli_json_array(void);

/** Take `value` over into an object or an array. */
void tacro_cli_json_put(json_t *object, const char *key, json_t *value);
void tacro_cli_json_append(json_t *array, json_t *value);

/** NaN and infinities become null. */
void tacro_cli_json_number(json_t *object, const char *key, double value);

void tacro_cli_json_integer(json_t *object, const char *key, long value);

/** An integer; a decimal string if it does not fit in 63 bits. */
void tacro_cli_json_count(json_t *object, const char *key, uint64_t value);

/** NULL becomes null; bytes that are no UTF-8 become '?'. */
void tacro_cli_json_text(json_t *object, const char *key, const char *text);

/**
 * {"5 mg": n, "1 mg": n, "0.5 mg": n}, with "LCP 4 mg" and the like for other products;
 * null for no sum of capsules and where the amount or the product is not known.
 */
json_t *tacro_cli_json_capsules(const struct tacro_plan_dose *dose, size_t ndoses);

/** Every note with its place. */
json_t *tacro_cli_json_notes(const struct tacro_notes *notes);

/** Print an object on stdout and free it. */
void tacro_cli_json_print(json_t *object);

#endif
