/** YAML files as trees: places, and all that is refused before it becomes a tree. */
#include "input/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static const char *const path = test_path;
static const char *const folder = test_folder;

static void write_bytes(const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

struct result {
    enum tacro_status st;
    struct tacro_notes notes;
    struct tacro_yaml *yaml;
    struct tacro_error err;
};

static struct result read_bytes(const char *bytes, size_t n)
{
    struct result r = {0};
    write_bytes(bytes, n);
    r.st = tacro_yaml_read(path, &r.notes, &r.yaml, &r.err);
    assert_true((r.st == TACRO_OK) == (r.yaml != NULL));
    assert_true((r.st == TACRO_OK) == (r.notes.nfaults == 0));
    return r;
}

static struct result read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void drop(struct result *r)
{
    tacro_yaml_free(r->yaml);
    tacro_notes_free(&r->notes);
}

static void test_yaml_nodes_know_their_place(void **state)
{
    (void)state;
    struct result r = read_text("# a comment\n"
                                "title: two words\n"
                                "list:\n"
                                "  - {give: 3 mg, \"every\": '12 h'}\n"
                                "  - [1, \"2\"]\n"
                                "empty:\n"
                                "folded: >-\n"
                                "  one\n"
                                "  line\n"
                                "title: again\n");
    assert_int_equal(r.st, TACRO_OK);
    const struct tacro_node *root = &r.yaml->root;
    const struct tacro_node *title = tacro_node_get(root, "title");
    assert_int_equal(root->kind, TACRO_MAP);
    assert_int_equal(root->n, 5);
    assert_null(root->parent);
    assert_string_equal(title->text, "two words");
    assert_int_equal(title->line, 2);
    assert_int_equal(title->column, 8);
    assert_int_equal(title->key_line, 2);
    assert_int_equal(title->key_column, 1);
    assert_false(title->is_quoted);
    assert_ptr_equal(title->parent, root);
    const struct tacro_node *step = &tacro_node_get(root, "list")->item[0];
    assert_int_equal(step->index, 0);
    assert_null(step->key);
    assert_int_equal(step->line, 4);
    assert_int_equal(step->column, 5);
    assert_ptr_equal(step->parent->parent, root);
    const struct tacro_node *every = tacro_node_get(step, "every");
    assert_true(every->is_quoted);
    assert_int_equal(every->column, 27);
    assert_int_equal(every->key_column, 18);
    assert_string_equal(tacro_node_get(root, "list")->item[1].item[1].text, "2");
    assert_string_equal(tacro_node_get(root, "empty")->text, "");
    assert_int_equal(tacro_node_get(root, "empty")->line, 6);
    assert_string_equal(tacro_node_get(root, "folded")->text, "one line");
    assert_string_equal(root->item[4].text, "again");
    assert_null(tacro_node_get(root, "lost"));
    assert_null(tacro_node_get(title, "lost"));
    assert_null(tacro_node_get(NULL, "lost"));
    drop(&r);
}

static void test_yaml_json_crlf_bom_and_loose_braces_are_read(void **state)
{
    static const char *const texts[] = {
        "{\"a\": {\"b\": [1, 2,\n {\"c\": \"d\"}\n]}}\n",
        "a: 1\r\nb:\r\n  c: 2\r\n",
        "\xef\xbb\xbf\x61: 1\n", /* byte order mark */
        "---\na: {\n  b: 1,\n}\n...\n",
        "a: 1\t# a tab behind a value\n\t\n\t# a tab before a comment\nb:\t2\n",
        "a: '''it''s'''\n",
        "a: {b: , c}\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct result r = read_text(texts[i]);
        assert_int_equal(r.st, TACRO_OK);
        assert_non_null(tacro_node_get(&r.yaml->root, "a"));
        assert_string_equal(r.yaml->text, texts[i]);
        drop(&r);
    }
}

struct bad {
    const char *text;
    size_t line;
    size_t column;
    const char *message;
};

static const struct bad bads[] = {
    {"a: &x 1\n", 1, 4, "anchors (&name) are not allowed"},
    {"a: 1\nb: [2, *x]\n", 2, 8,
     "aliases (*name) are not allowed, write the value out"},
    {"*x : 1\n", 1, 1, "aliases"},
    {"a: !!str 1\n", 1, 4, "tags (!name) are not allowed"},
    {"a: !x {b: 1}\n", 1, 4, "tags"},
    {"a: !x [1]\n", 1, 4, "tags"},
    {"a:\n  <<: {b: 1}\n", 2, 3, "merge keys are not allowed, write the keys out"},
    {"a: 1\n---\nb: 2\n", 2, 1, "a second document starts here"},
    {"%YAML 1.2\n---\na: 1\n", 1, 1, "directives (%...) are not allowed"},
    {"a:\n\tb: 1\n", 2, 1, "tab used as indentation, write spaces"},
    {"a:\n  \tb: 1\n", 2, 3, "tab used as indentation"},
    {"a: 1\nb: \xff\n", 2, 4, "byte 0xff is not UTF-8"},
    {"a: \xc0\x80\n", 1, 4, "byte 0xc0 is not UTF-8"},
    {"a: \xed\xa0\x80\n", 1, 4, "byte 0xed is not UTF-8"},
    {"a: \xf4\x90\x80\x80\n", 1, 4, "byte 0xf4 is not UTF-8"},
    {"\u00b5\u20ac\U0001F600: \xe2\x82", 1, 6, "byte 0xe2 is not UTF-8"},
    {"a: \x1b[31m\n", 1, 4, "control character 0x1b"},
    {"a: \xc2\x9b\n", 1, 4, "control character 0x9b"},
    {"a: \"\\e[31m\"\n", 1, 4, "escape of a control character"},
    {"a: \"x\\0y\"\n", 1, 4, "escape of a control character"},
    {"\"\\0\": 1\n", 1, 1, "escape of a control character"},
    {"", 0, 0, "the file is empty, expected `key: value` lines"},
    {"# nothing\n", 0, 0, "the file is empty"},
    {"hello\n", 1, 1, "expected `key: value` lines"},
    {"- a\n", 1, 1, "expected `key: value` lines"},
    {"? [a, b]\n: 1\n", 1, 3, "a key must be a plain word"},
    {"{a: b}: 1\n", 1, 1, "a key must be a plain word"},
    {": 1\n", 1, 1, "a key without a name"},
    {"\"\": 1\n", 1, 1, "a key without a name"},
    {"a: [1, 2\nb: 3\n", 3, 1,
     "not valid YAML: flow sequence without a closing bracket"},
    {"a: [}\n", 1, 5, "not valid YAML: mismatched flow mapping end"},
    {"a: \"x\n", 1, 5, "not valid YAML: double-quoted scalar without closing quote"},
    {"a:\n  b: 1\n c: 2\n", 3, 2, "not valid YAML: invalid indentation in mapping"},
    {"a: b: c\n", 1, 5,
     "not valid YAML: invalid nested block mapping on the same line"},
    {"a: 1\nfoo\n", 2, 1, "not valid YAML: invalid value after mapping"},
    {"a: ''''''''''\n", 1, 10, "more than 6 apostrophes in a row"},
};

static void test_yaml_bad_files_are_refused_at_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        struct result r = read_text(bads[i].text);
        assert_int_equal(r.st, TACRO_EINPUT);
        tacro_notes_sort(&r.notes);
        const struct tacro_note *note = &r.notes.note[0];
        if (note->line != bads[i].line || note->column != bads[i].column ||
            strstr(note->text, bads[i].message) == NULL) {
            fail_msg("`%s` gave %zu:%zu: %s", bads[i].text, note->line, note->column,
                     note->text);
        }
        assert_string_equal(note->file, path);
        assert_int_equal(note->severity, TACRO_FAULT);
        assert_non_null(strstr(r.err.text, "fault"));
        drop(&r);
    }
}

static void test_yaml_nul_is_refused(void **state)
{
    (void)state;
    struct result r = read_bytes("a: 1\nb: x\0y\n", 12);
    assert_int_equal(r.st, TACRO_EINPUT);
    assert_int_equal(r.notes.note[0].line, 2);
    assert_int_equal(r.notes.note[0].column, 5);
    assert_string_equal(r.notes.note[0].text, "control character 0x00 (NUL)");
    drop(&r);
}

/** Ten levels of nine aliases each would be 3 000 000 000 values. */
static void test_yaml_alias_bomb_is_refused_unexpanded(void **state)
{
    (void)state;
    char text[2048];
    int n = snprintf(text, sizeof text, "a: &a [x, x]\n");
    for (int c = 'b'; c <= 'k'; c++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "%c: &%c [", c, c);
        for (int k = 0; k < 9; k++) {
            n += snprintf(text + n, sizeof text - (size_t)n, "%s*%c", k > 0 ? ", " : "",
                          c - 1);
        }
        n += snprintf(text + n, sizeof text - (size_t)n, "]\n");
    }
    struct result r = read_text(text);
    assert_int_equal(r.st, TACRO_EINPUT);
    assert_int_equal(r.notes.nfaults, 11 + 90);
    drop(&r);
}

/** A file of `n` times a text, and what is said about it. */
static void expect_repeated(const char *before, const char *text, size_t n,
                            const char *message)
{
    const size_t nb = strlen(before);
    const size_t nt = strlen(text);
    char *bytes = malloc(nb + n * nt);
    assert_non_null(bytes);
    for (size_t i = 0; i < nb; i++) {
        bytes[i] = before[i];
    }
    for (size_t i = 0; i < n * nt; i++) {
        bytes[nb + i] = text[i % nt];
    }
    struct result r = read_bytes(bytes, nb + n * nt);
    if (message == NULL) {
        assert_int_equal(r.st, TACRO_OK);
    } else {
        assert_int_equal(r.st, TACRO_EINPUT);
        if (strstr(r.notes.note[0].text, message) == NULL) {
            fail_msg("%zu of `%s` gave `%s`", n, text, r.notes.note[0].text);
        }
    }
    free(bytes);
    drop(&r);
}

/** Each within the time of a test: nothing here may take quadratic time. */
static void test_yaml_huge_and_deep_files_are_read_or_refused_in_time(void **state)
{
    (void)state;
    const size_t most = TACRO_BYTES_MAX;
    expect_repeated("a: ", "x", most - 3, NULL);
    expect_repeated("a: ", "x ", most / 2 - 3, NULL);
    expect_repeated("a: ", "x", most, "the file is larger than 4 MiB, the limit");
    expect_repeated("a: ", "[", most / 2, "nested deeper than 32 levels");
    expect_repeated("", "{a: ", most / 8, "nested deeper than 32 levels");
    expect_repeated("a:\n", "[\n", most / 4, "nested deeper than 32 levels");
    expect_repeated("a: ", "[", 32, "nested deeper than 32 levels");
    expect_repeated("a:\n  ", "- ", 100, "nested deeper than 32 levels");
    expect_repeated("a: [", "1,", most / 4, "more than 20000 values");
    expect_repeated("", "%", most, "directives");
    expect_repeated("", "\tx\n", 1000, "tab used as indentation");
    expect_repeated("a: ", "''", most / 4, "more than 6 apostrophes in a row");
    expect_repeated("", "&a ", 10000, "anchors");
    expect_repeated("", "\n", most, "the file is empty");
}

static void test_yaml_what_is_no_regular_file_is_no_input(void **state)
{
    char fifo[64];
    (void)state;
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_yaml *yaml = NULL;
    assert_int_equal(tacro_yaml_read(folder, &notes, &yaml, &err), TACRO_ENOINPUT);
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_int_equal(tacro_yaml_read("/dev/null", &notes, &yaml, &err), TACRO_ENOINPUT);
    assert_int_equal(tacro_yaml_read("/lost/x.yaml", &notes, &yaml, &err),
                     TACRO_ENOINPUT);
    assert_string_equal(err.text, "/lost/x.yaml: no such file");
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(tacro_yaml_read(fifo, &notes, &yaml, &err), TACRO_ENOINPUT);
    unlink(fifo);
    write_bytes("a: 1\n", 5);
    char inside[96];
    snprintf(inside, sizeof inside, "%s/y", path);
    assert_int_equal(tacro_yaml_read(inside, &notes, &yaml, &err), TACRO_ENOINPUT);
    assert_non_null(strstr(err.text, "cannot be opened"));
    assert_null(yaml);
    assert_int_equal(notes.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_nodes_know_their_place),
        cmocka_unit_test(test_yaml_json_crlf_bom_and_loose_braces_are_read),
        cmocka_unit_test(test_yaml_bad_files_are_refused_at_their_place),
        cmocka_unit_test(test_yaml_nul_is_refused),
        cmocka_unit_test(test_yaml_alias_bomb_is_refused_unexpanded),
        cmocka_unit_test(test_yaml_huge_and_deep_files_are_read_or_refused_in_time),
        cmocka_unit_test(test_yaml_what_is_no_regular_file_is_no_input),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
