#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void str_init(struct str *self, size_t max_bytes)
{
    *self = (struct str){.max = max_bytes};
}

void str_release(struct str *self)
{
    mem_free(self->data);
    *self = (struct str){.max = self->max};
}

void str_cut(struct str *self, size_t len)
{
    if (len >= self->len)
        return;
    self->len = len;
    self->data[len] = '\0';
}

void str_clear(struct str *self)
{
    self->len = 0;
    self->failed = false;
    if (self->data != NULL)
        self->data[0] = '\0';
}

const char *str_text(const struct str *self)
{
    return self->data != NULL ? self->data : "";
}

char *str_take(struct str *self)
{
    char *out = NULL;
    if (!self->failed)
        out = self->data != NULL ? self->data : mem_strdup("");
    if (out != NULL)
        self->data = NULL;
    str_release(self);
    return out;
}

static int reserve(struct str *self, size_t extra)
{
    if (self->failed || extra > self->max || self->len > self->max - extra ||
        mem_grow((void **)&self->data, &self->cap, self->len + extra + 1, 1) != 0) {
        self->failed = true;
        return -1;
    }
    return 0;
}

int str_append(struct str *self, const char *text, size_t len)
{
    if (reserve(self, len) != 0)
        return -1;
    if (len != 0)
        memcpy(self->data + self->len, text, len);
    self->len += len;
    self->data[self->len] = '\0';
    return 0;
}

int str_puts(struct str *self, const char *text)
{
    return str_append(self, text, strlen(text));
}

int str_putc(struct str *self, char c)
{
    return str_append(self, &c, 1);
}

void str_trim_end(struct str *self, char c)
{
    while (self->len > 0 && self->data[self->len - 1] == c)
        self->data[--self->len] = '\0';
}

int str_pad(struct str *self, char c, size_t count)
{
    if (reserve(self, count) != 0)
        return -1;
    memset(self->data + self->len, c, count);
    self->len += count;
    self->data[self->len] = '\0';
    return 0;
}

int str_vprintf(struct str *self, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    int rc = -1;
    if (n < 0) {
        self->failed = true;
    } else if ((size_t)n < sizeof small) {
        rc = str_append(self, small, (size_t)n);
    } else if (reserve(self, (size_t)n) == 0) {
        vsnprintf(self->data + self->len, (size_t)n + 1, fmt, again);
        self->len += (size_t)n;
        rc = 0;
    }
    va_end(again);
    return rc;
}

int str_printf(struct str *self, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = str_vprintf(self, fmt, ap);
    va_end(ap);
    return rc;
}
