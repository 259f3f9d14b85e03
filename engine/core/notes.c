#include "core/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool notes_reserve(struct tacro_notes *notes)
{
    if (notes->n == notes->capacity) {
        size_t capacity = notes->capacity == 0 ? 16 : 2 * notes->capacity;
        struct tacro_note *note = realloc(notes->note, capacity * sizeof *note);
        if (note == NULL) {
            return false;
        }
        notes->note = note;
        notes->capacity = capacity;
    }
    return true;
}

void tacro_notes_add(struct tacro_notes *notes, enum tacro_severity severity,
                     const char *file, size_t line, size_t column, const char *format,
                     ...)
{
    char text[1024];
    va_list args;
    struct tacro_note note = {.severity = severity, .line = line, .column = column};
    if (severity == TACRO_FAULT) {
        notes->nfaults++;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    note.file = strdup(file);
    note.text = strdup(text);
    if (note.file == NULL || note.text == NULL || !notes_reserve(notes)) {
        free(note.file);
        free(note.text);
        return;
    }
    notes->note[notes->n++] = note;
}

static bool is_same_file(const struct tacro_note *a, const struct tacro_note *b)
{
    return strcmp(a->file, b->file) == 0;
}

static bool comes_after(const struct tacro_note *a, const struct tacro_note *b)
{
    return a->line > b->line || (a->line == b->line && a->column > b->column);
}

void tacro_notes_sort(struct tacro_notes *notes)
{
    /* Insertion keeps equal places in the order found; the list is short. */
    for (size_t i = 1; i < notes->n; i++) {
        struct tacro_note note = notes->note[i];
        size_t j = i;
        while (j > 0 && !is_same_file(&notes->note[j - 1], &note)) {
            j--; /* behind the last note about this file, or where it is */
        }
        j = j == 0 ? i : j;
        while (j > 0 && is_same_file(&notes->note[j - 1], &note) &&
               comes_after(&notes->note[j - 1], &note)) {
            j--;
        }
        memmove(&notes->note[j + 1], &notes->note[j], (i - j) * sizeof note);
        notes->note[j] = note;
    }
}

void tacro_notes_add_faults(struct tacro_notes *notes, const struct tacro_notes *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct tacro_note *note = &from->note[i];
        if (note->severity == TACRO_FAULT) {
            tacro_notes_add(notes, TACRO_FAULT, note->file, note->line, note->column,
                            "%s", note->text);
        }
    }
}

static bool says_the_same(const struct tacro_note *a, const struct tacro_note *b)
{
    return a->severity == b->severity && a->line == b->line && a->column == b->column &&
           strcmp(a->text, b->text) == 0 && is_same_file(a, b);
}

void tacro_notes_unique(struct tacro_notes *notes)
{
    size_t n = 0;
    for (size_t i = 0; i < notes->n; i++) {
        struct tacro_note note = notes->note[i];
        bool is_new = true;
        for (size_t j = n; is_new && j > 0 && notes->note[j - 1].line == note.line;
             j--) {
            is_new = !says_the_same(&notes->note[j - 1], &note);
        }
        if (is_new) {
            notes->note[n++] = note;
            continue;
        }
        notes->nfaults -= note.severity == TACRO_FAULT ? 1 : 0;
        free(note.file);
        free(note.text);
    }
    notes->n = n;
}

void tacro_notes_free(struct tacro_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        free(notes->note[i].file);
        free(notes->note[i].text);
    }
    free(notes->note);
    *notes = (struct tacro_notes){0};
}
