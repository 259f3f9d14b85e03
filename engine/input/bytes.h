/** A file as bytes, checked before anything is made of them. */
#ifndef TACRO_INPUT_BYTES_H
#define TACRO_INPUT_BYTES_H

#include "core/notes.h"

#define TACRO_BYTES_MAX (4U << 20)

/**
 * Read a regular file of at most TACRO_BYTES_MAX bytes; a NUL is put behind them.
 *
 * text    owned by the caller also after a failure
 * notes   receives the fault when the file is too large
 * errors  TACRO_ENOINPUT: no such file, or not a regular file; TACRO_EINPUT: too large;
 *         TACRO_EIO, TACRO_ENOMEM
 */
enum tacro_status tacro_bytes_read(const char *path, char **text, size_t *length,
                                   struct tacro_notes *notes,
                                   struct tacro_error *err) TACRO_MUST_USE;

/** Path of `name` from the folder of `file`, owned by the caller; NULL: no memory. */
char *tacro_bytes_beside(const char *file, const char *name);

/**
 * Length of the UTF-8 character at `text`, 0 if it is none; *code is its code point.
 */
size_t tacro_bytes_character(const char *text, unsigned long *code);

/** A control character other than tab and line breaks. */
bool tacro_bytes_is_control(unsigned long code);

/**
 * Look for what no YAML file of ours may hold: bad UTF-8, NUL and other control
 * characters, tabs as indentation, directives, a thousand open brackets, 7 apostrophes
 * in a row.
 *
 * notes   receives the faults
 */
bool tacro_bytes_check(const char *path, const char *text, size_t length,
                       struct tacro_notes *notes);

#endif
