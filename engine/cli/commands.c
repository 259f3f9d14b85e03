#include "cli/commands.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/environment.h"
#include "cli/json.h"
#include "cli/messages.h"
#include "cli/page.h"
#include "cli/params_check.h"
#include "cli/plan.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/summary.h"
#include "cli/summary_json.h"
#include "tacro_models.h"

/** What a verb holds; freed with session_end. */
struct session {
    const struct tacro_cli_args *args;
    enum tacro_status status;
    struct tacro_error err;
    struct tacro_notes notes;
    struct tacro_scenario *scenario;
    struct tacro_summary *summary;
    char params[4096];
};

/* -- start and end of a verb ------------------------------------------------------- */

static void session_start(struct session *session, const struct tacro_cli_args *args)
{
    *session = (struct session){.args = args};
    session->status = tacro_cli_params_dir(args->params, session->params,
                                           sizeof session->params, &session->err);
    if (session->status == TACRO_OK && args->is_verbose && session->params[0] != '\0') {
        tacro_cli_message("params: %s", session->params);
    }
}

/** Why the verb failed, in one line. */
static const char *error_text(const struct session *session)
{
    if (session->status == TACRO_ESTOPPED) {
        return "stopped; no result file was written";
    }
    return session->err.text[0] != '\0' ? session->err.text
                                        : tacro_status_text(session->status);
}

/** With --json the whole answer is one object, also when the verb failed. */
static json_t *session_json(const struct session *session)
{
    json_t *object = tacro_cli_json_object();
    bool is_ok = session->status == TACRO_OK;
    tacro_cli_json_text(object, "status", tacro_status_text(session->status));
    tacro_cli_json_integer(object, "exit_code",
                           tacro_status_exit_code(session->status));
    tacro_cli_json_text(object, "error", is_ok ? NULL : error_text(session));
    tacro_cli_json_put(object, "notes", tacro_cli_json_notes(&session->notes));
    return object;
}

/** Say what went wrong, free everything; returns the exit code. */
static int session_end(struct session *session)
{
    enum tacro_status status = session->status;
    bool is_told = status == TACRO_EINPUT && session->notes.nfaults > 0 &&
                   session->notes.n > 0; /* the faults say it */
    if (status != TACRO_OK && !is_told) {
        tacro_cli_message("%s", error_text(session));
    }
    tacro_summary_free(session->summary);
    tacro_scenario_free(session->scenario);
    tacro_notes_free(&session->notes);
    return tacro_status_exit_code(status);
}

static void scenario_open(struct session *session)
{
    const struct tacro_cli_args *args = session->args;
    const struct tacro_overrides overrides = {
        .params_dir = session->params[0] == '\0' ? NULL : session->params,
        .subjects = args->subjects,
        .draws = args->draws,
        .seed = args->seed,
        .has_seed = args->has_seed,
    };
    if (session->status != TACRO_OK) {
        return;
    }
    session->status = tacro_scenario_open(args->operand, &overrides, &session->notes,
                                          &session->scenario, &session->err);
    tacro_cli_notes_print(&session->notes, args->is_quiet);
    if (session->status == TACRO_EINPUT && overrides.params_dir == NULL &&
        !tacro_cli_is_params_near(args->operand)) {
        tacro_cli_message(
            "no folder of models was found: use --params DIR or TACRO_PARAMS");
    }
}

/** The number of courses as text; "more than 2^64" when it does not fit. */
static void courses_text(const struct session *session, char *out, size_t size)
{
    struct tacro_frame frame = tacro_scenario_frame(session->scenario);
    uint64_t nregimens = tacro_scenario_regimens(session->scenario);
    uint64_t subjects = session->args->has_subject ? 1 : frame.subjects;
    uint64_t draws = session->args->has_subject ? 1 : frame.draws;
    if (subjects > 0 && draws > 0 && nregimens > 0 &&
        subjects <= UINT64_MAX / draws / nregimens) {
        snprintf(out, size, "%" PRIu64, subjects * draws * nregimens);
    } else {
        snprintf(out, size, "%s", nregimens == 0 ? "0" : "more than 2^64");
    }
}

static json_t *frame_json(const struct tacro_frame *frame)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "title", frame->title);
    if (frame->npks == 1) {
        tacro_cli_json_text(object, "pk", frame->pk[0]);
    } else {
        json_t *models = tacro_cli_json_array();
        for (size_t i = 0; i < frame->npks; i++) {
            tacro_cli_json_append(models, json_string(frame->pk[i]));
        }
        tacro_cli_json_put(object, "pk", models);
    }
    tacro_cli_json_text(object, "switches", frame->switches);
    tacro_cli_json_count(object, "noutcomes", frame->noutcomes);
    tacro_cli_json_count(object, "subjects", frame->subjects);
    tacro_cli_json_count(object, "draws", frame->draws);
    tacro_cli_json_count(object, "seed", frame->seed);
    tacro_cli_json_number(object, "start_day", frame->start_day);
    tacro_cli_json_number(object, "start_clock_h", frame->start_clock);
    tacro_cli_json_number(object, "landmark_h", frame->landmark);
    tacro_cli_json_number(object, "horizon_h", frame->horizon);
    if (frame->npks == 1) {
        tacro_cli_json_number(object, "pk_first_day", frame->pk_first_day[0]);
        tacro_cli_json_number(object, "pk_last_day", frame->pk_last_day[0]);
    }
    return object;
}

/* -- check ------------------------------------------------------------------------- */

/** "2 PK models: a, b; each plan runs under each of them, as plan@model". */
static void print_pks(const struct tacro_cli_page *page,
                      const struct tacro_frame *frame)
{
    char text[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < frame->npks && used < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 i == 0 ? "" : ", ", frame->pk[i]);
    }
    tacro_cli_page_paragraph(page, 12, "Models",
                             "%zu PK models: %s; each plan runs under each of them, as "
                             "plan@model",
                             frame->npks, text);
}

/** "pk, 2 risk models: pres_lung, rejection_lung", and what else the hazards meet. */
static void print_models(const struct tacro_cli_page *page,
                         const struct tacro_frame *frame)
{
    char text[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < frame->noutcomes && used < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 i == 0 ? ": " : ", ", frame->risk[i]);
    }
    if (frame->npks == 1) {
        tacro_cli_page_paragraph(page, 12, "Models", "%s, %zu risk model%s%s",
                                 frame->pk[0], frame->noutcomes,
                                 frame->noutcomes == 1 ? "" : "s", text);
    } else {
        print_pks(page, frame);
        tacro_cli_page_paragraph(page, 12, "", "%zu risk model%s%s", frame->noutcomes,
                                 frame->noutcomes == 1 ? "" : "s", text);
    }
    if (frame->switches[0] != '\0') {
        tacro_cli_page_paragraph(page, 12, "Switches", "%s", frame->switches);
    }
    if (frame->history != NULL) {
        tacro_cli_page_paragraph(
            page, 12, "History", "%s at %s (%.6g h), severity %s", frame->history,
            tacro_cli_moment_text(
                tacro_cli_moment(frame->start_day, frame->start_clock, frame->onset))
                .s,
            frame->onset, frame->severity);
    }
    if (frame->noutcomes > 0) {
        tacro_cli_page_paragraph(page, 12, "Death", "hazard %.4g%s",
                                 24 * frame->death_hazard,
                                 frame->death_hazard > 0 ? " 1/d" : ": none competes");
    }
    used = 0;
    for (size_t i = 0; i < frame->nendpoints && used < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 i == 0 ? "" : ", ", frame->endpoint[i]);
    }
    if (frame->nendpoints > 0) {
        tacro_cli_page_paragraph(page, 12, "Endpoints", "%s", text);
    }
}

/** Days since transplantation beside the calibrated ones, if some are outside. */
static void print_days(const struct tacro_cli_page *page,
                       const struct tacro_frame *frame)
{
    const double start = frame->start_day + frame->start_clock / 24;
    const double end = start + frame->horizon / 24;
    for (size_t i = 0; i < frame->npks; i++) {
        const double first = frame->pk_first_day[i];
        const double last = frame->pk_last_day[i];
        /* a day counts whole: its calendar day is calibrated or not */
        if (end >= last + 1 || start < first) {
            tacro_cli_page_paragraph(page, 12, "Days",
                                     "%.3g to %.3g after transplantation; %s is "
                                     "calibrated on days %.4g to %.4g: outside is "
                                     "extrapolation",
                                     start, end, frame->pk[i], first, last);
        }
    }
}

static void check_print(const struct session *session)
{
    struct tacro_cli_page page = tacro_cli_page_open(stdout);
    struct tacro_frame frame = tacro_scenario_frame(session->scenario);
    const double moment[] = {0, frame.landmark, frame.horizon};
    struct tacro_cli_text text[3];
    char courses[32];
    for (size_t k = 0; k < 3; k++) {
        text[k] = tacro_cli_moment_text(
            tacro_cli_moment(frame.start_day, frame.start_clock, moment[k]));
    }
    courses_text(session, courses, sizeof courses);
    tacro_cli_page_title(&page, frame.title);
    print_models(&page, &frame);
    tacro_cli_page_paragraph(&page, 12, "Patients",
                             "%" PRIu64 " x %" PRIu64 " draw%s x %zu regimen%s = %s "
                             "course%s, seed %" PRIu64,
                             frame.subjects, frame.draws, frame.draws == 1 ? "" : "s",
                             tacro_scenario_regimens(session->scenario),
                             tacro_scenario_regimens(session->scenario) == 1 ? "" : "s",
                             courses, strcmp(courses, "1") == 0 ? "" : "s", frame.seed);
    tacro_cli_page_paragraph(
        &page, 12, "Time", "start %s; landmark %s (%.6g h); end %s (%.6g h)", text[0].s,
        text[1].s, frame.landmark, text[2].s, frame.horizon);
    print_days(&page, &frame);
    for (size_t r = 0; r < frame.nplans; r++) {
        struct tacro_plan plan = tacro_scenario_plan(session->scenario, r);
        tacro_cli_plan_print(&page, &plan, &frame);
    }
}

static void check_print_json(const struct session *session)
{
    json_t *object = session_json(session);
    if (session->scenario != NULL) {
        struct tacro_frame frame = tacro_scenario_frame(session->scenario);
        json_t *regimens = tacro_cli_json_array();
        for (size_t r = 0; r < frame.nplans; r++) {
            struct tacro_plan plan = tacro_scenario_plan(session->scenario, r);
            tacro_cli_json_append(regimens, tacro_cli_plan_json(&plan, &frame));
        }
        tacro_cli_json_put(object, "scenario", frame_json(&frame));
        tacro_cli_json_put(object, "regimens", regimens);
    }
    tacro_cli_json_print(object);
}

int tacro_cli_command_check(const struct tacro_cli_args *args)
{
    struct session session;
    if (tacro_is_params_file(args->operand)) {
        return tacro_cli_check_params(args);
    }
    session_start(&session, args);
    scenario_open(&session);
    if (args->is_json) {
        check_print_json(&session);
    } else if (session.status == TACRO_OK) {
        check_print(&session);
    }
    return session_end(&session);
}

/* -- run --------------------------------------------------------------------------- */

static volatile sig_atomic_t is_stop_asked;

static void ask_stop(int signal_number)
{
    (void)signal_number;
    is_stop_asked = 1;
}

static void catch_stop_signals(void)
{
    /* once: a second signal of the kind has its default action */
    struct sigaction stop = {
        .sa_handler = ask_stop,
        .sa_flags = (int)(SA_RESTART | SA_RESETHAND),
    };
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};
    sigemptyset(&stop.sa_mask);
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++) {
        struct sigaction before;
        if (sigaction(signals[k], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            sigaction(signals[k], &stop, NULL);
        }
    }
}

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
    tacro_cli_progress_show(context, done, total);
    return is_stop_asked == 0;
}

/* Which courses could not be computed, and where; the first of them. */
static void print_failures(const struct session *session)
{
    const struct tacro_summary *summary = session->summary;
    for (size_t i = 0; i < summary->nfailures; i++) {
        const struct tacro_failure *f = &summary->failure[i];
        tacro_cli_message("subject %" PRIu64 " (draw %" PRIu64 ", patient %" PRIu64
                          "), regimen %s: %s at %.4g h",
                          f->subject, f->draw, f->patient,
                          summary->regimen[f->regimen].label, f->reason, f->time);
    }
    if (summary->failed > summary->nfailures) {
        tacro_cli_message("... and %" PRIu64 " more courses that failed",
                          summary->failed - summary->nfailures);
    }
}

static void simulate(struct session *session)
{
    const struct tacro_cli_args *args = session->args;
    struct tacro_cli_progress progress = tacro_cli_progress_start(args->is_quiet);
    const struct tacro_run_options options = {
        .output = args->output,
        .force = args->is_forced,
        .threads = tacro_cli_threads(args->threads),
        .kernels = args->kernels,
        .solver = args->solver,
        .rtol = args->rtol,
        .has_subject = args->has_subject,
        .subject = args->subject,
        .max_failed = args->max_failed,
        .progress = on_progress,
        .context = &progress,
    };
    catch_stop_signals();
    session->status =
        tacro_run(session->scenario, &options, &session->summary, &session->err);
    tacro_cli_progress_end(&progress);
    const struct tacro_summary *summary = session->summary;
    if (summary != NULL) {
        print_failures(session);
    }
    if (summary != NULL && args->is_verbose) {
        tacro_cli_message(
            "%u thread%s, kernels %s, solver %s, %.3g s, %.4g courses/s",
            summary->threads, summary->threads == 1 ? "" : "s", summary->kernels,
            summary->solver, summary->seconds,
            summary->seconds > 0 ? (double)summary->courses / summary->seconds : 0.0);
    }
}

/** NULL: all subjects were asked for. */
static const uint64_t *only_subject(const struct session *session)
{
    return session->args->has_subject ? &session->args->subject : NULL;
}

/** A dry run says what the run would say first. */
static void rehearse(struct session *session)
{
    const struct tacro_cli_args *args = session->args;
    struct stat info;
    if (args->output != NULL && !args->is_forced && lstat(args->output, &info) == 0) {
        session->status = TACRO_ECREATE;
        snprintf(session->err.text, sizeof session->err.text,
                 "%s exists; --force replaces a result file", args->output);
    }
}

/* Times the tolerance: solvers that differ by more do not solve the same equations. */
#define DOUBTFUL 100.0

/* The built-in check of the solver by the other one. */
static void print_solver(const struct tacro_summary *summary,
                         struct tacro_cli_page *page)
{
    char hazards[64] = "";
    tacro_cli_page_heading(page, "SOLVER");
    if (summary->checked == 0) {
        tacro_cli_page_paragraph(page, 2, "", "%s; nothing was checked by another one",
                                 summary->solver);
        return;
    }
    if (summary->noutcomes > 0) {
        snprintf(hazards, sizeof hazards, ", cumulative hazards by %.1e",
                 summary->hazard_difference);
    }
    tacro_cli_page_paragraph(
        page, 2, "",
        "%s; %s integrated %llu of the courses too: levels differ by %.1e at most%s "
        "(relative)",
        summary->solver, summary->other_solver, (unsigned long long)summary->checked,
        summary->level_difference, hazards);
    if (summary->level_difference > DOUBTFUL * summary->rtol ||
        summary->hazard_difference > DOUBTFUL * summary->rtol) {
        tacro_cli_page_paragraph(
            page, 2, "",
            "WARNING: that is more than %g times the tolerance of %.0e; one of the two "
            "is wrong in this scenario",
            DOUBTFUL, summary->rtol);
    }
    if (summary->unmatched > 0) {
        tacro_cli_page_paragraph(
            page, 2, "",
            "WARNING: %llu courses of the sample could be integrated by one "
            "of the two alone",
            (unsigned long long)summary->unmatched);
    }
}

static void run_print(const struct session *session)
{
    struct tacro_cli_page page = tacro_cli_page_open(stdout);
    if (session->summary != NULL) {
        tacro_cli_summary_print(&page, session->scenario, session->summary,
                                only_subject(session));
        print_solver(session->summary, &page);
        tacro_cli_page_heading(&page, "RESULT FILE");
        tacro_cli_page_paragraph(&page, 2, "", "%s", session->args->output);
        tacro_cli_page_paragraph(&page, 2, "", "SHA-256 of the results %s",
                                 session->summary->content_hash);
    } else if (session->status == TACRO_OK) {
        char courses[32];
        courses_text(session, courses, sizeof courses);
        tacro_cli_page_paragraph(&page, 0, "",
                                 "Dry run: %s course%s would be computed; nothing was.",
                                 courses, strcmp(courses, "1") == 0 ? "" : "s");
    }
}

static void run_print_json(const struct session *session)
{
    json_t *object = session_json(session);
    if (session->summary != NULL) {
        tacro_cli_json_text(object, "output", session->args->output);
        tacro_cli_json_put(object, "summary",
                           tacro_cli_summary_json(session->scenario, session->summary,
                                                  only_subject(session)));
    } else if (session->status == TACRO_OK) {
        struct tacro_frame frame = tacro_scenario_frame(session->scenario);
        char courses[32];
        uint64_t n = 0;
        courses_text(session, courses, sizeof courses);
        tacro_cli_json_put(object, "scenario", frame_json(&frame));
        if (tacro_cli_parse_count(courses, 0, UINT64_MAX, &n)) {
            tacro_cli_json_count(object, "courses", n);
        } else {
            tacro_cli_json_text(object, "courses", courses);
        }
    }
    tacro_cli_json_print(object);
}

int tacro_cli_command_run(const struct tacro_cli_args *args)
{
    struct session session;
    session_start(&session, args);
    scenario_open(&session);
    if (session.status == TACRO_OK && args->is_dry) {
        rehearse(&session);
    } else if (session.status == TACRO_OK) {
        simulate(&session);
    }
    if (args->is_json) {
        run_print_json(&session);
    } else {
        run_print(&session);
    }
    return session_end(&session);
}
