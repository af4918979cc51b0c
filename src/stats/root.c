#include "stats/root.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

int root_between(root_fn f, const void *context, double lo, double hi, double *x)
{
    double a = lo, b = hi, fa = f(context, a), fb = f(context, b);
    if (isnan(fa) || isnan(fb) || (fa > 0 && fb > 0) || (fa < 0 && fb < 0))
        return -1;
    double c = a, fc = fa, d = b - a, e = d;
    for (int i = 0; i < 400; i++) {
        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        double tolerance = DBL_EPSILON * fabs(b) * 0.5 + DBL_MIN, middle = 0.5 * (c - b);
        if (fabs(middle) <= tolerance || fb == 0)
            break;
        double p = 0, q = 0;
        bool bisect = true;
        if (fabs(e) >= tolerance && fabs(fa) > fabs(fb) && isfinite(fa) && isfinite(fc)) {
            double s = fb / fa;
            if (a == c) {
                p = 2 * middle * s;
                q = 1 - s;
            } else {
                double u = fa / fc, r = fb / fc;
                p = s * (2 * middle * u * (u - r) - (b - a) * (r - 1));
                q = (u - 1) * (r - 1) * (s - 1);
            }
            if (p > 0)
                q = -q;
            p = fabs(p);
            double bound = fmin(3 * middle * q - fabs(tolerance * q), fabs(e * q));
            bisect = !(2 * p < bound);
        }
        if (bisect) {
            d = middle;
            e = d;
        } else {
            e = d;
            d = p / q;
        }
        a = b;
        fa = fb;
        b += fabs(d) > tolerance ? d : copysign(tolerance, middle);
        fb = f(context, b);
        if (isnan(fb))
            return -1;
        if ((fb > 0) == (fc > 0)) {
            c = a;
            fc = fa;
            d = b - a;
            e = d;
        }
    }
    *x = b;
    return 0;
}

int root_around(root_fn f, const void *context, double guess, double step, double lo, double hi, double *x)
{
    guess = fmin(fmax(guess, lo), hi);
    double at = f(context, guess);
    if (isnan(at))
        return -1;
    if (at == 0) {
        *x = guess;
        return 0;
    }
    double left = guess, right = guess;
    for (int i = 0; i < 200; i++, step *= 2) {
        double l = fmax(left - step, lo), r = fmin(right + step, hi);
        double fl = l < left ? f(context, l) : at, fr = r > right ? f(context, r) : at;
        if ((fl > 0) != (at > 0))
            return root_between(f, context, l, left, x);
        if ((fr > 0) != (at > 0))
            return root_between(f, context, right, r, x);
        if (l == left && r == right)
            return -1;
        left = l;
        right = r;
    }
    return -1;
}
