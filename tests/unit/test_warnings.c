/** Plans that do other than their author may have meant: one warning each, in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dose/warnings.h"
#include "tests/support/regimen_text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STEPS "steps: [{give: 3 mg, every: 12 h}]\n  "
#define DAILY "\n  adjust: {every: 24 h}"
#define LEVELS STEPS "monitor: {until: 5 d}\n  "

/** A regimen and its one warning; NULL: none. */
static const struct {
    const char *body;
    const char *warning;
} cases[] = {
    {STEPS "adjust: {max_change: 50 %}", NULL},
    {STEPS "adjust: {max_change: 10 %}", "3:3: regimens.r: `adjust` changes no dose: "
                                         "no multiple of 0.5 mg within 10 % of a "
                                         "planned dose and within `min` and `max`"},
    {STEPS "adjust: {max_change: 10 %, round: 0.1 mg}", NULL},
    {"steps: [{give: 3 mg, every: 12 h, for: 1 d}, {give: 6 mg, every: 12 h}]\n  "
     "adjust: {max_change: 10 %}",
     NULL}, /* 6 to 6.5 mg */
    {STEPS "adjust: {min: 3 mg, max: 3 mg}",
     "3:3: regimens.r: `adjust` changes no dose: `min` and `max` leave no other"},
    {"steps: [{give: 2 mg, every: 12 h, route: iv, over: 2 h}]\n  adjust: {min: 2 mg}",
     "3:3: regimens.r: `adjust` changes no dose: `min` and `max` leave no other"},
    {"steps: [{taper: {doses: [3 mg, 2 mg], every: 12 h, each: 7 d}}]" DAILY,
     "3:3: regimens.r: `adjust` changes no dose: those of a taper stay"},
    {"steps: [{give: 0.05 mg/kg, every: 12 h}]\n  adjust: {max_change: 1 %}", NULL},
    {STEPS "monitor: {}\n  when: {pres: {steps: [{give: 1 mg, every: 12 h}], adjust: "
           "{max_change: 10 %}}}",
     "4:53: regimens.r: `adjust` changes no dose: no multiple of 0.5 mg within 10 % of "
     "a planned dose and within `min` and `max`"},
    {"steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 1 d}, {give: 3 mg, every: 24 "
     "h}]" DAILY,
     "2:61: regimens.r: a dose that `adjust` has set goes on here in mg per dose, "
     "though the interval changes from 12 h to 24 h"},
    {"steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 3 mg, at: [\"08:00\", "
     "\"20:00\"]}]" DAILY,
     NULL},
    {"steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 3 mg, every: 12 h, "
     "formulation: LCP}]" DAILY,
     "2:48: regimens.r: a dose that `adjust` has set goes on here in mg, though the "
     "formulation changes from IR to LCP"},
    {"steps: [{give: 1 mg, every: 12 h, route: iv, over: 12 h, for: 2 d}, {give: 3 mg, "
     "every: 24 h}]" DAILY,
     NULL}, /* the planned dose holds again */
    {"steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 3 mg, every: 24 h}]", NULL},
    {STEPS "when: {pres: [{hold: 1 d}]}", "3:10: r.when.pres: its steps end 24 h after "
                                          "the switch: no dose after that, as no "
                                          "step without `for` and no `resume` follows"},
    {STEPS "when: {pres: [{hold: 1 d}, {taper: {doses: [2 mg, 1 mg], every: 12 h, "
           "each: 1 d}}]}",
     "3:10: r.when.pres: its steps end 72 h after the switch: no dose after that, as "
     "no "
     "step without `for` and no `resume` follows"},
    {STEPS "when: {pres: [{hold: 14 d}]}", NULL},
    {STEPS "when: {pres: {steps: [{hold: 1 d}], resume: {after: 2 d}}}", NULL},
    {LEVELS "when: {pres: {resume: {level_below: 8 ng/mL}}}",
     "4:17: r.when.pres.resume: no sample is planned from 120 h on: a switch after the "
     "last result never resumes"},
    {LEVELS "when: {day: {day: 6, resume: {level_below: 8 ng/mL}}}",
     "4:24: r.when.day.resume: no sample is planned from 120 h on, before day 6: it "
     "never resumes"},
    {STEPS "monitor: {}\n  when: {pres: {resume: {level_below: 8 ng/mL}}}", NULL},
};

static void test_warnings_name_what_a_plan_leaves_undone(void **state)
{
    const struct tacro_protocol_frame frame = test_frame();
    size_t nwrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct test_regimen r = test_regimen_read(cases[i].body, &frame);
        const char *want = cases[i].warning == NULL ? "" : cases[i].warning;
        const char *got;
        tacro_regimen_warn(&r.regimen, frame.pk, "file", &r.notes);
        got = test_first_note(&r.notes, TACRO_WARNING);
        if (!r.ok || strcmp(got, want) != 0 ||
            r.notes.n != (cases[i].warning == NULL ? 0 : 1)) {
            print_error("%s:\n%zu notes: %s\nexpected: %s\n", cases[i].body, r.notes.n,
                        got, want);
            nwrong++;
        }
        test_regimen_free(&r);
    }
    assert_int_equal(nwrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warnings_name_what_a_plan_leaves_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
