/** Readers over a tree, and covariates read with them: values, faults, warnings. */
#include "input/covariate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static const char *const path = test_path;

/** One file, read; the reader's notes are its own. */
struct bench {
    struct tacro_notes notes;
    struct tacro_reader reader;
    struct tacro_yaml *yaml;
    const struct tacro_node *root;
};

static void open_bench(struct bench *b, const char *text)
{
    FILE *file = fopen(path, "wb");
    *b = (struct bench){.reader = {.file = "x.yaml"}};
    b->reader.notes = &b->notes;
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_yaml_read(path, &b->notes, &b->yaml, NULL), TACRO_OK);
    b->root = &b->yaml->root;
}

static void close_bench(struct bench *b)
{
    tacro_yaml_free(b->yaml);
    tacro_notes_free(&b->notes);
}

/** The next note, in order; "" behind the last. */
static const char *note(const struct bench *b, size_t i)
{
    return i < b->notes.n ? b->notes.note[i].text : "";
}

/* -- maps -------------------------------------------------------------------------- */

static void test_schema_keys_unknown_twice_missing_and_later_are_all_noted(void **state)
{
    static const struct tacro_key keys[] = {
        {"horizon", TACRO_REQUIRED, "a time such as 14 d"},
        {"title", TACRO_OPTIONAL, "a text"},
        {"history", TACRO_LATER, ""},
        {"steps", TACRO_REQUIRED, "a list of steps"},
    };
    struct bench b;
    (void)state;
    open_bench(&b, "horizn: 14 d\ntitle: a\ntitle: b\nhistory: c\nzzzzzz: 1\n");
    assert_false(tacro_schema_keys(&b.reader, b.root, keys, 4));
    tacro_notes_sort(&b.notes);
    assert_int_equal(b.notes.nfaults, 6);
    assert_string_equal(note(&b, 0), "horizn: unknown key, did you mean `horizon`?");
    assert_int_equal(b.notes.note[0].line, 1);
    assert_int_equal(b.notes.note[0].column, 1);
    assert_string_equal(note(&b, 1), "horizon: missing, expected a time such as 14 d");
    assert_string_equal(note(&b, 2), "steps: missing, expected a list of steps");
    assert_string_equal(note(&b, 3), "title: given twice, first in line 2");
    assert_int_equal(b.notes.note[3].line, 3);
    assert_string_equal(note(&b, 4), "history: not supported by this version");
    assert_string_equal(note(&b, 5), "zzzzzz: unknown key, expected horizon, title, "
                                     "history, steps");
    close_bench(&b);
}

static void test_schema_refused_key_says_why_and_is_never_proposed(void **state)
{
    static const struct tacro_key keys[] = {
        {"when", TACRO_OPTIONAL, NULL},
        {"on", TACRO_REFUSED, "rules stand under `when`"},
    };
    struct bench b;
    (void)state;
    open_bench(&b, "on: {pres: 1}\nom: 2\n");
    assert_false(tacro_schema_keys(&b.reader, b.root, keys, 2));
    tacro_notes_sort(&b.notes);
    assert_int_equal(b.notes.nfaults, 2);
    assert_string_equal(note(&b, 0), "on: rules stand under `when`");
    assert_int_equal(b.notes.note[0].column, 1);
    assert_string_equal(note(&b, 1), "om: unknown key, expected when");
    tacro_notes_free(&b.notes);
    tacro_schema_note_key(&b.reader, TACRO_WARNING, tacro_node_get(b.root, "on"), "so");
    assert_string_equal(note(&b, 0), "on: so");
    assert_int_equal(b.notes.note[0].column, 1);
    assert_int_equal(b.notes.note[0].severity, TACRO_WARNING);
    close_bench(&b);
}

static void test_schema_keys_long_tables_are_cut_and_deep_paths_are_named(void **state)
{
    struct tacro_key keys[40];
    struct bench b;
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        keys[i] = (struct tacro_key){"a_key_of_some_length", TACRO_OPTIONAL, ""};
    }
    open_bench(&b, "patients: {age: 1}\nsteps: [{x: {}}, {y: [1]}]\n");
    assert_false(tacro_schema_keys(&b.reader, b.root, keys, 40));
    assert_non_null(strstr(note(&b, 0), ", ..."));
    tacro_notes_free(&b.notes);
    const struct tacro_node *steps = tacro_node_get(b.root, "steps");
    static const struct tacro_key give = {"give", TACRO_REQUIRED, "a dose"};
    assert_false(tacro_schema_keys(&b.reader, &steps->item[0].item[0], &give, 1));
    assert_string_equal(note(&b, 0), "steps[0].x.give: missing, expected a dose");
    assert_int_equal(b.notes.note[0].line, 2);
    assert_int_equal(b.notes.note[0].column, 10);
    assert_false(tacro_schema_keys(&b.reader, &steps->item[1].item[0], &give, 1));
    assert_string_equal(note(&b, 1),
                        "steps[1].y: expected a map {key: value}, found a list");
    tacro_schema_note(&b.reader, TACRO_NOTICE, &steps->item[1].item[0].item[0], "so %d",
                      5);
    assert_string_equal(note(&b, 2), "steps[1].y[0]: so 5");
    assert_int_equal(b.notes.note[2].severity, TACRO_NOTICE);
    tacro_schema_note(&b.reader, TACRO_WARNING, b.root, "all of it");
    assert_string_equal(note(&b, 3), "all of it");
    assert_int_equal(b.notes.nfaults, 2);
    assert_false(tacro_schema_keys(&b.reader, NULL, &give, 1));
    assert_int_equal(b.notes.n, 4);
    close_bench(&b);
}

static void test_schema_map_takes_any_names_but_none_twice(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b,
               "good: {x: 1, y: 2}\ntwice: {x: 1, y: 2, x: 3}\nempty: {}\nlist: [1]\n");
    assert_true(tacro_schema_map(&b.reader, tacro_node_get(b.root, "good")));
    assert_false(tacro_schema_map(&b.reader, tacro_node_get(b.root, "twice")));
    assert_string_equal(note(&b, 0), "twice.x: given twice, first in line 2");
    assert_int_equal(b.notes.note[0].column, 21);
    assert_false(tacro_schema_map(&b.reader, tacro_node_get(b.root, "empty")));
    assert_string_equal(note(&b, 1), "empty: 0 keys, expected 1 to 1000");
    assert_false(tacro_schema_map(&b.reader, tacro_node_get(b.root, "list")));
    assert_false(tacro_schema_map(&b.reader, NULL));
    assert_int_equal(b.notes.n, 3);
    close_bench(&b);
}

static void test_schema_nearest_is_within_a_third_of_the_length(void **state)
{
    static const char *const words[] = {
        "hematocrit", "horizon", "map",
        "a_candidate_that_is_longer_than_forty_eight_bytes"};
    (void)state;
    assert_string_equal(tacro_schema_nearest("haematocrit", words, 4), "hematocrit");
    assert_string_equal(tacro_schema_nearest("horizn", words, 4), "horizon");
    assert_string_equal(tacro_schema_nearest("mp", words, 4), "map");
    assert_null(tacro_schema_nearest("weight", words, 4));
    assert_null(tacro_schema_nearest(
        "an_unknown_word_that_is_longer_than_forty_eight_bytes", words, 4));
    assert_null(tacro_schema_nearest("x", words, 0));
}

/* -- values ------------------------------------------------------------------------ */

static const struct tacro_quantity doses = {TACRO_DOSE, 0.0, 30.0, 0.05, 12.0};

static void test_schema_number_names_value_unit_and_limits(void **state)
{
    struct bench b;
    double x = 7.0;
    (void)state;
    open_bench(&b, "d: [3 mg, 40 mg, -1 mg, 0.5 g, 20 mg, 20, [1 mg], 1e308 mg]\n");
    const struct tacro_node *d = tacro_node_get(b.root, "d");
    assert_true(tacro_schema_number(&b.reader, &d->item[0], &doses, &x));
    assert_true(x == 3.0);
    assert_false(tacro_schema_number(&b.reader, &d->item[1], &doses, &x));
    assert_string_equal(note(&b, 0), "d[1]: 40 mg is outside 0 to 30 mg");
    assert_false(tacro_schema_number(&b.reader, &d->item[2], &doses, &x));
    assert_false(tacro_schema_number(&b.reader, &d->item[3], &doses, &x));
    assert_string_equal(note(&b, 2), "d[3]: 0.5 g (500 mg) is outside 0 to 30 mg");
    assert_true(x == 3.0);
    assert_true(tacro_schema_number(&b.reader, &d->item[4], &doses, &x));
    assert_string_equal(note(&b, 3),
                        "d[4]: 20 mg is outside the calibrated range 0.05 to 12 mg");
    assert_int_equal(b.notes.note[3].severity, TACRO_WARNING);
    assert_false(tacro_schema_number(&b.reader, &d->item[5], &doses, &x));
    assert_string_equal(note(&b, 4),
                        "d[5]: 20: unit missing, expected a dose in mg, ug or g");
    assert_false(tacro_schema_number(&b.reader, &d->item[6], &doses, &x));
    assert_string_equal(note(&b, 5), "d[6]: expected a single value, found a list");
    assert_false(tacro_schema_number(&b.reader, &d->item[7], &doses, &x));
    assert_string_equal(note(&b, 6), "d[7]: 1e308 mg is outside 0 to 30 mg");
    assert_false(tacro_schema_number(&b.reader, NULL, &doses, &x));
    assert_int_equal(b.notes.n, 7);
    close_bench(&b);
}

static void test_schema_number_with_one_limit_says_above_or_below(void **state)
{
    static const struct tacro_quantity low = {TACRO_TIME, 0.0, INFINITY, 1.0, INFINITY};
    static const struct tacro_quantity high = {TACRO_NUMBER, -INFINITY, 1.0, -INFINITY,
                                               1.0};
    struct bench b;
    double x = 0.0;
    (void)state;
    open_bench(&b, "a: -1 d\nb: 200 %\nc: 30 min\n");
    assert_false(tacro_schema_number(&b.reader, tacro_node_get(b.root, "a"), &low, &x));
    assert_string_equal(note(&b, 0), "a: -1 d (-24 h) is below 0 h");
    assert_false(
        tacro_schema_number(&b.reader, tacro_node_get(b.root, "b"), &high, &x));
    assert_string_equal(note(&b, 1), "b: 200 % (2) is above 1");
    assert_true(tacro_schema_number(&b.reader, tacro_node_get(b.root, "c"), &low, &x));
    assert_string_equal(note(&b, 2),
                        "c: 30 min (0.5 h) is below the calibrated range 1 h");
    close_bench(&b);
}

static void test_schema_positive_is_above_0(void **state)
{
    static const struct tacro_quantity shares = {TACRO_NUMBER, 0, 1, -INFINITY,
                                                 INFINITY};
    struct bench b;
    double x = -1;
    (void)state;
    open_bench(&b, "a: 0.5 mg\nb: 0 mg\nc: 0 %\nd: 31 mg\n");
    assert_true(
        tacro_schema_positive(&b.reader, tacro_node_get(b.root, "a"), &doses, &x));
    assert_true(x == 0.5);
    assert_false(
        tacro_schema_positive(&b.reader, tacro_node_get(b.root, "b"), &doses, &x));
    assert_string_equal(note(&b, 0), "b: 0 mg is not above 0 mg");
    assert_false(
        tacro_schema_positive(&b.reader, tacro_node_get(b.root, "c"), &shares, &x));
    assert_string_equal(note(&b, 1), "c: 0 % is not above 0");
    assert_false(
        tacro_schema_positive(&b.reader, tacro_node_get(b.root, "d"), &doses, &x));
    assert_string_equal(note(&b, 2), "d: 31 mg is outside 0 to 30 mg");
    assert_false(tacro_schema_positive(&b.reader, NULL, &doses, &x));
    assert_int_equal(b.notes.n, 3);
    assert_true(x == 0.5);
    close_bench(&b);
}

static void test_schema_range_clock_count_flag_text_choice_and_list(void **state)
{
    static const struct tacro_quantity levels = {TACRO_CONCENTRATION, 0.0, 100.0, 0.0,
                                                 50.0};
    static const char *const kinds[] = {"value", "exponential", "power"};
    struct bench b;
    double low = 0.0;
    double high = 0.0;
    uint64_t count = 0;
    bool flag = false;
    const char *text = NULL;
    size_t index = 9;
    (void)state;
    open_bench(&b, "r: [9-15 ng/mL, 9-15, 9-150 ng/mL, 9-60 ng/mL]\n"
                   "c: [\"08:00\", 8]\n"
                   "n: [5000, 5.5, -1, 18446744073709551616, 7000, '']\n"
                   "f: [true, false, yes, {}]\n"
                   "t: [some words, '', \" \"]\n"
                   "k: [power, exponentail, zzz]\n"
                   "l: []\n"
                   "m: {a: 1}\n");
#define ITEM(key, i) (&tacro_node_get(b.root, key)->item[i])
    assert_true(tacro_schema_range(&b.reader, ITEM("r", 0), &levels, &low, &high));
    assert_true(low == 9.0 && high == 15.0);
    assert_false(tacro_schema_range(&b.reader, ITEM("r", 1), &levels, &low, &high));
    assert_non_null(strstr(note(&b, 0), "r[1]: 9-15: unit missing"));
    assert_false(tacro_schema_range(&b.reader, ITEM("r", 2), &levels, &low, &high));
    assert_string_equal(note(&b, 1), "r[2]: 9-150 ng/mL is outside 0 to 100 ng/mL");
    assert_true(tacro_schema_range(&b.reader, ITEM("r", 3), &levels, &low, &high));
    assert_int_equal(b.notes.note[2].severity, TACRO_WARNING);
    assert_false(tacro_schema_range(&b.reader, NULL, &levels, &low, &high));
    assert_true(tacro_schema_clock(&b.reader, ITEM("c", 0), &low));
    assert_true(low == 8.0);
    assert_false(tacro_schema_clock(&b.reader, ITEM("c", 1), &low));
    assert_non_null(strstr(note(&b, 3), "c[1]: 8: not a clock time"));
    assert_false(tacro_schema_clock(&b.reader, NULL, &low));
    assert_true(tacro_schema_count(&b.reader, ITEM("n", 0), 1, 6000, &count));
    assert_int_equal(count, 5000);
    for (size_t i = 1; i < 6; i++) {
        assert_false(tacro_schema_count(&b.reader, ITEM("n", i), 1, 6000, &count));
    }
    assert_string_equal(note(&b, 4),
                        "n[1]: 5.5: expected a whole number from 1 to 6000");
    assert_false(tacro_schema_count(&b.reader, NULL, 1, 2, &count));
    assert_true(tacro_schema_flag(&b.reader, ITEM("f", 0), &flag) && flag);
    assert_true(tacro_schema_flag(&b.reader, ITEM("f", 1), &flag) && !flag);
    assert_false(tacro_schema_flag(&b.reader, ITEM("f", 2), &flag));
    assert_string_equal(note(&b, 9), "f[2]: yes: expected true or false");
    assert_false(tacro_schema_flag(&b.reader, ITEM("f", 3), &flag));
    assert_true(tacro_schema_text(&b.reader, ITEM("t", 0), &text));
    assert_string_equal(text, "some words");
    assert_false(tacro_schema_text(&b.reader, ITEM("t", 1), &text));
    assert_false(tacro_schema_text(&b.reader, ITEM("t", 2), &text));
    assert_string_equal(note(&b, 12), "t[2]: empty, expected text");
    assert_true(tacro_schema_choice(&b.reader, ITEM("k", 0), kinds, 3, &index));
    assert_int_equal(index, 2);
    assert_false(tacro_schema_choice(&b.reader, ITEM("k", 1), kinds, 3, &index));
    assert_string_equal(note(&b, 13),
                        "k[1]: exponentail: expected value, exponential or "
                        "power, did you mean `exponential`?");
    assert_false(tacro_schema_choice(&b.reader, ITEM("k", 2), kinds, 3, &index));
    assert_string_equal(note(&b, 14),
                        "k[2]: zzz: expected value, exponential or power");
    assert_true(tacro_schema_list(&b.reader, tacro_node_get(b.root, "k")));
    assert_false(tacro_schema_list(&b.reader, tacro_node_get(b.root, "l")));
    assert_string_equal(note(&b, 15), "l: empty list, expected an item");
    assert_false(tacro_schema_list(&b.reader, tacro_node_get(b.root, "m")));
    assert_string_equal(note(&b, 16),
                        "m: expected a list [..., ...], found a map {key: "
                        "value}");
    assert_false(tacro_schema_list(&b.reader, NULL));
#undef ITEM
    close_bench(&b);
}

/* -- covariates -------------------------------------------------------------------- */

static void test_covariate_table_holds_the_input_ranges(void **state)
{
    (void)state;
    const struct tacro_covariate_info *hct = tacro_covariate_info(TACRO_COV_hematocrit);
    assert_string_equal(hct->name, "hematocrit");
    assert_true(hct->quantity.hard_min == 0.10 && hct->quantity.hard_max == 0.65);
    assert_int_equal(tacro_covariate_find("hematocrit"), TACRO_COV_hematocrit);
    assert_int_equal(tacro_covariate_find("haematocrit"), TACRO_NCOVARIATES);
    assert_true(tacro_covariate_info(TACRO_COV_voriconazole)->is_inhibitor);
    assert_false(tacro_covariate_info(TACRO_COV_ecmo)->is_inhibitor);
    const struct tacro_covariate_info *sex = tacro_covariate_info(TACRO_COV_sex);
    assert_int_equal(sex->nlevels, 2);
    assert_string_equal(sex->level[1], "female");
    const struct tacro_covariate_info *organ = tacro_covariate_info(TACRO_COV_organ);
    assert_int_equal(organ->nlevels, 4);
    assert_string_equal(organ->level[3], "heart");
    assert_int_equal(tacro_covariate_info(TACRO_COV_aki)->nlevels, 0);
}

static bool read_one(struct bench *b, const char *text, struct tacro_covariate *out)
{
    open_bench(b, text);
    const enum tacro_covariate_id id = tacro_covariate_find(b->root->item[0].key);
    return tacro_covariate_read(&b->reader, &b->root->item[0], id, out);
}

static void test_covariate_constants_and_unknown(void **state)
{
    static const struct {
        const char *text;
        double value;
    } constants[] = {{"age: 36 y\n", 36.0},      {"sex: female\n", 1.0},
                     {"sex: male\n", 0.0},       {"hematocrit: 28 %\n", 0.28},
                     {"bilateral: true\n", 1.0}, {"aki: false\n", 0.0},
                     {"map: 105 mmHg\n", 105.0}, {"hla_mismatches: 4\n", 4.0}};
    struct bench b;
    struct tacro_covariate c;
    (void)state;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        assert_true(read_one(&b, constants[i].text, &c));
        assert_int_equal(c.distribution, TACRO_STEPS);
        assert_int_equal(c.n, 1);
        assert_true(isinf(c.step[0].from) && c.step[0].from < 0.0);
        assert_true(fabs(c.step[0].value - constants[i].value) < 1e-15);
        assert_int_equal(c.line, 1);
        tacro_covariate_free(&c);
        close_bench(&b);
    }
    assert_true(read_one(&b, "hla_mismatches: unknown\n", &c));
    assert_int_equal(c.distribution, TACRO_UNKNOWN);
    assert_false(tacro_covariate_read(&b.reader, NULL, TACRO_COV_age, &c));
    assert_int_equal(c.distribution, TACRO_ABSENT);
    close_bench(&b);
}

static void test_covariate_distributions(void **state)
{
    struct bench b;
    struct tacro_covariate c;
    (void)state;
    assert_true(
        read_one(&b, "weight: {mean: 50 kg, cv: 20 %, min: 35 kg, max: 90 kg}\n", &c));
    assert_int_equal(c.distribution, TACRO_NORMAL);
    assert_true(c.mean == 50.0 && c.sd == 10.0 && c.min == 35.0 && c.max == 90.0);
    close_bench(&b);
    assert_true(read_one(
        &b, "age: {mean: 50 y, sd: 13 y, outside: clip, mark: ASSUMED}\n", &c));
    assert_int_equal(c.distribution, TACRO_CLIPPED);
    assert_true(c.sd == 13.0 && c.min == 0.5 && c.max == 100.0);
    close_bench(&b);
    assert_true(read_one(&b, "aki: {probability: 0.5}\n", &c));
    assert_int_equal(c.distribution, TACRO_BERNOULLI);
    assert_true(c.probability == 0.5 && c.value == 1.0 && isinf(c.below_age));
    close_bench(&b);
    assert_true(
        read_one(&b, "cystic_fibrosis: {probability: 24 %, below_age: 45 y}\n", &c));
    assert_true(c.below_age == 45.0);
    close_bench(&b);
    assert_true(read_one(&b, "sex: {probability: 45 %}\n", &c));
    assert_true(c.value == 1.0);
    close_bench(&b);
    assert_true(read_one(&b, "hla_mismatches: {probability: 75 %, value: 4}\n", &c));
    assert_true(c.value == 4.0);
    close_bench(&b);
    assert_true(read_one(&b,
                         "map: [{from: -1 d, value: 110 mmHg}, {from: 3 d, value: 95 "
                         "mmHg}]\n",
                         &c));
    assert_int_equal(c.distribution, TACRO_STEPS);
    assert_int_equal(c.n, 2);
    assert_true(c.step[0].from == -24.0 && c.step[1].from == 72.0);
    assert_true(c.step[1].value == 95.0);
    tacro_covariate_free(&c);
    close_bench(&b);
}

static const struct {
    const char *text;
    const char *message;
} bad_covariates[] = {
    {"hematocrit: 28",
     "hematocrit: 28 is outside 0.1 to 0.65: a hematocrit is a fraction, "
     "28 % is 0.28 or `28 %`"},
    {"hematocrit: 0.05", "hematocrit: 0.05 is outside 0.1 to 0.65"},
    {"hematocrit: [{from: 0 d, value: 31}]", "hematocrit[0].value: 31 is outside"},
    {"age: 36", "age: 36: unit missing, expected an age in y or months"},
    {"age: 360 y", "age: 360 y is outside 0.5 to 100 y"},
    {"age: [{from: 0 d, value: 36 y}]", "age: age does not change with time"},
    {"sex: woman", "sex: woman: expected male or female"},
    {"sex: [{from: 0 d, value: male}]", "sex does not change with time"},
    {"bilateral: 1", "bilateral: 1: expected true or false"},
    {"bilateral: {mean: 0.5, sd: 0.1}", "bilateral has no mean"},
    {"bilateral: {probability: 0.5, value: 1}",
     "bilateral.value: bilateral is drawn as such, expected no `value`"},
    {"aki: {probability: 1.5}", "aki.probability: 1.5 is outside 0 to 1"},
    {"aki: {probability: 0.5, below_age: 45}", "aki.below_age: 45: unit missing"},
    {"aki: {probability: 0.5, min: 0}", "aki.min: unknown key"},
    {"aki: {}", "aki: expected one value, {probability: ...} or a list of"},
    {"weight: {}", "weight: expected one value, {mean: ..., sd: ...}"},
    {"weight: {from: 0 d, value: 50 kg}", "or a list of {from: ..., value: ...}"},
    {"weight: {probability: 50 %}", "weight: expected {probability: ..., value: ...}"},
    {"weight: {probability: 50 %, value: 500 kg}", "weight.value: 500 kg is outside"},
    {"weight: {mean: 50 kg}", "weight: expected either `sd` or `cv`"},
    {"weight: {mean: 50 kg, sd: 5 kg, cv: 10 %}", "expected either `sd` or `cv`"},
    {"weight: {mean: 50 kg, sd: 0 kg}", "weight.sd: 0 kg: a spread must be above 0"},
    {"weight: {mean: 50 kg, cv: 0 %}", "weight.cv: 0 %: a spread must be above 0"},
    {"weight: {mean: 50 kg, sd: 5}", "weight.sd: 5: unit missing"},
    {"weight: {mean: 50 kg, cv: 500 %}", "weight.cv: 500 % (5) is outside 0 to 3"},
    {"weight: {mean: 50 kg, sd: 5 kg, min: 60 kg}", "expected min <= mean <= max"},
    {"weight: {mean: 50 kg, sd: 5 kg, max: 900 kg}", "weight.max: 900 kg is outside"},
    {"weight: {mean: 50 kg, sd: 5 kg, outside: ignore}",
     "weight.outside: ignore: expected redraw or clip"},
    {"weight: []", "weight: empty list"},
    {"weight: [{from: 1 d, value: 50 kg}]",
     "weight[0].from: 1 d: the first value must hold from 0 d (the start) or earlier"},
    {"weight: [{from: 0 d, value: 50 kg}, {from: 0 d, value: 60 kg}]",
     "weight[1].from: 0 d is not after the item before it"},
    {"weight: [{from: 0 d}]", "weight[0].value: missing, expected the value"},
    {"weight: [{from: 0 d, value: 50}]", "weight[0].value: 50: unit missing"},
    {"weight: [50 kg]", "weight[0]: expected a map {key: value}, found a single value"},
    {"weight: [{from: 1e9 d, value: 50 kg}]",
     "weight[0].from: 1e9 d (2.4e+10 h) is outside"},
};

static void test_covariate_faults_say_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_covariates / sizeof bad_covariates[0]; i++) {
        struct bench b;
        struct tacro_covariate c;
        assert_false(read_one(&b, bad_covariates[i].text, &c));
        assert_int_equal(b.notes.nfaults, 1);
        assert_int_equal(c.distribution, TACRO_ABSENT);
        assert_null(c.step);
        if (strstr(note(&b, 0), bad_covariates[i].message) == NULL) {
            fail_msg("`%s` gave `%s`", bad_covariates[i].text, note(&b, 0));
        }
        close_bench(&b);
    }
}

static void test_covariate_outside_calibration_is_a_warning(void **state)
{
    struct bench b;
    struct tacro_covariate c;
    (void)state;
    assert_true(read_one(&b, "hematocrit: 0.5\n", &c));
    assert_int_equal(b.notes.nfaults, 0);
    assert_string_equal(note(&b, 0),
                        "hematocrit: 0.5 is outside the calibrated range 0.2 to 0.47");
    tacro_covariate_free(&c);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_schema_keys_unknown_twice_missing_and_later_are_all_noted),
        cmocka_unit_test(test_schema_keys_long_tables_are_cut_and_deep_paths_are_named),
        cmocka_unit_test(test_schema_map_takes_any_names_but_none_twice),
        cmocka_unit_test(test_schema_nearest_is_within_a_third_of_the_length),
        cmocka_unit_test(test_schema_number_names_value_unit_and_limits),
        cmocka_unit_test(test_schema_number_with_one_limit_says_above_or_below),
        cmocka_unit_test(test_schema_positive_is_above_0),
        cmocka_unit_test(test_schema_refused_key_says_why_and_is_never_proposed),
        cmocka_unit_test(test_schema_range_clock_count_flag_text_choice_and_list),
        cmocka_unit_test(test_covariate_table_holds_the_input_ranges),
        cmocka_unit_test(test_covariate_constants_and_unknown),
        cmocka_unit_test(test_covariate_distributions),
        cmocka_unit_test(test_covariate_faults_say_what_was_expected),
        cmocka_unit_test(test_covariate_outside_calibration_is_a_warning),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
