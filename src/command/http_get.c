#include "command/http_get.h"

#include <curl/curl.h>
#include <stdio.h>

static size_t take(char *bytes, size_t size, size_t n, void *out)
{
    return str_append(out, bytes, size * n) == 0 ? size * n : 0;
}

static int watch(void *job, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return job_cancelled(job);
}

int http_get(const struct http_get *self, struct str *out, long *status, struct error *err)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return error_nomem(err, self->url);
    curl_easy_setopt(curl, CURLOPT_URL, self->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, self->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "reckon");
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, self->job);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (self->token != NULL && self->token[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, self->token);
    }
    CURLcode rc = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_cleanup(curl);
    if (rc == CURLE_OK)
        return 0;
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return job_error_cancelled(err, self->url);
    return error_set(err, E_IO, self->url, "%s", curl_easy_strerror(rc));
}
