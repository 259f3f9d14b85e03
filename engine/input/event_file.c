#include "input/event_file.h"

#include <stdlib.h>
#include <string.h>

bool tacro_event_file_is_locf(struct tacro_reader *reader,
                              const struct tacro_node *covariates)
{
    static const char *const choices[] = {"nocb", "locf"};
    size_t way = 0;
    tacro_schema_choice(reader, covariates, choices, 2, &way);
    return way == 1;
}

const char *tacro_event_file_way(bool is_locf)
{
    return is_locf ? "their own row on (locf)" : "the row before on (nocb)";
}

/* Without a PK file, which is a fault of its own, the usual names. */
static size_t name_ports(struct tacro_paramset *pk, const char **port)
{
    static const char *const usual[] = {"DEPOT", "CENTRAL"};
    const size_t n = pk == NULL ? 2 : tacro_paramset_nports(pk);
    for (size_t i = 0; i < n; i++) {
        port[i] = pk == NULL ? usual[i] : tacro_paramset_port_name(pk, i);
        if (pk != NULL && i == TACRO_PORT_ORAL && !tacro_paramset_has_absorption(pk)) {
            port[i] = "none: no absorption";
        }
    }
    return n;
}

/* Which of R1, D1 and an absorption a record needs, as bits. */
static unsigned needs_of(const struct tacro_record *r)
{
    if (!tacro_record_is_dose(r)) {
        return 0;
    }
    return (r->rate == TACRO_RATE_R1 ? 1U : 0U) | (r->rate == TACRO_RATE_D1 ? 2U : 0U) |
           (r->port == TACRO_PORT_ORAL ? 4U : 0U);
}

/* Modelled rates and durations need the parameter: name the first row that does. */
static void check_modelled(struct tacro_reader *reader, const char *path,
                           const struct tacro_dataset *table,
                           const struct tacro_paramset *pk)
{
    static const char *const name[] = {"R1", "D1"};
    static const char *const use[] = {"RATE: -1", "RATE: -2"};
    const bool is_oral = pk == NULL || tacro_paramset_has_absorption(pk);
    size_t line[3] = {0};
    for (size_t i = 0; i < table->n; i++) {
        for (size_t k = 0; k < table->patient[i].nrecords; k++) {
            const struct tacro_record *r = &table->patient[i].record[k];
            const unsigned needs = needs_of(r);
            for (size_t n = 0; n < 3; n++) {
                if ((needs >> n & 1U) != 0 && (line[n] == 0 || r->line < line[n])) {
                    line[n] = r->line;
                }
            }
        }
    }
    if (line[2] > 0 && !is_oral) {
        tacro_notes_add(reader->notes, TACRO_FAULT, path, line[2], 1,
                        "%s has no absorption and takes no oral dose, expected CMT 2 "
                        "(CENTRAL)",
                        pk->name);
    }
    for (size_t i = 0; pk != NULL && is_oral && i < 2; i++) {
        if (line[i] > 0 && tacro_paramset_theta(pk, name[i]) == pk->nthetas) {
            tacro_notes_add(reader->notes, TACRO_FAULT, path, line[i], 1,
                            "%s: %s has no %s, which this row needs", use[i], pk->name,
                            name[i]);
        }
    }
}

struct tacro_dataset *tacro_event_file_read(struct tacro_reader *reader,
                                            const struct tacro_node *file, bool is_locf,
                                            const struct tacro_input *in)
{
    const size_t before = reader->notes->nfaults;
    const char *port[TACRO_MAX_PORTS] = {NULL};
    struct tacro_error err = {.status = TACRO_OK};
    const struct tacro_dataset_frame frame = {.port = port,
                                              .nports = name_ports(in->pk, port),
                                              .start_clock = in->start_clock,
                                              .start_day = in->start_day,
                                              .horizon = in->horizon,
                                              .is_locf = is_locf};
    struct tacro_dataset *table = NULL;
    const char *name = NULL;
    char *path;
    if (!tacro_schema_text(reader, file, &name)) {
        return NULL;
    }
    path = tacro_bytes_beside(reader->file, name);
    if (path == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, file, "out of memory");
    } else if (tacro_dataset_read(path, &frame, reader->notes, &table, &err) ==
               TACRO_OK) {
        check_modelled(reader, path, table, in->pk);
    } else if (reader->notes->nfaults == before) {
        tacro_schema_note(reader, TACRO_FAULT, file, "%s", err.text);
    }
    free(path);
    return table;
}
