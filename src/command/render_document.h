/* render_document: a result as a page to send round: Markdown, or HTML that needs nothing beside it.
 *
 * Title, facts, table, notes; of HTML also its curves, and its intervals (series of three points: low, middle, high).
 * Whatever comes from outside is escaped. */
#ifndef RECKON_COMMAND_RENDER_DOCUMENT_H
#define RECKON_COMMAND_RENDER_DOCUMENT_H

#include "command/render.h"

int render_markdown(struct str *out, const struct result *result);
int render_html(struct str *out, const struct result *result);

#endif
