#include "tests/support/follow.h"

#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* -- blocks ------------------------------------------------------------------------ */

void test_follow_create(const struct tacro_scenario *scenario, size_t regimen,
                        const struct tacro_method *method, double rtol,
                        struct test_follow *out)
{
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    memset(out, 0, sizeof *out);
    out->scenario = scenario;
    out->arm = &scenario->arm[regimen];
    assert_false(out->arm->is_shared);
    out->own = tacro_scenario_setup(scenario, 0, kernels, method, rtol);
    out->setup =
        tacro_scenario_setup(scenario, out->arm->variant, kernels, method, rtol);
    assert_int_equal(tacro_block_create(&out->setup, &out->block, NULL), TACRO_OK);
    assert_int_equal(tacro_group_create(scenario, &out->group, NULL), TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(tacro_agenda_create(&out->arm->agenda, &out->agenda[l], NULL),
                         TACRO_OK);
    }
}

void test_follow_free(struct test_follow *follow)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_agenda_free(follow->agenda[l]);
    }
    tacro_group_free(follow->group);
    tacro_block_free(follow->block);
}

const struct tacro_block_result *test_follow_block(struct test_follow *follow,
                                                   size_t group, size_t block)
{
    struct test_follow *f = follow;
    const struct tacro_block_result *result;
    tacro_group_load(f->scenario, &f->own, group, f->group);
    tacro_group_rows(f->group, block, f->row);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        f->subject[l] = &f->group->subject[f->row[l]];
        tacro_arm_assign(f->arm, f->subject[l]->patient, f->agenda[l]);
    }
    result = tacro_block_follow(f->block, f->subject, f->agenda);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(result->status[l], TACRO_LANE_OK);
        assert_int_equal(tacro_agenda_status(f->agenda[l]), TACRO_OK);
        f->course[l] = tacro_agenda_course(f->agenda[l]);
    }
    return result;
}

struct tacro_course test_replay(const struct tacro_arm *arm,
                                const struct tacro_ledger *ledger,
                                const struct tacro_subject *subject)
{
    struct tacro_course course = {0};
    struct tacro_replay replay;
    struct tacro_agenda *agenda = NULL;
    assert_int_equal(tacro_replay_create(ledger, &replay, NULL), TACRO_OK);
    assert_int_equal(tacro_agenda_create(&arm->agenda, &agenda, NULL), TACRO_OK);
    tacro_arm_assign_replay(arm, &replay, agenda);
    tacro_agenda_begin(agenda, subject);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    assert_int_equal(tacro_agenda_status(agenda), TACRO_OK);
    assert_true(tacro_course_copy(tacro_agenda_course(agenda), &course));
    tacro_agenda_free(agenda);
    tacro_replay_free(&replay);
    return course;
}

/* -- risk files -------------------------------------------------------------------- */

void test_risk_file(const char *name, const char *from, const char *to, char *path)
{
    static char text[32768];
    char source[512];
    FILE *file;
    size_t n;
    char *at;
    snprintf(source, sizeof source, TACRO_SOURCE_DIR "/params/risk/%s.yaml", name);
    file = fopen(source, "r");
    assert_non_null(file);
    n = fread(text, 1, sizeof text - 1, file);
    assert_true(n < sizeof text - 1);
    text[n] = '\0';
    assert_int_equal(fclose(file), 0);
    at = strstr(text, "\ndraws: ");
    if (at != NULL) {
        at[1] = '#'; /* the table is not beside the copy */
    }
    at = strstr(text, from);
    assert_non_null(at);
    assert_null(strstr(at + 1, from));
    snprintf(path, 128, "%s/%s.yaml", test_folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(
        fprintf(file, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    assert_int_equal(fclose(file), 0);
}

void test_constant_hazard(const char *outcome, double per_h, char *path)
{
    FILE *file;
    snprintf(path, 128, "%s/constant_%s.yaml", test_folder, outcome);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file,
                        "name: constant_%s\n"
                        "kind: risk\n"
                        "title: Constant hazard\n"
                        "population: nobody\n"
                        "days: {from: 0 d, to: 365 d}\n"
                        "source: {author: tests}\n"
                        "parts: [exponential]\n"
                        "outcome: %s\n"
                        "endpoint: an event of the test\n"
                        "theta:\n"
                        "  H0: {value: %.17g 1/h, mark: ASSUMED, from: test}\n"
                        "  BETA: {value: 1e-15 mL/ng, mark: ASSUMED, from: test}\n",
                        outcome, outcome, per_h) > 0);
    assert_int_equal(fclose(file), 0);
}

void test_file_remove(const char *path)
{
    assert_int_equal(unlink(path), 0);
}
