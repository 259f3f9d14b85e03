#include "run/pk_union.h"

#include "dose/ledger.h"

#include <string.h>

int tacro_pk_union_output(const struct tacro_system *system,
                          const struct tacro_output *output)
{
    for (size_t i = 0; i < system->noutputs; i++) {
        if (strcmp(system->output[i].output->name, output->name) == 0) {
            return (int)i;
        }
    }
    return TACRO_NONE;
}

static enum tacro_status add_outputs(const struct tacro_pk *pk,
                                     struct tacro_pk_union *out,
                                     struct tacro_error *err)
{
    for (size_t i = 0; i < pk->system->noutputs; i++) {
        const struct tacro_output *output = pk->system->output[i].output;
        size_t k = 0;
        while (k < out->noutputs && strcmp(out->output[k]->name, output->name) != 0) {
            k++;
        }
        if (k < out->noutputs && strcmp(out->output[k]->unit, output->unit) != 0) {
            return tacro_fail(
                err, TACRO_EINPUT, "pk: %s of %s is in %s, that of another model in %s",
                output->name, pk->input->pk->name, output->unit, out->output[k]->unit);
        }
        if (k == TACRO_MAX_UNION_OUTPUTS) {
            return tacro_fail(err, TACRO_EINPUT, "pk: more than %d outputs in all",
                              TACRO_MAX_UNION_OUTPUTS);
        }
        out->output[k] = output;
        out->noutputs += k == out->noutputs;
    }
    return TACRO_OK;
}

static void add_ports(const struct tacro_paramset *pk, size_t model,
                      struct tacro_pk_union *out)
{
    const size_t n = tacro_paramset_nports(pk);
    for (size_t p = 0; p < n; p++) {
        const char *name = tacro_paramset_route(pk, p);
        size_t k = 0;
        while (k < out->nports && strcmp(out->port[k], name) != 0) {
            k++;
        }
        out->port[k] = name;
        out->nports += k == out->nports;
        out->port_of[model][p] = (uint8_t)k;
    }
}

enum tacro_status tacro_pk_union_fill(const struct tacro_scenario *scenario,
                                      struct tacro_pk_union *out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    *out = (struct tacro_pk_union){.nports = 0};
    for (size_t m = 0; m < scenario->npks; m++) {
        TACRO_TRY(add_outputs(&scenario->pk[m], out, err));
        add_ports(scenario->pk[m].input->pk, m, out);
    }
done:
    return st;
}

bool tacro_pk_union_is_plain(const struct tacro_scenario *scenario,
                             const struct tacro_pk_union *all, size_t model)
{
    const size_t n = tacro_paramset_nports(scenario->pk[model].input->pk);
    for (size_t p = 0; p < n; p++) {
        if (all->port_of[model][p] != p) {
            return false;
        }
    }
    return true;
}

bool tacro_pk_union_ledger(const struct tacro_pk_union *all, size_t model,
                           const struct tacro_ledger *from, struct tacro_ledger *to)
{
    if (!tacro_ledger_copy(from, to)) {
        return false;
    }
    for (size_t i = 0; i < to->n; i++) {
        struct tacro_ledger_row *row = &to->row[i];
        if (row->kind == TACRO_LEDGER_DOSE || row->kind == TACRO_LEDGER_MISSED) {
            row->route = all->port_of[model][row->route];
        }
    }
    return true;
}

const struct tacro_drawn *tacro_pk_union_drawn(const struct tacro_scenario *scenario,
                                               size_t i, size_t *model)
{
    for (size_t m = 0; m <= scenario->npks; m++) {
        const bool is_risk = m == scenario->npks;
        const struct tacro_rules *rules = scenario->pk[is_risk ? 0 : m].rules;
        for (size_t k = 0; k < rules->ndrawn; k++) {
            if ((rules->drawn[k].set != 0) == is_risk && i-- == 0) {
                *model = is_risk ? 0 : m;
                return &rules->drawn[k];
            }
        }
    }
    return NULL;
}
