#include "solve/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SUMS (TACRO_PREDICT_ORDER * (TACRO_PREDICT_ORDER + 1) / 2)

/*
 * What all clones of a vector share. CVODE predicts by sums in place, one call each,
 * order*(order + 1)/2 of them: they wait here and are done in one pass over memory as
 * soon as anything else is asked for.
 */
struct family {
    const struct tacro_kernels *kernels;
    size_t rows;
    size_t nvectors; /* the last one frees it */
    size_t nsums;
    struct {
        double *into;
        double *from;
    } sum[MAX_SUMS]; /* into += from */
};

struct content {
    struct family *family;
    size_t rows;
    size_t first; /* of a window: the row it shows */
    double *data;
    double norm; /* known, or NAN */
};

/* The columns of the triangle that the waiting sums are. False: they are not one. */
static bool is_triangle(const struct family *f, size_t order, double **column)
{
    size_t i = 0;
    if (order * (order + 1) / 2 != f->nsums) {
        return false;
    }
    column[order] = f->sum[0].from;
    for (size_t k = 0; k < order; k++) {
        column[order - 1 - k] = f->sum[k].into;
    }
    for (size_t k = 1; k <= order; k++) {
        for (size_t j = order; j >= k; j--, i++) {
            if (f->sum[i].into != column[j - 1] || f->sum[i].from != column[j]) {
                return false;
            }
        }
    }
    for (size_t k = 0; k < order; k++) {
        for (size_t j = k + 1; j <= order; j++) {
            if (column[k] == column[j]) {
                return false;
            }
        }
    }
    return true;
}

static void do_sums(struct family *f)
{
    double *column[TACRO_PREDICT_ORDER + 1];
    size_t order = 1;
    while (order * (order + 1) / 2 < f->nsums) {
        order++;
    }
    if (is_triangle(f, order, column)) {
        f->kernels->predict(f->rows, order, column);
    } else {
        for (size_t i = 0; i < f->nsums; i++) {
            f->kernels->linear_sum(f->rows, 1.0, f->sum[i].into, 1.0, f->sum[i].from,
                                   f->sum[i].into);
        }
    }
    f->nsums = 0;
}

/* To read from. */
static const struct content *content(N_Vector v)
{
    const struct content *c = v->content;
    if (c->family->nsums > 0) {
        do_sums(c->family);
    }
    return c;
}

/* To write to. */
static struct content *target(N_Vector v)
{
    struct content *c = v->content;
    if (c->family->nsums > 0) {
        do_sums(c->family);
    }
    c->norm = NAN;
    return c;
}

/* Values of x where z looks. */
static const double *seen(const struct content *z, N_Vector x)
{
    const struct content *c = content(x);
    return c->rows == z->rows ? c->data : c->data + z->first * TACRO_LANES;
}

double *tacro_vector_data(N_Vector vector)
{
    return target(vector)->data;
}

void tacro_vector_set_norm(N_Vector vector, double norm)
{
    target(vector)->norm = norm;
}

static N_Vector_ID get_id(N_Vector v)
{
    (void)v;
    return SUNDIALS_NVEC_CUSTOM;
}

static sunindextype get_length(N_Vector v)
{
    return (sunindextype)(content(v)->rows * TACRO_LANES);
}

static void leave(struct family *f)
{
    if (--f->nvectors == 0) {
        free(f);
    }
}

static void destroy(N_Vector v)
{
    if (v != NULL) {
        struct content *c = v->content;
        if (c != NULL) {
            do_sums(c->family);
            leave(c->family);
            free(c->data);
            free(c);
            v->content = NULL;
        }
        N_VFreeEmpty(v);
    }
}

/* A vector of `rows` rows with the operations of `like`, zero. */
static N_Vector join(struct family *family, N_Vector like, size_t rows, size_t first)
{
    const size_t bytes = rows * TACRO_LANES * sizeof(double);
    N_Vector v = N_VNewEmpty(like->sunctx);
    struct content *c = malloc(sizeof *c);
    double *data = aligned_alloc(64, bytes);
    if (v == NULL || c == NULL || data == NULL || N_VCopyOps(like, v) != 0) {
        free(data);
        free(c);
        if (v != NULL) {
            N_VFreeEmpty(v);
        }
        return NULL;
    }
    memset(data, 0, bytes);
    *c = (struct content){
        .family = family, .rows = rows, .first = first, .data = data, .norm = NAN};
    family->nvectors++;
    v->content = c;
    return v;
}

static N_Vector clone(N_Vector w)
{
    const struct content *from = w->content;
    return join(from->family, w, from->rows, from->first);
}

N_Vector tacro_vector_window(N_Vector vector, size_t row)
{
    const struct content *of = vector->content;
    return join(of->family, vector, 1, row);
}

/* True if z += y can wait: both whole vectors, and no sum of a vector with itself. */
static bool can_wait(const struct content *y, const struct content *z)
{
    const struct family *f = z->family;
    return f == y->family && f->nsums < MAX_SUMS && y != z && y->rows == f->rows &&
           z->rows == f->rows;
}

static void linear_sum(sunrealtype a, N_Vector x, sunrealtype b, N_Vector y, N_Vector z)
{
    struct content *c = z->content;
    struct family *f = c->family;
    if (a == 1.0 && b == 1.0 && z == x && can_wait(y->content, c)) {
        c->norm = NAN;
        f->sum[f->nsums].into = c->data;
        f->sum[f->nsums++].from = ((struct content *)y->content)->data;
        return;
    }
    c = target(z);
    f->kernels->linear_sum(c->rows, a, seen(c, x), b, seen(c, y), c->data);
}

static void set_constant(sunrealtype value, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->fill(c->rows, value, c->data);
}

static void product(N_Vector x, N_Vector y, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->product(c->rows, seen(c, x), seen(c, y), c->data);
}

static void quotient(N_Vector x, N_Vector y, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->quotient(c->rows, seen(c, x), seen(c, y), c->data);
}

static void scale(sunrealtype factor, N_Vector x, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->scale(c->rows, factor, seen(c, x), c->data);
}

static void absolute(N_Vector x, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->absolute(c->rows, seen(c, x), c->data);
}

static void inverse(N_Vector x, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->inverse(c->rows, seen(c, x), c->data);
}

static void add_constant(N_Vector x, sunrealtype b, N_Vector z)
{
    struct content *c = target(z);
    c->family->kernels->add_constant(c->rows, seen(c, x), b, c->data);
}

static sunrealtype max_norm(N_Vector x)
{
    const struct content *c = content(x);
    return c->family->kernels->max_norm(c->rows, c->data);
}

static sunrealtype worst_norm(N_Vector x, N_Vector w)
{
    const struct content *c = content(x);
    return isnan(c->norm) ? c->family->kernels->worst_norm(c->rows, c->data, seen(c, w))
                          : c->norm;
}

static int combine(int n, sunrealtype *a, N_Vector *x, N_Vector z)
{
    const double *data[2 * TACRO_MAX_ORDER];
    struct content *c = target(z);
    if (n > 2 * TACRO_MAX_ORDER) {
        return -1;
    }
    for (int k = 0; k < n; k++) {
        data[k] = seen(c, x[k]);
    }
    c->family->kernels->combine(c->rows, (size_t)n, a, data, c->data);
    return 0;
}

static int scale_add_multi(int n, sunrealtype *a, N_Vector x, N_Vector *y, N_Vector *z)
{
    const struct content *c = content(x);
    const double *from[TACRO_MAX_ORDER + 1];
    double *to[TACRO_MAX_ORDER + 1];
    if (n > TACRO_MAX_ORDER + 1) {
        return -1;
    }
    for (int k = 0; k < n; k++) {
        from[k] = content(y[k])->data;
        to[k] = target(z[k])->data;
    }
    c->family->kernels->scale_add(c->rows, (size_t)n, a, c->data, from, to);
    return 0;
}

static void set_operations(N_Vector v)
{
    v->ops->nvgetvectorid = get_id;
    v->ops->nvgetlength = get_length;
    v->ops->nvclone = clone;
    v->ops->nvdestroy = destroy;
    v->ops->nvlinearsum = linear_sum;
    v->ops->nvconst = set_constant;
    v->ops->nvprod = product;
    v->ops->nvdiv = quotient;
    v->ops->nvscale = scale;
    v->ops->nvabs = absolute;
    v->ops->nvinv = inverse;
    v->ops->nvaddconst = add_constant;
    v->ops->nvmaxnorm = max_norm;
    v->ops->nvwrmsnorm = worst_norm;
    v->ops->nvlinearcombination = combine;
    v->ops->nvscaleaddmulti = scale_add_multi;
}

N_Vector tacro_vector_create(size_t rows, const struct tacro_kernels *kernels,
                             SUNContext context)
{
    N_Vector made = NULL;
    N_Vector pattern = N_VNewEmpty(context);
    struct family *family = calloc(1, sizeof *family);
    if (pattern != NULL && family != NULL) {
        family->kernels = kernels;
        family->rows = rows;
        set_operations(pattern);
        made = join(family, pattern, rows, 0);
    }
    if (pattern != NULL) {
        N_VFreeEmpty(pattern);
    }
    if (made == NULL) {
        free(family);
    }
    return made;
}
