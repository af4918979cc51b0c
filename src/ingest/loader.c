#include "ingest/loader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ingest/riding.h"
#include "store/attributes.h"
#include "store/consents.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/suppressions.h"
#include "store/users.h"

enum { BATCH_TEXT = 16 << 20, CHUNK = 256 * 1024, VALUE_MAX = 64 * 1024 };

/* Text of a batch that must stay where it is until it is written. */
struct chunk {
    struct chunk *next;
    size_t used, cap;
    char data[];
};

struct loader {
    struct store *store;
    struct loader_options options;
    const struct spec *spec; /* of the file */
    char *name;              /* of the file */
    struct event_run *run;   /* of the file */
    int64_t import;
    struct import_counts file_counts;
    struct loader_counts counts;
    bool open;               /* a transaction is */
    bool ask, asked, may;    /* consent has to be asked about; who was asked about last, and what was answered */
    char asked_name[128];
    uint64_t batches, rows, committed_rows, batch_rows;

    struct event_record *records;
    uint32_t *context_of; /* of each record: place in contexts + 1, or 0 */
    size_t n_records, cap_records, cap_context_of;
    struct event_context *contexts;
    size_t n_contexts, cap_contexts;
    struct chunk *text;
    size_t text_n;
    struct riding riding;

    int64_t *attribute_ids; /* by place in the types; 0: not known yet */
    size_t cap_attribute_ids;
    struct str value; /* scratch */
};

int loader_new(struct loader **out, struct store *store, const struct loader_options *options, struct error *err)
{
    struct loader *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the import");
    self->store = store;
    self->options = *options;
    if (self->options.batch_rows == 0)
        self->options.batch_rows = LOADER_BATCH_ROWS;
    self->counts.first = INT64_MAX;
    self->counts.last = INT64_MIN;
    str_init(&self->value, VALUE_MAX * 2);
    int rc = riding_init(&self->riding) != 0 ? error_nomem(err, "the import") : store_set_writing(store, STORE_BULK, err);
    if (rc != 0)
        loader_free(self);
    else
        *out = self;
    return rc;
}

void loader_free(struct loader *self)
{
    if (self == NULL)
        return;
    if (self->open)
        store_rollback(self->store);
    store_set_writing(self->store, STORE_ROWS, NULL);
    event_run_free(self->run);
    riding_release(&self->riding);
    while (self->text != NULL) {
        struct chunk *next = self->text->next;
        mem_free(self->text);
        self->text = next;
    }
    str_release(&self->value);
    mem_free(self->name);
    mem_free(self->records);
    mem_free(self->context_of);
    mem_free(self->contexts);
    mem_free(self->attribute_ids);
    mem_free(self);
}

const struct loader_counts *loader_counts(const struct loader *self)
{
    return &self->counts;
}

uint64_t loader_committed_rows(const struct loader *self)
{
    return self->committed_rows;
}

int loader_open_batch(struct loader *self, struct error *err)
{
    if (self->open)
        return 0;
    int rc = store_begin(self->store, err);
    self->open = rc == 0;
    self->asked = false;
    if (rc == 0)
        rc = consents_needed(self->store, &self->ask, err);
    if (rc != 0)
        store_rollback(self->store); /* it may have begun before it failed */
    return rc;
}

/* A file that is called after somebody who was erased does not bring the name back. */
static int hide_name(struct loader *self, struct error *err)
{
    bool named;
    int rc = suppressions_named(self->store, self->name, strlen(self->name), &named, err);
    if (rc != 0 || !named)
        return rc;
    mem_free(self->name);
    self->name = mem_strdup("(not kept: it names somebody who was erased)");
    return self->name != NULL ? 0 : error_nomem(err, "the import");
}

int loader_begin_file(struct loader *self, const struct spec *spec, const char *name, const char *mapping,
                      struct error *err)
{
    self->spec = spec;
    mem_free(self->name);
    self->name = mem_strdup(name);
    event_run_free(self->run);
    self->run = NULL;
    self->file_counts = (struct import_counts){0};
    int rc = self->name != NULL ? hide_name(self, err) : error_nomem(err, name);
    if (rc == 0)
        rc = event_run_new(&self->run, self->store, err);
    if (rc == 0)
        rc = loader_open_batch(self, err);
    if (rc == 0)
        rc = imports_begin(self->store, spec_entity_name(spec->entity), self->name, mapping, self->options.now, &self->import,
                           err);
    return rc;
}

/* A NUL-terminated copy that stays until the batch is written; NULL: out of memory. */
static const char *keep_text(struct loader *self, const char *s, size_t n)
{
    struct chunk *c = self->text;
    if (c == NULL || c->cap - c->used < n + 1) {
        size_t cap = n + 1 > CHUNK ? n + 1 : CHUNK;
        c = mem_alloc(sizeof *c + cap, 1);
        if (c == NULL)
            return NULL;
        *c = (struct chunk){.next = self->text, .cap = cap};
        self->text = c;
    }
    char *to = c->data + c->used;
    memcpy(to, s, n);
    to[n] = '\0';
    c->used += n + 1;
    self->text_n += n + 1;
    return to;
}

static void forget_text(struct loader *self)
{
    struct chunk *keep = NULL;
    while (self->text != NULL) {
        struct chunk *next = self->text->next;
        if (keep == NULL && self->text->cap == CHUNK) {
            keep = self->text;
            keep->used = 0;
            keep->next = NULL;
        } else {
            mem_free(self->text);
        }
        self->text = next;
    }
    self->text = keep;
    self->text_n = 0;
}

static enum attribute_entity entity_of(enum spec_owner owner)
{
    return owner == OWNER_ITEM ? ATTRIBUTE_OF_ITEM : ATTRIBUTE_OF_USER;
}

static int attribute_id(struct loader *self, const struct types *types, size_t at, int64_t *id, struct error *err)
{
    if (at >= self->cap_attribute_ids) {
        size_t before = self->cap_attribute_ids;
        if (mem_grow((void **)&self->attribute_ids, &self->cap_attribute_ids, types->n,
                     sizeof *self->attribute_ids) != 0)
            return error_nomem(err, "the import");
        memset(self->attribute_ids + before, 0, (self->cap_attribute_ids - before) * sizeof *self->attribute_ids);
    }
    int rc = 0;
    if (self->attribute_ids[at] == 0) {
        rc = attributes_intern(self->store, entity_of(types->list[at].owner), types->list[at].name,
                               types->list[at].type, &self->attribute_ids[at], err);
        if (rc == 0 && self->spec->entity == SPEC_EVENTS && types->list[at].owner == OWNER_ITEM)
            rc = attributes_observe(self->store, self->attribute_ids[at], err);
    }
    *id = self->attribute_ids[at];
    return rc;
}

/* Writes one attribute of an item or user. */
static int set_attribute(struct loader *self, const struct types *types, size_t at, int64_t owner,
                         const struct field *f, bool collect, struct error *err)
{
    const struct type *t = &types->list[at];
    struct attribute_value value = {.text = f->text, .n = f->n};
    bool b = false;
    int64_t id = 0;
    if (t->type == ATTRIBUTE_NUMBER) {
        values_number(f->text, f->n, self->spec->decimal_comma, &value.number);
    } else if (t->type == ATTRIBUTE_BOOLEAN) {
        values_boolean(f->text, f->n, &b);
        value.number = b;
    } else if (t->type == ATTRIBUTE_LIST) {
        str_clear(&self->value);
        if (types_list_text(f, self->spec->list_separator, &self->value) != 0)
            return error_nomem(err, "the import");
        value.text = str_text(&self->value);
        value.n = self->value.len;
    }
    int rc = attribute_id(self, types, at, &id, err);
    if (rc == 0 && collect)
        return attributes_merge_list(self->store, entity_of(t->owner), owner, id, value.text, err);
    return rc != 0 ? rc : attributes_set(self->store, entity_of(t->owner), owner, id, t->type, &value, err);
}

static int write_riding(struct loader *self, const struct types *types, struct error *err)
{
    struct riding *r = &self->riding;
    for (size_t i = 0; i < r->n; i++) {
        const struct riding_value *v = &r->values[i];
        if (riding_is_known(r, v))
            continue;
        struct field f = {.text = r->text + v->at, .n = v->n, .type = (enum field_type)v->form};
        int rc = v->attribute == RIDING_TITLE ? items_set_title(self->store, v->owner, f.text, f.n, err)
                                              : set_attribute(self, types, v->attribute, v->owner, &f, v->collect, err);
        if (rc != 0)
            return rc;
    }
    riding_clear(r);
    return 0;
}

static int write_events(struct loader *self, struct error *err)
{
    uint64_t added, present;
    if (self->n_records == 0)
        return 0;
    for (size_t i = 0; i < self->n_records; i++)
        self->records[i].context = self->context_of[i] != 0 ? &self->contexts[self->context_of[i] - 1] : NULL;
    int rc = event_run_append(self->run, self->records, self->n_records, &added, &present, err);
    if (rc != 0)
        return rc;
    self->counts.events_added += added;
    self->counts.events_present += present;
    self->file_counts.added += (int64_t)added;
    self->file_counts.present += (int64_t)present;
    self->n_records = self->n_contexts = 0;
    forget_text(self);
    return 0;
}

/* Writes what is kept and commits, with the counts so far. */
static int commit_batch(struct loader *self, const struct types *types, bool finished, struct error *err)
{
    int rc = loader_open_batch(self, err);
    if (rc == 0)
        rc = write_events(self, err);
    if (rc == 0)
        rc = write_riding(self, types, err);
    if (rc == 0)
        rc = finished ? imports_finish(self->store, self->import, &self->file_counts, self->options.now, err)
                      : imports_progress(self->store, self->import, &self->file_counts, err);
    if (rc != 0)
        return rc;
    if (self->options.on_batch != NULL)
        self->options.on_batch(self->options.context, self->batches, false);
    rc = store_commit(self->store, err);
    if (rc != 0)
        return rc;
    self->open = false;
    self->committed_rows = self->rows;
    self->batch_rows = 0;
    if (self->options.on_batch != NULL)
        self->options.on_batch(self->options.context, self->batches, true);
    self->batches++;
    return 0;
}

/* Is the row about somebody who was erased?  It may be too bad to be sure who it is about: any of its words counts. */
static int is_suppressed(struct loader *self, const struct row *row, bool *out, struct error *err)
{
    int rc = suppressions_named(self->store, row->raw, row->raw_n, out, err);
    for (size_t i = 0; rc == 0 && !*out && i < row->n_fields; i++) {
        int64_t number = 0;
        if (row->fields[i].text != NULL)
            rc = suppressions_find(self->store, row->fields[i].text, row->fields[i].n, &number, err);
        *out = number != 0;
    }
    return rc;
}

/* Rows about events of somebody without consent to analytics are left out. */
static int is_withheld(struct loader *self, const struct field *f, bool *out, struct error *err)
{
    char name[512];
    int64_t user = 0;
    *out = false;
    if (!self->ask || f->n >= sizeof name)
        return 0;
    memcpy(name, f->text, f->n);
    name[f->n] = '\0';
    if (!self->asked || strcmp(self->asked_name, name) != 0) {
        int rc = users_lookup(self->store, name, &user, err);
        rc = rc != 0 ? rc : consents_may(self->store, user, CONSENT_ANALYTICS, &self->may, err);
        if (rc != 0)
            return rc;
        self->asked = f->n < sizeof self->asked_name;
        snprintf(self->asked_name, sizeof self->asked_name, "%.127s", name);
    }
    *out = !self->may;
    return 0;
}

static int hold_back(struct loader *self)
{
    self->counts.withheld++;
    self->file_counts.skipped++;
    return 0;
}

static int leave_out(struct loader *self)
{
    self->counts.suppressed++;
    self->file_counts.skipped++;
    return 0;
}

static int add_quarantine(struct loader *self, const struct scan *scan, struct error *err)
{
    const struct row *row = &scan->row;
    bool suppressed;
    int rc = is_suppressed(self, row, &suppressed, err);
    if (rc != 0 || suppressed)
        return rc != 0 ? rc : leave_out(self);
    struct quarantine_row q = {.import = self->import,
                               .line = (int64_t)row->line,
                               .file = self->name,
                               .field = scan->fault.field,
                               .reason = scan->fault.reason,
                               .raw = row->raw,
                               .raw_n = row->raw_n < ROW_RAW_KEPT ? row->raw_n : ROW_RAW_KEPT};
    self->counts.bad++;
    self->file_counts.bad++;
    return quarantine_add(self->store, &q, err);
}

/* The JSON object of an event's own attributes, names in order; "" when there are none. */
static int event_attributes(struct loader *self, const struct scan *scan)
{
    const struct mapping *m = scan->mapping;
    str_clear(&self->value);
    for (size_t i = 0; i < m->n_attributes && m->attributes[i].owner == OWNER_EVENT; i++) {
        const struct mapping_attribute *a = &m->attributes[i];
        struct field f = validator_attribute(&scan->row, a);
        double number;
        bool b;
        if (f.text == NULL)
            continue;
        str_putc(&self->value, self->value.len == 0 ? '{' : ',');
        text_json_string(&self->value, a->name, strlen(a->name));
        str_putc(&self->value, ':');
        if (a->typed && a->type == ATTRIBUTE_NUMBER && values_number(f.text, f.n, self->spec->decimal_comma, &number))
            str_printf(&self->value, "%.17g", number);
        else if (a->typed && a->type == ATTRIBUTE_BOOLEAN && values_boolean(f.text, f.n, &b))
            str_puts(&self->value, b ? "true" : "false");
        else if (f.type == FIELD_LIST || (a->typed && a->type == ATTRIBUTE_LIST))
            types_list_text(&f, self->spec->list_separator, &self->value);
        else if (f.type == FIELD_NUMBER || f.type == FIELD_BOOL)
            str_append(&self->value, f.text, f.n);
        else
            text_json_string(&self->value, f.text, f.n);
    }
    return self->value.len > 0 ? str_putc(&self->value, '}') : 0;
}

static int intern_word(struct loader *self, const struct field *f, int64_t *word, struct error *err)
{
    return f->text == NULL ? 0 : words_intern(self->store, f->text, f->n, word, err);
}

/* The context of the event, if it has one: *at is its place + 1, or 0. */
static int take_context(struct loader *self, const struct scan *scan, uint32_t *at, struct error *err)
{
    const struct record *r = &scan->record;
    const struct mapping *m = scan->mapping;
    const struct field *referrer = &r->text[FIELD_REFERRER];
    struct event_context c = {.rating = r->rating, .dwell_ms = r->dwell_ms, .position = r->position};
    *at = 0;
    self->value.len = 0;
    bool has_own = m->n_attributes > 0 && m->attributes[0].owner == OWNER_EVENT;
    if (has_own && event_attributes(self, scan) != 0)
        return error_nomem(err, "the import");
    int rc = intern_word(self, &r->text[FIELD_CHANNEL], &c.channel, err);
    if (rc == 0)
        rc = intern_word(self, &r->text[FIELD_DEVICE], &c.device, err);
    if (rc != 0)
        return rc;
    bool has_attributes = has_own && self->value.len > 0;
    if (isnan(c.rating) && c.dwell_ms < 0 && c.position < 0 && c.channel == 0 && c.device == 0 &&
        referrer->text == NULL && !has_attributes)
        return 0;
    if (referrer->text != NULL && (c.referrer = keep_text(self, referrer->text, referrer->n)) == NULL)
        return error_nomem(err, "the import");
    if (has_attributes && (c.attributes = keep_text(self, str_text(&self->value), self->value.len)) == NULL)
        return error_nomem(err, "the import");
    if (mem_grow((void **)&self->contexts, &self->cap_contexts, self->n_contexts + 1, sizeof c) != 0)
        return error_nomem(err, "the import");
    self->contexts[self->n_contexts++] = c;
    *at = (uint32_t)self->n_contexts;
    return 0;
}

static int push_record(struct loader *self, const struct event_record *record, uint32_t context, struct error *err)
{
    size_t need = self->n_records + 1;
    if (mem_grow((void **)&self->records, &self->cap_records, need, sizeof *record) != 0 ||
        mem_grow((void **)&self->context_of, &self->cap_context_of, need, sizeof *self->context_of) != 0)
        return error_nomem(err, "the import");
    self->records[self->n_records] = *record;
    self->context_of[self->n_records++] = context;
    if (record->time < self->counts.first)
        self->counts.first = record->time;
    if (record->time > self->counts.last)
        self->counts.last = record->time;
    return 0;
}

static int intern_user(struct loader *self, const struct field *f, int64_t *user, struct error *err)
{
    bool added = false;
    int rc = users_intern(self->store, f->text, f->n, user, &added, err);
    self->counts.new_users += rc == 0 && added;
    return rc;
}

static int intern_item(struct loader *self, const struct field *f, int64_t *item, struct error *err)
{
    bool added = false;
    int rc = items_intern(self->store, f->text, f->n, item, &added, err);
    self->counts.new_items += rc == 0 && added;
    return rc;
}

/* Title and attributes on an event line go to its item and its user; a list there grows by what each line says. */
static int take_riding(struct loader *self, const struct scan *scan, int64_t user, int64_t item, struct error *err)
{
    const struct mapping *m = scan->mapping;
    const struct field *title = &scan->record.text[FIELD_TITLE];
    if (title->text != NULL && riding_put(&self->riding, item, RIDING_TITLE, title->text, title->n, FIELD_TEXT, 0) != 0)
        return error_nomem(err, "the import");
    for (size_t i = 0; i < m->n_attributes; i++) {
        const struct mapping_attribute *a = &m->attributes[i];
        if (a->owner == OWNER_EVENT)
            continue;
        struct field f = validator_attribute(&scan->row, a);
        if (f.text != NULL && riding_put(&self->riding, a->owner == OWNER_ITEM ? item : user, (uint32_t)a->of_types,
                                         f.text, f.n, (uint8_t)f.type,
                                         scan->types->list[a->of_types].type == ATTRIBUTE_LIST) != 0)
            return error_nomem(err, "the import");
    }
    return 0;
}

static int add_event(struct loader *self, const struct scan *scan, struct error *err)
{
    const struct record *r = &scan->record;
    const struct field *session = &r->text[FIELD_SESSION], *id = &r->text[FIELD_ID];
    struct event_record e = {.time = r->time, .quantity = r->quantity, .price = r->price};
    uint32_t context = 0;
    int rc = intern_user(self, &r->text[FIELD_USER], &e.user, err);
    if (rc == 0)
        rc = intern_item(self, &r->text[FIELD_ITEM], &e.item, err);
    if (rc == 0)
        rc = kinds_intern(self->store, r->text[FIELD_KIND].text, r->text[FIELD_KIND].n, &e.kind, err);
    if (rc == 0 && session->text != NULL)
        rc = sessions_intern(self->store, e.user, session->text, session->n, &e.session, err);
    if (rc == 0 && id->text != NULL && (e.id = keep_text(self, id->text, id->n)) == NULL)
        rc = error_nomem(err, "the import");
    if (rc == 0)
        rc = take_context(self, scan, &context, err);
    if (rc == 0)
        rc = take_riding(self, scan, e.user, e.item, err);
    return rc != 0 ? rc : push_record(self, &e, context, err);
}

/* A line of a sequence file: an event for each item, a second apart. */
static int add_sequence(struct loader *self, const struct scan *scan, struct error *err)
{
    const struct record *r = &scan->record;
    struct event_record e = {.quantity = (double)NAN, .price = (double)NAN, .time = self->spec->sequence_start};
    int rc = intern_user(self, &r->text[FIELD_USER], &e.user, err);
    if (rc == 0)
        rc = kinds_intern(self->store, r->text[FIELD_KIND].text, r->text[FIELD_KIND].n, &e.kind, err);
    for (size_t i = 1; rc == 0 && i < scan->row.n_fields; i++, e.time += 1000) {
        rc = intern_item(self, &scan->row.fields[i], &e.item, err);
        if (rc == 0)
            rc = push_record(self, &e, 0, err);
    }
    return rc;
}

/* A row about an item or a user: written at once, there is nothing to put together. */
static int add_thing(struct loader *self, const struct scan *scan, struct error *err)
{
    const struct mapping *m = scan->mapping;
    const struct record *r = &scan->record;
    bool items = self->spec->entity == SPEC_ITEMS;
    uint64_t before = self->counts.new_items + self->counts.new_users;
    int64_t owner;
    int rc = items ? intern_item(self, &r->text[FIELD_ITEM], &owner, err)
                   : intern_user(self, &r->text[FIELD_USER], &owner, err);
    if (rc == 0 && items && r->text[FIELD_TITLE].text != NULL)
        rc = items_set_title(self->store, owner, r->text[FIELD_TITLE].text, r->text[FIELD_TITLE].n, err);
    for (size_t i = 0; rc == 0 && i < m->n_attributes; i++) {
        struct field f = validator_attribute(&scan->row, &m->attributes[i]);
        if (f.text != NULL)
            rc = set_attribute(self, scan->types, m->attributes[i].of_types, owner, &f, false, err);
    }
    bool added = self->counts.new_items + self->counts.new_users > before;
    self->counts.events_added += added;
    self->counts.events_present += !added;
    self->file_counts.added += added;
    self->file_counts.present += !added;
    return rc;
}

int loader_add(struct loader *self, const struct scan *scan, enum verdict verdict, struct error *err)
{
    bool withheld = false;
    int rc = loader_open_batch(self, err);
    if (rc != 0)
        return rc;
    self->rows++;
    self->batch_rows++;
    self->file_counts.read++;
    if (verdict == VERDICT_CLEANED) {
        self->counts.cleaned++;
        self->file_counts.skipped++;
    } else if (verdict == VERDICT_BAD) {
        rc = add_quarantine(self, scan, err);
    } else if (self->spec->entity == SPEC_EVENTS &&
               ((rc = is_withheld(self, &scan->record.text[FIELD_USER], &withheld, err)) != 0 || withheld)) {
        rc = rc != 0 ? rc : hold_back(self);
    } else if (self->spec->entity != SPEC_EVENTS) {
        rc = add_thing(self, scan, err);
    } else if (scan->mapping->format == READER_SEQUENCE) {
        rc = add_sequence(self, scan, err);
    } else {
        rc = add_event(self, scan, err);
    }
    if (rc == E_REFUSED) /* users_intern: nothing of the row was stored */
        rc = leave_out(self);
    bool full = self->batch_rows >= self->options.batch_rows || self->n_records >= LOADER_BATCH_ROWS * 2 ||
                self->text_n + self->riding.text_n >= BATCH_TEXT;
    if (rc == 0 && full)
        rc = commit_batch(self, scan->types, false, err);
    return rc;
}

int loader_end_file(struct loader *self, const struct types *types, struct error *err)
{
    return commit_batch(self, types, true, err);
}
