/** Bad steps and rules: one change to a good regimen gives one fault with its place. */
#include "tests/support/regimen_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/** What follows stands in line 3. */
#define STEPS "steps: [{give: 3 mg, every: 12 h}]\n  "

/** A regimen and the one fault it makes. */
struct bad {
    const char *body;
    const char *fault; /**< the whole of it */
};

static const struct bad bad_gives[] = {
    {"steps: [{give: 3 mg/day, every: 12 h}]",
     "2:18: r.steps[0].give: 3 mg/day is a daily dose, expected a dose in mg, ug or g"},
    {"steps: [{give: 3 mg, every: 12 h, until: 5 d, for: 5 d}]",
     "2:44: r.steps[0].until: does not belong beside `for`"},
    {"steps: [{hold: 2 d}, {give: 3 mg, every: 12 h, until: 2 d}]",
     "2:57: r.steps[1].until: 2 d is not after the step's start at 48 h"},
    {"steps: [{give: 3 mg, every: 12 h, until: soon}]",
     "2:44: r.steps[0].until: soon: not a number, expected a time in h, min, d or "
     "weeks"},
    {"steps: [{hold: 2 d, until: 4 d}]",
     "2:30: r.steps[0].until: does not belong beside `hold`"},
    {"steps: [{hold: 2 d, missed: 5 %}]",
     "2:31: r.steps[0].missed: does not belong beside `hold`"},
    {"steps: [{give: 3 mg, every: 12 h, route: rectal}]",
     "2:44: r.steps[0].route: rectal: expected oral or iv"},
    {"steps: [{give: 3 mg, every: 12 h, route: iv}]",
     "2:44: r.steps[0].route: an IV dose runs in, expected a duration such as `over: 4 "
     "h` beside it"},
    {"steps: [{give: 3 mg, every: 12 h, over: 4 h}]",
     "2:43: r.steps[0].over: an oral dose does not run in, expected `route: iv` beside "
     "it"},
    {"steps: [{give: 3 mg, every: 12 h, route: oral, over: 4 h}]",
     "2:56: r.steps[0].over: an oral dose does not run in, expected `route: iv` beside "
     "it"},
    {"steps: [{give: 1 mg, every: 12 h, route: iv, over: 13 h}]",
     "2:54: r.steps[0].over: 13 h is longer than the 12 h between two doses"},
    {"steps: [{give: 1 mg, at: [\"08:00\", \"12:00\"], route: iv, over: 5 h}]",
     "2:65: r.steps[0].over: 5 h is longer than the 4 h between two doses"},
    {"steps: [{give: 5 mg, every: 12 h, route: iv, over: 4 h}]",
     "2:54: r.steps[0].over: 5 mg in 4 h is 1.25 mg/h, expected at most 1 mg/h"},
    {"steps: [{give: 1 mg, every: 12 h, route: iv, over: 0 h}]",
     "2:54: r.steps[0].over: 0 h is not above 0 h"},
    {"steps: [{give: 1 mg, every: 12 h, route: iv, over: 4 h, formulation: LCP}]",
     "2:72: r.steps[0].formulation: does not belong beside `route: iv`"},
    {"steps: [{give: 3 mg, every: 12 h, formulation: ER}]",
     "2:50: r.steps[0].formulation: ER is no formulation of model, expected IR, LCP or "
     "XR"},
    {"steps: [{give: 1 mg, loading: 5 mg, every: 6 h, route: iv, over: 4 h}]",
     "2:68: r.steps[0].over: 5 mg in 4 h is 1.25 mg/h, expected at most 1 mg/h"},
    {"steps: [{give: 3 mg, loading: 31 mg, every: 12 h}]",
     "2:33: r.steps[0].loading: 31 mg is outside 0 to 30 mg"},
    {"steps: [{give: 3 mg, loading: 0.1 mg/kg, every: 12 h}]",
     "2:33: r.steps[0].loading: 0.1 mg/kg, expected one dose in mg as `give` is"},
    {"steps: [{give: 0.1 mg/kg, loading: 0.1 mg/kg/day in 2, every: 12 h}]",
     "2:38: r.steps[0].loading: 0.1 mg/kg/day in 2, expected one dose in mg/kg as "
     "`give` is"},
    {"steps: [{give: 3 mg, every: 12 h, missed: 100 %}]",
     "2:45: r.steps[0].missed: 100 %: no dose is taken, expected less than 100 % or "
     "`hold`"},
    {"steps: [{give: 3 mg, every: 12 h, missed: -1 %}]",
     "2:45: r.steps[0].missed: -1 % (-0.01) is outside 0 to 1"},
    {"steps: [{give: 3 mg, every: 12 h, late: 1 h}]",
     "2:43: r.steps[0].late: expected a map {key: value}, found a single value"},
    {"steps: [{give: 3 mg, every: 12 h, late: {sd: 0 h}}]",
     "2:48: r.steps[0].late.sd: 0 h is not above 0 h"},
    {"steps: [{give: 3 mg, every: 12 h, late: {sd: 1 d}}]",
     "2:48: r.steps[0].late.sd: 1 d is longer than the 12 h between two doses"},
    {"steps: [{give: 3 mg, every: 12 h, late: {mean: 1 h, sd: 1 h}}]",
     "2:44: r.steps[0].late.mean: unknown key, expected sd"},
    {"steps: [{give: 3 mg, every: 12 h, round: 0.5 mg}]",
     "2:44: r.steps[0].round: only a dose in mg/kg is rounded, expected no `round`"},
    {"steps: [{give: 0.6 mg/kg, every: 12 h}]",
     "2:18: r.steps[0].give: 0.6 mg/kg is outside 0 to 0.5 mg/kg"},
    {"steps: [{give: 0.075 mg/kg/day, every: 12 h}]",
     "2:18: r.steps[0].give: 0.075 mg/kg/day: expected the doses a day, 1 to 24, such "
     "as `0.075 mg/kg/day in 2`"},
    {"steps: [{give: 0.075 mg/kg/day}]",
     "2:18: r.steps[0].give: 0.075 mg/kg/day: expected the doses a day, 1 to 24, such "
     "as `0.075 mg/kg/day in 2`"},
    {"steps: [{give: 0.075 mg/kg/day in 0}]",
     "2:18: r.steps[0].give: 0.075 mg/kg/day in 0: expected the doses a day, 1 to 24, "
     "such as `0.075 mg/kg/day in 2`"},
    {"steps: [{give: 0.075 mg/kg/day in two}]",
     "2:18: r.steps[0].give: 0.075 mg/kg/day in two: expected the doses a day, 1 to "
     "24, such as `0.075 mg/kg/day in 2`"},
    {"steps: [{give: 0.075 mg/kg in 2}]",
     "2:18: r.steps[0].give: 0.075 mg/kg is a dose per weight, expected a daily dose "
     "per weight in mg/kg/day"},
    {"steps: [{give: 0.075 mg/kg/day in 2, every: 12 h}]",
     "2:47: r.steps[0].every: does not belong beside 2 doses a day, every 12 h"},
    {"steps: [{give: 0.075 mg/kg/day in 2, at: [\"08:00\"]}]",
     "2:44: r.steps[0].at: 1 clock time, expected 2, as there are doses a day"},
    {"steps: [{give: 2 mg/kg/day in 2}]",
     "2:18: r.steps[0].give: 2 mg/kg/day is outside 0 to 1 mg/kg/day"},
    {"steps: [{give: 0.1 mg/kg, every: 12 h, round: 0 mg}]",
     "2:49: r.steps[0].round: 0 mg is not above 0 mg"},
};

static const struct bad bad_tapers[] = {
    {"steps: [{taper: {doses: [4 mg, 3 mg], every: 24 h}}]",
     "2:12: r.steps[0].taper.each: missing, expected how long each dose is given, e.g. "
     "2 d"},
    {"steps: [{taper: {doses: [4 mg], every: 24 h, each: 2 d}}]",
     "2:27: r.steps[0].taper.doses: one dose, expected at least two"},
    {"steps: [{taper: {doses: [3 mg, 4 mg], every: 24 h, each: 2 d}}]",
     "2:34: r.steps[0].taper.doses[1]: 4 mg is above 3 mg: expected a taper that goes "
     "down"},
    {"steps: [{taper: {doses: [4 mg, 0 mg], every: 24 h, each: 2 d}}]",
     "2:34: r.steps[0].taper.doses[1]: 0 mg is not above 0 mg"},
    {"steps: [{taper: {doses: 4 mg, every: 24 h, each: 2 d}}]",
     "2:27: r.steps[0].taper.doses: expected a list [..., ...], found a single value"},
    {"steps: [{taper: {doses: [4 mg, 3 mg], every: 24 h, each: 12 h}}]",
     "2:60: r.steps[0].taper.each: 12 h is shorter than the interval of 24 h"},
    {"steps: [{taper: {doses: [4 mg, 3 mg], from: 4 mg, every: 24 h, each: 2 d}}]",
     "2:41: r.steps[0].taper.from: does not belong beside `doses`"},
    {"steps: [{taper: {doses: [4 mg, 3 mg], every: 24 h, each: 2 d}, until: 4 d}]",
     "2:73: r.steps[0].until: does not belong beside `taper`"},
    {"steps: [{taper: {doses: [4 mg, 3 mg], every: 24 h, each: 2 d}, loading: 5 mg}]",
     "2:75: r.steps[0].loading: does not belong beside `taper`"},
    {"steps: [{taper: {doses: [4 mg, 3 mg], every: 24 h, each: 2 d}, route: iv, over: "
     "3 "
     "h}]",
     "2:83: r.steps[0].over: 4 mg in 3 h is 1.33333 mg/h, expected at most 1 mg/h"},
};

static const struct bad bad_samples[] = {
    {STEPS "monitor: daily",
     "3:12: r.monitor: expected a map {key: value}, found a single value"},
    {STEPS "monitor: {sample: peak}", "3:21: r.monitor.sample: peak: expected `trough` "
                                      "or a time after the dose such as `2 h`"},
    {STEPS "monitor: {sample: 2 mg}",
     "3:21: r.monitor.sample: 2 mg is a dose, expected a time in h, min, d or weeks"},
    {STEPS "monitor: {sample: 24 h}",
     "3:21: r.monitor.sample: 24 h after the dose, expected a time before the next "
     "sample, 24 h later"},
    {STEPS "monitor: {every: 10 min}",
     "3:20: r.monitor.every: 10 min (0.166667 h) is outside 0.5 to 87600 h"},
    {STEPS "monitor: {from: -1 h}",
     "3:19: r.monitor.from: -1 h is outside 0 to 87600 h"},
    {STEPS "monitor: {from: 2 d, until: 2 d}",
     "3:31: r.monitor.until: 2 d is not after the first sample at 2 d (48 h)"},
    {STEPS "monitor: {result_after: -6 h}",
     "3:27: r.monitor.result_after: -6 h is outside 0 to 87600 h"},
    {STEPS "monitor: {assay: 120 %}",
     "3:20: r.monitor.assay: 120 % (1.2) is outside 0 to 1"},
    {STEPS "monitor: {lloq: 1}", "3:19: r.monitor.lloq: 1: unit missing, expected a "
                                 "concentration in ng/mL, ug/L, pg/mL or mg/L"},
    {STEPS "monitor: {target: 10-15 ng/mL}",
     "3:13: r.monitor.target: unknown key, expected sample, every, from, until, "
     "result_after, assay, lloq"},
    {STEPS "monitor: {evry: 24 h}",
     "3:13: r.monitor.evry: unknown key, did you mean `every`?"},
    {STEPS "adjust: trough",
     "3:11: r.adjust: expected a map {key: value}, found a single value"},
    {STEPS "adjust: {sample: peak}", "3:20: r.adjust.sample: peak: expected `trough` "
                                     "or a time after the dose such as `2 h`"},
    {STEPS "monitor: {every: 24 h}\n  adjust: {every: 24 h}",
     "4:12: r.adjust.every: samples are those of `monitor`, expected there"},
    {STEPS "adjust: {target: 15-10 ng/mL}",
     "3:20: r.adjust.target: 15-10 ng/mL: the range does not go up"},
    {STEPS "adjust: {target: 12 ng/mL}",
     "3:20: r.adjust.target: 12 ng/mL: not a range, expected one such as 9-15 ng/mL"},
    {STEPS "adjust: {max_change: 0 %}",
     "3:24: r.adjust.max_change: 0 % is not above 0"},
    {STEPS "adjust: {round: 6 mg}", "3:19: r.adjust.round: 6 mg is outside 0 to 5 mg"},
    {STEPS "adjust: {rounding: dwon}", "3:22: r.adjust.rounding: dwon: expected "
                                       "nearest, down or up, did you mean `down`?"},
    {STEPS "adjust: {min: 0 mg}", "3:17: r.adjust.min: 0 mg is not above 0 mg"},
    {STEPS "adjust: {max: 0.25 mg}",
     "3:17: r.adjust.max: the largest dose of 0.25 mg is below the smallest of 0.5 mg, "
     "expected at least that"},
    {STEPS "adjust: {min: 4 mg, max: 3 mg}",
     "3:28: r.adjust.max: the largest dose of 3 mg is below the smallest of 4 mg, "
     "expected at least that"},
    {STEPS "adjust: {max: 31 mg}", "3:17: r.adjust.max: 31 mg is outside 0 to 30 mg"},
    {STEPS "adjust: {rule: bayes}",
     "3:18: r.adjust.rule: bayes: expected proportional"},
};

static const struct bad bad_rules[] = {
    {STEPS "on: {pres: [{hold: 1 d}]}",
     "3:3: r.on: rules stand under `when`, expected that key (YAML 1.1 reads a bare "
     "`on` as true)"},
    {STEPS "true: {pres: [{hold: 1 d}]}",
     "3:3: r.true: rules stand under `when`, expected that key (YAML 1.1 reads a bare "
     "`on` as true)"},
    {STEPS "wehn: {pres: [{hold: 1 d}]}",
     "3:3: r.wehn: unknown key, did you mean `when`?"},
    {STEPS "when: pres",
     "3:9: r.when: expected a map {key: value}, found a single value"},
    {STEPS "when: {}", "3:9: r.when: 0 keys, expected 1 to 1000"},
    {STEPS "when: {pres: [{hold: 1 d}], pres: [{hold: 2 d}]}",
     "3:31: r.when.pres: given twice, first in line 3"},
    {STEPS "when: {infection: [{hold: 1 d}]}",
     "3:10: r.when.infection: no outcome of the risk files, expected pres, rejection, "
     "level_above, level_below or day"},
    {STEPS "when: {pres: hold}",
     "3:16: r.when.pres: expected a list of steps or a map {steps: [...]}"},
    {STEPS "when: {pres: []}", "3:16: r.when.pres: empty list, expected an item"},
    {STEPS "when: {pres: [{give: 99 mg, every: 12 h}]}",
     "3:24: r.when.pres[0].give: 99 mg is outside 0 to 30 mg"},
    {STEPS "when: {pres: [{give: 1 mg, every: 12 h, until: 5 d}]}",
     "3:50: r.when.pres[0].until: the time at which a rule switches is not known, "
     "expected `for`"},
    {STEPS "when: {pres: [{give: 1 mg, every: 12 h}, {hold: 1 d}]}",
     "3:17: r.when.pres[0]: `for` is missing: the next step would never start, "
     "expected a duration such as `for: 3 d`"},
    {STEPS "when: {pres: {recognised_after: 12 h}}",
     "3:16: r.when.pres: neither `steps` nor `resume`, expected steps to switch to, or "
     "what ends a time without doses"},
    {STEPS "when: {pres: {steps: [{hold: 1 d}], recognised_after: 10 min}}",
     "3:57: r.when.pres.recognised_after: 10 min (0.166667 h) is outside 0.5 to 87600 "
     "h"},
    {STEPS "when: {pres: {steps: [{hold: 1 d}], level: 20 ng/mL}}",
     "3:39: r.when.pres.level: unknown key, expected steps, adjust, resume, "
     "recognised_after"},
    {STEPS "when: {pres: {steps: [{hold: 1 d}], adjust: {}}}",
     "3:16: r.when.pres: goes by measured levels, of which the regimen has none: "
     "expected `monitor` or `adjust` beside `when`"},
    {STEPS "adjust: {}\n  when: {pres: {steps: [{hold: 1 d}], adjust: {every: 1 d}}}",
     "4:48: r.when.pres.adjust.every: samples are those of the regimen, expected in "
     "its `monitor` or `adjust`"},
    {STEPS "adjust: {}\n  when: {pres: {resume: {after: 1 d}, adjust: {}}}",
     "4:39: r.when.pres.adjust: no dose to change, expected `steps` beside it"},
    {STEPS "when: {level_above: {level: 20 ng/mL, steps: [{hold: 1 d}]}}",
     "3:23: r.when.level_above: goes by measured levels, of which the regimen has "
     "none: expected `monitor` or `adjust` beside `when`"},
    {STEPS "monitor: {}\n  when: {level_above: {steps: [{hold: 1 d}]}}",
     "4:10: r.when.level_above.level: missing, expected a level, e.g. 20 ng/mL"},
    {STEPS "monitor: {}\n  when: {level_above: {level: 0 ng/mL, steps: [{hold: 1 d}]}}",
     "4:31: r.when.level_above.level: 0 ng/mL is not above 0 ng/mL"},
    {STEPS "monitor: {}\n  when: {level_above: 20 ng/mL}",
     "4:23: r.when.level_above: expected a map {key: value}, found a single value"},
    {STEPS "monitor: {}\n  when: {level_below: []}",
     "4:23: r.when.level_below: empty list, expected an item"},
    {STEPS "monitor: {}\n  when: {level_below: {level: 5 ng/mL, steps: [{hold: 1 d}], "
           "recognised_after: 6 h}}",
     "4:62: r.when.level_below.recognised_after: unknown key, expected steps, adjust, "
     "resume, level"},
    {STEPS "when: {day: {day: 2.5, steps: [{hold: 1 d}]}}",
     "3:21: r.when.day.day: 2.5: expected a whole number from 0 to 3650"},
    {STEPS "when: {day: {steps: [{hold: 1 d}]}}",
     "3:10: r.when.day.day: missing, expected a day since transplantation, e.g. 5"},
    {STEPS "when: {pres: {resume: {level_below: 8 ng/mL}}}",
     "3:16: r.when.pres: goes by measured levels, of which the regimen has none: "
     "expected `monitor` or `adjust` beside `when`"},
    {STEPS "when: {pres: {resume: {}}}",
     "3:25: r.when.pres.resume: expected exactly one of `level_below`, `level_above` "
     "and `after`"},
    {STEPS "when: {pres: {resume: {after: 1 d, level_below: 8 ng/mL}}}",
     "3:25: r.when.pres.resume: expected exactly one of `level_below`, `level_above` "
     "and `after`"},
    {STEPS "when: {pres: {resume: {after: 0 d}}}",
     "3:33: r.when.pres.resume.after: 0 d is not above 0 h"},
    {STEPS "when: {pres: {resume: {afer: 1 d}}}",
     "3:26: r.when.pres.resume.afer: unknown key, did you mean `after`?"},
    {STEPS "monitor: {}\n  when: {level_above: {level: 20 ng/mL, resume: {level_below: "
           "25 ng/mL}}}",
     "4:63: r.when.level_above.resume.level_below: 25 ng/mL is above the 20 ng/mL that "
     "switch, expected at most that"},
    {STEPS "monitor: {}\n  when: {level_below: {level: 5 ng/mL, resume: {level_above: "
           "4 ng/mL}}}",
     "4:62: r.when.level_below.resume.level_above: 4 ng/mL is below the 5 ng/mL that "
     "switch, expected at least that"},
    {STEPS "monitor: {}\n  when: {level_above: {level: 20 ng/mL, resume: {level_above: "
           "25 ng/mL}}}",
     "4:50: r.when.level_above.resume.level_above: a level above switches, expected "
     "`level_below` or `after`"},
    {STEPS "monitor: {}\n  when: {level_below: {level: 5 ng/mL, resume: {level_below: "
           "4 ng/mL}}}",
     "4:49: r.when.level_below.resume.level_below: a level below switches, expected "
     "`level_above` or `after`"},
    {STEPS "monitor: {}\n  when: {level_above: {resume: {level_below: 12 ng/mL}}}",
     "4:10: r.when.level_above.level: missing, expected a level, e.g. 20 ng/mL"},
};

static const struct bad bad_inductions[] = {
    {STEPS "induction: basiliximap",
     "3:14: r.induction: basiliximap: expected none or basiliximab, did you mean "
     "`basiliximab`?"},
    {STEPS "induction: {from: 3 d}",
     "3:3: r.induction.drug: missing, expected a drug, e.g. basiliximab"},
    {STEPS "induction: {drug: basiliximab, from: -1 d}",
     "3:40: r.induction.from: -1 d (-24 h) is outside 0 to 87600 h"},
    {STEPS "induction: {drug: basiliximab, for: 3 d}",
     "3:34: r.induction.for: unknown key, did you mean `from`?"},
    {STEPS "induction: [basiliximab]",
     "3:14: r.induction: expected a map {key: value}, found a list"},
};

static const struct bad bad_tables[] = {
    {"file: doses.csv\n  steps: [{hold: 1 d}]",
     "3:3: r.steps: does not belong beside `file`"},
    {"file: doses.csv\n  adjust: {}", "3:3: r.adjust: does not belong beside `file`"},
    {"file: doses.csv\n  monitor: {}", "3:3: r.monitor: does not belong beside `file`"},
    {"file: doses.csv\n  when: {pres: [{hold: 1 d}]}",
     "3:3: r.when: does not belong beside `file`"},
    {"file: doses.csv\n  covariates: both",
     "3:15: r.covariates: both: expected nocb or locf"},
    {"file: \"\"", "2:9: r.file: empty, expected text"},
    {STEPS "covariates: locf",
     "3:3: r.covariates: belongs to a table of events, expected `file`"},
    {"monitor: {}", "1:1: r.steps: missing, expected a list of steps such as {give: 3 "
                    "mg, every: 12 h}"},
};

static void refuse_one(const struct bad *row, const struct tacro_protocol_frame *frame,
                       size_t *nwrong)
{
    struct test_regimen r = test_regimen_read(row->body, frame);
    const char *fault = test_first_note(&r.notes, TACRO_FAULT);
    if (strcmp(fault, row->fault) != 0 || r.notes.nfaults != 1 || r.ok ||
        r.regimen.label != NULL || r.regimen.protocol.trigger != NULL) {
        print_error("%s\n  gives %zu faults, the first\n  %s\n  not\n  %s\n", row->body,
                    r.notes.nfaults, fault, row->fault);
        (*nwrong)++;
    }
    test_regimen_free(&r);
}

static void refuse_each(const struct bad *rows, size_t n,
                        const struct tacro_protocol_frame *frame)
{
    size_t nwrong = 0;
    for (size_t i = 0; i < n; i++) {
        refuse_one(&rows[i], frame, &nwrong);
    }
    assert_int_equal(nwrong, 0);
}

static void refuse_usual(const struct bad *rows, size_t n)
{
    const struct tacro_protocol_frame frame = test_frame();
    refuse_each(rows, n, &frame);
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_protocol_bad_gives_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_gives, COUNT(bad_gives));
}

static void test_protocol_bad_tapers_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_tapers, COUNT(bad_tapers));
}

static void test_protocol_bad_samples_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_samples, COUNT(bad_samples));
}

static void test_protocol_bad_rules_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_rules, COUNT(bad_rules));
}

static void test_protocol_bad_tables_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_tables, COUNT(bad_tables));
}

/* -- what the scenario lacks ------------------------------------------------------- */

static void test_protocol_bad_inductions_are_one_fault_with_its_place(void **state)
{
    (void)state;
    refuse_usual(bad_inductions, COUNT(bad_inductions));
}

static void test_protocol_weight_that_is_missing_is_a_fault(void **state)
{
    static const struct bad rows[] = {
        {"steps: [{give: 0.1 mg/kg, every: 12 h}]",
         "2:18: r.steps[0].give: 0.1 mg/kg: the patients have no weight, expected "
         "patients.weight"},
        {"steps: [{give: 0.075 mg/kg/day in 2}]",
         "2:18: r.steps[0].give: 0.075 mg/kg/day in 2: the patients have no weight, "
         "expected patients.weight"},
    };
    struct tacro_protocol_frame frame = test_frame();
    (void)state;
    frame.has_weight = false;
    refuse_each(rows, COUNT(rows), &frame);
}

static void test_protocol_target_that_is_missing_is_a_fault(void **state)
{
    static const struct bad rows[] = {
        {STEPS "adjust: {every: 24 h}",
         "3:3: r.adjust: no target to go by, expected `target: 10-15 ng/mL` here or "
         "the scenario's `target`"},
        {STEPS "monitor: {}\n  when: {pres: {steps: [{give: 1 mg, every: 12 h}], "
               "adjust: {}}}",
         "4:53: r.when.pres.adjust: no target to go by, expected `target: 10-15 ng/mL` "
         "here or the scenario's `target`"},
    };
    struct tacro_protocol_frame frame = test_frame();
    (void)state;
    frame.has_target = false;
    refuse_each(rows, COUNT(rows), &frame);
}

static void test_protocol_outcome_without_risk_file_is_a_fault(void **state)
{
    static const struct bad rows[] = {
        {STEPS "when: {pres: [{hold: 1 d}]}",
         "3:10: r.when.pres: the scenario names no risk file that has this outcome, "
         "expected level_above, level_below or day"},
    };
    struct tacro_protocol_frame frame = test_frame();
    (void)state;
    frame.noutcomes = 0;
    refuse_each(rows, COUNT(rows), &frame);
}

static void test_protocol_day_before_the_start_is_a_fault(void **state)
{
    static const struct bad rows[] = {
        {STEPS "when: {day: {day: 4, steps: [{hold: 1 d}]}}",
         "3:21: r.when.day.day: day 4 is before the start, expected day 5 or later"},
    };
    struct tacro_protocol_frame frame = test_frame();
    (void)state;
    frame.start_day = 5.0;
    refuse_each(rows, COUNT(rows), &frame);
}

static void test_protocol_model_without_formulation_is_a_fault(void **state)
{
    static const struct bad rows[] = {
        {"steps: [{give: 1 mg, every: 24 h, formulation: LCP}]",
         "2:50: r.steps[0].formulation: LCP is no formulation of plain, expected IR"},
    };
    struct tacro_theta theta = {.name = "CL"};
    const struct tacro_paramset plain = {
        .name = "plain", .nthetas = 1, .theta = &theta};
    struct tacro_protocol_frame frame = test_frame();
    (void)state;
    frame.pk = &plain;
    refuse_each(rows, COUNT(rows), &frame);
}

static void test_protocol_seventeen_rules_are_a_fault(void **state)
{
    char body[2048] = STEPS "when: {day: [";
    struct bad row = {
        body,
        "4:5: r.when.day[16]: one rule too many, expected at most 16 in a regimen"};
    (void)state;
    for (int i = 0; i < TACRO_MAX_TRIGGERS + 1; i++) {
        snprintf(body + strlen(body), sizeof body - strlen(body),
                 "{day: %d, steps: [{hold: 1 d}]},%s", 1 + i % 9,
                 i == 15 ? "\n    " : "");
    }
    snprintf(body + strlen(body), sizeof body - strlen(body), "]}");
    refuse_usual(&row, 1);
}

static void test_protocol_every_fault_of_a_regimen_is_noted(void **state)
{
    const struct tacro_protocol_frame frame = test_frame();
    struct test_regimen r = test_regimen_read(
        "steps: [{give: 99 mg, every: 12 h}]\n"
        "  monitor: {every: 0 h, assay: 3}\n"
        "  adjust: {target: 5, rule: x}\n"
        "  when: {pres: {steps: [], resume: {}}, fever: [], level_above: [{}, 3]}",
        &frame);
    (void)state;
    assert_false(r.ok);
    assert_int_equal(r.notes.nfaults, 1 + 2 + 2 + 2 + 1 + 3);
    test_regimen_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocol_bad_gives_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_bad_tapers_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_bad_samples_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_bad_rules_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_bad_tables_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_bad_inductions_are_one_fault_with_its_place),
        cmocka_unit_test(test_protocol_weight_that_is_missing_is_a_fault),
        cmocka_unit_test(test_protocol_target_that_is_missing_is_a_fault),
        cmocka_unit_test(test_protocol_outcome_without_risk_file_is_a_fault),
        cmocka_unit_test(test_protocol_day_before_the_start_is_a_fault),
        cmocka_unit_test(test_protocol_model_without_formulation_is_a_fault),
        cmocka_unit_test(test_protocol_seventeen_rules_are_a_fault),
        cmocka_unit_test(test_protocol_every_fault_of_a_regimen_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
