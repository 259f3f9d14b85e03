/** What a page says of risks with intervals: figures, words, width. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/statements.h"
#include "cli/summary_risk.h"

#define NREGIMENS 3
#define NMEASURES 4
#define NDRAWS 300

struct fixture {
    struct tacro_summary summary;
    struct tacro_regimen_summary regimen[NREGIMENS];
    struct tacro_risk_summary risk[NREGIMENS][2];
    struct tacro_outcome_summary outcome[2];
    struct tacro_benefit benefit[NREGIMENS];
    struct tacro_preference preference[2];
    struct tacro_drivers drivers[2];
    double difference[NMEASURES * NREGIMENS * NREGIMENS];
    struct tacro_interval interval[NMEASURES * NREGIMENS * NREGIMENS];
    double lower[NMEASURES * NREGIMENS * NREGIMENS];
};

static struct tacro_risk_summary risk_of(double p)
{
    return (struct tacro_risk_summary){.probability = p,
                                       .interval = {p / 10.0, p, 3.0 * p},
                                       .first = 0.9 * p,
                                       .first_interval = {p / 12.0, 0.9 * p, 2.0 * p},
                                       .patients = {p / 3.0, p, 3.0 * p},
                                       .standard_error = p / 100.0,
                                       .needed = 0.0};
}

/* Names are common and figures of the size that the case has. */
static void fill(struct fixture *f)
{
    static const char *const labels[NREGIMENS] = {"continue", "hold_half",
                                                  "hold_taper"};
    static const double p[2][NREGIMENS] = {{0.0121, 0.0052, 0.0031},
                                           {0.127, 0.193, 0.274}};
    struct tacro_summary *s = &f->summary;
    *f = (struct fixture){0};
    *s = (struct tacro_summary){.draws = NDRAWS,
                                .subjects = 200,
                                .courses = 180000,
                                .horizon = 336.0,
                                .landmark = 72.0,
                                .start_clock = 8.0,
                                .nregimens = NREGIMENS,
                                .regimen = f->regimen,
                                .noutcomes = 2,
                                .outcome = f->outcome,
                                .ndrivers = 2,
                                .drivers = f->drivers};
    f->outcome[0] = (struct tacro_outcome_summary){
        "pres",      "new PRES in a comparable patient who has not had it",
        "pres_lung", "adult lung recipients",
        0.0,         365.0,
        NULL};
    f->outcome[1] =
        (struct tacro_outcome_summary){"rejection",
                                       "at least one treated acute rejection",
                                       "rejection_lung",
                                       "adult lung recipients",
                                       0.0,
                                       365.0,
                                       NULL};
    for (size_t r = 0; r < NREGIMENS; r++) {
        f->regimen[r].label = labels[r];
        f->regimen[r].risk = f->risk[r];
        f->risk[r][0] = risk_of(p[0][r]);
        f->risk[r][1] = risk_of(p[1][r]);
        f->regimen[r].event_free = risk_of(0.15);
        f->regimen[r].days_in_range = 3.41;
        f->regimen[r].days_in_range_interval =
            (struct tacro_interval){2.09, 3.41, 4.44};
        f->regimen[r].days_with_target = 11.0;
    }
    for (size_t i = 0; i < (size_t)NMEASURES * NREGIMENS * NREGIMENS; i++) {
        f->difference[i] = -0.00931;
        f->interval[i] = (struct tacro_interval){-0.0412, -0.00931, -0.00108};
        f->lower[i] = 0.9712;
    }
    s->comparison = (struct tacro_comparison){.ndraws = NDRAWS,
                                              .other = 1,
                                              .difference = f->difference,
                                              .difference_interval = f->interval,
                                              .lower = f->lower,
                                              .shown = {0.1, 1, 3, 10, 30, 100},
                                              .benefit = f->benefit,
                                              .npreferences = 2,
                                              .preference = f->preference};
    f->benefit[1].trade = TACRO_TRADE_LESS;
    f->benefit[1].trade_share[TACRO_TRADE_LESS] = 0.98;
    f->benefit[1].switching_ratio = 15.63;
    f->benefit[1].switching_interval = (struct tacro_interval){3.17, 15.63, 88.2};
    f->benefit[2].trade = TACRO_TRADE_WORSE;
    f->benefit[2].trade_share[TACRO_TRADE_WORSE] = 1.0;
    f->benefit[0].trade_share[TACRO_TRADE_SAME] = 1.0;
    f->benefit[0].is_on_frontier = true;
    f->benefit[0].frontier = 1.0;
    f->benefit[1].best[4] = 0.423;
    f->preference[0] = (struct tacro_preference){0, 0.01, 15.63};
    f->preference[1] = (struct tacro_preference){1, 15.63, 100.0};
    f->drivers[0] =
        (struct tacro_drivers){.is_computed = true,
                               .nparameters = 12,
                               .n = 1,
                               .driver = {{"pres_lung", "G", 0.613, "G (steep)"}},
                               .rest = 0.2,
                               .unexplained = 0.187};
    f->drivers[1] =
        (struct tacro_drivers){.outcome = 1, .regimen = 2, .nparameters = 101};
}

static char *print(const struct fixture *f)
{
    char *text = NULL;
    size_t size = 0;
    struct tacro_cli_page page = {.out = open_memstream(&text, &size)};
    assert_non_null(page.out);
    const size_t width = tacro_cli_label_width(&f->summary);
    tacro_cli_risks_print(&page, &f->summary, width);
    tacro_cli_benefit_print(&page, &f->summary, width);
    tacro_cli_drivers_print(&page, &f->summary);
    fclose(page.out);
    if (getenv("TACRO_SHOW") != NULL) {
        fputs(text, stderr);
    }
    return text;
}

/* Runs of blanks and line ends count as one blank. */
static void flatten(char *text)
{
    char *out = text;
    for (const char *c = text; *c != '\0'; c++) {
        const bool is_blank = *c == ' ' || *c == '\n';
        if (!is_blank || (out > text && out[-1] != ' ')) {
            *out++ = (char)(is_blank ? ' ' : *c);
        }
    }
    *out = '\0';
}

static void assert_says(const struct fixture *f, const char *part, bool is_there)
{
    char *text = print(f);
    flatten(text);
    if ((strstr(text, part) != NULL) != is_there) {
        fail_msg("%s: \"%s\"\n%s", is_there ? "missing" : "unexpected", part, text);
    }
    free(text);
}

static void test_every_risk_stands_with_its_interval(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    assert_says(&f, "(95 % interval over 300 parameter draws)", true);
    assert_says(&f,
                "continue 1.2 % (0.12-3.6) 13 % (1.3-38) 15 % (1.5-45) 3.4 (2.1-4.4)",
                true);
    assert_says(&f, "RISK from day 3 08:00 to day 14 08:00", true);
    assert_says(&f, "[pres_lung: adult lung recipients]", true);
    assert_says(&f,
                "hold_half -0.93 (-4.1 to -0.11) 97 % 0.47 % (0.043-1.0) 0.52 "
                "(0.17-1.6)",
                true);
    /* of event-free and days more is told: 1 - 0.9712 */
    assert_says(&f, "hold_half -0.93 (-4.1 to -0.11) 3 % 14 % (1.2-30)", true);
    assert_says(&f, "hold_half -0.0093 (-0.041 to -0.0011) 3 %", true);
    assert_says(&f,
                "Monte Carlo error of one draw's average: at most 0.012 points (PRES), "
                "0.27 (rejection), 0.15 (event-free): under a tenth of the interval.",
                true);
}

static void test_draws_that_all_tie_are_told(void **state)
{
    struct fixture f;
    const size_t pair = NREGIMENS; /* of the second regimen */
    (void)state;
    fill(&f);
    f.difference[pair] = 0.0;
    f.interval[pair] = (struct tacro_interval){0.0, 0.0, 0.0};
    f.lower[pair] = 0.5;
    assert_says(&f, "hold_half 0 (0 to 0) ties 0.47 %", true);
    f.interval[pair].high = 0.001;
    assert_says(&f, "ties", false);
}

static void test_rules_after_an_event_leave_its_risk(void **state)
{
    struct fixture f;
    const size_t pair = NREGIMENS; /* of the second regimen */
    (void)state;
    fill(&f);
    f.risk[1][0].is_simulated = true;
    assert_says(&f, "the same until", false); /* its doses differ before that, too */
    f.difference[pair] = 0.0;
    f.interval[pair] = (struct tacro_interval){0.0, 0.0, 0.0};
    f.lower[pair] = 0.5;
    assert_says(&f, "hold_half the same until it happens - 0.47 %", true);
    f.interval[pair].high = 0.001;
    assert_says(&f, "the same until", false);
}

static void test_too_few_patients_are_told(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    f.risk[1][0].needed = 3400.0;
    f.risk[2][0].needed = NAN;
    assert_says(&f, "! PRES: too few patients.", true);
    assert_says(&f, "3400 patients per draw would do (--subjects)", true);
    assert_says(&f, "! rejection", false);
    assert_says(&f, "average: at most 0.27 points (rejection)", true);
    f.risk[2][0].needed = INFINITY;
    assert_says(&f, "cannot be told from so few patients; try 2000", true);
}

static void test_one_draw_has_no_interval_and_no_share(void **state)
{
    struct fixture f;
    const struct tacro_interval none = {NAN, NAN, NAN};
    (void)state;
    fill(&f);
    f.summary.draws = f.summary.comparison.ndraws = 1;
    f.summary.ndrivers = 0;
    for (size_t r = 0; r < NREGIMENS; r++) {
        f.risk[r][0].interval = f.risk[r][0].first_interval = none;
        f.benefit[r].switching_interval = none;
    }
    for (size_t i = 0; i < (size_t)NMEASURES * NREGIMENS * NREGIMENS; i++) {
        f.interval[i] = none;
        f.lower[i] = NAN;
    }
    assert_says(&f, "(central values, interval not computed)", true);
    assert_says(&f, "continue 1.2 % 13 %", true);
    assert_says(&f, "hold_half -0.93 0.47 %", true);
    assert_says(&f, "draws with", false);
    assert_says(&f, "first word", false);
    assert_says(&f, "share of draws in which the utility", false);
    assert_says(&f,
                "Monte Carlo error of the averages: at most 0.012 points (PRES), 0.27 "
                "(rejection), 0.15 (event-free). ",
                true);
    assert_says(&f, "WHERE THE INTERVALS", false);
    f.summary.draws = NDRAWS; /* one subject of many draws */
    assert_says(&f, "(one parameter draw alone, interval not computed)", true);
}

/* The smallest and the largest of 39 are 1/39 of them each. */
static void test_few_draws_have_a_range(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    f.summary.comparison.ndraws = 39;
    assert_says(&f, "(range over 39 parameter draws, too few for a 95 % interval)",
                true);
    assert_says(&f, "under a tenth", false);
    f.summary.comparison.ndraws = 40;
    assert_says(&f, "(95 % interval over 40 parameter draws)", true);
}

static void test_plans_are_weighed_for_another_patient(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    assert_says(&f, "BENEFIT AND RISK for a comparable patient who has not had PRES",
                true);
    assert_says(&f, "It ranks nothing for a patient who has PRES.", true);
    assert_says(&f,
                "better if one PRES weighs more than 16 (3.2-88) rejections (in 98 % "
                "of draws)",
                true);
    assert_says(&f, "hold_taper no 0 % worse or as good in both, at any weight", true);
    assert_says(&f, "continue yes 100 % reference", true);
    assert_says(
        &f,
        "continue at 0.010 to 16, hold_half at 16 to 100 (of mean risks over the draws",
        true);
    assert_says(&f, "hold_half 0 % 0 % 0 % 0 % 42 % 0 %", true);
    f.summary.comparison.why_not = "the patient has had an outcome";
    assert_says(&f, "nothing is weighed", true);
    assert_says(&f,
                "No frontier, switching ratio or utility: the patient has had an "
                "outcome.",
                true);
    assert_says(&f, "weighs more", false);
}

static void test_one_subject_has_no_spread_between_patients(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    assert_false(tacro_cli_is_single(&f.summary));
    f.summary.subjects = 1;
    f.summary.courses = (uint64_t)NDRAWS * NREGIMENS;
    assert_true(tacro_cli_is_single(&f.summary));
    assert_non_null(
        strstr(tacro_cli_band_words(&f.summary), "over the parameter draws"));
    assert_non_null(
        strstr(tacro_cli_statement(&f.summary, 1), "One subject in each draw"));
    assert_says(&f, "Probability of the one subject", true);
    assert_says(&f, "patients, 5-95", false);
    assert_says(&f, "Monte Carlo", false);
    assert_says(&f, "in the same subject", true);
}

static void test_drivers_are_named(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    assert_says(&f,
                "PRES under continue: G (steep) 61 %, the other numbers 20 %; not "
                "explained 19 %.",
                true);
    f.drivers[0].unexplained = 0.51;
    f.drivers[0].n = 0;
    assert_says(&f,
                "PRES under continue: no number stands out, all together 20 %; not "
                "explained 51 %: mostly what differs by chance",
                true);
    assert_says(&f,
                "rejection, difference of hold_taper from continue: not computed; 300 "
                "draws for 101 numbers",
                true);
    f.drivers[1].nparameters = 100;
    assert_says(&f, "from continue: not computed; nothing varies", true);
}

static void test_lines_fit_the_page(void **state)
{
    struct fixture f;
    (void)state;
    fill(&f);
    f.regimen[2].label = "a_label_of_twenty_ch";
    for (size_t r = 0; r < NREGIMENS; r++) { /* the longest that figures get */
        f.risk[r][0].interval = (struct tacro_interval){0.000012, 0.00012, 0.00054};
        f.risk[r][0].probability = 0.00012;
    }
    char *text = print(&f);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (tacro_cli_columns(line) > TACRO_CLI_PAGE_WIDTH) {
            fail_msg("too wide: %s", line);
        }
    }
    free(text);
}

static void test_figures_have_two_digits(void **state)
{
    (void)state;
    assert_string_equal(tacro_cli_two_figures(0.01234).s, "0.012");
    assert_string_equal(tacro_cli_two_figures(3364).s, "3400");
    assert_string_equal(tacro_cli_two_figures(0).s, "0");
    assert_string_equal(tacro_cli_two_figures(NAN).s, "-");
    const struct tacro_interval edge = {0.0, 0.5, 1.0};
    const struct tacro_interval near = {1e-7, 0.5, 0.9999};
    assert_string_equal(tacro_cli_risk_interval(0.5, edge).s, "50 % (0-100)");
    assert_string_equal(tacro_cli_risk_interval(0.5, near).s, "50 % (<0.001->99)");
    const struct tacro_interval across = {-0.0312, 0.0, 0.0000001};
    assert_string_equal(tacro_cli_points_interval(0.0, across).s,
                        "0 (-3.1 to +<0.001)");
    assert_string_equal(tacro_cli_points_interval(NAN, across).s, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_risk_stands_with_its_interval),
        cmocka_unit_test(test_draws_that_all_tie_are_told),
        cmocka_unit_test(test_rules_after_an_event_leave_its_risk),
        cmocka_unit_test(test_too_few_patients_are_told),
        cmocka_unit_test(test_one_draw_has_no_interval_and_no_share),
        cmocka_unit_test(test_few_draws_have_a_range),
        cmocka_unit_test(test_plans_are_weighed_for_another_patient),
        cmocka_unit_test(test_one_subject_has_no_spread_between_patients),
        cmocka_unit_test(test_drivers_are_named),
        cmocka_unit_test(test_lines_fit_the_page),
        cmocka_unit_test(test_figures_have_two_digits),
    };
    return cmocka_run_group_tests_name("summary risk", tests, NULL, NULL);
}
