#ifndef TEST_REGIMEN_TEXT_H
#define TEST_REGIMEN_TEXT_H

#include "input/paramset.h"
#include "input/regimen.h"

/** A regimen `r` read from text, with what was noted. */
struct test_regimen {
    struct tacro_notes notes;
    struct tacro_yaml *yaml;
    struct tacro_regimen regimen;
    bool ok;
};

#define TEST_HORIZON 336.0 /* h */

/**
 * A scenario of 14 days from day 0 with targets, weights, the outcomes pres and
 * rejection and a PK file `model` that has FABS and the formulations LCP and XR.
 */
struct tacro_protocol_frame test_frame(void);

/** Read "r:\n  <body>\n"; a line break in body is followed by two blanks. */
struct test_regimen test_regimen_read(const char *body,
                                      const struct tacro_protocol_frame *frame);
void test_regimen_free(struct test_regimen *regimen);

/** "line:column: text" of the first note of that severity; "" if there is none. */
const char *test_first_note(const struct tacro_notes *notes,
                            enum tacro_severity severity);

#endif
