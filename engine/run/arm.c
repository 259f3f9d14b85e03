#include "run/arm.h"

#include "cohort/dosing.h"
#include "dose/records.h"
#include "dose/warnings.h"
#include "run/plan.h"
#include "run/variant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- what is dosed ----------------------------------------------------------------- */

/* Bits of the ports through which doses run in. */
static void use_steps(const struct tacro_sequence *sequence, unsigned *infused)
{
    for (size_t i = 0; i < sequence->nsteps; i++) {
        const struct tacro_step *step = &sequence->step[i];
        if (step->kind == TACRO_STEP_GIVE && step->over > 0.0) {
            *infused |= 1U << step->port;
        }
    }
}

static void use_records(const struct tacro_record *record, size_t n, unsigned *infused)
{
    for (size_t i = 0; i < n; i++) {
        if (record[i].rate != 0.0 || record[i].duration > 0.0) {
            *infused |= 1U << record[i].port;
        }
    }
}

/* Room for each patient of the tables, if there are any. */
static enum tacro_status create_own(const struct tacro_input *input,
                                    struct tacro_arm *arm, struct tacro_error *err)
{
    const struct tacro_dataset *table =
        input->patients != NULL ? input->patients : arm->regimen->dataset;
    if (table == NULL) {
        return TACRO_OK;
    }
    arm->own = calloc(table->n, sizeof *arm->own);
    if (arm->own == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu patients of a table", table->n);
    }
    arm->nown = table->n;
    return TACRO_OK;
}

/* The events of each patient, found by his ID where the patients are a table too. */
static enum tacro_status add_events(const struct tacro_input *input,
                                    struct tacro_arm *arm, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_dataset *patients = input->patients;
    const struct tacro_dataset *table = arm->regimen->dataset;
    arm->has_events = true;
    for (size_t i = 0; i < arm->nown; i++) {
        const size_t at =
            patients == NULL ? i : tacro_dataset_find(table, patients->patient[i].id);
        const struct tacro_dataset_patient *p = &table->patient[at];
        TACRO_TRY(tacro_records_expand(p->nrecords, p->record, input->horizon,
                                       &arm->own[i].nrecords, &arm->own[i].record,
                                       err));
    }
done:
    return st;
}

/* Where covariates of a patient of the table step, given or by the table's doses. */
static enum tacro_status add_own_cuts(const struct tacro_input *input,
                                      struct tacro_arm *arm, struct tacro_error *err)
{
    for (size_t i = 0; i < arm->nown; i++) {
        struct tacro_own *own = &arm->own[i];
        const size_t n = tacro_population_cuts(input, i, NULL);
        own->cut = malloc((n + 1) * sizeof *own->cut);
        if (own->cut == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "%zu covariate steps", n);
        }
        tacro_population_cuts(input, i, own->cut);
        own->ncuts = tacro_times_unique(own->cut, n, input->horizon);
    }
    return TACRO_OK;
}

/* The doses of a table's first patient stand for its plan. */
static enum tacro_status plan_table(const struct tacro_paramset *pk,
                                    struct tacro_arm *arm, struct tacro_error *err)
{
    const struct tacro_own *first = &arm->own[0];
    arm->doses.dose = calloc(first->nrecords + 1, sizeof *arm->doses.dose);
    if (arm->doses.dose == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "doses of a table");
    }
    for (size_t i = 0; i < first->nrecords; i++) {
        const struct tacro_record *r = &first->record[i];
        if (r->amount > 0.0) {
            arm->doses.dose[arm->doses.n++] = (struct tacro_plan_dose){
                .time = r->time,
                .amount = r->amount,
                .route = tacro_paramset_route(pk, r->port),
                .duration = r->rate > 0.0 ? r->amount / r->rate : 0.0};
        }
    }
    return TACRO_OK;
}

/* Steady states of what was given before, and of event tables. */
static enum tacro_status check_intervals(const struct tacro_scenario *scenario,
                                         const struct tacro_arm *arm,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_variant *variant = &scenario->variant[arm->variant];
    const struct tacro_input *input = scenario->pk[arm->model].input;
    const char *label = arm->regimen->label;
    if (input->has_before) {
        TACRO_TRY(
            tacro_variant_check_interval(variant, label, input->before.every, err));
    }
    for (size_t i = 0; i < arm->nown; i++) {
        for (size_t k = 0; k < arm->own[i].nrecords; k++) {
            const struct tacro_record *r = &arm->own[i].record[k];
            if (r->ss != 0) {
                TACRO_TRY(tacro_variant_check_interval(variant, label, r->ii, err));
            }
        }
    }
done:
    return st;
}

/* What the regimen sets, by its plan or by the events of each patient. */
static enum tacro_status create_covariates(const struct tacro_input *input,
                                           const struct tacro_arm *arm,
                                           struct tacro_arm_covariates *own,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = arm->has_events ? arm->nown : 0;
    struct tacro_arm_events *events = calloc(n + 1, sizeof *events);
    if (events == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu patients of a table", n);
    }
    for (size_t i = 0; i < n; i++) {
        events[i] = (struct tacro_arm_events){arm->own[i].nrecords, arm->own[i].record};
    }
    st = tacro_arm_covariates_create(input, arm->regimen, &arm->doses, events, n, own,
                                     err);
    free(events);
    return st;
}

enum tacro_status tacro_arm_plan(struct tacro_scenario *scenario, size_t index,
                                 struct tacro_notes *notes, struct tacro_arm *arm,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_regimen *regimen = &scenario->input->regimen[index];
    const struct tacro_pk *pk = &scenario->pk[index / scenario->input->nplans];
    const struct tacro_input *input = pk->input;
    const struct tacro_protocol *protocol = &regimen->protocol;
    struct tacro_arm_covariates own = {.n = 0};
    unsigned infused = 0;
    arm->regimen = regimen;
    arm->model = index / scenario->input->nplans;
    TACRO_TRY(tacro_rule_text_create(input, regimen, &arm->text, err));
    TACRO_TRY(create_own(input, arm, err));
    if (regimen->dataset != NULL) {
        TACRO_TRY(add_events(input, arm, err));
        TACRO_TRY(plan_table(input->pk, arm, err));
    } else {
        TACRO_TRY(tacro_doses_create(regimen, input->pk, &pk->clock, input->horizon,
                                     input->yaml->path, notes, &arm->doses, err));
        tacro_regimen_warn(regimen, input->pk, input->yaml->path, notes);
    }
    arm->ports = tacro_regimen_ports(regimen);
    use_steps(&regimen->plan, &infused);
    if (input->has_before) {
        arm->ports |= 1U << input->before.port;
    }
    for (size_t p = 0; p < TACRO_MAX_PORTS; p++) {
        if ((arm->ports >> p & 1U) != 0 &&
            tacro_rules_mix(scenario->pk[arm->model].rules, p)) {
            infused |= 1U << TACRO_PORT_IV;
        }
    }
    for (size_t i = 0; i < arm->nown; i++) {
        use_records(arm->own[i].record, arm->own[i].nrecords, &infused);
    }
    for (size_t i = 0; i < protocol->ntriggers; i++) {
        use_steps(&protocol->trigger[i].steps, &infused);
        if (protocol->trigger[i].kind == TACRO_WHEN_EVENT) {
            arm->reacts[protocol->trigger[i].outcome] = true;
        }
    }
    TACRO_TRY(create_covariates(input, arm, &own, err));
    TACRO_TRY(tacro_variant_find(scenario, arm->model, arm->ports, infused, &own,
                                 &arm->variant, err));
    TACRO_TRY(add_own_cuts(scenario->variant[arm->variant].rules->input, arm, err));
    arm->system = scenario->variant[arm->variant].system;
    TACRO_TRY(check_intervals(scenario, arm, err));
done:
    tacro_arm_covariates_free(&own);
    return st;
}

/* -- its course -------------------------------------------------------------------- */

static size_t add_slots(const struct tacro_clock *clock, double horizon, double *time)
{
    size_t n = 0;
    for (int32_t slot = tacro_clock_slot(clock, 0.0) + 1;; slot++) {
        const double t = tacro_clock_slot_start(clock, slot);
        if (t >= horizon) {
            return n;
        }
        if (time != NULL) {
            time[n] = t;
        }
        n++;
    }
}

/* Where all states are kept, a parameter steps, or a slot starts. */
static enum tacro_status add_cuts(const struct tacro_scenario *s, bool by_slot,
                                  struct tacro_arm *arm, struct tacro_error *err)
{
    const struct tacro_input *input = s->input;
    const struct tacro_clock *clock = &s->pk[arm->model].clock;
    const struct tacro_rules *rules = s->variant[arm->variant].rules;
    size_t n = s->nrecords + (by_slot ? add_slots(clock, input->horizon, NULL) : 0);
    for (size_t i = 0; i < rules->n; i++) {
        n += tacro_rule_cuts(rules, i, NULL);
    }
    arm->cut = malloc((n + 1) * sizeof *arm->cut);
    if (arm->cut == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu cuts of a course", n);
    }
    n = 0;
    for (size_t i = 0; i < s->ntimes; i++) {
        if (s->record_of[i] != TACRO_NONE) {
            arm->cut[n++] = s->time[i]; /* all states are kept at ends of segments */
        }
    }
    for (size_t i = 0; i < rules->n; i++) {
        n += tacro_rule_cuts(rules, i, arm->cut + n);
    }
    n += by_slot ? add_slots(clock, input->horizon, arm->cut + n) : 0;
    arm->ncuts = tacro_times_unique(arm->cut, n, input->horizon);
    return TACRO_OK;
}

enum tacro_status tacro_arm_follow(const struct tacro_scenario *scenario, bool by_slot,
                                   struct tacro_arm *arm, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = scenario->pk[arm->model].input;
    struct tacro_agenda *agenda = NULL;
    TACRO_TRY(add_cuts(scenario, by_slot, arm, err));
    arm->agenda =
        (struct tacro_agenda_setup){.rules = scenario->variant[arm->variant].rules,
                                    .clock = &scenario->pk[arm->model].clock,
                                    .horizon = input->horizon,
                                    .landmark = input->landmark,
                                    .noutputs = scenario->ntimes,
                                    .output = scenario->time,
                                    .ncuts = arm->ncuts,
                                    .cut = arm->cut,
                                    .before = input->has_before ? &input->before : NULL,
                                    .regimen = arm->has_events ? NULL : arm->regimen,
                                    .noutcomes = input->nrisks,
                                    .ntargets = input->ntargets,
                                    .target = input->target};
    arm->is_shared = arm->own == NULL && tacro_agenda_is_shared(&arm->agenda);
    if (!arm->is_shared) {
        return TACRO_OK;
    }
    TACRO_TRY(tacro_agenda_create(&arm->agenda, &agenda, err));
    tacro_agenda_begin(agenda, NULL);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    if (tacro_agenda_status(agenda) != TACRO_OK ||
        !tacro_course_copy(tacro_agenda_course(agenda), &arm->course)) {
        st = tacro_fail(err, TACRO_ENOMEM, "course of regimen %s",
                        tacro_regimen_name(arm->regimen));
    }
done:
    tacro_agenda_free(agenda);
    return st;
}

void tacro_arm_assign(const struct tacro_arm *arm, uint64_t patient,
                      struct tacro_agenda *agenda)
{
    tacro_agenda_aim(agenda, &arm->agenda);
    if (arm->own != NULL) {
        const struct tacro_own *own = &arm->own[patient % arm->nown];
        tacro_agenda_take(agenda, own->record, own->nrecords, own->cut, own->ncuts);
    }
}

void tacro_arm_free(struct tacro_arm *arm)
{
    tacro_rule_text_free(&arm->text);
    tacro_doses_free(&arm->doses);
    tacro_course_free(&arm->course);
    for (size_t i = 0; arm->own != NULL && i < arm->nown; i++) {
        free(arm->own[i].record);
        free(arm->own[i].cut);
    }
    free(arm->own);
    free(arm->cut);
    memset(arm, 0, sizeof *arm);
}

void tacro_arm_assign_replay(const struct tacro_arm *arm,
                             const struct tacro_replay *replay,
                             struct tacro_agenda *agenda)
{
    struct tacro_agenda_setup setup = arm->agenda;
    setup.before = NULL; /* it is in the ledger */
    setup.regimen = NULL;
    tacro_agenda_aim(agenda, &setup);
    tacro_agenda_take(agenda, replay->record, replay->nrecords, replay->cut,
                      replay->ncuts);
}
