#include "cli/args.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/messages.h"

enum option_key {
    KEY_OUTPUT = 'o',
    KEY_QUIET = 'q',
    KEY_VERBOSE = 'v',
    KEY_SUBJECTS = 0x100, /* beyond the characters: long options only */
    KEY_DRAWS,
    KEY_SEED,
    KEY_THREADS,
    KEY_SUBJECT,
    KEY_MAX_FAILED,
    KEY_KERNELS,
    KEY_SOLVER,
    KEY_RTOL,
    KEY_PARAMS,
    KEY_FORCE,
    KEY_DRY_RUN,
    KEY_JSON
};

#define OPTION_COMMON                                                                  \
    {"params", KEY_PARAMS, "DIR", 0, "Folder that holds pk/ and risk/", 2},            \
        {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 2},                    \
        {"quiet", KEY_QUIET, NULL, 0, "No notices, no progress", 2},                   \
    {                                                                                  \
        "verbose", KEY_VERBOSE, NULL, 0, "Say more on standard error", 2               \
    }

static const struct argp_option run_options[] = {
    {"output", KEY_OUTPUT, "OUT.h5", 0, "Result file (HDF5); required", 1},
    {"force", KEY_FORCE, NULL, 0, "Replace OUT.h5 if it exists", 1},
    {"subjects", KEY_SUBJECTS, "N", 0, "Patients per draw, instead of the scenario's",
     1},
    {"draws", KEY_DRAWS, "N", 0, "Parameter draws, instead of the scenario's", 1},
    {"seed", KEY_SEED, "N", 0, "Seed, instead of the scenario's", 1},
    {"subject", KEY_SUBJECT, "I", 0, "Recompute the subject of this index alone", 1},
    {"max-failed", KEY_MAX_FAILED, "N", 0, "Failed courses tolerated (default 0)", 1},
    {"threads", KEY_THREADS, "N", 0,
     "Threads (default: OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, or the processors "
     "available)",
     1},
    {"kernels", KEY_KERNELS, "NAME", 0, "baseline, v3 or v4 (default: the best here)",
     1},
    {"solver", KEY_SOLVER, "NAME", 0,
     "auto, cvode or exact (default auto: exact where the model allows it)", 1},
    {"rtol", KEY_RTOL, "X", 0, "Relative tolerance of the solver (default 1e-6)", 1},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Check and count only; compute nothing", 1},
    OPTION_COMMON,
    {0},
};

static const struct argp_option calibrate_options[] = {
    {"output", KEY_OUTPUT, "DIR", 0, "Folder for the draw tables; required", 1},
    {"force", KEY_FORCE, NULL, 0, "Replace draw tables that exist", 1},
    {"draws", KEY_DRAWS, "N", 0, "Parameter draws (default 1000)", 1},
    {"subjects", KEY_SUBJECTS, "N", 0, "Patients of the cohort, not the scenario's", 1},
    {"seed", KEY_SEED, "N", 0, "Seed, instead of the scenario's", 1},
    {"threads", KEY_THREADS, "N", 0, "Threads, as for `run'", 1},
    {"kernels", KEY_KERNELS, "NAME", 0, "baseline, v3 or v4 (default: the best here)",
     1},
    OPTION_COMMON,
    {0},
};

static const struct argp_option plain_options[] = {OPTION_COMMON, {0}};

struct verb {
    const char *name;
    const char *operands;
    const char *doc; /**< what it does; after \v: more, below the options */
    const struct argp_option *options;
    tacro_cli_command *command;
    const char *missing; /**< the operand it cannot do without */
    const char *output;  /**< what -o must name; NULL: there is no -o */
};

static const struct verb verbs[] = {
    {"run", "SCENARIO",
     "Simulate the regimens on all patients, print the summary."
     "\vResearch use; not dosing advice. Exit codes: 0 done, 1 more failed courses "
     "than "
     "--max-failed, 64 usage, 65 bad data, 66 no input, 73 cannot create OUT.h5, 74 "
     "input/output error, 75 stopped by a signal.",
     run_options, tacro_cli_command_run, "SCENARIO", "OUT.h5"},
    {"check", "FILE",
     "Check a scenario and print the doses of each regimen, or check a params file."
     "\vExit codes: 0 no fault, 64 usage, 65 bad data, 66 no input, 74 input/output "
     "error.",
     plain_options, tacro_cli_command_check, "FILE", NULL},
    {"models", "[NAME]",
     "List the models, or describe one (NAME or a file) with its sources."
     "\vExit codes: 0 done, 64 usage, 65 bad data, 66 no such model or folder, 74 "
     "input/output error.",
     plain_options, tacro_cli_command_models, NULL, NULL},
    {"qualify", "[NAME...]",
     "Compute the published figures of PK models (names or files; all of them)."
     "\vExit codes: 0 every figure matches or differs as its file says, 1 one does "
     "not, 64 usage, 65 bad data, 66 no such model or folder, 74 input/output error.",
     plain_options, tacro_cli_command_qualify, NULL, NULL},
    {"calibrate", "SCENARIO",
     "Make the draw tables of the risk files of SCENARIO, a reference cohort."
     "\vWrites DIR/<risk file>.draws.csv. Exit codes: 0 done, 1 a course failed, 64 "
     "usage, 65 bad data, 66 no input, 73 cannot create a table, 74 input/output "
     "error.",
     calibrate_options, tacro_cli_command_calibrate, "SCENARIO", "DIR"},
};

enum { NVERBS = sizeof verbs / sizeof verbs[0] };

bool tacro_cli_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = 10 * value + digit;
    }
    *out = value;
    return value >= min && value <= max;
}

static uint64_t need_count(const struct argp_state *state, const char *option,
                           const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = 0;
    if (!tacro_cli_parse_count(text, min, max, &value)) {
        argp_error(state, "%s: '%s' is not a whole number from %" PRIu64 " to %" PRIu64,
                   option, text, min, max);
    }
    return value;
}

static double need_tolerance(const struct argp_state *state, const char *text)
{
    char *end = NULL;
    bool is_decimal =
        *text != '\0' && text[strspn(text, "0123456789.eE+-")] == '\0' && *text != '+';
    errno = 0;
    double value = strtod(text, &end);
    if (!is_decimal || *end != '\0' || errno != 0 || !(value > 0 && value < 1)) {
        argp_error(state, "--rtol: '%s' is not a number between 0 and 1, such as 1e-6",
                   text);
    }
    return value;
}

/** Options with a value; false: not one of them. */
static bool take_value(int key, const char *text, const struct argp_state *state,
                       struct tacro_cli_args *args)
{
    switch (key) {
    case KEY_OUTPUT:
        if (*text == '\0') {
            argp_error(state, "-o: the name is empty");
        }
        args->output = text;
        return true;
    case KEY_PARAMS:
        args->params = text;
        return true;
    case KEY_KERNELS:
        if (strcmp(text, "baseline") != 0 && strcmp(text, "v3") != 0 &&
            strcmp(text, "v4") != 0) {
            argp_error(state, "--kernels: '%s' is not baseline, v3 or v4", text);
        }
        args->kernels = text;
        return true;
    case KEY_SOLVER:
        if (strcmp(text, "auto") != 0 && strcmp(text, "cvode") != 0 &&
            strcmp(text, "exact") != 0) {
            argp_error(state, "--solver: '%s' is not auto, cvode or exact", text);
        }
        args->solver = text;
        return true;
    case KEY_SUBJECTS:
        args->subjects = need_count(state, "--subjects", text, 1, TACRO_MAX_PATIENTS);
        return true;
    case KEY_DRAWS:
        args->draws = need_count(state, "--draws", text, 1, TACRO_MAX_DRAWS);
        return true;
    case KEY_SEED:
        args->seed = need_count(state, "--seed", text, 0, UINT64_MAX);
        args->has_seed = true;
        return true;
    case KEY_SUBJECT:
        args->subject = need_count(state, "--subject", text, 0, UINT64_MAX);
        args->has_subject = true;
        return true;
    case KEY_MAX_FAILED:
        args->max_failed = need_count(state, "--max-failed", text, 0, UINT64_MAX);
        return true;
    case KEY_THREADS:
        args->threads =
            (unsigned)need_count(state, "--threads", text, 1, TACRO_CLI_MAX_THREADS);
        return true;
    case KEY_RTOL:
        args->rtol = need_tolerance(state, text);
        return true;
    default:
        return false;
    }
}

/** Options without a value; false: not one of them. */
static bool take_flag(int key, struct tacro_cli_args *args)
{
    switch (key) {
    case KEY_FORCE:
        args->is_forced = true;
        return true;
    case KEY_DRY_RUN:
        args->is_dry = true;
        return true;
    case KEY_JSON:
        args->is_json = true;
        return true;
    case KEY_QUIET:
        args->is_quiet = true;
        return true;
    case KEY_VERBOSE:
        args->is_verbose = true;
        return true;
    default:
        return false;
    }
}

struct verb_input {
    const struct verb *verb;
    struct tacro_cli_args *args;
};

static void take_name(const struct argp_state *state, const char *text,
                      struct tacro_cli_args *args)
{
    if (args->nnames == TACRO_CLI_MAX_NAMES) {
        argp_error(state, "'%s': more than %d names", text, TACRO_CLI_MAX_NAMES);
        return;
    }
    args->name[args->nnames++] = text;
}

static error_t parse_verb_option(int key, char *text, struct argp_state *state)
{
    struct verb_input *input = state->input;
    struct tacro_cli_args *args = input->args;
    if (take_value(key, text, state, args) || take_flag(key, args)) {
        return 0;
    }
    switch (key) {
    case ARGP_KEY_ARG:
        if (input->verb->command == tacro_cli_command_qualify) {
            take_name(state, text, args);
            return 0;
        }
        if (args->operand != NULL) {
            argp_error(state, "'%s': one %s at a time", text, input->verb->operands);
        }
        args->operand = text;
        return 0;
    case ARGP_KEY_END:
        if (args->operand == NULL && input->verb->missing != NULL) {
            argp_error(state, "%s is missing", input->verb->missing);
        }
        if (input->verb->output != NULL && args->output == NULL && !args->is_dry) {
            argp_error(state, "-o %s is missing%s", input->verb->output,
                       input->verb->options == run_options ? " (or --dry-run)" : "");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *verb_name(const void *context, size_t i)
{
    (void)context;
    return verbs[i].name;
}

struct top_input {
    const struct verb *verb;
    int next; /**< index of the first argument after the verb */
};

static error_t parse_top_option(int key, char *text, struct argp_state *state)
{
    struct top_input *input = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        for (size_t k = 0; k < NVERBS; k++) {
            if (strcmp(text, verbs[k].name) == 0) {
                input->verb = &verbs[k];
                input->next = state->next;
                state->next = state->argc; /* the rest is the verb's */
                return 0;
            }
        }
        size_t nearest = tacro_cli_nearest(text, NVERBS, verb_name, NULL);
        if (nearest < NVERBS) {
            argp_error(state, "unknown verb '%s'; did you mean '%s'?", text,
                       verbs[nearest].name);
        }
        argp_error(state, "unknown verb '%s'", text);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a verb is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/** The verbs, from the table, below the options of `tacro --help`. */
static char *top_help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        return (char *)text;
    }
    enum { SIZE = 2048 };
    char *help = malloc(SIZE);
    if (help == NULL) {
        return NULL;
    }
    size_t used = (size_t)snprintf(help, SIZE, "Verbs:\n");
    for (size_t k = 0; k < NVERBS; k++) {
        int length = (int)strcspn(verbs[k].doc, "\v");
        char call[32];
        snprintf(call, sizeof call, "%s %s", verbs[k].name, verbs[k].operands);
        used += (size_t)snprintf(help + used, SIZE - used, "  %-19s %.*s\n", call,
                                 length, verbs[k].doc);
    }
    snprintf(
        help + used, SIZE - used,
        "\n`tacro VERB --help' lists the options of a verb. Research use; not dosing "
        "advice.");
    return help;
}

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fprintf(out, "tacro %s\n", tacro_version());
}

tacro_cli_command *tacro_cli_args_parse(int argc, char **argv,
                                        struct tacro_cli_args *args)
{
    static const struct argp top = {
        .parser = parse_top_option,
        .args_doc = "VERB [OPTION...]",
        .doc = "Simulate tacrolimus levels and the risk of PRES and rejection.\v",
        .help_filter = top_help,
    };
    struct top_input chosen = {0};
    *args = (struct tacro_cli_args){0};
    argp_program_version_hook = print_version;
    argp_parse(&top, argc, argv, ARGP_IN_ORDER, NULL, &chosen);
    if (chosen.verb == NULL) {
        exit(argp_err_exit_status);
    }

    char name[32];
    snprintf(name, sizeof name, "tacro %s", chosen.verb->name);
    char **rest = argv + chosen.next - 1;
    rest[0] = name;
    struct verb_input input = {.verb = chosen.verb, .args = args};
    const struct argp argp = {
        .options = chosen.verb->options,
        .parser = parse_verb_option,
        .args_doc = chosen.verb->operands,
        .doc = chosen.verb->doc,
    };
    argp_parse(&argp, argc - chosen.next + 1, rest, 0, NULL, &input);
    return chosen.verb->command;
}
