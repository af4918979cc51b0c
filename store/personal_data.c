#include "store/personal_data.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "store/jobs.h"
#include "store/manifest.h"

#define NONE PERSONAL_NONE, REACH_NOTHING
#define OF_USER PERSONAL_PERSONAL, REACH_USER
#define DERIVED PERSONAL_DERIVED, REACH_RETRAIN

const struct personal_column personal_data_columns[] = {
    {"users", "user", OF_USER, "the integer that stands for a person; never used again"},
    {"identities", "identifier", PERSONAL_SUBJECT, REACH_IDENTIFIER, "the only home of direct identifiers"},
    {"identities", "user", OF_USER, ""},

    {"items", "item", NONE, ""},
    {"items", "identifier", NONE, "products"},
    {"items", "title", NONE, ""},
    {"attributes", "attribute", NONE, ""},
    {"attributes", "entity", NONE, ""},
    {"attributes", "name", NONE, "names of attributes, not their values"},
    {"attributes", "type", NONE, ""},
    {"attributes", "observed", NONE, ""},
    {"item_values", "attribute", NONE, ""},
    {"item_values", "item", NONE, ""},
    {"item_values", "value", NONE, ""},

    {"user_values", "user", OF_USER, ""},
    {"user_values", "attribute", OF_USER, ""},
    {"user_values", "value", PERSONAL_SENSITIVE, REACH_USER, "whatever the shop knows about a person"},

    {"kinds", "kind", NONE, ""},
    {"kinds", "name", NONE, ""},
    {"kinds", "weight", NONE, ""},

    {"sessions", "session", OF_USER, ""},
    {"sessions", "user", OF_USER, ""},
    {"sessions", "label", PERSONAL_SUBJECT, REACH_USER, "the source's name of a session, often a cookie"},
    {"words", "word", NONE, ""},
    {"words", "text", PERSONAL_PERSONAL, REACH_UNUSED, "channels and devices; a rare device may point at one person"},

    {"events", "user", OF_USER, ""},
    {"events", "time", OF_USER, ""},
    {"events", "event", OF_USER, ""},
    {"events", "item", OF_USER, ""},
    {"events", "kind", OF_USER, ""},
    {"events", "session", OF_USER, ""},
    {"events", "quantity", OF_USER, ""},
    {"events", "price", OF_USER, ""},
    {"events", "fingerprint", OF_USER, "a hash of the rest of the event"},

    {"event_context", "user", OF_USER, ""},
    {"event_context", "event", OF_USER, ""},
    {"event_context", "rating", OF_USER, ""},
    {"event_context", "dwell", OF_USER, ""},
    {"event_context", "channel", OF_USER, ""},
    {"event_context", "device", OF_USER, ""},
    {"event_context", "referrer", PERSONAL_SUBJECT, REACH_USER, "an address, as it came; may carry an identifier"},
    {"event_context", "position", OF_USER, ""},
    {"event_context", "attributes", PERSONAL_SUBJECT, REACH_USER, "free facts of an event, as they came"},

    {"counters", "name", NONE, ""},
    {"counters", "next", NONE, ""},

    {"imports", "import", NONE, ""},
    {"imports", "entity", NONE, ""},
    {"imports", "source", PERSONAL_SUBJECT, REACH_CONTENT, "a file's name, which may be a person's"},
    {"imports", "mapping", NONE, "which column is what"},
    {"imports", "started", NONE, ""},
    {"imports", "finished", NONE, ""},
    {"imports", "read", NONE, ""},
    {"imports", "added", NONE, ""},
    {"imports", "present", NONE, ""},
    {"imports", "skipped", NONE, ""},
    {"imports", "bad", NONE, ""},
    {"quarantine", "entry", NONE, ""},
    {"quarantine", "import", NONE, ""},
    {"quarantine", "file", PERSONAL_SUBJECT, REACH_CONTENT, "as imports.source"},
    {"quarantine", "line", NONE, ""},
    {"quarantine", "field", NONE, ""},
    {"quarantine", "reason", PERSONAL_SUBJECT, REACH_CONTENT, "may quote the value that was wrong"},
    {"quarantine", "raw", PERSONAL_SUBJECT, REACH_CONTENT, "a line as it came, identifiers and all"},

    {"api_keys", "key", NONE, ""},
    {"api_keys", "label", NONE, "names of programs that call the server"},
    {"api_keys", "roles", NONE, ""},
    {"api_keys", "hash", NONE, ""},
    {"api_keys", "created", NONE, ""},
    {"api_keys", "expires", NONE, ""},
    {"api_keys", "revoked", NONE, ""},
    {"posted_requests", "request", NONE, "a digest of who called and of the caller's own key; kept for two days"},
    {"posted_requests", "content", NONE, "a digest of a body, salted with what only the caller knows"},
    {"posted_requests", "at", NONE, ""},
    {"posted_requests", "added", NONE, ""},
    {"posted_requests", "present", NONE, ""},

    {"slates", "slate", OF_USER, "a random name; events carry it"},
    {"slates", "at", OF_USER, ""},
    {"slates", "user", OF_USER, "none where nobody was named, or nothing is stored of them"},
    {"slates", "scenario", OF_USER, ""},
    {"slates", "model", OF_USER, ""},
    {"slates", "items", OF_USER, "what somebody was recommended"},
    {"slates", "propensities", OF_USER, ""},
    {"slates", "experiment", OF_USER, ""},
    {"slates", "teams", OF_USER, ""},

    {"models", "model", NONE, ""},
    {"models", "name", NONE, ""},
    {"models", "version", NONE, ""},
    {"models", "kind", NONE, ""},
    {"models", "stage", NONE, ""},
    {"models", "created", NONE, ""},
    {"models", "file", NONE, ""},
    {"models", "checksum", DERIVED, "changes when one person more was learnt from"},
    {"models", "bytes", DERIVED, ""},
    {"models", "seed", NONE, ""},
    {"models", "params", NONE, ""},
    {"models", "data_from", DERIVED, "the time of somebody's event"},
    {"models", "data_to", DERIVED, "the time of somebody's event"},
    {"models", "data_events", DERIVED, ""},
    {"models", "data_users", DERIVED, ""},
    {"models", "data_items", DERIVED, ""},
    {"models", "data_digest", DERIVED, ""},
    {"models", "build", NONE, ""},
    {"models", "note", PERSONAL_SUBJECT, REACH_CONTENT, "what somebody wrote beside it"},
    {"models", "recipe", NONE, ""},
    {"models", "removed", NONE, ""},
    {"models", "left_out", NONE, "how many people were left out for want of consent"},
    {"model_metrics", "model", NONE, ""},
    {"model_metrics", "protocol", NONE, ""},
    {"model_metrics", "metric", NONE, ""},
    {"model_metrics", "value", DERIVED, "means over many people"},
    {"model_metrics", "low", DERIVED, ""},
    {"model_metrics", "high", DERIVED, ""},
    {"model_curves", "model", NONE, ""},
    {"model_curves", "series", NONE, ""},
    {"model_curves", "x_unit", NONE, ""},
    {"model_curves", "x", NONE, ""},
    {"model_curves", "y", DERIVED, "losses and means over many people"},
    {"model_stages", "change", NONE, ""},
    {"model_stages", "model", NONE, ""},
    {"model_stages", "at", NONE, ""},
    {"model_stages", "before", NONE, ""},
    {"model_stages", "after", NONE, ""},

    {"documents", "document", NONE, ""},
    {"documents", "kind", NONE, ""},
    {"documents", "name", NONE, ""},
    {"documents", "version", NONE, ""},
    {"documents", "created", NONE, ""},
    {"documents", "author", PERSONAL_SUBJECT, REACH_CONTENT, "who of the shop wrote it"},
    {"documents", "comment", PERSONAL_SUBJECT, REACH_CONTENT, "what somebody wrote beside it"},
    {"documents", "body", PERSONAL_SUBJECT, REACH_CONTENT, "rules and scenarios, which may name anything"},
    {"document_changes", "change", NONE, ""},
    {"document_changes", "kind", NONE, ""},
    {"document_changes", "name", NONE, ""},
    {"document_changes", "version", NONE, ""},
    {"document_changes", "at", NONE, ""},
    {"document_changes", "author", PERSONAL_SUBJECT, REACH_CONTENT, "as documents.author"},

    {"ledger_budgets", "budget", NONE, ""},
    {"ledger_budgets", "name", NONE, "what a budget is for"},
    {"ledger_budgets", "provider", NONE, ""},
    {"ledger_budgets", "model", NONE, ""},
    {"ledger_budgets", "team", NONE, "a team or agent of the shop"},
    {"ledger_budgets", "phase", NONE, ""},
    {"ledger_budgets", "period", NONE, ""},
    {"ledger_budgets", "soft_tokens", NONE, ""},
    {"ledger_budgets", "hard_tokens", NONE, ""},
    {"ledger_budgets", "soft_cost", NONE, ""},
    {"ledger_budgets", "hard_cost", NONE, ""},

    {"ledger_use", "budget", NONE, ""},
    {"ledger_use", "month", NONE, ""},
    {"ledger_use", "tokens", NONE, ""},
    {"ledger_use", "tokens_reserved", NONE, ""},
    {"ledger_use", "cost", NONE, ""},
    {"ledger_use", "cost_reserved", NONE, ""},

    {"charges", "charge", NONE, ""},
    {"charges", "at", NONE, ""},
    {"charges", "month", NONE, ""},
    {"charges", "provider", NONE, ""},
    {"charges", "model", NONE, ""},
    {"charges", "team", NONE, "as ledger_budgets.team"},
    {"charges", "phase", NONE, ""},
    {"charges", "purpose", NONE, ""},
    {"charges", "state", NONE, ""},
    {"charges", "job", NONE, ""},
    {"charges", "prompt", NONE, ""},
    {"charges", "cached", NONE, ""},
    {"charges", "completion", NONE, ""},
    {"charges", "cost", NONE, ""},

    {"descriptions", "description", NONE, ""},
    {"descriptions", "item", NONE, ""},
    {"descriptions", "collection", NONE, ""},
    {"descriptions", "state", NONE, ""},
    {"descriptions", "content", NONE, "texts about products"},
    {"descriptions", "template", NONE, ""},
    {"descriptions", "version", NONE, ""},
    {"descriptions", "language", NONE, ""},
    {"descriptions", "channel", NONE, ""},
    {"descriptions", "provider", NONE, ""},
    {"descriptions", "model", NONE, ""},
    {"descriptions", "digest", NONE, ""},
    {"descriptions", "prompt", NONE, "what was said of a product; no review, no person is in it"},
    {"descriptions", "findings", NONE, ""},
    {"descriptions", "charge", NONE, ""},
    {"descriptions", "parent", NONE, ""},
    {"descriptions", "created", NONE, ""},
    {"descriptions", "decided", NONE, ""},
    {"descriptions", "editor", PERSONAL_SUBJECT, REACH_CONTENT, "who of the shop decided"},
    {"descriptions", "note", PERSONAL_SUBJECT, REACH_CONTENT, "what somebody wrote beside it"},

    {"experiments", "experiment", NONE, ""},
    {"experiments", "name", NONE, ""},
    {"experiments", "state", NONE, ""},
    {"experiments", "design", NONE, "metrics, arms and plan; no person"},
    {"experiments", "created", NONE, ""},
    {"experiments", "started", NONE, ""},
    {"experiments", "stopped", NONE, ""},
    {"experiments", "coverage", NONE, ""},
    {"experiments", "weights", NONE, "shares of arms that a bandit has learnt"},
    {"experiments", "layer_from", NONE, ""},
    {"experiments", "layer_to", NONE, ""},
    {"experiment_changes", "change", NONE, ""},
    {"experiment_changes", "experiment", NONE, ""},
    {"experiment_changes", "at", NONE, ""},
    {"experiment_changes", "what", NONE, ""},
    {"experiment_changes", "detail", PERSONAL_SUBJECT, REACH_CONTENT, "why, as somebody wrote it"},
    {"rollouts", "experiment", NONE, ""},
    {"rollouts", "plan", NONE, "steps, and what must hold"},
    {"rollouts", "state", NONE, ""},
    {"rollouts", "since", NONE, ""},
    {"rollouts", "looked", NONE, ""},
    {"rollouts", "says", NONE, "counts and shares; no person"},
    {"bandit_models", "experiment", NONE, ""},
    {"bandit_models", "model", NONE, "regressions over all who were exposed; made anew from those who are left"},
    {"leases", "name", NONE, ""},
    {"leases", "holder", NONE, "a server's number"},
    {"leases", "until", NONE, ""},
    {"exposures", "experiment", OF_USER, ""},
    {"exposures", "user", OF_USER, ""},
    {"exposures", "variant", OF_USER, "which of the arms somebody met"},
    {"exposures", "time", OF_USER, ""},
    {"exposures", "propensity", OF_USER, ""},
    {"experiment_overrides", "experiment", OF_USER, ""},
    {"experiment_overrides", "user", OF_USER, ""},
    {"experiment_overrides", "variant", OF_USER, ""},

    {"jobs", "job", NONE, ""},
    {"jobs", "command", NONE, "without its arguments"},
    {"jobs", "process", NONE, ""},
    {"jobs", "started", NONE, ""},
    {"jobs", "ended", NONE, ""},
    {"jobs", "outcome", NONE, ""},
    {"jobs", "message", NONE, "never what was typed or read"},

    {"audit", "number", NONE, ""},
    {"audit", "entry", NONE, "who of the shop did what; never a customer"},
    {"audit", "chain", NONE, ""},
    {"cases", "number", NONE, ""},
    {"cases", "type", NONE, ""},
    {"cases", "regulation", NONE, ""},
    {"cases", "state", NONE, ""},
    {"cases", "received", NONE, ""},
    {"cases", "due", NONE, ""},
    {"cases", "closed", NONE, ""},
    {"cases", "people", NONE, "how many"},
    {"cases", "salt", NONE, "random; binds a certificate to the names that it is about"},
    {"cases", "sealed", NONE, "what is still to be looked for, encrypted; its key is destroyed with the case"},
    {"cases", "facts", NONE, "counts"},
    {"cases", "certificate", NONE, "counts, hashes and commitments"},
    {"suppressions", "digest", NONE, "a keyed hash of who must not come back; the key is not in the database"},
    {"suppressions", "number", NONE, ""},
    {"suppressions", "at", NONE, ""},
    {"holds", "hold", NONE, ""},
    {"holds", "digest", NONE, "a keyed hash"},
    {"holds", "kinds", NONE, ""},
    {"holds", "reason", PERSONAL_SUBJECT, REACH_CONTENT, "what somebody wrote"},
    {"holds", "since", NONE, ""},
    {"holds", "until", NONE, ""},
    {"holds", "released", NONE, ""},
    {"held_events", "hold", NONE, ""},
    {"held_events", "time", DERIVED, "of events that must be kept, cut off from whoever it was"},
    {"held_events", "item", DERIVED, ""},
    {"held_events", "kind", DERIVED, ""},
    {"held_events", "quantity", DERIVED, ""},
    {"held_events", "price", DERIVED, ""},

    {"consents", "entry", NONE, ""},
    {"consents", "user", OF_USER, ""},
    {"consents", "purpose", OF_USER, ""},
    {"consents", "state", OF_USER, ""},
    {"consents", "basis", OF_USER, ""},
    {"consents", "at", OF_USER, ""},
    {"consents", "recorded", OF_USER, ""},
    {"consents", "source", PERSONAL_SUBJECT, REACH_USER, "where it was given, as it was told"},
    {"consents", "policy", OF_USER, "the version of the text that they saw"},
    {"consents", "proof", PERSONAL_SUBJECT, REACH_USER, "what shows it: a reference, or a string of a consent platform"},
    {"permissions", "user", OF_USER, ""},
    {"permissions", "granted", OF_USER, ""},
    {"permissions", "refused", OF_USER, ""},
    {"permissions", "guardian", OF_USER, ""},
    {"subjects", "user", OF_USER, ""},
    {"subjects", "subject", OF_USER, "the same for all identifiers of one person"},
    {"subjects", "source", PERSONAL_SUBJECT, REACH_USER, "where the link is known from"},
    {"subjects", "evidence", PERSONAL_SUBJECT, REACH_USER, "what shows that they are one"},
    {"subjects", "at", OF_USER, ""},
    {"aliases", "digest", OF_USER, "a keyed hash of an e-mail address or a telephone number"},
    {"aliases", "user", OF_USER, ""},
    {"aliases", "kind", OF_USER, ""},
    {"aliases", "source", PERSONAL_SUBJECT, REACH_USER, "as subjects.source"},
    {"aliases", "evidence", PERSONAL_SUBJECT, REACH_USER, "as subjects.evidence"},
    {"aliases", "at", OF_USER, ""},
    {"case_steps", "step", NONE, ""},
    {"case_steps", "number", NONE, ""},
    {"case_steps", "at", NONE, ""},
    {"case_steps", "who", NONE, "of the shop"},
    {"case_steps", "action", NONE, ""},
    {"case_steps", "note", PERSONAL_SUBJECT, REACH_CONTENT, "what somebody wrote"},
    {"case_origins", "caller", NONE, "the number of a key"},
    {"case_origins", "request", NONE, "a hash of the caller's id of the request"},
    {"case_origins", "number", NONE, ""},
    {"callbacks", "callback", NONE, ""},
    {"callbacks", "number", NONE, ""},
    {"callbacks", "request", NONE, "a UUID of the caller"},
    {"callbacks", "url", PERSONAL_SUBJECT, REACH_CONTENT, "an address of the shop's that is told of a case"},
    {"callbacks", "told", NONE, ""},
    {"callbacks", "attempts", NONE, ""},
    {"callbacks", "next", NONE, ""},
    {"daily_counts", "day", NONE, ""},
    {"daily_counts", "item", NONE, ""},
    {"daily_counts", "kind", NONE, ""},
    {"daily_counts", "events", NONE, "counts over everybody; nothing leads to anyone"},
    {"daily_counts", "quantity", NONE, ""},
    {"retention", "place", NONE, ""},
    {"retention", "kind", NONE, ""},
    {"retention", "days", NONE, ""},
    {"retention", "count", NONE, ""},

    {"publications", "publication", NONE, ""},
    {"publications", "at", NONE, ""},
    {"publications", "data_set", NONE, ""},
    {"publications", "place", PERSONAL_SUBJECT, REACH_CONTENT, "a file's name, which may be a person's"},
    {"publications", "sha256", DERIVED, ""},
    {"publications", "rows", DERIVED, ""},
    {"publications", "people", DERIVED, ""},
    {"publications", "k", NONE, ""},
    {"privacy_budgets", "data_set", NONE, ""},
    {"privacy_budgets", "epsilon", NONE, ""},
    {"privacy_budgets", "delta", NONE, ""},
    {"privacy_budgets", "composition", NONE, ""},
    {"privacy_budgets", "since", NONE, ""},
    {"privacy_spends", "spend", NONE, ""},
    {"privacy_spends", "at", NONE, ""},
    {"privacy_spends", "data_set", NONE, ""},
    {"privacy_spends", "query", NONE, "which kind of question, of which column; no values"},
    {"privacy_spends", "epsilon", NONE, ""},
    {"privacy_spends", "delta", NONE, ""},
    {"privacy_spends", "rho", NONE, ""},

    {"sqlite_sequence", "name", NONE, "SQLite's own"},
    {"sqlite_sequence", "seq", NONE, ""},
    {0},
};

#define TEMP ".tmp-??????"
#define DATABASE PERSONAL_SUBJECT, REACH_TABLES
#define WHOLE_DATABASE PERSONAL_SUBJECT, REACH_REMOVE

const struct personal_file personal_data_files[] = {
    {STORE_FILE, DATABASE, "every table above"},
    {STORE_FILE "-wal", DATABASE, "pages as they were and are, until the log is emptied"},
    {STORE_FILE "-shm", NONE, "page numbers of the log"},
    {STORE_FILE "-journal", WHOLE_DATABASE, "while a new workspace is made"},
    {STORE_FILE ".new*", WHOLE_DATABASE, "left by an init or a restore that was killed"},
    {STORE_SETTINGS, NONE, ""},
    {STORE_SETTINGS TEMP, NONE, "left by a command that was killed"},
    {STORE_LOCK, NONE, "empty; which job runs"},
    {STORE_HISTORY, PERSONAL_SUBJECT, REACH_CONTENT, "what was typed at the prompt of `reckon shell`"},
    {".import-??????", PERSONAL_SUBJECT, REACH_REMOVE, "standard input, while it is imported; has no name but for a "
     "moment"},
    {STORE_MODELS "/*.safetensors", DERIVED, "items and what was learnt of them; no row for any person"},
    {STORE_MODELS "/*" TEMP, PERSONAL_DERIVED, REACH_REMOVE, "left by a command that was killed"},
    {"console-*.toml*", PERSONAL_SUBJECT, REACH_REMOVE, "what a user's console remembers: filters and command lines"},
    {STORE_KEYS "/*", NONE, "secrets, of the shop"},
    {"files/*", PERSONAL_SUBJECT, REACH_REMOVE, "what commands of the server read and wrote: anything"},
    {STORE_BACKUPS "/before-*.db", WHOLE_DATABASE, "the database before a new schema"},
    {STORE_BACKUPS "/before-*.db-journal", WHOLE_DATABASE, "while that is written"},
    {STORE_BACKUPS "/*/" STORE_FILE, WHOLE_DATABASE, "a backup; an erasure writes it anew"},
    {STORE_BACKUPS "/*/" STORE_FILE "-*", WHOLE_DATABASE, "while a backup is written, or the log of a damaged "
     "database"},
    {STORE_BACKUPS "/*/" MANIFEST_FILE "*", NONE, "names, sizes and checksums"},
    {STORE_BACKUPS "/*/" STORE_SETTINGS "*", NONE, ""},
    {STORE_BACKUPS "/*/" STORE_MODELS "/*", PERSONAL_DERIVED, REACH_REMOVE, ""},
    {0},
};

const struct personal_column *personal_data_column(const char *table, const char *column)
{
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++)
        if (strcmp(c->table, table) == 0 && strcmp(c->column, column) == 0)
            return c;
    return NULL;
}

const struct personal_file *personal_data_file(const char *path)
{
    for (const struct personal_file *f = personal_data_files; f->pattern != NULL; f++)
        if (fnmatch(f->pattern, path, FNM_PATHNAME) == 0)
            return f;
    return NULL;
}

const char *personal_class_name(enum personal_class holds)
{
    switch (holds) {
    case PERSONAL_NONE: return "none";
    case PERSONAL_DERIVED: return "derived";
    case PERSONAL_PERSONAL: return "personal";
    case PERSONAL_SENSITIVE: return "sensitive";
    case PERSONAL_SUBJECT: return "subject";
    }
    return "";
}

const char *personal_reach_name(enum personal_reach reach)
{
    switch (reach) {
    case REACH_NOTHING: return "";
    case REACH_USER: return "user";
    case REACH_IDENTIFIER: return "identifier";
    case REACH_CONTENT: return "content";
    case REACH_UNUSED: return "unused";
    case REACH_RETRAIN: return "retrain";
    case REACH_TABLES: return "tables";
    case REACH_REMOVE: return "remove";
    }
    return "";
}
