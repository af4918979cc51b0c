/* table_file: lists that the privacy team gets from other systems: CSV with a header, or JSON Lines, fields by their names
 * in any case. */
#ifndef RECKON_PRIVACY_TABLE_FILE_H
#define RECKON_PRIVACY_TABLE_FILE_H

#include "ingest/reader.h"

enum { TABLE_VALUE_MAX = 4096 };

struct table_file {
    struct reader *reader;
    struct row row;
};

int table_file_open(struct table_file *self, const char *path, struct error *err);
void table_file_close(struct table_file *self); /* zeroed is fine */
int table_file_next(struct table_file *self, struct error *err); /* 1: a row, 0: the end */

/* The field by the first of the names ("user|subject") that the row has, copied to out; false: it is missing, empty,
 * too long or not UTF-8. */
bool table_file_field(const struct table_file *self, const char *names, char *out, size_t size);

#endif
