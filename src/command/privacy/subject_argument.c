#include "command/privacy/subject_argument.h"

#include "store/subjects.h"
#include "store/users.h"

int subject_argument(struct store *store, const char *name, int64_t *user, struct error *err)
{
    struct subject_users found, linked = {.n = 0};
    int rc = users_lookup(store, name, user, err);
    if (rc != 0 || *user != 0)
        return rc;
    rc = subjects_find(store, name, &found, err);
    if (rc == 0 && found.n == 0) {
        error_set(err, E_NOT_FOUND, "the subject", "nobody is known by this identifier");
        return error_hint(err, E_NOT_FOUND, "check how it is written; reckon does not say who else there is");
    }
    rc = rc != 0 ? rc : subjects_users(store, found.user[0], &linked, err);
    if (rc == 0 && linked.n < found.n) {
        error_set(err, E_CONFLICT, "the subject", "leads to several people who are not linked");
        return error_hint(err, E_CONFLICT, "`reckon privacy subject find` shows them: name one, or link them");
    }
    *user = rc == 0 ? found.user[0] : 0;
    return rc;
}
