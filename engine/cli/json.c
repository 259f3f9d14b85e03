#include "cli/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"
#include "cli/quantity.h"

json_t *tacro_cli_json_object(void)
{
    json_t *object = json_object();
    if (object == NULL) {
        tacro_cli_exit_no_memory();
    }
    return object;
}

json_t *tacro_cli_json_array(void)
{
    json_t *array = json_array();
    if (array == NULL) {
        tacro_cli_exit_no_memory();
    }
    return array;
}

void tacro_cli_json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) {
        tacro_cli_exit_no_memory();
    }
}

void tacro_cli_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        tacro_cli_exit_no_memory();
    }
}

void tacro_cli_json_number(json_t *object, const char *key, double value)
{
    tacro_cli_json_put(object, key, isfinite(value) ? json_real(value) : json_null());
}

void tacro_cli_json_integer(json_t *object, const char *key, long value)
{
    tacro_cli_json_put(object, key, json_integer(value));
}

void tacro_cli_json_count(json_t *object, const char *key, uint64_t value)
{
    char digits[24];
    if (value <= INT64_MAX) {
        tacro_cli_json_put(object, key, json_integer((json_int_t)value));
        return;
    }
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    tacro_cli_json_text(object, key, digits);
}

/** The text with '?' for every byte beyond ASCII. */
static json_t *ascii_json(const char *text)
{
    char *ascii = strdup(text);
    if (ascii == NULL) {
        return NULL;
    }
    for (char *c = ascii; *c != '\0'; c++) {
        if (((unsigned char)*c & 0x80U) != 0) {
            *c = '?';
        }
    }
    json_t *value = json_string(ascii);
    free(ascii);
    return value;
}

void tacro_cli_json_text(json_t *object, const char *key, const char *text)
{
    json_t *value = text == NULL ? json_null() : json_string(text);
    if (value == NULL && text != NULL) {
        value = ascii_json(text);
    }
    tacro_cli_json_put(object, key, value);
}

json_t *tacro_cli_json_capsules(const struct tacro_plan_dose *dose, size_t ndoses)
{
    const struct tacro_cli_capsules capsules = tacro_cli_capsules(dose, ndoses);
    bool is_any = false;
    if (!capsules.is_exact || !capsules.is_known) {
        return json_null();
    }
    json_t *object = tacro_cli_json_object();
    for (size_t p = TACRO_CLI_NPRODUCTS; p-- > 0;) {
        const struct tacro_cli_product *product = &tacro_cli_products[p];
        is_any = is_any || capsules.has[p];
        /* where nothing is swallowed, the capsules of immediate release are counted */
        for (size_t k = 0;
             k < TACRO_CLI_NSTRENGTHS && (capsules.has[p] || (p == 0 && !is_any));
             k++) {
            char key[32];
            snprintf(key, sizeof key, "%s%g mg", product->prefix, product->strength[k]);
            tacro_cli_json_count(object, key, capsules.n[p][k]);
        }
    }
    return object;
}

json_t *tacro_cli_json_notes(const struct tacro_notes *notes)
{
    json_t *array = tacro_cli_json_array();
    for (size_t k = 0; k < notes->n; k++) {
        const struct tacro_note *note = &notes->note[k];
        json_t *row = tacro_cli_json_object();
        tacro_cli_json_text(row, "severity", tacro_cli_severity(note->severity));
        tacro_cli_json_text(row, "file", note->file);
        tacro_cli_json_put(row, "line",
                           note->line > 0 ? json_integer((json_int_t)note->line)
                                          : json_null());
        tacro_cli_json_put(row, "column",
                           note->line > 0 ? json_integer((json_int_t)note->column)
                                          : json_null());
        tacro_cli_json_text(row, "text", note->text);
        tacro_cli_json_append(array, row);
    }
    return array;
}

void tacro_cli_json_print(json_t *object)
{
    char *text = json_dumps(object, JSON_INDENT(2));
    if (text == NULL) {
        tacro_cli_exit_no_memory();
    }
    puts(text);
    free(text);
    json_decref(object);
}
