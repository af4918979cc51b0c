/* consent_policy: what holds for people of whom nothing was recorded, read from the settings (the table [privacy]).
 *
 * The store looks at the settings' file itself, so that nothing that uses people's data can be started without the
 * policy: at first use, and again when the file has changed (looked at four times a second at most).  A file that
 * cannot be read is an error at first, and later leaves what was known. */
#ifndef RECKON_STORE_CONSENT_POLICY_H
#define RECKON_STORE_CONSENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"

enum consent_mode { CONSENT_OFF, CONSENT_OPT_IN, CONSENT_OPT_OUT };
enum consent_gpc { GPC_IGNORE, GPC_SALE, GPC_PERSONALISATION };

enum { CONSENT_REGIONS_MAX = 24 };

struct consent_region {
    char name[48]; /* a country, by any of its names (store/countries.h), EEA, EU, or as the attribute has it; any case */
    enum consent_mode mode;
};

struct consent_policy {
    enum consent_mode mode;
    struct consent_region regions[CONSENT_REGIONS_MAX];
    int n_regions;
    char region_attribute[64], age_attribute[64];
    long age_gate;     /* 0: none */
    bool count;        /* events without consent are counted */
    enum consent_gpc gpc;
};

/* E_BAD_DATA: the list of regions cannot be read. */
int consent_policy_read(struct consent_policy *self, const struct settings *settings, struct error *err);

/* What holds in a region; NULL or "": it is not known. */
enum consent_mode consent_policy_mode(const struct consent_policy *self, const char *region);

#endif
