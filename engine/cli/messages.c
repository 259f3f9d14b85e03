#include "cli/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Print a text that may come from a file: nothing in it steers the terminal. */
static void print_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_control =
            ((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7F;
        fputc(is_control ? '?' : *text, stderr);
    }
}

void tacro_cli_message(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fputs("tacro: ", stderr);
    print_clean(text);
    fputc('\n', stderr);
}

const char *tacro_cli_severity(enum tacro_severity severity)
{
    switch (severity) {
    case TACRO_FAULT:
        return "fault";
    case TACRO_WARNING:
        return "warning";
    case TACRO_NOTICE:
        return "notice";
    }
    return "";
}

static void note_print(const struct tacro_note *note)
{
    print_clean(note->file == NULL ? "" : note->file);
    if (note->line > 0) {
        fprintf(stderr, ":%zu:%zu", note->line, note->column);
    }
    fputs(": ", stderr);
    if (note->severity != TACRO_FAULT) {
        fprintf(stderr, "%s: ", tacro_cli_severity(note->severity));
    }
    print_clean(note->text == NULL ? "" : note->text);
    fputc('\n', stderr);
}

static bool is_fault_in(const struct tacro_note *note, const char *file)
{
    return note->severity == TACRO_FAULT && note->file != NULL &&
           strcmp(note->file, file) == 0;
}

void tacro_cli_notes_print(const struct tacro_notes *notes, bool is_quiet)
{
    for (size_t k = 0; k < notes->n; k++) {
        if (notes->note[k].severity != TACRO_NOTICE || !is_quiet) {
            note_print(&notes->note[k]);
        }
    }
    for (size_t k = 0; k < notes->n; k++) {
        const char *file = notes->note[k].file;
        size_t nfaults = 0;
        bool is_told = file == NULL;
        for (size_t j = 0; j < k && !is_told; j++) {
            is_told = is_fault_in(&notes->note[j], file);
        }
        for (size_t j = k; j < notes->n && !is_told; j++) {
            nfaults += is_fault_in(&notes->note[j], file) ? 1 : 0;
        }
        if (nfaults > 0 && is_fault_in(&notes->note[k], file)) {
            fprintf(stderr, "%zu fault%s in ", nfaults, nfaults == 1 ? "" : "s");
            print_clean(file);
            fputc('\n', stderr);
        }
    }
}

void tacro_cli_exit_no_memory(void)
{
    fputs("tacro: out of memory\n", stderr);
    exit(tacro_status_exit_code(TACRO_ENOMEM));
}

/** Edits (insert, delete, replace, swap neighbours: 1 each) from one to the other. */
static size_t edits(const char *a, const char *b)
{
    enum { MOST = 64 };
    size_t table[MOST + 1][MOST + 1];
    size_t na = strlen(a);
    size_t nb = strlen(b);
    if (na > MOST || nb > MOST) {
        return MOST;
    }
    for (size_t i = 0; i <= na; i++) {
        for (size_t j = 0; j <= nb; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            size_t best = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            size_t step = table[i - 1][j] < table[i][j - 1] ? table[i - 1][j] + 1
                                                            : table[i][j - 1] + 1;
            best = step < best ? step : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                table[i - 2][j - 2] + 1 < best) {
                best = table[i - 2][j - 2] + 1;
            }
            table[i][j] = best;
        }
    }
    return table[na][nb];
}

size_t tacro_cli_nearest(const char *word, size_t n,
                         const char *(*name)(const void *context, size_t i),
                         const void *context)
{
    size_t nearest = n;
    size_t fewest = 0;
    for (size_t i = 0; i < n; i++) {
        const char *known = name(context, i);
        size_t count = edits(word, known);
        size_t limit = strlen(known) / 3 + 1;
        if (strncmp(word, known, strlen(word)) == 0 && word[0] != '\0') {
            count = 1; /* the beginning of a name */
        }
        if (count <= limit && (nearest == n || count < fewest)) {
            nearest = i;
            fewest = count;
        }
    }
    return nearest;
}
