/* personal_data: the map of where people are: every column of every table, and every file of a workspace.
 *
 * Erasure, access, retention and the scan for remnants walk this map; what is not on it they would miss, so a test
 * fails when a column or a kind of file is missing here, or when something is listed that does not exist.  Whoever
 * adds a table, a column or a file adds its line in the same commit.
 *
 * Direct identifiers have one home, identities.identifier.  Where text comes in as it is (a label of a session, a
 * referrer, a raw line in quarantine), an identifier may come with it: those columns are declared as `subject` too,
 * and nothing else may ever hold one. */
#ifndef RECKON_STORE_PERSONAL_DATA_H
#define RECKON_STORE_PERSONAL_DATA_H

enum personal_class {
    PERSONAL_NONE,      /* nothing of any person */
    PERSONAL_DERIVED,   /* computed from what many people did */
    PERSONAL_PERSONAL,  /* about a person, who is only an integer here */
    PERSONAL_SENSITIVE, /* the same, and may be of the kinds that need special protection */
    PERSONAL_SUBJECT    /* says, or may say, who it is */
};

/* How what belongs to a person is found. */
enum personal_reach {
    REACH_NOTHING,    /* there is nothing to find */
    REACH_USER,       /* the table's rows with the person's integer in their column `user` */
    REACH_IDENTIFIER, /* by the identifier itself: where the search begins */
    REACH_CONTENT,    /* by looking for each of the person's identifiers in the text */
    REACH_MENTION,    /* not about people: by identifiers that can be nothing else (a short number is not one) */
    REACH_UNUSED,     /* shared; a row goes when nobody's rows refer to it any more */
    REACH_RETRAIN,    /* made anew without the person */
    REACH_TABLES,     /* a database: by its tables, then VACUUM, and the log emptied */
    REACH_REMOVE      /* a file that is removed as a whole */
};

struct personal_column {
    const char *table, *column;
    enum personal_class holds;
    enum personal_reach reach;
    const char *note; /* may be "" */
};

struct personal_file {
    const char *pattern; /* within the workspace; * and ? as in a shell, neither matches a slash */
    enum personal_class holds;
    enum personal_reach reach;
    const char *note;
};

extern const struct personal_column personal_data_columns[]; /* by table, as the schema; ends with a NULL table */
extern const struct personal_file personal_data_files[];     /* ends with a NULL pattern */

const struct personal_column *personal_data_column(const char *table, const char *column); /* NULL: not on the map */
const struct personal_file *personal_data_file(const char *path);                          /* the first that matches */

const char *personal_class_name(enum personal_class holds); /* "subject" */
const char *personal_reach_name(enum personal_reach reach); /* "user"; "" for nothing */

#endif
