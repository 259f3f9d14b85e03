#include "store/content_hash.h"

#include "store/chunk_reader.h"
#include "store/hdf5.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((hsize_t)1 << 20) /* of numbers read at once */
#define PIECE_TEXTS ((hsize_t)1024)    /* of texts read at once */
#define CHUNK_ROWS 64                  /* pieces end where chunks end */
#define MAX_CACHE ((hsize_t)256 << 20) /* bytes of chunks kept, or else one chunk */
#define MAX_DEPTH 8
#define MAX_ATTRIBUTE ((hsize_t)16 << 20) /* bytes */
#define MAX_PATH 1024

/*
 * What is hashed, in this order; integers are 8 bytes little-endian, texts have their
 * length before them.
 *   object     'G' or 'D', path, attributes in name order: 'A', name, value; 'E'
 *   dataset    then its value
 *   group      then its members in name order
 *   value      kind, bytes per number, rank, extents, numbers little-endian, row-major,
 *              or texts
 */
struct hash {
    EVP_MD_CTX *digest;
    void *piece; /* PIECE_BYTES */
    struct tacro_codec *codec;
    struct tacro_error *err;
};

struct names {
    size_t n;
    size_t capacity;
    char **name;
};

/* How values are read. Kinds: i signed, u unsigned, f float, s text, t fixed text. */
struct value_type {
    char kind;
    size_t size;
    hid_t memory; /* closed by the caller */
};

/* -- bytes ------------------------------------------------------------------------ */

static enum tacro_status put(struct hash *hash, const void *bytes, size_t n)
{
    if (EVP_DigestUpdate(hash->digest, bytes, n) != 1) {
        return tacro_fail(hash->err, TACRO_EBUG, "SHA-256 failed");
    }
    return TACRO_OK;
}

static enum tacro_status put_number(struct hash *hash, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    return put(hash, bytes, sizeof bytes);
}

static enum tacro_status put_text(struct hash *hash, const char *text, size_t n)
{
    enum tacro_status st = put_number(hash, n);
    return st != TACRO_OK ? st : put(hash, text, n);
}

static enum tacro_status put_mark(struct hash *hash, char mark, const char *text)
{
    enum tacro_status st = put(hash, &mark, 1);
    return st != TACRO_OK ? st : put_text(hash, text, strlen(text));
}

static enum tacro_status fail_read(const struct hash *hash, const char *path)
{
    char reason[256];
    tacro_hdf5_reason(reason, sizeof reason);
    return tacro_fail(hash->err, TACRO_EIO, "cannot read %s: %s", path, reason);
}

/* -- names ------------------------------------------------------------------------ */

static herr_t add_name(struct names *names, const char *name)
{
    if (names->n == names->capacity) {
        size_t capacity = 2 * names->capacity + 16;
        char **grown = realloc(names->name, capacity * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        names->name = grown;
        names->capacity = capacity;
    }
    names->name[names->n] = strdup(name);
    return names->name[names->n++] == NULL ? -1 : 0;
}

static herr_t add_link(hid_t group, const char *name, const H5L_info_t *info,
                       void *context)
{
    (void)group;
    (void)info;
    return add_name(context, name);
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *info,
                            void *context)
{
    (void)object;
    (void)info;
    return add_name(context, name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct names *names)
{
    if (names->n > 1) {
        qsort(names->name, names->n, sizeof *names->name, compare_names);
    }
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->name[i]);
    }
    free(names->name);
}

static bool is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* -- values ----------------------------------------------------------------------- */

static enum tacro_status describe(const struct hash *hash, hid_t type, const char *path,
                                  struct value_type *out)
{
    H5T_class_t class = H5Tget_class(type);
    out->size = H5Tget_size(type);
    out->memory = H5Tcopy(type);
    if (class == H5T_STRING) {
        out->kind = H5Tis_variable_str(type) > 0 ? 's' : 't';
    } else if (class == H5T_INTEGER) {
        out->kind = H5Tget_sign(type) == H5T_SGN_NONE ? 'u' : 'i';
    } else if (class == H5T_FLOAT) {
        out->kind = 'f';
    } else {
        return tacro_fail(hash->err, TACRO_EINPUT, "%s: its type is not one of tacro's",
                          path);
    }
    if (out->memory < 0 || out->size == 0 || out->size > PIECE_BYTES ||
        (class != H5T_STRING && H5Tset_order(out->memory, H5T_ORDER_LE) < 0)) {
        return fail_read(hash, path);
    }
    return TACRO_OK;
}

static enum tacro_status put_shape(struct hash *hash, const struct value_type *type,
                                   size_t rank, const hsize_t *extent)
{
    enum tacro_status st = TACRO_OK;
    bool is_text = type->kind == 's' || type->kind == 't';
    TACRO_TRY(put(hash, is_text ? "s" : &type->kind, 1));
    TACRO_TRY(put_number(hash, is_text ? 0 : type->size));
    TACRO_TRY(put_number(hash, rank));
    for (size_t k = 0; k < rank; k++) {
        TACRO_TRY(put_number(hash, extent[k]));
    }
done:
    return st;
}

static enum tacro_status put_values(struct hash *hash, const struct value_type *type,
                                    size_t n, const void *values)
{
    enum tacro_status st = TACRO_OK;
    if (type->kind != 's' && type->kind != 't') {
        return put(hash, values, n * type->size);
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = (const char *)values + i * type->size;
        if (type->kind == 's') {
            text = ((char *const *)values)[i];
            TACRO_TRY(put_text(hash, text, text == NULL ? 0 : strlen(text)));
        } else {
            TACRO_TRY(put_text(hash, text, strnlen(text, type->size)));
        }
    }
done:
    return st;
}

/* Shape of a space; rank -1 marks a null space. */
static int shape_of(hid_t space, hsize_t *extent, hsize_t *n)
{
    int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    *n = 1;
    for (int k = 0; k < rank; k++) {
        *n *= extent[k];
    }
    return H5Sget_simple_extent_type(space) == H5S_NULL ? -1 : rank;
}

static enum tacro_status put_attribute(struct hash *hash, hid_t object,
                                       const char *path, const char *name)
{
    enum tacro_status st = TACRO_OK;
    struct value_type type = {.memory = H5I_INVALID_HID};
    hsize_t extent[H5S_MAX_RANK];
    hsize_t n = 0;
    void *values = NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t space = H5Aget_space(attribute);
    hid_t file_type = H5Aget_type(attribute);
    int rank = shape_of(space, extent, &n);
    if (rank < 0) {
        st = fail_read(hash, path);
        goto done;
    }
    TACRO_TRY(describe(hash, file_type, path, &type));
    if (n > MAX_ATTRIBUTE / type.size || (values = calloc(n + 1, type.size)) == NULL) {
        st = tacro_fail(hash->err, TACRO_ENOMEM, "attribute %s of %s", name, path);
        goto done;
    }
    TACRO_TRY(put_mark(hash, 'A', name));
    TACRO_TRY(put_shape(hash, &type, (size_t)rank, extent));
    if (H5Aread(attribute, type.memory, values) < 0) {
        st = fail_read(hash, path);
        goto done;
    }
    st = put_values(hash, &type, n, values);
    if (type.kind == 's') {
        H5Dvlen_reclaim(type.memory, space, H5P_DEFAULT, values);
    }
done:
    free(values);
    tacro_hdf5_close(type.memory);
    tacro_hdf5_close(file_type);
    tacro_hdf5_close(space);
    tacro_hdf5_close(attribute);
    return st;
}

static enum tacro_status put_attributes(struct hash *hash, hid_t object,
                                        const char *path)
{
    /* HDF5 and netCDF-4 keep these for scales; references differ between files. */
    static const char *const of_scales[] = {
        "CLASS",          "DIMENSION_LABELS",    "DIMENSION_LIST", "NAME",
        "REFERENCE_LIST", "_Netcdf4Coordinates", "_Netcdf4Dimid",  "_NCProperties"};
    static const char *const of_root[] = {"complete", "content_hash"};
    enum tacro_status st = TACRO_OK;
    struct names names = {0};
    bool is_root = strcmp(path, "/") == 0;
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_attribute,
                    &names) < 0) {
        st = fail_read(hash, path);
        goto done;
    }
    sort_names(&names);
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.name[i];
        if (!is_among(name, of_scales, sizeof of_scales / sizeof *of_scales) &&
            !(is_root && is_among(name, of_root, sizeof of_root / sizeof *of_root))) {
            TACRO_TRY(put_attribute(hash, object, path, name));
        }
    }
    st = put(hash, "E", 1);
done:
    free_names(&names);
    return st;
}

/* -- datasets --------------------------------------------------------------------- */

static enum tacro_status put_piece(struct hash *hash, hid_t dataset, const char *path,
                                   const struct value_type *type, hid_t space, size_t n,
                                   hid_t memory)
{
    enum tacro_status st = TACRO_OK;
    if (H5Dread(dataset, type->memory, memory, space, H5P_DEFAULT, hash->piece) < 0) {
        st = fail_read(hash, path);
    } else {
        st = put_values(hash, type, n, hash->piece);
        if (type->kind == 's') {
            H5Dvlen_reclaim(type->memory, memory, H5P_DEFAULT, hash->piece);
        }
    }
    return st;
}

/*
 * Reads in pieces that follow each other in row-major order: axes after `cut` whole,
 * `step` of axis `cut`, one of each before it.
 */
static size_t choose_cut(size_t rank, const hsize_t *extent, hsize_t budget,
                         hsize_t *step)
{
    hsize_t inner = 1;
    size_t cut = rank;
    while (cut > 0 && extent[cut - 1] <= budget / inner) {
        inner *= extent[--cut];
    }
    if (cut == 0) {
        *step = rank > 0 ? extent[0] : 1;
        return 0;
    }
    *step = budget / inner;
    if (*step > CHUNK_ROWS) {
        *step -= *step % CHUNK_ROWS;
    }
    return cut - 1;
}

static enum tacro_status put_pieces(struct hash *hash, hid_t dataset, const char *path,
                                    const struct value_type *type, hid_t space,
                                    size_t rank, const hsize_t *extent)
{
    enum tacro_status st = TACRO_OK;
    hsize_t budget = type->kind == 's' ? PIECE_TEXTS : PIECE_BYTES / type->size;
    hsize_t start[H5S_MAX_RANK] = {0};
    hsize_t count[H5S_MAX_RANK];
    hsize_t step;
    size_t cut = choose_cut(rank, extent, budget, &step);
    for (;;) {
        size_t n = 1;
        for (size_t k = 0; k < rank; k++) {
            hsize_t left = extent[k] - start[k];
            count[k] = k < cut ? 1 : k > cut ? extent[k] : left < step ? left : step;
            n *= count[k];
        }
        if (rank > 0 &&
            H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) {
            return fail_read(hash, path);
        }
        /* A memory space of the same rank: HDF5 copies rows, not single elements. */
        hid_t memory = H5Screate_simple((int)rank, count, NULL);
        st = put_piece(hash, dataset, path, type, space, n, memory);
        tacro_hdf5_close(memory);
        if (st != TACRO_OK) {
            goto done;
        }
        size_t k = cut;
        for (;;) {
            if (rank == 0) {
                goto done;
            }
            start[k] += count[k];
            if (start[k] < extent[k]) {
                break;
            }
            if (k == 0) {
                goto done;
            }
            start[k--] = 0;
        }
    }
done:
    return st;
}

/* The same numbers in the same order, from chunks of our own filters. */
static enum tacro_status put_chunks(struct hash *hash, const char *path,
                                    const struct value_type *type,
                                    struct tacro_chunk_reader *reader)
{
    enum tacro_status st = TACRO_OK;
    const void *values = NULL;
    size_t n = 0;
    do {
        if (tacro_chunk_reader_next(reader, &n, &values) < 0) {
            return fail_read(hash, path);
        }
        TACRO_TRY(put_values(hash, type, n, values));
    } while (n > 0);
done:
    return st;
}

/*
 * Sizes a cache so that pieces in row-major order inflate each chunk once: it holds the
 * chunks side by side that share entries of the first axis on which a chunk has more
 * than one.
 */
static herr_t size_cache(hid_t dataset, hid_t dapl)
{
    hsize_t chunk[H5S_MAX_RANK];
    hsize_t extent[H5S_MAX_RANK];
    hid_t dcpl = H5Dget_create_plist(dataset);
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    hsize_t bytes = H5Tget_size(type);
    hsize_t nchunks = 1;
    herr_t bad = dcpl < 0 || space < 0 || bytes == 0 ? -1 : 0;
    if (bad >= 0 && H5Pget_layout(dcpl) == H5D_CHUNKED) {
        int rank = H5Pget_chunk(dcpl, H5S_MAX_RANK, chunk);
        int k = 0;
        H5Sget_simple_extent_dims(space, extent, NULL);
        for (int i = 0; i < rank; i++) {
            bytes *= chunk[i];
        }
        while (k < rank && chunk[k] == 1) {
            k++;
        }
        for (k++; k < rank; k++) {
            hsize_t across = extent[k] / chunk[k] + (extent[k] % chunk[k] != 0);
            if (across > 1 && nchunks <= MAX_CACHE / bytes / across) {
                nchunks *= across;
            }
        }
        bad = H5Pset_chunk_cache(dapl, (size_t)(10 * nchunks + 521),
                                 (size_t)(bytes * nchunks), 1.0);
    }
    tacro_hdf5_close(type);
    tacro_hdf5_close(space);
    tacro_hdf5_close(dcpl);
    return bad;
}

/* The same dataset with a cache for its chunks, instead of the given one. */
static hid_t reopen(hid_t dataset, hid_t group, const char *name)
{
    hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
    herr_t bad = size_cache(dataset, dapl);
    tacro_hdf5_close(dataset); /* the cache of an open dataset does not change */
    hid_t again = bad < 0 ? H5I_INVALID_HID : H5Dopen2(group, name, dapl);
    tacro_hdf5_close(dapl);
    return again;
}

static enum tacro_status put_dataset(struct hash *hash, hid_t dataset, const char *path)
{
    enum tacro_status st = TACRO_OK;
    struct value_type type = {.memory = H5I_INVALID_HID};
    struct tacro_chunk_reader reader;
    hsize_t extent[H5S_MAX_RANK];
    hsize_t n = 0;
    hid_t space = H5Dget_space(dataset);
    hid_t file_type = H5Dget_type(dataset);
    int rank = shape_of(space, extent, &n);
    if (rank < 0) {
        st = fail_read(hash, path);
        goto done;
    }
    TACRO_TRY(describe(hash, file_type, path, &type));
    TACRO_TRY(put_mark(hash, 'D', path));
    TACRO_TRY(put_attributes(hash, dataset, path));
    TACRO_TRY(put_shape(hash, &type, (size_t)rank, extent));
    if (n > 0 && tacro_chunk_reader_open(dataset, type.memory, hash->codec, &reader)) {
        st = put_chunks(hash, path, &type, &reader);
        tacro_chunk_reader_close(&reader);
    } else if (n > 0) {
        st = put_pieces(hash, dataset, path, &type, space, (size_t)rank, extent);
    }
done:
    tacro_hdf5_close(type.memory);
    tacro_hdf5_close(file_type);
    tacro_hdf5_close(space);
    return st;
}

/* -- objects ---------------------------------------------------------------------- */

static enum tacro_status put_group(struct hash *hash, hid_t group, const char *path,
                                   int depth);

static enum tacro_status put_member(struct hash *hash, hid_t group, const char *parent,
                                    const char *name, int depth)
{
    enum tacro_status st = TACRO_OK;
    char path[MAX_PATH];
    H5L_info_t link;
    hid_t object = H5I_INVALID_HID;
    int n = snprintf(path, sizeof path, "%s/%s", parent[1] == '\0' ? "" : parent, name);
    if (strcmp(path, "/provenance") == 0) {
        goto done;
    }
    if (n < 0 || (size_t)n >= sizeof path || depth > MAX_DEPTH ||
        H5Lget_info(group, name, &link, H5P_DEFAULT) < 0 ||
        link.type != H5L_TYPE_HARD) {
        st = tacro_fail(hash->err, TACRO_EINPUT, "%.200s: not a result of tacro", path);
        goto done;
    }
    object = H5Oopen(group, name, H5P_DEFAULT);
    if (H5Iget_type(object) == H5I_GROUP) {
        st = put_group(hash, object, path, depth);
    } else if (H5Iget_type(object) == H5I_DATASET) {
        object = reopen(object, group, name);
        st = object < 0 ? fail_read(hash, path) : put_dataset(hash, object, path);
    } else {
        st = fail_read(hash, path);
    }
done:
    tacro_hdf5_close(object);
    return st;
}

static enum tacro_status put_group(struct hash *hash, hid_t group, const char *path,
                                   int depth)
{
    enum tacro_status st = TACRO_OK;
    struct names names = {0};
    TACRO_TRY(put_mark(hash, 'G', path));
    TACRO_TRY(put_attributes(hash, group, path));
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_link, &names) < 0) {
        st = fail_read(hash, path);
        goto done;
    }
    sort_names(&names);
    for (size_t i = 0; i < names.n; i++) {
        TACRO_TRY(put_member(hash, group, path, names.name[i], depth + 1));
    }
done:
    free_names(&names);
    return st;
}

enum tacro_status tacro_content_hash(hid_t file, char hex[65], struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct hash hash = {EVP_MD_CTX_new(), malloc(PIECE_BYTES), NULL, err};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    hid_t root = H5I_INVALID_HID;
    tacro_hdf5_quiet();
    if (hash.digest == NULL || hash.piece == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "content hash");
        goto done;
    }
    TACRO_TRY(tacro_codec_create(&hash.codec, err));
    if (EVP_DigestInit_ex(hash.digest, EVP_sha256(), NULL) != 1) {
        st = tacro_fail(err, TACRO_EBUG, "SHA-256 failed");
        goto done;
    }
    root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0) {
        st = fail_read(&hash, "/");
        goto done;
    }
    TACRO_TRY(put_group(&hash, root, "/", 0));
    if (EVP_DigestFinal_ex(hash.digest, digest, &n) != 1 || n != 32) {
        st = tacro_fail(err, TACRO_EBUG, "SHA-256 failed");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
done:
    tacro_hdf5_close(root);
    EVP_MD_CTX_free(hash.digest);
    tacro_codec_free(hash.codec);
    free(hash.piece);
    return st;
}
