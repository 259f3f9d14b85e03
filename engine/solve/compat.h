/** Every difference between SUNDIALS 6.4 and 7 stands here. */
#ifndef TACRO_SOLVE_COMPAT_H
#define TACRO_SOLVE_COMPAT_H

#include <sundials/sundials_config.h>
#include <sundials/sundials_context.h>
#include <sundials/sundials_nonlinearsolver.h>
#include <sundials/sundials_nvector.h>
#include <sundials/sundials_types.h>

#if SUNDIALS_VERSION_MAJOR >= 7
#define TACRO_CONTEXT_CREATE(context) SUNContext_Create(SUN_COMM_NULL, (context))
#define TACRO_SILENCE(context, memory) SUNContext_ClearErrHandlers(context)
typedef int tacro_sunbool;
#define SUN_NLS_SUCCESS SUN_SUCCESS
#define SUN_NLS_MEM_NULL SUN_ERR_ARG_CORRUPT
#else
#define TACRO_CONTEXT_CREATE(context) SUNContext_Create(NULL, (context))
#define TACRO_SILENCE(context, memory)                                                 \
    ((void)(context), (void)CVodeSetErrFile((memory), NULL))
typedef booleantype tacro_sunbool;
#endif

#endif
