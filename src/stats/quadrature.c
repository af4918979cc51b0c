#include "stats/quadrature.h"

#include <math.h>

#include "stats/special.h"

#define PANELS_MAX 512

struct panel {
    double lo, hi, value, error;
};

static void measure(quadrature_fn f, const void *context, struct panel *p)
{
    static const double node[11] = {
        0.995657163025808080735527280689003, 0.973906528517171720077964012084452, 0.930157491355708226001207180059508,
        0.865063366688984510732096688423493, 0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
        0.562757134668604683339000099272694, 0.433395394129247190799265943165784, 0.294392862701460198131126603103866,
        0.148874338981631210884826001129720, 0};
    static const double kronrod[11] = {
        0.011694638867371874278064396062192, 0.032558162307964727478818972459390, 0.054755896574351996031381300244580,
        0.075039674810919952767043140916190, 0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
        0.123491976262065851077958109831074, 0.134709217311473325928054001771707, 0.142775938577060080797094273138717,
        0.147739104901338491374841515972068, 0.149445554002916905664936468389821};
    static const double gauss[5] = {
        0.066671344308688137593568809893332, 0.149451349150580593145776339657697, 0.219086362515982043995534934228163,
        0.269266719309996355091226921569469, 0.295524224714752870173892994651338};
    double centre = 0.5 * (p->lo + p->hi), half = 0.5 * (p->hi - p->lo), k = kronrod[10] * f(context, centre), g = 0;
    for (int i = 0; i < 10; i++) {
        double pair = f(context, centre - half * node[i]) + f(context, centre + half * node[i]);
        k += kronrod[i] * pair;
        if (i % 2 == 1)
            g += gauss[i / 2] * pair;
    }
    p->value = k * half;
    /* The difference is the error of the Gauss rule; that of the Kronrod rule is about its power 3/2. */
    double difference = fabs(k - g) * half, size = fabs(p->value);
    p->error = size > 0 ? fmin(difference, size * pow(fmin(200 * difference / size, 1), 1.5)) : difference;
}

double quadrature_integrate(quadrature_fn f, const void *context, double lo, double hi, int panels, double relative,
                            double absolute)
{
    struct panel p[PANELS_MAX];
    int n = panels < 1 ? 1 : panels > 64 ? 64 : panels;
    if (!(lo < hi))
        return 0;
    for (int i = 0; i < n; i++) {
        p[i].lo = lo + (hi - lo) * i / n;
        p[i].hi = i == n - 1 ? hi : lo + (hi - lo) * (i + 1) / n;
        measure(f, context, &p[i]);
    }
    for (;;) {
        double sum = 0, error = 0;
        int worst = 0;
        for (int i = 0; i < n; i++) {
            sum += p[i].value;
            error += p[i].error;
            if (p[i].error > p[worst].error)
                worst = i;
        }
        double middle = 0.5 * (p[worst].lo + p[worst].hi);
        if (!(error > fmax(absolute, relative * fabs(sum))) || n == PANELS_MAX || middle <= p[worst].lo ||
            middle >= p[worst].hi)
            return sum;
        p[n] = p[worst];
        p[n].lo = p[worst].hi = middle;
        measure(f, context, &p[worst]);
        measure(f, context, &p[n++]);
    }
}

struct scale_context {
    quadrature_fn g;
    const void *context;
    double df, log_peak;
};

/* ln of the density of u = ln S, whose peak is at u = 0. */
static double log_scale_density(double df, double u)
{
    double a = 0.5 * df;
    return log(2) + log(a) + special_log_gamma_prefactor(a, a * exp(2 * u));
}

static double scale_integrand(const void *context, double u)
{
    const struct scale_context *c = context;
    return exp(log_scale_density(c->df, u)) * c->g(c->context, exp(u));
}

/* The u on that side of the peak where the density has fallen by e^-`fall`. */
static double scale_end(double df, double side, double fall)
{
    double peak = log_scale_density(df, 0), step = 1 / sqrt(df);
    double u = step;
    while (log_scale_density(df, side * u) > peak - fall)
        u *= 1.25;
    return side * u;
}

double quadrature_over_scale(quadrature_fn g, const void *context, double df, double relative)
{
    struct scale_context c = {.g = g, .context = context, .df = df};
    if (df > 1e14)
        return g(context, 1);
    return quadrature_integrate(scale_integrand, &c, scale_end(df, -1, 90), scale_end(df, 1, 90), 16, relative, 0);
}

static double normal_integrand(const void *context, double z)
{
    const struct scale_context *c = context;
    return exp(-0.5 * z * z - SPECIAL_LN_SQRT_2PI) * c->g(c->context, z);
}

double quadrature_over_normal(quadrature_fn g, const void *context, double relative)
{
    struct scale_context c = {.g = g, .context = context};
    /* Far out g may grow faster than the density falls: a tail of 1e-200 has its mass there. */
    double far = 0, near = g(context, 0);
    if (near < 1e-13) {
        far = quadrature_integrate(normal_integrand, &c, -38, -9, 12, relative, 1e-305) +
              quadrature_integrate(normal_integrand, &c, 9, 38, 12, relative, 1e-305);
    }
    return far + quadrature_integrate(normal_integrand, &c, -9, 9, 8, relative, fmax(1e-305, relative * far));
}
