#include "run/plan.h"

#include "input/history.h"
#include "run/endpoints.h"
#include "run/gather.h"
#include "run/observed.h"
#include "run/recovery.h"
#include "run/variant.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum tacro_status plan_arms(struct tacro_scenario *s, struct tacro_notes *notes,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = s->input;
    s->arm = calloc(input->nregimens, sizeof *s->arm);
    if (s->arm == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu regimens", input->nregimens);
    }
    for (size_t i = 0; i < input->nregimens; i++) {
        TACRO_TRY(tacro_arm_plan(s, i, notes, &s->arm[i], err));
    }
done:
    return st;
}

static enum tacro_status name_endpoints(struct tacro_scenario *s,
                                        struct tacro_error *err)
{
    for (size_t k = 0; k < s->input->nrisks; k++) {
        s->endpoint[k] = tacro_recovery_endpoint(s->input, k);
        if (s->endpoint[k] == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "titles of outcomes");
        }
    }
    return TACRO_OK;
}

/* The stress after an event that the patients have had is averaged over records. */
static enum tacro_status build_window(struct tacro_scenario *s, struct tacro_error *err)
{
    const struct tacro_history *history = &s->input->history;
    const size_t n = tacro_recovery_window(s->input, NULL, NULL);
    s->window_time = malloc((n + 1) * sizeof *s->window_time);
    s->window_output = malloc((n + 1) * sizeof *s->window_output);
    s->window_weight = malloc((n + 1) * sizeof *s->window_weight);
    if (s->window_time == NULL || s->window_output == NULL ||
        s->window_weight == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu records after the event", n);
    }
    s->nwindow = tacro_recovery_window(s->input, s->window_time, s->window_weight);
    if (history->is_given &&
        tacro_recovery_driver(s->system, history->risk + 1) == TACRO_NONE) {
        return tacro_fail(err, TACRO_EINPUT,
                          "%s: history.%s: the hazard of %s follows no state that "
                          "could stand for the stress after the event",
                          s->input->yaml->path, s->input->risk[history->risk]->outcome,
                          s->input->risk[history->risk]->name);
    }
    return TACRO_OK;
}

static enum tacro_status build_times(struct tacro_scenario *s, struct tacro_error *err)
{
    const struct tacro_input *input = s->input;
    const size_t ngrid = (size_t)(input->horizon / input->output_every) + 1;
    const int first = tacro_clock_next_day(&s->clock, 0.0);
    size_t n = 0;
    size_t capacity = ngrid + (size_t)(input->horizon / 24.0) + 4 + s->nwindow;
    for (size_t i = 0; i < input->nregimens; i++) {
        capacity += s->arm[i].doses.n;
    }
    s->time = malloc(capacity * sizeof *s->time);
    if (s->time == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu output times", capacity);
    }
    for (size_t i = 0; i < ngrid; i++) {
        s->time[n++] = (double)i * input->output_every;
    }
    for (size_t i = 0; i < input->nregimens; i++) {
        for (size_t k = 0; k < s->arm[i].doses.n; k++) {
            s->time[n++] = s->arm[i].doses.dose[k].time;
        }
    }
    for (int d = first;
         tacro_clock_day_start(&s->clock, d) <= input->horizon + TACRO_SAME_TIME; d++) {
        s->time[n++] = tacro_clock_day_start(&s->clock, d);
    }
    for (size_t i = 0; i < s->nwindow; i++) {
        s->time[n++] = s->window_time[i];
    }
    s->time[n++] = input->landmark;
    s->time[n++] = input->horizon;
    s->ntimes = tacro_times_unique(s->time, n, input->horizon);
    return TACRO_OK;
}

static enum tacro_status build_records(struct tacro_scenario *s,
                                       struct tacro_error *err)
{
    const size_t capacity = (size_t)(s->input->horizon / 24.0) + 2;
    int d = tacro_clock_next_day(&s->clock, 0.0);
    s->day = malloc(capacity * sizeof *s->day);
    s->day_output = malloc(capacity * sizeof *s->day_output);
    s->record_of = malloc(s->ntimes * sizeof *s->record_of);
    if (s->day == NULL || s->day_output == NULL || s->record_of == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu days", capacity);
    }
    for (size_t i = 0; i < s->ntimes; i++) {
        s->record_of[i] = TACRO_NONE;
    }
    for (; tacro_clock_day_start(&s->clock, d) <= s->input->horizon + TACRO_SAME_TIME;
         d++) {
        s->day[s->ndays] = d;
        s->day_output[s->ndays] =
            tacro_scenario_output(s, tacro_clock_day_start(&s->clock, d));
        s->record_of[s->day_output[s->ndays++]] = 0;
    }
    s->landmark_output = tacro_scenario_output(s, s->input->landmark);
    s->record_of[s->landmark_output] = 0;
    s->record_of[s->ntimes - 1] = 0;
    for (size_t i = 0; i < s->nwindow; i++) {
        s->window_output[i] = tacro_scenario_output(s, s->window_time[i]);
        s->record_of[s->window_output[i]] = 0;
    }
    for (size_t i = 0; i < s->ntimes; i++) {
        if (s->record_of[i] != TACRO_NONE) {
            s->record_of[i] = (int)s->nrecords++;
        }
    }
    return TACRO_OK;
}

/* So that adding a regimen changes no statistic of another. */
static enum tacro_status build_own_times(struct tacro_scenario *s,
                                         struct tacro_error *err)
{
    const size_t nt = s->ntimes;
    s->is_own = calloc(s->input->nregimens * nt, sizeof *s->is_own);
    if (s->is_own == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu output times", nt);
    }
    for (size_t i = 0; i < s->input->nregimens; i++) {
        bool *own = s->is_own + i * nt;
        for (size_t o = 0; o < nt; o++) {
            const double n = s->time[o] / s->input->output_every;
            own[o] =
                s->record_of[o] != TACRO_NONE ||
                fabs(n - floor(n + 0.5)) * s->input->output_every < TACRO_SAME_TIME;
        }
        for (size_t k = 0; k < s->arm[i].doses.n; k++) {
            own[tacro_scenario_output(s, s->arm[i].doses.dose[k].time)] = true;
        }
    }
    return TACRO_OK;
}

/* A kappa on a coefficient changes it at slot starts; one on F1 belongs to the dose. */
static bool changes_by_slot(const struct tacro_pk *pk)
{
    bool is_any = false;
    for (size_t i = 0; i < pk->rules->n; i++) {
        is_any =
            is_any || (pk->rules->rule[i].kappa > 0.0 && pk->coef[i] != TACRO_NONE);
    }
    return is_any && !pk->input->is_typical;
}

static enum tacro_status follow_arms(struct tacro_scenario *s, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < s->input->nregimens; i++) {
        const bool by_slot = changes_by_slot(tacro_scenario_pk(s, i));
        TACRO_TRY(tacro_arm_follow(s, by_slot, &s->arm[i], err));
    }
done:
    return st;
}

/* The histograms take this much for each output time of each regimen. */
#define BYTES_PER_TIME (TACRO_NCOUNTS * sizeof(uint32_t))
#define MAX_STATISTICS_BYTES 4e9

/* Each draw has statistics of its own, and a histogram counts the patients of all. */
static enum tacro_status check_draws(const struct tacro_scenario *s,
                                     struct tacro_notes *notes, struct tacro_error *err)
{
    const struct tacro_input *input = s->input;
    const double bytes = tacro_tally_bytes(s);
    if (input->npatients > UINT32_MAX / input->ndraws) {
        tacro_notes_add(notes, TACRO_FAULT, input->yaml->path, 0, 0,
                        "draws: %llu of %llu patients, expected at most %llu courses "
                        "in all",
                        (unsigned long long)input->ndraws,
                        (unsigned long long)input->npatients,
                        (unsigned long long)UINT32_MAX);
    } else if (input->ndraws > 1 && bytes > MAX_STATISTICS_BYTES) {
        tacro_notes_add(notes, TACRO_FAULT, input->yaml->path, 0, 0,
                        "draws: %llu take %.0f GB of statistics, expected at most "
                        "%.0f GB: fewer draws",
                        (unsigned long long)input->ndraws, bytes / 1e9,
                        MAX_STATISTICS_BYTES / 1e9);
    } else {
        return TACRO_OK;
    }
    return tacro_fail(err, TACRO_EINPUT, "%s: 1 fault", input->yaml->path);
}

static enum tacro_status check_size(const struct tacro_scenario *s,
                                    struct tacro_notes *notes, struct tacro_error *err)
{
    const double bytes =
        (double)s->ntimes * (double)s->input->nregimens * (double)BYTES_PER_TIME;
    if (bytes > MAX_STATISTICS_BYTES) {
        tacro_notes_add(notes, TACRO_FAULT, s->input->yaml->path, 0, 0,
                        "output.every: %zu output times x %zu regimens take %.0f GB of "
                        "statistics, expected at most %.0f GB: a longer interval",
                        s->ntimes, s->input->nregimens, bytes / 1e9,
                        MAX_STATISTICS_BYTES / 1e9);
        return tacro_fail(err, TACRO_EINPUT, "%s: 1 fault", s->input->yaml->path);
    }
    return TACRO_OK;
}

/*
 * Warn of a regimen whose level at the trough clock is none: nearer to the dose before
 * than to the dose after.
 */
static void warn_troughs(const struct tacro_scenario *s, size_t regimen,
                         struct tacro_notes *notes)
{
    const struct tacro_regimen *r = &s->input->regimen[regimen];
    const struct tacro_doses *doses = &s->arm[regimen].doses;
    size_t next = 0;
    for (size_t d = 0; d < s->ndays; d++) {
        const double t = s->time[s->day_output[d]];
        while (next < doses->n && doses->dose[next].time < t - TACRO_SAME_TIME) {
            next++;
        }
        if (next == 0 || next == doses->n) {
            continue;
        }
        /* after a hold, the interval that counts is the one before it */
        const double since = t - doses->dose[next - 1].time;
        const double after = doses->dose[next].time - doses->dose[next - 1].time;
        const double before =
            next > 1 ? doses->dose[next - 1].time - doses->dose[next - 2].time : after;
        if (since < 0.5 * fmin(before, after)) {
            tacro_notes_add(
                notes, TACRO_WARNING, s->input->yaml->path, r->line, r->column,
                "regimens.%s: C0 is read at the trough clock, here (at %g h) "
                "only %g h after a dose: not a trough",
                r->label, t, since);
            return;
        }
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The notes as text, and the warnings apart, for the result and its summary. */
static enum tacro_status keep_notes(struct tacro_scenario *s,
                                    const struct tacro_notes *notes,
                                    struct tacro_error *err)
{
    size_t size = 1;
    FILE *text = open_memstream(&s->notes, &size);
    s->warning = calloc(notes->n + 1, sizeof *s->warning);
    if (text == NULL || s->warning == NULL) {
        if (text != NULL) {
            fclose(text);
        }
        return tacro_fail(err, TACRO_ENOMEM, "%zu notes", notes->n);
    }
    for (size_t i = 0; i < notes->n; i++) {
        const struct tacro_note *note = &notes->note[i];
        const bool is_warning = note->severity == TACRO_WARNING;
        fprintf(text, "%s:%zu:%zu: %s: %s\n", base_name(note->file), note->line,
                note->column, is_warning ? "warning" : "notice", note->text);
        if (is_warning) {
            s->warning[s->nwarnings] = strdup(note->text);
            s->nwarnings += s->warning[s->nwarnings] != NULL ? 1 : 0;
        }
    }
    return fclose(text) == 0 ? TACRO_OK : tacro_fail(err, TACRO_ENOMEM, "notes");
}

/* With one model its input is the scenario's own. */
static enum tacro_status create_pks(struct tacro_scenario *s, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t m = 0; m < s->input->npks; m++) {
        struct tacro_pk *pk = &s->pk[m];
        pk->input = s->input->npks == 1 ? s->input : malloc(sizeof *pk->input);
        if (pk->input == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "PK model %s",
                              s->input->model[m].pk->name);
        }
        s->npks++; /* freed from here on */
        if (pk->input != s->input) {
            *pk->input = tacro_input_of(s->input, m);
        }
        pk->clock = (struct tacro_clock){.start_day = s->input->start_day,
                                         .start_clock = s->input->start_clock,
                                         .trough_clock = s->input->trough_clock,
                                         .occasion = pk->input->pk->occasion};
        TACRO_TRY(tacro_rules_create(pk->input, &pk->rules, err));
    }
    s->clock = s->pk[0].clock;
    s->rules = s->pk[0].rules;
done:
    return st;
}

static enum tacro_status prepare(struct tacro_scenario *s, struct tacro_notes *notes,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(create_pks(s, err));
    TACRO_TRY(tacro_variants_create(s, err));
    tacro_observed_plan(s);
    TACRO_TRY(plan_arms(s, notes, err));
    TACRO_TRY(name_endpoints(s, err));
    TACRO_TRY(tacro_endpoints_draw(s, err));
    TACRO_TRY(build_window(s, err));
    TACRO_TRY(build_times(s, err));
    TACRO_TRY(check_size(s, notes, err));
    TACRO_TRY(build_records(s, err));
    TACRO_TRY(check_draws(s, notes, err));
    TACRO_TRY(build_own_times(s, err));
    TACRO_TRY(follow_arms(s, err));
    for (size_t i = 0; i < s->input->nregimens; i++) {
        warn_troughs(s, i, notes);
    }
    if (s->npks > 1) { /* a plan is warned of once, not under each model */
        tacro_notes_sort(notes);
        tacro_notes_unique(notes);
    }
    TACRO_TRY(keep_notes(s, notes, err));
done:
    return st;
}

enum tacro_status tacro_scenario_create(struct tacro_input *input,
                                        struct tacro_notes *notes,
                                        struct tacro_scenario **out,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_scenario *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) {
        tacro_input_free(input);
        return tacro_fail(err, TACRO_ENOMEM, "scenario");
    }
    s->input = input;
    TACRO_TRY(prepare(s, notes, err));
    *out = s;
    s = NULL;
done:
    tacro_scenario_free(s);
    return st;
}

enum tacro_status tacro_scenario_open(const char *path,
                                      const struct tacro_overrides *overrides,
                                      struct tacro_notes *notes,
                                      struct tacro_scenario **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_input *input = NULL;
    *out = NULL;
    TACRO_TRY(tacro_input_read(path, overrides, notes, &input, err));
    TACRO_TRY(tacro_scenario_create(input, notes, out, err));
done:
    return st;
}

void tacro_scenario_free(struct tacro_scenario *scenario)
{
    if (scenario == NULL) {
        return;
    }
    for (size_t i = 0; scenario->arm != NULL && i < scenario->input->nregimens; i++) {
        tacro_arm_free(&scenario->arm[i]);
    }
    free(scenario->arm);
    tacro_variants_free(scenario);
    for (size_t i = 0; i < scenario->nwarnings; i++) {
        free(scenario->warning[i]);
    }
    free(scenario->warning);
    free(scenario->notes);
    free(scenario->time);
    free(scenario->day);
    free(scenario->day_output);
    free(scenario->is_own);
    free(scenario->record_of);
    for (size_t k = 0; k < TACRO_MAX_RISKS; k++) {
        free(scenario->endpoint[k]);
    }
    free(scenario->endpoint_numbers);
    free(scenario->window_time);
    free(scenario->window_output);
    free(scenario->window_weight);
    for (size_t m = 0; m < scenario->npks; m++) {
        tacro_rules_free(scenario->pk[m].rules);
        if (scenario->pk[m].input != scenario->input) {
            free(scenario->pk[m].input); /* what it points to is the scenario's */
        }
    }
    tacro_input_free(scenario->input);
    free(scenario);
}

uint64_t tacro_scenario_subjects(const struct tacro_scenario *scenario)
{
    return scenario->input->ndraws * scenario->input->npatients;
}

size_t tacro_scenario_output(const struct tacro_scenario *scenario, double t)
{
    size_t low = 0;
    size_t high = scenario->ntimes - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (scenario->time[middle] < t - TACRO_SAME_TIME) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool tacro_scenario_target(const struct tacro_scenario *scenario, double t, double *low,
                           double *high)
{
    const struct tacro_input *input = scenario->input;
    bool has_target = false;
    for (size_t i = 0;
         i < input->ntargets && input->target[i].from <= t + TACRO_SAME_TIME; i++) {
        *low = input->target[i].low;
        *high = input->target[i].high;
        has_target = true;
    }
    return has_target;
}

bool tacro_scenario_control(const struct tacro_scenario *scenario, bool *simulated)
{
    const struct tacro_input *input = scenario->input;
    bool is_any = false;
    for (size_t k = 0; k < input->nrisks; k++) {
        simulated[k] = false;
        for (size_t i = 0; i < input->nregimens; i++) {
            simulated[k] = simulated[k] || scenario->arm[i].reacts[k];
        }
        is_any = is_any || simulated[k];
        if (scenario->arm[input->reference].reacts[k]) { /* as under every model */
            return false;
        }
    }
    return is_any;
}

double tacro_scenario_first_dose(const struct tacro_scenario *scenario, size_t regimen)
{
    const struct tacro_doses *doses = &scenario->arm[regimen].doses;
    const struct tacro_own *first = scenario->arm[regimen].own;
    if (scenario->input->has_before) {
        return -INFINITY;
    }
    for (size_t i = 0; first != NULL && i < first->nrecords; i++) {
        if (tacro_record_is_dose(&first->record[i])) {
            const struct tacro_record *r = &first->record[i];
            return r->ss > 0 && r->time <= TACRO_SAME_TIME ? (double)-INFINITY
                                                           : r->time;
        }
    }
    return doses->n == 0 ? (double)INFINITY : doses->dose[0].time;
}

double tacro_scenario_daily_dose(const struct tacro_scenario *scenario,
                                 const struct tacro_ledger *ledger, size_t d)
{
    const double start = scenario->time[scenario->day_output[d]];
    double sum = 0.0;
    if (start + 24.0 > scenario->input->horizon + TACRO_SAME_TIME) {
        return NAN;
    }
    for (size_t i = 0; i < ledger->n; i++) {
        const struct tacro_ledger_row *row = &ledger->row[i];
        const double since = row->time - start;
        if (row->kind == TACRO_LEDGER_DOSE && row->ss != TACRO_SS_BEFORE &&
            since >= -TACRO_SAME_TIME && since < 24.0 - TACRO_SAME_TIME) {
            sum += row->amount;
        }
    }
    return sum;
}

struct tacro_block_setup tacro_scenario_setup(const struct tacro_scenario *scenario,
                                              size_t variant,
                                              const struct tacro_kernels *kernels,
                                              const struct tacro_method *method,
                                              double rtol)
{
    const struct tacro_pk *pk = &scenario->pk[scenario->variant[variant].model];
    return (struct tacro_block_setup){.rules = scenario->variant[variant].rules,
                                      .system = scenario->variant[variant].system,
                                      .kernels = kernels,
                                      .method = method,
                                      .clock = &pk->clock,
                                      .coef = scenario->variant[variant].coef,
                                      .rtol = rtol,
                                      .noutputs = scenario->ntimes,
                                      .output = scenario->time,
                                      .nrecords = scenario->nrecords,
                                      .record_of = scenario->record_of,
                                      .landmark = scenario->input->landmark,
                                      .noutcomes = scenario->input->nrisks,
                                      .outcome_key = scenario->outcome_key};
}

size_t tacro_scenario_regimens(const struct tacro_scenario *scenario)
{
    return scenario->input->nregimens;
}

struct tacro_plan tacro_scenario_plan(const struct tacro_scenario *scenario,
                                      size_t regimen)
{
    return (struct tacro_plan){
        .label = tacro_regimen_name(&scenario->input->regimen[regimen]),
        .plan = scenario->input->regimen[regimen].label,
        .ndoses = scenario->arm[regimen].doses.n,
        .dose = scenario->arm[regimen].doses.dose,
        .every_before =
            scenario->input->has_before ? scenario->input->before.every : 0.0,
        .nrules = scenario->arm[regimen].text.n,
        .rule = (const char *const *)scenario->arm[regimen].text.line};
}

struct tacro_frame tacro_scenario_frame(const struct tacro_scenario *scenario)
{
    const struct tacro_input *input = scenario->input;
    struct tacro_frame frame = {.title = input->title,
                                .switches = input->switch_words,
                                .npks = input->npks,
                                .nplans = input->nplans,
                                .noutcomes = input->nrisks,
                                .subjects = input->npatients,
                                .draws = input->ndraws,
                                .seed = input->seed,
                                .start_day = input->start_day,
                                .start_clock = input->start_clock,
                                .trough_clock = input->trough_clock,
                                .horizon = input->horizon,
                                .landmark = input->landmark,
                                .nendpoints = input->nendpoints,
                                .death_hazard = input->death_hazard};
    static_assert(TACRO_MAX_PKS <= TACRO_MAX_FRAME_PKS &&
                      TACRO_MAX_RISKS <= TACRO_MAX_FRAME_RISKS &&
                      TACRO_NENDPOINTS <= TACRO_MAX_FRAME_ENDPOINTS,
                  "a frame has room for all names");
    for (size_t i = 0; i < input->npks; i++) {
        frame.pk[i] = input->model[i].pk->name;
        frame.pk_first_day[i] = input->model[i].pk->first_day;
        frame.pk_last_day[i] = input->model[i].pk->last_day;
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        frame.risk[i] = input->risk[i]->name;
    }
    for (size_t i = 0; i < input->nendpoints; i++) {
        frame.endpoint[i] = input->endpoint[i].name;
    }
    if (input->history.is_given) {
        frame.history = input->risk[input->history.risk]->outcome;
        frame.severity = tacro_consciousness_name(input->history.severity);
        frame.onset = input->history.onset;
    }
    return frame;
}
