#include "run/group.h"

#include <stdlib.h>

/* Of a subject; 33 MB a group. Those of later slots are drawn when they are needed. */
#define MAX_KAPPAS 8192

/* Slots of a PK model that are drawn ahead, from that of the start on. */
static size_t slots_ahead(const struct tacro_rules *rules,
                          const struct tacro_clock *clock)
{
    const int32_t first = tacro_clock_slot(clock, 0.0);
    const int32_t last = tacro_clock_slot(clock, rules->input->horizon);
    size_t n = (size_t)(last - first) + 1;
    while (n * rules->nkappas > MAX_KAPPAS) {
        n /= 2;
    }
    return n;
}

enum tacro_status tacro_group_create(const struct tacro_scenario *scenario,
                                     struct tacro_group **out, struct tacro_error *err)
{
    size_t nkappas = 0; /* of a subject, under the model that has most */
    struct tacro_group *group = calloc(1, sizeof *group);
    *out = group;
    for (size_t m = 0; m < scenario->npks; m++) {
        const struct tacro_pk *pk = &scenario->pk[m];
        const size_t n = slots_ahead(pk->rules, &pk->clock) * pk->rules->nkappas;
        nkappas = n > nkappas ? n : nkappas;
    }
    if (group != NULL) {
        group->subject = calloc(TACRO_GROUP, sizeof *group->subject);
        group->kappa = calloc(TACRO_GROUP * nkappas + 1, sizeof *group->kappa);
    }
    if (group == NULL || group->subject == NULL || group->kappa == NULL) {
        tacro_group_free(group);
        *out = NULL;
        return tacro_fail(err, TACRO_ENOMEM, "group of %d subjects", TACRO_GROUP);
    }
    return TACRO_OK;
}

void tacro_group_free(struct tacro_group *group)
{
    if (group != NULL) {
        free(group->subject);
        free(group->kappa);
        free(group);
    }
}

size_t tacro_group_count(const struct tacro_scenario *scenario)
{
    return (size_t)((tacro_scenario_subjects(scenario) + TACRO_GROUP - 1) /
                    TACRO_GROUP);
}

size_t tacro_group_size(const struct tacro_scenario *scenario, size_t index)
{
    const uint64_t left =
        tacro_scenario_subjects(scenario) - (uint64_t)index * TACRO_GROUP;
    return left < TACRO_GROUP ? (size_t)left : TACRO_GROUP;
}

struct ranked {
    double stiffness;
    size_t row;
};

static int by_stiffness(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->stiffness != y->stiffness) {
        return (x->stiffness > y->stiffness) - (x->stiffness < y->stiffness);
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* Fastest flow of each lane with the parameters of t = 0, without kappa. */
static void rank(const struct tacro_block_setup *setup, const struct tacro_group *group,
                 size_t first, double (*coef)[TACRO_LANES], struct ranked *ranked)
{
    for (size_t i = 0; i < setup->rules->n; i++) {
        for (size_t l = 0; setup->coef[i] != TACRO_NONE && l < TACRO_LANES; l++) {
            const size_t row = first + l < group->n ? first + l : group->n - 1;
            coef[setup->coef[i]][l] = group->subject[row].fixed[i];
        }
    }
    setup->kernels->rates(setup->system, coef);
    for (size_t l = 0; l < TACRO_LANES && first + l < group->n; l++) {
        double fastest = 0.0;
        for (size_t f = 0; f < setup->system->nflows; f++) {
            const double rate = coef[setup->system->flow[f].rate][l];
            fastest = rate > fastest ? rate : fastest;
        }
        ranked[first + l] = (struct ranked){fastest, first + l};
    }
}

void tacro_group_load(const struct tacro_scenario *scenario,
                      const struct tacro_block_setup *setup, size_t index,
                      struct tacro_group *group)
{
    double coef[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64)));
    struct ranked ranked[TACRO_GROUP];
    if (group->rules == setup->rules && group->index == index) {
        return;
    }
    group->index = index;
    group->rules = setup->rules;
    group->n = tacro_group_size(scenario, index);
    group->nblocks = (group->n + TACRO_LANES - 1) / TACRO_LANES;
    group->first_slot = tacro_clock_slot(setup->clock, 0.0);
    group->nslots = slots_ahead(setup->rules, setup->clock);
    tacro_subjects_draw(setup->rules, &setup->kernels->math,
                        (uint64_t)index * TACRO_GROUP, group->n, group->subject);
    if (!scenario->input->is_typical) {
        tacro_subjects_draw_kappas(setup->rules, &setup->kernels->math,
                                   group->first_slot, group->nslots, group->n,
                                   group->subject, group->kappa);
    }
    for (size_t first = 0; first < group->n; first += TACRO_LANES) {
        rank(setup, group, first, coef, ranked);
    }
    qsort(ranked, group->n, sizeof *ranked, by_stiffness);
    for (size_t i = 0; i < group->n; i++) {
        group->order[i] = ranked[i].row;
    }
}

void tacro_group_rows(const struct tacro_group *group, size_t block, size_t *row)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const size_t at = block * TACRO_LANES + l;
        row[l] = group->order[at < group->n ? at : group->n - 1];
    }
}
