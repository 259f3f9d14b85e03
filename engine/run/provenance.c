#include "run/provenance.h"

#include "input/history.h"
#include "input/switches.h"
#include "run/organ.h"

#include <sundials/sundials_version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SCHEMA_VERSION 1

const char *tacro_version(void)
{
    return TACRO_VERSION;
}

static enum tacro_status write_inputs(const struct tacro_scenario *s,
                                      struct tacro_writer *w, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = s->input;
    char switches[1024];
    TACRO_TRY(tacro_writer_text(w, "input/scenario", input->yaml->text,
                                "The scenario file, word for word.", err));
    for (size_t m = 0; m < input->npks; m++) {
        const struct tacro_paramset *pk = input->model[m].pk;
        const char *join = input->npks > 1 ? "_" : "";
        const char *name = input->npks > 1 ? pk->name : "";
        char path[256];
        snprintf(path, sizeof path, "input/pk%s%.200s", join, name);
        TACRO_TRY(tacro_writer_text(w, path, pk->yaml->text,
                                    "The PK params file, word for word.", err));
        tacro_switches_text(pk, switches, sizeof switches);
        if (switches[0] != '\0') {
            snprintf(path, sizeof path, "input/switches%s%.200s", join, name);
            TACRO_TRY(
                tacro_writer_text(w, path, switches,
                                  "Options of the PK params file that the scenario "
                                  "chose, one a line.",
                                  err));
        }
    }
    TACRO_TRY(tacro_writer_text(w, "input/notes", s->notes,
                                "Warnings and notices about the files, one a line.",
                                err));
    for (size_t i = 0; i < input->nrisks; i++) {
        char path[256];
        snprintf(path, sizeof path, "input/risk_%s", input->risk[i]->outcome);
        TACRO_TRY(tacro_writer_text(w, path, input->risk[i]->yaml->text,
                                    "The risk params file, word for word.", err));
    }
    if (input->patients != NULL) {
        TACRO_TRY(tacro_writer_text(w, "input/patients", input->patients->text,
                                    "The table of patients, word for word.", err));
    }
    for (size_t i = 0; i < input->nendpoints; i++) {
        char path[64];
        snprintf(path, sizeof path, "input/endpoint_%s", input->endpoint[i].name);
        TACRO_TRY(tacro_writer_text(w, path, input->endpoint[i].yaml->text,
                                    "The endpoint's params file, word for word.", err));
    }
    for (size_t i = 0; i < input->nplans; i++) {
        const struct tacro_regimen *regimen = &input->regimen[i];
        char path[512];
        snprintf(path, sizeof path, "input/regimen_%.400s", regimen->label);
        if (regimen->dataset != NULL) {
            TACRO_TRY(tacro_writer_text(w, path, regimen->dataset->text,
                                        "The table of events, word for word.", err));
        }
    }
done:
    return st;
}

static enum tacro_status write_targets(const struct tacro_input *input,
                                       struct tacro_writer *w, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = input->ntargets;
    double *value = malloc((n + 1) * sizeof *value);
    if (value == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "targets");
    }
    for (size_t i = 0; i < n; i++) {
        value[i] = input->target[i].from;
    }
    TACRO_TRY(tacro_writer_numbers(w, "/", "target_from", value, n, err));
    for (size_t i = 0; i < n; i++) {
        value[i] = input->target[i].low;
    }
    TACRO_TRY(tacro_writer_numbers(w, "/", "target_low", value, n, err));
    for (size_t i = 0; i < n; i++) {
        value[i] = input->target[i].high;
    }
    TACRO_TRY(tacro_writer_numbers(w, "/", "target_high", value, n, err));
done:
    free(value);
    return st;
}

/* What the patients have had, whose organ they bear, and what else is asked. */
static enum tacro_status write_case(const struct tacro_input *input,
                                    struct tacro_writer *w, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_history *history = &input->history;
    const char *organ = tacro_organ(input);
    char names[512] = "";
    size_t used = 0;
    if (history->is_given) {
        TACRO_TRY(tacro_writer_attribute(w, "/", "history_event",
                                         input->risk[history->risk]->outcome, err));
        TACRO_TRY(tacro_writer_number(w, "/", "history_onset", history->onset, err));
        TACRO_TRY(tacro_writer_attribute(w, "/", "history_severity",
                                         tacro_consciousness_name(history->severity),
                                         err));
    }
    if (organ != NULL) {
        TACRO_TRY(tacro_writer_attribute(w, "/", "organ", organ, err));
    }
    for (size_t i = 0; i < input->nendpoints && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                 i == 0 ? "" : " ", input->endpoint[i].name);
    }
    if (input->nendpoints > 0) {
        TACRO_TRY(tacro_writer_attribute(w, "/", "endpoints", names, err));
    }
done:
    return st;
}

/*
 * Names of the PK models and of their solvers, a blank between them; of one solver that
 * all have once.
 */
static void name_models(const struct tacro_scenario *s,
                        const struct tacro_block_setup *setup, char *models,
                        char *solvers, size_t size)
{
    size_t used = 0;
    bool is_one = true;
    for (size_t m = 0; m < s->npks && used < size; m++) {
        used += (size_t)snprintf(models + used, size - used, "%s%s", m == 0 ? "" : " ",
                                 s->pk[m].input->pk->name);
        is_one = is_one && setup[m].method == setup->method;
    }
    used = 0;
    for (size_t m = 0; m < (is_one ? 1 : s->npks) && used < size; m++) {
        used += (size_t)snprintf(solvers + used, size - used, "%s%s", m == 0 ? "" : " ",
                                 setup[m].method->name);
    }
}

static enum tacro_status write_texts(const struct tacro_scenario *s,
                                     const struct tacro_block_setup *setup,
                                     struct tacro_writer *w, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char models[1024];
    char solvers[1024];
    char sundials[32];
    name_models(s, setup, models, solvers, sizeof models);
    snprintf(sundials, sizeof sundials, "%d.%d.%d", SUNDIALS_VERSION_MAJOR,
             SUNDIALS_VERSION_MINOR, SUNDIALS_VERSION_PATCH);
    const struct {
        const char *name;
        const char *text;
    } attribute[] = {
        {"title", s->input->title},
        {"Conventions", "CF-1.10"},
        {"source", "tacro: simulation; no measured level of a patient was used"},
        {"comment", "Research use; not dosing advice. Risks with one draw are central "
                    "values, interval not computed."},
        {"pk", models},
        {"reference", s->input->regimen[s->input->reference].label},
        {"rng", "Philox4x64-10, one uniform per number"},
        {"solver", solvers},
        {"tacro_version", TACRO_VERSION},
        {"sundials_version", sundials},
    };
    for (size_t i = 0; i < sizeof attribute / sizeof attribute[0]; i++) {
        TACRO_TRY(
            tacro_writer_attribute(w, "/", attribute[i].name, attribute[i].text, err));
    }
done:
    return st;
}

/* Numbers of the run; of what each of several PK models has its own a list. */
static enum tacro_status write_numbers(const struct tacro_input *input, double rtol,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double first[TACRO_MAX_PKS];
    double last[TACRO_MAX_PKS];
    double ratio[TACRO_MAX_PKS];
    const struct {
        const char *name;
        const double *value;
        bool is_of_pk;
    } number[] = {
        {"landmark", &input->landmark, false},
        {"horizon", &input->horizon, false},
        {"start_day", &input->start_day, false},
        {"start_clock", &input->start_clock, false},
        {"trough_clock", &input->trough_clock, false},
        {"pk_first_day", first, true},
        {"pk_last_day", last, true},
        {"rtol", &rtol, false},
        {"death_hazard", &input->death_hazard, false}, /* 1/h */
        {"trough_to_mean", ratio, true},
    };
    for (size_t m = 0; m < input->npks; m++) {
        first[m] = input->model[m].pk->first_day;
        last[m] = input->model[m].pk->last_day;
        ratio[m] = input->model[m].pk->trough_to_mean;
    }
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        if (number[i].is_of_pk && input->npks > 1) {
            TACRO_TRY(tacro_writer_numbers(writer, "/", number[i].name, number[i].value,
                                           input->npks, err));
        } else {
            TACRO_TRY(tacro_writer_number(writer, "/", number[i].name, *number[i].value,
                                          err));
        }
    }
done:
    return st;
}

enum tacro_status tacro_provenance_science(const struct tacro_scenario *scenario,
                                           const struct tacro_block_setup *setup,
                                           struct tacro_writer *writer,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = scenario->input;
    const struct {
        const char *name;
        int64_t value;
    } integer[] = {
        {"schema_version", SCHEMA_VERSION},
        {"seed", (int64_t)input->seed},
        {"lanes", TACRO_LANES},
        {"group", TACRO_GROUP},
    };
    TACRO_TRY(write_texts(scenario, setup, writer, err));
    TACRO_TRY(write_case(input, writer, err));
    TACRO_TRY(write_numbers(input, setup->rtol, writer, err));
    for (size_t i = 0; i < sizeof integer / sizeof integer[0]; i++) {
        TACRO_TRY(
            tacro_writer_integer(writer, "/", integer[i].name, integer[i].value, err));
    }
    TACRO_TRY(write_targets(input, writer, err));
    TACRO_TRY(write_inputs(scenario, writer, err));
done:
    return st;
}

enum tacro_status tacro_provenance_run(const struct tacro_provenance *provenance,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char host[256] = "";
    char when[32] = "";
    const time_t now = time(NULL);
    struct tm utc;
    if (gethostname(host, sizeof host - 1) != 0) {
        host[0] = '\0';
    }
    if (gmtime_r(&now, &utc) != NULL) {
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "host", host, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "finished", when, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "kernels",
                                     provenance->kernels, err));
    TACRO_TRY(tacro_writer_integer(writer, "/provenance", "threads",
                                   (int64_t)provenance->threads, err));
    TACRO_TRY(tacro_writer_number(writer, "/provenance", "seconds", provenance->seconds,
                                  err));
done:
    return st;
}
