/* shop: workspaces for the tests of the console, always the same.  Their paths are good until the next call. */
#ifndef RECKON_TESTS_SHOP_H
#define RECKON_TESTS_SHOP_H

/* Without any data; its server listens nowhere. */
const char *shop_empty(const char *name);
/* Simulated events, items and users, two models, two experiments (one of them broken), four texts, a case, a hold, a
 * certificate. */
const char *shop_full(const char *name);

/* Four texts about items that are there (identifiers), the first of them with places that the checks found; a template "web"
 * and a budget.  Beside shop_full's own: for a workspace with items of another kind. */
void shop_texts(const char *path, const char *const items[4]);

#endif
