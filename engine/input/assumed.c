#include "input/assumed.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Where the comment after a value starts; `length` if there is none. */
static size_t comment_start(const char *line, size_t length)
{
    for (size_t i = 1; i < length && line[0] != '#'; i++) {
        if (line[i] == '#' && (line[i - 1] == ' ' || line[i - 1] == '\t')) {
            return i;
        }
    }
    return length;
}

static bool says_assumed(const char *comment, size_t length)
{
    static const char word[] = "ASSUMED";
    for (size_t i = 0; i + sizeof word - 1 <= length; i++) {
        if (memcmp(comment + i, word, sizeof word - 1) == 0) {
            return true;
        }
    }
    return false;
}

/** "line 14: value  # comment" */
static bool keep_line(struct tacro_input *in, size_t number, const char *line,
                      size_t comment, size_t length)
{
    size_t room = length + sizeof "line :   " + 20;
    size_t value = comment;
    char **bigger = realloc(in->assumed, (in->nassumed + 1) * sizeof *bigger);
    char *text;
    if (bigger == NULL) {
        return false;
    }
    in->assumed = bigger;
    text = malloc(room);
    if (text == NULL) {
        return false;
    }
    while (value > 0 && isspace((unsigned char)line[value - 1])) {
        value--;
    }
    snprintf(text, room, "line %zu: %.*s  %.*s", number, (int)value, line,
             (int)(length - comment), line + comment);
    in->assumed[in->nassumed++] = text;
    return true;
}

bool tacro_assumed_find(struct tacro_input *in)
{
    const struct tacro_yaml *yaml = in->yaml;
    const char *end = yaml->text + yaml->length;
    size_t number = 1;
    for (const char *line = yaml->text; line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const char *next = stop == NULL ? end : stop + 1;
        size_t length;
        size_t comment;
        stop = stop == NULL ? end : stop;
        while (line < stop && isspace((unsigned char)*line)) {
            line++;
        }
        while (stop > line && isspace((unsigned char)stop[-1])) {
            stop--;
        }
        length = (size_t)(stop - line);
        comment = comment_start(line, length);
        if (says_assumed(line + comment, length - comment) &&
            !keep_line(in, number, line, comment, length)) {
            return false;
        }
        line = next;
    }
    return true;
}
