/* What a server says of itself, as text of Prometheus, and what happened between two looks. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/entry/server_view.h"
#include "tests/unit/check_main.h"

static const char first[] =
    "# HELP reckon_requests_total Requests\n"
    "reckon_requests_total{route=\"/v1/recommend\",status=\"2xx\"} 100\n"
    "reckon_requests_total{route=\"/v1/recommend\",status=\"5xx\"} 2\n"
    "reckon_requests_total{route=\"other\",status=\"4xx\"} 5\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"0.001\"} 50\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"0.01\"} 102\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"+Inf\"} 102\n"
    "reckon_answer_cache_hits_total 10\nreckon_answer_cache_misses_total 90\n"
    "reckon_state{state=\"starting\"} 0\nreckon_state{state=\"ready\"} 1\n"
    "reckon_serving_info{model=\"blend@3\",build=\"0.1.0\"} 1\n"
    "process_start_time_seconds 1000\n";

static const char second[] =
    "reckon_requests_total{route=\"/v1/recommend\",status=\"2xx\"} 140\n"
    "reckon_requests_total{route=\"/v1/recommend\",status=\"5xx\"} 12\n"
    "reckon_requests_total{route=\"other\",status=\"4xx\"} 5\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"0.001\"} 90\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"0.01\"} 150\n"
    "reckon_request_seconds_bucket{route=\"/v1/recommend\",le=\"+Inf\"} 152\n"
    "reckon_answer_cache_hits_total 40\nreckon_answer_cache_misses_total 100\n"
    "reckon_state{state=\"degraded\"} 1\n"
    "process_start_time_seconds 1000\n";

static double number(const struct result *r, size_t row, const char *column)
{
    for (size_t c = 0; c < r->n_columns; c++)
        if (strcmp(r->columns[c].name, column) == 0)
            return result_cell(r, row, c)->real;
    ck_abort_msg("no column %s", column);
}

static const struct cell *fact(const struct result *r, const char *name)
{
    for (size_t i = 0; i < r->n_summary; i++)
        if (strcmp(r->summary[i].name, name) == 0)
            return &r->summary[i].value;
    ck_abort_msg("no fact %s", name);
}

START_TEST(rates_are_of_the_time_between)
{
    static struct server_sample a, b;
    struct result r;
    result_init(&r);
    a.at = 10, b.at = 12;
    server_sample_parse(&a, first);
    server_sample_parse(&b, second);
    ck_assert_str_eq(a.model, "blend@3");
    server_report(&r, &a, &b);
    ck_assert_int_eq(result_check(&r, NULL), 0);
    ck_assert_str_eq(result_cell(&r, 0, 0)->text, "/v1/recommend");
    ck_assert_double_eq_tol(number(&r, 0, "rate"), 25, 1e-9);
    ck_assert_double_eq_tol(number(&r, 0, "errors"), 5, 1e-9);
    ck_assert_double_eq_tol(number(&r, 1, "rate"), 0, 1e-9);
    ck_assert_str_eq(fact(&r, "state")->text, "degraded");
    ck_assert_double_eq_tol(fact(&r, "cache_hits")->real, 0.75, 1e-9);
    /* 50 answers came: 40 within 1 ms, 8 within 10 ms, 2 later */
    ck_assert_double_eq_tol(number(&r, 0, "p50"), 1000 * 0.001 * 25 / 40, 1e-9);
    ck_assert_double_eq_tol(number(&r, 0, "p95"), 1 + 9 * 7.5 / 8, 1e-9);
    ck_assert_double_eq_tol(number(&r, 0, "p99"), 10, 1e-9); /* all that is known: not less */
    ck_assert_int_eq(result_cell(&r, 1, 4)->type, CELL_NULL); /* nothing came there */
    result_release(&r);
}
END_TEST

START_TEST(routes_with_parameters_are_whole)
{
    static struct server_sample s;
    server_sample_parse(&s, "reckon_requests_total{route=\"/v1/items/{id}\",status=\"2xx\"} 7\n"
                            "reckon_requests_total{route=\"/admin/v1/{command+}\",status=\"4xx\"} 3\n"
                            "reckon_request_seconds_bucket{route=\"/v1/items/{id}\",le=\"0.001\"} 6\n"
                            "reckon_request_seconds_bucket{route=\"/v1/items/{id}\",le=\"+Inf\"} 7\n"
                            "reckon_requests_total{route=\"/v1/cut/{id\n");
    ck_assert_uint_eq(s.n_routes, 2);
    ck_assert_str_eq(s.routes[0].name, "/v1/items/{id}");
    ck_assert_double_eq_tol(s.routes[0].answered, 7, 1e-9);
    ck_assert_uint_eq(s.routes[0].n_buckets, 2);
    ck_assert_str_eq(s.routes[1].name, "/admin/v1/{command+}");
    ck_assert_double_eq_tol(s.routes[1].failed, 3, 1e-9);
}
END_TEST

START_TEST(a_restart_begins_anew)
{
    static struct server_sample a, b;
    struct result r;
    result_init(&r);
    a.at = 10, b.at = 12;
    server_sample_parse(&a, first);
    server_sample_parse(&b, second);
    b.started = 2000;
    server_report(&r, &a, &b);
    ck_assert_double_gt(number(&r, 0, "rate"), 0);
    result_release(&r);
}
END_TEST

START_TEST(nonsense_is_passed_over)
{
    static struct server_sample s;
    server_sample_parse(&s, "");
    server_sample_parse(&s, "reckon_requests_total{route=\"x\n{{{}}}\nreckon_state{state=\n\n=\nreckon_requests_total 3\n \n#\n");
    server_sample_parse(&s, "reckon_request_seconds_bucket{route=\"a\",le=\"\"} nan\nreckon_connections");
    ck_assert_double_eq(s.connections, 0);
}
END_TEST

START_TEST(a_key_file_is_for_its_owner_alone)
{
    char path[] = "/tmp/reckon-key-XXXXXX", token[SERVER_TOKEN];
    struct error err = {0};
    int fd = mkstemp(path);
    ck_assert_int_eq((int)write(fd, "secret\nmore", 11), 11);
    close(fd);
    chmod(path, 0644);
    ck_assert_int_eq(server_token(path, token, &err), E_REFUSED);
    ck_assert_str_eq(token, "");
    chmod(path, 0600);
    ck_assert_int_eq(server_token(path, token, &err), 0);
    ck_assert_str_eq(token, "secret");
    unlink(path);
    ck_assert_int_lt(server_token(path, token, &err), 0);
}
END_TEST

CHECK_MAIN("server_view", rates_are_of_the_time_between, routes_with_parameters_are_whole, a_restart_begins_anew, nonsense_is_passed_over,
           a_key_file_is_for_its_owner_alone)
