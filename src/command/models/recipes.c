#include "command/models/recipes.h"

#include "engine/model.h"

bool recipes_about(size_t index, struct recipe_about *out)
{
    const struct model_kind *kind = NULL;
    for (size_t i = 0; i <= index; i++)
        if ((kind = model_kinds[i]) == NULL)
            return false;
    *out = (struct recipe_about){kind->name, kind->title, kind->about, kind->defaults};
    return true;
}

enum recipe_use recipes_param(const char *kind, const struct command_param *param, char *value, size_t size)
{
    const struct model_kind *found = model_kind_find(kind);
    int id = param_find(param->name);
    struct params params;
    if (found == NULL || id < 0)
        return RECIPE_OTHER;
    if (!model_uses_param(found, id))
        return RECIPE_USES_NOT;
    model_default_params(found, &params);
    params_text(&params, id, value, size);
    return RECIPE_USES;
}
