#ifndef TEST_FOLLOW_H
#define TEST_FOLLOW_H

#include "run/group.h"

/** Blocks of patients with courses of their own, as a run computes them. */
struct test_follow {
    const struct tacro_scenario *scenario;
    const struct tacro_arm *arm;
    struct tacro_block_setup own;   /* of the model's own equations: orders groups */
    struct tacro_block_setup setup; /* of the arm's equations */
    struct tacro_block *block;
    struct tacro_group *group;
    struct tacro_agenda *agenda[TACRO_LANES];
    size_t row[TACRO_LANES]; /* of the block last followed, as what comes next */
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
};

void test_follow_create(const struct tacro_scenario *scenario, size_t regimen,
                        const struct tacro_method *method, double rtol,
                        struct test_follow *out);
void test_follow_free(struct test_follow *follow);

/** Follow a block of a group; the result is borrowed until the next call. */
const struct tacro_block_result *test_follow_block(struct test_follow *follow,
                                                   size_t group, size_t block);

/** The course that a ledger leaves; freed with tacro_course_free. */
struct tacro_course test_replay(const struct tacro_arm *arm,
                                const struct tacro_ledger *ledger,
                                const struct tacro_subject *subject);

/** A copy of params/risk/<name>.yaml in test_folder, the one `from` in it now `to`. */
void test_risk_file(const char *name, const char *from, const char *to, char *path);

/**
 * A risk file of a constant hazard in test_folder.
 *
 * path  [128] receives its name; test_file_remove unlinks it
 */
void test_constant_hazard(const char *outcome, double per_h, char *path);
void test_file_remove(const char *path);

#endif
