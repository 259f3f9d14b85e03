/** A CSV text as rows of fields that know their line and column (libcsv inside). */
#ifndef TACRO_INPUT_CSV_H
#define TACRO_INPUT_CSV_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

#define TACRO_CSV_FIELDS 128 /* of a row; more are counted, not kept */

/** line and column (in characters) count from 1, of the field's first character. */
struct tacro_csv_field {
    const char *text; /**< without quotes and without blanks around it; "" if empty */
    size_t line;
    size_t column;
};

struct tacro_csv_row {
    size_t line;
    size_t end_column; /**< behind its last character */
    size_t n;          /**< fields; field[] holds the first TACRO_CSV_FIELDS of them */
    const struct tacro_csv_field *field;
};

/** Where and why a text is no CSV. */
struct tacro_csv_fault {
    size_t line; /**< 0: it is */
    size_t column;
    char text[96];
};

/** Takes a row, borrowed for the call; false ends the reading. */
typedef bool tacro_csv_take(void *data, const struct tacro_csv_row *row);

/**
 * Read a text row by row; lines without any field are left out.
 *
 * text    UTF-8, ends with NUL behind `length` bytes; a byte order mark is left out
 * fault   the first of: not UTF-8, a control character (NUL), a quote inside a field,
 *         quotes that are not closed in their line; the rows before it have been taken
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_csv_read(const char *text, size_t length, tacro_csv_take *take,
                                 void *data, struct tacro_csv_fault *fault,
                                 struct tacro_error *err) TACRO_MUST_USE;

#endif
