/* The route table. */
#include "serve/admin.h"
#include "serve/handlers.h"

#define CONSENT_CHOICES "analytics|personalisation|experiments|marketing|descriptions|sale|sensitive|processing"

#define FIELD(name, type, flags, min, max, help) {name, type, flags, min, max, NULL, NULL, help}
#define CHOICE(name, flags, choices, help) {name, SHAPE_TEXT, flags, 0, 0, choices, NULL, help}
#define LIST(name, flags, min, max, of, help) {name, SHAPE_LIST, flags, min, max, NULL, of, help}
#define OBJECT(name, flags, of, help) {name, SHAPE_OBJECT, flags, 0, 0, NULL, of, help}
#define END {0}

/* Bodies. */

static const struct shape one_id = FIELD("", SHAPE_ID, 0, 0, 0, "");
static const struct shape one_name = FIELD("", SHAPE_TEXT, 0, 1, 63, "");

static const struct shape event_body[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "who"),
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "what with"),
    FIELD("kind", SHAPE_WORD, 0, 0, 0, "view (when absent), click, add_to_cart, purchase, or any other word"),
    FIELD("time", SHAPE_TIME, 0, 0, 0, "when; now when absent"),
    FIELD("id", SHAPE_ID, 0, 0, 0,
          "the caller's own id of the event; with its time it is known by it when it is sent again"),
    FIELD("quantity", SHAPE_REAL, 0, -1e6, 1e6, ""),
    FIELD("price", SHAPE_REAL, 0, -1e9, 1e9, "of one"),
    FIELD("rating", SHAPE_REAL, 0, -1e9, 1e9, ""),
    FIELD("dwell", SHAPE_REAL, 0, 0, 2592000, "seconds"),
    FIELD("session", SHAPE_ID, 0, 0, 0, ""),
    FIELD("channel", SHAPE_TEXT, 0, 1, 64, ""),
    FIELD("device", SHAPE_TEXT, 0, 1, 64, ""),
    FIELD("referrer", SHAPE_TEXT, 0, 1, 2048, ""),
    FIELD("position", SHAPE_INT, 0, 0, 1000000, "in the list in which the item was shown, from 0"),
    FIELD("slate", SHAPE_ID, 0, 0, 0, "the slate that the item came from: who clicked or bought what it showed"),
    FIELD("attributes", SHAPE_ATTRIBUTES, 0, 0, 0, "anything else that is known of the event"),
    END,
};

static const struct shape one_purpose = CHOICE("", 0, CONSENT_CHOICES, "");
#define CONSENT_FIELDS                                                                                             \
    LIST("grant", 0, 0, 16, &one_purpose, "purposes that they agree to"),                                          \
    LIST("withdraw", 0, 0, 16, &one_purpose, "purposes that they refuse, or take back"),                           \
    FIELD("tcf", SHAPE_TEXT, 0, 1, 2000, "instead of both: a string of IAB TCF v2; its purposes become reckon's"), \
    FIELD("basis", SHAPE_WORD, 0, 0, 0, "lawful basis; consent when absent"),                                      \
    FIELD("time", SHAPE_TIME, 0, 0, 0, "when they said so; now when absent"),                                      \
    FIELD("policy", SHAPE_TEXT, 0, 0, 64, "version of the text that they saw"),                                    \
    FIELD("proof", SHAPE_TEXT, 0, 0, 2000, "what shows it: a reference of the consent platform")
static const struct shape consent_body[] = {FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "who"), CONSENT_FIELDS, END};
static const struct shape put_consent_body[] = {CONSENT_FIELDS, END};

static const struct shape identity_body[] = {
    FIELD("by", SHAPE_TEXT, SHAPE_REQUIRED, 1, 100, "who vouches: a system, an employee; not the person's name"),
    FIELD("how", SHAPE_TEXT, 0, 1, 150, "how it was checked, as in: signed in with a second factor"),
    END,
};
static const struct shape request_body[] = {
    FIELD("subject", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "who asks: any identifier of theirs"),
    CHOICE("type", SHAPE_REQUIRED, "access|portability|erase|rectify|restrict|object|opt-out|limit", "what for"),
    CHOICE("regulation", 0, "gdpr|ccpa", "under which law: a month, or 45 days; gdpr when absent"),
    FIELD("received", SHAPE_TIME, 0, 0, 0, "when it came; now when absent"),
    FIELD("request", SHAPE_WORD, 0, 0, 0, "the caller's own id of it: sent again, it is the same case"),
    FIELD("note", SHAPE_TEXT, 0, 0, 2000, "for the file; without names"),
    FIELD("set", SHAPE_ATTRIBUTES, 0, 0, 0, "of rectify: what is right; null takes away"),
    OBJECT("identity", 0, identity_body, "that the person is who they say; without it the case waits until somebody vouches"),
    END,
};
static const struct shape extend_body[] = {
    FIELD("reason", SHAPE_TEXT, SHAPE_REQUIRED, 1, 2000, "which whoever asked was told"), END};
static const struct shape close_body[] = {
    FIELD("refused", SHAPE_BOOL, 0, 0, 0, "it was not done"),
    FIELD("note", SHAPE_TEXT, SHAPE_REQUIRED, 1, 2000, "what was answered, or on which ground it was refused; without names"),
    END,
};
static const struct shape requests_query[] = {
    FIELD("open", SHAPE_BOOL, 0, 0, 0, "true: only those that are not closed"),
    FIELD("limit", SHAPE_INT, 0, 1, 1000, "at most so many; 100 when absent"),
    END,
};

static const struct shape item_body[] = {
    FIELD("title", SHAPE_TEXT, 0, 0, 4096, ""),
    FIELD("attributes", SHAPE_ATTRIBUTES, 0, 0, 0, "those named are set, those that are null taken away, others stay"),
    END,
};

static const struct shape user_body[] = {
    FIELD("attributes", SHAPE_ATTRIBUTES, 0, 0, 0, "those named are set, those that are null taken away, others stay"),
    END,
};

static const struct shape context_body[] = {
    FIELD("page", SHAPE_TEXT, 0, 0, 256, "where the slate will be shown; rules may ask for it"),
    FIELD("item", SHAPE_ID, 0, 0, 0, "the item in view"),
    LIST("cart", 0, 0, 200, &one_id, "items in the cart"),
    LIST("session", 0, 0, 200, &one_id, "items met in this session, oldest first"),
    END,
};

static const struct shape limit_body[] = {
    FIELD("attribute", SHAPE_TEXT, SHAPE_REQUIRED, 1, 63, "of items; those that lack it are not limited"),
    FIELD("k", SHAPE_INT, SHAPE_REQUIRED, 1, 1000, "items of each of its values"),
    END,
};
static const struct shape one_limit = OBJECT("", 0, limit_body, "");

#define N_FIELD FIELD("n", SHAPE_INT, 0, 1, 1000, "items wanted; the setting recommend.n when absent")
#define MODEL_FIELD FIELD("model", SHAPE_TEXT, 0, 1, 90, "NAME or NAME@VERSION; the one that serves when absent")
#define MODE_FIELD                       \
    CHOICE("mode", 0, "repeat|discover", \
           "may items that the user already has be recommended; the setting recommend.mode when absent")
#define FILTER_FIELD \
    FIELD("filter", SHAPE_TEXT, 0, 0, 4096, "which items may be shown, as in price<20 and country=France")
#define EXCLUDE_FIELD LIST("exclude", 0, 0, 1000, &one_id, "items that must not be shown")
#define ATTRIBUTES_FIELD LIST("attributes", 0, 0, 50, &one_name, "attributes of each item to answer with")
#define REASONS_FIELD FIELD("reasons", SHAPE_BOOL, 0, 0, 0, "false: without reasons, which is faster")

static const struct shape description_body[] = {
    FIELD("collection", SHAPE_TEXT, 0, 1, 63, "of published texts; default when absent"),
    FIELD("language", SHAPE_TEXT, 0, 1, 63, "as the texts' templates name it; that of most of them when absent"),
    FIELD("channel", SHAPE_TEXT, 0, 1, 63, "in the same way"),
    END,
};
#define DESCRIPTION_FIELD                                                                                           \
    OBJECT("description", 0, description_body,                                                                      \
           "answer with the published text of each item that has one; the arm of an experiment may name the collection")

static const struct shape captions_body[] = {
    FIELD("language", SHAPE_WORD, 0, 0, 0, "of the sentences, as in en; the first of the setting describe.caption-languages when absent"),
    END,
};
#define CAPTIONS_FIELD                                                                                               \
    OBJECT("captions", 0, captions_body,                                                                             \
           "answer with a sentence for each item that says why it is recommended; never waited for")

#define SCENARIO_FIELDS                                                                                            \
    FIELD("scenario", SHAPE_TEXT, 0, 1, 63,                                                                        \
          "the place of the shop that the slate is for: its model, rules and defaults; what the request says wins"), \
    FIELD("rules", SHAPE_TEXT, 0, 1, 63, "the rule set to go by, or none; the scenario's, or default, when absent")

#define FRESH_FIELD                                                                                                \
    FIELD("fresh", SHAPE_REAL, 0, 0, 1,                                                                            \
          "share of the slots for new items, drawn at random by their descriptions; what is new: the setting "          \
          "recommend.fresh-days")

#define RANKING_FIELDS                                                                                              \
    FIELD("diversity", SHAPE_REAL, 0, 0, 1,                                                                         \
          "how much being unlike the items before it counts for an item, beside its rank"),                        \
    LIST("limit_per", 0, 0, 8, &one_limit, "at most so many items of each brand, say")

#define EXPERIMENT_FIELD                                                                                            \
    FIELD("experiment", SHAPE_TEXT, 0, 1, 63,                                                                       \
          "that the user takes part in: the arm says which model, scenario or rules answer; an experiment on the " \
          "scenario needs no name")

static const struct shape assign_body[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "who"),
    FIELD("experiment", SHAPE_TEXT, SHAPE_REQUIRED, 1, 63, "in which"),
    FIELD("expose", SHAPE_BOOL, 0, 0, 0, "false: the user does not see the arm now, and is not counted yet"),
    END,
};

static const struct shape recommend_body[] = {
    FIELD("user", SHAPE_ID, 0, 0, 0, "for whom; somebody unknown gets what is popular, or what the context says"),
    LIST("users", 0, 1, 1000, &one_id, "instead of user: for many at once"),
    N_FIELD, MODEL_FIELD, MODE_FIELD, FILTER_FIELD, EXCLUDE_FIELD, ATTRIBUTES_FIELD, REASONS_FIELD,
    SCENARIO_FIELDS, FRESH_FIELD, RANKING_FIELDS, DESCRIPTION_FIELD, CAPTIONS_FIELD,
    EXPERIMENT_FIELD,
    OBJECT("context", 0, context_body, "what is known of the moment and not yet in the store"),
    END,
};

static const struct shape similar_body[] = {
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "like which"),
    N_FIELD, MODEL_FIELD, FILTER_FIELD, EXCLUDE_FIELD, ATTRIBUTES_FIELD, SCENARIO_FIELDS, RANKING_FIELDS, DESCRIPTION_FIELD, CAPTIONS_FIELD,
    END,
};

static const struct shape session_body[] = {
    LIST("items", SHAPE_REQUIRED, 0, 200, &one_id, "items met, oldest first"),
    N_FIELD, MODEL_FIELD, MODE_FIELD, FILTER_FIELD, EXCLUDE_FIELD, ATTRIBUTES_FIELD, REASONS_FIELD,
    SCENARIO_FIELDS, FRESH_FIELD, RANKING_FIELDS, DESCRIPTION_FIELD, CAPTIONS_FIELD,
    END,
};

static const struct shape email_body[] = {
    FIELD("user", SHAPE_ID, 0, 0, 0, "for whom; somebody unknown gets what is popular"),
    LIST("users", 0, 1, 200, &one_id, "instead of user: for many at once"),
    FIELD("n", SHAPE_INT, 0, 1, 24, "items wanted; the scenario's, or 6, when absent"),
    MODEL_FIELD, MODE_FIELD, FILTER_FIELD, EXCLUDE_FIELD, SCENARIO_FIELDS, FRESH_FIELD, RANKING_FIELDS,
    FIELD("url", SHAPE_TEXT, SHAPE_REQUIRED, 1, 1024,
          "of an item's page, with {item} for its identifier; may hold {slate} and {position}"),
    FIELD("image", SHAPE_TEXT, 0, 1, 1024, "of an item's picture, in the same way; else it is read from an attribute"),
    FIELD("image_attribute", SHAPE_TEXT, 0, 1, 63, "that holds the address of the picture; image when absent"),
    FIELD("price_attribute", SHAPE_TEXT, 0, 1, 63, "price when absent"),
    FIELD("tracking", SHAPE_WORD, 0, 0, 0, "parameter of links that carries the slate; reckon_slate when absent"),
    FIELD("headline", SHAPE_TEXT, 0, 0, 200, "above the items"),
    FIELD("subject", SHAPE_TEXT, 0, 0, 200, "with {title} for that of the first item; answered filled in"),
    FIELD("button", SHAPE_TEXT, 0, 0, 40, "words of a button under each item; none when absent"),
    FIELD("currency", SHAPE_TEXT, 0, 3, 3, "as in EUR; numbers alone when absent"),
    FIELD("locale", SHAPE_WORD, 0, 0, 0, "how prices are written, as in de or pt-BR; en when absent"),
    FIELD("columns", SHAPE_INT, 0, 1, 3, "items beside each other; 2 when absent"),
    FIELD("accent", SHAPE_TEXT, 0, 7, 7, "colour of the button, as in #0b5cad"),
    END,
};

static const struct shape item_query[] = {
    FIELD("collection", SHAPE_TEXT, 0, 1, 63, "with the published text of that collection, as in default"),
    FIELD("language", SHAPE_TEXT, 0, 1, 63, "of the text; that of most of them when absent"),
    FIELD("channel", SHAPE_TEXT, 0, 1, 63, "in the same way"),
    FIELD("user", SHAPE_ID, 0, 0, 0, "with experiment: who sees it, and is exposed"),
    FIELD("experiment", SHAPE_TEXT, 0, 1, 63, "that the user takes part in: its arm says which text is shown"),
    FIELD("expose", SHAPE_BOOL, 0, 0, 0, "false: the user does not see it now, and is not counted yet"),
    END,
};

static const struct shape history_query[] = {
    FIELD("limit", SHAPE_INT, 0, 1, 10000, "the newest so many; 100 when absent"),
    END,
};

static const struct shape search_query[] = {
    FIELD("q", SHAPE_TEXT, 0, 0, 100, "a word of titles"),
    FIELD("category", SHAPE_TEXT, 0, 0, 63, "or an item's category"),
    FIELD("genre", SHAPE_TEXT, 0, 0, 63, "or its genre"),
    FIELD("genres", SHAPE_TEXT, 0, 0, 63, "or one of its genres"),
    END,
};

/* Answers. */

static const struct shape any_answer[] = {END};

static const struct shape alive_answer[] = {FIELD("alive", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, ""), END};
static const struct shape version_answer[] = {FIELD("version", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""), END};

static const struct shape checks_answer[] = {
    FIELD("model", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "ok, or what is wrong"),
    FIELD("writes", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "ok, or what is wrong"),
    END,
};
static const struct shape ready_answer[] = {
    CHOICE("state", SHAPE_REQUIRED, "starting|ready|degraded|draining|stopped",
           "degraded: it answers, but something is missing"),
    FIELD("model", SHAPE_TEXT, 0, 0, 0, "the one that serves"),
    OBJECT("checks", 0, checks_answer, "for callers with a key"),
    END,
};

static const struct shape accepted_answer[] = {
    FIELD("accepted", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "events that are now durable"),
    FIELD("added", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "of them new"),
    FIELD("present", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "of them known before"),
    FIELD("suppressed", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "left out: of people who were erased"),
    FIELD("withheld", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "left out: of people without consent to analytics"),
    FIELD("repeated", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, "the request came before under this Idempotency-Key"),
    END,
};

static const struct shape consent_answer[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    LIST("may", SHAPE_REQUIRED, 0, 0, &one_purpose, "what their data may be used for now"),
    LIST("may_not", SHAPE_REQUIRED, 0, 0, &one_purpose, "what not"),
    LIST("granted", SHAPE_REQUIRED, 0, 0, &one_purpose, "what they said yes to"),
    LIST("refused", SHAPE_REQUIRED, 0, 0, &one_purpose, "what they said no to"),
    END,
};
static const struct shape said_answer[] = {
    CHOICE("purpose", SHAPE_REQUIRED, CONSENT_CHOICES, ""),
    CHOICE("state", SHAPE_REQUIRED, "granted|withdrawn", ""),
    FIELD("at", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, "when they said so"),
    FIELD("recorded", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, "when it was told"),
    FIELD("basis", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("source", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "who told it"),
    FIELD("policy", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "version of the text"),
    FIELD("proof", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    END,
};
static const struct shape one_said = OBJECT("", 0, said_answer, "");
static const struct shape consent_history_answer[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    LIST("events", SHAPE_REQUIRED, 0, 0, &one_said, "all that they ever said, oldest first"),
    END,
};

static const struct shape step_answer[] = {
    FIELD("at", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("by", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("step", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("note", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    END,
};
static const struct shape one_step = OBJECT("", 0, step_answer, "");
static const struct shape one_word = FIELD("", SHAPE_WORD, 0, 0, 0, "");
static const struct shape erasure_answer[] = {
    LIST("done", SHAPE_REQUIRED, 0, 0, &one_word, "steps"),
    FIELD("committed", SHAPE_TIME, 0, 0, 0, "since when they are in no answer and no table"),
    FIELD("models_due", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "models that learnt from them and wait to be trained again"),
    FIELD("scan", SHAPE_TEXT, 0, 0, 0, "clean, or found"),
    END,
};
static const struct shape case_answer[] = {
    FIELD("case", SHAPE_INT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("type", SHAPE_WORD, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("state", SHAPE_WORD, SHAPE_REQUIRED, 0, 0,
          "open, checked, done, refused; of an erasure: planned, approved, committed, scrubbed, incomplete, certified, dropped"),
    FIELD("next", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "what comes next, in words"),
    FIELD("regulation", SHAPE_WORD, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("received", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("due", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("closed", SHAPE_TIME, 0, 0, 0, ""),
    FIELD("extended", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("overdue", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("people", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "that it is about"),
    FIELD("repeated", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, "the request was there already"),
    FIELD("archive", SHAPE_TEXT, 0, 0, 0, "where the copy of everything is to be had"),
    FIELD("certificate", SHAPE_TEXT, 0, 0, 0, "where the certificate is to be had"),
    OBJECT("erasure", 0, erasure_answer, "how far it is"),
    LIST("steps", SHAPE_REQUIRED, 0, 0, &one_step, "who did what, when"),
    END,
};
static const struct shape one_case = OBJECT("", 0, case_answer, "");
static const struct shape requests_answer[] = {
    LIST("requests", SHAPE_REQUIRED, 0, 0, &one_case, "open ones first, those that are due soonest first of all"), END};

static const struct shape put_item_answer[] = {
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""), FIELD("created", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, ""), END};
static const struct shape put_user_answer[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""), FIELD("created", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, ""), END};

static const struct shape variant_answer[] = {
    FIELD("name", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("variant", SHAPE_TEXT, 0, 0, 0, "the arm of the user; absent when the user does not take part"),
    FIELD("propensity", SHAPE_REAL, 0, 0, 0, "of that arm"),
    FIELD("options", SHAPE_ATTRIBUTES, 0, 0, 0, "of the widget, that the arm changes"),
    FIELD("why", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "assigned, or why not"),
    END,
};
#define VARIANT_FIELD OBJECT("experiment", 0, variant_answer, "when the request is part of one")

static const struct shape one_line = FIELD("", SHAPE_TEXT, 0, 0, 0, "");
static const struct shape description_answer[] = {
    FIELD("number", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "of the text, as `reckon describe show` takes it"),
    FIELD("collection", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("language", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("channel", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("title", SHAPE_TEXT, 0, 0, 0, ""),
    FIELD("text", SHAPE_TEXT, 0, 0, 0, "the description"),
    FIELD("caption", SHAPE_TEXT, 0, 0, 0, ""),
    LIST("bullets", 0, 0, 0, &one_line, ""),
    LIST("keywords", 0, 0, 0, &one_line, ""),
    END,
};
#define DESCRIPTION_ANSWER OBJECT("description", 0, description_answer, "the published text, when it was asked for and there is one")

static const struct shape item_answer[] = {
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("title", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("attributes", SHAPE_ATTRIBUTES, SHAPE_REQUIRED, 0, 0, ""),
    DESCRIPTION_ANSWER,
    VARIANT_FIELD,
    END,
};

static const struct shape event_answer[] = {
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("kind", SHAPE_WORD, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("time", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("quantity", SHAPE_REAL, 0, 0, 0, ""),
    FIELD("price", SHAPE_REAL, 0, 0, 0, ""),
    END,
};
static const struct shape one_event_answer = OBJECT("", 0, event_answer, "");
static const struct shape history_answer[] = {
    FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    LIST("events", SHAPE_REQUIRED, 0, 0, &one_event_answer, "oldest first"),
    END,
};

static const struct shape model_answer[] = {
    FIELD("model", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "NAME@VERSION"),
    FIELD("kind", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    CHOICE("stage", SHAPE_REQUIRED, "candidate|staging|production|archived", ""),
    FIELD("serving", SHAPE_BOOL, SHAPE_REQUIRED, 0, 0, "it answers requests that name no model"),
    FIELD("created", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("events", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "that it was trained on"),
    FIELD("items", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "that it knows"),
    END,
};
static const struct shape one_model_answer = OBJECT("", 0, model_answer, "");
static const struct shape models_answer[] = {LIST("models", SHAPE_REQUIRED, 0, 0, &one_model_answer, "newest first"),
                                             END};

static const struct shape reason_answer[] = {
    CHOICE("kind", SHAPE_REQUIRED, "history|popular|model",
           "history: because of `item`, which the user met; model: because of no item of the user's own"),
    FIELD("item", SHAPE_ID, 0, 0, 0, "the item of the user's history that speaks most for it"),
    FIELD("title", SHAPE_TEXT, 0, 0, 0, ""),
    FIELD("events", SHAPE_INT, 0, 0, 0, "how often the user met it"),
    FIELD("last", SHAPE_TIME, 0, 0, 0, "when last"),
    FIELD("share", SHAPE_REAL, 0, 0, 0, "of all that speaks for it, from 0 to 1"),
    END,
};
static const struct shape one_rule = FIELD("", SHAPE_TEXT, 0, 0, 0, "");
static const struct shape caption_answer[] = {
    FIELD("text", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, ""),
    CHOICE("source", SHAPE_REQUIRED, "written|template", "written: by a language model, and checked; template: a sentence of reckon's own"),
    END,
};
static const struct shape slate_item_answer[] = {
    FIELD("rank", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "from 1"),
    FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""),
    FIELD("title", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "empty when there is none"),
    FIELD("score", SHAPE_REAL, SHAPE_REQUIRED, 0, 0, "only the order within one slate means anything"),
    FIELD("model", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "that put it forward: NAME@VERSION, or popular"),
    OBJECT("reason", 0, reason_answer, ""),
    FIELD("propensity", SHAPE_REAL, 0, 0, 0, "of an item that was drawn for its place: how likely that was"),
    LIST("rules", 0, 0, 0, &one_rule, "what moved it to its place, as in: spring-sale: boost x1.5"),
    DESCRIPTION_ANSWER,
    OBJECT("caption", 0, caption_answer, "why it is recommended, when that was asked for"),
    FIELD("attributes", SHAPE_ATTRIBUTES, 0, 0, 0, "those asked for that the item has"),
    END,
};
static const struct shape one_slate_item = OBJECT("", 0, slate_item_answer, "");

#define WITHHELD_FIELD \
    FIELD("withheld", SHAPE_TEXT, 0, 0, 0, "why nothing of the user was used, as in: no consent to personalisation")
static const struct shape assign_answer[] = {FIELD("user", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""), VARIANT_FIELD, END};

#define SLATE_FIELDS                                                                                                 \
    FIELD("slate", SHAPE_ID, SHAPE_REQUIRED, 0, 0, "names this list; events that come of it should say so"),         \
    FIELD("model", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "NAME@VERSION"),                                                \
    FIELD("fallback", SHAPE_TEXT, 0, 0, 0, "instead of the model, and why"),                                         \
    WITHHELD_FIELD,                                                                                                  \
    FIELD("note", SHAPE_TEXT, 0, 0, 0, "what may be a slip in the filter, or is wrong with rules"),                                          \
    FIELD("eligible", SHAPE_INT, SHAPE_REQUIRED, 0, 0, "items that could have been shown"),                          \
    LIST("items", SHAPE_REQUIRED, 0, 0, &one_slate_item, "best first")

static const struct shape slate_answer[] = {FIELD("user", SHAPE_ID, 0, 0, 0, ""), VARIANT_FIELD, SLATE_FIELDS, END};
static const struct shape one_slate_answer = OBJECT("", 0, slate_answer, "");
/* Of an answer that is one slate, or several in `answers`. */
#define ONE_OF_SLATE_FIELDS \
    VARIANT_FIELD, \
    FIELD("slate", SHAPE_ID, 0, 0, 0, "names this list; events that come of it should say so"), \
    FIELD("model", SHAPE_TEXT, 0, 0, 0, "NAME@VERSION"), \
    FIELD("fallback", SHAPE_TEXT, 0, 0, 0, "instead of the model, and why"), \
    WITHHELD_FIELD, \
    FIELD("note", SHAPE_TEXT, 0, 0, 0, "what may be a slip in the filter, or is wrong with rules"), \
    FIELD("eligible", SHAPE_INT, 0, 0, 0, "items that could have been shown"), \
    LIST("items", 0, 0, 0, &one_slate_item, "best first")
static const struct shape recommend_answer[] = {
    FIELD("user", SHAPE_ID, 0, 0, 0, ""),
    ONE_OF_SLATE_FIELDS,
    LIST("answers", 0, 0, 0, &one_slate_answer, "when users were given: one for each, in their order"),
    END,
};
static const struct shape similar_answer[] = {FIELD("item", SHAPE_ID, SHAPE_REQUIRED, 0, 0, ""), SLATE_FIELDS, END};
static const struct shape session_answer[] = {SLATE_FIELDS, END};

#define MAIL_FIELDS                                                                                     \
    FIELD("html", SHAPE_TEXT, 0, 0, 0, "one table, to be put into the mailing; empty without items"),  \
    FIELD("text", SHAPE_TEXT, 0, 0, 0, "the same for the text part, in lines of at most 72 columns"), \
    FIELD("subject", SHAPE_TEXT, 0, 0, 0, "when one was given")
static const struct shape mail_answer[] = {FIELD("user", SHAPE_ID, 0, 0, 0, ""), VARIANT_FIELD, SLATE_FIELDS, MAIL_FIELDS, END};
static const struct shape one_mail_answer = OBJECT("", 0, mail_answer, "");
static const struct shape email_answer[] = {
    FIELD("user", SHAPE_ID, 0, 0, 0, ""),
    ONE_OF_SLATE_FIELDS,
    MAIL_FIELDS,
    FIELD("no_marketing", SHAPE_INT, 0, 0, 0, "of the users, those who do not agree to mailings: they are left out"),
    LIST("answers", 0, 0, 0, &one_mail_answer, "when users were given: one for each, in their order"),
    END,
};


#define JSON NULL

const struct route route_table[] = {
    {"POST", "/v1/recommend", KEY_SERVE | KEY_BROWSER, BY_WORKER, 200, "recommend", "Recommend items to a user, or to many",
     "The slate reflects every event that was accepted before the request. Somebody without events gets what is "
     "popular.",
     NULL, BODY_OBJECT, recommend_body, recommend_answer, JSON, quick_answer, handle_recommend, NULL},
    {"POST", "/v1/assign", KEY_SERVE, BY_WORKER, 200, "assign", "The arm of a user in an experiment, for clients that show it",
     "Answered when the exposure is durable; the first one counts. The same user always gets the same arm.", NULL,
     BODY_OBJECT, assign_body, assign_answer, JSON, NULL, handle_assign, NULL},
    {"POST", "/v1/similar", KEY_SERVE | KEY_BROWSER, BY_WORKER, 200, "similar", "Items like an item", "", NULL, BODY_OBJECT,
     similar_body, similar_answer, JSON, quick_answer, handle_similar, NULL},
    {"POST", "/v1/session", KEY_SERVE | KEY_BROWSER, BY_WORKER, 200, "session", "What comes next in a session of somebody unknown",
     "Nothing is stored and nobody is named: the items of the session are all that counts.", NULL, BODY_OBJECT,
     session_body, session_answer, JSON, quick_answer, handle_session, NULL},
    {"POST", "/v1/email", KEY_SERVE, BY_WORKER, 200, "email", "Recommendations as a part of a mailing, to one or to many",
     "As /v1/recommend, and each slate also as a block of HTML that old clients can show, and as text.", NULL,
     BODY_OBJECT, email_body, email_answer, JSON, NULL, handle_email, NULL},
    {"POST", "/v1/events", KEY_INGEST | KEY_BROWSER, BY_WRITER, 202, "post_events", "Take one event, or up to 10,000",
     "Answered when the events are durable. Events that are sent again with their time, or with the same "
     "Idempotency-Key within two days, are stored once. Either all are stored or none.",
     NULL, BODY_ONE_OR_MANY, event_body, accepted_answer, JSON, NULL, handle_events, events_committed},
    {"POST", "/v1/consent", KEY_INGEST | KEY_PRIVACY | KEY_BROWSER, BY_WRITER, 200, "post_consent",
     "Record what a visitor agreed to, or took back",
     "Durable when it is answered, and in force from the next request on. A key of the role browser records for the "
     "visitor of its page.",
     NULL, BODY_OBJECT, consent_body, consent_answer, JSON, NULL, handle_consent, consent_committed},
    {"GET", "/privacy/v1/subjects/{id}/consent", KEY_PRIVACY, BY_WORKER, 200, "get_consent", "What a person agreed to", "",
     NULL, NO_BODY, NULL, consent_answer, JSON, NULL, handle_get_consent, NULL},
    {"PUT", "/privacy/v1/subjects/{id}/consent", KEY_PRIVACY, BY_WRITER, 200, "put_consent",
     "Record what a person agreed to, or took back", "As POST /v1/consent; by any identifier of theirs.", NULL, BODY_OBJECT,
     put_consent_body, consent_answer, JSON, NULL, handle_consent, consent_committed},
    {"GET", "/privacy/v1/subjects/{id}/consent/history", KEY_PRIVACY, BY_WORKER, 200, "consent_history",
     "All that a person ever said", "", NULL, NO_BODY, NULL, consent_history_answer, JSON, NULL, handle_consent_history,
     NULL},
    {"GET", "/privacy/v1/requests", KEY_PRIVACY, BY_WORKER, 200, "requests", "Requests of people, as cases", "",
     requests_query, NO_BODY, NULL, requests_answer, JSON, NULL, handle_requests, NULL},
    {"POST", "/privacy/v1/requests", KEY_PRIVACY, BY_ADMIN, 201, "post_request", "Somebody asks for something: open a case",
     "Restriction, objection, opt-out and limit act at once; a rectification with `set`, an erasure and the copy of access "
     "and portability as soon as somebody vouches for the person.",
     NULL, BODY_OBJECT, request_body, case_answer, JSON, NULL, handle_post_request, NULL},
    {"GET", "/privacy/v1/requests/{case}", KEY_PRIVACY, BY_WORKER, 200, "get_request", "How far a case is", "", NULL,
     NO_BODY, NULL, case_answer, JSON, NULL, handle_request, NULL},
    {"DELETE", "/privacy/v1/requests/{case}", KEY_PRIVACY, BY_ADMIN, 200, "withdraw_request",
     "Whoever asked takes it back", "An erasure only before it is approved.", NULL, NO_BODY, NULL, case_answer, JSON, NULL,
     handle_request_withdraw, NULL},
    {"POST", "/privacy/v1/requests/{case}/identity", KEY_PRIVACY, BY_ADMIN, 200, "vouch_request",
     "Somebody vouches that whoever asks is who they say", "This approves an erasure, which begins.", NULL, BODY_OBJECT,
     identity_body, case_answer, JSON, NULL, handle_request_identity, NULL},
    {"POST", "/privacy/v1/requests/{case}/extend", KEY_PRIVACY, BY_ADMIN, 200, "extend_request",
     "Take the longer time that the law allows", "", NULL, BODY_OBJECT, extend_body, case_answer, JSON, NULL,
     handle_request_extend, NULL},
    {"POST", "/privacy/v1/requests/{case}/close", KEY_PRIVACY, BY_ADMIN, 200, "close_request",
     "It was answered, or refused", "Whom it was about is forgotten.", NULL, BODY_OBJECT, close_body, case_answer, JSON,
     NULL, handle_request_close, NULL},
    {"GET", "/privacy/v1/requests/{case}/archive", KEY_PRIVACY, BY_ADMIN, 200, "request_archive",
     "The copy of everything, for access and portability", "A zip, made as it is asked for.", NULL, NO_BODY, NULL, NULL,
     "application/zip", NULL, handle_request_archive, NULL},
    {"GET", "/privacy/v1/requests/{case}/certificate", KEY_PRIVACY, BY_WORKER, 200, "request_certificate",
     "The certificate of an erasure", "", NULL, NO_BODY, NULL, any_answer, JSON, NULL, handle_request_certificate, NULL},
    {"PUT", "/v1/items/{id}", KEY_INGEST, BY_WRITER, 200, "put_item", "Set an item's title and attributes",
     "Filters and answers see it at once. The type of an attribute is that of its first value, for good.", NULL,
     BODY_OBJECT, item_body, put_item_answer, JSON, NULL, handle_put_item, item_committed},
    {"GET", "/v1/items/{id}", KEY_SERVE, BY_WORKER, 200, "get_item", "What is known of an item", "", item_query, NO_BODY,
     NULL, item_answer, JSON, NULL, handle_get_item, NULL},
    {"PUT", "/v1/users/{id}", KEY_INGEST, BY_WRITER, 200, "put_user", "Set a user's attributes", "", NULL, BODY_OBJECT,
     user_body, put_user_answer, JSON, NULL, handle_put_user, user_committed},
    {"GET", "/v1/users/{id}/history", KEY_PRIVACY, BY_WORKER, 200, "history", "A user's events", "", history_query,
     NO_BODY, NULL, history_answer, JSON, NULL, handle_history, NULL},
    {"GET", "/v1/models", FOR_ANY_KEY, BY_WORKER, 200, "models", "The models there are", "", NULL, NO_BODY, NULL,
     models_answer, JSON, NULL, handle_models, NULL},
    {"GET", "/livez", OPEN_TO_ALL, AT_ONCE, 200, "livez", "Is the process alive?", "", NULL, NO_BODY, NULL,
     alive_answer, JSON, NULL, handle_livez, NULL},
    {"GET", "/readyz", OPEN_TO_ALL, AT_ONCE, 200, "readyz", "Does it want requests?", "503 while it starts and drains.",
     NULL, NO_BODY, NULL, ready_answer, JSON, NULL, handle_readyz, NULL},
    {"GET", "/ping", OPEN_TO_ALL, AT_ONCE, 200, "ping", "The same without a body", "", NULL, NO_BODY, NULL, NULL, JSON,
     NULL, handle_ping, NULL},
    {"GET", "/version", OPEN_TO_ALL, AT_ONCE, 200, "version", "The version of the program", "", NULL, NO_BODY, NULL,
     version_answer, JSON, NULL, handle_version, NULL},
    {"GET", "/metrics", FOR_ANY_KEY, AT_ONCE, 200, "metrics", "Figures in the text format of Prometheus", "", NULL,
     NO_BODY, NULL, NULL, "text/plain", NULL, handle_metrics, NULL},
    {"GET", "/openapi.json", OPEN_TO_ALL, AT_ONCE, 200, "openapi", "This document", "", NULL, NO_BODY, NULL, any_answer,
     JSON, NULL, handle_openapi, NULL},
    {"GET", "/widget.js", OPEN_TO_ALL, AT_ONCE, 200, "widget", "The carousel for pages of the shop",
     "With ETag, and gzipped for those who take it.", NULL, NO_BODY, NULL, NULL, "text/javascript", NULL, handle_widget,
     NULL},
    {"GET", "/demo", OPEN_TO_ALL, BY_WORKER, 308, "demo", "To the demo shop", "", NULL, NO_BODY, NULL, NULL, NULL, NULL,
     handle_demo_door, NULL},
    {"GET", "/demo/", OPEN_TO_ALL, BY_WORKER, 200, "demo_home", "The demo shop, when it is on", "", NULL, NO_BODY, NULL,
     NULL, "text/html", NULL, handle_demo_home, NULL},
    {"GET", "/demo/search", OPEN_TO_ALL, BY_WORKER, 200, "demo_search", "Items of the demo shop by a word or a category",
     "", search_query, NO_BODY, NULL, NULL, "text/html", NULL, handle_demo_search, NULL},
    {"GET", "/demo/items/{id}", OPEN_TO_ALL, BY_WORKER, 200, "demo_item", "An item's page in the demo shop", "", NULL,
     NO_BODY, NULL, NULL, "text/html", NULL, handle_demo_item, NULL},
    {"GET", "/demo/cart", OPEN_TO_ALL, BY_WORKER, 200, "demo_cart", "The cart of the demo shop", "", NULL, NO_BODY,
     NULL, NULL, "text/html", NULL, handle_demo_cart, NULL},
    {"GET", "/demo/pictures/{id}", OPEN_TO_ALL, BY_WORKER, 200, "demo_picture", "A drawn picture for an item", "", NULL,
     NO_BODY, NULL, NULL, "image/svg+xml", NULL, handle_demo_picture, NULL},
    {"GET", "/demo/shop.js", OPEN_TO_ALL, BY_WORKER, 200, "demo_script", "The demo shop's script", "", NULL, NO_BODY,
     NULL, NULL, "text/javascript", NULL, handle_demo_asset, NULL},
    {"GET", "/demo/shop.css", OPEN_TO_ALL, BY_WORKER, 200, "demo_style", "The demo shop's style", "", NULL, NO_BODY,
     NULL, NULL, "text/css", NULL, handle_demo_asset, NULL},
    {"GET", "/admin/jobs", KEY_ADMIN, BY_ADMIN, 200, "jobs", "Long commands that were begun here", "", NULL, NO_BODY,
     NULL, any_answer, JSON, NULL, admin_jobs, NULL},
    {"GET", "/admin/jobs/{id}", KEY_ADMIN, BY_ADMIN, 200, "job", "How a long command is doing, and its result", "",
     NULL, NO_BODY, NULL, any_answer, JSON, NULL, admin_job, NULL},
    {"GET", "/admin/jobs/{id}/events", KEY_ADMIN, BY_ADMIN, 200, "job_events", "The same as server-sent events", "",
     NULL, NO_BODY, NULL, NULL, "text/event-stream", NULL, admin_job_events, NULL},
    {"DELETE", "/admin/jobs/{id}", KEY_ADMIN, BY_ADMIN, 202, "cancel_job", "Ask a long command to stop", "", NULL,
     NO_BODY, NULL, any_answer, JSON, NULL, admin_job_cancel, NULL},
    {"POST", "/admin/v1/{command+}", KEY_ADMIN, BY_ADMIN, 200, "command", "Run a command", "", NULL, BODY_OBJECT, NULL,
     any_answer, JSON, NULL, admin_run, NULL},
};

const size_t route_count = sizeof route_table / sizeof *route_table;
