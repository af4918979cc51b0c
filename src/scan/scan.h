/* scan: is anything left of a person, in any byte of any file under a directory?
 *
 * It knows neither reckon's store nor its map: it walks the directory itself.  SQLite databases are taken apart by
 * pages: rows are read field by field (so that user1 is not taken for user10), and what lies outside of rows (gaps
 * between cells, freed blocks, free pages, ends of overflow pages, pages of the write-ahead log) is searched as it is.
 * Compressed files and archives are opened.  Everything else is searched from its first to its last byte.
 *
 * What is found is counted by place, never quoted:
 *   found        a whole word, or any coded form
 *   possible     part of a longer word, or a text that was theirs alone within a longer one
 *   coincidence  the digits of a short number where it means something else (a product, a count)
 * What could not be looked at is listed too: a scan without that list proves nothing. */
#ifndef RECKON_SCAN_SCAN_H
#define RECKON_SCAN_SCAN_H

#include "base/job.h"
#include "base/str.h"
#include "scan/needles.h"
#include "scan/proven.h"

enum scan_verdict { SCAN_FOUND, SCAN_POSSIBLE, SCAN_COINCIDENCE };
const char *scan_verdict_name(enum scan_verdict verdict);

enum scan_place {
    PLACE_ROW,       /* a field of a row or of an index */
    PLACE_GAP,       /* between the cells of a page */
    PLACE_FREED,     /* a freed block, or the rest of a page */
    PLACE_FREE_PAGE,
    PLACE_OVERFLOW,  /* the rest of an overflow page */
    PLACE_LOST_PAGE, /* that nothing leads to */
    PLACE_LOG,       /* a page in the write-ahead log */
    PLACE_FILE,
    PLACE_PACKED,    /* in a compressed file */
    PLACE_NAME       /* the name of a file */
};
const char *scan_place_name(enum scan_place place);

struct scan_finding {
    char *file;      /* within the directory; hidden when the name itself is a finding */
    char tree[64];   /* of a database: the table or index; else "" */
    int field;       /* from 0, as it is stored; -1: none */
    enum scan_place place;
    enum needle_form form;
    enum scan_verdict verdict;
    uint64_t n;      /* how often */
    uint64_t page, offset; /* of the first; page 0: none */
};

struct scan_report {
    struct scan_finding *findings;
    size_t n, cap;
    uint64_t found, possible, coincidences;
    uint64_t files, bytes, databases, pages, packed;
    uint64_t earlier;    /* of the files: read by an earlier search for the same, and unchanged since (scan/proven.h) */
    struct str unseen;   /* lines: what was not looked at, and why */
    struct str strange;  /* lines: files that nobody declared */
    uint64_t n_unseen, n_strange;
};

/* How much of a file is wanted. */
enum scan_want {
    SCAN_WHOLE,
    SCAN_UNTIL_FOUND, /* one finding that is no coincidence is enough: the file goes as a whole */
    SCAN_NOT          /* not a byte: somebody else answers for it */
};

struct scan_options {
    const char *root;    /* a directory, or one file */
    const struct needles *needles;
    /* What the caller knows of the place; each may be NULL. */
    bool (*is_known)(void *context, const char *file);       /* NULL: every file is */
    bool (*skips)(void *context, const char *file);          /* not to be opened (keys) */
    bool (*file_is_of_people)(void *context, const char *file); /* may short numbers in it be theirs?  NULL: yes */
    bool (*field_is_of_people)(void *context, const char *file, const char *tree, int field);
    bool (*is_open_here)(void *context, const char *file);   /* this process may hold locks on it (base/kept.h); NULL: no */
    enum scan_want (*wants)(void *context, const char *file);            /* NULL: all of every file */
    void *context;
    struct proven *proven; /* may be NULL: is asked, and gets what is proven now; never what is open here */
    struct job *job;
};

/* E_CANCELLED, E_NOMEM, E_NOT_FOUND (no such root); a file that cannot be read is unseen, not an error. */
int scan_run(struct scan_report *out, const struct scan_options *options, struct error *err);
void scan_report_release(struct scan_report *self); /* zeroed is fine */

#endif
