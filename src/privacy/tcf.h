/* tcf: consent strings of the IAB Transparency and Consent Framework, version 2 (the core segment).
 *
 * A base64url text, segments with dots between them; the first says what the person agreed to: purposes 1 to 24, each by
 * consent or as a legitimate interest that was not objected to, and the same for vendors.  Only reads; pure. */
#ifndef RECKON_PRIVACY_TCF_H
#define RECKON_PRIVACY_TCF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/consents.h"

enum { TCF_VENDORS = 65536 };

struct tcf {
    int64_t created, updated; /* ms */
    unsigned cmp, cmp_version, screen, list_version, policy_version;
    char language[3], country[3]; /* of the publisher */
    bool service_specific;
    uint32_t special;         /* features opted into; bit n - 1 for the number n, here and below */
    uint32_t consent, interest;
    uint32_t n_vendors, n_interests; /* how many vendors */
    uint64_t vendors[TCF_VENDORS / 64], interests[TCF_VENDORS / 64]; /* bit v for the vendor v */
};

/* E_BAD_DATA: it is no such string, or ends too early. */
int tcf_read(struct tcf *out, const char *text, size_t n, struct error *err);

/* What it says of a purpose of reckon, and on which basis ("consent", "legitimate-interests"); false: it says nothing of it.
 *   analytics 8 and 9, personalisation 5 and 6, experiments 10, marketing 3 and 4, descriptions 10 */
bool tcf_purpose(const struct tcf *self, enum consent_purpose purpose, bool *granted, const char **basis);

#endif
