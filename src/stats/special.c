#include "stats/special.h"

#include <math.h>

#include "stats/normal.h"

#define EPSILON 1e-16
#define ITERATIONS 20000000
#define LARGE 1e10

double special_log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double special_stirling_error(double n)
{
    if (n < 7)
        return special_log_gamma(n + 1) - (n + 0.5) * log(n) + n - SPECIAL_LN_SQRT_2PI;
    /* The asymptotic series, Abramowitz & Stegun 6.1.41: at 7 the last term is below 1e-15. */
    static const double c[] = {
        1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400,
        43867.0 / 244188, -174611.0 / 125400,
    };
    double sum = 0, square = 1 / (n * n);
    for (int i = (int)(sizeof c / sizeof c[0]) - 1; i >= 0; i--)
        sum = sum * square + c[i];
    return sum / n;
}

double special_deviance(double x, double mean)
{
    if (fabs(x - mean) >= 0.1 * (x + mean))
        return x * log(x / mean) + mean - x;
    /* Loader's series in v = (x-mean)/(x+mean). */
    double v = (x - mean) / (x + mean), sum = (x - mean) * v, term = 2 * x * v;
    v *= v;
    for (int j = 1; j < 1000; j++) {
        term *= v;
        double next = sum + term / (2 * j + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

double special_log_sum(double x, double y)
{
    if (x < y) {
        double t = x;
        x = y;
        y = t;
    }
    return y == -INFINITY ? x : x + log1p(exp(y - x));
}

double special_log1m_exp(double x)
{
    if (x >= 0)
        return -INFINITY;
    return x > -0.6931471805599453 ? log(-expm1(x)) : log1p(-exp(x));
}

double special_log_beta_prefactor(double a, double b, double x, double y)
{
    double n = a + b;
    double binomial = special_stirling_error(n) - special_stirling_error(a) - special_stirling_error(b) -
                      special_deviance(a, n * x) - special_deviance(b, n * y);
    return binomial + 0.5 * log(a / n * b) - SPECIAL_LN_SQRT_2PI;
}

double special_log_beta(double a, double b)
{
    /* At the mean, where the deviances are nought. */
    double n = a + b;
    double at_a = a < b ? log(a / n) : log1p(-b / n), at_b = a < b ? log1p(-a / n) : log(b / n);
    return a * at_a + b * at_b - special_log_beta_prefactor(a, b, a / n, b / n);
}

double special_log_gamma_prefactor(double a, double x)
{
    return -special_stirling_error(a) - special_deviance(a, x) - 0.5 * log(a) - SPECIAL_LN_SQRT_2PI;
}

/* The continued fraction of I_x(a,b) a B(a,b) / (x^a y^b) times 1/a: BFRAC of TOMS 708; x at or below the mean. */
static double beta_fraction(double a, double b, double x, double y)
{
    double lambda = x <= y ? a - (a + b) * x : (a + b) * y - b;
    double c = lambda + 1, c0 = b / a, c1 = 1 / a + 1, p = 1, s = a + 1;
    double an = 0, bn = 1, an1 = 1, bn1 = c / c1, r = c1 / c;
    for (int n = 1; n < ITERATIONS; n++) {
        double t = n / a, w = n * (b - n) * x, e = a / s;
        double alpha = p * (p + c0) * e * e * (w * x);
        e = (t + 1) / (c1 + t + t);
        double beta = n + w / s + e * (c + n * (y + 1));
        p = t + 1;
        s += 2;
        t = alpha * an + beta * an1;
        an = an1;
        an1 = t;
        t = alpha * bn + beta * bn1;
        bn = bn1;
        bn1 = t;
        double before = r;
        r = an1 / bn1;
        if (fabs(r - before) <= EPSILON * fabs(r))
            break;
        an /= bn1;
        bn /= bn1;
        an1 = r;
        bn1 = 1;
    }
    return r;
}

/* ln I_x(a,b) for x at or below the mean. */
static double log_beta_lower(double a, double b, double x, double y)
{
    double log_prefactor = special_log_beta_prefactor(a, b, x, y);
    if (a > 1)
        return log_prefactor + log(beta_fraction(a, b, x, y));
    /* I_x(a,b) = I_x(a+1,b) + x^a y^b / (a B(a,b)): both terms are positive. */
    double first = log_prefactor - log(a);
    double next = special_log_beta_prefactor(a + 1, b, x, y) + log(beta_fraction(a + 1, b, x, y));
    return special_log_sum(first, next);
}

/* ln of a tail by Temme's uniform expansion to first order (DLMF 8.11(iii) and 8.18(ii)), for shapes so large that the
 * fractions would take long: the relative error is about 1/shape.  The tail is that of a normal beyond z, corrected by
 * phi(z) c, where c is small. */
static double log_uniform_tail(double z, double c, bool upper)
{
    double log_normal = normal_log_sf(upper ? z : -z), ratio = exp(normal_log_pdf(z) - log_normal);
    return fmin(log_normal + log1p((upper ? c : -c) * ratio), 0);
}

static double log_large_beta_tail(double a, double b, double x, double y, bool upper)
{
    double r = a + b, x0 = a / r, away = x <= y ? x - x0 : b / r - y;
    double z = copysign(sqrt(2 * (special_deviance(a, r * x) + special_deviance(b, r * y))), away),
           root = sqrt(x0 * (b / r));
    double c = fabs(z) < 1e-3 ? -(b - a) / r / (3 * root) : root / away - sqrt(r) / z;
    return log_uniform_tail(z, c / sqrt(r), upper);
}

static double log_large_gamma_tail(double a, double x, bool upper)
{
    double z = copysign(sqrt(2 * special_deviance(a, x)), x - a), mu = (x - a) / a;
    return log_uniform_tail(z, fabs(z) < 1e-3 ? -1 / (3 * sqrt(a)) : 1 / (mu * sqrt(a)) - 1 / z, upper);
}

double special_log_beta_tail(double a, double b, double x, double y, bool upper)
{
    if (!(a > 0 && b > 0 && x >= 0 && y >= 0) || isinf(a) || isinf(b))
        return NAN;
    if (x <= 0)
        return upper ? 0 : -INFINITY;
    if (y <= 0)
        return upper ? -INFINITY : 0;
    if (fmin(a, b) > LARGE)
        return log_large_beta_tail(a, b, x, y, upper);
    bool below = x * b <= y * a; /* x <= a/(a+b) */
    double tail = below ? log_beta_lower(a, b, x, y) : log_beta_lower(b, a, y, x);
    if (tail > 0)
        tail = 0;
    return below == !upper ? tail : special_log1m_exp(tail);
}

static double gamma_series(double a, double x)
{
    double sum = 1, term = 1;
    for (int n = 1; n < ITERATIONS; n++) {
        term *= x / (a + n);
        sum += term;
        if (term <= EPSILON * sum)
            break;
    }
    return sum;
}

/* Γ(a,x) x^-a e^x by Lentz's method. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int i = 1; i < ITERATIONS; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        c = b + an / c;
        d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
        if (fabs(c) < 1e-300)
            c = 1e-300;
        double step = d * c;
        h *= step;
        if (fabs(step - 1) <= EPSILON * 2)
            break;
    }
    return h;
}

double special_log_gamma_tail(double a, double x, bool upper)
{
    if (!(a > 0 && x >= 0) || isinf(a))
        return NAN;
    if (x <= 0)
        return upper ? 0 : -INFINITY;
    if (isinf(x))
        return upper ? -INFINITY : 0;
    if (a > LARGE)
        return log_large_gamma_tail(a, x, upper);
    bool below = x < a + 1;
    double prefactor = special_log_gamma_prefactor(a, x);
    double tail = below ? prefactor + log(gamma_series(a, x)) : prefactor + log(a) + log(gamma_fraction(a, x));
    if (tail > 0)
        tail = 0;
    return below == !upper ? tail : special_log1m_exp(tail);
}
