/* checker: does a text about a product say only what is known of it, and what may be said?
 *
 * What is found has its place in the text, so that an editor sees it marked.  Grave findings send a text to review.
 * Pure: facts, template and text in, findings out. */
#ifndef RECKON_DESCRIBE_CHECKER_H
#define RECKON_DESCRIBE_CHECKER_H

#include <jansson.h>

#include "describe/facts.h"
#include "describe/template.h"

enum checker_kind {
    FINDING_FORM,     /* a field is missing or empty, or says nothing but the title */
    FINDING_LENGTH,   /* longer than the template allows */
    FINDING_BANNED,   /* a word that must not be written */
    FINDING_PERSONAL, /* an address of e-mail, a telephone number */
    FINDING_CLAIM,    /* the facts do not hold it (claims.h) */
    FINDING_LANGUAGE, /* another one than was asked for */
    FINDING_READING,  /* hard to read; not grave */
    FINDING_DUPLICATE, /* nearly the same as another product's text (near.h) */
    FINDING_KINDS
};

const char *checker_kind_name(enum checker_kind kind);

struct checker_finding {
    enum checker_kind kind;
    enum template_field field;
    size_t from, n; /* bytes of the field's text (of a list: its texts, a line each); n 0: the whole of it */
    bool grave;
    char why[200];  /* a sentence */
};

struct checker_findings {
    struct checker_finding *list;
    size_t n, cap;
};

/* brands: of all products (describe_brands); may be NULL. */
int checker_check(const struct facts *facts, const char *const *brands, size_t n_brands,
                  const struct template *template, const json_t *content, struct checker_findings *out,
                  struct error *err);
/* One that somebody else found. */
int checker_findings_add(struct checker_findings *self, const struct checker_finding *finding, struct error *err);
void checker_findings_release(struct checker_findings *self);
bool checker_findings_are_grave(const struct checker_findings *self);

/* The text of a field of the content: a list's texts a line each; "" when it has none. */
int checker_content_text(const json_t *content, enum template_field field, struct str *out);

/* As the store keeps them: [{"kind", "field", "from", "bytes", "grave", "why"}]; NULL: out of memory. */
json_t *checker_findings_json(const struct checker_findings *self);

#endif
