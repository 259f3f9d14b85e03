#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT(name, exit_code, text) text,
static const char *const texts[] = {TACRO_STATUS_LIST(TEXT)};
#undef TEXT

#define EXIT(name, exit_code, text) exit_code,
static const int exit_codes[] = {TACRO_STATUS_LIST(EXIT)};
#undef EXIT

const char *tacro_status_text(enum tacro_status status)
{
    return texts[status];
}

int tacro_status_exit_code(enum tacro_status status)
{
    return exit_codes[status];
}

enum tacro_status tacro_fail(struct tacro_error *err, enum tacro_status status,
                             const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}
