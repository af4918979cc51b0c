/* backups: what lies in the workspace's backups/, and how long.
 *
 * Whatever somebody made by `reckon backup`, and what a restore kept, stays until somebody removes it.  Copies that were
 * made before a new schema nobody asked for, and nobody would remove: the newest `backups.migration-copies` stay, and
 * others until they are `backups.migration-days` old (settings); then they go, at the next new schema, erasure or run
 * of the retention, and the audit log says so. */
#ifndef RECKON_STORE_BACKUPS_H
#define RECKON_STORE_BACKUPS_H

#include "store/audit.h"
#include "store/store.h"

enum backup_kind { BACKUP_MADE, BACKUP_BEFORE_RESTORE, BACKUP_BEFORE_SCHEMA };
const char *backup_kind_name(enum backup_kind kind);

struct backup_entry {
    char name[256]; /* in backups/ */
    enum backup_kind kind;
    int64_t made, bytes;    /* with its models */
    int64_t database_bytes; /* what an erasure may have to write anew */
    int schema;        /* 0: not known */
    bool goes;         /* the rule is for it, and it is not one of the newest */
    int64_t kept_until; /* of one that goes */
};

struct backup_entries {
    struct backup_entry *list; /* newest first */
    size_t n, cap;
};

int backups_list(struct backup_entries *out, const char *workspace, struct error *err);
void backups_release(struct backup_entries *self); /* zeroed is fine */

/* Outside of a transaction: removes copies whose time has come, by the settings of the workspace; *removed (may be NULL):
 * how many. */
int backups_prune(struct store *self, const struct audit_actor *actor, int64_t now, int64_t *removed, struct error *err);

#endif
