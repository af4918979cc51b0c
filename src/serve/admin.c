/* Commands as requests and as jobs. */
#include "serve/admin.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/background.h"
#include "command/command.h"
#include "command/result_json.h"
#include "serve/server.h"
#include "serve/shape.h"
#include "store/cases.h"
#include "store/store.h"

enum {
    JOB_THREADS = 2,
    RESULT_MAX = 1 << 28,
    KEEP_ALIVE_MS = 15000,
    EVENT_MAX = 1 << 20
};
#define FILES "files"

/* Somebody who reads the events of a run. */
struct stream {
    struct stream *next;
    struct admin *admin;
    struct background_job *run;
    struct MHD_Connection *connection;
    uint64_t version;
    bool suspended, ended;
    int64_t said_ms;
    struct str text;
    size_t at;
};

struct admin {
    struct server *server;
    struct background *jobs; /* its lock guards the streams too */
    struct stream *streams;
    bool closing;
};

/* Arguments. */

static const struct command *find_command(const char *path)
{
    char name[64];
    size_t n = strlen(path);
    if (n >= sizeof name)
        return NULL;
    for (size_t i = 0; i <= n; i++)
        name[i] = path[i] == '/' || path[i] == '-' ? ' ' : path[i];
    for (size_t i = 0; command_table[i] != NULL; i++)
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    return NULL;
}

/* Files of commands stay in one directory: whoever may run commands here may still not read the machine. */
static int file_path(const struct server *server, const char *text, char out[FS_PATH_MAX], struct error *err)
{
    char dir[FS_PATH_MAX];
    bool up = strncmp(text, "../", 3) == 0 || strstr(text, "/../") != NULL || strcmp(text, "..") == 0 ||
              (strlen(text) >= 3 && strcmp(text + strlen(text) - 3, "/..") == 0);
    if (text[0] == '\0' || text[0] == '/' || strcmp(text, "-") == 0 || up) {
        error_set(err, E_USAGE, text, "is not a file of the server");
        return error_hint(err, E_USAGE, "name a file within the workspace's directory '" FILES "', without '..'");
    }
    if (fs_join(dir, sizeof dir, server->workspace, FILES) != 0 || fs_join(out, FS_PATH_MAX, dir, text) != 0)
        return error_set(err, E_USAGE, text, "the path is too long");
    return fs_make_dir(dir, 0700, err);
}

static int put_value(const struct server *server, struct args *args, const struct command_param *p, json_t *v,
                     struct error *err)
{
    char number[40], path[FS_PATH_MAX];
    const char *text = json_string_value(v);
    if (p->type == PT_FLAG) {
        if (!json_is_boolean(v))
            return error_set(err, E_USAGE, p->name, "must be true or false");
        return json_is_true(v) ? args_put(args, p->name, "1", err) : 0;
    }
    if (p->type == PT_INT && json_is_integer(v))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
    else if (p->type == PT_REAL && json_is_number(v))
        snprintf(number, sizeof number, "%.17g", json_number_value(v));
    else if (p->type == PT_INT || p->type == PT_REAL)
        return error_set(err, E_USAGE, p->name, "must be a %snumber", p->type == PT_INT ? "whole " : "");
    if (p->type == PT_INT || p->type == PT_REAL)
        text = number;
    if (text == NULL)
        return error_set(err, E_USAGE, p->name, "must be a text");
    if (p->type == PT_PATH) {
        int rc = file_path(server, text, path, err);
        if (rc != 0)
            return rc;
        text = path;
    }
    return args_put(args, p->name, text, err);
}

static const struct command_param *find_param(const struct command *command, const char *name)
{
    const struct command_param *p;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

static int put_field(const struct server *server, struct args *args, const struct command *command, const char *name,
                     json_t *v, struct error *err)
{
    const struct command_param *p = find_param(command, name);
    size_t i;
    json_t *one;
    int rc = 0;
    if (p == NULL)
        return error_set(err, E_USAGE, name, "is not a parameter of '%s'", command->name);
    if (!(p->flags & PF_MANY))
        return put_value(server, args, p, v, err);
    if (!json_is_array(v))
        return error_set(err, E_USAGE, name, "must be a list");
    json_array_foreach (v, i, one)
        if (rc == 0)
            rc = put_value(server, args, p, one, err);
    return rc;
}

static int read_args(const struct server *server, const struct command *command, json_t *body, struct args **out,
                     bool *confirmed, struct error *err)
{
    const char *name;
    json_t *v;
    int rc = 0;
    struct args *args = args_new(command);
    *confirmed = false;
    if (args == NULL)
        return error_nomem(err, command->name);
    json_object_foreach (body, name, v) {
        if (rc != 0)
            break;
        if (strcmp(name, "confirm") == 0 && find_param(command, name) == NULL) {
            *confirmed = json_is_true(v);
            rc = json_is_boolean(v) ? 0 : error_set(err, E_USAGE, name, "must be true or false");
        } else {
            rc = put_field(server, args, command, name, v, err);
        }
    }
    if (rc == 0)
        rc = args_finish(args, err);
    if (rc != 0)
        args_free(args);
    else
        *out = args;
    return rc;
}

/* Runs the command; *result is its JSON (also of one that failed and has something to show), or NULL. */
static int carry_out(struct server *server, const struct command *command, const struct args *args, bool confirmed,
                     const char *caller, char **result, struct error *err)
{
    struct job job;
    job_init(&job, NULL, NULL);
    struct app app = {.workspace_option = server->workspace,
                      .threads = server->app->threads,
                      .job = &job,
                      .confirmed = confirmed,
                      .front = "http",
                      .caller = caller};
    struct result r;
    struct str text;
    *result = NULL;
    result_init(&r);
    str_init(&text, RESULT_MAX);
    int rc = command_run(command, &app, args, &r, err);
    if (rc == 0 || r.n_rows > 0 || r.n_summary > 0)
        if (result_json(&text, command->name, &r, NULL) == 0)
            *result = str_take(&text);
    if (rc == 0 && *result == NULL)
        rc = error_nomem(err, command->name);
    str_release(&text);
    result_release(&r);
    app_release(&app);
    return rc;
}

static void answer_failed(struct call *call, const struct error *err, const char *result)
{
    struct error said = *err;
    struct str extra;
    str_init(&extra, RESULT_MAX);
    if (result != NULL)
        str_printf(&extra, ",\"result\":%s", result);
    if (err->code == E_REFUSED && strstr(err->hint, "--yes") != NULL)
        error_hint(&said, E_REFUSED, "send {\"confirm\": true} with it when you are sure");
    call_error_with(call, &said, str_text(&extra));
    str_release(&extra);
}

/* Jobs. */

int admin_new(struct admin **out, struct server *server, struct error *err)
{
    struct admin *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    struct background_options options = {
        .workspace = server->workspace, .threads = server->app->threads, .crew = JOB_THREADS, .front = "http"};
    int rc = background_new(&self->jobs, &options, err);
    if (rc != 0)
        mem_free(self);
    else
        *out = self;
    return rc;
}

static int take_interrupted(void *context, const struct case_record *r)
{
    *(bool *)context |= strcmp(r->state, CASE_PLANNED) != 0 && strcmp(r->state, CASE_INCOMPLETE) != 0;
    return 0;
}

void admin_resume_erasures(struct admin *self)
{
    struct store *store;
    struct error err = {0};
    bool any = false;
    const struct command *command = find_command("privacy/resume");
    if (command == NULL || store_open(&store, self->server->workspace, false, &err) != 0)
        return;
    int rc = cases_each(store, "erase", true, take_interrupted, &any, &err);
    store_close(store);
    struct args *args = rc == 0 && any ? args_new(command) : NULL;
    if (args == NULL)
        return;
    rc = args_finish(args, &err);
    if (rc != 0)
        args_free(args);
    else
        rc = background_start(self->jobs, command, args, false, "the server", NULL, &err);
    journal_event(self->server->journal, rc == 0 ? "warning" : "error", "erasure_resumed", "%s",
                  rc == 0 ? "an erasure was interrupted; it is carried on" : err.why);
}

int admin_carry_on(struct admin *self, int64_t number, struct error *err)
{
    const struct command *command = find_command("privacy/resume");
    char text[24];
    bool busy = false;
    background_lock(self->jobs);
    for (struct background_job *j = background_first(self->jobs); j != NULL; j = j->next)
        busy = busy || (j->command == command && !background_over(j));
    background_unlock(self->jobs);
    if (command == NULL || busy)
        return error_set(err, E_CONFLICT, "the erasure", "another one is being carried out");
    struct args *args = args_new(command);
    snprintf(text, sizeof text, "%lld", (long long)number);
    int rc = args == NULL ? error_nomem(err, "the erasure") : args_put(args, "case", text, err);
    rc = rc != 0 ? rc : args_finish(args, err);
    if (rc != 0) {
        args_free(args);
        return rc;
    }
    return background_start(self->jobs, command, args, false, "the server", NULL, err);
}

void admin_cancel_all(struct admin *self)
{
    if (self == NULL)
        return;
    background_lock(self->jobs);
    self->closing = true;
    background_unlock(self->jobs);
    background_cancel_all(self->jobs);
}

void admin_free(struct admin *self)
{
    if (self == NULL)
        return;
    background_free(self->jobs);
    mem_free(self);
}

static void put_error(struct str *out, const struct error *err)
{
    struct str message;
    str_init(&message, 2048);
    str_printf(&message, "%s%s%s", err->what, err->what[0] != '\0' ? ": " : "", err->why);
    bool good = text_utf8_valid(str_text(&message), message.len);
    str_printf(
        out,
        ",\"problem\":{\"type\":\"urn:reckon:problem:%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":",
        error_name(err->code), error_meaning(err->code), error_http_status(err->code), error_name(err->code));
    text_json_string(out, good ? str_text(&message) : "", good ? message.len : 0);
    str_putc(out, '}');
    str_release(&message);
}

/* What a job has to show, also one that failed; the jobs' lock is held. */
static void put_result(struct str *out, const struct background_job *run)
{
    bool shows = run->result.n_rows > 0 || run->result.n_summary > 0;
    struct str text;
    if (run->state != BACKGROUND_DONE && !(background_over(run) && shows))
        return;
    str_init(&text, RESULT_MAX);
    if (result_json(&text, run->command->name, &run->result, NULL) == 0)
        str_printf(out, ",\"result\":%s", str_text(&text));
    str_release(&text);
}

struct putting {
    struct str *out;
    size_t n;
};

static int put_curve(void *context, const struct curve *c)
{
    struct putting *p = context;
    str_puts(p->out, p->n++ == 0 ? ",\"series\":[{\"name\":" : ",{\"name\":");
    text_json_string(p->out, c->name, strlen(c->name));
    str_puts(p->out, ",\"x_unit\":");
    text_json_string(p->out, c->x_unit, strlen(c->x_unit));
    str_puts(p->out, ",\"points\":[");
    for (size_t i = 0; i < c->n; i++)
        str_printf(p->out, "%s[%.17g,%.17g]", i > 0 ? "," : "", c->x[i], c->y[i]);
    str_puts(p->out, "]}");
    return 0;
}

/* What it measured of itself until now. */
static void put_curves(struct str *out, struct background_job *run)
{
    struct putting p = {out, 0};
    curves_each(&run->curves, put_curve, &p);
    if (p.n > 0)
        str_putc(out, ']');
}

/* The jobs' lock is held. */
static void put_run(struct str *out, struct background_job *run, bool whole)
{
    char at[40];
    str_printf(out, "{\"job\":\"%s\",\"command\":\"%s\",\"state\":\"%s\",\"created\":\"%s\"", run->id,
               run->command->name, background_state_name(run->state), clock_format(run->created, at, sizeof at));
    if (run->ended != 0)
        str_printf(out, ",\"ended\":\"%s\"", clock_format(run->ended, at, sizeof at));
    if (run->note[0] != '\0') {
        str_puts(out, ",\"progress\":{\"note\":");
        text_json_string(out, run->note, strlen(run->note));
        str_printf(out, ",\"done\":%.17g,\"total\":%.17g,\"unit\":", run->done, run->total);
        text_json_string(out, run->unit, strlen(run->unit));
        str_putc(out, '}');
    }
    put_curves(out, run);
    if (whole && run->state == BACKGROUND_FAILED)
        put_error(out, &run->error);
    if (whole)
        put_result(out, run);
    str_putc(out, '}');
}

static int begin_job(struct admin *self, struct call *call, const struct command *command, struct args *args,
                     bool confirmed, const char *caller, struct error *err)
{
    struct str body;
    int64_t number;
    int rc = background_start(self->jobs, command, args, confirmed, caller, &number, err);
    if (rc != 0)
        return rc;
    str_init(&body, RESULT_MAX);
    background_lock(self->jobs);
    struct background_job *run = background_numbered(self->jobs, number);
    if (run != NULL) {
        put_run(&body, run, true);
        snprintf(call->location, sizeof call->location, "/admin/jobs/%s", run->id);
    }
    background_unlock(self->jobs);
    call_answer_json(call, 202, &body);
    str_release(&body);
    return 0;
}

int admin_run(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    (void)desk;
    struct args *args = NULL;
    bool confirmed;
    const struct command *command = find_command(call->param[0]);
    if (command == NULL) {
        call_problem(call, 404, "not_found", "there is no such command; /openapi.json lists them all");
        return 0;
    }
    int rc = read_args(server, command, call->json, &args, &confirmed, err);
    if (rc != 0)
        return rc;
    if (command->flags & CF_DESTRUCTIVE && !confirmed) {
        args_free(args);
        call_problem(call, 403, "refused",
                     "'%s' changes or removes what cannot be brought back: send {\"confirm\": true} with it",
                     command->name);
        return 0;
    }
    /* By the number of the key; without keys, whoever can reach this machine's own address. */
    char caller[64];
    snprintf(caller, sizeof caller, call->key != 0 ? "key %lld" : "this machine", (long long)call->key);
    if (command->flags & CF_LONG)
        return begin_job(server->admin, call, command, args, confirmed, caller, err);
    char *result = NULL;
    struct str body;
    rc = carry_out(server, command, args, confirmed, caller, &result, err);
    args_free(args);
    if (rc == 0) {
        str_init(&body, RESULT_MAX);
        str_puts(&body, result);
        call_answer_json(call, 200, &body);
        str_release(&body);
    } else {
        answer_failed(call, err, result);
    }
    mem_free(result);
    return 0;
}

static void no_such_job(struct call *call)
{
    call_problem(call, 404, "not_found", "there is no such job; the last %d are kept", BACKGROUND_KEPT);
}

static int show_run(struct server *server, struct call *call, bool cancel)
{
    struct str body;
    str_init(&body, RESULT_MAX);
    background_lock(server->admin->jobs);
    struct background_job *run = background_find(server->admin->jobs, call->param[0]);
    if (run != NULL && cancel)
        job_cancel(&run->job);
    if (run != NULL)
        put_run(&body, run, true);
    background_unlock(server->admin->jobs);
    if (run != NULL)
        call_answer_json(call, cancel ? 202 : 200, &body);
    else
        no_such_job(call);
    str_release(&body);
    return 0;
}

int admin_job(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    (void)desk, (void)err;
    return show_run(server, call, false);
}

int admin_job_cancel(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    (void)desk, (void)err;
    return show_run(server, call, true);
}

int admin_jobs(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    (void)desk, (void)err;
    struct str body;
    str_init(&body, 1 << 20);
    str_puts(&body, "{\"jobs\":[");
    background_lock(server->admin->jobs);
    for (struct background_job *r = background_first(server->admin->jobs); r != NULL; r = r->next) {
        put_run(&body, r, false);
        if (r->next != NULL)
            str_putc(&body, ',');
    }
    background_unlock(server->admin->jobs);
    str_puts(&body, "]}");
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}

/* Server-sent events. */

/* The next event, if there is one; the jobs' lock is held. */
static void fill(struct stream *self)
{
    str_clear(&self->text);
    self->at = 0;
    if (self->run->version != self->version) {
        self->version = self->run->version;
        self->ended = background_over(self->run);
        str_printf(&self->text, "event: %s\ndata: ", self->ended ? "end" : "progress");
        put_run(&self->text, self->run, false);
        str_puts(&self->text, "\n\n");
    } else if (clock_monotonic_ms() - self->said_ms >= KEEP_ALIVE_MS) {
        str_puts(&self->text, ": still here\n\n");
    }
    if (self->text.len > 0)
        self->said_ms = clock_monotonic_ms();
}

static ssize_t read_stream(void *context, uint64_t at, char *out, size_t max)
{
    struct stream *self = context;
    ssize_t n = 0;
    (void)at;
    background_lock(self->admin->jobs);
    if (self->at == self->text.len && (self->ended || self->admin->closing)) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        if (self->at == self->text.len)
            fill(self);
        n = (ssize_t)(self->text.len - self->at < max ? self->text.len - self->at : max);
        memcpy(out, str_text(&self->text) + self->at, (size_t)n);
        self->at += (size_t)n;
        if (n == 0) {
            self->suspended = true;
            MHD_suspend_connection(self->connection);
        }
    }
    background_unlock(self->admin->jobs);
    return n;
}

static void end_stream(void *context)
{
    struct stream *self = context;
    background_lock(self->admin->jobs);
    for (struct stream **at = &self->admin->streams; *at != NULL; at = &(*at)->next)
        if (*at == self) {
            *at = self->next;
            break;
        }
    self->run->watchers--;
    background_unlock(self->admin->jobs);
    str_release(&self->text);
    mem_free(self);
}

void admin_tick(struct admin *self)
{
    if (self == NULL)
        return;
    int64_t now = clock_monotonic_ms();
    background_lock(self->jobs);
    for (struct stream *s = self->streams; s != NULL; s = s->next)
        if (s->suspended && (self->closing || s->run->version != s->version || now - s->said_ms >= KEEP_ALIVE_MS)) {
            s->suspended = false;
            MHD_resume_connection(s->connection);
        }
    background_unlock(self->jobs);
}

int admin_job_events(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    (void)desk;
    struct admin *self = server->admin;
    struct stream *stream = mem_zalloc(1, sizeof *stream);
    if (stream == NULL)
        return error_nomem(err, "serve");
    background_lock(self->jobs);
    struct background_job *run = background_find(self->jobs, call->param[0]);
    if (run != NULL) {
        *stream = (struct stream){.admin = self,
                                  .run = run,
                                  .connection = call->connection,
                                  .version = run->version - 1,
                                  .next = self->streams,
                                  .said_ms = clock_monotonic_ms()};
        str_init(&stream->text, EVENT_MAX);
        run->watchers++;
        self->streams = stream;
    }
    background_unlock(self->jobs);
    if (run == NULL) {
        mem_free(stream);
        no_such_job(call);
        return 0;
    }
    call->stream = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, end_stream);
    if (call->stream == NULL) {
        end_stream(stream);
        return error_nomem(err, "serve");
    }
    call->status = 200;
    call->type = "text/event-stream";
    return 0;
}

/* The OpenAPI document. */

static void put_param(struct str *out, const struct command_param *p)
{
    static const char *const types[] = {[PT_TEXT] = "string", [PT_INT] = "integer", [PT_REAL] = "number",
                                        [PT_FLAG] = "boolean", [PT_CHOICE] = "string", [PT_PATH] = "string",
                                        [PT_SETTING] = "string"};
    text_json_string(out, p->name, strlen(p->name));
    str_puts(out, p->flags & PF_MANY ? ":{\"type\":\"array\",\"items\":{" : ":{");
    str_printf(out, "\"type\":\"%s\"", types[p->type]);
    if (p->type == PT_INT || p->type == PT_REAL)
        shape_put_range(out, p->type == PT_INT, p->min, p->max);
    if (p->type == PT_CHOICE) {
        str_puts(out, ",\"enum\":[");
        for (const char *c = p->choices; *c != '\0';) {
            size_t n = strcspn(c, "|");
            text_json_string(out, c, n);
            c += n + (c[n] == '|');
            if (*c != '\0')
                str_putc(out, ',');
        }
        str_putc(out, ']');
    }
    if (p->flags & PF_MANY)
        str_putc(out, '}');
    str_puts(out, ",\"description\":");
    text_json_string(out, p->help, strlen(p->help));
    str_putc(out, '}');
}

static void put_command_body(struct str *out, const struct command *command)
{
    const struct command_param *p;
    bool destructive = (command->flags & CF_DESTRUCTIVE) != 0;
    const char *comma = "";
    str_puts(out, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++) {
        str_puts(out, comma);
        put_param(out, p);
        comma = ",";
    }
    if (find_param(command, "confirm") == NULL)
        str_printf(out, "%s\"confirm\":{\"type\":\"boolean\",\"description\":\"as --yes on a command line\"}", comma);
    str_putc(out, '}');
    comma = "";
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++)
        if (p->flags & PF_REQUIRED) {
            str_printf(out, "%s\"%s\"", comma[0] == '\0' ? ",\"required\":[" : ",", p->name);
            comma = ",";
        }
    if (destructive) {
        str_printf(out, "%s\"confirm\"", comma[0] == '\0' ? ",\"required\":[" : ",");
        comma = ",";
    }
    str_printf(out, "%s,\"additionalProperties\":false}", comma[0] != '\0' ? "]" : "");
}

int admin_openapi(struct str *out)
{
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command *c = command_table[i];
        bool listed = false;
        for (size_t k = 0; k < i; k++)
            listed = listed || command_table[k] == c;
        if (listed)
            continue;
        str_puts(out, ",\"/admin/v1/");
        for (const char *p = c->name; *p != '\0'; p++)
            str_putc(out, *p == ' ' ? '/' : *p);
        str_puts(out, "\":{\"post\":{\"operationId\":\"command_");
        for (const char *p = c->name; *p != '\0'; p++)
            str_putc(out, *p == ' ' || *p == '-' ? '_' : *p);
        str_puts(out, "\",\"tags\":[\"admin\"],\"summary\":");
        text_json_string(out, c->summary, strlen(c->summary));
        str_puts(out, ",\"description\":");
        text_json_string(out, c->description, strlen(c->description));
        str_puts(out, ",\"security\":[{\"key\":[\"admin\"]}],\"requestBody\":{\"required\":true,\"content\":{"
                      "\"application/json\":{\"schema\":");
        put_command_body(out, c);
        str_printf(out,
                   "}}},\"responses\":{\"%s\":{\"description\":\"%s\",\"content\":{\"application/json\":{\"schema\":"
                   "{\"$ref\":\"#/components/schemas/%s\"}}}}",
                   c->flags & CF_LONG ? "202" : "200", c->flags & CF_LONG ? "it is a job now" : "its result",
                   c->flags & CF_LONG ? "Job" : "Result");
        openapi_problems(out);
        str_puts(out, "}}}");
    }
    return out->failed ? -1 : 0;
}
