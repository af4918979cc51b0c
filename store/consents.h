/* consents: what people agreed to, what they refused, and whether a use of their data is allowed.
 *
 * A log of events that is only added to: who, for which purpose, granted or withdrawn, on which lawful basis, when, told
 * by whom, which version of the text, and what shows it.  What holds of a purpose is what was said last (by `at`; of the
 * same moment what was recorded last).  Recorded for all identifiers of the person (store/subjects.h).
 *
 * Whoever uses people's data asks here first, with the purpose that it is for; there is no other way to know:
 *   processing refused (restriction)            nothing may be done but keeping it
 *   the purpose refused                         no
 *   younger than the age gate                   only what was granted on the basis "guardian"
 *   the purpose granted                         yes
 *   else                                        what the policy says of the region: opt-in: no; else yes
 * What people refused holds also while the policy is off. */
#ifndef RECKON_STORE_CONSENTS_H
#define RECKON_STORE_CONSENTS_H

#include "store/consent_policy.h"
#include "store/store.h"

/*    id               name                may be done only if granted, where opt-in holds */
#define CONSENT_PURPOSES(X)                                                                                \
    X(ANALYTICS,       "analytics",        true,  "storing and counting what they do")                      \
    X(PERSONALISATION, "personalisation",  true,  "recommendations from their history, and training on it") \
    X(EXPERIMENTS,     "experiments",      true,  "taking part in experiments")                             \
    X(MARKETING,       "marketing",        true,  "mailings")                                               \
    X(DESCRIPTIONS,    "descriptions",     true,  "writing descriptions from what they said")               \
    X(SALE,            "sale",             false, "selling or sharing their data")                          \
    X(SENSITIVE,       "sensitive",        false, "using what is known of them beside what they do")        \
    X(PROCESSING,      "processing",       false, "anything but keeping it (refused: restriction)")

enum consent_purpose {
#define X(id, name, asked, help) CONSENT_##id,
    CONSENT_PURPOSES(X)
#undef X
    CONSENT_PURPOSE_COUNT
};

const char *consent_purpose_name(enum consent_purpose purpose);
const char *consent_purpose_help(enum consent_purpose purpose);
bool consent_purpose_find(const char *name, size_t n, enum consent_purpose *out);

/* "consent", "contract", ...: bases of GDPR article 6, "guardian", and reasons for a refusal. */
extern const char *const consent_bases; /* with | between them */

struct consent_event {
    int64_t user;
    enum consent_purpose purpose;
    bool granted;
    const char *basis, *source, *policy, *proof; /* "" : not told; as text from outside: at most CONSENT_TEXT_MAX */
    int64_t at, recorded; /* ms */
};

enum { CONSENT_TEXT_MAX = 2000 };

/* Within a write transaction.  *changed (may be NULL): it is not what was recorded before at that moment. */
int consents_record(struct store *self, const struct consent_event *event, bool *changed, struct error *err);

typedef int (*consents_fn)(void *context, int64_t entry, const struct consent_event *event);
int consents_history(struct store *self, int64_t user, consents_fn fn, void *context, struct error *err);

/* What holds of one: bits (1 << purpose). */
struct consent_state {
    unsigned granted, refused, guardian; /* what was said */
    unsigned may;                        /* what follows */
    enum consent_mode mode;              /* of the region */
    bool minor;                          /* below the age gate */
};
int consents_state(struct store *self, int64_t user, struct consent_state *out, struct error *err);

/* May their data be used for it?  user 0: somebody whom the store does not know.  A few microseconds. */
int consents_may(struct store *self, int64_t user, enum consent_purpose purpose, bool *may, struct error *err);

/* Does anything have to be asked at all?  No: the policy is off, and nobody ever refused anything.  For those who ask
 * about very many. */
int consents_needed(struct store *self, bool *needed, struct error *err);

/* The policy in force; borrowed. */
int consents_policy(struct store *self, const struct consent_policy **out, struct error *err);
/* Which one that is: another number when it was read from other settings, the same one for all connections. */
int consents_policy_number(struct store *self, int64_t *out, struct error *err);

/* How many people said what. */
struct consent_counts {
    int64_t granted[CONSENT_PURPOSE_COUNT], refused[CONSENT_PURPOSE_COUNT], people, events;
};
int consents_count(struct store *self, struct consent_counts *out, struct error *err);

#endif
