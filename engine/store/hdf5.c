#include "store/hdf5.h"

#include <stdio.h>

void tacro_hdf5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

struct reason {
    char *text;
    size_t size;
};

static herr_t take_first(unsigned n, const H5E_error2_t *error, void *context)
{
    struct reason *reason = context;
    if (n == 0 && error->desc != NULL && error->desc[0] != '\0') {
        snprintf(reason->text, reason->size, "%s", error->desc);
    }
    return 0;
}

void tacro_hdf5_reason(char *text, size_t size)
{
    struct reason reason = {text, size};
    snprintf(text, size, "unknown reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
}

void tacro_hdf5_close(hid_t id)
{
    if (id >= 0) {
        H5Idec_ref(id);
    }
}

hid_t tacro_hdf5_string_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 &&
        (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        type = H5I_INVALID_HID;
    }
    return type;
}

herr_t tacro_hdf5_put_text(hid_t object, const char *name, const char *text)
{
    hid_t type = tacro_hdf5_string_type();
    herr_t bad = tacro_hdf5_put_values(object, name, type, type, 0, &text);
    tacro_hdf5_close(type);
    return bad;
}

herr_t tacro_hdf5_put_values(hid_t object, const char *name, hid_t file_type,
                             hid_t memory_type, size_t n, const void *values)
{
    hsize_t extent = n;
    hid_t space = n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, NULL);
    hid_t attribute =
        H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t bad = attribute < 0 ? -1 : H5Awrite(attribute, memory_type, values);
    tacro_hdf5_close(attribute);
    tacro_hdf5_close(space);
    return bad;
}

herr_t tacro_hdf5_set_chunks(hid_t dcpl, size_t rank, const hsize_t *chunk)
{
    if (H5Pset_chunk(dcpl, (int)rank, chunk) < 0 || H5Pset_shuffle(dcpl) < 0 ||
        H5Pset_deflate(dcpl, 1) < 0) {
        return -1;
    }
    return H5Pset_fletcher32(dcpl);
}

herr_t tacro_hdf5_write_all(hid_t dataset, hid_t memory_type, const void *values)
{
    return H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

hid_t tacro_hdf5_properties(hid_t class_id)
{
    hid_t plist = H5Pcreate(class_id);
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (plist >= 0 && (H5Pset_obj_track_times(plist, false) < 0 ||
                       H5Pset_attr_creation_order(plist, order) < 0)) {
        tacro_hdf5_close(plist);
        return H5I_INVALID_HID;
    }
    return plist;
}

herr_t tacro_hdf5_put_words(hid_t object, const char *unit, const char *long_name,
                            const char *description)
{
    if (tacro_hdf5_put_text(object, "units", unit) < 0 ||
        tacro_hdf5_put_text(object, "long_name", long_name) < 0) {
        return -1;
    }
    return tacro_hdf5_put_text(object, "description", description);
}
