#include "ui/screens.h"

#include <string.h>

const struct place places[] = {
    {"home", "Home", 'h', "the workspace at a glance, and what to do next", &screen_home, NULL, NULL},
    {"jobs", "Jobs", 'j', "the commands that run and ran", &screen_jobs, NULL, NULL},
    {0},
};

const struct screen_kind *const screens_all[] = {
    &screen_home, &screen_jobs, &screen_job, &screen_help, &screen_palette, &screen_form, &screen_confirm, &screen_go,
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
