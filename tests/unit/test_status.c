/** Status codes, messages of failures, notes about input files. */
#include "core/notes.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers of a status and of its exit code are never reused: written out once more. */
static void test_status_numbers_exit_codes_and_texts_are_pinned(void **state)
{
    static const struct {
        enum tacro_status status;
        int number;
        int exit_code;
        const char *text;
    } row[] = {
        {TACRO_OK, 0, 0, "ok"},
        {TACRO_EFAILED, 1, 1, "more subjects failed than allowed"},
        {TACRO_EUSAGE, 2, 64, "wrong usage"},
        {TACRO_EINPUT, 3, 65, "bad data"},
        {TACRO_ENOINPUT, 4, 66, "no input"},
        {TACRO_EBUG, 5, 70, "internal error"},
        {TACRO_ENOMEM, 6, 71, "out of memory"},
        {TACRO_ECREATE, 7, 73, "cannot create"},
        {TACRO_EIO, 8, 74, "input/output error"},
        {TACRO_ESTOPPED, 9, 75, "stopped"},
        {TACRO_ESOLVER, 10, 70, "integration failed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        assert_int_equal(row[i].status, row[i].number);
        assert_int_equal(tacro_status_exit_code(row[i].status), row[i].exit_code);
        assert_string_equal(tacro_status_text(row[i].status), row[i].text);
    }
}

static void test_fail_writes_status_and_text_and_returns_the_status(void **state)
{
    struct tacro_error err = {.status = TACRO_OK};
    (void)state;
    assert_int_equal(tacro_fail(&err, TACRO_EINPUT, "%s: %g mg", "give", 0.3),
                     TACRO_EINPUT);
    assert_int_equal(err.status, TACRO_EINPUT);
    assert_string_equal(err.text, "give: 0.3 mg");
    assert_int_equal(tacro_fail(NULL, TACRO_EIO, "nobody asks"), TACRO_EIO);
}

static void test_fail_long_text_is_cut_with_its_end_marked(void **state)
{
    struct tacro_error err;
    char longer[2 * sizeof err.text];
    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(tacro_fail(&err, TACRO_EINPUT, "%s", longer), TACRO_EINPUT);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_notes_count_faults_alone_and_keep_copies(void **state)
{
    struct tacro_notes notes = {0};
    char file[] = "a.yaml";
    (void)state;
    tacro_notes_add(&notes, TACRO_WARNING, file, 3, 4, "dose %g mg", 0.3);
    tacro_notes_add(&notes, TACRO_FAULT, file, 1, 2, "bad");
    tacro_notes_add(&notes, TACRO_NOTICE, file, 0, 0, "as a whole");
    file[0] = 'z';
    assert_int_equal(notes.n, 3);
    assert_int_equal(notes.nfaults, 1);
    assert_string_equal(notes.note[0].file, "a.yaml");
    assert_string_equal(notes.note[0].text, "dose 0.3 mg");
    assert_int_equal(notes.note[0].severity, TACRO_WARNING);
    assert_int_equal(notes.note[0].line, 3);
    assert_int_equal(notes.note[0].column, 4);
    assert_int_equal(notes.note[1].severity, TACRO_FAULT);
    assert_int_equal(notes.note[2].severity, TACRO_NOTICE);
    tacro_notes_free(&notes);
    assert_int_equal(notes.n, 0);
    assert_int_equal(notes.nfaults, 0);
    assert_null(notes.note);
}

static void test_notes_sort_by_file_as_first_seen_then_line_then_column(void **state)
{
    static const struct {
        const char *file;
        size_t line;
        size_t column;
        const char *text;
    } add[] = {{"b.yaml", 7, 1, "b 7"},   {"a.yaml", 5, 9, "a 5 9"},
               {"b.yaml", 2, 1, "b 2"},   {"a.yaml", 5, 3, "a 5 3"},
               {"a.yaml", 0, 0, "a"},     {"b.yaml", 2, 1, "b 2 too"},
               {"a.yaml", 12, 1, "a 12"}, {"b.yaml", 10, 1, "b 10"}};
    static const char *const want[] = {"b 2", "b 2 too", "b 7",   "b 10",
                                       "a",   "a 5 3",   "a 5 9", "a 12"};
    struct tacro_notes notes = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(add); i++) {
        tacro_notes_add(&notes, TACRO_WARNING, add[i].file, add[i].line, add[i].column,
                        "%s", add[i].text);
    }
    tacro_notes_sort(&notes);
    assert_int_equal(notes.n, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_string_equal(notes.note[i].text, want[i]);
    }
    tacro_notes_free(&notes);
}

static void test_notes_many_are_all_kept(void **state)
{
    struct tacro_notes notes = {0};
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        tacro_notes_add(&notes, TACRO_FAULT, "x", 1000 - i, 1, "%zu", i);
    }
    tacro_notes_sort(&notes);
    assert_int_equal(notes.n, 1000);
    assert_int_equal(notes.nfaults, 1000);
    assert_string_equal(notes.note[0].text, "999");
    assert_string_equal(notes.note[999].text, "0");
    tacro_notes_free(&notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_numbers_exit_codes_and_texts_are_pinned),
        cmocka_unit_test(test_fail_writes_status_and_text_and_returns_the_status),
        cmocka_unit_test(test_fail_long_text_is_cut_with_its_end_marked),
        cmocka_unit_test(test_notes_count_faults_alone_and_keep_copies),
        cmocka_unit_test(test_notes_sort_by_file_as_first_seen_then_line_then_column),
        cmocka_unit_test(test_notes_many_are_all_kept),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
