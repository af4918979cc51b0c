#include "ui/screens.h"

#include <string.h>

#include "ui/grid.h"

const struct place places[] = {
    {"home", "Home", 'h', "the workspace at a glance, and what to do next", &screen_home, NULL, NULL},
    {"data", "Data", 'd', "the tables of the workspace", &screen_data, NULL, NULL},
    {"events", "Events", 'e', "what people did", &screen_rows, "events", "data"},
    {"items", "Items", 'i', "products, with their attributes", &screen_rows, "items", "data"},
    {"users", "Users", 'u', "people, with their attributes", &screen_rows, "users", "data"},
    {"quarantine", "Quarantine", 'x', "rows that imports could not take", &screen_rows, "quarantine", "data"},
    {"imports", "Imports", 'f', "what was imported from which file", &screen_rows, "imports", "data"},
    {"attributes", "Attributes", 'a', "what is known about items and users", &screen_rows, "attributes", "data"},
    {"kinds", "Kinds", 'k', "kinds of event, and what each weighs in training", &screen_list, "kinds list", "data"},
    {"descriptions", "Descriptions", 'D', "texts about products: what waits for an editor, what is in the shop, what they cost", &screen_descriptions, NULL, "data"},
    {"models", "Models", 'm', "trained models: show, compare, promote", &screen_models, NULL, NULL},
    {"training", "Training", 't', "choose a kind of model, train it, watch its curves", &screen_training, NULL, "models"},
    {"evaluation", "Evaluation", 'c', "compare models: intervals, segments, users", &screen_evaluation, NULL, "models"},
    {"recipes", "Recipes", 'r', "the kinds of model that can be trained", &screen_list, "models kinds", "models"},
    {"explorer", "Explorer", 'p', "what somebody would see and why, by several models, and what if", &screen_explorer, NULL, NULL},
    {"experiments", "Experiments", 'E', "tests of one thing against another: design, result, rollout", &screen_experiments, NULL, NULL},
    {"serving", "Serving", 'w', "a running server, live: rates, latencies, errors, cache, queue", &screen_serving, NULL, NULL},
    {"jobs", "Jobs", 'j', "the commands that run and ran", &screen_jobs, NULL, NULL},
    {"log", "Log", 'l', "the long commands that ran here, of whatever program", &screen_list, "jobs", "jobs"},
    {"settings", "Settings", 's', "the settings of the workspace, and where each comes from", &screen_settings, NULL, NULL},
    {"keymap", "Key map", 'K', "the keys of the console: see and change them", &screen_keymap, NULL, "settings"},
    {"keys", "Keys", 'y', "the keys of the server's callers", &screen_list, "keys list", "settings"},
    {"audit", "Audit", 'o', "what was done in this workspace, by whom, newest first", &screen_list, "audit list", "jobs"},
    {"privacy", "Privacy", 'v', "requests of people, overdue first: how far, due when", &screen_list, "privacy cases", NULL},
    {"map", "Map", 'b', "where personal data may be, and how it is reached", &screen_list, "privacy map", "privacy"},
    {"certificates", "Certificates", 'n', "proofs of erasure", &screen_list, "privacy certificates list", "privacy"},
    {"holds", "Holds", 'z', "what keeps people's data from being erased", &screen_list, "privacy holds", "privacy"},
    {0},
};

const struct screen_kind *const screens_all[] = {
    &screen_home, &screen_data, &screen_models, &screen_training, &screen_evaluation, &screen_explorer,
    &screen_experiments, &screen_experiment, &screen_descriptions, &screen_description, &screen_description_edit, &screen_serving, &screen_list, &screen_rows, &screen_summary, &screen_cross, &screen_row, &screen_columns, &screen_export, &screen_jobs,
    &screen_settings, &screen_setting, &screen_keymap,
    &screen_job, &screen_help, &screen_palette, &screen_form, &screen_form_live, &screen_confirm, &screen_go,
    NULL,
};

const struct place *place_named(const char *name)
{
    for (const struct place *p = places; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

const struct place *place_tab(const struct place *place)
{
    return place->above != NULL ? place_named(place->above) : place;
}
