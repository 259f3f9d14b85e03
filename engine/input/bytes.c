#include "input/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_NOPEN 1000  /* brackets open, before any is taken for YAML */
#define LARGEST_NFAULTS 100 /* more are not looked for */

static enum tacro_status read_bytes(int fd, const char *path, char **text,
                                    size_t *length, struct tacro_error *err)
{
    size_t capacity = 65536;
    size_t n = 0;
    char *buffer = NULL;
    for (;;) {
        char *grown = realloc(buffer, capacity + 1);
        if (grown == NULL) {
            free(buffer);
            return tacro_fail(err, TACRO_ENOMEM, "%s: %zu bytes", path, capacity);
        }
        buffer = grown;
        const ssize_t got = read(fd, buffer + n, capacity - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            free(buffer);
            return tacro_fail(err, TACRO_EIO, "%s: cannot be read", path);
        }
        n += (size_t)got;
        if (got == 0 || n > TACRO_BYTES_MAX) {
            break;
        }
        capacity = n == capacity ? 2 * capacity : capacity;
    }
    buffer[n] = '\0';
    *text = buffer;
    *length = n;
    return TACRO_OK;
}

static enum tacro_status refuse_size(const char *path, struct tacro_notes *notes,
                                     struct tacro_error *err)
{
    tacro_notes_add(notes, TACRO_FAULT, path, 0, 0,
                    "the file is larger than %u MiB, the limit", TACRO_BYTES_MAX >> 20);
    return tacro_fail(err, TACRO_EINPUT, "%s: larger than %u MiB", path,
                      TACRO_BYTES_MAX >> 20);
}

enum tacro_status tacro_bytes_read(const char *path, char **text, size_t *length,
                                   struct tacro_notes *notes, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct stat about;
    const int fd =
        open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO would block */
    if (fd < 0) {
        return tacro_fail(err, TACRO_ENOINPUT, "%s: %s", path,
                          errno == ENOENT ? "no such file" : "cannot be opened");
    }
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        st = tacro_fail(err, TACRO_ENOINPUT, "%s: not a regular file", path);
    } else if (about.st_size > (off_t)TACRO_BYTES_MAX) {
        st = refuse_size(path, notes, err);
    } else {
        st = read_bytes(fd, path, text, length, err);
    }
    close(fd);
    if (st == TACRO_OK && *length > TACRO_BYTES_MAX) {
        st = refuse_size(path, notes, err); /* it grew after fstat */
    }
    return st;
}

char *tacro_bytes_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    const size_t folder =
        slash == NULL || name[0] == '/' ? 0 : (size_t)(slash - file) + 1;
    const size_t room = folder + strlen(name) + 1;
    char *path = malloc(room);
    if (path != NULL) {
        snprintf(path, room, "%.*s%s", (int)folder, file, name);
    }
    return path;
}

size_t tacro_bytes_character(const char *text, unsigned long *code)
{
    const unsigned char *at = (const unsigned char *)text;
    static const unsigned long smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char c = at[0];
    const size_t n = c < 0x80                ? 1
                     : c >= 0xC2 && c < 0xE0 ? 2
                     : (c & 0xF0U) == 0xE0   ? 3
                     : c >= 0xF0 && c < 0xF5 ? 4
                                             : 0;
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    *code = n > 0 ? c & first_bits[n] : 0UL;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xC0U) != 0x80U) { /* the text ends with NUL: never read past it */
            return 0;
        }
        *code = (*code << 6) | (at[i] & 0x3FU);
    }
    if (n > 1 && (*code < smallest[n] || *code > 0x10FFFF ||
                  (*code >= 0xD800 && *code < 0xE000))) {
        return 0;
    }
    return n;
}

bool tacro_bytes_is_control(unsigned long code)
{
    return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
           (code >= 0x7F && code < 0xA0 && code != 0x85);
}

/** A tab among the blanks before a line's content. */
static bool is_tab_indentation(const char *line, const char *at)
{
    for (const char *c = line; c < at; c++) {
        if (*c != ' ' && *c != '\t') {
            return false;
        }
    }
    at += strspn(at, " \t");
    return strchr("#\r\n", *at) == NULL; /* strchr finds the final NUL too */
}

/** How far the bytes have been looked at. */
struct scan {
    const char *path;
    const char *text;
    struct tacro_notes *notes;
    size_t at;
    size_t line_start;
    size_t line;
    size_t column;
    bool has_line_tab;
    size_t nopen;        /**< brackets open, those in comments and texts included */
    size_t napostrophes; /**< in a row */
};

static bool scan_fault(const struct scan *s, const char *text)
{
    tacro_notes_add(s->notes, TACRO_FAULT, s->path, s->line, s->column, "%s", text);
    return false;
}

/*
 * What libfyaml 0.7 would take minutes for (thousands of open brackets, directives) or
 * leak on (eight apostrophes in a row) is refused before it sees it.
 */
static bool scan_character(struct scan *s, unsigned long code)
{
    const char *text = s->text;
    s->napostrophes = code == '\'' ? s->napostrophes + 1 : 0;
    if (code == '[' || code == '{') {
        s->nopen++;
    } else if ((code == ']' || code == '}') && s->nopen > 0) {
        s->nopen--;
    }
    if (s->nopen > LARGEST_NOPEN) {
        return scan_fault(s, "nested deeper than 32 levels");
    }
    if (s->napostrophes > 6) {
        return scan_fault(s, "more than 6 apostrophes in a row");
    }
    if (code == '%' && s->at == s->line_start) {
        return scan_fault(s, "directives (%...) are not allowed");
    }
    if (code == '\t' && !s->has_line_tab &&
        is_tab_indentation(text + s->line_start, text + s->at)) {
        s->has_line_tab = true;
        scan_fault(s, "tab used as indentation, write spaces");
    }
    return true;
}

bool tacro_bytes_check(const char *path, const char *text, size_t length,
                       struct tacro_notes *notes)
{
    const size_t nbefore = notes->nfaults;
    struct scan s = {
        .path = path, .text = text, .notes = notes, .line = 1, .column = 1};
    while (s.at < length && notes->nfaults < nbefore + LARGEST_NFAULTS) {
        char what[64];
        unsigned long code = 0;
        const size_t n = tacro_bytes_character(text + s.at, &code);
        if (n == 0) {
            snprintf(what, sizeof what, "byte 0x%02x is not UTF-8",
                     (unsigned char)text[s.at]);
            return scan_fault(&s, what);
        }
        if (tacro_bytes_is_control(code)) {
            snprintf(what, sizeof what, "control character 0x%02lx%s", code,
                     code == 0 ? " (NUL)" : "");
            return scan_fault(&s, what);
        }
        if (!scan_character(&s, code)) {
            return false;
        }
        s.at += n;
        s.column++;
        if (code == '\n') {
            s.line_start = s.at;
            s.has_line_tab = false;
            s.line++;
            s.column = 1;
        }
    }
    return notes->nfaults == nbefore;
}
