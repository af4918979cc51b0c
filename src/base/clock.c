#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

int64_t clock_now_ms(void)
{
    const char *fixed = getenv("RECKON_NOW");
    int64_t ms;
    if (fixed != NULL && clock_parse(fixed, strlen(fixed), &ms))
        return ms;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    return (int64_t)(clock_seconds() * 1e6);
}

double clock_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double clock_cpu_seconds(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* Eras of 400 years that begin on 1 March, so that the leap day is the last of its year. */
int64_t clock_days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t yoe = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

bool clock_civil_valid(int year, int month, int day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

static void split(int64_t ms, int64_t *days, int64_t *rest)
{
    *days = ms / CLOCK_DAY_MS;
    *rest = ms % CLOCK_DAY_MS;
    if (*rest < 0) {
        *rest += CLOCK_DAY_MS;
        (*days)--;
    }
}

char *clock_format(int64_t ms, char *buf, size_t size)
{
    int64_t days, rest;
    int y, m, d;
    split(ms, &days, &rest);
    civil_from_days(days, &y, &m, &d);
    int sec = (int)(rest / 1000), frac = (int)(rest % 1000);
    char fraction[8] = "";
    if (frac != 0)
        snprintf(fraction, sizeof fraction, ".%03d", frac);
    snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", y, m, d, sec / 3600, sec / 60 % 60, sec % 60, fraction);
    return buf;
}

char *clock_format_date(int64_t ms, char *buf, size_t size)
{
    int64_t days, rest;
    int y, m, d;
    split(ms, &days, &rest);
    civil_from_days(days, &y, &m, &d);
    snprintf(buf, size, "%04d-%02d-%02d", y, m, d);
    return buf;
}

char *clock_format_name(int64_t ms, char *buf, size_t size)
{
    int64_t days, rest;
    int y, m, d;
    split(ms, &days, &rest);
    civil_from_days(days, &y, &m, &d);
    int s = (int)(rest / 1000);
    snprintf(buf, size, "%04d%02d%02dT%02d%02d%02dZ", y, m, d, s / 3600, s / 60 % 60, s % 60);
    return buf;
}

/* Reads exactly `digits` digits at *p, moves on; -1 when they are not there. */
static int digits(const char **p, const char *end, int count)
{
    if (end - *p < count)
        return -1;
    int v = 0;
    for (int i = 0; i < count; i++) {
        char c = (*p)[i];
        if (c < '0' || c > '9')
            return -1;
        v = v * 10 + (c - '0');
    }
    *p += count;
    return v;
}

static bool literal(const char **p, const char *end, char c)
{
    if (*p == end || **p != c)
        return false;
    (*p)++;
    return true;
}

bool clock_parse(const char *s, size_t n, int64_t *ms)
{
    const char *p = s, *end = s + n;
    int y = digits(&p, end, 4);
    if (y < 0 || !literal(&p, end, '-'))
        return false;
    int mo = digits(&p, end, 2);
    if (mo < 0 || !literal(&p, end, '-'))
        return false;
    int d = digits(&p, end, 2);
    if (d < 0 || !clock_civil_valid(y, mo, d))
        return false;
    int64_t out = clock_days_from_civil(y, mo, d) * CLOCK_DAY_MS;
    if (p == end) {
        *ms = out;
        return true;
    }
    if (*p != 'T' && *p != 't' && *p != ' ')
        return false;
    p++;
    int h = digits(&p, end, 2);
    if (h < 0 || h > 23 || !literal(&p, end, ':'))
        return false;
    int mi = digits(&p, end, 2);
    if (mi < 0 || mi > 59)
        return false;
    int sec = 0, milli = 0;
    if (literal(&p, end, ':')) {
        sec = digits(&p, end, 2);
        if (sec < 0 || sec > 60) /* 60: a leap second, counted as the next second */
            return false;
        if (literal(&p, end, '.')) {
            int scale = 100, any = 0;
            for (; p < end && *p >= '0' && *p <= '9'; p++, any = 1) {
                milli += (*p - '0') * scale;
                scale /= 10;
            }
            if (!any)
                return false;
        }
    }
    out += ((int64_t)h * 3600 + mi * 60 + sec) * 1000 + milli;
    if (p < end && (*p == 'Z' || *p == 'z')) {
        p++;
    } else if (p < end && (*p == '+' || *p == '-')) {
        int sign = *p++ == '+' ? 1 : -1;
        int zh = digits(&p, end, 2);
        literal(&p, end, ':');
        int zm = digits(&p, end, 2);
        if (zh < 0 || zh > 14 || zm < 0 || zm > 59)
            return false;
        out -= sign * (int64_t)(zh * 60 + zm) * 60000;
    }
    if (p != end)
        return false;
    *ms = out;
    return true;
}
