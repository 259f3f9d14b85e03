#include "store/fields.h"

#include "store/comparison_fields.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The axes that occur, in order. */
enum shape {
    PER_TIME,
    QUANTILE_PER_TIME,
    PER_DAY,
    PER_COURSE,
    PER_SUBJECT,
    SHARE_PER_DAY,
    RISK_PER_DAY,
    RISK_ONCE,
    RISK_QUANTILE_PER_DAY,
    PER_DRAW,
    PER_REGIMEN
};

static const struct {
    size_t naxes;
    enum tacro_axis axis[TACRO_MAX_AXES];
} shapes[] = {
    [PER_TIME] = {3, {TACRO_AXIS_REGIMEN, TACRO_AXIS_SUBJECT, TACRO_AXIS_TIME}},
    [QUANTILE_PER_TIME] = {3,
                           {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE, TACRO_AXIS_TIME}},
    [PER_DAY] = {3, {TACRO_AXIS_REGIMEN, TACRO_AXIS_SUBJECT, TACRO_AXIS_DAY}},
    [PER_COURSE] = {2, {TACRO_AXIS_REGIMEN, TACRO_AXIS_SUBJECT}},
    [PER_SUBJECT] = {1, {TACRO_AXIS_SUBJECT}},
    [SHARE_PER_DAY] = {2, {TACRO_AXIS_REGIMEN, TACRO_AXIS_DAY}},
    [RISK_PER_DAY] = {3, {TACRO_AXIS_REGIMEN, TACRO_AXIS_DRAW, TACRO_AXIS_DAY}},
    [RISK_ONCE] = {2, {TACRO_AXIS_REGIMEN, TACRO_AXIS_DRAW}},
    [RISK_QUANTILE_PER_DAY] = {3,
                               {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE,
                                TACRO_AXIS_DAY}},
    [PER_DRAW] = {1, {TACRO_AXIS_DRAW}},
    [PER_REGIMEN] = {1, {TACRO_AXIS_REGIMEN}},
};

/* What a field is, but for its path. */
struct form {
    const char *unit;
    enum shape shape;
    enum tacro_storage storage;
    const char *long_name;
    const char *description;
};

#define PATH(id, path) path,
static const char *const paths[] = {TACRO_FIELD_LIST(PATH)};
#undef PATH

static const struct form fixed[TACRO_NFIELDS] = {
    [TACRO_FIELD_CONCENTRATION] =
        {
            "ng/mL",
            PER_TIME,
            TACRO_F4,
            "tacrolimus in whole blood",
            "True level, without assay error, at each output time; at a dose time "
            "before the dose. NaN where the course could not be integrated.",
        },
    [TACRO_FIELD_CONCENTRATION_QUANTILE] =
        {
            "ng/mL",
            QUANTILE_PER_TIME,
            TACRO_F8,
            "tacrolimus in whole blood, quantiles over subjects",
            "Predictive band over all patients and draws together, from counts on a"
            " logarithmic grid of 0.01-1000 ng/mL in steps of 0.5 %; infinity above"
            " the grid of 1000 ng/mL, 0 below 0.01. Failed courses are left out.",
        },
    [TACRO_FIELD_TROUGH] =
        {
            "ng/mL",
            PER_DAY,
            TACRO_F8,
            "tacrolimus trough",
            "True level just before any dose at the day's trough time, dosed or "
            "not. NaN before the first dose.",
        },
    [TACRO_FIELD_AUC24] =
        {
            "ng*h/mL",
            PER_DAY,
            TACRO_F8,
            "area under the whole-blood level, one dosing day",
            "From the day's trough time to the next day's. NaN where start or "
            "horizon cuts the day.",
        },
    [TACRO_FIELD_DOSE_GIVEN] =
        {
            "mg",
            PER_DAY,
            TACRO_F8,
            "tacrolimus given in one dosing day",
            "Sum of the doses from the day's trough time up to, not including, the "
            "next day's. NaN where start or horizon cuts the day.",
        },
    [TACRO_FIELD_BELOW_TARGET] =
        {
            "1",
            SHARE_PER_DAY,
            TACRO_F8,
            "share of troughs below target",
            "Fraction of the day's true troughs that lie under the target range; "
            "NaN troughs are left out. NaN without a target.",
        },
    [TACRO_FIELD_IN_TARGET] =
        {
            "1",
            SHARE_PER_DAY,
            TACRO_F8,
            "share of troughs in target",
            "Fraction of the day's true troughs that lie in the target range, both "
            "ends included; NaN troughs are left out. NaN without a target.",
        },
    [TACRO_FIELD_ABOVE_TARGET] =
        {
            "1",
            SHARE_PER_DAY,
            TACRO_F8,
            "share of troughs above target",
            "Fraction of the day's true troughs that lie over the target range; NaN"
            " troughs are left out. NaN without a target.",
        },
    [TACRO_FIELD_EVENT_FREE] =
        {
            "1",
            RISK_PER_DAY,
            TACRO_F8,
            "probability of being free of every outcome",
            "Average over the patients of each one's probability at the instant of "
            "the day's trough, given no event up to the landmark. NaN before the "
            "landmark and without risk models. ",
        },
    [TACRO_FIELD_EVENT_FREE_QUANTILE] =
        {
            "1",
            RISK_QUANTILE_PER_DAY,
            TACRO_F8,
            "probability of being free of every outcome, quantiles over draws",
            "Order statistics of event_free_probability: of n draws the ceil(q n)-th "
            "smallest; with one draw its value. ",
        },
    [TACRO_FIELD_EVENT_FREE_HORIZON] =
        {
            "1",
            RISK_ONCE,
            TACRO_F8,
            "probability of being free of every outcome from the landmark to the "
            "horizon",
            "Patient average of each parameter draw. ",
        },
    [TACRO_FIELD_STATUS] =
        {
            "1",
            PER_COURSE,
            TACRO_U1,
            "how the integration of the course ended",
            "0 ok; 1 the solver failed; 2 a value was not finite; 3 a hazard was not "
            "finite; 4 a hazard was negative. A failed course keeps its row, filled "
            "with NaN. 255 = not computed.",
        },
    [TACRO_FIELD_STEPS] =
        {
            "1",
            PER_COURSE,
            TACRO_I8,
            "solver steps",
            "Steps of CVODE, or panels of the exact propagator, of the block of "
            "subjects in which the course was integrated. -1 = not computed.",
        },
    [TACRO_FIELD_RHS_CALLS] =
        {
            "1",
            PER_COURSE,
            TACRO_I8,
            "evaluations of the right-hand side",
            "Calls for the block of subjects in which the course was integrated. -1"
            " = not computed.",
        },
    [TACRO_FIELD_FAILURE_TIME] =
        {
            "h",
            PER_COURSE,
            TACRO_F8,
            "time at which the integration failed",
            "From start: where the solver gave up, or where the segment began at whose "
            "end it shows. NaN = it did not fail.",
        },
    [TACRO_FIELD_LEVEL_DIFFERENCE] =
        {
            "1",
            PER_REGIMEN,
            TACRO_F8,
            "largest relative difference of the solvers in concentration",
            "Over the sample that the other solver integrated too and all times; "
            "levels under 0.01 ng/mL count as 0.01. NaN = nothing was compared.",
        },
    [TACRO_FIELD_HAZARD_DIFFERENCE] =
        {
            "1",
            PER_REGIMEN,
            TACRO_F8,
            "largest relative difference of the solvers in cumulative hazard",
            "Over the sample that the other solver integrated too, all outcomes, at "
            "the days' troughs, landmark and horizon; hazards under 1e-6 count as "
            "1e-6. NaN = nothing was compared.",
        },
};

/* Without death "free" alone is said, as that is what it is. */
static const char *const of_the_living =
    "Alive and free of every outcome: death, by the death hazard, competes.";
static const char *const of_all = "No death hazard is given: nobody dies.";

/* Of the models, but for columns: long name = doc + long_name;
   description = description + doc + ".". A doc's own full stop is left out. */
static const struct form risk[TACRO_NRISK_FIELDS] = {
    [TACRO_OUTCOME_RISK] =
        {
            "1",
            RISK_PER_DAY,
            TACRO_F8,
            ": probability since the landmark",
            "Probability of at least one event by the instant of the day's trough and "
            "before death, given none up to the landmark; patient average of each "
            "parameter draw. Where a rule of the regimen waits for the outcome, the "
            "share of patients in whom it happened. NaN before the landmark. "
            "Endpoint: ",
        },
    [TACRO_OUTCOME_RISK_QUANTILE] =
        {
            "1",
            RISK_QUANTILE_PER_DAY,
            TACRO_F8,
            ": probability since the landmark, quantiles over draws",
            "Order statistics of the patient averages: of n draws the ceil(q n)-th "
            "smallest; with one draw its value. Endpoint: ",
        },
    [TACRO_OUTCOME_RISK_FIRST] =
        {
            "1",
            RISK_PER_DAY,
            TACRO_F8,
            ": probability since the landmark, as the first event of all",
            "Aalen-Johansen: probability that it has happened before every other "
            "outcome and death; patient average of each parameter draw. With the "
            "others', first death and event_free_probability it adds up to 1. NaN "
            "before the landmark. Endpoint: ",
        },
    [TACRO_OUTCOME_RISK_HORIZON] =
        {
            "1",
            RISK_ONCE,
            TACRO_F8,
            ": probability from the landmark to the horizon",
            "Probability of at least one event by the horizon and before death, given "
            "none up to the landmark; patient average of each parameter draw. "
            "Endpoint: ",
        },
    [TACRO_OUTCOME_RISK_FIRST_HORIZON] =
        {
            "1",
            RISK_ONCE,
            TACRO_F8,
            ": probability from the landmark to the horizon, as the first event of all",
            "Aalen-Johansen, as the form by days; patient average of each parameter "
            "draw. Endpoint: ",
        },
    [TACRO_OUTCOME_PROBABILITY] =
        {
            "1",
            PER_COURSE,
            TACRO_F8,
            ": probability of this patient",
            "1 - exp(-(H(horizon) - H(landmark))), H the cumulative hazard of this "
            "patient in this regimen, less what death takes before; where a rule of "
            "the regimen waits for the outcome, 0 without it, else the probability of "
            "being alive then. Endpoint: ",
        },
    [TACRO_OUTCOME_TIME] =
        {
            "h",
            PER_COURSE,
            TACRO_F8,
            ": time of this patient's first event",
            "From start; where H(t) - H(landmark) = -ln U, H the cumulative hazard of "
            "this patient in this regimen, U the patient's own uniform number, the "
            "same in every regimen. Death is not looked at. NaN = none by the "
            "horizon. Endpoint: ",
        },
};
#define SUFFIX(id, suffix) suffix,
static const char *const risk_suffixes[] = {TACRO_RISK_FIELD_LIST(SUFFIX)};
#undef SUFFIX

static const char *const death_paths[TACRO_NDEATH_FIELDS] = {"death_risk",
                                                             "death_risk_horizon"};
static const struct form death[TACRO_NDEATH_FIELDS] = {
    {
        "1",
        RISK_PER_DAY,
        TACRO_F8,
        "probability of death before any outcome",
        "Death as the first event of all since the landmark, by the death hazard of "
        "the scenario; patient average of each parameter draw. NaN before the "
        "landmark.",
    },
    {
        "1",
        RISK_ONCE,
        TACRO_F8,
        "probability of death before any outcome, by the horizon",
        "Death as the first event of all from the landmark to the horizon, by the "
        "death "
        "hazard of the scenario; patient average of each parameter draw.",
    },
};

/* Long name = doc. */
static const struct form drawn = {
    NULL, PER_DRAW, TACRO_F8, "", "The value that each parameter draw took. Quantity: ",
};

static const struct form output = {
    NULL,
    PER_DAY,
    TACRO_F8,
    ", trough",
    "At the instant of the day's trough, just before any dose and before a covariate "
    "steps at that instant. NaN before the first dose and where the map has no value "
    "(whole blood too near the binding capacity). Quantity: ",
};

/* Long name = name + long_name + doc: many columns share a doc. */
static const struct form column = {
    NULL,
    PER_SUBJECT,
    TACRO_F8,
    ": ",
    "One value per subject, the same in every regimen; of a quantity that "
    "varies with time, the value at start. Quantity: ",
};

static char *join(const char *first, const char *second, const char *third)
{
    size_t size = strlen(first) + strlen(second) + strlen(third) + 1;
    char *text = malloc(size);
    if (text != NULL) {
        snprintf(text, size, "%s%s%s", first, second, third);
    }
    return text;
}

static char *without_stop(const char *doc)
{
    size_t length = strlen(doc);
    while (length > 0 && (doc[length - 1] == '.' || doc[length - 1] == ' ')) {
        length--;
    }
    return strndup(doc, length);
}

/* The four texts of a field; one of them NULL tells that memory ran out. */
static bool fill(struct tacro_field *field, const struct form *form, char *path,
                 const char *unit, char *long_name, char *description)
{
    field->path = path;
    field->unit = join(unit, "", "");
    field->long_name = long_name;
    field->description = description;
    field->storage = form->storage;
    field->naxes = shapes[form->shape].naxes;
    memcpy(field->axis, shapes[form->shape].axis, sizeof field->axis);
    return path != NULL && field->unit != NULL && long_name != NULL &&
           description != NULL;
}

static bool fill_fixed(struct tacro_field *field, size_t id, bool has_death)
{
    const struct form *form = &fixed[id];
    const bool is_free = id == TACRO_FIELD_EVENT_FREE ||
                         id == TACRO_FIELD_EVENT_FREE_QUANTILE ||
                         id == TACRO_FIELD_EVENT_FREE_HORIZON;
    const char *of_whom = has_death ? of_the_living : of_all;
    /* the long name says "of being free of every outcome" and more after it */
    static const char plain[] = "probability of being ";
    char *long_name = is_free && has_death ? join(plain, "alive and ",
                                                  form->long_name + sizeof plain - 1)
                                           : join(form->long_name, "", "");
    return fill(field, form, join(paths[id], "", ""), form->unit, long_name,
                join(form->description, is_free ? of_whom : "", ""));
}

static bool fill_death(struct tacro_field *field)
{
    bool is_good = true;
    for (size_t i = 0; i < TACRO_NDEATH_FIELDS; i++) {
        const struct form *form = &death[i];
        is_good =
            fill(&field[i], form, join(death_paths[i], "", ""), form->unit,
                 join(form->long_name, "", ""), join(form->description, "", "")) &&
            is_good;
    }
    return is_good;
}

static bool fill_named(struct tacro_field *field, const struct form *form,
                       const struct tacro_named *named, const char *before,
                       const char *after)
{
    const char *unit = form->unit != NULL ? form->unit : named->unit;
    char *doc = without_stop(named->doc);
    if (doc == NULL) {
        return false;
    }
    char *long_name = form == &column ? join(named->name, form->long_name, doc)
                                      : join(doc, form->long_name, "");
    bool is_good = fill(field, form, join(before, named->name, after), unit, long_name,
                        join(form->description, doc, "."));
    free(doc);
    return is_good;
}

static bool fill_all(struct tacro_fields *fields,
                     const struct tacro_fields_setup *setup)
{
    bool is_good = true;
    for (size_t i = 0; i < TACRO_NFIELDS; i++) {
        is_good = fill_fixed(&fields->field[i], i, setup->has_death) && is_good;
    }
    for (size_t i = 0; i < setup->noutcomes * TACRO_NRISK_FIELDS; i++) {
        const size_t form = i % TACRO_NRISK_FIELDS;
        is_good = fill_named(&fields->field[fields->outcome + i], &risk[form],
                             &setup->outcome[i / TACRO_NRISK_FIELDS], "",
                             risk_suffixes[form]) &&
                  is_good;
    }
    for (size_t i = 0; i < setup->noutputs; i++) {
        is_good = fill_named(&fields->field[fields->output + i], &output,
                             &setup->output[i], "trough_", "") &&
                  is_good;
    }
    for (size_t i = 0; i < setup->ncolumns; i++) {
        is_good = fill_named(&fields->field[fields->column + i], &column,
                             &setup->column[i], "population/", "") &&
                  is_good;
    }
    for (size_t i = 0; i < setup->ndrawn; i++) {
        is_good = fill_named(&fields->field[fields->drawn + i], &drawn,
                             &setup->drawn[i], "draws/", "") &&
                  is_good;
    }
    if (setup->has_death) {
        is_good = fill_death(&fields->field[fields->death]) && is_good;
    }
    return tacro_comparison_fields_fill(&fields->field[fields->comparison],
                                        setup->outcome, setup->noutcomes) &&
           is_good;
}

enum tacro_status tacro_fields_create(const struct tacro_fields_setup *setup,
                                      struct tacro_fields **out,
                                      struct tacro_error *err)
{
    struct tacro_fields *fields = calloc(1, sizeof *fields);
    *out = NULL;
    if (fields == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "table of result fields");
    }
    fields->outcome = TACRO_NFIELDS;
    fields->output = fields->outcome + setup->noutcomes * TACRO_NRISK_FIELDS;
    fields->column = fields->output + setup->noutputs;
    fields->drawn = fields->column + setup->ncolumns;
    fields->comparison = fields->drawn + setup->ndrawn;
    fields->n = fields->comparison + tacro_comparison_nfields(setup->noutcomes);
    fields->death = setup->has_death ? fields->n : SIZE_MAX;
    fields->n += setup->has_death ? TACRO_NDEATH_FIELDS : 0;
    fields->field = calloc(fields->n, sizeof *fields->field);
    if (fields->field == NULL || !fill_all(fields, setup)) {
        tacro_fields_free(fields);
        return tacro_fail(err, TACRO_ENOMEM, "table of result fields");
    }
    *out = fields;
    return TACRO_OK;
}

void tacro_fields_free(struct tacro_fields *fields)
{
    if (fields == NULL) {
        return;
    }
    for (size_t i = 0; fields->field != NULL && i < fields->n; i++) {
        free(fields->field[i].path);
        free(fields->field[i].unit);
        free(fields->field[i].long_name);
        free(fields->field[i].description);
    }
    free(fields->field);
    free(fields);
}

enum tacro_status tacro_fields_add(struct tacro_fields *fields,
                                   const struct tacro_field_form *form, size_t *index,
                                   struct tacro_error *err)
{
    struct tacro_field *all =
        realloc(fields->field, (fields->n + 1) * sizeof *fields->field);
    struct tacro_field *field;
    if (all == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "table of result fields");
    }
    fields->field = all;
    field = &all[fields->n];
    *index = fields->n++;
    *field = (struct tacro_field){.path = strdup(form->path),
                                  .unit = strdup(form->unit),
                                  .long_name = strdup(form->long_name),
                                  .description = strdup(form->description),
                                  .storage = form->storage,
                                  .naxes = form->naxes};
    memcpy(field->axis, form->axis, sizeof field->axis);
    return field->path == NULL || field->unit == NULL || field->long_name == NULL ||
                   field->description == NULL
               ? tacro_fail(err, TACRO_ENOMEM, "field %s", form->path)
               : TACRO_OK;
}
