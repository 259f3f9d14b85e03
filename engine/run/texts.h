/** Texts made for pages; they live as long as their owner. */
#ifndef TACRO_RUN_TEXTS_H
#define TACRO_RUN_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

/** Zero-initialise; freed with tacro_texts_free. */
struct tacro_texts {
    size_t n;
    char **text;
    bool is_out_of_memory;
};

/** A text, owned by `texts`; "" when memory is out, which it remembers. */
const char *tacro_texts_make(struct tacro_texts *texts, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));
void tacro_texts_free(struct tacro_texts *texts);

#endif
