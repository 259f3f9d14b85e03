/** Bad params files: one change to a good one gives one fault at its place. */
#include "input/paramset.h"

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
#include "tests/support/params_file.h"

static const char pk_text[] =
    "name: x\n"                                                       /* 1 */
    "kind: pk\n"                                                      /* 2 */
    "title: a model\n"                                                /* 3 */
    "population: some people\n"                                       /* 4 */
    "days: {from: 1 d, to: 6 d}\n"                                    /* 5 */
    "source: {author: A, year: 2020, doi: 10.1, table: t, read: r}\n" /* 6 */
    "parts: [first_order, 2cmt, rbc]\n"                               /* 7 */
    "occasion: 24 h\n"                                                /* 8 */
    "trough_to_mean: {value: 0.78, mark: C, from: f}\n"               /* 9 */
    "theta:\n"                                                        /* 10 */
    "  CL: {value: 20 L/h, ci: 15-25 L/h, mark: P, from: f}\n"        /* 11 */
    "  V1: {value: 220 L, mark: P, from: f}\n"                        /* 12 */
    "  Q: {value: 72 L/h, mark: P, from: f}\n"                        /* 13 */
    "  V2: {value: 470 L, mark: P, from: f}\n"                        /* 14 */
    "  KA: {half_life: 1 h, mark: P, from: f}\n"                      /* 15 */
    "  F1: {value: 0.5, mark: P, from: f}\n"                          /* 16 */
    "  BMAX: {value: 2700 ng/mL, mark: P, from: f}\n"                 /* 17 */
    "  KD: {value: 0.14 ng/mL, mark: P, from: f}\n"                   /* 18 */
    "  NPLASMA: {value: 137, mark: P, from: f}\n"                     /* 19 */
    "  HCT: {value: 0.3, mark: P, from: f}\n"                         /* 20 */
    "omega:\n"                                                        /* 21 */
    "  CL: {cv: 40 %, ci: 30-50 %, mark: P, from: f}\n"               /* 22 */
    "  V1: {log_sd: 0.3, mean_one: true, mark: P, from: f}\n"         /* 23 */
    "kappa: {F1: {cv: 50 %, mark: P, from: f}}\n"                     /* 24 */
    "covariates:\n"                                                   /* 25 */
    "  - {parameter: HCT, covariate: hematocrit, kind: value, mark: P, from: f}\n"
    "  - {parameter: CL, covariate: cyp3a4_22, kind: exponential, coefficient: -0.2, "
    "mark: P, from: f}\n"                                                   /* 27 */
    "sigma: {conc: {proportional: 17 %, ci: 15-18 %, mark: P, from: f}}\n"; /* 28 */

static const char risk_text[] =
    "name: x\n"                 /* 1 */
    "kind: risk\n"              /* 2 */
    "title: a model\n"          /* 3 */
    "population: some people\n" /* 4 */
    "source: {author: A}\n"     /* 5 */
    "parts: [rejection]\n"      /* 6 */
    "outcome: rejection\n"      /* 7 */
    "endpoint: an end\n"        /* 8 */
    "anchor: {incidence: 29 %, within: 365 d, solves: LAM, mark: C, from: f}\n"
    "theta:\n"                                           /* 10 */
    "  KI: {half_life: 48 h, mark: P, from: f}\n"        /* 11 */
    "  PHI: {value: trough_to_mean, mark: C, from: f}\n" /* 12 */
    "  IMAX: {value: 0.8, mark: P, from: f}\n"           /* 13 */
    "  IC50: {value: 4 ng/mL, mark: P, from: f}\n"       /* 14 */
    "  GR: {value: 3, mark: P, from: f}\n"               /* 15 */
    "  C0REF: {value: 12 ng/mL, mark: P, from: f}\n"     /* 16 */
    "  LAM: {value: 0.03 1/d, mark: P, from: f}\n"       /* 17 */
    "  TON: {value: 6 d, mark: P, from: f}\n"            /* 18 */
    "  TAUR: {value: 13 d, mark: P, from: f}\n"          /* 19 */
    "  WR: {value: 0, mark: P, from: f}\n"               /* 20 */
    "  B: {value: 1, mark: P, from: f}\n"                /* 21 */
    "covariates:\n"                                      /* 22 */
    "  - {parameter: LAM, covariate: age, kind: exponential, coefficient: -0.1 1/y, "
    "ref: "
    "50 y, clip: 18-72 y, mark: P, from: f}\n" /* 23 */
    "  - {parameter: LAM, covariate: sex, kind: exponential, at_least: female, "
    "coefficient: 0.5, ref: 0.5, mark: P, from: f}\n"   /* 24 */
    "reference:\n"                                      /* 25 */
    "  age: {mean: 50 y, sd: 13 y, mark: P, from: f}\n" /* 26 */
    "  sex: {probability: 45 %, mark: P, from: f}\n";   /* 27 */

static const struct test_bad_params bad_pk[] = {
    {"name: x", "name: y", 1, "name: y: expected x, the name of the file"},
    {"name: x\n", "", 1, "name: missing, expected the name of the file"},
    {"kind: pk", "kind: risk", 2, "kind: risk: expected a file of kind pk"},
    {"kind: pk", "kind: pkk", 2, "expected pk or risk, did you mean `pk`?"},
    {"title: a model", "titel: a model", 3,
     "titel: unknown key, did you mean `title`?"},
    {"title: a model", "title:", 3, "title: empty, expected text"},
    {"title:", "outcome: pres\ntitle:", 3, "outcome: unknown key"},
    {"from: 1 d, to: 6 d", "from: 1 d", 5, "days.to: missing"},
    {"to: 6 d", "to: 6", 5, "days.to: 6: unit missing, expected a time"},
    {"to: 6 d", "to: 0 d", 5, "days.to: 0 d is before `from`"},
    {"year: 2020", "year: twenty", 6, "source.year: twenty: expected a whole number"},
    {"author: A, ", "", 6, "source.author: missing"},
    {"{author: A, year: 2020, doi: 10.1, table: t, read: r}", "A 2020", 6,
     "source: expected a map {key: value}, found a single value"},
    {"[first_order, 2cmt, rbc]", "[]", 7, "parts: empty list"},
    {"2cmt", "2cmpt", 7, "parts[1]: 2cmpt: unknown part, did you mean `2cmt`?"},
    {"2cmt", "michaelis_menten", 7, "parts[1]: michaelis_menten: unknown part"},
    {"rbc]", "rbc, rbc]", 7, "parts[3]: rbc: named twice"},
    {"rbc]", "rbc, pres]", 7, "parts[3]: pres: a hazard in a PK file"},
    {"[first_order, 2cmt, rbc]", "[2cmt, first_order, rbc]", 7,
     "parts[1]: expected the order absorption, disposition, binding, exposure, "
     "effect site"},
    {"[first_order, 2cmt, rbc]", "[first_order, rbc]", 7,
     "parts: expected one absorption (or none) and one disposition, found 1 and 0"},
    {"rbc]", "rbc, blood]", 7, "parts: expected at most one binding in blood, found 2"},
    {"rbc]", "rbc, auc]", 7, "parts[3]: auc: every chain has it"},
    {"[first_order", "[erlang_25", 7,
     "parts[0]: erlang_25: unknown part, expected erlang_N with N from 1 to 24"},
    {"[first_order", "[transit_0", 7,
     "parts[0]: transit_0: unknown part, expected transit_N with N from 1 to 20"},
    {"[first_order, 2cmt, rbc]", "[[first_order]]", 7,
     "parts[0]: expected a single value"},
    {"occasion: 24 h", "occasion: 0 h", 8, "occasion: 0 h is outside 1 to 168 h"},
    {"value: 0.78", "value: 1.78", 9,
     "trough_to_mean.value: 1.78 is outside 0.01 to 1"},
    {"value: 0.78, mark: C", "value: 0.78", 9, "trough_to_mean.mark: missing"},
    {"  CL: {value: 20 L/h, ci", "  CLL: {value: 20 L/h, ci", 11,
     "theta.CLL: no part has this parameter, did you mean `CL`?"},
    {"  V1: {value: 220 L, mark: P, from: f}\n  Q:", "  Q:", 11,
     "theta: V1 is missing: central volume [L], of part 2cmt"},
    {"  F1: {value: 0.5, mark: P, from: f}\n", "", 11,
     "theta: F1 is missing: bioavailability of a dose [1]"},
    {"value: 20 L/h", "value: 20 L", 11, "theta.CL.value: 20 L is a volume, expected"},
    {"value: 20 L/h", "value: 20", 11,
     "theta.CL.value: 20: unit missing, expected a cl"},
    {"value: 20 L/h", "value: 0 L/h", 11, "theta.CL.value: 0 L/h is not > 0"},
    {"value: 20 L/h", "value: -20 L/h", 11,
     "theta.CL.value: -20 L/h is outside 0 to 1e+09"},
    {"value: 20 L/h", "value: 1e308 L/h", 11, "theta.CL.value: 1e308 L/h is outside"},
    {"value: 20 L/h", "value: 1e999 L/h", 11, "1e999: the number is too large"},
    {"value: 20 L/h", "value: nan L/h", 11, "nan L/h: not a finite number"},
    {"value: 20 L/h", "value: \"20,9 L/h\"", 11, "20,9 L/h: comma in a number"},
    {"value: 20 L/h, ", "", 11, "theta.CL: expected either `value` or `half_life`"},
    {"value: 20 L/h", "half_life: 20 h", 11,
     "theta.CL.half_life: CL is no rate constant"},
    {"value: 20 L/h", "value: 20 L/h, half_life: 1 h", 11,
     "either `value` or `half_life`"},
    {"value: 20 L/h", "value: trough_to_mean", 11, "trough_to_mean: not a number"},
    {"value: 20 L/h", "value: 20 L/h, unit: L/h", 11, "theta.CL.unit: unknown key"},
    {"value: 20 L/h", "value: 20 L/h, value: 21 L/h", 11,
     "theta.CL.value: given twice"},
    {"ci: 15-25 L/h", "ci: 1.5-2.5 L/h", 11,
     "theta.CL.ci: 1.5-2.5 L/h does not contain 20 L/h"},
    {"ci: 15-25 L/h", "ci: 15", 11, "theta.CL.ci: 15: not a range"},
    {"mark: P, from: f}\n  V1", "from: f}\n  V1", 11, "theta.CL.mark: missing"},
    {"mark: P, from: f}\n  V1", "mark: X, from: f}\n  V1", 11,
     "theta.CL.mark: X: expected P, T, A, C, ASSUMED or UNVERIFIED"},
    {"mark: P, from: f}\n  V1", "mark: P}\n  V1", 11, "theta.CL.from: missing"},
    {"mark: P, from: f}\n  V1", "mark: P, from: ''}\n  V1", 11, "theta.CL.from: empty"},
    {"  Q: {value: 72 L/h, mark: P, from: f}", "  Q: 72 L/h", 13,
     "theta.Q: expected a map {key: value}, found a single value"},
    {"  V2:", "  V1:", 14, "theta.V1: given twice, first in line 12"},
    {"half_life: 1 h", "half_life: 0 h", 15, "theta.KA.half_life: 0 h is not > 0"},
    {"half_life: 1 h", "half_life: 1 1/h", 15, "1 1/h is a rate, expected a time"},
    {"value: 0.5, mark", "value: 1.5, mark", 16,
     "theta.F1.value: 1.5 is outside 0.02 to 1"},
    {"cv: 40 %, ci", "cv: 0 %, ci", 22, "omega.CL.cv: 0 % is not > 0"},
    {"cv: 40 %, ci", "cv: 400 %, ci", 22, "omega.CL.cv: 400 % (4) is outside 0 to 3"},
    {"cv: 40 %, ci", "cv: 40 %, log_sd: 0.4, ci", 22,
     "expected one of `cv`, `log_sd` and `variance`"},
    {"cv: 40 %, ci", "ci", 22,
     "omega.CL: expected one of `cv`, `log_sd` and `variance`"},
    {"ci: 30-50 %", "ci: 50-60 %", 22, "omega.CL.ci: 50-60 % does not contain 40 %"},
    {"  CL: {cv", "  CLL: {cv", 22, "omega.CLL: `theta` has no parameter of this name"},
    {"  CL: {cv: 40 %, ci: 30-50 %, mark: P, from: f}", "  corr: [[CL, V1, 0.4]]", 22,
     "omega.corr[0]: expected a map"},
    {"log_sd: 0.3", "log_sd: 3", 23, "omega.V1.log_sd: 3 is outside 0 to 2"},
    {"mean_one: true", "mean_one: 1", 23,
     "omega.V1.mean_one: 1: expected true or false"},
    {"cv: 50 %", "cv: 160 %", 24, "kappa.F1.cv: 160 % (1.6) is outside 0 to 1.5"},
    {"cv: 50 %", "cv: 50 %, mean_one: true", 24, "kappa.F1.mean_one: unknown key"},
    {"kappa: {F1: {cv: 50 %, mark: P, from: f}}", "kappa: {}", 24, "kappa: 0 keys"},
    {"parameter: HCT", "parameter: HTC", 26,
     "covariates[0].parameter: HTC: `theta` has no parameter of this name"},
    {"covariate: hematocrit", "covariate: haematocrit", 26,
     "covariates[0].covariate: haematocrit: unknown covariate, did you mean "
     "`hematocrit`?"},
    {"covariate: hematocrit", "covariate: weight", 26, "HCT is in 1, weight in kg"},
    {"kind: value", "kind: value, ref: 0.3", 26,
     "covariates[0].ref: a relation of kind value has no `ref`"},
    {"kind: value", "kind: powers", 26,
     "covariates[0].kind: powers: expected value, exponential, power, factor, linear, "
     "emax or eta, did you mean `power`?"},
    {"kind: value", "kind: value, days: {from: 1}", 26,
     "covariates[0].days: a relation of kind value has no `days`"},
    {"kind: value", "kind: value, ci: 1-2", 26,
     "covariates[0].ci: a relation of kind value has no `ci`"},
    {"covariate: hematocrit, kind: value", "covariate: pod, kind: value", 26,
     "covariates[0].kind: expected power, linear, emax, factor or eta for pod, the "
     "day"},
    {"covariate: hematocrit, kind: value", "covariate: hematocrit, kind: power", 26,
     "covariates[0]: expected `exponent` and `ref`"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: 1", 26,
     "covariates[0]: expected `exponent` and `ref`"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: 11, ref: 0.33", 26,
     "covariates[0].exponent: 11 is outside -10 to 10"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: 1 1/y, ref: 0.33", 26,
     "covariates[0].exponent: 1 1/y is a change per year of age"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: 1, ref: 33", 26,
     "covariates[0].ref: 33 is outside 0.1 to 0.65"},
    {"covariate: hematocrit, kind: value",
     "covariate: weight, kind: power, exponent: 1, ref: 75", 26,
     "covariates[0].ref: 75: unit missing"},
    {"covariate: hematocrit, kind: value",
     "covariate: crp, kind: power, exponent: 1, ref: 10 mg/L", 26,
     "covariates[0]: crp may be 0, expected `clip` to a range above 0"},
    {"covariate: hematocrit, kind: value",
     "covariate: crp, kind: power, exponent: 1, ref: 0 mg/L, clip: 1-9 mg/L", 26,
     "covariates[0].ref: 0 mg/L is not above 0"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: power, exponent: 1, ref: 1", 26,
     "covariates[0]: ecmo has no power, expected the kind factor"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: -1.45, ci: -1.4--1.1, ref: 0.3", 26,
     "covariates[0].ci: -1.4--1.1 does not contain -1.45"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: power, exponent: 1, ref: 0.33, factor: 2", 26,
     "covariates[0].factor: a relation of kind power has no `factor`"},
    {"covariate: hematocrit, kind: value", "covariate: ecmo, kind: factor", 26,
     "covariates[0]: expected `factor`"},
    {"covariate: hematocrit, kind: value", "covariate: ecmo, kind: factor, factor: 0",
     26, "covariates[0].factor: 0 is not > 0"},
    {"covariate: hematocrit, kind: value", "covariate: ecmo, kind: factor, factor: -2",
     26, "covariates[0].factor: -2 is outside 0 to 1000"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, ref: 1", 26,
     "covariates[0].ref: a relation of kind factor has no `ref`"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: factor, factor: 2", 26,
     "covariates[0]: hematocrit is no flag, expected `at_least`, `above` or `is`"},
    {"covariate: hematocrit, kind: value", "covariate: sex, kind: factor, factor: 2",
     26, "covariates[0]: expected `is: female`, or another level of sex"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, days: 3", 26,
     "covariates[0].days: expected a map"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, days: {}", 26,
     "covariates[0].days: expected `from`, `to` or both"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, days: {from: 0}", 26,
     "covariates[0].days.from: 0: expected a whole number from 1 to 3650"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, days: {from: 1.5}", 26,
     "covariates[0].days.from: 1.5: expected a whole number"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, days: {from: 4, to: 3}", 26,
     "covariates[0].days.to: 3 is before `from`"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, delay: 0 h", 26,
     "covariates[0].delay: 0 h is not above 0"},
    {"covariate: hematocrit, kind: value",
     "covariate: ecmo, kind: factor, factor: 2, delay: 24", 26,
     "covariates[0].delay: 24: unit missing, expected a time"},
    {"covariate: hematocrit, kind: value",
     "covariate: hematocrit, kind: factor, at_least: 0.3, factor: 2, delay: 24 h", 26,
     "covariates[0].delay: hematocrit is no flag"},
    {"parameter: CL, covariate: cyp3a4_22, kind: exponential, coefficient: -0.2",
     "parameter: CL, covariate: ecmo, kind: factor, factor: 2, days: {from: 3}, "
     "mark: P, from: f}\n  - {parameter: CL, covariate: ecmo, kind: factor, factor: "
     "3, days: {to: 3}",
     28, "covariates[2]: ecmo on CL is given twice, first in line 27"},
    {"parameter: CL, covariate: cyp3a4_22", "parameter: HCT, covariate: hematocrit", 27,
     "covariates[1]: expected `coefficient` and `ref`"},
    {"coefficient: -0.2, ", "", 27, "covariates[1]: expected `coefficient`"},
    {"coefficient: -0.2", "coefficient: -0.2 1/y", 27,
     "is a change per year of age, exp"},
    {"coefficient: -0.2", "coefficient: -200", 27, "-200 is outside -100 to 100"},
    {"coefficient: -0.2", "coefficient: -0.2, ref: 2", 27, "2 is outside 0 to 1"},
    {"covariate: cyp3a4_22", "covariate: weight", 27,
     "covariates[1]: expected `coefficient` and `ref`"},
    {"covariate: cyp3a4_22, kind: exponential, coefficient: -0.2",
     "covariate: weight, kind: exponential, coefficient: 0.01 1/y, ref: 70 kg", 27,
     "is a change per year of age, expected a change per weight in 1/kg"},
    {"coefficient: -0.2, ", "coefficient: -0.2, at_least: 9, ", 27,
     "9 is outside 0 to 1"},
    {"parameter: CL, covariate: cyp3a4_22, kind: exponential, coefficient: -0.2",
     "parameter: HCT, covariate: hematocrit, kind: value", 27,
     "covariates[1]: hematocrit on HCT is given twice, first in line 26"},
    {"parameter: CL, covariate: cyp3a4_22, kind: exponential, coefficient: -0.2",
     "parameter: HCT, covariate: ecmo, kind: value", 27,
     "HCT is a covariate's value already, since line 26"},
    {"conc:", "blood:", 28, "sigma.blood: expected conc or the name of an output"},
    {"proportional: 17 %, ci: 15-18 %, ", "", 28,
     "sigma.conc: expected `proportional`, `additive` or both"},
    {"proportional: 17 %", "additive: 17 %", 28, "sigma.conc.additive: 17 % is "},
    {"proportional: 17 %", "additive: 1 ng/mL", 28,
     "sigma.conc.ci: expected `proportional` beside it"},
    {"ci: 15-18 %", "additive: 1 ng/mL, additive_ci: 2-3 ng/mL", 28,
     "sigma.conc.additive_ci: 2-3 ng/mL does not contain 1 ng/mL"},
    {"proportional: 17 %", "proportional: 19 %", 28, "15-18 % does not contain 19 %"},
};

static const struct test_bad_params bad_risk[] = {
    {"[rejection]", "[rejection, pres]", 6, "parts: expected one hazard, found 2"},
    {"[rejection]", "[2cmt]", 6, "parts[0]: 2cmt: not a hazard in a risk file"},
    {"outcome: rejection", "outcome: Rejection 2", 7, "expected lower-case letters"},
    {"outcome: rejection\n", "", 1,
     "outcome: missing, expected a word for the outcome"},
    {"endpoint: an end\n", "", 1, "endpoint: missing"},
    {"anchor:", "kappa: {}\nanchor:", 9, "kappa: unknown key"},
    {"value: trough_to_mean", "value: trough_to_man", 12,
     "trough_to_man: not a number"},
    {"  B:", "  F1: {value: 1, mark: P, from: f}\n  B:", 21,
     "theta.F1: no part has this"},
    {"coefficient: -0.1 1/y", "coefficient: -0.1", 23,
     "-0.1: unit missing, expected a ch"},
    {"ref: 50 y, ", "", 23, "covariates[0]: expected `coefficient` and `ref`"},
    {"clip: 18-72 y", "clip: 72-18 y", 23,
     "covariates[0].clip: 72-18 y: the range does not"},
    {"at_least: female, ", "", 24,
     "covariates[1]: expected `is: female`, or another level of sex"},
    {"at_least: female", "at_least: woman", 24, "woman: expected male or female"},
    {"  sex: {probability: 45 %, mark: P, from: f}\n", "", 23,
     "covariates: sex is used (line 24) but has no entry in `reference`"},
    {"  age: {mean", "  agee: {mean", 26,
     "reference.agee: unknown key, did you mean `age`?"},
    {"  age: {mean: 50 y, sd: 13 y, mark: P, from: f}", "  age: 50 y", 26,
     "reference.age: expected a distribution {mean: ..., sd: ...}"},
    {"sd: 13 y, mark: P, ", "sd: 13 y, ", 26,
     "reference.age: expected `mark` and `from`"},
    {"sd: 13 y, mark: P, ", "sd: 13 y, mark: Z, ", 26,
     "reference.age.mark: Z: expected P"},
    {"probability: 45 %", "probability: 145 %", 27, "145 % (1.45) is outside 0 to 1"},
};

static void test_paramset_bad_pk_files_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(pk_text, TACRO_SET_PK, bad_pk,
                              sizeof bad_pk / sizeof bad_pk[0]);
}

static void test_paramset_bad_risk_files_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(risk_text, TACRO_SET_RISK, bad_risk,
                              sizeof bad_risk / sizeof bad_risk[0]);
}

static void test_paramset_all_faults_of_a_file_come_at_once(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_paramset *set = NULL;
    struct tacro_error err = {0};
    (void)state;
    test_params_change(
        pk_text, pk_text,
        "name: y\nkind: pk\ntitel: t\nparts: [first_order, 2cmt]\nsource: 3\n"
        "theta:\n  CL: {value: 20 L, mark: P, from: f}\nomega: {V9: {}}\n"
        "covariates: [{parameter: CL}]\n");
    assert_int_equal(tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, &err),
                     TACRO_EINPUT);
    /* name, titel, title, population, source, CL, V1 Q V2 KA F1, V9, 4 of a relation */
    assert_int_equal(notes.nfaults, 16);
    assert_non_null(strstr(err.text, "x.yaml: 16 faults"));
    tacro_notes_free(&notes);
}

/** Any cut, doubled or replaced byte is read or refused; ASan makes it prove more. */
static void test_paramset_damaged_files_never_crash(void **state)
{
    static const char junk[] = "[]{}:,'\"&*!|>%#\n\t -0x\xff";
    static char text[sizeof pk_text];
    const size_t n = sizeof text - 1;
    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        struct tacro_notes notes = {0};
        struct tacro_paramset *set = NULL;
        FILE *file = fopen(test_path, "wb");
        memcpy(text, pk_text, sizeof text);
        text[(i * 2654435761U) % n] = junk[i % (sizeof junk - 1)];
        const size_t kept = i % 10 == 0 ? (i * 40503U) % n : n;
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, kept, file), kept);
        assert_int_equal(fclose(file), 0);
        const enum tacro_status st =
            tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, NULL);
        assert_true(st == TACRO_OK || st == TACRO_EINPUT);
        assert_true((st == TACRO_OK) == (notes.nfaults == 0));
        tacro_paramset_free(set);
        tacro_notes_free(&notes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paramset_bad_pk_files_are_refused_at_their_place),
        cmocka_unit_test(test_paramset_bad_risk_files_are_refused_at_their_place),
        cmocka_unit_test(test_paramset_all_faults_of_a_file_come_at_once),
        cmocka_unit_test(test_paramset_damaged_files_never_crash),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
