/* shop: workspaces for the tests of the console, always the same.  Their paths are good until the next call. */
#ifndef RECKON_TESTS_SHOP_H
#define RECKON_TESTS_SHOP_H

/* Without any data; its server listens nowhere. */
const char *shop_empty(const char *name);
/* Simulated events, items and users, two models, two experiments (one of them broken), a case, a hold, a certificate. */
const char *shop_full(const char *name);

#endif
