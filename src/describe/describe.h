/* describe: texts about products, by whoever providers.toml names.
 *
 * For each item: what is known of it, the prompt that the template makes of that, and, unless the same was asked before
 * (prompt.digest), a call.  What comes back is checked (checker.h) and stored at once, so that a run that ends in the
 * middle, however it ends, is taken up by running it again: what is stored is not asked again.  Several are under way at a
 * time, from one thread; what each attempt costs goes through the ledger (store/ledger.h).
 *
 * An answer that is not the JSON object asked for is asked for again, with what was wrong, DESCRIBE_REPAIRS times. */
#ifndef RECKON_DESCRIBE_DESCRIBE_H
#define RECKON_DESCRIBE_DESCRIBE_H

#include "base/job.h"
#include "describe/checker.h"
#include "describe/prompt.h"
#include "llm/llm.h"
#include "store/descriptions.h"

enum { DESCRIBE_REPAIRS = 2 };

struct describe_wish {
    const struct providers *providers; /* in the order in which they are asked */
    const struct template *template;
    const char *collection, *team, *phase;
    const char *note;      /* an editor's, to all of them; NULL: none */
    const char *audience;  /* instead of the template's; NULL: as it says */
    int64_t job;           /* that runs it, in the log of jobs: whose life tells whether its charges will be settled */
    int64_t parent;        /* the text that is written again; 0: none */
    double duplicates;     /* likeness from which a text is near-duplicate of another product's; 0: nobody looks */
    bool again;            /* also what was written of the same before */
    bool publish;          /* what nothing was found in goes into the shop at once */
    unsigned in_flight;    /* 0: as many as the providers allow */
};

enum describe_end {
    DESCRIBE_WRITTEN, DESCRIBE_REVIEW, DESCRIBE_SAME, DESCRIBE_NO_FACTS, DESCRIBE_FAILED,
    DESCRIBE_UNDER_WAY, /* asked of a provider in a batch, which has not ended */
    DESCRIBE_ENDS
};
const char *describe_end_name(enum describe_end end);

/* One item came to its end; everything is borrowed. */
struct describe_news {
    int64_t item;
    const char *identifier, *title;
    enum describe_end end;
    int64_t description;          /* of WRITTEN, REVIEW and SAME */
    const struct error *error;    /* of NO_FACTS and FAILED */
    const char *left_out;         /* facts that looked like instructions; "" none */
    const char *withheld;         /* facts that lead to a person, and how; NULL: none */
    size_t findings;
};
typedef int (*describe_fn)(void *context, const struct describe_news *news);

struct describe_sums {
    int64_t ends[DESCRIBE_ENDS];
    int64_t calls, prompt, cached, completion, cost; /* of this run; cost in millionths */
};

/* fn may be NULL.  0 when every item came to an end, whatever it was; E_REFUSED: a budget is used up; E_CANCELLED; what the
 * store says.  sums are true however it ends. */
int describe_items(struct store *store, const struct describe_wish *wish, const int64_t *items, size_t n,
                   struct describe_sums *sums, describe_fn fn, void *context, struct job *job, struct error *err);

/* A note is an editor's, and goes out: what leads to a person does not belong into it.  E_REFUSED; NULL is fine. */
int describe_check_note(struct store *store, const char *note, struct error *err);

/* The template of that name or NAME@VERSION, in force or not. */
int describe_template(struct store *store, const char *spec, struct template **out, struct error *err);
/* Are the attributes that it names there?  E_BAD_DATA. */
int describe_check_template(struct store *store, const char *source, const struct template *template, struct error *err);

#endif
