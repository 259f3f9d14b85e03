#include "input/draws.h"

#include "core/units.h"
#include "input/bytes.h"
#include "input/checksum.h"
#include "input/csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_NFAULTS 100 /* more are not looked for */
#define HASH_DIGITS 64

/* What the lines before the table say. */
enum head { OUTCOME, COMMAND, SEED, COHORT, INPUTS, RISK, SHA256, NHEADS };
static const char *const heads[NHEADS] = {"outcome", "command", "seed",  "cohort",
                                          "inputs",  "risk",    "sha256"};

/* A table while it is read. */
struct reading {
    const char *path;
    struct tacro_notes *notes;
    size_t before;      /* faults of the notes */
    size_t nlines;      /* of the head */
    char *head[NHEADS]; /* owned */
    size_t line[NHEADS];
    const char *hashed; /* where that begins which the checksum is of */
    const char *rows;   /* where the table begins */
    bool has_names;
    bool is_out_of_memory;
    size_t room; /* draws */
    struct tacro_draws *draws;
};

static bool has_fault(const struct reading *r)
{
    return r->notes->nfaults > r->before;
}

static char *copy(struct reading *r, const char *text, size_t n)
{
    char *made = malloc(n + 1);
    if (made == NULL) {
        r->is_out_of_memory = true;
        return NULL;
    }
    memcpy(made, text, n);
    made[n] = '\0';
    return made;
}

/* -- the head ---------------------------------------------------------------------- */

/* `# command: tacro calibrate ...`; what is no key of ours is a comment. */
static void read_head_line(struct reading *r, const char *line, size_t n)
{
    const char *end = line + n;
    line++;
    while (line < end && *line == ' ') {
        line++;
    }
    for (size_t i = 0; i < NHEADS; i++) {
        const size_t length = strlen(heads[i]);
        if ((size_t)(end - line) <= length || memcmp(line, heads[i], length) != 0 ||
            line[length] != ':') {
            continue;
        }
        if (r->head[i] != NULL) {
            tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines, 1,
                            "%s: given twice, first in line %zu", heads[i], r->line[i]);
            return;
        }
        line += length + 1;
        while (line < end && *line == ' ') {
            line++;
        }
        r->head[i] = copy(r, line, (size_t)(end - line));
        r->line[i] = r->nlines;
        return;
    }
}

static void read_head(struct reading *r, const char *text)
{
    while (*text == '#') {
        const size_t n = strcspn(text, "\n");
        const bool had_hash = r->head[SHA256] != NULL;
        r->nlines++;
        read_head_line(r, text, n);
        text += n + (text[n] == '\n' ? 1 : 0);
        if (!had_hash && r->head[SHA256] != NULL) {
            r->hashed = text;
        }
    }
    r->rows = text;
    for (size_t i = 0; i < NHEADS; i++) {
        if (r->head[i] == NULL || r->head[i][0] == '\0') {
            tacro_notes_add(r->notes, TACRO_FAULT, r->path,
                            r->head[i] == NULL ? 1 : r->line[i], 1,
                            "expected a line `# %s: ...` before the table", heads[i]);
        }
    }
}

/* -- the checksum ------------------------------------------------------------------ */

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_DIGITS &&
           text[strspn(text, "0123456789abcdef")] == '\0';
}

static enum tacro_status check_hash(struct reading *r, const char *end,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = INPUTS; i <= SHA256; i++) {
        if (r->head[i] != NULL && !is_hash(r->head[i])) {
            tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->line[i], 1,
                            "%s: %s: expected %d hexadecimal digits", heads[i],
                            tacro_excerpt(r->head[i]).s, HASH_DIGITS);
            return TACRO_OK;
        }
    }
    if (r->head[SHA256] == NULL) {
        return TACRO_OK;
    }
    TACRO_TRY(
        tacro_text_hash(r->hashed, (size_t)(end - r->hashed), r->draws->sha256, err));
    if (strcmp(r->draws->sha256, r->head[SHA256]) != 0) {
        tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->line[SHA256], 1,
                        "sha256: the rows are not those that `tacro calibrate` wrote: "
                        "their checksum is %s",
                        r->draws->sha256);
    }
done:
    return st;
}

/* -- the table --------------------------------------------------------------------- */

static void note(struct reading *r, const struct tacro_csv_field *field,
                 const char *text)
{
    tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines + field->line,
                    field->column, "%s: %s", tacro_excerpt(field->text).s, text);
}

static bool take_names(struct reading *r, const struct tacro_csv_row *row)
{
    struct tacro_draws *draws = r->draws;
    const size_t before = r->notes->nfaults;
    if (row->n > TACRO_CSV_FIELDS) {
        tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines + row->line, 1,
                        "%zu columns, expected at most %d", row->n, TACRO_CSV_FIELDS);
        return false;
    }
    if (strcmp(row->field[0].text, "draw") != 0) {
        note(r, &row->field[0], "expected draw, the first column");
    }
    if (row->n < 2) {
        note(r, &row->field[0], "expected columns of numbers behind it");
        return false;
    }
    draws->ncolumns = 0;
    draws->name = calloc(row->n, sizeof *draws->name);
    if (draws->name == NULL) {
        r->is_out_of_memory = true;
        return false;
    }
    for (size_t i = 1; i < row->n; i++) {
        const char *name = row->field[i].text;
        if (name[0] == '\0') {
            note(r, &row->field[i], "expected the name of the column");
        } else if (strcmp(name, "draw") == 0 ||
                   tacro_draws_column(draws, name) < draws->ncolumns) {
            note(r, &row->field[i], "a column of this name twice");
        }
        draws->name[draws->ncolumns] = copy(r, name, strlen(name));
        if (draws->name[draws->ncolumns] == NULL) {
            return false;
        }
        draws->ncolumns++;
    }
    r->has_names = true;
    return r->notes->nfaults == before;
}

/* A plain decimal number, finite. */
static bool read_cell(struct reading *r, const struct tacro_csv_field *field,
                      double *value)
{
    const char *text = field->text;
    if (tacro_units_parse(text, TACRO_NUMBER, value, NULL) == TACRO_OK &&
        text[strspn(text, "0123456789+-.eE")] == '\0') {
        return true;
    }
    note(r, field, "expected a finite number");
    return false;
}

static bool reserve(struct reading *r)
{
    struct tacro_draws *draws = r->draws;
    if (draws->n == r->room) {
        const size_t room = 2 * r->room + 256;
        double *value =
            realloc(draws->value, room * draws->ncolumns * sizeof *draws->value);
        if (value == NULL) {
            r->is_out_of_memory = true;
            return false;
        }
        size_t *line = realloc(draws->line, room * sizeof *draws->line);
        draws->value = value;
        if (line == NULL) {
            r->is_out_of_memory = true;
            return false;
        }
        draws->line = line;
        r->room = room;
    }
    return true;
}

static bool take_row(struct reading *r, const struct tacro_csv_row *row)
{
    struct tacro_draws *draws = r->draws;
    double number = 0.0;
    if (row->n != draws->ncolumns + 1) {
        tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines + row->line, 1,
                        "%zu fields, expected %zu, as there are columns", row->n,
                        draws->ncolumns + 1);
        return true;
    }
    if (!reserve(r)) {
        return false;
    }
    if (read_cell(r, &row->field[0], &number) && number != (double)draws->n) {
        char expected[64];
        snprintf(expected, sizeof expected, "expected draw %zu, counted from 0",
                 draws->n);
        note(r, &row->field[0], expected);
    }
    for (size_t i = 0; i < draws->ncolumns; i++) {
        read_cell(r, &row->field[i + 1], &draws->value[draws->n * draws->ncolumns + i]);
    }
    draws->line[draws->n] = r->nlines + row->line;
    draws->n++;
    return true;
}

static bool take(void *data, const struct tacro_csv_row *row)
{
    struct reading *r = data;
    if (r->notes->nfaults > r->before + LARGEST_NFAULTS) {
        return false;
    }
    return r->has_names ? take_row(r, row) : take_names(r, row);
}

static enum tacro_status read_rows(struct reading *r, const char *end,
                                   struct tacro_error *err)
{
    struct tacro_csv_fault fault;
    const enum tacro_status st =
        tacro_csv_read(r->rows, (size_t)(end - r->rows), take, r, &fault, err);
    if (st != TACRO_OK || r->is_out_of_memory) {
        return tacro_fail(err, TACRO_ENOMEM, "%s: table of draws", r->path);
    }
    if (fault.line > 0) {
        tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines + fault.line,
                        fault.column, "%s", fault.text);
    } else if (!has_fault(r) && r->draws->n == 0) {
        tacro_notes_add(r->notes, TACRO_FAULT, r->path, r->nlines + 1, 1,
                        "no rows, expected the names of the columns and a row a draw");
    }
    return TACRO_OK;
}

/* -- the file ---------------------------------------------------------------------- */

static enum tacro_status read_text(struct reading *r, const char *text, size_t length,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    read_head(r, text);
    if (r->is_out_of_memory) {
        return tacro_fail(err, TACRO_ENOMEM, "%s: table of draws", r->path);
    }
    TACRO_TRY(check_hash(r, text + length, err));
    TACRO_TRY(read_rows(r, text + length, err));
    if (has_fault(r)) {
        const size_t n = r->notes->nfaults - r->before;
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", r->path, n,
                        n == 1 ? "" : "s");
        goto done;
    }
    memcpy(r->draws->inputs, r->head[INPUTS], HASH_DIGITS + 1);
    memcpy(r->draws->risk, r->head[RISK], HASH_DIGITS + 1);
    r->draws->command = r->head[COMMAND];
    r->draws->outcome = r->head[OUTCOME];
    r->head[COMMAND] = NULL;
    r->head[OUTCOME] = NULL;
done:
    return st;
}

enum tacro_status tacro_draws_read(const char *path, struct tacro_notes *notes,
                                   struct tacro_draws **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct reading r = {.path = path, .notes = notes, .before = notes->nfaults};
    char *text = NULL;
    size_t length = 0;
    *out = NULL;
    r.draws = calloc(1, sizeof *r.draws);
    if (r.draws == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "%s: table of draws", path);
        goto done;
    }
    TACRO_TRY(tacro_bytes_read(path, &text, &length, notes, err));
    TACRO_TRY(read_text(&r, text, length, err));
    *out = r.draws;
    r.draws = NULL;
done:
    for (size_t i = 0; i < NHEADS; i++) {
        free(r.head[i]);
    }
    free(text);
    tacro_draws_free(r.draws);
    return st;
}

void tacro_draws_free(struct tacro_draws *draws)
{
    if (draws == NULL) {
        return;
    }
    for (size_t i = 0; draws->name != NULL && i < draws->ncolumns; i++) {
        free(draws->name[i]);
    }
    free(draws->name);
    free(draws->value);
    free(draws->line);
    free(draws->command);
    free(draws->outcome);
    free(draws);
}

size_t tacro_draws_column(const struct tacro_draws *draws, const char *name)
{
    size_t i = 0;
    while (i < draws->ncolumns && strcmp(draws->name[i], name) != 0) {
        i++;
    }
    return i;
}

double tacro_draws_at(const struct tacro_draws *draws, size_t column, size_t draw)
{
    return draws->value[draw * draws->ncolumns + column];
}
