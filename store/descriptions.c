#include "store/descriptions.h"

#include <string.h>

#include "store/db.h"

static const char *const state_names[DESCRIPTION_STATES] = {
    [DESCRIPTION_REVIEW] = "review", [DESCRIPTION_APPROVED] = "approved", [DESCRIPTION_PUBLISHED] = "published",
    [DESCRIPTION_REPLACED] = "replaced", [DESCRIPTION_REJECTED] = "rejected"};

const char *description_state_name(enum description_state state)
{
    return state_names[state];
}

bool description_state_find(const char *name, enum description_state *out)
{
    for (int i = 0; i < DESCRIPTION_STATES; i++)
        if (strcmp(state_names[i], name) == 0) {
            *out = (enum description_state)i;
            return true;
        }
    return false;
}

/* What is published of an item in a collection, in that language and for that channel, is so no more. */
static int replace(struct store *self, int64_t item, const char *collection, const char *language, const char *channel,
                   struct error *err)
{
    return db_exec(self, err,
                   "UPDATE descriptions SET state = 'replaced' WHERE item = ?1 AND collection = ?2 AND language = ?3 AND "
                   "channel = ?4 AND state = 'published'",
                   "ittt", item, collection, language, channel);
}

/* What stands where this text shall stand. */
static int replace_for(struct store *self, int64_t description, struct error *err)
{
    return db_exec(self, err,
                   "UPDATE descriptions SET state = 'replaced' WHERE state = 'published' AND "
                   "(item, collection, language, channel) = "
                   "(SELECT item, collection, language, channel FROM descriptions WHERE description = ?1)",
                   "i", description);
}

int descriptions_add(struct store *self, struct description *d, struct error *err)
{
    int rc = d->state == DESCRIPTION_PUBLISHED
                 ? replace(self, d->item, d->collection, d->language, d->channel, err) : 0;
    if (rc == 0)
        rc = db_exec(self, err,
                     "INSERT INTO descriptions (item, collection, state, content, template, version, language, channel, "
                     "provider, model, digest, prompt, findings, charge, parent, created, decided, editor, note) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, nullif(?14, 0), nullif(?15, 0), ?16, "
                     "nullif(?17, 0), ?18, ?19)",
                     "itttti" "ttttttt" "iiiitt", d->item, d->collection, state_names[d->state], d->content, d->template,
                     d->version, d->language, d->channel, d->provider, d->model, d->digest, d->prompt, d->findings,
                     d->charge, d->parent, d->created, d->decided, d->editor != NULL ? d->editor : "",
                     d->note != NULL ? d->note : "");
    d->description = sqlite3_last_insert_rowid(self->db);
    return rc;
}

#define SELECT \
    "SELECT d.description, d.item, d.version, ifnull(d.charge, 0), ifnull(d.parent, 0), d.created, ifnull(d.decided, 0), " \
    "d.state, i.identifier, ifnull(i.title, ''), d.collection, d.template, d.language, d.channel, d.provider, d.model, " \
    "d.digest, d.content, d.prompt, d.findings, d.editor, d.note, ifnull(c.cost, 0) " \
    "FROM descriptions d JOIN items i ON i.item = d.item LEFT JOIN charges c ON c.charge = d.charge "

static void read_row(sqlite3_stmt *s, struct description *out)
{
    *out = (struct description){
        .description = sqlite3_column_int64(s, 0), .item = sqlite3_column_int64(s, 1), .version = sqlite3_column_int64(s, 2),
        .charge = sqlite3_column_int64(s, 3), .parent = sqlite3_column_int64(s, 4), .created = sqlite3_column_int64(s, 5),
        .decided = sqlite3_column_int64(s, 6), .identifier = db_text(s, 8), .title = db_text(s, 9),
        .collection = db_text(s, 10), .template = db_text(s, 11), .language = db_text(s, 12), .channel = db_text(s, 13),
        .provider = db_text(s, 14), .model = db_text(s, 15), .digest = db_text(s, 16), .content = db_text(s, 17),
        .prompt = db_text(s, 18), .findings = db_text(s, 19), .editor = db_text(s, 20), .note = db_text(s, 21),
        .cost = sqlite3_column_int64(s, 22)};
    description_state_find(db_text(s, 7), &out->state);
}

/* Hands out the rows of a bound statement and finishes it; *n counts them. */
static int hand_out(struct store *self, sqlite3_stmt *s, descriptions_fn fn, void *context, int64_t *n, struct error *err)
{
    int rc = 0, told = 0;
    *n = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct description d;
        read_row(s, &d);
        told = fn(context, &d);
        ++*n;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

static int not_found(int64_t description, struct error *err)
{
    error_set(err, E_NOT_FOUND, "descriptions", "there is no text %lld", (long long)description);
    return error_hint(err, E_NOT_FOUND, "`reckon describe list` shows them with their numbers");
}

int descriptions_find(struct store *self, int64_t description, descriptions_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    int rc = db_prepare(self, SELECT "WHERE d.description = ?1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", description) : rc;
    rc = rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
    return rc == 0 && n == 0 ? not_found(description, err) : rc;
}

int descriptions_each(struct store *self, const struct descriptions_wish *wish, descriptions_fn fn, void *context,
                      struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    const char *state = wish->state < DESCRIPTION_STATES ? state_names[wish->state] : NULL;
    int rc;
    /* each by the index that it has */
    if (wish->item != 0)
        rc = db_prepare(self, SELECT "WHERE d.item = ?3 AND ifnull(?1, d.collection) = d.collection AND "
                              "ifnull(?2, d.state) = d.state ORDER BY d.description DESC LIMIT ?4", &s, err);
    else if (state != NULL)
        rc = db_prepare(self, SELECT "WHERE d.state = ?2 AND ifnull(?1, d.collection) = d.collection AND ?3 = 0 "
                              "ORDER BY d.description DESC LIMIT ?4", &s, err);
    else
        rc = db_prepare(self, SELECT "WHERE ifnull(?1, d.collection) = d.collection AND ?2 IS NULL AND ?3 = 0 "
                              "ORDER BY d.description DESC LIMIT ?4", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ttii", wish->collection, state, wish->item,
                           wish->limit > 0 ? wish->limit : INT64_MAX) : rc;
    return rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
}

int descriptions_current(struct store *self, const char *collection, descriptions_content_fn fn, void *context,
                         struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT item, content FROM descriptions WHERE state IN ('review', 'approved', 'published') AND "
                        "collection = ?1 ORDER BY description", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "t", collection) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1));
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int descriptions_same(struct store *self, int64_t item, const char *collection, const char *digest, int64_t *description,
                      struct error *err)
{
    return db_int(self, err, description, 0,
                  "SELECT description FROM descriptions WHERE digest = ?3 AND item = ?1 AND collection = ?2 AND "
                  "state <> 'rejected' ORDER BY description DESC LIMIT 1",
                  "itt", item, collection, digest);
}

/* ---- decisions ------------------------------------------------------------------------------------------- */

static int take_state(void *context, const struct description *d)
{
    *(enum description_state *)context = d->state;
    return 0;
}

static bool reachable(enum description_state from, enum description_state to)
{
    switch (to) {
    case DESCRIPTION_APPROVED:
        return from == DESCRIPTION_REVIEW || from == DESCRIPTION_REJECTED;
    case DESCRIPTION_PUBLISHED:
        return from != DESCRIPTION_PUBLISHED && from != DESCRIPTION_REJECTED;
    case DESCRIPTION_REJECTED:
        return from == DESCRIPTION_REVIEW || from == DESCRIPTION_APPROVED || from == DESCRIPTION_PUBLISHED;
    case DESCRIPTION_REPLACED:
        return from == DESCRIPTION_PUBLISHED;
    case DESCRIPTION_REVIEW:
        return from == DESCRIPTION_APPROVED;
    case DESCRIPTION_STATES:
        break;
    }
    return false;
}

int descriptions_decide(struct store *self, int64_t description, enum description_state state, const char *editor,
                        const char *note, int64_t now, struct error *err)
{
    enum description_state before = DESCRIPTION_STATES;
    int rc = descriptions_find(self, description, take_state, &before, err);
    if (rc != 0)
        return rc;
    if (!reachable(before, state))
        return error_set(err, E_CONFLICT, "descriptions", "text %lld is %s and cannot become %s", (long long)description,
                         state_names[before], state_names[state]);
    rc = state == DESCRIPTION_PUBLISHED ? replace_for(self, description, err) : 0;
    return rc != 0 ? rc : db_exec(self, err,
                   "UPDATE descriptions SET state = ?2, editor = ?3, note = ifnull(?4, note), decided = ?5 "
                   "WHERE description = ?1",
                   "ittti", description, state_names[state], editor, note, now);
}

int descriptions_rollback(struct store *self, int64_t item, const struct description_place *place, const char *editor,
                          int64_t now, int64_t *back, struct error *err)
{
    int rc = db_int(self, err, back, 0,
                    "SELECT description FROM descriptions WHERE item = ?1 AND collection = ?2 AND "
                    "language = ifnull(?3, language) AND channel = ifnull(?4, channel) AND state = 'replaced' "
                    "ORDER BY decided DESC, description DESC LIMIT 1",
                    "ittt", item, place->collection, place->language, place->channel);
    if (rc == 0 && *back == 0)
        return error_set(err, E_NOT_FOUND, place->collection, "nothing was published of this item before");
    rc = rc != 0 ? rc : replace_for(self, *back, err);
    return rc != 0 ? rc : db_exec(self, err,
                   "UPDATE descriptions SET state = 'published', editor = ?2, decided = ?3 WHERE description = ?1", "iti",
                   *back, editor, now);
}

int descriptions_counts(struct store *self, description_counts_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT collection, sum(state = 'review'), sum(state = 'approved'), sum(state = 'published'), "
                        "sum(state = 'replaced'), sum(state = 'rejected') FROM descriptions GROUP BY 1 ORDER BY 1", &s, err);
    if (rc != 0)
        return rc;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        int64_t n[DESCRIPTION_STATES];
        for (int i = 0; i < DESCRIPTION_STATES; i++)
            n[i] = sqlite3_column_int64(s, i + 1);
        told = fn(context, db_text(s, 0), n);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}
