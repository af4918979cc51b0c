#include "privacy/links.h"

#include <string.h>

#include "base/clock.h"
#include "privacy/table_file.h"
#include "store/consents.h"
#include "store/users.h"

static int refuse_for_all(struct store *store, const struct subject_users *all, int64_t now, struct error *err)
{
    struct consent_state state;
    unsigned refused = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < all->n; i++) {
        rc = consents_state(store, all->user[i], &state, err);
        refused |= state.refused;
    }
    for (size_t i = 0; rc == 0 && i < all->n; i++) {
        rc = consents_state(store, all->user[i], &state, err);
        for (int p = 0; rc == 0 && p < CONSENT_PURPOSE_COUNT; p++) {
            struct consent_event e = {.user = all->user[i], .purpose = (enum consent_purpose)p, .basis = "consent",
                                      .source = "a linked identifier", .policy = "", .proof = "", .at = now,
                                      .recorded = now};
            if (((refused & ~state.refused) >> p & 1) != 0)
                rc = consents_record(store, &e, NULL, err);
        }
    }
    return rc;
}

int links_join(struct store *store, int64_t one, int64_t other, const struct subject_link *link, struct error *err)
{
    struct subject_users all;
    int rc = subjects_link(store, one, other, link, err);
    rc = rc != 0 ? rc : subjects_users(store, one, &all, err);
    return rc != 0 ? rc : refuse_for_all(store, &all, link->at, err);
}

static int take_line(struct store *store, const struct table_file *file, struct links_import *out, struct error *err)
{
    char user[257], other[257], value[512], source[512] = "import", evidence[1024] = "";
    int64_t one = 0, two = 0;
    if (file->row.problem != NULL || !table_file_field(file, "user|subject|identifier", user, sizeof user)) {
        out->bad++;
        return 0;
    }
    table_file_field(file, "source", source, sizeof source);
    table_file_field(file, "evidence", evidence, sizeof evidence);
    struct subject_link link = {.source = source, .evidence = evidence, .at = clock_now_ms()};
    int rc = users_lookup(store, user, &one, err);
    out->unknown += rc == 0 && one == 0;
    if (rc != 0 || one == 0)
        return rc;
    const char *kind = table_file_field(file, "email", value, sizeof value)   ? "email"
                       : table_file_field(file, "phone", value, sizeof value) ? "phone"
                                                                              : NULL;
    if (kind != NULL) {
        struct error why = {0};
        rc = subjects_alias(store, one, kind, value, &link, &why);
        out->bad += rc == E_USAGE;
        out->linked += rc == 0;
        if (rc != 0 && rc != E_USAGE && err != NULL)
            *err = why;
        rc = rc == E_USAGE ? 0 : rc;
    }
    if (rc == 0 && table_file_field(file, "other|linked|with", other, sizeof other)) {
        rc = users_lookup(store, other, &two, err);
        out->unknown += rc == 0 && two == 0;
        if (rc == 0 && two != 0)
            rc = links_join(store, one, two, &link, err);
        out->linked += rc == 0 && two != 0;
    } else if (rc == 0 && kind == NULL) {
        out->bad++;
    }
    return rc;
}

int links_import_file(struct store *store, const char *path, struct job *job, struct links_import *out, struct error *err)
{
    struct table_file file;
    *out = (struct links_import){.lines = 0};
    int rc = table_file_open(&file, path, err);
    if (rc != 0)
        return rc;
    rc = store_begin(store, err);
    while (rc == 0 && (rc = table_file_next(&file, err)) == 1) {
        rc = ++out->lines % 1024 == 0 && job_step(job, "reading links", (double)out->lines, 0, "lines")
                 ? job_error_cancelled(err, "the import")
                 : take_line(store, &file, out, err);
    }
    rc = store_end(store, rc, err);
    table_file_close(&file);
    return rc;
}
