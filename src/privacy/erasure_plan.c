/* Who it is, and what there is of them. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "privacy/erasure_private.h"
#include "privacy/sealed.h"
#include "store/erase.h"
#include "store/holds.h"
#include "store/subjects.h"
#include "store/suppressions.h"
#include "store/users.h"

enum { TEXTS_MAX = 100000 };

int facts_add(json_t *facts, const char *list, const char *place, const char *method, int64_t n)
{
    json_t *array = json_object_get(facts, list), *one;
    size_t i;
    if (array == NULL) {
        array = json_array();
        if (json_object_set_new(facts, list, array) != 0)
            return E_NOMEM;
    }
    json_array_foreach (array, i, one)
        if (strcmp(json_string_value(json_object_get(one, "place")), place) == 0 &&
            strcmp(json_string_value(json_object_get(one, "method")), method) == 0) {
            json_int_t before = json_integer_value(json_object_get(one, "n"));
            return json_object_set_new(one, "n", json_integer(before + n)) == 0 ? 0 : E_NOMEM;
        }
    one = json_pack("{s:s, s:s, s:I}", "place", place, "method", method, "n", (json_int_t)n);
    return json_array_append_new(array, one) == 0 ? 0 : E_NOMEM;
}

struct planning {
    const struct erasure *erasure;
    const struct erasure_request *request;
    struct erasure_plan *plan;
    int64_t *users;
    size_t cap_users;
    struct matcher *identifiers;
};

static int take_count(void *context, const char *place, const char *method, int64_t rows)
{
    struct planning *p = context;
    return facts_add(p->plan->record.facts, "plan", place, method, rows);
}

static int take_text(void *context, const char *text, size_t n, bool identifier)
{
    struct planning *p = context;
    json_t *list = json_object_get(p->plan->sealed, identifier ? "identifiers" : "texts");
    json_t *value = json_stringn(text, n);
    if (value == NULL)
        return 0; /* no UTF-8: cannot be, the store takes none */
    if (identifier && n >= MATCHER_MIN && matcher_add(p->identifiers, text, n, 0, NULL) != 0)
        return E_NOMEM;
    return json_array_append_new(list, value) == 0 ? 0 : E_NOMEM;
}

static int not_found(const struct planning *p, size_t at, struct error *err)
{
    char what[48];
    snprintf(what, sizeof what, p->request->n == 1 ? "the subject" : "subject %zu", at + 1);
    error_set(err, E_NOT_FOUND, what, "nobody is known by this identifier");
    return error_hint(err, E_NOT_FOUND, p->request->n == 1
                          ? "check how it is written; reckon does not say who else there is"
                          : "check how it is written, or pass over unknown ones with --skip-unknown");
}

/* A hold on everything of this person, or of everybody. */
static int check_hold(const struct planning *p, const char *name, size_t at, struct error *err)
{
    unsigned char digest[SUPPRESSION_DIGEST];
    struct hold hold;
    char what[48], until[40];
    int rc = suppressions_digest(p->erasure->store, name, strlen(name), true, digest, err);
    rc = rc != 0 ? rc : holds_forbid(p->erasure->store, digest, clock_now_ms(), &hold, err);
    if (rc != 0 || hold.hold == 0)
        return rc;
    snprintf(what, sizeof what, p->request->n == 1 ? "the subject" : "subject %zu", at + 1);
    error_set(err, E_REFUSED, what, "is under legal hold %" PRId64 " until %s: nothing of them may be erased",
              hold.hold,
              clock_format(hold.until, until, sizeof until));
    return error_hint(err, E_REFUSED, "`reckon privacy holds` says why; `reckon privacy release %" PRId64 "` ends it",
                      hold.hold);
}

static int add_user(struct planning *p, int64_t user)
{
    if (mem_grow((void **)&p->users, &p->cap_users, (size_t)p->plan->users + 1, sizeof *p->users) != 0)
        return -1;
    p->users[p->plan->users++] = user;
    return 0;
}

/* One, and whoever is the same person (choosing one twice is choosing once).  A hold on any of them counts, by the name
 * that they are stored under: who asks may have named them by an alias. */
static int take_person(struct planning *p, int64_t user, size_t at, struct error *err)
{
    struct store *store = p->erasure->store;
    struct subject_users all;
    int rc = subjects_users(store, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        struct str name;
        str_init(&name, 4096);
        rc = users_name(store, all.user[i], &name, err);
        rc = rc != 0 ? rc : check_hold(p, str_text(&name), at, err);
        rc = rc == 0 && add_user(p, all.user[i]) != 0 ? error_nomem(err, "erasure") : rc;
        str_release(&name);
    }
    return rc;
}

/* An address that a family shares, or a till: whoever is meant has to be named. */
static int check_one(const struct planning *p, const struct subject_users *found, size_t at, struct error *err)
{
    struct subject_users linked = {.n = 0};
    char what[48];
    int rc = found->n > 1 ? subjects_users(p->erasure->store, found->user[0], &linked, err) : 0;
    if (rc != 0 || found->n <= 1 || linked.n >= found->n)
        return rc;
    snprintf(what, sizeof what, p->request->n == 1 ? "the subject" : "subject %zu", at + 1);
    error_set(err, E_CONFLICT, what, "leads to several people who are not linked; nobody was erased");
    return error_hint(err, E_CONFLICT, "`reckon privacy subject find` shows them: name those who are meant, or link them");
}

static int find_people(struct planning *p, struct error *err)
{
    struct store *store = p->erasure->store;
    struct erasure_plan *plan = p->plan;
    for (size_t i = 0; i < p->request->n; i++) {
        const char *name = p->request->names[i];
        int64_t number = 0;
        struct subject_users found = {.n = 1};
        int rc = users_lookup(store, name, &found.user[0], err);
        if (rc == 0 && found.user[0] == 0)
            rc = subjects_find(store, name, &found, err);
        rc = rc != 0 ? rc : check_one(p, &found, i, err);
        if (rc == 0 && found.n == 0)
            rc = suppressions_find(store, name, strlen(name), &number, err);
        if (rc != 0)
            return rc;
        if (found.n == 0 && number == 0 && !p->request->skip_unknown)
            return not_found(p, i, err);
        plan->unknown += found.n == 0 && number == 0;
        plan->erased += number != 0;
        plan->erased_by = number != 0 ? number : plan->erased_by;
        if (found.n > 0) /* a hold may be on the alias itself */
            rc = check_hold(p, name, i, err);
        for (size_t f = 0; rc == 0 && f < found.n; f++)
            rc = take_person(p, found.user[f], i, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int put_users(struct planning *p, struct error *err)
{
    json_t *list = json_object_get(p->plan->sealed, "users");
    int rc = erase_choose(p->erasure->store, p->users, (size_t)p->plan->users, err);
    for (int64_t i = 0; rc == 0 && i < p->plan->users; i++)
        rc = json_array_append_new(list, json_integer(p->users[i])) == 0 ? 0 : error_nomem(err, "erasure");
    if (rc == 0) /* the same person under two names is one */
        rc = erase_chosen(p->erasure->store, &p->plan->users, err);
    return rc;
}

/* HMAC of each identifier under the case's salt: whoever has a name and the salt can see that the certificate is about
 * it, and nobody else can. */
static int put_commitments(struct erasure_plan *plan, struct error *err)
{
    json_t *list = json_array(), *name;
    size_t i;
    json_array_foreach (json_object_get(plan->sealed, "identifiers"), i, name) {
        unsigned char digest[crypto_auth_hmacsha256_BYTES];
        char hex[2 * sizeof digest + 1];
        crypto_auth_hmacsha256(digest, (const unsigned char *)json_string_value(name), json_string_length(name),
                               plan->record.salt);
        sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
        json_array_append_new(list, json_string(hex));
    }
    return json_object_set_new(plan->record.facts, "commitments", list) == 0 ? 0 : error_nomem(err, "erasure");
}

static int make(struct planning *p, struct error *err)
{
    struct erasure_plan *plan = p->plan;
    struct store *store = p->erasure->store;
    int64_t left_out = 0;
    int rc = find_people(p, err);
    if (rc != 0 || plan->users == 0)
        return rc;
    rc = put_users(p, err);
    if (rc == 0)
        rc = erase_texts(store, TEXTS_MAX, &left_out, take_text, p, err);
    if (rc == 0)
        rc = matcher_ready(p->identifiers, err);
    if (rc == 0)
        rc = erase_count(store, p->identifiers, take_count, p, err);
    if (rc == E_NOMEM)
        return error_nomem(err, "erasure");
    if (rc == 0 && left_out > 0)
        json_object_set_new(plan->record.facts, "texts_left_out", json_integer(left_out));
    rc = rc != 0 ? rc
                 : erasure_plan_files(p->erasure, &plan->record, plan->sealed, err);
    return rc != 0 ? rc : put_commitments(plan, err);
}

int erasure_plan_make(const struct erasure *self, const struct erasure_request *request, struct erasure_plan *out,
                      struct error *err)
{
    struct planning p = {.erasure = self, .request = request, .plan = out};
    int64_t now = request->received != 0 ? request->received : clock_now_ms();
    *out = (struct erasure_plan){.record = {.received = now, .due = case_due(request->regulation, now), .type = "erase",
                                            .has_salt = true, .facts = json_object()}};
    snprintf(out->record.regulation, sizeof out->record.regulation, "%s", request->regulation);
    randombytes_buf(out->record.salt, sizeof out->record.salt);
    unsigned char random[12];
    char control[48] = "reckon-control-";
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(control + strlen(control), 2 * sizeof random + 1, random, sizeof random);
    out->sealed = json_pack("{s:[], s:[], s:[], s:s}", "users", "identifiers", "texts", "control", control);
    int rc = out->sealed == NULL ? error_nomem(err, "erasure") : matcher_new(&p.identifiers, err);
    if (rc == 0)
        rc = make(&p, err);
    out->record.people = out->users;
    mem_free(p.users);
    matcher_free(p.identifiers);
    if (rc != 0)
        erasure_plan_release(out);
    return rc;
}

void erasure_plan_release(struct erasure_plan *self)
{
    case_release(&self->record);
    json_decref(self->sealed);
    *self = (struct erasure_plan){0};
}
