#include "ingest/values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && (**s == ' ' || **s == '\t'))
        (*s)++, (*n)--;
    while (*n > 0 && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
        (*n)--;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The common case: up to 15 digits with at most 22 behind the point.  Both the digits and the power of ten are
 * exact doubles then, so that one division rounds correctly (Clinger 1990). */
static bool short_decimal(const char *s, size_t n, double *out)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    size_t i = n > 0 && s[0] == '-', digits = 0, behind = 0;
    uint64_t v = 0;
    bool point = false;
    for (; i < n; i++) {
        if (s[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(s[i]) || ++digits > 15)
            return false;
        v = v * 10 + (uint64_t)(s[i] - '0');
        behind += point;
    }
    if (digits == 0)
        return false;
    double d = (double)v / power[behind];
    *out = s[0] == '-' ? -d : d;
    return true;
}

/* "1.234,5" as "1234.5"; false when the dots do not stand between thousands. */
static bool from_comma(const char *s, size_t n, char *out, size_t *out_n)
{
    size_t k = 0, since_dot = 0;
    bool dot = false, comma = false;
    if (n >= 64)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '.') {
            if (comma || (dot && since_dot != 3))
                return false;
            dot = true;
            since_dot = 0;
        } else if (s[i] == ',') {
            if (comma || (dot && since_dot != 3))
                return false;
            comma = true;
            out[k++] = '.';
        } else {
            since_dot++;
            out[k++] = s[i];
        }
    }
    if (dot && !comma && since_dot != 3)
        return false;
    *out_n = k;
    return true;
}

bool values_number(const char *s, size_t n, bool decimal_comma, double *out)
{
    char plain[64];
    trim(&s, &n);
    if (decimal_comma) {
        if (!from_comma(s, n, plain, &n))
            return false;
        s = plain;
    }
    return short_decimal(s, n, out) || text_to_double(s, n, out);
}

size_t values_without_fraction(const char *s, size_t n)
{
    size_t digits = 0;
    while (digits < n && is_digit(s[digits]))
        digits++;
    if (digits == 0 || digits + 1 >= n || s[digits] != '.')
        return n;
    for (size_t i = digits + 1; i < n; i++)
        if (s[i] != '0')
            return n;
    return digits;
}

bool values_boolean(const char *s, size_t n, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"t", true}, {"f", false},
                 {"y", true},    {"n", false},     {"1", true},   {"0", false}};
    trim(&s, &n);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == n && strncasecmp(words[i].word, s, n) == 0) {
            *out = words[i].value;
            return true;
        }
    return false;
}

bool values_is_plain_number(const char *s, size_t n)
{
    double v;
    size_t i = n > 0 && s[0] == '-';
    if (i == n || !is_digit(s[i]) || !is_digit(s[n - 1]) || (s[i] == '0' && i + 1 < n && s[i + 1] != '.'))
        return false;
    return n <= 17 && text_to_double(s, n, &v); /* longer ones are codes: a double would lose digits */
}

int time_format_set(struct time_format *self, const char *text, struct error *err)
{
    self->pattern[0] = '\0';
    if (strcmp(text, "auto") == 0 || text[0] == '\0') {
        self->style = TIME_AUTO;
    } else if (strcmp(text, "seconds") == 0) {
        self->style = TIME_SECONDS;
    } else if (strcmp(text, "milliseconds") == 0) {
        self->style = TIME_MILLIS;
    } else {
        self->style = TIME_PATTERN;
        bool known = strlen(text) < sizeof self->pattern;
        bool any = false;
        for (const char *p = strchr(text, '%'); known && p != NULL; p = strchr(p + 2, '%')) {
            known = p[1] != '\0' && strchr("YmdHMSfybIpz%", p[1]) != NULL;
            any = true;
            if (!known)
                break;
        }
        if (!known || !any) {
            error_set(err, E_USAGE, "--time-format", "'%s' is no time format", text);
            return error_hint(err, E_USAGE, "auto, seconds, milliseconds, or a pattern of %%Y %%m %%d %%H %%M %%S %%f "
                                            "%%y %%b %%I %%p %%z, as in '%%d/%%m/%%Y %%H:%%M'");
        }
        snprintf(self->pattern, sizeof self->pattern, "%s", text);
    }
    return 0;
}

static bool two_digits(const char *s)
{
    return is_digit(s[0]) && is_digit(s[1]);
}

/* "+01:00", "+0100" or "Z" at s; its length, or 0. */
static size_t read_zone(const char *s, size_t n, int *minutes)
{
    if (n >= 1 && (s[0] == 'Z' || s[0] == 'z')) {
        *minutes = 0;
        return 1;
    }
    if (n < 5 || (s[0] != '+' && s[0] != '-') || !two_digits(s + 1))
        return 0;
    size_t colon = s[3] == ':';
    if (n < 5 + colon || !two_digits(s + 3 + colon))
        return 0;
    int h = (s[1] - '0') * 10 + s[2] - '0', m = (s[3 + colon] - '0') * 10 + s[4 + colon] - '0';
    if (h > 14 || m > 59)
        return 0;
    *minutes = (s[0] == '-' ? -1 : 1) * (h * 60 + m);
    return 5 + colon;
}

int time_format_set_zone(struct time_format *self, const char *text, struct error *err)
{
    size_t n = strlen(text);
    if (strcasecmp(text, "UTC") == 0 || n == 0) {
        self->zone_minutes = 0;
        return 0;
    }
    if (read_zone(text, n, &self->zone_minutes) == n)
        return 0;
    error_set(err, E_USAGE, "--time-zone", "'%s' is no offset from UTC", text);
    return error_hint(err, E_USAGE, "write it as +01:00 or -05:30, or UTC");
}

const char *time_format_text(const struct time_format *self)
{
    static const char *const names[] = {"auto", "seconds", "milliseconds"};
    return self->style == TIME_PATTERN ? self->pattern : names[self->style];
}

static bool from_epoch(double v, double scale, int64_t *ms)
{
    double t = v * scale;
    if (!(fabs(t) < 9e15))
        return false;
    *ms = (int64_t)floor(t + 0.5);
    return true;
}

/* Seconds reach 1e11 in the year 5138; as milliseconds that is March 1973. */
static double epoch_scale(double v)
{
    double a = fabs(v);
    return a < 1e11 ? 1e3 : a < 1e14 ? 1 : a < 1e17 ? 1e-3 : 1e-6;
}

/* Does an RFC 3339 time state its zone? */
static bool states_zone(const char *s, size_t n)
{
    if (n > 10 && (s[n - 1] == 'Z' || s[n - 1] == 'z'))
        return true;
    for (size_t i = 11; i < n; i++)
        if (s[i] == '+' || s[i] == '-')
            return true;
    return false;
}

static bool time_auto(const char *s, size_t n, int zone_minutes, int64_t *ms)
{
    double v;
    if (n >= 10 && s[4] == '-') {
        if (!clock_parse(s, n, ms))
            return false;
        if (!states_zone(s, n))
            *ms -= (int64_t)zone_minutes * 60000;
        return true;
    }
    /* eight digits are more likely a date than a time in 1970 */
    if (n == 8 || !short_decimal(s, n, &v)) {
        if (n < 9 || !text_to_double(s, n, &v))
            return false;
    }
    return from_epoch(v, epoch_scale(v), ms);
}

struct civil {
    int year, month, day, hour, minute, second, milli, zone;
    bool afternoon, twelve;
};

/* Up to `most` digits at *p; -1: none. */
static int take_digits(const char **p, const char *end, int most)
{
    int v = -1;
    for (int i = 0; i < most && *p < end && is_digit(**p); i++, (*p)++)
        v = (v < 0 ? 0 : v * 10) + **p - '0';
    return v;
}

static int take_month(const char **p, const char *end)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (end - *p < 3)
        return -1;
    for (int i = 0; i < 12; i++)
        if (strncasecmp(*p, names + 3 * i, 3) == 0) {
            *p += 3;
            return i + 1;
        }
    return -1;
}

static int take_fraction(const char **p, const char *end)
{
    int milli = 0, scale = 100;
    const char *start = *p;
    for (; *p < end && is_digit(**p); (*p)++, scale /= 10)
        milli += (**p - '0') * scale;
    return *p > start ? milli : -1;
}

static bool take_part(char what, const char **p, const char *end, struct civil *c)
{
    size_t n;
    switch (what) {
    case 'Y':
        return end - *p >= 4 && (c->year = take_digits(p, end, 4)) >= 1000;
    case 'y':
        c->year = take_digits(p, end, 2);
        c->year += c->year < 70 ? 2000 : 1900;
        return c->year >= 1970;
    case 'm':
        return (c->month = take_digits(p, end, 2)) >= 1;
    case 'b':
        return (c->month = take_month(p, end)) >= 1;
    case 'd':
        return (c->day = take_digits(p, end, 2)) >= 1;
    case 'H':
        return (c->hour = take_digits(p, end, 2)) >= 0 && c->hour < 24;
    case 'I':
        c->twelve = true;
        return (c->hour = take_digits(p, end, 2)) >= 1 && c->hour <= 12;
    case 'M':
        return (c->minute = take_digits(p, end, 2)) >= 0 && c->minute < 60;
    case 'S':
        return (c->second = take_digits(p, end, 2)) >= 0 && c->second <= 60;
    case 'f':
        return (c->milli = take_fraction(p, end)) >= 0;
    case 'p':
        if (end - *p < 2 || ((*p)[1] | 0x20) != 'm' || (((*p)[0] | 0x20) != 'a' && ((*p)[0] | 0x20) != 'p'))
            return false;
        c->afternoon = ((*p)[0] | 0x20) == 'p';
        *p += 2;
        return true;
    case 'z':
        n = read_zone(*p, (size_t)(end - *p), &c->zone);
        *p += n;
        return n > 0;
    default:
        return *p < end && *(*p)++ == '%';
    }
}

static bool time_pattern(const char *s, size_t n, const struct time_format *format, int64_t *ms)
{
    struct civil c = {.year = 1970, .month = 1, .day = 1, .zone = format->zone_minutes};
    const char *p = s, *end = s + n;
    for (const char *f = format->pattern; *f != '\0'; f++) {
        if (*f == '%') {
            if (!take_part(*++f, &p, end, &c))
                return false;
        } else if (p == end || *p++ != *f) {
            return false;
        }
    }
    if (p != end || !clock_civil_valid(c.year, c.month, c.day))
        return false;
    if (c.twelve)
        c.hour = c.hour % 12 + (c.afternoon ? 12 : 0);
    int64_t minutes = (int64_t)c.hour * 60 + c.minute - c.zone;
    *ms = clock_days_from_civil(c.year, c.month, c.day) * CLOCK_DAY_MS + (minutes * 60 + c.second) * 1000 + c.milli;
    return true;
}

bool values_time(const char *s, size_t n, const struct time_format *format, int64_t *ms)
{
    double v;
    trim(&s, &n);
    switch (format->style) {
    case TIME_SECONDS:
        return values_number(s, n, false, &v) && from_epoch(v, 1e3, ms);
    case TIME_MILLIS:
        return values_number(s, n, false, &v) && from_epoch(v, 1, ms);
    case TIME_PATTERN:
        return time_pattern(s, n, format, ms);
    default:
        return time_auto(s, n, format->zone_minutes, ms);
    }
}
