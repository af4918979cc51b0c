#include "serve/item_text.h"

#include "describe/texts.h"

void item_text_read(struct item_text_wish *out, const struct call *call, const json_t *asked, bool wanted,
                    const struct variant *variant)
{
    bool by_arm = variant != NULL && variant->descriptions != NULL;
    *out = (struct item_text_wish){.set = -1};
    if (!wanted && !by_arm)
        return;
    out->texts = call->view->texts;
    out->collection = by_arm ? variant->descriptions : call_text(asked, "collection");
    out->set = texts_choose(out->texts, out->collection, call_text(asked, "language"), call_text(asked, "channel"));
}

void item_text_put(struct str *out, const struct item_text_wish *wish, const char *identifier)
{
    size_t before = out->len;
    if (wish->set < 0)
        return;
    str_puts(out, ",\"description\":");
    if (!texts_put(wish->texts, wish->set, identifier, out))
        str_cut(out, before);
}
