#include "input/csv.h"

#include "input/bytes.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** How far the text has been read. libcsv tells no places: it gets byte after byte. */
struct reading {
    tacro_csv_take *take;
    void *data;
    bool has_ended; /**< `take` wants no more */
    bool is_out_of_memory;
    size_t line; /**< of the byte that libcsv gets */
    size_t column;
    bool has_content; /**< the field has begun: something other than blanks */
    size_t field_line;
    size_t field_column;
    size_t noffered; /**< fields and rows that libcsv has given */
    size_t n;        /**< of the row */
    struct tacro_csv_field field[TACRO_CSV_FIELDS];
    size_t offset[TACRO_CSV_FIELDS]; /**< of the field's text in `text` */
    size_t used;
    size_t room;
    char *text;
};

static void set_fault(struct tacro_csv_fault *fault, size_t line, size_t column,
                      const char *text)
{
    fault->line = line;
    fault->column = column;
    snprintf(fault->text, sizeof fault->text, "%s", text);
}

static bool is_line_end(const char *at)
{
    return *at == '\n' || (*at == '\r' && at[1] != '\n');
}

/** Look for bytes that no table may hold. */
static void check_characters(const char *text, size_t length,
                             struct tacro_csv_fault *fault)
{
    size_t line = 1;
    size_t column = 1;
    size_t at = 0;
    while (at < length) {
        char what[64];
        unsigned long code = 0;
        const size_t n = tacro_bytes_character(text + at, &code);
        if (n == 0 || tacro_bytes_is_control(code)) {
            snprintf(what, sizeof what,
                     n == 0 ? "byte 0x%02lx is not UTF-8" : "control character 0x%02lx",
                     n == 0 ? (unsigned long)(unsigned char)text[at] : code);
            set_fault(fault, line, column, what);
            return;
        }
        column++;
        if (is_line_end(text + at)) {
            line++;
            column = 1;
        }
        at += n;
    }
}

static bool reserve(struct reading *r, size_t n)
{
    if (r->used + n > r->room) {
        const size_t room = 2 * (r->used + n) + 1024;
        char *text = realloc(r->text, room);
        if (text == NULL) {
            return false;
        }
        r->text = text;
        r->room = room;
    }
    return true;
}

/** libcsv has come to the end of a field. */
static void offer_field(void *text, size_t length, void *data)
{
    struct reading *r = data;
    r->noffered++;
    if (r->n < TACRO_CSV_FIELDS) {
        struct tacro_csv_field *field = &r->field[r->n];
        if (!reserve(r, length + 1)) {
            r->is_out_of_memory = true;
            return;
        }
        field->line = r->has_content ? r->field_line : r->line;
        field->column = r->has_content ? r->field_column : r->column;
        r->offset[r->n] = r->used;
        memcpy(r->text + r->used, text, length);
        r->text[r->used + length] = '\0';
        r->used += length + 1;
    }
    r->n++;
    r->has_content = false;
}

/** libcsv has come to the end of a row. */
static void offer_row(int last, void *data)
{
    struct reading *r = data;
    struct tacro_csv_row row = {
        .line = r->line, .end_column = r->column, .n = r->n, .field = r->field};
    (void)last;
    r->noffered++;
    for (size_t i = 0; i < r->n && i < TACRO_CSV_FIELDS; i++) {
        r->field[i].text = r->text + r->offset[i];
    }
    if (!r->has_ended && !r->is_out_of_memory) {
        row.line = r->field[0].line;
        r->has_ended = !r->take(r->data, &row);
    }
    r->n = 0;
    r->used = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/** Give libcsv one byte. False at the end of the reading. */
static bool read_byte(struct reading *r, struct csv_parser *parser, const char *at,
                      struct tacro_csv_fault *fault)
{
    const size_t noffered = r->noffered;
    if (!r->has_content && !is_blank(*at) && *at != ',') {
        r->has_content = true;
        r->field_line = r->line;
        r->field_column = r->column;
    }
    if (csv_parse(parser, at, 1, offer_field, offer_row, r) != 1) {
        r->is_out_of_memory = r->is_out_of_memory || csv_error(parser) != CSV_EPARSE;
        set_fault(fault, r->line, r->column,
                  "a quote inside a field, expected quotes around the whole field");
        return false;
    }
    if ((*at == '\n' || *at == '\r') && r->noffered == noffered && r->has_content) {
        set_fault(fault, r->field_line, r->field_column,
                  "the quotes are not closed in this line");
        return false;
    }
    r->column += ((unsigned char)*at & 0xC0U) != 0x80U;
    if (is_line_end(at)) {
        r->line++;
        r->column = 1;
    }
    return !r->has_ended && !r->is_out_of_memory;
}

enum tacro_status tacro_csv_read(const char *text, size_t length, tacro_csv_take *take,
                                 void *data, struct tacro_csv_fault *fault,
                                 struct tacro_error *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    struct csv_parser parser;
    struct tacro_csv_fault bytes = {.line = 0};
    struct reading *r = calloc(1, sizeof *r);
    const char *at = text;
    const char *end = text + length;
    bool has_more = true;
    *fault = (struct tacro_csv_fault){.line = 0};
    if (r == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(r);
        return tacro_fail(err, TACRO_ENOMEM, "a table of %zu bytes", length);
    }
    r->take = take;
    r->data = data;
    r->line = 1;
    r->column = 1;
    if (strncmp(text, mark, sizeof mark - 1) == 0) {
        at += sizeof mark - 1;
    }
    check_characters(at, (size_t)(end - at), &bytes);
    while (has_more && at < end) {
        if (bytes.line > 0 && r->line == bytes.line) { /* the rows before it count */
            *fault = bytes;
            has_more = false;
        } else {
            has_more = read_byte(r, &parser, at++, fault);
        }
    }
    if (has_more && csv_fini(&parser, offer_field, offer_row, r) != 0) {
        set_fault(fault, r->field_line, r->field_column,
                  "the quotes are not closed in this line");
    }
    const bool is_out_of_memory = r->is_out_of_memory;
    csv_free(&parser);
    free(r->text);
    free(r);
    return is_out_of_memory
               ? tacro_fail(err, TACRO_ENOMEM, "a table of %zu bytes", length)
               : TACRO_OK;
}
