/* clock: what time it is, and time as text.
 *
 * Time is int64 milliseconds since 1970-01-01T00:00:00Z, UTC, everywhere but on a local screen.
 * clock_now_ms honours RECKON_NOW (RFC 3339), so that tests and reproductions can fix "now";
 * the engine never calls it.  Thread-safe. */
#ifndef RECKON_BASE_CLOCK_H
#define RECKON_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_DAY_MS INT64_C(86400000)

int64_t clock_now_ms(void);
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
double clock_seconds(void);       /* monotonic, for durations */
double clock_cpu_seconds(void);   /* of the process */

/* Days from 1970-01-01 of a proleptic Gregorian date (month 1-12), and whether the date exists. */
int64_t clock_days_from_civil(int year, int month, int day);
bool clock_civil_valid(int year, int month, int day);

/* "2011-12-09T12:50:00Z", with ".123" when the milliseconds are not 0; buf of at least 32 bytes. */
char *clock_format(int64_t ms, char *buf, size_t size);
char *clock_format_date(int64_t ms, char *buf, size_t size); /* "2011-12-09" */
char *clock_format_name(int64_t ms, char *buf, size_t size); /* "20111209T125000Z", for names of files */

/* Reads RFC 3339 and its usual relatives: date only; 'T' or blank before the time; seconds and
 * fraction optional; Z, +hh:mm, or no zone (taken as UTC).  False when it is not such a time. */
bool clock_parse(const char *s, size_t n, int64_t *ms);

#endif
