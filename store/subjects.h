/* subjects: one person, many identifiers.
 *
 * An account, a cookie and a device each are identifiers of their own, with a history of their own.  That they are one
 * person is a link between them: they share a number, and each remembers who said so, what shows it and since when.
 * Histories are neither merged nor shared in answers: a link may be wrong, a device may have several users, and one of
 * them must not see what another bought; a link that is taken back leaves nothing behind.  What the law gives a person
 * (consent, access, erasure) always means all of them.
 *
 * E-mail addresses and telephone numbers are never needed as text: they find a person, and nothing else.  They are kept
 * as HMAC-SHA-256 under keys/subjects.key (in lower case, a number by its digits alone), so that neither the database nor
 * a copy of it says what they are.  A key that is lost finds nobody by them any more: E_CORRUPT. */
#ifndef RECKON_STORE_SUBJECTS_H
#define RECKON_STORE_SUBJECTS_H

#include "store/store.h"

#define SUBJECT_KEY "subjects.key" /* in STORE_KEYS */

enum { SUBJECT_USERS_MAX = 64 };

struct subject_users {
    int64_t user[SUBJECT_USERS_MAX];
    size_t n;
};

/* All who are the same person as `user`, who is the first. */
int subjects_users(struct store *self, int64_t user, struct subject_users *out, struct error *err);

struct subject_link {
    const char *source, *evidence;
    int64_t at;
};

/* Within a write transaction: from now on they are one.  E_REFUSED: it would be more than SUBJECT_USERS_MAX. */
int subjects_link(struct store *self, int64_t one, int64_t other, const struct subject_link *link, struct error *err);
/* Takes one out of whatever it is linked with; E_NOT_FOUND: it is not. */
int subjects_unlink(struct store *self, int64_t user, struct error *err);

/* kind: "email" or "phone". */
int subjects_alias(struct store *self, int64_t user, const char *kind, const char *value, const struct subject_link *link,
                   struct error *err);
int subjects_unalias(struct store *self, int64_t user, const char *kind, const char *value, struct error *err);

/* The people whom an identifier leads to: as it is, or as an e-mail address or telephone number; with all that they are linked
 * with.  *n 0: nobody. */
int subjects_find(struct store *self, const char *identifier, struct subject_users *out, struct error *err);

struct subject_part {
    int64_t user;        /* 0: an alias */
    const char *kind;    /* "identifier", "email", "phone" */
    const char *name;    /* of an alias: the beginning of its digest */
    const char *source, *evidence;
    int64_t at;          /* 0: the only one, not linked */
};
typedef int (*subjects_fn)(void *context, const struct subject_part *part);
/* What belongs to one: every identifier, every alias. */
int subjects_parts(struct store *self, int64_t user, subjects_fn fn, void *context, struct error *err);

#endif
