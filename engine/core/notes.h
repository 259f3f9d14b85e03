/**
 * What a file's author should know: faults, warnings and notices, each with its place.
 */
#ifndef TACRO_CORE_NOTES_H
#define TACRO_CORE_NOTES_H

#include "core/status.h"

/**
 * Add a note. `line` 0 means that the note belongs to the file as a whole.
 *
 * file    copied
 * errors  TACRO_ENOMEM is remembered: the note is counted as a fault all the same
 */
void tacro_notes_add(struct tacro_notes *notes, enum tacro_severity severity,
                     const char *file, size_t line, size_t column, const char *format,
                     ...) __attribute__((format(printf, 6, 7)));

/** Add the faults of another list: its warnings and notices are nobody's business. */
void tacro_notes_add_faults(struct tacro_notes *notes, const struct tacro_notes *from);

/** Order by file (in order of first appearance), line and column. */
void tacro_notes_sort(struct tacro_notes *notes);

/**
 * Leave out of sorted notes what says the same of the same place once more.
 *
 * A table that serves twice in a scenario is read twice.
 */
void tacro_notes_unique(struct tacro_notes *notes);

#endif
