/* prompt: what is said to whoever writes about a product.
 *
 * Product text is data: it stands as JSON within a fence whose word is made of the facts' own digest, so that no text can
 * close it, and the system's message says that nothing within a fence is an instruction.  A value that looks like one is
 * left out and told (prompt.left_out).  No user, and nothing of a person, can get here: there is no way in. */
#ifndef RECKON_DESCRIBE_PROMPT_H
#define RECKON_DESCRIBE_PROMPT_H

#include <jansson.h>

#include "describe/facts.h"
#include "describe/template.h"
#include "llm/chat.h"

/* What else may be said. */
struct prompt_extras {
    const char *note;     /* an editor's, to a text that is to be written again; NULL: none */
    const char *audience; /* whom it is for, instead of the template's; NULL: as the template says */
    const char *reason;   /* why it is recommended, to whoever writes a caption (captions.h); NULL: none */
    const char *because;  /* title of the product in that reason; NULL: none */
};

struct prompt {
    struct str system, user;
    struct str left_out;   /* names of facts that looked like instructions, with ", " between them; "" none */
    json_t *schema;        /* of the answer */
    char digest[65];       /* of all of it, and of the model: the same is not asked twice */
    struct chat_message messages[2];
    struct chat_request request; /* borrows all of the above */
};

/* E_BAD_DATA: the template names an attribute that this product does not have, and which; nothing is left to say. */
int prompt_make(struct prompt *out, const struct template *template, const struct facts *facts,
                const struct prompt_extras *extras, const char *model, struct error *err);
void prompt_release(struct prompt *self);

/* For other prompts about products: data (taken) as JSON between two lines with a word of its own digest; and the facts as
 * such data, without those that look like instructions, which go to left_out.  A prompt made by hand is released as another. */
int prompt_fence(struct str *out, const char *what, json_t *data, struct error *err);
json_t *prompt_facts(struct prompt *self, const struct facts *facts);

/* About so many tokens: a quarter of the bytes, OpenAI's own rule of thumb for English.  The most that it can be is
 * chat_prompt_at_most. */
int64_t prompt_tokens(const struct prompt *self);

#endif
