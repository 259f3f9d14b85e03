/* realpath. NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*) */
#define _XOPEN_SOURCE 700
#include "store/draft.h"

#include "store/hdf5.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAMES 100            /* part names tried before giving up */
#define METADATA_CACHE (4 << 20) /* bytes; fixed, so that memory is flat */

struct tacro_draft {
    char *path;   /* as given, for messages */
    char *target; /* the same, or what it points to as a symbolic link */
    char *part;   /* NULL when there is no file of that name any more */
    char *folder; /* of both */
    bool force;
    int fd;
    hid_t driver; /* registered as long as the file is open */
    hid_t file;
    bool is_open;      /* HDF5 still holds the driver's file */
    bool is_failed;    /* some HDF5 call failed */
    int write_errno;   /* of the first failed write, 0: none */
    haddr_t failed_at; /* bytes from the start of the file */
};

/* -- driver ----------------------------------------------------------------------- */

struct driver_file {
    H5FD_t base;
    struct tacro_draft *draft;
    haddr_t eoa;
    haddr_t eof;
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t fapl,
                           haddr_t maxaddr)
{
    struct tacro_draft *const *draft = H5Pget_driver_info(fapl);
    struct driver_file *file = calloc(1, sizeof *file);
    (void)name;
    (void)flags;
    (void)maxaddr;
    if (file == NULL || draft == NULL) {
        free(file);
        return NULL;
    }
    file->draft = *draft;
    file->draft->is_open = true;
    return &file->base;
}

static herr_t driver_close(H5FD_t *base)
{
    struct driver_file *file = (struct driver_file *)base;
    file->draft->is_open = false;
    free(file);
    return 0;
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
             H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct driver_file *)base)->eoa;
}

static herr_t driver_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((struct driver_file *)base)->eoa = address;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct driver_file *)base)->eof;
}

static herr_t driver_get_handle(H5FD_t *base, hid_t fapl, void **handle)
{
    (void)fapl;
    *handle = &((struct driver_file *)base)->draft->fd;
    return 0;
}

static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t dxpl, haddr_t address,
                          size_t size, void *buffer)
{
    const struct driver_file *file = (const struct driver_file *)base;
    unsigned char *to = buffer;
    (void)type;
    (void)dxpl;
    while (size > 0) {
        ssize_t n = pread(file->draft->fd, to, size, (off_t)address);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        if (n == 0) { /* past the end HDF5 expects zeros */
            memset(to, 0, size);
            break;
        }
        to += n;
        size -= (size_t)n;
        address += (haddr_t)n;
    }
    return 0;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t dxpl, haddr_t address,
                           size_t size, const void *buffer)
{
    struct driver_file *file = (struct driver_file *)base;
    struct tacro_draft *draft = file->draft;
    const unsigned char *from = buffer;
    (void)type;
    (void)dxpl;
    if (file->eof < address + size) {
        file->eof = address + size;
    }
    while (size > 0 && draft->write_errno == 0) {
        ssize_t n = pwrite(draft->fd, from, size, (off_t)address);
        if (n > 0) {
            from += n;
            size -= (size_t)n;
            address += (haddr_t)n;
        } else if (n == 0 || errno != EINTR) {
            draft->write_errno = n == 0 ? ENOSPC : errno;
            draft->failed_at = address;
        }
    }
    return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t dxpl, hbool_t is_closing)
{
    struct driver_file *file = (struct driver_file *)base;
    struct tacro_draft *draft = file->draft;
    (void)dxpl;
    (void)is_closing;
    if (file->eof != file->eoa && draft->write_errno == 0 &&
        ftruncate(draft->fd, (off_t)file->eoa) != 0) {
        draft->write_errno = errno;
        draft->failed_at = file->eoa;
    }
    file->eof = file->eoa;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)511, /* in no registry */
#endif
    .name = "tacro_draft",
    .maxaddr = ((haddr_t)1 << 62),
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct tacro_draft *),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .get_handle = driver_get_handle,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* -- draft ------------------------------------------------------------------------ */

/* V110 gives every piece of metadata a checksum. */
static herr_t set_access(hid_t fapl, hid_t driver_id, struct tacro_draft *draft)
{
    H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    if (H5Pset_driver(fapl, driver_id, &draft) < 0 ||
        H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_libver_bounds(fapl, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0 ||
        H5Pget_mdc_config(fapl, &cache) < 0) {
        return -1;
    }
    cache.set_initial_size = true;
    cache.initial_size = METADATA_CACHE;
    cache.min_size = METADATA_CACHE;
    cache.max_size = METADATA_CACHE;
    cache.incr_mode = H5C_incr__off;
    cache.flash_incr_mode = H5C_flash_incr__off;
    cache.decr_mode = H5C_decr__off;
    return H5Pset_mdc_config(fapl, &cache);
}

/* netCDF-4 readers want the order of creation; times would make equal runs differ. */
static herr_t set_creation(hid_t fcpl)
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (H5Pset_link_creation_order(fcpl, order) < 0 ||
        H5Pset_attr_creation_order(fcpl, order) < 0) {
        return -1;
    }
    return H5Pset_obj_track_times(fcpl, false);
}

static enum tacro_status open_hdf5(struct tacro_draft *draft, struct tacro_error *err)
{
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    hid_t fcpl = H5Pcreate(H5P_FILE_CREATE);
    draft->driver = H5FDregister(&driver);
    if (set_access(fapl, draft->driver, draft) >= 0 && set_creation(fcpl) >= 0) {
        draft->file = H5Fcreate(draft->path, H5F_ACC_TRUNC, fcpl, fapl);
    }
    enum tacro_status st =
        tacro_draft_check(draft, draft->file >= 0, "create", "the file", err);
    tacro_hdf5_close(fcpl);
    tacro_hdf5_close(fapl);
    return st;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static enum tacro_status fail_create(const struct tacro_draft *draft, int number,
                                     struct tacro_error *err)
{
    if (number == ENOENT) {
        return tacro_fail(err, TACRO_ECREATE, "cannot create %s: there is no folder %s",
                          draft->path, draft->folder);
    }
    return tacro_fail(err, TACRO_ECREATE, "cannot create %s: %s", draft->path,
                      strerror(number));
}

static bool has_signature(int fd)
{
    static const unsigned char signature[8] = {0x89, 'H',  'D',  'F',
                                               '\r', '\n', 0x1a, '\n'};
    unsigned char start[sizeof signature];
    return pread(fd, start, sizeof start, 0) == (ssize_t)sizeof start &&
           memcmp(start, signature, sizeof start) == 0;
}

/* A file that is there: only HDF5 files and empty ones may be replaced, with force. */
static enum tacro_status check_existing(const struct tacro_draft *draft,
                                        struct tacro_error *err)
{
    struct stat file;
    int fd = open(draft->target, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return tacro_fail(err, TACRO_ECREATE,
                          "%s exists and cannot be read (%s); it is not replaced",
                          draft->path, strerror(errno));
    }
    bool is_ours = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
                   (file.st_size == 0 || has_signature(fd));
    close(fd);
    if (!is_ours) {
        return tacro_fail(err, TACRO_ECREATE,
                          "%s exists and is no HDF5 file; it is not replaced",
                          draft->path);
    }
    return draft->force
               ? TACRO_OK
               : tacro_fail(err, TACRO_ECREATE, "%s exists; use --force to replace it",
                            draft->path);
}

/* Asked when the draft begins and again before it takes the name. */
static enum tacro_status check_target(const struct tacro_draft *draft,
                                      struct tacro_error *err)
{
    struct stat file;
    if (lstat(draft->target, &file) != 0) {
        return errno == ENOENT ? TACRO_OK : fail_create(draft, errno, err);
    }
    if (!S_ISREG(file.st_mode)) {
        return tacro_fail(err, TACRO_ECREATE, "cannot create %s: %s", draft->path,
                          S_ISDIR(file.st_mode) ? "it is a folder"
                                                : "it is not a regular file");
    }
    return check_existing(draft, err);
}

/* What a symbolic link points to is what is written; the link itself stays. */
static enum tacro_status resolve(struct tacro_draft *draft, struct tacro_error *err)
{
    struct stat file;
    if (lstat(draft->path, &file) != 0 || !S_ISLNK(file.st_mode)) {
        draft->target = strdup(draft->path);
    } else if (stat(draft->path, &file) != 0) {
        return tacro_fail(err, TACRO_ECREATE,
                          "cannot create %s: it is a symbolic link that leads to no "
                          "file",
                          draft->path);
    } else if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)) {
        draft->target = realpath(draft->path, NULL);
    } else {
        return tacro_fail(err, TACRO_ECREATE,
                          "cannot create %s: it is not a regular file", draft->path);
    }
    draft->folder = draft->target == NULL ? NULL : folder_of(draft->target);
    return TACRO_OK;
}

/* Create a file of a name that no file has: the descriptor and the name, freed by the
   caller, or -1 and errno. */
static int create_beside(const struct tacro_draft *draft, const char *suffix,
                         char **name)
{
    size_t size = strlen(draft->target) + strlen(suffix) + 44;
    int fd = -1;
    *name = malloc(size);
    if (*name == NULL) {
        errno = ENOMEM;
        return -1;
    }
    for (int k = 0; k < MAX_NAMES && fd < 0; k++) {
        if (k == 0) {
            snprintf(*name, size, "%s.%ld%s", draft->target, (long)getpid(), suffix);
        } else {
            snprintf(*name, size, "%s.%ld-%d%s", draft->target, (long)getpid(), k,
                     suffix);
        }
        fd = open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0 && errno != EEXIST) {
            break;
        }
    }
    if (fd < 0) {
        int number = errno;
        free(*name);
        *name = NULL;
        errno = number;
    }
    return fd;
}

/* A part file of a killed run stays as it is: the next free name is taken. */
static enum tacro_status create_part(struct tacro_draft *draft, struct tacro_error *err)
{
    draft->fd = create_beside(draft, ".part", &draft->part);
    return draft->fd < 0 ? fail_create(draft, errno, err) : TACRO_OK;
}

enum tacro_status tacro_draft_scratch(const struct tacro_draft *draft, int *fd,
                                      struct tacro_error *err)
{
    char *name = NULL;
    *fd = create_beside(draft, ".scratch", &name);
    if (*fd < 0) {
        return tacro_fail(err, TACRO_ECREATE,
                          "%s: cannot create a temporary file beside it: %s",
                          draft->path, strerror(errno));
    }
    if (unlink(name) != 0) {
        int number = errno;
        close(*fd);
        *fd = -1;
        free(name);
        return tacro_fail(err, TACRO_ECREATE,
                          "%s: cannot unlink a temporary file beside it: %s",
                          draft->path, strerror(number));
    }
    free(name);
    return TACRO_OK;
}

const char *tacro_draft_path(const struct tacro_draft *draft)
{
    return draft->path;
}

enum tacro_status tacro_draft_create(const char *path, bool force,
                                     struct tacro_draft **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_draft *draft = calloc(1, sizeof *draft);
    *out = NULL;
    tacro_hdf5_quiet();
    if (draft == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "result file %s", path);
    }
    draft->fd = -1;
    draft->driver = H5I_INVALID_HID;
    draft->file = H5I_INVALID_HID;
    draft->force = force;
    draft->path = strdup(path);
    if (draft->path == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "result file %s", path);
        goto done;
    }
    TACRO_TRY(resolve(draft, err));
    if (draft->target == NULL || draft->folder == NULL) {
        st = tacro_fail(err, TACRO_ECREATE, "cannot create %s: its place is unknown",
                        path);
        goto done;
    }
    TACRO_TRY(check_target(draft, err));
    TACRO_TRY(create_part(draft, err));
    TACRO_TRY(open_hdf5(draft, err));
    *out = draft;
    draft = NULL;
done:
    tacro_draft_free(draft);
    return st;
}

hid_t tacro_draft_file(const struct tacro_draft *draft)
{
    return draft->file;
}

enum tacro_status tacro_draft_check(struct tacro_draft *draft, bool is_good,
                                    const char *verb, const char *object,
                                    struct tacro_error *err)
{
    if (draft->write_errno != 0) {
        draft->is_failed = true;
        return tacro_fail(err, TACRO_EIO, "%s: cannot write beyond %.1f MB: %s",
                          draft->path, (double)draft->failed_at * 1e-6,
                          strerror(draft->write_errno));
    }
    if (!is_good) {
        char reason[256];
        tacro_hdf5_reason(reason, sizeof reason);
        draft->is_failed = true;
        return tacro_fail(err, TACRO_EIO, "%s: cannot %s %s: %s", draft->path, verb,
                          object, reason);
    }
    if (draft->is_failed) {
        return tacro_fail(err, TACRO_EIO, "%s: an earlier write failed", draft->path);
    }
    return TACRO_OK;
}

/* Without force the name must be free at this instant: link and O_EXCL ask for that. */
static int publish_name(struct tacro_draft *draft)
{
    if (!draft->force) {
        if (link(draft->part, draft->target) == 0) {
            unlink(draft->part);
            return 0;
        }
        if (errno == EEXIST) {
            return -1;
        }
        /* A file system without hard links: take the name with an empty file first. */
        int fd = open(draft->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0) {
            return -1;
        }
        close(fd);
    }
    if (rename(draft->part, draft->target) != 0) {
        int number = errno;
        if (!draft->force) {
            unlink(draft->target);
        }
        errno = number;
        return -1;
    }
    return 0;
}

static void sync_folder(const struct tacro_draft *draft)
{
    int fd = open(draft->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* some file systems refuse; the file itself is safe */
        close(fd);
    }
}

enum tacro_status tacro_draft_publish(struct tacro_draft *draft,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    bool is_good = H5Fflush(draft->file, H5F_SCOPE_GLOBAL) >= 0;
    TACRO_TRY(tacro_draft_check(draft, is_good, "flush", "the file", err));
    is_good = H5Fclose(draft->file) >= 0;
    draft->file = H5I_INVALID_HID;
    TACRO_TRY(tacro_draft_check(draft, is_good, "close", "the file", err));
    if (fsync(draft->fd) != 0) {
        draft->write_errno = errno;
        draft->failed_at = 0;
    }
    if (close(draft->fd) != 0 && draft->write_errno == 0) {
        draft->write_errno = errno;
    }
    draft->fd = -1;
    TACRO_TRY(tacro_draft_check(draft, true, "close", "the file", err));
    TACRO_TRY(check_target(draft, err));
    if (publish_name(draft) != 0) {
        st = fail_create(draft, errno, err);
        goto done;
    }
    free(draft->part);
    draft->part = NULL;
    sync_folder(draft);
done:
    return st;
}

void tacro_draft_free(struct tacro_draft *draft)
{
    if (draft == NULL) {
        return;
    }
    tacro_hdf5_quiet();
    if (draft->file >= 0) {
        H5Fclose(draft->file);
    }
    if (draft->fd >= 0) {
        close(draft->fd);
        draft->fd = -1;
    }
    if (draft->part != NULL) {
        unlink(draft->part);
        free(draft->part);
    }
    free(draft->path);
    free(draft->target);
    free(draft->folder);
    if (draft->is_open) {
        /* HDF5 did not close and may still call the driver: keep what that reads. */
        draft->write_errno = EBADF;
        return;
    }
    if (draft->driver >= 0) {
        /* Not before: HDF5 would close the file through a driver that it has freed. */
        H5FDunregister(draft->driver);
    }
    free(draft);
}
