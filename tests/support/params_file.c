#include "tests/support/params_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/folder.h"

void test_params_change(const char *text, const char *old, const char *new)
{
    FILE *file = fopen(test_path, "wb");
    const char *at = strstr(text, old);
    assert_non_null(file);
    if (at == NULL) {
        fail_msg("`%s` is not in the good file", old);
    }
    assert_int_equal(fwrite(text, 1, (size_t)(at - text), file), at - text);
    assert_true(fputs(new, file) >= 0 && fputs(at + strlen(old), file) >= 0);
    assert_int_equal(fclose(file), 0);
}

struct tacro_paramset *test_params_good(const char *text, enum tacro_set_kind kind)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_paramset *set = NULL;
    test_params_change(text, "", "");
    if (tacro_paramset_read(test_path, kind, &notes, &set, &err) != TACRO_OK ||
        notes.n > 0) {
        fail_msg("%s; %s", err.text, notes.n > 0 ? notes.note[0].text : "");
    }
    tacro_notes_free(&notes);
    return set;
}

void test_params_expect_faults(const char *text, enum tacro_set_kind kind,
                               const struct test_bad_params *bad, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct tacro_notes notes = {0};
        struct tacro_error err = {0};
        struct tacro_paramset *set = NULL;
        bool is_found = false;
        test_params_change(text, bad[i].old, bad[i].new);
        assert_int_equal(tacro_paramset_read(test_path, kind, &notes, &set, &err),
                         TACRO_EINPUT);
        assert_null(set);
        assert_non_null(strstr(err.text, "x.yaml: "));
        for (size_t k = 0; k < notes.n; k++) {
            is_found = is_found ||
                       (notes.note[k].line == bad[i].line && notes.note[k].column > 0 &&
                        strstr(notes.note[k].text, bad[i].message) != NULL);
        }
        if (!is_found) {
            fail_msg("`%s` gave %zu notes, the first in line %zu: %s", bad[i].new,
                     notes.n, notes.note[0].line, notes.note[0].text);
        }
        tacro_notes_free(&notes);
    }
}
