/* Distributions, and the functions beneath them: numbers in, one number out. */
#include "stats/beta.h"
#include "stats/discrete.h"
#include "stats/fisher_f.h"
#include "stats/gamma.h"
#include "stats/normal.h"
#include "stats/special.h"
#include "stats/student.h"
#include "vectors/known.h"

static const char *const in_x[] = {"x"}, *const in_p[] = {"p"}, *const in_q[] = {"q"};
static const char *const in_c[] = {"c"}, *const in_range[] = {"low", "high"}, *const in_ab[] = {"a", "b"};
static const char *const in_x_df[] = {"x", "df"}, *const in_p_df[] = {"p", "df"}, *const in_q_df[] = {"q", "df"};
static const char *const in_x_f[] = {"x", "df1", "df2"}, *const in_p_f[] = {"p", "df1", "df2"},
                         *const in_q_f[] = {"q", "df1", "df2"};
static const char *const in_x_ab[] = {"x", "a", "b"}, *const in_p_ab[] = {"p", "a", "b"},
                         *const in_q_ab[] = {"q", "a", "b"};
static const char *const in_x_shape[] = {"x", "shape"}, *const in_p_shape[] = {"p", "shape"},
                         *const in_q_shape[] = {"q", "shape"};
static const char *const in_k_n_p[] = {"k", "n", "p"}, *const in_q_n_p[] = {"q", "n", "p"};
static const char *const in_k_mean[] = {"k", "mean"}, *const in_q_mean[] = {"q", "mean"};
static const char *const in_urn[] = {"k", "total", "white", "drawn"}, *const in_nct[] = {"x", "df", "ncp"};

#define ONE(name, f, in)                                                       \
    static int run_##name(struct known *c, struct error *err)                  \
    {                                                                          \
        return known_put_in_domain(c, NULL, f(known_real(c, in[0])), err);          \
    }
#define TWO(name, f, in)                                                       \
    static int run_##name(struct known *c, struct error *err)                  \
    {                                                                          \
        return known_put_in_domain(c, NULL, f(known_real(c, in[0]), known_real(c, in[1])), err); \
    }
#define THREE(name, f, in)                                                     \
    static int run_##name(struct known *c, struct error *err)                  \
    {                                                                          \
        return known_put_in_domain(c, NULL, f(known_real(c, in[0]), known_real(c, in[1]), known_real(c, in[2])), err); \
    }
#define FOUR(name, f, in)                                                      \
    static int run_##name(struct known *c, struct error *err)                  \
    {                                                                          \
        return known_put_in_domain(c, NULL, f(known_real(c, in[0]), known_real(c, in[1]), known_real(c, in[2]), known_real(c, in[3])), err); \
    }

/*   arity  name                 function                       inputs        shown */
#define FUNCTIONS(X)                                                                                            \
    X(ONE, norm_pdf, normal_pdf, in_x, "x")                                                                     \
    X(ONE, norm_cdf, normal_cdf, in_x, "x")                                                                     \
    X(ONE, norm_sf, normal_sf, in_x, "x")                                                                       \
    X(ONE, norm_log_pdf, normal_log_pdf, in_x, "x")                                                             \
    X(ONE, norm_log_cdf, normal_log_cdf, in_x, "x")                                                             \
    X(ONE, norm_log_sf, normal_log_sf, in_x, "x")                                                               \
    X(ONE, norm_quantile, normal_quantile, in_p, "p")                                                           \
    X(ONE, norm_upper_quantile, normal_upper_quantile, in_q, "q")                                               \
    X(ONE, norm_excess, normal_excess, in_c, "c")                                                               \
    X(TWO, norm_between, normal_between, in_range, "low, high")                                                 \
    X(TWO, t_pdf, student_pdf, in_x_df, "x, df")                                                                \
    X(TWO, t_log_pdf, student_log_pdf, in_x_df, "x, df")                                                        \
    X(TWO, t_cdf, student_cdf, in_x_df, "x, df")                                                                \
    X(TWO, t_sf, student_sf, in_x_df, "x, df")                                                                  \
    X(TWO, t_log_cdf, student_log_cdf, in_x_df, "x, df")                                                        \
    X(TWO, t_log_sf, student_log_sf, in_x_df, "x, df")                                                          \
    X(TWO, t_quantile, student_quantile, in_p_df, "p, df")                                                      \
    X(TWO, t_upper_quantile, student_upper_quantile, in_q_df, "q, df")                                          \
    X(THREE, nct_cdf, student_noncentral_cdf, in_nct, "x, df, ncp")                                             \
    X(THREE, nct_sf, student_noncentral_sf, in_nct, "x, df, ncp")                                               \
    X(TWO, chi2_pdf, gamma_chi2_pdf, in_x_df, "x, df")                                                          \
    X(TWO, chi2_cdf, gamma_chi2_cdf, in_x_df, "x, df")                                                          \
    X(TWO, chi2_sf, gamma_chi2_sf, in_x_df, "x, df")                                                            \
    X(TWO, chi2_log_sf, gamma_chi2_log_sf, in_x_df, "x, df")                                                    \
    X(TWO, chi2_quantile, gamma_chi2_quantile, in_p_df, "p, df")                                                \
    X(TWO, chi2_upper_quantile, gamma_chi2_upper_quantile, in_q_df, "q, df")                                    \
    X(THREE, f_pdf, fisher_f_pdf, in_x_f, "x, df1, df2")                                                        \
    X(THREE, f_cdf, fisher_f_cdf, in_x_f, "x, df1, df2")                                                        \
    X(THREE, f_sf, fisher_f_sf, in_x_f, "x, df1, df2")                                                          \
    X(THREE, f_log_sf, fisher_f_log_sf, in_x_f, "x, df1, df2")                                                  \
    X(THREE, f_quantile, fisher_f_quantile, in_p_f, "p, df1, df2")                                              \
    X(THREE, f_upper_quantile, fisher_f_upper_quantile, in_q_f, "q, df1, df2")                                  \
    X(THREE, beta_pdf, beta_pdf, in_x_ab, "x, a, b")                                                            \
    X(THREE, beta_log_pdf, beta_log_pdf, in_x_ab, "x, a, b")                                                    \
    X(THREE, beta_cdf, beta_cdf, in_x_ab, "x, a, b")                                                            \
    X(THREE, beta_sf, beta_sf, in_x_ab, "x, a, b")                                                              \
    X(THREE, beta_log_cdf, beta_log_cdf, in_x_ab, "x, a, b")                                                    \
    X(THREE, beta_log_sf, beta_log_sf, in_x_ab, "x, a, b")                                                      \
    X(THREE, beta_quantile, beta_quantile, in_p_ab, "p, a, b")                                                  \
    X(THREE, beta_upper_quantile, beta_upper_quantile, in_q_ab, "q, a, b")                                      \
    X(TWO, gamma_pdf, gamma_pdf, in_x_shape, "x, shape")                                                        \
    X(TWO, gamma_log_pdf, gamma_log_pdf, in_x_shape, "x, shape")                                                \
    X(TWO, gamma_cdf, gamma_cdf, in_x_shape, "x, shape")                                                        \
    X(TWO, gamma_sf, gamma_sf, in_x_shape, "x, shape")                                                          \
    X(TWO, gamma_log_cdf, gamma_log_cdf, in_x_shape, "x, shape")                                                \
    X(TWO, gamma_log_sf, gamma_log_sf, in_x_shape, "x, shape")                                                  \
    X(TWO, gamma_quantile, gamma_quantile, in_p_shape, "p, shape")                                              \
    X(TWO, gamma_upper_quantile, gamma_upper_quantile, in_q_shape, "q, shape")                                  \
    X(THREE, binomial_pmf, discrete_binomial_pmf, in_k_n_p, "k, n, p")                                          \
    X(THREE, binomial_log_pmf, discrete_binomial_log_pmf, in_k_n_p, "k, n, p")                                  \
    X(THREE, binomial_cdf, discrete_binomial_cdf, in_k_n_p, "k, n, p")                                          \
    X(THREE, binomial_sf, discrete_binomial_sf, in_k_n_p, "k, n, p")                                            \
    X(THREE, binomial_quantile, discrete_binomial_quantile, in_q_n_p, "q, n, p")                                \
    X(TWO, poisson_pmf, discrete_poisson_pmf, in_k_mean, "k, mean")                                             \
    X(TWO, poisson_log_pmf, discrete_poisson_log_pmf, in_k_mean, "k, mean")                                     \
    X(TWO, poisson_cdf, discrete_poisson_cdf, in_k_mean, "k, mean")                                             \
    X(TWO, poisson_sf, discrete_poisson_sf, in_k_mean, "k, mean")                                               \
    X(TWO, poisson_quantile, discrete_poisson_quantile, in_q_mean, "q, mean")                                   \
    X(FOUR, hypergeometric_pmf, discrete_hypergeometric_pmf, in_urn, "k, total, white, drawn")                  \
    X(FOUR, hypergeometric_log_pmf, discrete_hypergeometric_log_pmf, in_urn, "k, total, white, drawn")          \
    X(FOUR, hypergeometric_cdf, discrete_hypergeometric_cdf, in_urn, "k, total, white, drawn")                  \
    X(FOUR, hypergeometric_sf, discrete_hypergeometric_sf, in_urn, "k, total, white, drawn")                    \
    X(TWO, log_beta, special_log_beta, in_ab, "a, b")                                                           \
    X(ONE, log_gamma, special_log_gamma, in_x, "x")

#define X(arity, name, f, in, shown) arity(name, f, in)
FUNCTIONS(X)
#undef X

const struct known_function calls_distributions[] = {
#define X(arity, name, f, in, shown) {#name, shown, run_##name},
    FUNCTIONS(X)
#undef X
    {0},
};
