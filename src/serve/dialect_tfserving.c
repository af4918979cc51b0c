/* TensorFlow Serving's REST protocol: paths, status, metadata, errors.  Facts: its api_rest.md, http_rest_api_util.cc
 * (paths) and the protobufs GetModelStatusResponse and GetModelMetadataResponse, which the tests parse into. */
#include "serve/dialect_tfserving.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/text.h"
#include "recommend/recommender.h"
#include "serve/dialect.h"
#include "serve/item_json.h"
#include "serve/server.h"

#define PREFIX "/v1/models/"
#define DOCUMENT "/openapi/tfserving.json"

enum verb { STATUS, METADATA, PREDICT, CLASSIFY, REGRESS, VERBS };
enum form { ANY_VERSION, BY_VERSION, BY_LABEL, FORMS };

static const struct route routes[VERBS * FORMS + 1];

static enum form form_of(const struct call *call)
{
    return (enum form)((call->route - routes) % FORMS);
}

/* Paths. */

static bool claims(const char *path)
{
    size_t n = strcspn(path, "?");
    return strncasecmp(path, PREFIX, sizeof PREFIX - 1) == 0 ||
           (n == sizeof DOCUMENT - 1 && memcmp(path, DOCUMENT, n) == 0);
}

static bool skip(char **p, const char *word)
{
    size_t n = strlen(word);
    if (strncasecmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

struct piece {
    char *text;
    size_t n;
};

static struct piece take_piece(char **p)
{
    struct piece piece = {*p, strcspn(*p, "/:")};
    *p += piece.n;
    return piece;
}

/* What comes after model and version; VERBS: nothing that there is. */
static enum verb verb_of(const char *method, const char *rest)
{
    static const struct {
        const char *method, *text;
    } verbs[VERBS] = {{"GET", ""}, {"GET", "/metadata"}, {"POST", ":predict"}, {"POST", ":classify"},
                      {"POST", ":regress"}};
    int v = 0;
    while (v < VERBS && (strcmp(method, verbs[v].method) != 0 || strcasecmp(rest, verbs[v].text) != 0))
        v++;
    return (enum verb)v;
}

static const struct route *malformed(struct call *call)
{
    call_problem(call, 400, "invalid_request",
                 "Malformed request: there is GET " PREFIX "MODEL[/versions/NUMBER|/labels/LABEL][/metadata] and "
                 "POST " PREFIX "MODEL[/versions/NUMBER|/labels/LABEL]:predict, and nothing else");
    return NULL;
}

static bool all_digits(struct piece piece)
{
    for (size_t i = 0; i < piece.n; i++)
        if (!isdigit((unsigned char)piece.text[i]))
            return false;
    return true;
}

static const struct route *find(struct call *call)
{
    if (strcmp(call->uri, DOCUMENT) == 0)
        return strcmp(call->method, "GET") == 0 ? &routes[VERBS * FORMS] : malformed(call);
    char *p = call->uri + sizeof PREFIX - 1;
    enum form form = ANY_VERSION;
    struct piece model = take_piece(&p), which = {p, 1};
    if (skip(&p, "/versions/"))
        form = BY_VERSION;
    else if (skip(&p, "/labels/"))
        form = BY_LABEL;
    if (form != ANY_VERSION)
        which = take_piece(&p);
    enum verb verb = verb_of(call->method, p);
    if (model.n == 0 || which.n == 0 || verb == VERBS || (form == BY_VERSION && !all_digits(which)))
        return malformed(call);
    model.text[model.n] = '\0';
    call->param[0] = model.text;
    if (form != ANY_VERSION) {
        which.text[which.n] = '\0';
        call->param[1] = which.text;
    }
    if (!route_decode(model.text, false) || (form != ANY_VERSION && !route_decode(which.text, false)))
        return malformed(call);
    return &routes[(int)verb * FORMS + (int)form];
}

/* Which model. */

struct search {
    const char *name, *stage;
    int64_t version;   /* 0: any */
    int rank;          /* of the best so far; -1: none */
    int64_t best;
    bool known;        /* there is a model of that name */
};

static int rank_of(const char *stage)
{
    static const char *const stages[] = {"archived", "candidate", "staging", "production"};
    int rank = 3;
    while (rank > 0 && strcmp(stages[rank], stage) != 0)
        rank--;
    return rank;
}

static int consider(void *context, const struct model_record *record)
{
    struct search *s = context;
    int rank = rank_of(record->stage);
    if (strcmp(record->name, s->name) != 0)
        return 0;
    s->known = true;
    if ((s->version != 0 && record->version != s->version) ||
        (s->stage != NULL && strcmp(record->stage, s->stage) != 0) || rank == 0 || rank <= s->rank)
        return 0;
    s->rank = rank;
    s->best = record->version;
    return 0;
}

static void none_such(struct call *call, const struct search *s)
{
    if (s->stage != NULL && s->known)
        call_problem(call, 400, "invalid_request",
                     "Unrecognized servable version label: %s (there are production and staging, when %s has a version "
                     "in that stage)", s->stage, s->name);
    else if (s->version != 0)
        call_problem(call, 404, "not_found", "Servable not found for request: Specific(%s, %lld)", s->name,
                     (long long)s->version);
    else
        call_problem(call, 404, "not_found", "Servable not found for request: Latest(%s)", s->name);
}

/* The path as a search; false: answered. */
static bool read_search(struct call *call, struct search *out)
{
    const char *which = call->param[1];
    *out = (struct search){.name = call->param[0], .rank = -1};
    if (form_of(call) == BY_LABEL)
        out->stage = which;
    if (form_of(call) != BY_VERSION)
        return true;
    if (text_to_int64(which, strlen(which), &out->version))
        return true; /* 0, which no version is, is how some clients say that they mean any */
    call_problem(call, 400, "invalid_request", "Failed to convert version: %s to numeric.", which);
    return false;
}

int dialect_tfserving_choose(struct desk *desk, struct call *call, char spec[96], struct error *err)
{
    struct search search;
    if (!read_search(call, &search))
        return 0;
    int rc = registry_each(desk->store, consider, &search, err);
    if (rc != 0)
        return rc;
    if (search.rank < 0)
        none_such(call, &search);
    else
        snprintf(spec, 96, "%.*s@%lld", REGISTRY_NAME_MAX, search.name, (long long)search.best);
    return 0;
}

/* Status. */

struct listing {
    struct server *server;
    struct call *call;
    struct search search;
    struct str *out;
    const char *comma;
};

static bool is_loaded(const struct view *view, const struct model_record *record)
{
    return view->core != NULL && recommender_core_record(view->core)->model == record->model;
}

static bool has_file(const struct server *server, const struct model_record *record)
{
    char path[FS_PATH_MAX];
    return fs_join(path, sizeof path, server->workspace, record->file) == 0 && fs_exists(path);
}

/* The words of the protocol for what is true here: what is not loaded yet is when it is asked for. */
static const char *state_of_version(struct listing *l, const struct model_record *record, bool *gone)
{
    enum serve_state state = state_of(&l->server->state);
    *gone = !is_loaded(l->call->view, record) && !has_file(l->server, record);
    if (*gone || rank_of(record->stage) == 0 || state == SERVE_STOPPED)
        return "END";
    return state == SERVE_STARTING ? "LOADING" : state == SERVE_DRAINING ? "UNLOADING" : "AVAILABLE";
}

static int list_version(void *context, const struct model_record *record)
{
    struct listing *l = context;
    const struct search *s = &l->search;
    bool gone;
    if (strcmp(record->name, s->name) != 0)
        return 0;
    l->search.known = true;
    if ((s->version != 0 && record->version != s->version) ||
        (s->stage != NULL && strcmp(record->stage, s->stage) != 0) ||
        (s->version == 0 && rank_of(record->stage) == 0))
        return 0;
    str_printf(l->out, "%s{\"version\":\"%lld\",\"state\":\"%s\",\"status\":{", l->comma, (long long)record->version,
               state_of_version(l, record, &gone));
    str_printf(l->out, "\"error_code\":\"%s\",\"error_message\":\"%s\"}}", gone ? "NOT_FOUND" : "OK",
               gone ? "the file of the model is gone" : "");
    l->comma = ",";
    return 0;
}

static HANDLER(status)
{
    struct str body;
    struct listing l = {.server = server, .call = call, .out = &body, .comma = ""};
    if (!read_search(call, &l.search))
        return 0;
    str_init(&body, 1 << 24);
    str_puts(&body, "{\"model_version_status\":[");
    int rc = registry_each(desk->store, list_version, &l, err);
    str_puts(&body, "]}");
    if (rc == 0 && l.comma[0] == '\0')
        none_such(call, &l.search);
    else if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}

/* Metadata. */

static const struct tensor {
    const char *name, *type;
    int dimensions;
} inputs[] = {{"user", "DT_STRING", 1}, {"history", "DT_STRING", 2}, {"n", "DT_INT32", 1}},
  outputs[] = {{"items", "DT_STRING", 2}, {"scores", "DT_FLOAT", 2}};

static void put_tensors(struct str *out, const struct tensor *tensors, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        str_printf(out, "%s\"%s\":{\"dtype\":\"%s\",\"tensor_shape\":{\"dim\":[", i > 0 ? "," : "", tensors[i].name,
                   tensors[i].type);
        for (int d = 0; d < tensors[i].dimensions; d++)
            str_printf(out, "%s{\"size\":\"-1\",\"name\":\"\"}", d > 0 ? "," : "");
        str_printf(out, "],\"unknown_rank\":false},\"name\":\"%s:0\"}", tensors[i].name);
    }
}

static HANDLER(metadata)
{
    char spec[96] = "";
    struct str body;
    (void)server;
    int rc = dialect_tfserving_choose(desk, call, spec, err);
    if (rc != 0 || call->status != 0)
        return rc;
    str_init(&body, 1 << 16);
    str_puts(&body, "{\"model_spec\":{\"name\":");
    item_json_text(&body, call->param[0]);
    str_printf(&body, ",\"signature_name\":\"\",\"version\":\"%s\"},", strchr(spec, '@') + 1);
    str_puts(&body, "\"metadata\":{\"signature_def\":{\"signature_def\":{\"" DIALECT_TFSERVING_SIGNATURE "\":{\"inputs\":{");
    put_tensors(&body, inputs, sizeof inputs / sizeof *inputs);
    str_puts(&body, "},\"outputs\":{");
    put_tensors(&body, outputs, sizeof outputs / sizeof *outputs);
    str_puts(&body, "},\"method_name\":\"tensorflow/serving/predict\"}}}}}");
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}

/* What a recommender is not. */

static HANDLER(other_method)
{
    char spec[96];
    (void)server;
    int rc = dialect_tfserving_choose(desk, call, spec, err);
    if (rc == 0 && call->status == 0)
        call_problem(call, 400, "invalid_request",
                     "Expected a signature with the method of this request; the one there is, "
                     DIALECT_TFSERVING_SIGNATURE ", has tensorflow/serving/predict: a recommender neither classifies nor regresses");
    return rc;
}

/* Errors: {"error": text}, with the statuses that its codes have. */
static int put_error(struct str *out, const struct call *call, int status, const char *code, const char *detail,
                     const char *hint)
{
    (void)call, (void)code;
    str_puts(out, "{\"error\":");
    if (hint[0] == '\0') {
        text_json_string(out, detail, strlen(detail));
    } else {
        struct str both;
        str_init(&both, 4096);
        str_printf(&both, "%s; %s", detail, hint);
        text_json_string(out, str_text(&both), both.len);
        str_release(&both);
    }
    str_putc(out, '}');
    return status == 422 ? 400 : status;
}

/* The table: a row of forms for each verb, in their order. */

static const struct shape status_answer[] = {{"model_version_status", SHAPE_ANY, SHAPE_REQUIRED, 0, 0, NULL, NULL,
                                              "of each version: version, state, status"},
                                             {0}};
static const struct shape metadata_answer[] = {
    {"model_spec", SHAPE_ANY, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""},
    {"metadata", SHAPE_ANY, SHAPE_REQUIRED, 0, 0, NULL, NULL, "signature_def: the inputs and outputs of predict"},
    {0}};
static const struct shape document_answer[] = {{0}};

#define MODEL PREFIX "{model}"
#define OF_VERSION MODEL "/versions/{version}"
#define OF_LABEL MODEL "/labels/{label}"
#define LOOK(path, name, summary, answer, handle) \
    {"GET", path, FOR_ANY_KEY, BY_WORKER, 200, name, summary, "", NULL, NO_BODY, NULL, answer, NULL, NULL, handle, NULL}
#define ASK(path, name, summary, handle)                                                                             \
    {"POST", path, KEY_SERVE, BY_WORKER, 200, name, summary, "", NULL, BODY_AS_IT_CAME, dialect_tfserving_body,      \
     dialect_tfserving_answer, NULL, NULL, handle, NULL}

static const struct route routes[VERBS * FORMS + 1] = {
    LOOK(MODEL, "status", "Versions and their states", status_answer, status),
    LOOK(OF_VERSION, "status_of_version", "State of a version", status_answer, status),
    LOOK(OF_LABEL, "status_of_label", "State of the version with a label", status_answer, status),
    LOOK(MODEL "/metadata", "metadata", "Signatures", metadata_answer, metadata),
    LOOK(OF_VERSION "/metadata", "metadata_of_version", "Signatures of a version", metadata_answer, metadata),
    LOOK(OF_LABEL "/metadata", "metadata_of_label", "Signatures of the labelled version", metadata_answer, metadata),
    ASK(MODEL ":predict", "predict", "Recommend", dialect_tfserving_predict),
    ASK(OF_VERSION ":predict", "predict_by_version", "Recommend by a version", dialect_tfserving_predict),
    ASK(OF_LABEL ":predict", "predict_by_label", "Recommend by the version with a label", dialect_tfserving_predict),
    ASK(MODEL ":classify", "classify", "Refused: nothing is classified", other_method),
    ASK(OF_VERSION ":classify", "classify_by_version", "Refused: nothing is classified", other_method),
    ASK(OF_LABEL ":classify", "classify_by_label", "Refused: nothing is classified", other_method),
    ASK(MODEL ":regress", "regress", "Refused: nothing is regressed", other_method),
    ASK(OF_VERSION ":regress", "regress_by_version", "Refused: nothing is regressed", other_method),
    ASK(OF_LABEL ":regress", "regress_by_label", "Refused: nothing is regressed", other_method),
    {"GET", DOCUMENT, FOR_ANY_KEY, AT_ONCE, 200, "openapi", "This document", "", NULL, NO_BODY, NULL, document_answer,
     NULL, NULL, dialect_openapi, NULL},
};

const struct dialect dialect_tfserving = {
    .name = "tfserving",
    .title = "reckon, as TensorFlow Serving",
    .description = "Recommendations in the words of TensorFlow Serving's REST protocol. Whatever its Content-Type, a "
                   "body is read as JSON. A wrong path or method is answered with 400, as there.",
    .routes = routes,
    .n_routes = sizeof routes / sizeof *routes,
    .statuses = "400 401 403 404 413 429 500 503",
    .error_schema = "{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"string\"}},\"required\":[\"error\"]}",
    .claims = claims,
    .find = find,
    .put_error = put_error,
};
