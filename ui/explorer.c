/* What is asked, and how the answers moved. */
#include "ui/explorer.h"

#include <stdio.h>
#include <string.h>

bool explorer_changed(const struct explorer *self)
{
    return self->n_met > self->n_base || self->n_without > 0 || self->filter[0] != '\0' || self->scenario[0] != '\0' ||
           self->mode != NULL;
}

const struct cell *explorer_cell(const struct explorer_pane *pane, size_t row, const char *column)
{
    const struct result *r = &pane->result;
    for (size_t c = 0; row < r->n_rows && c < r->n_columns; c++)
        if (strcmp(r->columns[c].name, column) == 0)
            return result_cell(r, row, c);
    return NULL;
}

const char *explorer_text(const struct explorer_pane *pane, size_t row, const char *column)
{
    const struct cell *cell = explorer_cell(pane, row, column);
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : "";
}

const char *explorer_fact(const struct explorer_pane *pane, const char *name)
{
    for (size_t i = 0; i < pane->result.n_summary; i++)
        if (strcmp(pane->result.summary[i].name, name) == 0 && pane->result.summary[i].value.type == CELL_TEXT)
            return pane->result.summary[i].value.text;
    return "";
}

const char *explorer_move(const struct explorer *self, const struct explorer_pane *pane, size_t row, char out[16])
{
    const char *item = explorer_text(pane, row, "item");
    out[0] = '\0';
    if (!explorer_changed(self) || pane->n_before == 0)
        return out;
    for (size_t i = 0; i < pane->n_before; i++)
        if (strcmp(pane->before[i], item) == 0) {
            if (i != row)
                snprintf(out, 16, "%+d", (int)i - (int)row);
            return out;
        }
    return strcpy(out, "new");
}

void explorer_values(const struct explorer *self, const struct explorer_pane *pane, const char *item,
                     const char *values[EXPLORER_VALUES])
{
    size_t n = 0;
    bool person = self->subject != SUBJECT_ITEM;
#define PUT(name, value) (values[n++] = (name), values[n++] = (value))
    if (self->subject == SUBJECT_USER)
        PUT("user", self->id);
    if (self->subject == SUBJECT_ITEM)
        PUT("item", self->id);
    if (item != NULL)
        PUT("item", item);
    else
        PUT("n", "50");
    if (pane->model[0] != '\0')
        PUT("model", pane->model);
    if (self->filter[0] != '\0')
        PUT("filter", self->filter);
    if (self->scenario[0] != '\0')
        PUT("scenario", self->scenario);
    if (person && self->mode != NULL)
        PUT("mode", self->mode);
    for (size_t i = 0; person && i < self->n_met; i++)
        PUT("met", self->met[i]);
    for (size_t i = 0; person && i < self->n_without; i++)
        PUT("without", self->without[i]);
#undef PUT
    values[n] = NULL;
}
