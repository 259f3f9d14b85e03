/** Params files of a test, written to test_path and read again. */
#ifndef TACRO_TESTS_PARAMS_FILE_H
#define TACRO_TESTS_PARAMS_FILE_H

#include "input/paramset.h"

/** One change to a good file, and the fault it makes. */
struct test_bad_params {
    const char *old;
    const char *new;
    size_t line;
    const char *message; /**< part of the note's text */
};

/** Write the text to test_path, its first `old` replaced by `new`. */
void test_params_change(const char *text, const char *old, const char *new);

/** Read test_path with that text; any note fails the test. Freed by the caller. */
struct tacro_paramset *test_params_good(const char *text, enum tacro_set_kind kind);

/** Each change is refused, and one of its notes is as expected. */
void test_params_expect_faults(const char *text, enum tacro_set_kind kind,
                               const struct test_bad_params *bad, size_t n);

#endif
