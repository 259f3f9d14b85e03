#include "run/texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *tacro_texts_make(struct tacro_texts *texts, const char *format, ...)
{
    va_list args;
    char **grown = realloc(texts->text, (texts->n + 1) * sizeof *grown);
    char *text = NULL;
    if (grown != NULL) {
        texts->text = grown;
        va_start(args, format);
        const int n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        text = malloc((size_t)n + 1);
        if (text != NULL) {
            va_start(args, format);
            vsnprintf(text, (size_t)n + 1, format, args);
            va_end(args);
            texts->text[texts->n++] = text;
        }
    }
    texts->is_out_of_memory = texts->is_out_of_memory || text == NULL;
    return text != NULL ? text : "";
}

void tacro_texts_free(struct tacro_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        free(texts->text[i]);
    }
    free(texts->text);
}
