#include "input/absolute.h"

#include "input/params.h"
#include "input/uncertain.h"

#include <stdlib.h>
#include <string.h>

#define OF_APPARENT 0.23

/* Room for one more THETA; the list of uncertain numbers points into the array. */
static bool make_room(struct tacro_paramset *pk)
{
    struct tacro_theta *more = malloc((pk->nthetas + 1) * sizeof *more);
    if (more == NULL) {
        return false;
    }
    memcpy(more, pk->theta, pk->nthetas * sizeof *more);
    for (size_t i = 0; i < pk->nuncertain; i++) {
        for (size_t k = 0; k < pk->nthetas; k++) {
            if (pk->uncertain[i].uncertainty == &pk->theta[k].uncertainty) {
                pk->uncertain[i].uncertainty = &more[k].uncertainty;
                break;
            }
        }
    }
    free(pk->theta);
    pk->theta = more;
    return true;
}

enum tacro_status tacro_absolute_default(struct tacro_paramset *pk,
                                         struct tacro_error *err)
{
    const size_t f1 = tacro_paramset_theta(pk, "F1");
    const bool is_apparent = f1 < pk->nthetas && pk->theta[f1].value == 1.0;
    struct tacro_theta theta = {.name = "FABS",
                                .value = is_apparent ? OF_APPARENT : 1.0,
                                .text = is_apparent ? "0.23" : "1",
                                .mark = is_apparent ? TACRO_MARK_ASSUMED : TACRO_MARK_C,
                                .from = is_apparent
                                            ? "the file has none: published 0.05 to "
                                              "0.93"
                                            : "the file's values are true, F1 is not 1",
                                .is_default = true,
                                .uncertainty = {.law = TACRO_LAW_NONE, .text = ""}};
    if (tacro_paramset_theta(pk, theta.name) < pk->nthetas ||
        !tacro_params_find(pk, theta.name, &theta)) {
        return TACRO_OK;
    }
    if (!make_room(pk)) {
        return tacro_fail(err, TACRO_ENOMEM, "FABS of %s", pk->name);
    }
    pk->theta[pk->nthetas++] = theta;
    return TACRO_OK;
}
