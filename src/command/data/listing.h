/* listing: what store/browse.h reads, as typed results: for the list commands and for the grids of the console. */
#ifndef RECKON_COMMAND_LISTING_H
#define RECKON_COMMAND_LISTING_H

#include "command/command.h"
#include "store/browse.h"

/* A page of a view: its rows with all columns, and where each stands. */
struct listing_page {
    struct result rows;
    struct browse_key *keys; /* one for each row */
    size_t n, cap;
};

void listing_page_init(struct listing_page *self);
void listing_page_release(struct listing_page *self);

/* Appends a key; its texts are copied. */
int listing_page_add_key(struct listing_page *self, const struct browse_key *key, struct error *err);

/* Fills a fresh page with rows in the order of the query, also when it was read backwards. */
int listing_read(struct store *store, const struct browse *browse, const struct browse_query *query,
                 const struct browse_key *from, bool back, size_t limit, struct listing_page *out, struct job *job,
                 struct error *err);

/* value, n, share: the `limit` most frequent. */
int listing_frequency(struct store *store, const struct browse *browse, const struct browse_query *query,
                      size_t column, size_t limit, struct result *out, struct job *job, struct error *err);

/* from, to, n, and a series to plot. */
int listing_histogram(struct store *store, const struct browse *browse, const struct browse_query *query,
                      size_t column, size_t bins, struct result *out, struct job *job, struct error *err);

/* Two columns (a, b, n): how often each pair occurs, the `limit` most frequent; of a column of times with itself:
 * weekday, hour, n of all hours of the week. */
int listing_cross(struct store *store, const struct browse *browse, const struct browse_query *query, size_t a,
                  size_t b, size_t limit, struct result *out, struct job *job, struct error *err);

enum cell_type listing_cell_type(enum browse_type type);
void listing_add_value(struct result *out, const struct browse_value *value);

/* The parameters of a list command, and its run function for a view. */
extern const struct command_param listing_params[];
int listing_run(struct app *app, const struct args *args, const char *view, struct result *out, struct error *err);

#endif
