/* The table of one kernel build. */
#include "solve/lanes.h"

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

extern const struct tacro_kernels TACRO_KERNEL_NAME(tacro_kernels);
const struct tacro_kernels TACRO_KERNEL_NAME(tacro_kernels) = {
    .name = TEXT(TACRO_KERNEL),
    .parts = TACRO_KERNEL_NAME(tacro_parts),
    .math = {.quantile = K(quantile), .exp_times = K(exp_times)},
    .rates = K(rates),
    .part_rates = K(part_rates),
    .total_rates = K(total_rates),
    .rhs = K(rhs),
    .factor = K(factor),
    .solve = K(solve),
    .residual = K(residual),
    .correct = K(correct),
    .taylor = K(taylor),
    .read = K(read),
    .output = K(output),
    .products = K(products),
    .dots = K(dots),
    .horner = K(horner),
    .filter_weights = K(filter_weights),
    .gauss = K(gauss),
    .panel_error = K(panel_error),
    .integral_polynomial = K(integral_polynomial),
    .crossing = K(crossing),
    .risk = K(risk),
    .survival = K(survival),
    .linear_sum = K(linear_sum),
    .fill = K(fill),
    .product = K(product),
    .quotient = K(quotient),
    .scale = K(scale),
    .absolute = K(absolute),
    .inverse = K(inverse),
    .add_constant = K(add_constant),
    .combine = K(combine),
    .scale_add = K(scale_add),
    .predict = K(predict),
    .weights = K(weights),
    .worst_norm = K(worst_norm),
    .max_norm = K(max_norm),
    .sum_of_zeros = K(sum_of_zeros),
};
