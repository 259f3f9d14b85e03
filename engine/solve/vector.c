#include "solve/vector.h"

#include <stdlib.h>
#include <string.h>

struct content {
    const struct tacro_kernels *kernels;
    size_t rows;
    double *data;
};

static struct content *content(N_Vector v)
{
    return v->content;
}

double *tacro_vector_data(N_Vector vector)
{
    return content(vector)->data;
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

static void destroy(N_Vector v)
{
    if (v != NULL) {
        if (v->content != NULL) {
            free(content(v)->data);
            free(v->content);
            v->content = NULL;
        }
        N_VFreeEmpty(v);
    }
}

static N_Vector clone(N_Vector w)
{
    const struct content *from = content(w);
    const size_t bytes = from->rows * TACRO_LANES * sizeof(double);
    N_Vector v = N_VNewEmpty(w->sunctx);
    struct content *c = malloc(sizeof *c);
    double *data = aligned_alloc(64, bytes);
    if (v == NULL || c == NULL || data == NULL || N_VCopyOps(w, v) != 0) {
        free(data);
        free(c);
        if (v != NULL) {
            N_VFreeEmpty(v);
        }
        return NULL;
    }
    memset(data, 0, bytes);
    c->kernels = from->kernels;
    c->rows = from->rows;
    c->data = data;
    v->content = c;
    return v;
}

static void linear_sum(sunrealtype a, N_Vector x, sunrealtype b, N_Vector y, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->linear_sum(c->rows, a, c->data, b, content(y)->data, content(z)->data);
}

static void set_constant(sunrealtype value, N_Vector z)
{
    content(z)->kernels->fill(content(z)->rows, value, content(z)->data);
}

static void product(N_Vector x, N_Vector y, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->product(c->rows, c->data, content(y)->data, content(z)->data);
}

static void quotient(N_Vector x, N_Vector y, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->quotient(c->rows, c->data, content(y)->data, content(z)->data);
}

static void scale(sunrealtype factor, N_Vector x, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->scale(c->rows, factor, c->data, content(z)->data);
}

static void absolute(N_Vector x, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->absolute(c->rows, c->data, content(z)->data);
}

static void inverse(N_Vector x, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->inverse(c->rows, c->data, content(z)->data);
}

static void add_constant(N_Vector x, sunrealtype b, N_Vector z)
{
    const struct content *c = content(x);
    c->kernels->add_constant(c->rows, c->data, b, content(z)->data);
}

static sunrealtype max_norm(N_Vector x)
{
    return content(x)->kernels->max_norm(content(x)->rows, content(x)->data);
}

static sunrealtype worst_norm(N_Vector x, N_Vector w)
{
    const struct content *c = content(x);
    return c->kernels->worst_norm(c->rows, c->data, content(w)->data);
}

static int combine(int n, sunrealtype *c, N_Vector *x, N_Vector z)
{
    const double *data[2 * TACRO_MAX_ORDER];
    if (n > 2 * TACRO_MAX_ORDER) {
        return -1;
    }
    for (int k = 0; k < n; k++) {
        data[k] = content(x[k])->data;
    }
    content(z)->kernels->combine(content(z)->rows, (size_t)n, c, data,
                                 content(z)->data);
    return 0;
}

static int scale_add_multi(int n, sunrealtype *a, N_Vector x, N_Vector *y, N_Vector *z)
{
    for (int k = 0; k < n; k++) {
        linear_sum(a[k], x, 1.0, y[k], z[k]);
    }
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
    struct content shape = {.kernels = kernels, .rows = rows};
    if (pattern != NULL) {
        set_operations(pattern);
        pattern->content = &shape;
        made = clone(pattern);
        pattern->content = NULL;
        N_VFreeEmpty(pattern);
    }
    return made;
}
