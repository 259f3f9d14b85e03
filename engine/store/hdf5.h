/** What more than one file says to the HDF5 library, and its reason for a failure. */
#ifndef TACRO_STORE_HDF5_H
#define TACRO_STORE_HDF5_H

#include <hdf5.h>
#include <stddef.h>

/** Keep HDF5 from printing: its own error output is a setting of the calling thread. */
void tacro_hdf5_quiet(void);

/** The innermost reason of the last failed HDF5 call, or "unknown reason". */
void tacro_hdf5_reason(char *text, size_t size);

/** Close anything; an invalid id is fine. */
void tacro_hdf5_close(hid_t id);

/** Type of variable-length UTF-8 strings; negative on failure. */
hid_t tacro_hdf5_string_type(void);

/** Scalar text attribute; negative on failure. */
herr_t tacro_hdf5_put_text(hid_t object, const char *name, const char *text);

/** Scalar (n = 0) or 1-D attribute of n values; negative on failure. */
herr_t tacro_hdf5_put_values(hid_t object, const char *name, hid_t file_type,
                             hid_t memory_type, size_t n, const void *values);

/** units, long_name, description; negative on failure. */
herr_t tacro_hdf5_put_words(hid_t object, const char *unit, const char *long_name,
                            const char *description);

/** All of a dataset; negative on failure. */
herr_t tacro_hdf5_write_all(hid_t dataset, hid_t memory_type, const void *values);

/** A creation list whose objects keep the order of attributes and no times. */
hid_t tacro_hdf5_properties(hid_t class_id);

/** Chunks with shuffle, deflate 1 and fletcher32; negative on failure. */
herr_t tacro_hdf5_set_chunks(hid_t dcpl, size_t rank, const hsize_t *chunk);

#endif
