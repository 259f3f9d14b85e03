#include "cli/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/messages.h"

bool tacro_cli_is_styled(FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') {
        return false;
    }
    return term != NULL && strcmp(term, "dumb") != 0 && isatty(fileno(out)) == 1;
}

struct tacro_cli_page tacro_cli_page_open(FILE *out)
{
    return (struct tacro_cli_page){.out = out, .is_bold = tacro_cli_is_styled(out)};
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

/** Texts come from files: what could steer a terminal is not passed on. */
static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\n') || c == 0x7F;
}

size_t tacro_cli_columns(const char *text)
{
    size_t ncolumns = 0;
    for (; *text != '\0'; text++) {
        ncolumns += is_continuation(*text) ? 0 : 1;
    }
    return ncolumns;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

bool tacro_cli_wrap(const char **text, size_t width, char *out, size_t size)
{
    const char *start = *text;
    while (is_blank(*start)) {
        start++;
    }
    const char *end = start; /* after the last word that fits */
    const char *at = start;
    size_t ncolumns = 0;
    while (*at != '\0' && (size_t)(at - start) + 5 < size) {
        if (is_blank(*at)) {
            end = at;
        }
        if (!is_continuation(*at) && ++ncolumns > width) {
            break;
        }
        at++;
    }
    if (*at == '\0' || end == start) {
        end = at; /* all of it, or a word longer than the line */
    }
    size_t n = 0;
    for (const char *c = start; c < end; c++) {
        out[n] = *c;
        if (is_blank(*c)) {
            out[n] = ' ';
        } else if (is_control(*c)) {
            out[n] = '?';
        }
        n++;
    }
    out[n] = '\0';
    *text = end;
    return n > 0;
}

void tacro_cli_line_put(struct tacro_cli_line *line, size_t column, const char *format,
                        ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (line->ncolumns > 0 && line->ncolumns >= column) {
        column = line->ncolumns + 1;
    }
    for (; line->ncolumns < column && line->nbytes + 1 < sizeof line->text;
         line->ncolumns++) {
        line->text[line->nbytes++] = ' ';
    }
    for (const char *c = text; *c != '\0' && line->nbytes + 1 < sizeof line->text;
         c++) {
        line->text[line->nbytes] = *c;
        if (is_control(*c) || *c == '\n') {
            line->text[line->nbytes] = '?';
        }
        line->nbytes++;
        line->ncolumns += is_continuation(*c) ? 0 : 1;
    }
    line->text[line->nbytes] = '\0';
}

void tacro_cli_page_line(const struct tacro_cli_page *page, struct tacro_cli_line *line)
{
    while (line->nbytes > 0 && line->text[line->nbytes - 1] == ' ') {
        line->nbytes--;
    }
    fprintf(page->out, "%.*s\n", (int)line->nbytes, line->text);
    *line = (struct tacro_cli_line){0};
}

static void page_strong(const struct tacro_cli_page *page, const char *text)
{
    fputs(page->is_bold ? "\033[1m" : "", page->out);
    fputs(text, page->out);
    fputs(page->is_bold ? "\033[0m\n" : "\n", page->out);
}

void tacro_cli_page_title(const struct tacro_cli_page *page, const char *text)
{
    char row[4 * TACRO_CLI_PAGE_WIDTH + 8];
    size_t longest = 0;
    while (tacro_cli_wrap(&text, TACRO_CLI_PAGE_WIDTH, row, sizeof row)) {
        size_t ncolumns = tacro_cli_columns(row);
        longest = ncolumns > longest ? ncolumns : longest;
        page_strong(page, row);
    }
    for (size_t k = 0; k < longest; k++) {
        fputc('=', page->out);
    }
    fputc('\n', page->out);
}

void tacro_cli_page_heading(const struct tacro_cli_page *page, const char *text)
{
    fputc('\n', page->out);
    page_strong(page, text);
}

void tacro_cli_page_paragraph(const struct tacro_cli_page *page, size_t indent,
                              const char *lead, const char *format, ...)
{
    char row[4 * TACRO_CLI_PAGE_WIDTH + 8];
    struct tacro_cli_line line = {0};
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text == NULL) {
        tacro_cli_exit_no_memory();
    }
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    const char *rest = text;
    tacro_cli_line_put(&line, 0, "%s", lead);
    while (tacro_cli_wrap(&rest, TACRO_CLI_PAGE_WIDTH - indent, row, sizeof row)) {
        tacro_cli_line_put(&line, indent, "%s", row);
        tacro_cli_page_line(page, &line);
    }
    if (line.nbytes > 0) {
        tacro_cli_page_line(page, &line);
    }
    free(text);
}
