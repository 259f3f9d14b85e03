#include "store/ledger.h"

#include "store/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
#define FIRST_PIECES 64

/* A piece in the file: its sizes, then its rows; numbers as the processor has them. */
struct tacro_ledger_spool {
    char *path; /* of the result, for messages */
    int fd;
    int write_errno; /* of the first failed write, 0: none */
    size_t nregimens;
    size_t nsubjects;
    size_t n;
    size_t capacity;
    struct tacro_ledger_piece *piece;
    uint64_t at;   /* byte of the file at which the buffer begins */
    size_t nbytes; /* in the buffer */
    size_t next;   /* byte of the buffer to be read */
    unsigned char buffer[BUFFER_BYTES];
};

enum tacro_status tacro_ledger_spool_create(const struct tacro_draft *draft,
                                            size_t nregimens, size_t nsubjects,
                                            struct tacro_ledger_spool **out,
                                            struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_ledger_spool *spool = calloc(1, sizeof *spool);
    *out = NULL;
    if (spool != NULL) {
        spool->fd = -1;
        spool->path = strdup(tacro_draft_path(draft));
    }
    if (spool == NULL || spool->path == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "ledger of %s", tacro_draft_path(draft));
        goto done;
    }
    spool->nregimens = nregimens;
    spool->nsubjects = nsubjects;
    TACRO_TRY(tacro_draft_scratch(draft, &spool->fd, err));
    *out = spool;
    spool = NULL;
done:
    tacro_ledger_spool_free(spool);
    return st;
}

void tacro_ledger_spool_free(struct tacro_ledger_spool *spool)
{
    if (spool == NULL) {
        return;
    }
    if (spool->fd >= 0) {
        close(spool->fd);
    }
    free(spool->piece);
    free(spool->path);
    free(spool);
}

/* -- writing ---------------------------------------------------------------------- */

static void flush(struct tacro_ledger_spool *spool)
{
    size_t done = 0;
    while (done < spool->nbytes && spool->write_errno == 0) {
        ssize_t n = pwrite(spool->fd, spool->buffer + done, spool->nbytes - done,
                           (off_t)(spool->at + done));
        if (n < 0 && errno != EINTR) {
            spool->write_errno = errno;
        } else if (n >= 0) {
            done += (size_t)n;
        }
    }
    if (spool->write_errno == 0) {
        spool->at += spool->nbytes;
        spool->nbytes = 0;
    }
}

/* At most BUFFER_BYTES at once. */
static unsigned char *room(struct tacro_ledger_spool *spool, size_t nbytes)
{
    if (BUFFER_BYTES - spool->nbytes < nbytes) {
        flush(spool);
    }
    if (spool->write_errno != 0) {
        return NULL;
    }
    spool->nbytes += nbytes;
    return spool->buffer + spool->nbytes - nbytes;
}

static enum tacro_status check_write(const struct tacro_ledger_spool *spool,
                                     struct tacro_error *err)
{
    if (spool->write_errno != 0) {
        return tacro_fail(
            err, TACRO_EIO, "%s: cannot write its temporary file beyond %.1f MB: %s",
            spool->path, (double)spool->at * 1e-6, strerror(spool->write_errno));
    }
    return TACRO_OK;
}

/* The fields of a row stand in the file without the gaps between them. */
#define BYTES_OF(name) +sizeof((struct tacro_ledger_row){0}.name)
#define ROW_BYTES (0 TACRO_LEDGER_COLUMN_LIST(BYTES_OF))

static void put_row(struct tacro_ledger_spool *spool,
                    const struct tacro_ledger_row *row)
{
    unsigned char *to = room(spool, ROW_BYTES);
    if (to != NULL) {
#define PUT(name)                                                                      \
    memcpy(to, &row->name, sizeof row->name);                                          \
    to += sizeof row->name;
        TACRO_LEDGER_COLUMN_LIST(PUT)
#undef PUT
    }
}

static void put_size(struct tacro_ledger_spool *spool, uint64_t size)
{
    unsigned char *to = room(spool, sizeof size);
    if (to != NULL) {
        memcpy(to, &size, sizeof size);
    }
}

static struct tacro_ledger_piece *new_piece(struct tacro_ledger_spool *spool)
{
    if (spool->n == spool->capacity) {
        const size_t capacity =
            spool->capacity == 0 ? FIRST_PIECES : 2 * spool->capacity;
        void *grown = realloc(spool->piece, capacity * sizeof *spool->piece);
        if (grown == NULL) {
            return NULL;
        }
        spool->piece = grown;
        spool->capacity = capacity;
    }
    return &spool->piece[spool->n];
}

static enum tacro_status add(struct tacro_ledger_spool *spool,
                             struct tacro_ledger_piece added, size_t nledgers,
                             const struct tacro_ledger *const *ledger,
                             struct tacro_error *err)
{
    struct tacro_ledger_piece *piece = new_piece(spool);
    if (piece == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "ledger of %s", spool->path);
    }
    added.at = spool->at + spool->nbytes;
    added.nrows = 0;
    for (size_t i = 0; i < nledgers; i++) {
        put_size(spool, ledger[i]->n);
        added.nrows += ledger[i]->n;
    }
    for (size_t i = 0; i < nledgers; i++) {
        for (size_t k = 0; k < ledger[i]->n; k++) {
            put_row(spool, &ledger[i]->row[k]);
        }
    }
    *piece = added;
    spool->n++;
    return check_write(spool, err);
}

enum tacro_status tacro_ledger_spool_add(struct tacro_ledger_spool *spool,
                                         size_t regimen, size_t first_subject_row,
                                         size_t nsubjects,
                                         const struct tacro_ledger *const *ledger,
                                         struct tacro_error *err)
{
    const struct tacro_ledger_piece piece = {
        .regimen = regimen, .first = first_subject_row, .nsubjects = nsubjects};
    if (regimen >= spool->nregimens || first_subject_row > spool->nsubjects ||
        nsubjects > spool->nsubjects - first_subject_row) {
        return tacro_fail(err, TACRO_EBUG,
                          "the ledger has no subjects %zu to %zu of regimen %zu",
                          first_subject_row, first_subject_row + nsubjects, regimen);
    }
    return nsubjects == 0 ? TACRO_OK : add(spool, piece, nsubjects, ledger, err);
}

enum tacro_status tacro_ledger_spool_add_shared(struct tacro_ledger_spool *spool,
                                                size_t regimen,
                                                const struct tacro_ledger *ledger,
                                                struct tacro_error *err)
{
    const struct tacro_ledger_piece piece = {
        .regimen = regimen, .nsubjects = spool->nsubjects, .is_shared = true};
    if (regimen >= spool->nregimens) {
        return tacro_fail(err, TACRO_EBUG, "the ledger has no regimen %zu", regimen);
    }
    return add(spool, piece, 1, &ledger, err);
}

/* -- reading ---------------------------------------------------------------------- */

static int compare_pieces(const void *a, const void *b)
{
    const struct tacro_ledger_piece *x = a;
    const struct tacro_ledger_piece *y = b;
    if (x->regimen != y->regimen) {
        return x->regimen < y->regimen ? -1 : 1;
    }
    return (x->first > y->first) - (x->first < y->first);
}

/* Every subject of every regimen once. */
static enum tacro_status check_pieces(const struct tacro_ledger_spool *spool,
                                      struct tacro_error *err)
{
    size_t regimen = 0;
    size_t subject = 0;
    bool is_whole = true;
    for (size_t i = 0; i < spool->n && is_whole && spool->nsubjects > 0; i++) {
        const struct tacro_ledger_piece *piece = &spool->piece[i];
        is_whole = piece->regimen == regimen && piece->first == subject;
        subject += is_whole ? piece->nsubjects : 0;
        if (subject == spool->nsubjects) {
            subject = 0;
            regimen++;
        }
    }
    if (!is_whole || (spool->nsubjects > 0 && regimen != spool->nregimens)) {
        return tacro_fail(err, TACRO_EBUG,
                          "the ledger of subject %zu of regimen %zu is missing, or one "
                          "before it is there twice",
                          subject, regimen);
    }
    return TACRO_OK;
}

enum tacro_status tacro_ledger_spool_sort(struct tacro_ledger_spool *spool,
                                          size_t *npieces,
                                          const struct tacro_ledger_piece **piece,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    flush(spool);
    TACRO_TRY(check_write(spool, err));
    if (spool->n > 0) {
        qsort(spool->piece, spool->n, sizeof *spool->piece, compare_pieces);
    }
    TACRO_TRY(check_pieces(spool, err));
    *npieces = spool->n;
    *piece = spool->piece;
done:
    return st;
}

static void seek(struct tacro_ledger_spool *spool, uint64_t at)
{
    spool->at = at;
    spool->nbytes = 0;
    spool->next = 0;
}

void tacro_ledger_spool_seek_sizes(struct tacro_ledger_spool *spool,
                                   const struct tacro_ledger_piece *piece)
{
    seek(spool, piece->at);
}

void tacro_ledger_spool_seek_rows(struct tacro_ledger_spool *spool,
                                  const struct tacro_ledger_piece *piece)
{
    const uint64_t nsizes = piece->is_shared ? 1 : piece->nsubjects;
    seek(spool, piece->at + nsizes * sizeof(uint64_t));
}

/* Makes nbytes stand in the buffer from `next` on. */
static enum tacro_status fill(struct tacro_ledger_spool *spool, size_t nbytes,
                              struct tacro_error *err)
{
    const size_t kept = spool->nbytes - spool->next;
    memmove(spool->buffer, spool->buffer + spool->next, kept);
    spool->at += spool->next;
    spool->nbytes = kept;
    spool->next = 0;
    while (spool->nbytes < nbytes) {
        ssize_t n =
            pread(spool->fd, spool->buffer + spool->nbytes,
                  BUFFER_BYTES - spool->nbytes, (off_t)(spool->at + spool->nbytes));
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return tacro_fail(err, TACRO_EIO, "%s: cannot read its temporary file: %s",
                              spool->path, n == 0 ? "it ends early" : strerror(errno));
        }
        spool->nbytes += n > 0 ? (size_t)n : 0;
    }
    return TACRO_OK;
}

static enum tacro_status take(struct tacro_ledger_spool *spool, size_t nbytes,
                              const unsigned char **bytes, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    if (spool->nbytes - spool->next < nbytes) {
        TACRO_TRY(fill(spool, nbytes, err));
    }
    *bytes = spool->buffer + spool->next;
    spool->next += nbytes;
done:
    return st;
}

enum tacro_status tacro_ledger_spool_size(struct tacro_ledger_spool *spool,
                                          uint64_t *size, struct tacro_error *err)
{
    const unsigned char *bytes = NULL;
    enum tacro_status st = take(spool, sizeof *size, &bytes, err);
    if (st == TACRO_OK) {
        memcpy(size, bytes, sizeof *size);
    }
    return st;
}

enum tacro_status tacro_ledger_spool_row(struct tacro_ledger_spool *spool,
                                         struct tacro_ledger_row *row,
                                         struct tacro_error *err)
{
    const unsigned char *bytes = NULL;
    enum tacro_status st = take(spool, ROW_BYTES, &bytes, err);
    if (st == TACRO_OK) {
#define TAKE(name)                                                                     \
    memcpy(&row->name, bytes, sizeof row->name);                                       \
    bytes += sizeof row->name;
        TACRO_LEDGER_COLUMN_LIST(TAKE)
#undef TAKE
    }
    return st;
}
