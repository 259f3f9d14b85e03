/** Measures how many patient courses a second the engine computes; CSV on stdout. */
#include "benchmarks/machine.h"
#include "benchmarks/workload.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_REPS 1000
#define NREFERENCE 50 /* subjects whose courses are compared with the oracle */
#define COLUMNS                                                                        \
    "workload,scope,solver,threads,subjects,subjects_per_s,median_s,min_s,max_s,"      \
    "max_rel_error,rss_mib,commit,cpu\n"

/* One line for each solver. */
static const struct tacro_method *const methods[] = {
    &tacro_method_exact,
    &tacro_method_cvode,
};
static const char *const workloads[] = {"W1", "W2", "case"};
static const char *const scopes[] = {"solve", "run"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL "all"

struct options {
    const char *workload; /* of the list, or the path of a scenario */
    const char *scope;
    const char *solver;
    const char *threads;
    uint64_t subjects; /* 0: as in the scenario */
    unsigned reps;
    const char *kernels;
    double rtol;
    bool is_once;    /* a single solve: no repetition, warm-up or reference */
    bool has_output; /* scope run writes its file */
    bool has_header;
    bool is_dump;
};

/* One row of the table, before it is measured. */
struct task {
    const char *workload;
    const char *scope;
    const struct tacro_method *method;
    size_t nthreads;
};

struct timing {
    size_t courses;
    size_t n;
    double second[MAX_REPS];
    double error; /* NaN: not measured */
};

static int fail(const struct tacro_error *err)
{
    fprintf(stderr, "tacro_bench: %s\n", err->text);
    return tacro_status_exit_code(err->status);
}

static void scenario_path(const char *workload, char *path, size_t size)
{
    if (strcmp(workload, "W1") == 0) {
        snprintf(path, size, "%s/benchmarks/w1.yaml", BENCH_SOURCE);
    } else if (strcmp(workload, "W2") == 0) {
        snprintf(path, size, "%s/benchmarks/w2.yaml", BENCH_SOURCE);
    } else if (strcmp(workload, "case") == 0) {
        snprintf(path, size, "%s/params/scenario/pres_lung_transplant.yaml",
                 BENCH_SOURCE);
    } else {
        snprintf(path, size, "%s", workload);
    }
}

static enum tacro_status open_workload(const struct options *o, const char *workload,
                                       struct tacro_scenario **out,
                                       struct tacro_error *err)
{
    char path[4096];
    scenario_path(workload, path, sizeof path);
    return bench_scenario(path, o->subjects, out, err);
}

/* -- scope solve ------------------------------------------------------------------- */

static enum tacro_status measure_solve(const struct options *o, const struct task *task,
                                       struct timing *t, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_scenario *scenario = NULL;
    struct bench_workload *w = NULL;
    const struct bench_choice choice = {task->method, o->kernels, o->rtol,
                                        task->nthreads};
    TACRO_TRY(open_workload(o, task->workload, &scenario, err));
    t->courses =
        (size_t)tacro_scenario_subjects(scenario) * tacro_scenario_regimens(scenario);
    TACRO_TRY(bench_workload_create(scenario, &choice, &w, err));
    if (!o->is_once) {
        bench_workload_solve(w);
    }
    for (t->n = 0; t->n < o->reps; t->n++) {
        const double start = bench_now();
        bench_workload_solve(w);
        t->second[t->n] = bench_now() - start;
    }
    if (w->nfailed > 0) {
        st = tacro_fail(err, TACRO_EFAILED, "%zu courses failed", w->nfailed);
        goto done;
    }
    t->error = o->is_once ? (double)NAN : bench_workload_error(w, NREFERENCE);
done:
    bench_workload_free(w);
    return st;
}

/* -- scope run --------------------------------------------------------------------- */

static enum tacro_status run_once(const struct options *o, const struct task *task,
                                  const struct tacro_scenario *scenario,
                                  const char *output, struct tacro_error *err)
{
    struct tacro_summary *summary = NULL;
    const struct tacro_run_options options = {.output = o->has_output ? output : NULL,
                                              .force = true,
                                              .threads = (unsigned)task->nthreads,
                                              .solver = task->method->name,
                                              .kernels = o->kernels,
                                              .rtol = o->rtol};
    const enum tacro_status st = tacro_run(scenario, &options, &summary, err);
    tacro_summary_free(summary);
    return st;
}

static enum tacro_status measure_run(const struct options *o, const struct task *task,
                                     struct timing *t, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_scenario *scenario = NULL;
    const char *tmp = getenv("TMPDIR");
    char folder[1024];
    char output[1100];
    snprintf(folder, sizeof folder, "%s/tacro_bench_XXXXXX",
             tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(folder) == NULL) {
        return tacro_fail(err, TACRO_ECREATE, "%s: %s", folder, strerror(errno));
    }
    snprintf(output, sizeof output, "%s/bench.h5", folder);
    TACRO_TRY(open_workload(o, task->workload, &scenario, err));
    t->error = NAN;
    t->courses =
        (size_t)tacro_scenario_subjects(scenario) * tacro_scenario_regimens(scenario);
    if (!o->is_once) {
        TACRO_TRY(run_once(o, task, scenario, output, err));
    }
    for (t->n = 0; t->n < o->reps; t->n++) {
        const double start = bench_now();
        TACRO_TRY(run_once(o, task, scenario, output, err));
        t->second[t->n] = bench_now() - start;
    }
done:
    tacro_scenario_free(scenario);
    unlink(output);
    rmdir(folder);
    return st;
}

/* -- the table --------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const struct task *task, struct timing *t)
{
    char cpu[128];
    char error[32] = "";
    double median;
    qsort(t->second, t->n, sizeof *t->second, by_value);
    median = (t->second[(t->n - 1) / 2] + t->second[t->n / 2]) / 2.0;
    bench_cpu(cpu, sizeof cpu);
    if (!isnan(t->error)) {
        snprintf(error, sizeof error, "%.2g", t->error);
    }
    printf("%s,%s,%s,%zu,%zu,%.0f,%.6g,%.6g,%.6g,%s,%.1f,%s,\"%s\"\n", task->workload,
           task->scope, task->method->name, task->nthreads, t->courses,
           (double)t->courses / median, median, t->second[0], t->second[t->n - 1],
           error, bench_peak_mib(), bench_commit(), cpu);
}

static int measure(const struct options *o, const struct task *task)
{
    static struct timing t;
    struct tacro_error err = {.status = TACRO_OK};
    const enum tacro_status st = strcmp(task->scope, "run") == 0
                                     ? measure_run(o, task, &t, &err)
                                     : measure_solve(o, task, &t, &err);
    if (st != TACRO_OK) {
        return fail(&err);
    }
    print_row(task, &t);
    return 0;
}

/* In a process of its own, so that the peak of memory is this row's. */
static int measure_apart(const struct options *o, const struct task *task)
{
    int status = 0;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        const int code = measure(o, task);
        fflush(stdout);
        _exit(code);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        fprintf(stderr, "tacro_bench: no process: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static bool is_chosen(const char *choice, const char *name)
{
    return strcmp(choice, ALL) == 0 || strcmp(choice, name) == 0;
}

static size_t threads_of(const struct options *o, size_t *list)
{
    const size_t processors = (size_t)omp_get_num_procs();
    size_t n = 0;
    if (strcmp(o->threads, ALL) != 0) {
        list[n++] = (size_t)strtoul(o->threads, NULL, 10);
        return n;
    }
    list[n++] = 1;
    if (processors > 1) {
        list[n++] = processors;
    }
    return n;
}

/* Rows of one workload and scope. */
static int measure_each(const struct options *o, const char *workload,
                        const char *scope)
{
    size_t threads[2];
    const size_t nthreads = threads_of(o, threads);
    int code = 0;
    for (size_t m = 0; m < COUNT(methods); m++) {
        for (size_t k = 0; is_chosen(o->solver, methods[m]->name) && k < nthreads;
             k++) {
            const struct task task = {workload, scope, methods[m], threads[k]};
            const int result = o->is_once ? measure(o, &task) : measure_apart(o, &task);
            code = code == 0 ? result : code;
        }
    }
    return code;
}

static int measure_all(const struct options *o)
{
    int code = 0;
    bool is_listed = strcmp(o->workload, ALL) == 0;
    if (o->has_header) {
        fputs(COLUMNS, stdout);
    }
    for (size_t i = 0; i < COUNT(workloads); i++) {
        is_listed = is_listed || strcmp(o->workload, workloads[i]) == 0;
    }
    for (size_t s = 0; s < COUNT(scopes); s++) {
        for (size_t i = 0; is_chosen(o->scope, scopes[s]) && i < COUNT(workloads);
             i++) {
            const bool is_case = strcmp(workloads[i], "case") == 0;
            const bool is_own = !is_listed && i == 0;
            const bool is_shown = is_chosen(o->workload, workloads[i]) &&
                                  (!is_case || strcmp(scopes[s], "run") == 0);
            if (is_shown || is_own) {
                const int result =
                    measure_each(o, is_own ? o->workload : workloads[i], scopes[s]);
                code = code == 0 ? result : code;
            }
        }
    }
    return code;
}

/* Individual parameters of a workload's subjects, for the peers' scripts. */
static int dump_parameters(const struct options *o)
{
    static const char *const name[] = {"CL", "V1", "Q", "V2", "KTR", "F1"};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s = NULL;
    const char *workload = strcmp(o->workload, ALL) == 0 ? "W1" : o->workload;
    struct tacro_subject *subject = calloc(1, sizeof *subject);
    if (subject == NULL || open_workload(o, workload, &s, &err) != TACRO_OK) {
        free(subject);
        return fail(&err);
    }
    printf("ID,CL,V1,Q,V2,KTR,F1\n");
    for (uint64_t i = 0; i < tacro_scenario_subjects(s); i++) {
        tacro_subject_draw(s->rules, i, subject);
        printf("%" PRIu64, i + 1);
        for (size_t k = 0; k < COUNT(name); k++) {
            printf(",%.17g", bench_parameter(s, subject, name[k], (double)NAN));
        }
        printf("\n");
    }
    free(subject);
    tacro_scenario_free(s);
    return 0;
}

/* -- options ----------------------------------------------------------------------- */

enum { OPTION_ONCE = 256, OPTION_NO_OUTPUT, OPTION_NO_HEADER, OPTION_DUMP };

static const struct argp_option argp_options[] = {
    {"workload", 'w', "NAME", 0, "W1, W2, case, or the path of a scenario", 0},
    {"scope", 's', "NAME", 0, "solve (parameters to curves) or run (a whole run)", 0},
    {"solver", 'm', "NAME", 0, "exact or cvode", 0},
    {"threads", 't', "N", 0, "threads; without it 1 and all processors", 0},
    {"subjects", 'n', "N", 0,
     "subjects, at central values; without it as in the scenario", 0},
    {"reps", 'r', "N", 0, "repetitions, 5 without it; median, min and max", 0},
    {"kernels", 'k', "NAME", 0, "baseline, v3 or v4; without it the best", 0},
    {"rtol", 'e', "X", 0, "relative tolerance, 1e-6 without it", 0},
    {"once", OPTION_ONCE, NULL, 0, "one repetition, no warm-up, no reference", 0},
    {"no-output", OPTION_NO_OUTPUT, NULL, 0, "scope run writes no file", 0},
    {"no-header", OPTION_NO_HEADER, NULL, 0, "leave out the names of the columns", 0},
    {"dump-parameters", OPTION_DUMP, NULL, 0,
     "print the individual parameters instead of measuring", 0},
    {0}};

static uint64_t count(struct argp_state *state, const char *text, uint64_t most)
{
    char *end = NULL;
    const uint64_t value = strtoull(text, &end, 10);
    if (*end != '\0' || value < 1 || value > most) {
        argp_error(state, "'%s' is not a whole number from 1 to %" PRIu64, text, most);
    }
    return value;
}

static const char *one_of(struct argp_state *state, const char *text,
                          const char *const *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, name[i]) == 0) {
            return text;
        }
    }
    argp_error(state, "'%s' is not among what --help lists", text);
    return text;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *o = state->input;
    const char *names[COUNT(methods)];
    for (size_t i = 0; i < COUNT(methods); i++) {
        names[i] = methods[i]->name;
    }
    switch (key) {
    case 'w':
        o->workload = text;
        return 0;
    case 's':
        o->scope = one_of(state, text, scopes, COUNT(scopes));
        return 0;
    case 'm':
        o->solver = one_of(state, text, names, COUNT(names));
        return 0;
    case 't':
        o->threads = count(state, text, 1024) > 0 ? text : NULL;
        return 0;
    case 'n':
        o->subjects = count(state, text, UINT64_C(100000000));
        return 0;
    case 'r':
        o->reps = (unsigned)count(state, text, MAX_REPS);
        return 0;
    case 'k':
        o->kernels = text;
        return 0;
    case 'e':
        o->rtol = strtod(text, NULL);
        return 0;
    case OPTION_ONCE:
        o->is_once = true;
        o->reps = 1;
        return 0;
    case OPTION_NO_OUTPUT:
        o->has_output = false;
        return 0;
    case OPTION_NO_HEADER:
        o->has_header = false;
        return 0;
    case OPTION_DUMP:
        o->is_dump = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse,
        .doc =
            "Measure how many patient courses a second tacro computes."
            "\vPrints CSV, one row a measurement; benchmarks/README.md says what the "
            "columns mean. Without options: every workload, scope and solver."};
    struct options o = {.workload = ALL,
                        .scope = ALL,
                        .solver = ALL,
                        .threads = ALL,
                        .reps = 5,
                        .rtol = 1e-6,
                        .has_output = true,
                        .has_header = true};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    return o.is_dump ? dump_parameters(&o) : measure_all(&o);
}
