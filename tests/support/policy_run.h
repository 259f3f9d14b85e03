#ifndef TEST_POLICY_RUN_H
#define TEST_POLICY_RUN_H

#include "dose/policy.h"
#include "tests/support/regimen_text.h"

/** A policy followed without a solver: levels and outcomes are those of a script. */

struct test_level {
    double from;  /* h; the level at this instant is still the one before */
    double value; /* ng/mL */
};

struct test_happening {
    size_t outcome;
    double time; /* h */
};

struct test_script {
    const char *regimen;            /* as for test_regimen_read */
    const struct test_level *level; /* ascending; 12 ng/mL before the first */
    size_t nlevels;
    const struct test_happening *event; /* ascending */
    size_t nevents;
    const struct tacro_target *target;
    size_t ntargets;
    const struct tacro_clock *clock; /* NULL: starts at 08:00, troughs at 08:00 */
    double horizon;                  /* h; 0: TEST_HORIZON */
    uint64_t patient;
};

struct test_given {
    double time;
    double amount;
};

struct test_policy {
    struct test_regimen text;
    struct tacro_policy_setup setup;
    struct tacro_subject subject; /* of 62 kg */
    struct tacro_policy policy;
    struct tacro_ledger ledger;
    size_t ndoses;
    struct test_given dose[4096];
};

/** Follow from 0 to the horizon; one at a time, in static room. */
struct test_policy *test_policy_follow(const struct test_script *script);
void test_policy_free(struct test_policy *policy);

/** Rules of a model without parameters, seed 11. */
const struct tacro_rules *test_policy_rules(void);

/** All rows of a kind: n times, and amounts unless NULL. Else the test fails. */
void test_policy_check(const struct test_policy *policy, enum tacro_ledger_kind kind,
                       const double *time, const double *amount, size_t n);
size_t test_policy_count(const struct test_policy *policy, enum tacro_ledger_kind kind);

/** mg of the dose at t, 0: none; and how many doses are in [since, until). */
double test_policy_dose(const struct test_policy *policy, double t);
size_t test_policy_doses(const struct test_policy *policy, double since, double until);

#define TEST_POLICY_ROWS(policy, kind, ...)                                            \
    do {                                                                               \
        static const double want_[] = {__VA_ARGS__};                                   \
        test_policy_check(policy, kind, want_, NULL, sizeof want_ / sizeof *want_);    \
    } while (0)

#endif
