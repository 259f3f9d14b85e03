#include "run/rule_text.h"

#include "core/lanemath.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "24 h", "3 d" from 48 h on in whole days. */
static void put_time(FILE *f, double hours)
{
    if (hours >= 48.0 && fmod(hours, 24.0) == 0.0) {
        fprintf(f, "%g d", hours / 24.0);
    } else {
        fprintf(f, "%g h", hours);
    }
}

static void put_amount(FILE *f, const struct tacro_step *step)
{
    if (step->is_per_kg) {
        fprintf(f, "%g mg/kg", step->amount);
    } else {
        fprintf(f, "%g mg", step->amount);
    }
}

/* "missed 5 %, late by the absolute value of a normal of SD 1 h" */
static void put_intake(FILE *f, const struct tacro_step *step)
{
    if (step->missed > 0.0) {
        fprintf(f, "missed %g %%", 100.0 * step->missed);
    }
    if (step->late_sd > 0.0) {
        fprintf(f, "%slate by the absolute value of a normal of SD ",
                step->missed > 0.0 ? ", " : "");
        put_time(f, step->late_sd);
    }
}

static bool has_intake(const struct tacro_step *step)
{
    return step->kind == TACRO_STEP_GIVE && (step->missed > 0.0 || step->late_sd > 0.0);
}

static bool is_same_intake(const struct tacro_step *a, const struct tacro_step *b)
{
    return a->missed == b->missed && a->late_sd == b->late_sd;
}

static void put_step(FILE *f, const struct tacro_paramset *pk,
                     const struct tacro_step *step)
{
    if (step->kind == TACRO_STEP_HOLD) {
        fputs("hold", f);
    } else {
        put_amount(f, step);
        if (step->port != TACRO_PORT_ORAL) {
            fprintf(f, " %s", tacro_paramset_route(pk, step->port));
        }
        if (step->over > 0.0) {
            fputs(" over ", f);
            put_time(f, step->over);
        }
        if (step->every > 0.0) {
            fputs(" every ", f);
            put_time(f, step->every);
        } else {
            fprintf(f, " at %zu clock times a day", step->nclocks);
        }
    }
    if (isfinite(step->duration)) {
        fputs(" for ", f);
        put_time(f, step->duration);
    }
    if (has_intake(step)) {
        fputs(" (", f);
        put_intake(f, step);
        fputs(")", f);
    }
}

static bool has_own_intake(const struct tacro_sequence *steps)
{
    bool is_any = false;
    for (size_t i = 0; i < steps->nsteps; i++) {
        is_any = is_any || has_intake(&steps->step[i]);
    }
    return is_any;
}

/* How reliably a regimen's own doses are taken, step by step unless all are alike. */
static void put_own_intake(FILE *f, const struct tacro_paramset *pk,
                           const struct tacro_sequence *steps)
{
    const struct tacro_step *first = NULL;
    bool is_alike = true;
    for (size_t i = 0; i < steps->nsteps; i++) {
        if (steps->step[i].kind == TACRO_STEP_GIVE) {
            first = first == NULL ? &steps->step[i] : first;
            is_alike = is_alike && is_same_intake(first, &steps->step[i]);
        }
    }
    if (first != NULL && is_alike) {
        fputs("doses: ", f);
        put_intake(f, first);
        return;
    }
    for (size_t i = 0, n = 0; i < steps->nsteps; i++) {
        if (has_intake(&steps->step[i])) {
            fputs(n++ == 0 ? "doses: " : "; ", f);
            put_step(f, pk, &steps->step[i]);
        }
    }
}

static void put_steps(FILE *f, const struct tacro_paramset *pk,
                      const struct tacro_sequence *steps)
{
    if (steps->nsteps == 0) {
        fputs("no dose", f);
    }
    for (size_t i = 0; i < steps->nsteps; i++) {
        fputs(i == 0 ? "" : "; ", f);
        put_step(f, pk, &steps->step[i]);
    }
}

static void put_monitor(FILE *f, const struct tacro_monitor *m)
{
    fputs("measures ", f);
    if (m->after_dose > 0.0) {
        fputs("the level ", f);
        put_time(f, m->after_dose);
        fputs(" after a dose", f);
    } else {
        fputs("the trough", f);
    }
    fputs(" every ", f);
    put_time(f, m->every);
    fputs(" from ", f);
    put_time(f, m->from);
    fputs(" on", f);
    if (isfinite(m->until)) {
        fputs(" until ", f);
        put_time(f, m->until);
    }
    fputs("; known ", f);
    put_time(f, m->result_after);
    fprintf(f, " later; assay CV %g %%, LLOQ %g ng/mL", 100.0 * m->assay_cv, m->lloq);
}

static void put_adjust(FILE *f, const struct tacro_adjust *a)
{
    static const char *const rounding[] = {"nearest", "down to", "up to"};
    fprintf(f, "adjusts the dose by the rule `%s`, aim the middle of ",
            tacro_dose_rule_names[a->rule]);
    if (isnan(a->low)) {
        fputs("the target", f);
    } else {
        fprintf(f, "%g-%g ng/mL", a->low, a->high);
    }
    if (isfinite(a->max_change)) {
        fprintf(f, "; at most %g %% a time", 100.0 * a->max_change);
    }
    fprintf(f, "; rounded %s %g mg, %g to %g mg", rounding[a->rounding], a->round,
            a->min_dose, a->max_dose);
}

/* Steps that end before anything follows them. */
static void put_end(FILE *f, const struct tacro_trigger *t)
{
    const double length = tacro_sequence_length(&t->steps);
    if (t->steps.nsteps > 0 && isfinite(length) &&
        !(t->resume == TACRO_RESUME_AFTER && t->resume_value <= length)) {
        fputs("; then no dose", f);
    }
}

static void put_trigger(FILE *f, const struct tacro_input *input,
                        const struct tacro_trigger *t)
{
    switch (t->kind) {
    case TACRO_WHEN_EVENT:
        fprintf(f, "when %s happens, ", input->risk[t->outcome]->outcome);
        put_time(f, t->recognised_after);
        fputs(" later: ", f);
        break;
    case TACRO_WHEN_LEVEL_ABOVE:
        fprintf(f, "when a result is above %g ng/mL: ", t->level);
        break;
    case TACRO_WHEN_LEVEL_BELOW:
        fprintf(f, "when a result is below %g ng/mL: ", t->level);
        break;
    case TACRO_WHEN_DAY:
        fprintf(f, "when dosing day %d begins: ", t->day);
        break;
    }
    put_steps(f, input->pk, &t->steps);
    put_end(f, t);
    if (t->adjust.is_given) {
        fputs("; ", f);
        put_adjust(f, &t->adjust);
    }
    if (t->resume == TACRO_RESUME_AFTER) {
        fputs("; resumes after ", f);
        put_time(f, t->resume_value);
    } else if (t->resume != TACRO_RESUME_NEVER) {
        fprintf(f, "; resumes when a result is %s %g ng/mL",
                t->resume == TACRO_RESUME_LEVEL_ABOVE ? "above" : "below",
                t->resume_value);
    }
}

/* What the level does to one outcome; false: nothing. */
static bool put_effect(FILE *f, const struct tacro_paramset *risk,
                       const struct tacro_cover *cover, bool is_first)
{
    bool is_any = false;
    for (size_t i = 0; i < risk->nrelations; i++) {
        const struct tacro_relation *r = &risk->relation[i];
        if (r->covariate == TACRO_COV_induction &&
            (r->is_level ? r->level == cover->level : cover->level > 0.0)) {
            fprintf(f, "%s%s of %s x %.4g (%s)", is_first && !is_any ? ": " : ", ",
                    strcmp(risk->theta[r->theta].name, "B") == 0
                        ? "background hazard"
                        : risk->theta[r->theta].name,
                    risk->outcome, tacro_exp(r->coefficient), tacro_mark_name(r->mark));
            is_any = true;
        }
    }
    return is_any;
}

/* "basiliximab from day 3 08:00: background hazard of rejection x 0.7 (ASSUMED)" */
static void put_induction(FILE *f, const struct tacro_input *input,
                          const struct tacro_cover *cover)
{
    const char *drug =
        tacro_covariate_info(TACRO_COV_induction)->level[(size_t)cover->level];
    const double clock = input->start_clock + cover->from;
    const long minutes = lround(60.0 * fmod(clock, 24.0));
    bool is_any = false;
    if (cover->from > 0.0) {
        fprintf(f, "%s from day %g %02ld:%02ld",
                cover->level > 0.0 ? drug : "no induction",
                input->start_day + floor(clock / 24.0), minutes / 60, minutes % 60);
    } else {
        fprintf(f, "%s from the start", cover->level > 0.0 ? drug : "no induction");
    }
    for (size_t i = 0; i < input->nrisks; i++) {
        is_any = put_effect(f, input->risk[i], cover, !is_any) || is_any;
    }
    if (!is_any && cover->level > 0.0) {
        fputs(": no effect in the models of the scenario", f);
    }
}

/* The k-th line; false: there is none. */
static bool put_line(FILE *f, const struct tacro_input *input,
                     const struct tacro_regimen *regimen, size_t k)
{
    const struct tacro_protocol *p = &regimen->protocol;
    const size_t nmonitors = p->monitor.is_given;
    const size_t nadjusts = p->adjust.is_given;
    if (input->has_before && k-- == 0) {
        fputs("before the start, at steady state: ", f);
        put_step(f, input->pk, &input->before);
        return true;
    }
    if (regimen->induction.is_given && regimen->induction.from < input->horizon &&
        k-- == 0) {
        put_induction(f, input, &regimen->induction);
        return true;
    }
    if (regimen->dataset != NULL) {
        fprintf(f,
                "events of each patient from %s, %zu IDs; the first one's doses are "
                "shown",
                regimen->table, regimen->dataset->n);
        return k == 0;
    }
    if (has_own_intake(&regimen->plan) && k-- == 0) {
        put_own_intake(f, input->pk, &regimen->plan);
        return true;
    }
    if (k < nmonitors) {
        put_monitor(f, &p->monitor);
    } else if (k < nmonitors + nadjusts) {
        put_adjust(f, &p->adjust);
    } else if (k - nmonitors - nadjusts < p->ntriggers) {
        put_trigger(f, input, &p->trigger[k - nmonitors - nadjusts]);
    } else {
        return false;
    }
    return true;
}

enum tacro_status tacro_rule_text_create(const struct tacro_input *input,
                                         const struct tacro_regimen *regimen,
                                         struct tacro_rule_text *out,
                                         struct tacro_error *err)
{
    bool is_there = true;
    memset(out, 0, sizeof *out);
    for (size_t k = 0; is_there; k++) {
        size_t size = 0;
        char *line = NULL;
        FILE *f = open_memstream(&line, &size);
        if (f == NULL) {
            tacro_rule_text_free(out);
            return tacro_fail(err, TACRO_ENOMEM, "rules of %s", regimen->label);
        }
        is_there = put_line(f, input, regimen, k);
        if (fclose(f) != 0 || line == NULL) {
            free(line);
            tacro_rule_text_free(out);
            return tacro_fail(err, TACRO_ENOMEM, "rules of %s", regimen->label);
        }
        if (is_there) {
            out->line[out->n++] = line;
        } else {
            free(line);
        }
    }
    return TACRO_OK;
}

void tacro_rule_text_free(struct tacro_rule_text *text)
{
    for (size_t i = 0; i < text->n; i++) {
        free(text->line[i]);
    }
    text->n = 0;
}
