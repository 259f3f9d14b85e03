/** `tacro calibrate`: draw tables of risk files, and what was solved for them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/messages.h"
#include "cli/page.h"
#include "cli/progress.h"
#include "cli/summary_risk_json.h"

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
    tacro_cli_progress_show(context, done, total);
    return true;
}

/** "1.3 % (2.5-97.5 %: 0.45-3.7 %)"; no range with one draw. */
static void incidence_text(const struct tacro_calibrated *risk, char *out, size_t size)
{
    const struct tacro_interval *spread = &risk->incidence_spread;
    int used = snprintf(out, size, "%.3g %% within %g d of transplantation",
                        100 * risk->incidence, risk->within / 24);
    if (!isnan(spread->low) && spread->low < spread->high && used > 0 &&
        (size_t)used < size) {
        snprintf(out + used, size - (size_t)used,
                 "; over draws %.3g %% (%.2g to %.2g %%)", 100 * spread->median,
                 100 * spread->low, 100 * spread->high);
    }
}

static void risk_print(const struct tacro_cli_page *page,
                       const struct tacro_calibrated *risk)
{
    char text[160];
    tacro_cli_page_heading(page, risk->file);
    incidence_text(risk, text, sizeof text);
    tacro_cli_page_paragraph(page, 12, "Anchor", "%s", text);
    tacro_cli_page_paragraph(
        page, 12, "Solved", "%s = %.4g %s at central values (the file has %.4g %s)",
        risk->solved, risk->central, risk->unit, risk->before, risk->unit);
    if (!isnan(risk->spread.low)) {
        tacro_cli_page_paragraph(page, 12, "",
                                 "over draws 2.5 / 50 / 97.5 %%: "
                                 "%.3g / %.3g / %.3g %s",
                                 risk->spread.low, risk->spread.median,
                                 risk->spread.high, risk->unit);
    }
    tacro_cli_page_paragraph(page, 12, "Table", "%s, %zu numbers a draw", risk->path,
                             risk->nnumbers);
}

static void print(const struct tacro_calibration *calibration)
{
    struct tacro_cli_page page = tacro_cli_page_open(stdout);
    const struct tacro_frame frame = tacro_scenario_frame(calibration->scenario);
    tacro_cli_page_title(&page, frame.title);
    tacro_cli_page_paragraph(
        &page, 12, "Cohort", "%" PRIu64 " patients over %.6g h with %s; seed %" PRIu64,
        calibration->patients, calibration->horizon, frame.pk[0], calibration->seed);
    tacro_cli_page_paragraph(&page, 12, "Draws", "%" PRIu64 ", in %.3g s",
                             calibration->draws, calibration->seconds);
    for (size_t k = 0; k < calibration->n; k++) {
        risk_print(&page, &calibration->risk[k]);
    }
}

static json_t *risk_json(const struct tacro_calibrated *risk)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "file", risk->file);
    tacro_cli_json_text(object, "outcome", risk->outcome);
    tacro_cli_json_text(object, "table", risk->path);
    tacro_cli_json_count(object, "numbers", risk->nnumbers);
    tacro_cli_json_number(object, "within_h", risk->within);
    tacro_cli_json_number(object, "incidence", risk->incidence);
    tacro_cli_json_put(object, "incidence_draws",
                       tacro_cli_interval_json(risk->incidence_spread));
    tacro_cli_json_text(object, "solved", risk->solved);
    tacro_cli_json_text(object, "unit", risk->unit);
    tacro_cli_json_number(object, "before", risk->before);
    tacro_cli_json_number(object, "central", risk->central);
    tacro_cli_json_put(object, "draws", tacro_cli_interval_json(risk->spread));
    return object;
}

static void print_json(const struct tacro_calibration *calibration,
                       const struct tacro_notes *notes, enum tacro_status status,
                       const struct tacro_error *error)
{
    json_t *object = tacro_cli_json_object();
    json_t *risks = tacro_cli_json_array();
    tacro_cli_json_text(object, "status", tacro_status_text(status));
    tacro_cli_json_integer(object, "exit_code", tacro_status_exit_code(status));
    tacro_cli_json_text(object, "error", status == TACRO_OK ? NULL : error->text);
    tacro_cli_json_put(object, "notes", tacro_cli_json_notes(notes));
    if (calibration != NULL) {
        tacro_cli_json_count(object, "patients", calibration->patients);
        tacro_cli_json_count(object, "ndraws", calibration->draws);
        tacro_cli_json_count(object, "seed", calibration->seed);
        tacro_cli_json_number(object, "horizon_h", calibration->horizon);
        tacro_cli_json_number(object, "seconds", calibration->seconds);
    }
    for (size_t k = 0; calibration != NULL && k < calibration->n; k++) {
        tacro_cli_json_append(risks, risk_json(&calibration->risk[k]));
    }
    tacro_cli_json_put(object, "risks", risks);
    tacro_cli_json_print(object);
}

int tacro_cli_command_calibrate(const struct tacro_cli_args *args)
{
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_notes notes = {0};
    struct tacro_calibration *calibration = NULL;
    struct tacro_cli_progress progress = tacro_cli_progress_start(args->is_quiet);
    char params[4096];
    enum tacro_status status =
        tacro_cli_params_dir(args->params, params, sizeof params, &err);
    const struct tacro_calibrate_options options = {
        .scenario = args->operand,
        .params_dir = params[0] == '\0' ? NULL : params,
        .output_dir = args->output,
        .draws = args->draws,
        .patients = args->subjects,
        .seed = args->seed,
        .has_seed = args->has_seed,
        .threads = tacro_cli_threads(args->threads),
        .kernels = args->kernels,
        .force = args->is_forced,
        .progress = on_progress,
        .context = &progress,
    };
    if (status == TACRO_OK) {
        status = tacro_calibrate(&options, &notes, &calibration, &err);
        tacro_cli_progress_end(&progress);
        tacro_cli_notes_print(&notes, args->is_quiet);
    }
    if (args->is_json) {
        print_json(calibration, &notes, status, &err);
    } else if (status == TACRO_OK) {
        print(calibration);
    }
    if (status != TACRO_OK && !(status == TACRO_EINPUT && notes.nfaults > 0)) {
        tacro_cli_message("%s",
                          err.text[0] != '\0' ? err.text : tacro_status_text(status));
    }
    tacro_calibration_free(calibration);
    tacro_notes_free(&notes);
    return tacro_status_exit_code(status);
}
