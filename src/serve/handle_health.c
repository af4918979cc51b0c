/* Is it alive, is it ready, how does it do, what can it do. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/help.h"
#include "serve/dialect.h"
#include "serve/handlers.h"
#include "serve/server.h"

static int text_answer(struct call *call, int status, const char *type, const char *text)
{
    struct str body;
    str_init(&body, 4096);
    str_puts(&body, text);
    call_answer(call, status, type, &body);
    str_release(&body);
    return 0;
}

HANDLER(handle_livez)
{
    (void)server, (void)desk, (void)err;
    return text_answer(call, 200, "application/json", "{\"alive\":true}");
}

static bool is_ready(enum serve_state state)
{
    return state == SERVE_READY || state == SERVE_DEGRADED;
}

HANDLER(handle_readyz)
{
    (void)desk, (void)err;
    char model[400], writes[400];
    struct str body;
    enum serve_state state = state_of(&server->state);
    str_init(&body, 8192);
    str_printf(&body, "{\"state\":\"%s\"", state_name(state));
    if ((call->roles & ~(unsigned)KEY_BROWSER) != 0) { /* what exactly, is for those who may know */
        state_problems(&server->state, model, writes);
        str_printf(&body, ",\"model\":\"%s\",\"checks\":{\"model\":", call->view->model);
        text_json_string(&body, model[0] != '\0' ? model : "ok", model[0] != '\0' ? strlen(model) : 2);
        str_puts(&body, ",\"writes\":");
        text_json_string(&body, writes[0] != '\0' ? writes : "ok", writes[0] != '\0' ? strlen(writes) : 2);
        str_putc(&body, '}');
    }
    str_putc(&body, '}');
    call_answer_json(call, is_ready(state) ? 200 : 503, &body);
    str_release(&body);
    if (!is_ready(state))
        call->retry_after = 5;
    return 0;
}

HANDLER(handle_ping)
{
    (void)desk, (void)err;
    call_answer_empty(call, is_ready(state_of(&server->state)) ? 200 : 503);
    return 0;
}

HANDLER(handle_version)
{
    (void)server, (void)desk, (void)err;
    char text[128];
    snprintf(text, sizeof text, "{\"version\":\"%s\"}", help_version);
    return text_answer(call, 200, "application/json", text);
}

HANDLER(handle_openapi)
{
    (void)server, (void)desk;
    struct str body;
    str_init(&body, 1 << 22);
    int rc = openapi_document(&body, NULL) != 0 ? error_nomem(err, "openapi") : 0;
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}

static double resident_bytes(void)
{
    char *text;
    size_t n;
    long pages = 0;
    if (fs_read_all("/proc/self/statm", 256, &text, &n, NULL) != 0)
        return 0;
    if (sscanf(text, "%*s %ld", &pages) != 1)
        pages = 0;
    mem_free(text);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void put_process(struct str *out, const struct server *server)
{
    double now = (double)clock_now_ms() / 1000, up = clock_seconds() - (double)server->began_us * 1e-6;
    str_printf(out,
               "# HELP process_cpu_seconds_total Time of the processors.\n# TYPE process_cpu_seconds_total counter\n"
               "process_cpu_seconds_total %.3f\n",
               clock_cpu_seconds());
    meters_gauge(out, "process_resident_memory_bytes", "Memory in use.", "", resident_bytes());
    meters_gauge(out, "process_start_time_seconds", "When the process began to serve.", "", now - up);
}

static void put_state(struct str *out, struct server *server)
{
    enum serve_state now = state_of(&server->state);
    str_puts(out, "# HELP reckon_state The state of the server: 1 for the one it is in.\n# TYPE reckon_state gauge\n");
    for (int s = SERVE_STARTING; s <= SERVE_STOPPED; s++)
        str_printf(out, "reckon_state{state=\"%s\"} %d\n", state_name((enum serve_state)s), s == (int)now);
}

enum { ROUTE_LABEL_MAX = 96 };

/* Routes of the dialects that are spoken: "sagemaker:/ping". */
static void name_foreign(const char *names[METERS_ROUTES], char labels[METERS_ROUTES][ROUTE_LABEL_MAX], unsigned spoken)
{
    const struct dialect *d;
    for (size_t k = 0; (d = dialect_at(k)) != NULL; k++)
        for (size_t i = 0; (spoken & 1u << k) != 0 && i < d->n_routes; i++) {
            unsigned number = dialect_route_number(&d->routes[i]);
            snprintf(labels[number], ROUTE_LABEL_MAX, "%s:%s", d->name, d->routes[i].path);
            names[number] = labels[number];
        }
}

HANDLER(handle_metrics)
{
    (void)desk;
    const char *names[METERS_ROUTES] = {0};
    char foreign[METERS_ROUTES][ROUTE_LABEL_MAX];
    char labels[160];
    struct str body;
    for (size_t i = 0; i < route_count && i < METERS_ROUTES - 1; i++)
        names[i] = route_table[i].path;
    for (size_t i = 0; i < route_count; i++) /* one label for each template: methods of one path are counted together */
        for (size_t k = 0; k < i; k++)
            if (names[k] != NULL && strcmp(names[k], names[i]) == 0 &&
                strcmp(route_table[k].method, route_table[i].method) == 0)
                names[i] = NULL;
    name_foreign(names, foreign, call->view->dialects);
    names[METERS_ROUTES - 1] = "other";
    str_init(&body, 1 << 22);
    int rc = meters_render(&body, &server->meters, names);
    put_state(&body, server);
    snprintf(labels, sizeof labels, "{model=\"%s\",build=\"%s\"}", call->view->model, help_version);
    meters_gauge(&body, "reckon_serving_info", "The model that answers, and the build; always 1.", labels, 1);
    meters_gauge(&body, "reckon_view_generation", "Number of the view that answers.", "",
                 (double)call->view->generation);
    put_process(&body, server);
    if (rc == 0 && !body.failed)
        call_answer(call, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
    else
        rc = error_nomem(err, "metrics");
    str_release(&body);
    return rc;
}
