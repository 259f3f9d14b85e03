/** The beta distribution, with the same bits on every processor. */
#ifndef TACRO_CORE_BETA_H
#define TACRO_CORE_BETA_H

/**
 * Distribution function of Beta(a, b); a, b > 0; x outside [0, 1] is moved into it.
 *
 * source  continued fraction of the incomplete beta function, DLMF 8.17.22, by the
 *         modified Lentz method
 */
double tacro_beta_cdf(double a, double b, double x);

/** Its quantile, 0 < p < 1, by bisection to the last bit. */
double tacro_beta_quantile(double a, double b, double p);

/**
 * Logarithm of the gamma function, x > 0, to about 1e-14.
 *
 * source  Stirling's series, DLMF 5.11.1, from x >= 10 on; smaller x are shifted there
 */
double tacro_log_gamma(double x);

#endif
