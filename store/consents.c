#include "store/consents.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "store/db.h"

enum { LOOK_MS = 250 };

const char *const consent_bases = "consent|guardian|contract|legal-obligation|vital-interests|public-task|"
                                  "legitimate-interests|objection|opt-out|restriction|gpc";

static const struct {
    const char *name;
    bool asked;
    const char *help;
} purposes[] = {
#define X(id, name, asked, help) {name, asked, help},
    CONSENT_PURPOSES(X)
#undef X
};

const char *consent_purpose_name(enum consent_purpose purpose)
{
    return purposes[purpose].name;
}

const char *consent_purpose_help(enum consent_purpose purpose)
{
    return purposes[purpose].help;
}

bool consent_purpose_find(const char *name, size_t n, enum consent_purpose *out)
{
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++)
        if (strlen(purposes[i].name) == n && memcmp(purposes[i].name, name, n) == 0) {
            *out = (enum consent_purpose)i;
            return true;
        }
    return false;
}

/* ---- the policy ----------------------------------------------------------------------------------------- */

static int64_t stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return 1;
    return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + (int64_t)st.st_size;
}

int consents_policy(struct store *self, const struct consent_policy **out, struct error *err)
{
    struct consent_memory *m = &self->consents;
    int64_t now = clock_monotonic_ms();
    *out = &m->policy;
    if (m->stamp != 0 && now - m->looked < LOOK_MS)
        return 0;
    char path[FS_PATH_MAX];
    struct settings settings;
    if (fs_join(path, sizeof path, self->workspace, STORE_SETTINGS) != 0)
        return error_set(err, E_USAGE, self->workspace, "the path is too long");
    int64_t stamp = stamp_of(path);
    m->looked = now;
    if (stamp == m->stamp)
        return 0;
    struct consent_policy policy;
    struct error own = {0};
    int rc = settings_load(&settings, path, &own);
    rc = rc != 0 ? rc : consent_policy_read(&policy, &settings, &own);
    if (rc == 0)
        m->policy = policy;
    else if (m->stamp == 0) {
        if (err != NULL)
            *err = own;
        return rc;
    }
    m->stamp = stamp;
    return 0;
}

int consents_policy_number(struct store *self, int64_t *out, struct error *err)
{
    const struct consent_policy *policy;
    int rc = consents_policy(self, &policy, err);
    *out = self->consents.stamp;
    return rc;
}

/* ---- what holds ----------------------------------------------------------------------------------------- */

static const char permission_sql[] = "SELECT granted, refused, guardian FROM permissions WHERE user = ?1";

static int said(struct store *self, int64_t user, struct consent_state *out, struct error *err)
{
    sqlite3_stmt *s;
    *out = (struct consent_state){.granted = 0};
    if (user == 0)
        return 0;
    int rc = db_prepare(self, permission_sql, &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", user);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc == 1) {
        out->granted = (unsigned)sqlite3_column_int(s, 0);
        out->refused = (unsigned)sqlite3_column_int(s, 1);
        out->guardian = (unsigned)sqlite3_column_int(s, 2);
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : 0;
}

static int attribute_of(struct store *self, int64_t user, const char *name, sqlite3_stmt **out, struct error *err)
{
    int rc = db_prepare(self, "SELECT v.value FROM attributes a JOIN user_values v ON v.attribute = a.attribute AND "
                              "v.user = ?1 WHERE a.entity = 'user' AND a.name = ?2", out, err);
    rc = rc != 0 ? rc : db_bind(self, *out, err, "it", user, name);
    return rc != 0 ? rc : db_step(self, *out, err);
}

/* Region and age. */
static int where(struct store *self, const struct consent_policy *p, int64_t user, struct consent_state *out,
                 struct error *err)
{
    sqlite3_stmt *s;
    int rc = 0;
    out->mode = p->mode;
    if (user != 0 && p->n_regions > 0) {
        rc = attribute_of(self, user, p->region_attribute, &s, err);
        if (rc == 1)
            out->mode = consent_policy_mode(p, db_text(s, 0));
        if (rc >= 0)
            db_done(s);
    }
    if (rc >= 0 && user != 0 && p->age_gate > 0) {
        rc = attribute_of(self, user, p->age_attribute, &s, err);
        double age = 0;
        bool known = rc == 1 && (sqlite3_column_type(s, 0) != SQLITE_TEXT || /* of a column in which somebody wrote words */
                                 text_to_double(db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0), &age));
        if (known && sqlite3_column_type(s, 0) != SQLITE_TEXT)
            age = sqlite3_column_double(s, 0);
        out->minor = known && age < (double)p->age_gate;
        if (rc >= 0)
            db_done(s);
    }
    return rc < 0 ? rc : 0;
}

static bool follows(const struct consent_state *s, enum consent_purpose purpose)
{
    unsigned bit = 1U << purpose;
    if (((s->refused >> CONSENT_PROCESSING) & 1) != 0 || (s->refused & bit) != 0)
        return false;
    if (!purposes[purpose].asked)
        return true;
    if (s->minor)
        return (s->guardian & bit) != 0;
    return (s->granted & bit) != 0 || s->mode != CONSENT_OPT_IN;
}

int consents_state(struct store *self, int64_t user, struct consent_state *out, struct error *err)
{
    const struct consent_policy *p;
    int rc = consents_policy(self, &p, err);
    rc = rc != 0 ? rc : said(self, user, out, err);
    rc = rc != 0 ? rc : where(self, p, user, out, err);
    for (int i = 0; rc == 0 && i < CONSENT_PURPOSE_COUNT; i++)
        out->may |= follows(out, (enum consent_purpose)i) ? 1U << i : 0;
    return rc;
}

int consents_may(struct store *self, int64_t user, enum consent_purpose purpose, bool *may, struct error *err)
{
    struct consent_state state;
    int rc = consents_state(self, user, &state, err);
    *may = rc == 0 && ((state.may >> purpose) & 1) != 0;
    return rc;
}

int consents_needed(struct store *self, bool *needed, struct error *err)
{
    const struct consent_policy *p;
    int64_t any = 0;
    int rc = consents_policy(self, &p, err);
    if (rc == 0 && p->mode == CONSENT_OFF && p->n_regions == 0 && p->age_gate == 0)
        rc = db_int(self, err, &any, 0, "SELECT EXISTS (SELECT 1 FROM permissions WHERE refused <> 0)", "");
    else
        any = 1;
    *needed = any != 0;
    return rc;
}

/* ---- the log -------------------------------------------------------------------------------------------- */

static const char history_sql[] = "SELECT entry, purpose, state, basis, at, recorded, source, policy, proof FROM consents "
                                  "WHERE user = ?1 ORDER BY at, entry";

int consents_history(struct store *self, int64_t user, consents_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, history_sql, &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", user);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct consent_event e = {.user = user,
                                  .granted = strcmp(db_text(s, 2), "granted") == 0,
                                  .basis = db_text(s, 3),
                                  .at = sqlite3_column_int64(s, 4),
                                  .recorded = sqlite3_column_int64(s, 5),
                                  .source = db_text(s, 6),
                                  .policy = db_text(s, 7),
                                  .proof = db_text(s, 8)};
        const char *purpose = db_text(s, 1);
        rc = 0;
        if (consent_purpose_find(purpose, strlen(purpose), &e.purpose))
            told = fn(context, sqlite3_column_int64(s, 0), &e);
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

static int fold(void *context, int64_t entry, const struct consent_event *e)
{
    struct consent_state *s = context;
    unsigned bit = 1U << e->purpose;
    (void)entry;
    s->granted &= ~bit;
    s->refused &= ~bit;
    s->guardian &= ~bit;
    if (e->granted)
        s->granted |= bit;
    else
        s->refused |= bit;
    if (e->granted && strcmp(e->basis, "guardian") == 0)
        s->guardian |= bit;
    return 0;
}

int consents_record(struct store *self, const struct consent_event *e, bool *changed, struct error *err)
{
    const char *name = purposes[e->purpose].name, *state = e->granted ? "granted" : "withdrawn";
    struct consent_state now = {.granted = 0};
    int64_t there = 0;
    int rc = db_int(self, err, &there, 0, "SELECT EXISTS (SELECT 1 FROM consents WHERE user = ?1 AND at = ?2 AND purpose = ?3 "
                                          "AND state = ?4 AND basis = ?5 AND source = ?6 AND policy = ?7 AND proof = ?8)",
                    "iittt"
                    "ttt", e->user, e->at, name, state, e->basis, e->source, e->policy, e->proof);
    if (changed != NULL)
        *changed = there == 0;
    if (rc != 0 || there != 0)
        return rc;
    rc = db_exec(self, err, "INSERT INTO consents (user, purpose, state, basis, at, recorded, source, policy, proof) VALUES "
                            "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                 "itttiittt", e->user, name, state, e->basis, e->at, e->recorded, e->source, e->policy, e->proof);
    rc = rc != 0 ? rc : consents_history(self, e->user, fold, &now, err);
    return rc != 0 ? rc
                   : db_exec(self, err, "INSERT INTO permissions (user, granted, refused, guardian) VALUES (?1, ?2, ?3, ?4) "
                                        "ON CONFLICT (user) DO UPDATE SET granted = excluded.granted, "
                                        "refused = excluded.refused, guardian = excluded.guardian",
                             "iiii", e->user, (int64_t)now.granted, (int64_t)now.refused, (int64_t)now.guardian);
}

int consents_count(struct store *self, struct consent_counts *out, struct error *err)
{
    sqlite3_stmt *s;
    *out = (struct consent_counts){.people = 0};
    int rc = db_int(self, err, &out->people, 0, "SELECT count(*) FROM permissions", "");
    rc = rc != 0 ? rc : db_int(self, err, &out->events, 0, "SELECT count(*) FROM consents", "");
    rc = rc != 0 ? rc : db_prepare(self, "SELECT granted, refused FROM permissions", &s, err);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++) {
            out->granted[i] += (sqlite3_column_int(s, 0) >> i) & 1;
            out->refused[i] += (sqlite3_column_int(s, 1) >> i) & 1;
        }
    }
    return rc < 0 ? rc : 0;
}
