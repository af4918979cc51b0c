/* The dense kernels against plain loops, and the inverse of large matrices. */
#include "engine/dense.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "engine/spd.h"
#include "tests/unit/check_main.h"

static float *random_floats(size_t n, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 0);
    float *a = mem_alloc(n, sizeof *a);
    ck_assert_ptr_nonnull(a);
    for (size_t i = 0; i < n; i++)
        a[i] = (float)rng_normal(&rng);
    return a;
}

START_TEST(test_outer_has_the_bits_of_the_plain_loop)
{
    static const uint32_t widths[] = {16, 32, 48, 80};
    static const size_t lengths[] = {0, 1, 7, 256};
    float *l = random_floats(256 * 96, 1), *r = random_floats(256 * 96, 2), *start = random_floats(48 * 96, 3);
    for (size_t w = 0; w < 4; w++)
        for (size_t n = 0; n < 4; n++)
            for (int mode = DENSE_SET; mode <= DENSE_SUBTRACT; mode++)
                for (uint32_t m = 8; m <= 48; m += 40) {
                    float *fast = mem_dup(start, 48 * 96 * sizeof *start);
                    float *plain = mem_dup(start, 48 * 96 * sizeof *start);
                    dense_outer(fast, 96, l, 96, m, r, 90, widths[w], lengths[n], (enum dense_mode)mode);
                    dense_outer_plain(plain, 96, l, 96, m, r, 90, widths[w], lengths[n], (enum dense_mode)mode);
                    ck_assert_mem_eq(fast, plain, 48 * 96 * sizeof *start);
                    mem_free(fast);
                    mem_free(plain);
                }
    mem_free(l);
    mem_free(r);
    mem_free(start);
}
END_TEST

/* panel^T panel + ridge, both triangles. */
static float *gram(const float *panel, size_t n, uint32_t w, float ridge)
{
    float *a = mem_zalloc((size_t)w * w, sizeof *a);
    dense_gram_add(a, w, panel, w, n, w);
    for (uint32_t i = 0; i < w; i++) {
        a[i * w + i] += ridge;
        for (uint32_t j = i + 1; j < w; j++)
            a[j * w + i] = a[i * w + j];
    }
    return a;
}

START_TEST(test_gram_is_the_sum_of_products)
{
    float *panel = random_floats(37 * 48, 4), *a = gram(panel, 37, 48, 0);
    for (uint32_t i = 0; i < 48; i++)
        for (uint32_t j = i; j < 48; j++) {
            double sum = 0;
            for (uint32_t k = 0; k < 37; k++)
                sum += (double)panel[k * 48 + i] * (double)panel[k * 48 + j];
            ck_assert_double_eq_tol((double)a[i * 48 + j], sum, 1e-4);
        }
    mem_free(panel);
    mem_free(a);
}
END_TEST

START_TEST(test_cholesky_solves)
{
    for (uint32_t w = 16; w <= 144; w += 32) {
        float *panel = random_floats(200 * (size_t)w, w), *a = gram(panel, 200, w, 3), *b = random_floats(w, 5);
        float *u = mem_dup(a, (size_t)w * w * sizeof *a), *plain = mem_dup(a, (size_t)w * w * sizeof *a);
        float *x = mem_dup(b, w * sizeof *b);
        float *inverse = mem_zalloc(w, sizeof *inverse), *other = mem_zalloc(w, sizeof *other);
        dense_cholesky(u, w, w, inverse);
        dense_cholesky_plain(plain, w, w, other);
        for (uint32_t i = 0; i < w; i++)
            for (uint32_t j = i; j < w; j++)
                ck_assert_float_eq_tol(u[i * w + j], plain[i * w + j], 1e-3f);
        dense_solve(u, w, w, inverse, x);
        for (uint32_t i = 0; i < w; i++) {
            double sum = 0;
            for (uint32_t j = 0; j < w; j++)
                sum += (double)a[i * w + j] * (double)x[j];
            ck_assert_double_eq_tol(sum, (double)b[i], 1e-3);
        }
        mem_free(panel);
        mem_free(a);
        mem_free(b);
        mem_free(u);
        mem_free(plain);
        mem_free(x);
        mem_free(inverse);
        mem_free(other);
    }
}
END_TEST

START_TEST(test_what_a_matrix_does_not_determine_comes_out_as_0)
{
    float a[16 * 16] = {0}, inverse[16], x[16] = {6, 5, 4};
    a[0] = 2, a[1] = 2, a[17] = 2; /* the second direction is the first again, the others are empty */
    dense_cholesky(a, 16, 16, inverse);
    dense_solve(a, 16, 16, inverse, x);
    ck_assert_float_eq_tol(x[0], 3, 1e-6f);
    for (int i = 1; i < 16; i++)
        ck_assert_float_eq(x[i], 0);
}
END_TEST

START_TEST(test_dot_and_axpy)
{
    float *a = random_floats(64, 6), *b = random_floats(64, 7);
    double sum = 0;
    for (int i = 0; i < 64; i++)
        sum += (double)a[i] * (double)b[i];
    ck_assert_double_eq_tol((double)dense_dot(a, b, 64), sum, 1e-4);
    ck_assert_float_eq(dense_dot(a, b, 0), 0);
    float before = b[63];
    dense_axpy(b, 2, a, 64);
    ck_assert_float_eq_tol(b[63], before + 2 * a[63], 1e-6f);
    mem_free(a);
    mem_free(b);
}
END_TEST

/* A random sparse Gram matrix plus a ridge. */
static float *spd_matrix(uint32_t n)
{
    struct rng rng;
    rng_init(&rng, 8, n);
    float *a = mem_zalloc((size_t)n * n, sizeof *a);
    ck_assert_ptr_nonnull(a);
    for (uint32_t row = 0; row < 3 * n; row++) {
        uint32_t item[6];
        for (int k = 0; k < 6; k++)
            item[k] = (uint32_t)rng_below(&rng, n);
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++)
                a[(size_t)item[i] * n + item[j]] += 1;
    }
    for (uint32_t i = 0; i < n; i++)
        a[(size_t)i * n + i] += 5;
    return a;
}

static double element(const float *lower, uint32_t n, uint32_t i, uint32_t j)
{
    return (double)(i >= j ? lower[(size_t)i * n + j] : lower[(size_t)j * n + i]);
}

START_TEST(test_the_inverse_times_the_matrix_is_one)
{
    static const uint32_t sizes[] = {1, 5, 128, 129, 300, 2100};
    struct pool *pool = pool_new(2);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint32_t n = sizes[s];
        float *a = spd_matrix(n), *inverse = mem_dup(a, (size_t)n * n * sizeof *a);
        struct error err;
        ck_assert_msg(spd_invert(inverse, n, pool, NULL, "test", &err) == 0, "%s", err.why);
        for (uint32_t i = 0; i < n; i += n > 400 ? 97 : 1)
            for (uint32_t j = 0; j < n; j += n > 400 ? 89 : 1) {
                double sum = 0;
                for (uint32_t k = 0; k < n; k++)
                    sum += element(a, n, i, k) * element(inverse, n, k, j);
                ck_assert_msg(fabs(sum - (i == j)) < 1e-3, "n %u: (%u, %u) is %g", n, i, j, sum);
            }
        mem_free(a);
        mem_free(inverse);
    }
    pool_free(pool);
}
END_TEST

START_TEST(test_the_inverse_has_the_same_bytes_for_any_number_of_threads)
{
    float *a = spd_matrix(700), *one = mem_dup(a, 700 * 700 * sizeof *a);
    struct pool *pool = pool_new(1);
    ck_assert_int_eq(spd_invert(one, 700, pool, NULL, "test", NULL), 0);
    pool_free(pool);
    for (unsigned threads = 2; threads <= 3; threads++) {
        float *more = mem_dup(a, 700 * 700 * sizeof *a);
        pool = pool_new(threads);
        ck_assert_int_eq(spd_invert(more, 700, pool, NULL, "test", NULL), 0);
        ck_assert_mem_eq(one, more, 700 * 700 * sizeof *a);
        pool_free(pool);
        mem_free(more);
    }
    mem_free(a);
    mem_free(one);
}
END_TEST

START_TEST(test_a_matrix_that_is_not_definite_is_refused)
{
    float *a = spd_matrix(300);
    struct error err;
    a[200 * 300 + 200] = -1;
    ck_assert_int_eq(spd_invert(a, 300, NULL, NULL, "test", &err), E_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(err.hint, "--lambda"));
    mem_free(a);
}
END_TEST

START_TEST(test_a_cancel_stops_the_inverse)
{
    struct job job;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    float *a = spd_matrix(700);
    ck_assert_int_eq(spd_invert(a, 700, NULL, &job, "test", NULL), E_CANCELLED);
    mem_free(a);
}
END_TEST

CHECK_MAIN("dense", test_outer_has_the_bits_of_the_plain_loop, test_gram_is_the_sum_of_products, test_cholesky_solves,
           test_what_a_matrix_does_not_determine_comes_out_as_0, test_dot_and_axpy,
           test_the_inverse_times_the_matrix_is_one,
           test_the_inverse_has_the_same_bytes_for_any_number_of_threads,
           test_a_matrix_that_is_not_definite_is_refused, test_a_cancel_stops_the_inverse)
