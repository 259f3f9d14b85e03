#include "store/scales.h"

#include "store/hdf5.h"
#include "store/writer.h"

#include <hdf5_hl.h>
#include <stdlib.h>

#define PIECE ((hsize_t)8192) /* elements per chunk of a scale, and written at once */

static const struct {
    const char *name;
    const char *unit;
    const char *long_name;
} axis_words[TACRO_NAXES] = {
#define WORDS(id, name, unit, long_name) {#name, unit, long_name},
    TACRO_AXIS_LIST(WORDS)
#undef WORDS
};

static const char *const axis_descriptions[TACRO_NAXES] = {
    [TACRO_AXIS_REGIMEN] = "Label of the regimen in the scenario.",
    [TACRO_AXIS_DRAW] =
        "Index of the draw of the model parameters; 0 alone stands for the "
        "central values.",
    [TACRO_AXIS_SUBJECT] = "Index over the whole scenario: draw * patients per draw + "
                           "patient. The same patients in every regimen.",
    [TACRO_AXIS_TIME] = "Output times, from the scenario's start.",
    [TACRO_AXIS_DAY] =
        "Calendar days since transplantation; the dosing day runs from the "
        "trough time on that day to the same time on the next.",
    [TACRO_AXIS_QUANTILE] =
        "Fraction below: of the simulated courses, or of the parameter draws.",
    [TACRO_AXIS_OTHER_REGIMEN] = "Label of the regimen with which another is compared.",
    [TACRO_AXIS_UTILITY_WEIGHT] =
        "How many of the second outcome one of the first is worth in a utility.",
};

static const char subject_draw[] = "subject_draw";

static hsize_t smaller(hsize_t a, hsize_t b)
{
    return a < b ? a : b;
}

static hid_t create_line(hid_t file, const char *name, hid_t type, hsize_t n)
{
    hid_t dcpl = tacro_hdf5_properties(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t dataset = H5I_INVALID_HID;
    hsize_t chunk = smaller(n, PIECE);
    if (n == 0 || H5Tis_variable_str(type) > 0 ||
        tacro_hdf5_set_chunks(dcpl, 1, &chunk) >= 0) {
        dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    }
    tacro_hdf5_close(space);
    tacro_hdf5_close(dcpl);
    return dataset;
}

/* Values first + i / divisor, made in pieces. */
static herr_t write_integers(hid_t dataset, hsize_t n, uint64_t first, uint64_t divisor)
{
    int64_t *piece = malloc(PIECE * sizeof *piece);
    hid_t space = H5Dget_space(dataset);
    herr_t bad = piece == NULL || space < 0 ? -1 : 0;
    for (hsize_t start = 0; start < n && bad >= 0; start += PIECE) {
        hsize_t count = smaller(PIECE, n - start);
        for (hsize_t i = 0; i < count; i++) {
            piece[i] = (int64_t)((first + start + i) / divisor);
        }
        hid_t memory = H5Screate_simple(1, &count, NULL);
        bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL);
        if (bad >= 0) {
            bad =
                H5Dwrite(dataset, H5T_NATIVE_INT64, memory, space, H5P_DEFAULT, piece);
        }
        tacro_hdf5_close(memory);
    }
    tacro_hdf5_close(space);
    free(piece);
    return bad;
}

static herr_t write_axis(hid_t dataset, enum tacro_axis axis, hid_t type,
                         const struct tacro_axes *axes)
{
    switch (axis) {
    case TACRO_AXIS_REGIMEN:
    case TACRO_AXIS_OTHER_REGIMEN:
        return tacro_hdf5_write_all(dataset, type, axes->regimen);
    case TACRO_AXIS_DRAW:
        return write_integers(dataset, axes->ndraws, 0, 1);
    case TACRO_AXIS_SUBJECT:
        return write_integers(dataset, axes->nsubjects, axes->first_subject, 1);
    case TACRO_AXIS_TIME:
        return tacro_hdf5_write_all(dataset, H5T_NATIVE_DOUBLE, axes->time);
    case TACRO_AXIS_DAY:
        return tacro_hdf5_write_all(dataset, H5T_NATIVE_INT, axes->day);
    case TACRO_AXIS_UTILITY_WEIGHT:
        return tacro_hdf5_write_all(dataset, H5T_NATIVE_DOUBLE, axes->weight);
    case TACRO_AXIS_QUANTILE:
    case TACRO_NAXES:
        break;
    }
    return tacro_hdf5_write_all(dataset, H5T_NATIVE_DOUBLE, axes->quantile);
}

static hsize_t axis_extent(enum tacro_axis axis, const struct tacro_axes *axes)
{
    const size_t extent[TACRO_NAXES] = {[TACRO_AXIS_REGIMEN] = axes->nregimens,
                                        [TACRO_AXIS_DRAW] = axes->ndraws,
                                        [TACRO_AXIS_SUBJECT] = axes->nsubjects,
                                        [TACRO_AXIS_TIME] = axes->ntimes,
                                        [TACRO_AXIS_DAY] = axes->ndays,
                                        [TACRO_AXIS_QUANTILE] = axes->nquantiles,
                                        [TACRO_AXIS_OTHER_REGIMEN] = axes->nregimens,
                                        [TACRO_AXIS_UTILITY_WEIGHT] = axes->nweights};
    return extent[axis];
}

static hid_t axis_type(enum tacro_axis axis, hid_t string)
{
    if (axis == TACRO_AXIS_REGIMEN || axis == TACRO_AXIS_OTHER_REGIMEN) {
        return string;
    }
    return axis == TACRO_AXIS_TIME || axis == TACRO_AXIS_QUANTILE ||
                   axis == TACRO_AXIS_UTILITY_WEIGHT
               ? H5T_IEEE_F64LE
               : H5T_STD_I64LE;
}

static herr_t fill_scale(hid_t scale, enum tacro_axis axis, hid_t string,
                         const struct tacro_axes *axes)
{
    const char *name = axis_words[axis].name;
    if (scale < 0 || H5DSset_scale(scale, name) < 0 ||
        tacro_hdf5_put_words(scale, axis_words[axis].unit, axis_words[axis].long_name,
                             axis_descriptions[axis]) < 0) {
        return -1;
    }
    return axis_extent(axis, axes) == 0 ? 0 : write_axis(scale, axis, string, axes);
}

static herr_t create_subject_draw(hid_t file, hid_t subject,
                                  const struct tacro_axes *axes)
{
    hid_t dataset = create_line(file, subject_draw, H5T_STD_I64LE, axes->nsubjects);
    herr_t bad =
        tacro_hdf5_put_words(dataset, "1", "parameter draw of the subject",
                             "Index on the draw axis: subject / patients per draw.");
    if (bad >= 0) {
        bad = H5DSattach_scale(dataset, subject, 0);
    }
    if (bad >= 0) {
        bad = write_integers(dataset, axes->nsubjects, axes->first_subject,
                             axes->per_draw > 0 ? axes->per_draw : 1);
    }
    tacro_hdf5_close(dataset);
    return bad;
}

/* A text for each regimen beside its label. */
static enum tacro_status create_labels(struct tacro_draft *draft, hid_t string,
                                       hid_t regimen, const struct tacro_axes *axes,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct {
        const char *name;
        const char *const *text;
        const char *long_name;
        const char *description;
    } label[] = {
        {"regimen_plan", axes->regimen_plan, "plan of the regimen",
         "Label of the plan in the scenario, which runs under each PK model."},
        {"regimen_model", axes->regimen_model, "PK model of the regimen",
         "Name of the PK file under which the plan runs."},
    };
    for (size_t i = 0; i < sizeof label / sizeof label[0]; i++) {
        if (label[i].text == NULL) {
            continue;
        }
        hid_t dataset = create_line(tacro_draft_file(draft), label[i].name, string,
                                    axes->nregimens);
        const bool is_good = tacro_hdf5_put_words(dataset, "1", label[i].long_name,
                                                  label[i].description) >= 0 &&
                             H5DSattach_scale(dataset, regimen, 0) >= 0 &&
                             tacro_hdf5_write_all(dataset, string, label[i].text) >= 0;
        tacro_hdf5_close(dataset);
        TACRO_TRY(tacro_draft_check(draft, is_good, "write", label[i].name, err));
    }
done:
    return st;
}

enum tacro_status tacro_scales_create(struct tacro_draft *draft,
                                      const struct tacro_axes *axes,
                                      hid_t scale[TACRO_NAXES], struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    hid_t file = tacro_draft_file(draft);
    hid_t string = tacro_hdf5_string_type();
    bool is_good;
    for (size_t i = 0; i < TACRO_NAXES; i++) {
        scale[i] = H5I_INVALID_HID;
    }
    for (enum tacro_axis axis = 0; axis < TACRO_NAXES; axis++) {
        const char *name = axis_words[axis].name;
        scale[axis] =
            create_line(file, name, axis_type(axis, string), axis_extent(axis, axes));
        is_good = fill_scale(scale[axis], axis, string, axes) >= 0;
        TACRO_TRY(tacro_draft_check(draft, is_good, "write", name, err));
    }
    is_good = create_subject_draw(file, scale[TACRO_AXIS_SUBJECT], axes) >= 0;
    TACRO_TRY(tacro_draft_check(draft, is_good, "write", subject_draw, err));
    TACRO_TRY(create_labels(draft, string, scale[TACRO_AXIS_REGIMEN], axes, err));
done:
    tacro_hdf5_close(string);
    return st;
}
