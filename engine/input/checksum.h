/** Checksums: of a text, and of the values from which a draw table is made. */
#ifndef TACRO_INPUT_CHECKSUM_H
#define TACRO_INPUT_CHECKSUM_H

#include "input/scenario.h"

/** SHA-256 of a text as 64 hexadecimal digits. */
enum tacro_status tacro_text_hash(const char *text, size_t length, char hex[65],
                                  struct tacro_error *err) TACRO_MUST_USE;

/**
 * SHA-256 of every value in a params file.
 *
 * Comments, layout, and what only explains a number (`from` beside a `mark`, titles,
 * sources) do not count, nor does the name of a draw table.
 */
enum tacro_status tacro_values_hash(const struct tacro_paramset *set, char hex[65],
                                    struct tacro_error *err) TACRO_MUST_USE;

/** The same of a scenario, its PK file and a risk file. */
enum tacro_status tacro_inputs_hash(const struct tacro_input *input,
                                    const struct tacro_paramset *risk, char hex[65],
                                    struct tacro_error *err) TACRO_MUST_USE;

#endif
