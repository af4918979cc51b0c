/* publication: an anonymised data set, made from what the workspace holds of people.
 *
 * Every column that is to leave is named with its part in it, and nothing else does:
 *   quasi      what others may know of a person too; made so coarse that rows look the same in classes
 * (disclosure/mondrian.h)
 *   sensitive  what nobody shall find out; given as it is, and what l and t are about
 *   keep       neither; given as it is
 * Quasi-identifiers are given as ranges: NAME:10 in steps of ten, NAME:day, month (the default of times), quarter or
 * year; names in sets, or by a hierarchy.  Who is in it: privacy/counted.h.
 *
 * What was made is checked once more by what will be seen, the texts, before anything is written.  Rows are in the
 * order of their texts, which says nothing of where they came from. */
#ifndef RECKON_PRIVACY_PUBLICATION_H
#define RECKON_PRIVACY_PUBLICATION_H

#include <jansson.h>

#include "base/fs.h"
#include "base/job.h"
#include "base/str.h"
#include "disclosure/risk.h"
#include "privacy/value_set.h"
#include "store/extract.h"

struct publication_request {
    const char *set;                     /* "events", "users", "profiles" */
    const char *const *quasi, *const *sensitive, *const *keep; /* quasi: NAME or NAME:HOW */
    size_t n_quasi, n_sensitive, n_keep;
    const char *const *hierarchies;      /* files: CSV; the header begins with the column's name, a line with the value,
                                          * and its groups from small to large follow */
    size_t n_hierarchies;
    struct extract_filter filter;
    uint32_t rows_per_person;            /* at most so many, chosen at random; 0: all */
    struct microdata_model model;
    struct mondrian_options options;
    double population;                   /* 0: those who are in the workspace */
};

enum publication_role { ROLE_QUASI, ROLE_SENSITIVE, ROLE_KEEP };

struct publication_hierarchy {
    size_t n_levels;          /* groups above the values */
    size_t height;            /* of the tree: n_levels, and a root of its own unless the last group holds all */
    char **group;             /* [code][level], from small to large; borrowed from `texts` */
    uint32_t *first, *last;   /* [code][level]: the codes of its group */
    struct value_set texts;
};

struct publication_column {
    size_t source;            /* of the extract */
    const char *name;         /* borrowed from the extract */
    enum publication_role role;
    enum extract_type type;
    enum { HOW_AS_IT_IS, HOW_STEP, HOW_DAY, HOW_MONTH, HOW_QUARTER, HOW_YEAR } how;
    double step;              /* HOW_STEP */
    bool missing;             /* code 0: there is none */
    double *raw;              /* by row, of numbers and times; while reading */
    size_t cap_raw, cap_code;
    struct value_set texts;   /* by code, of texts, once ordered */
    uint32_t *code;           /* by row */
    uint32_t n_codes;
    double *value;            /* by code, of numbers and times */
    uint8_t *level;
    const char *hierarchy_file; /* borrowed; NULL: none */
    struct publication_hierarchy *hierarchy;
};

struct publication {
    struct extract *extract;
    struct publication_column *columns; /* quasi, sensitive, keep */
    size_t n_columns, n_quasi, n_sensitive;
    uint32_t n_rows, n_people;
    int64_t *who;             /* by row, while reading: privacy/counted.h's number */
    size_t cap_who;
    uint32_t *person;         /* by row */
    int64_t without_consent, restricted, on_hold; /* users who are left out */
    uint64_t rows_left_out;   /* by rows_per_person */
    struct microdata_column *of_maths; /* quasi, sensitive; borrow */
    struct microdata data;
    struct mondrian mondrian;
    char **labels;            /* [class of mondrian][quasi] */
    uint32_t *class_of, n_classes; /* as they look: by row */
    uint32_t *rows, *start;   /* by those classes */
    struct risk before, after;
    struct risk_cost cost;
    struct microdata_measure worst; /* of all classes */
};

int publication_make(struct publication *out, struct store *store, const struct publication_request *request,
                     struct job *job, struct error *err);
void publication_release(struct publication *self); /* zeroed is fine */

/* What was made, for programs: without the data. */
json_t *publication_report(const struct publication *self, const struct publication_request *request);

/* Writes the rows, as CSV or (.jsonl, .ndjson) JSON Lines, to a file that is not there yet: fs_commit puts it in its
 * place, when it is known that it left.  sha256: of the file. */
int publication_write(const struct publication *self, const char *path, struct fs_new_file *file, char sha256[65],
                      struct job *job, struct error *err);

/* ---- between the files of publication_*.c ---- */

/* publication_read.c: columns, rows and their codes. */
int publication_read(struct publication *self, struct store *store, const struct publication_request *request,
                     struct job *job, struct error *err);
/* publication_hierarchy.c: the order of the codes of a column of texts, by its file or by the texts, and its groups. */
int publication_order_texts(struct publication_column *column, uint32_t n_rows, struct error *err);
/* that the file is about */
int publication_hierarchy_column(const char *file, char *name, size_t size, struct error *err);
void publication_hierarchy_free(struct publication_hierarchy *self);
/* publication_labels.c: what is seen of the codes low to high. */
int publication_label(const struct publication_column *column, uint32_t low, uint32_t high, struct str *out);

#endif
