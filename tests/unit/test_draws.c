/** The draw table of a risk file: what it holds, and every way in which it is wrong. */
#include "input/draws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/draw_table.h"
#include "tests/support/folder.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HASH_LINE 7 /* of the head that write_table makes */

static const char good[] = "draw,G,H0:age,after.RECOVERY,H0\n"
                           "0,1.8,-0.050000000000000003,120,1.6e-4\n"
                           "1,0.30000000000000004,0.01,99.5,2.25E-4\n"
                           "2,6,-1,1,0\n";

/* The text as a file; it must be refused. */
static void expect(const char *text, size_t line, size_t column, const char *message)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_draws *draws = NULL;
    FILE *file = fopen(test_path, "wb");
    bool is_found = false;
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_draws_read(test_path, &notes, &draws, &err), TACRO_EINPUT);
    assert_null(draws);
    for (size_t i = 0; i < notes.n; i++) {
        is_found = is_found || (notes.note[i].line == line &&
                                (column == 0 || notes.note[i].column == column) &&
                                strstr(notes.note[i].text, message) != NULL);
    }
    if (!is_found) {
        fail_msg("`%s`: %zu notes, the first %zu:%zu: %s", message, notes.n,
                 notes.n > 0 ? notes.note[0].line : 0,
                 notes.n > 0 ? notes.note[0].column : 0,
                 notes.n > 0 ? notes.note[0].text : err.text);
    }
    tacro_notes_free(&notes);
}

/* The first `old` of a text replaced by `new`. */
static void replaced(char *out, size_t size, const char *text, const char *old,
                     const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

/* A head as it should be and the rows. */
static void with_head(char *out, size_t size, const char *rows)
{
    char hex[65];
    test_sha256(rows, hex);
    snprintf(out, size,
             "# outcome: pres\n# command: tacro calibrate\n# seed: 1\n"
             "# cohort: 2000\n# inputs: %064d\n# risk: %064d\n# sha256: %s\n%s",
             7, 8, hex, rows);
}

static void test_draws_are_read_to_the_last_digit(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_draws *draws = NULL;
    (void)state;
    test_draw_table_write(test_path, "pres", good);
    if (tacro_draws_read(test_path, &notes, &draws, &err) != TACRO_OK) {
        fail_msg("%s; %s", err.text, notes.n > 0 ? notes.note[0].text : "");
    }
    assert_int_equal(notes.n, 0);
    assert_int_equal(draws->n, 3);
    assert_int_equal(draws->ncolumns, 4);
    assert_string_equal(draws->name[1], "H0:age");
    assert_int_equal(tacro_draws_column(draws, "after.RECOVERY"), 2);
    assert_int_equal(tacro_draws_column(draws, "draw"), 4);
    assert_true(tacro_draws_at(draws, 0, 1) == 0.30000000000000004);
    assert_true(tacro_draws_at(draws, 1, 0) == -0.05);
    assert_true(tacro_draws_at(draws, 3, 1) == 2.25e-4);
    assert_true(tacro_draws_at(draws, 3, 2) == 0.0);
    assert_string_equal(draws->command, "tacro calibrate test");
    assert_string_equal(draws->outcome, "pres");
    assert_int_equal(strlen(draws->sha256), 64);
    assert_int_equal(draws->inputs[63], '7');
    assert_int_equal(draws->risk[63], '8');
    tacro_draws_free(draws);
}

static void test_draws_many_rows_are_kept(void **state)
{
    enum { ROWS = 1000 };
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_draws *draws = NULL;
    static char rows[ROWS * 16];
    size_t n = (size_t)snprintf(rows, sizeof rows, "draw,G\n");
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        n += (size_t)snprintf(rows + n, sizeof rows - n, "%d,%d.5\n", i, i);
    }
    test_draw_table_write(test_path, "pres", rows);
    assert_int_equal(tacro_draws_read(test_path, &notes, &draws, &err), TACRO_OK);
    assert_int_equal(draws->n, ROWS);
    assert_true(tacro_draws_at(draws, 0, ROWS - 1) == ROWS - 0.5);
    tacro_draws_free(draws);
}

static void test_draws_changed_rows_do_not_match_their_checksum(void **state)
{
    char text[2048];
    char bad[2048];
    (void)state;
    with_head(text, sizeof text, good);
    replaced(bad, sizeof bad, text, "1.8,", "1.9,");
    expect(bad, HASH_LINE, 1,
           "sha256: the rows are not those that `tacro calibrate` wrote");
    replaced(bad, sizeof bad, text, "2,6,-1,1,0\n", "");
    expect(bad, HASH_LINE, 1, "the rows are not those that `tacro calibrate` wrote");
    replaced(bad, sizeof bad, text, "sha256: ", "sha256: 0");
    expect(bad, HASH_LINE, 1, "expected 64 hexadecimal digits");
    replaced(bad, sizeof bad, text, "# inputs: 0", "# inputs: x");
    expect(bad, 5, 1, "inputs: x000");
    replaced(bad, sizeof bad, text, "# risk: 0", "# risk: ");
    expect(bad, 6, 1, "expected 64 hexadecimal digits");
}

static void test_draws_the_head_says_all_once(void **state)
{
    static const char *const keys[] = {"outcome", "command", "seed",  "cohort",
                                       "inputs",  "risk",    "sha256"};
    char text[2048];
    char bad[2048];
    char old[32];
    char want[64];
    (void)state;
    with_head(text, sizeof text, good);
    for (size_t i = 0; i < COUNT(keys); i++) {
        snprintf(old, sizeof old, "# %s:", keys[i]);
        snprintf(want, sizeof want, "expected a line `# %s: ...` before", keys[i]);
        replaced(bad, sizeof bad, text, old, "# other:");
        expect(bad, 1, 1, want);
    }
    replaced(bad, sizeof bad, text, "# seed: 1", "# seed:");
    expect(bad, 3, 1, "expected a line `# seed: ...`");
    replaced(bad, sizeof bad, text, "# seed: 1", "# seed: 1\n# seed: 2");
    expect(bad, 4, 1, "seed: given twice, first in line 3");
}

static void test_draws_bad_rows_are_refused_at_their_place(void **state)
{
    static const struct {
        const char *old;
        const char *new;
        size_t line; /* of the rows */
        size_t column;
        const char *message;
    } rows[] = {
        {"1.8", "abc", 2, 3, "abc: expected a finite number"},
        {"1.8", "", 2, 0, "expected a finite number"},
        {"1.8", "nan", 2, 3, "nan: expected a finite number"},
        {"99.5", "-inf", 3, 0, "-inf: expected a finite number"},
        {"1.8", "1e999", 2, 3, "1e999: expected a finite number"},
        {"1.8", "180 %", 2, 3, "180 %: expected a finite number"},
        {"1.8", "0x10", 2, 3, "0x10: expected a finite number"},
        {"H0:age", "G", 1, 8, "G: a column of this name twice"},
        {"H0:age", "draw", 1, 8, "draw: a column of this name twice"},
        {"H0:age", "", 1, 8, "expected the name of the column"},
        {"draw,", "no,", 1, 1, "no: expected draw, the first column"},
        {"\n0,", "\n1,", 2, 1, "1: expected draw 0, counted from 0"},
        {"\n2,", "\n3,", 4, 1, "3: expected draw 2, counted from 0"},
        {"\n1,", "\n0.5,", 3, 1, "0.5: expected draw 1, counted from 0"},
        {"2,6,-1,1,0", "2,6,-1,1", 4, 1, "4 fields, expected 5"},
        {"2,6,-1,1,0", "2,6,-1,1,0,0", 4, 1, "6 fields, expected 5"},
        {"1.8", "\"1.8", 2, 3, "the quotes are not closed"},
        {"1.8", "\x01", 2, 3, "control character"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[2048];
        char bad[1024];
        replaced(bad, sizeof bad, good, rows[i].old, rows[i].new);
        with_head(text, sizeof text, bad);
        expect(text, HASH_LINE + rows[i].line, rows[i].column, rows[i].message);
    }
}

static void test_draws_a_table_without_rows_is_refused(void **state)
{
    static const char *const rows[] = {"", "draw,G\n"};
    char text[1024];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        with_head(text, sizeof text, rows[i]);
        expect(text, HASH_LINE + 1, 1, "no rows, expected the names");
    }
    with_head(text, sizeof text, "draw\n0\n");
    expect(text, HASH_LINE + 1, 1, "draw: expected columns of numbers behind it");
    expect("", 1, 1, "expected a line `# outcome: ...`");
}

static void test_draws_all_faults_come_at_once(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_draws *draws = NULL;
    FILE *file = fopen(test_path, "wb");
    (void)state;
    assert_true(fprintf(file,
                        "# outcome: pres\n# seed: 1\n# cohort: 1\n# inputs: %064d\n"
                        "# risk: %064d\n# sha256: %064d\ndraw,G\n1,x\n1,2,3\n",
                        1, 1, 1) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_draws_read(test_path, &notes, &draws, &err), TACRO_EINPUT);
    assert_int_equal(notes.nfaults, 5); /* command, sha256, draw 0, x, 3 fields */
    assert_non_null(strstr(err.text, "5 faults"));
    tacro_notes_free(&notes);
    assert_int_equal(tacro_draws_read("/nowhere/x.csv", &notes, &draws, &err),
                     TACRO_ENOINPUT);
    assert_null(draws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_are_read_to_the_last_digit),
        cmocka_unit_test(test_draws_many_rows_are_kept),
        cmocka_unit_test(test_draws_changed_rows_do_not_match_their_checksum),
        cmocka_unit_test(test_draws_the_head_says_all_once),
        cmocka_unit_test(test_draws_bad_rows_are_refused_at_their_place),
        cmocka_unit_test(test_draws_a_table_without_rows_is_refused),
        cmocka_unit_test(test_draws_all_faults_come_at_once),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
