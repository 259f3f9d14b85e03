/** A page of plain text, 100 columns wide: headings, wrapped paragraphs, columns. */
#ifndef TACRO_CLI_PAGE_H
#define TACRO_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TACRO_CLI_PAGE_WIDTH = 100 };

struct tacro_cli_page {
    FILE *out;    /**< borrowed */
    bool is_bold; /**< headings may be bold */
};

/** True if `out` is a terminal that takes colour and bold (NO_COLOR, TERM=dumb). */
bool tacro_cli_is_styled(FILE *out);

struct tacro_cli_page tacro_cli_page_open(FILE *out);

/** The title of the page, underlined. */
void tacro_cli_page_title(const struct tacro_cli_page *page, const char *text);

/** An empty line and the heading of a section. */
void tacro_cli_page_heading(const struct tacro_cli_page *page, const char *text);

/** Text wrapped to the page, in the columns from `indent` on; `lead` before it. */
void tacro_cli_page_paragraph(const struct tacro_cli_page *page, size_t indent,
                              const char *lead, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** One line of columns. Zero-initialise. */
struct tacro_cli_line {
    char text[1024];
    size_t nbytes;
    size_t ncolumns;
};

/** Append text at a column, or one space after what already reaches beyond it. */
void tacro_cli_line_put(struct tacro_cli_line *line, size_t column, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/** Print the line without trailing blanks and empty it. */
void tacro_cli_page_line(const struct tacro_cli_page *page,
                         struct tacro_cli_line *line);

/**
 * Take the next line of at most `width` columns from a text, broken at blanks.
 *
 * text    advanced past what was taken; at its end the line is empty
 * out     [size], the line; control characters become '?'
 * returns false when nothing was left
 */
bool tacro_cli_wrap(const char **text, size_t width, char *out, size_t size);

/** Columns that UTF-8 text takes, one a character. */
size_t tacro_cli_columns(const char *text);

#endif
