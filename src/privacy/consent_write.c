#include "privacy/consent_write.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "privacy/table_file.h"
#include "privacy/tcf.h"
#include "store/subjects.h"
#include "store/users.h"

enum { NAME_MAX_BYTES = 257 };

static int read_tcf(struct consent_words *self, struct error *err)
{
    struct tcf *tcf = mem_alloc(1, sizeof *tcf);
    const char *basis;
    bool granted;
    if (tcf == NULL)
        return error_nomem(err, "consent");
    int rc = tcf_read(tcf, self->tcf, strlen(self->tcf), err);
    for (int i = 0; rc == 0 && i < CONSENT_PURPOSE_COUNT; i++)
        if (tcf_purpose(tcf, (enum consent_purpose)i, &granted, &basis))
            *(granted ? &self->grant : &self->withdraw) |= 1U << i;
    if (rc == 0 && tcf->updated < self->at)
        self->at = tcf->updated;
    mem_free(tcf);
    return rc;
}

int consent_words_check(struct consent_words *self, struct error *err)
{
    const char **texts[] = {&self->basis, &self->source, &self->policy, &self->proof};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = *texts[i] != NULL ? *texts[i] : "";
        if (strlen(*texts[i]) > CONSENT_TEXT_MAX)
            return error_set(err, E_USAGE, "the consent", "a text of more than %d bytes is not kept", CONSENT_TEXT_MAX);
    }
    if (self->basis[0] == '\0')
        self->basis = "consent";
    if (!text_is_among(self->basis, consent_bases, '|', false)) {
        error_set(err, E_USAGE, "the basis", "'%.60s' is none", self->basis);
        return error_hint(err, E_USAGE, "one of %s", consent_bases);
    }
    if (self->tcf != NULL && (self->grant | self->withdraw) != 0)
        return error_set(err, E_USAGE, "the consent", "is either a tcf string or a list of purposes");
    if (self->tcf != NULL) {
        int rc = read_tcf(self, err);
        if (rc != 0)
            return rc;
        if (self->proof[0] == '\0')
            self->proof = self->tcf;
    }
    if ((self->grant & self->withdraw) != 0)
        return error_set(err, E_USAGE, "the consent", "the same purpose cannot be granted and withdrawn at once");
    if ((self->grant | self->withdraw) == 0)
        return error_set(err, E_USAGE, "the consent", "names no purpose");
    return 0;
}

static int record_user(struct store *store, int64_t user, const struct consent_words *w, int64_t *changed,
                       struct error *err)
{
    struct consent_event e = {.user = user, .basis = w->basis, .source = w->source, .policy = w->policy,
                              .proof = w->proof, .at = w->at, .recorded = clock_now_ms()};
    int rc = 0;
    for (int i = 0; rc == 0 && i < CONSENT_PURPOSE_COUNT; i++) {
        bool fresh = false;
        if ((((w->grant | w->withdraw) >> i) & 1) == 0)
            continue;
        e.purpose = (enum consent_purpose)i;
        e.granted = ((w->grant >> i) & 1) != 0;
        rc = consents_record(store, &e, &fresh, err);
        if (changed != NULL)
            *changed += rc == 0 && fresh;
    }
    return rc;
}

int consent_words_record(struct store *store, int64_t user, const struct consent_words *words, int64_t *changed,
                         struct error *err)
{
    struct subject_users all;
    int rc = subjects_users(store, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        rc = record_user(store, all.user[i], words, changed, err);
    return rc;
}

/* ---- files ---------------------------------------------------------------------------------------------- */

struct line {
    char user[NAME_MAX_BYTES], purpose[64], state[32], tcf[TABLE_VALUE_MAX], time[64];
    char basis[64], source[CONSENT_TEXT_MAX], policy[128], proof[CONSENT_TEXT_MAX];
    struct consent_words words;
};

static int read_time(struct line *l, struct error *err)
{
    int64_t seconds;
    size_t n = strlen(l->time);
    if (l->time[0] == '\0')
        l->words.at = clock_now_ms();
    else if (text_to_int64(l->time, n, &seconds) && seconds > 0)
        l->words.at = seconds > INT64_C(100000000000) ? seconds : seconds * 1000;
    else if (!clock_parse(l->time, n, &l->words.at))
        return error_set(err, E_BAD_DATA, "time", "'%.40s' is no time", l->time);
    return 0;
}

static int read_purpose(struct line *l, struct error *err)
{
    enum consent_purpose purpose;
    if (l->tcf[0] != '\0') {
        l->words.tcf = l->tcf;
        return 0;
    }
    if (l->purpose[0] == '\0')
        return error_set(err, E_BAD_DATA, "purpose", "is missing, and so is tcf");
    if (!consent_purpose_find(l->purpose, strlen(l->purpose), &purpose))
        return error_set(err, E_BAD_DATA, "purpose", "'%.40s' is none that reckon knows", l->purpose);
    if (text_is_among(l->state, "granted|grant|true|yes|1|given|opt-in|accepted", '|', true))
        l->words.grant = 1U << purpose;
    else if (text_is_among(l->state, "withdrawn|withdraw|false|no|0|denied|refused|opt-out|rejected", '|', true))
        l->words.withdraw = 1U << purpose;
    else
        return error_set(err, E_BAD_DATA, "state", "'%.20s' is neither granted nor withdrawn", l->state);
    return 0;
}

static int read_line(struct line *l, const struct table_file *file, const char *name, struct error *err)
{
    memset(l, 0, sizeof *l);
    if (file->row.problem != NULL)
        return error_set(err, E_BAD_DATA, "the line", "%s", file->row.problem);
    if (!table_file_field(file, "user|subject|identifier|user_id|subject_id", l->user, sizeof l->user))
        return error_set(err, E_BAD_DATA, "user", "is missing, or is no identifier");
    table_file_field(file, "purpose|purpose_name", l->purpose, sizeof l->purpose);
    table_file_field(file, "state|status|granted|consent", l->state, sizeof l->state);
    table_file_field(file, "tcf|tcstring|tc_string", l->tcf, sizeof l->tcf);
    table_file_field(file, "time|timestamp|at|date", l->time, sizeof l->time);
    table_file_field(file, "basis|lawful_basis|legal_basis", l->basis, sizeof l->basis);
    table_file_field(file, "policy|policy_version|version", l->policy, sizeof l->policy);
    table_file_field(file, "proof|receipt|consent_id", l->proof, sizeof l->proof);
    l->words = (struct consent_words){.basis = l->basis, .policy = l->policy, .proof = l->proof, .source = name};
    if (table_file_field(file, "source|channel", l->source, sizeof l->source))
        l->words.source = l->source;
    int rc = read_time(l, err);
    rc = rc != 0 ? rc : read_purpose(l, err);
    return rc != 0 ? rc : consent_words_check(&l->words, err);
}

static void note_bad(struct consent_import *out, uint64_t line, const struct error *why)
{
    size_t most = sizeof out->first_bad / sizeof *out->first_bad;
    if ((size_t)out->bad < most) {
        out->first_bad[out->bad].line = (int64_t)line;
        snprintf(out->first_bad[out->bad].why, sizeof out->first_bad->why, "%.60s %.90s", why->what, why->why);
    }
    out->bad++;
}

static int take_line(struct store *store, const struct line *l, struct consent_import *out, struct error *err)
{
    int64_t user, changed = 0;
    unsigned all = l->words.grant | l->words.withdraw;
    int rc = users_intern(store, l->user, strlen(l->user), &user, NULL, err);
    if (rc == E_REFUSED) {
        out->erased++;
        return 0;
    }
    rc = rc != 0 ? rc : consent_words_record(store, user, &l->words, &changed, err);
    out->added += changed;
    out->present += rc == 0 && changed == 0 ? __builtin_popcount(all) : 0;
    return rc;
}

static int take_lines(struct store *store, struct table_file *file, const char *name, struct job *job,
                      struct consent_import *out, struct error *err)
{
    struct line *l = mem_alloc(1, sizeof *l);
    if (l == NULL)
        return error_nomem(err, "consent");
    int rc = 0;
    while (rc == 0 && (rc = table_file_next(file, err)) == 1) {
        struct error why = {0};
        out->lines++;
        rc = out->lines % 1024 == 0 && job_step(job, "reading consents", (double)out->lines, 0, "lines")
                 ? job_error_cancelled(err, "the import")
                 : 0;
        if (rc == 0 && read_line(l, file, name, &why) != 0)
            note_bad(out, file->row.line, &why);
        else if (rc == 0)
            rc = take_line(store, l, out, err);
    }
    mem_free(l);
    return rc;
}

int consent_import_file(struct store *store, const char *path, bool skip_bad, struct job *job, struct consent_import *out,
                        struct error *err)
{
    struct table_file file;
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    *out = (struct consent_import){.lines = 0};
    int rc = table_file_open(&file, path, err);
    if (rc != 0)
        return rc;
    rc = store_begin(store, err);
    rc = rc != 0 ? rc : take_lines(store, &file, name, job, out, err);
    if (rc == 0 && out->bad > 0 && !skip_bad)
        rc = error_set(err, E_BAD_DATA, path, "%lld lines cannot be read, the first is line %lld: %s; nothing was stored",
                       (long long)out->bad, (long long)out->first_bad[0].line, out->first_bad[0].why);
    rc = store_end(store, rc, err);
    table_file_close(&file);
    return rc;
}
