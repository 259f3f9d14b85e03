"""Tables of benchmarks/validation.md: where each reference number is, and what is not reproduced.

Figures of `tacro qualify` are named by their model; a model that is not there is an error.
"""

# reference number, what it is, models whose `checks` have it, other places
REFERENCE = (
    ("V1", "thoracic ICU, 12 h levels outside 9-15 ng/mL", (), "above"),
    ("V2", "thoracic ICU, medians of C12, Cmax, tmax, AUC0-12", (), "above"),
    ("V3", "unbound at 10 ng/mL, hematocrit 0.50 and 0.25", ("sikma2020_thoracic_icu",),
     "`numeric/reference`"),
    ("V4", "lung, days 1-14, troughs below, in and above 8-12 ng/mL", (), "above"),
    ("V6", "lung, CL/F of the model without covariates", ("miano2024_lung_pod14",), ""),
    ("V7", "lung, CL/F by hematocrit and day", ("zhou2025_lung_3mo",), ""),
    ("V8", "lung, mean trough at the mean dose", ("zhou2025_lung_3mo",), ""),
    ("V11", "kidney, AUC0-12 where C0 is 10, 12.5 and 15 ng/mL", ("andrews2019_kidney",), ""),
    ("V12", "kidney, C0 of day 10", ("andrews2019_kidney",), ""),
    ("V13", "kidney, starting dose of the reference patient", ("andrews2019_kidney_start",), ""),
    ("V14", "kidney, median trough at 5 mg q12h", ("bergmann2014_kidney",), ""),
    ("V15", "kidney, whole-blood CL/F at hematocrit 0.45", ("storset2014_kidney_plasma",),
     "`numeric/published`"),
    ("V17, V18", "IR and LCP, AUC0-24, troughs, day over night", ("mohammedali2025_ir_lcp",), ""),
    ("V19", "liver, Envarsus, AUC0-24 at 2 mg/day", ("martial2021_envarsus_savic",), ""),
    ("V20", "heart, dose with and without azole", ("kirubakaran2022_heart_azole",), ""),
    ("computed", "levels, AUC and the case schedule of the ICU model", ("sikma2020_thoracic_icu",),
     "`numeric/reference`"),
    ("computed", "half-lives of 1.262 h and 26.10 h (ICU), 64.1 h (lung), 20 days (kidney)", (),
     "`numeric/published`"),
    ("computed", "variances behind CVs", (), "`unit/paramset`, `numeric/published`"),
    ("computed", "lung, CL/F by day, 13 troughs", ("miano2024_lung_pod14",), "`numeric/miano`"),
    ("computed", "lung, steady state, with voriconazole", ("zhou2025_lung_3mo",), ""),
    ("computed", "Prograf and Advagraf at steady state", ("woillard2011_kidney_erlang",), ""),
    ("computed", "whole blood of 0.2 ng/mL in plasma; F by prednisolone; values of whole blood",
     ("storset2014_kidney_plasma",), "`numeric/published`"),
    ("computed", "C0 at 240 and 252 h", ("andrews2019_kidney",), ""),
    ("computed", "levels at 108 and 120 h, the day held at 5", ("bergmann2014_kidney",), ""),
    ("computed", "CL on days 1, 10 and 100", ("antignac2007_iv_oral",), ""),
    ("computed", "troughs and AUC with and without azole", ("kirubakaran2022_heart_azole",), ""),
    ("computed", "AUC0-24 of 81.5 kg", ("martial2021_envarsus_savic",), ""),
    ("closed form", "F * dose / CL at steady state",
     ("moes2016_liver_advagraf", "andrews2017_child_kidney", "bjcp2015_child_kidney",
      "zhao2024_kidney_voriconazole", "jcp2018_kidney_cyp3a5", "fp2024_kidney_age",
      "liu2022_child_hsct"), "`numeric/property`"),
    ("closed form", "infusion, rate / CL",
     ("brooks2021_iv", "liu2022_child_hsct", "sikma2020_thoracic_icu"), ""),
    ("closed form", "covariate equations",
     ("han2013_kidney", "zhao2024_kidney_voriconazole", "brooks2021_iv",
      "andrews2017_child_kidney", "moes2016_liver_advagraf", "jcp2018_kidney_cyp3a5",
      "fp2024_kidney_age"), "`unit/relation_values`"),
    ("closed form", "mass balance, superposition", (), "`numeric/property`"),
    ("closed form", "Erlang chain = gamma input; Savic of N = n - 1 = chain of n", (),
     "`numeric/savic`, `numeric/structures`"),
)

# figure, source, reason
MISSING = (
    ("V5", "lung, prediction error 36.4 % (mean), 7.2 % (median); 34.7 % within 2 and 59.1 % "
     "within 4 ng/mL", "Miano 2024", "needs the doses, levels and covariates of its patients"),
    ("V9", "CL/F of 18.13 L/h in carriers of *1, five times that of *3/*3; R2 0.979 of AUC0-12 "
     "by C4", "J Pers Med 13:656", "no compartmental analysis of its patients: no model"),
    ("V10", "about half the exposure per mg in cystic fibrosis; r2 of AUC0-12 by C3 0.86 and 0.92",
     "Am J Transplant 2005;5(6)", "no model; Miano 2024 found no effect"),
    ("V16", "32 % within 11.4-17.8 ng/mL (hematocrit 0.45) by weight, 65 % by Bayesian dosing",
     "Storset 2014", "needs its patients"),
    ("", "median prediction error of -1.2 % in other patients", "Storset 2014",
     "needs their doses and levels"),
    ("", "covariates explain 30 % of the variability of CL/F", "Andrews 2019",
     "the variability without covariates is not read"),
    ("V12", "C0 of 12.9 ng/mL on day 10 with a dose of its own for each patient", "Andrews 2019",
     "needs its patients; the reference patient stands for them above"),
    ("V21", "Cmax 17.7 ng/mL, tmax 1.6 h, C0 6.2, AUC0-12 102.3 ng*h/mL, CL/F 16.2 L/h at 1.5 mg "
     "q12h", "PLoS One, pone.0230195", "32 recipients of organs that are not read: no model"),
    ("V22", "oral over IV dose 4.25; 1.74 with oral itraconazole", "Pharmaceuticals 17:1047",
     "simulation by a physiological model of healthy adults; the files assume FABS"),
    ("V23", "posaconazole: AUC x4.58, Cmax x2.21", "posaconazole label",
     "healthy adults; the only coefficient is that of Zhou 2025, in patients"),
    ("V24", "rifampin: F x0.5, IV CL x1.47", "tacrolimus label",
     "healthy adults; no file has rifampin"),
    ("V25", "56.4 % of troughs outside 7-10 ng/mL, first trough 10.2 ng/mL (1.8-24.2)",
     "Brooks 2021", "when the troughs were drawn is not read; needs the weights of its patients"),
    ("V26", "40 % of levels within 12-16 ng/mL, children after heart transplantation",
     "Rower 2017", "no model read"),
    ("", "CL of 2.715 L/h on day 3.81", "computed from Antignac 2007",
     "days are whole here: it lies between those of days 3 and 4"),
    ("", "clearance, half-life and F of IV doses by population (0.040, 0.083, 0.053, 0.051 L/h/kg)",
     "tacrolimus label", "no claim about a model; of 0.23 * CL/F of the ICU model 0.065 L/h/kg"),
)


def places(models, known):
    for name in models:
        if name not in known:
            raise SystemExit(f"evidence_tables.py: no model {name}")
    return "qualify: " + ", ".join(models) if models else ""


def tables(answer):
    known = {model["name"] for model in answer["models"]}
    text = (
        "\n## Where each reference number is\n\n"
        "`qualify` is the table \"Published models\", the others are tests.\n\n"
        "| number | what it is | where |\n|---|---|---|\n")
    for number, what, models, other in REFERENCE:
        where = "; ".join(part for part in (places(models, known), other) if part)
        text += f"| {number} | {what} | {where} |\n"
    text += (
        "\n## Not reproduced, and why\n\n"
        "| number | figure | source | why |\n|---|---|---|---|\n")
    for number, figure, source, why in MISSING:
        text += f"| {number} | {figure} | {source} | {why} |\n"
    return text
