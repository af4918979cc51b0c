#include "store/consent_policy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "store/countries.h"

static const char *const modes[] = {"off", "opt-in", "opt-out"};

static bool mode_of(const char *word, size_t n, enum consent_mode *out)
{
    for (int i = 0; i < 3; i++)
        if (strlen(modes[i]) == n && memcmp(modes[i], word, n) == 0) {
            *out = (enum consent_mode)i;
            return true;
        }
    return false;
}

/* "United Kingdom opt-in" */
static int read_region(struct consent_policy *self, const char *text, size_t n, struct error *err)
{
    while (n > 0 && text[0] == ' ')
        text++, n--;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    size_t last = n;
    while (last > 0 && text[last - 1] != ' ')
        last--;
    struct consent_region *r = &self->regions[self->n_regions];
    size_t name = last;
    while (name > 0 && text[name - 1] == ' ')
        name--;
    if (n == 0)
        return 0;
    if (name == 0 || name >= sizeof r->name || !mode_of(text + last, n - last, &r->mode) ||
        self->n_regions == CONSENT_REGIONS_MAX - 1) {
        error_set(err, E_BAD_DATA, "the setting privacy.regions", "'%.*s' is not a region and what holds there", (int)n,
                  text);
        return error_hint(err, E_BAD_DATA, "write it as in: EEA opt-in, United Kingdom opt-in, US opt-out");
    }
    memcpy(r->name, text, name);
    r->name[name] = '\0';
    self->n_regions++;
    return 0;
}

static int read_regions(struct consent_policy *self, const char *text, struct error *err)
{
    int rc = 0;
    while (rc == 0 && *text != '\0') {
        size_t n = strcspn(text, ",");
        rc = read_region(self, text, n, err);
        text += n + (text[n] == ',');
    }
    return rc;
}

int consent_policy_read(struct consent_policy *self, const struct settings *settings, struct error *err)
{
    const char *mode = settings_text(settings, SETTING_ID_CONSENT), *gpc = settings_text(settings, SETTING_ID_GPC);
    *self = (struct consent_policy){.age_gate = settings_int(settings, SETTING_ID_AGE_GATE)};
    mode_of(mode, strlen(mode), &self->mode);
    self->count = strcmp(settings_text(settings, SETTING_ID_WITHOUT_CONSENT), "count") == 0;
    self->gpc = strcmp(gpc, "ignore") == 0 ? GPC_IGNORE
                : strcmp(gpc, "sale") == 0 ? GPC_SALE
                                           : GPC_PERSONALISATION;
    snprintf(self->region_attribute, sizeof self->region_attribute, "%.63s",
             settings_text(settings, SETTING_ID_REGION_ATTRIBUTE));
    snprintf(self->age_attribute, sizeof self->age_attribute, "%.63s", settings_text(settings, SETTING_ID_AGE_ATTRIBUTE));
    return read_regions(self, settings_text(settings, SETTING_ID_CONSENT_REGIONS), err);
}

enum consent_mode consent_policy_mode(const struct consent_policy *self, const char *region)
{
    for (int i = 0; region != NULL && region[0] != '\0' && i < self->n_regions; i++)
        if (countries_same(region, self->regions[i].name) || countries_in(region, self->regions[i].name))
            return self->regions[i].mode;
    return self->mode;
}
