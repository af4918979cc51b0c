#include "store/countries.h"

#include <stddef.h>

#include "base/text.h"

enum { NAMES_MAX = 6 };

enum member { NEITHER, OF_EEA, OF_EU }; /* who is of the EU is of the EEA */

static const struct country {
    enum member member;
    const char *names[NAMES_MAX];
} countries[] = {
    {OF_EU, {"AT", "AUT", "Austria"}},
    {OF_EU, {"BE", "BEL", "Belgium"}},
    {OF_EU, {"BG", "BGR", "Bulgaria"}},
    {OF_EU, {"HR", "HRV", "Croatia"}},
    {OF_EU, {"CY", "CYP", "Cyprus"}},
    {OF_EU, {"CZ", "CZE", "Czechia", "Czech Republic"}},
    {OF_EU, {"DK", "DNK", "Denmark"}},
    {OF_EU, {"EE", "EST", "Estonia"}},
    {OF_EU, {"FI", "FIN", "Finland"}},
    {OF_EU, {"FR", "FRA", "France"}},
    {OF_EU, {"DE", "DEU", "Germany"}},
    {OF_EU, {"GR", "GRC", "Greece", "EL"}},
    {OF_EU, {"HU", "HUN", "Hungary"}},
    {OF_EU, {"IE", "IRL", "Ireland", "Republic of Ireland", "EIRE"}},
    {OF_EU, {"IT", "ITA", "Italy"}},
    {OF_EU, {"LV", "LVA", "Latvia"}},
    {OF_EU, {"LT", "LTU", "Lithuania"}},
    {OF_EU, {"LU", "LUX", "Luxembourg"}},
    {OF_EU, {"MT", "MLT", "Malta"}},
    {OF_EU, {"NL", "NLD", "Netherlands", "The Netherlands", "Holland"}},
    {OF_EU, {"PL", "POL", "Poland"}},
    {OF_EU, {"PT", "PRT", "Portugal"}},
    {OF_EU, {"RO", "ROU", "Romania"}},
    {OF_EU, {"SK", "SVK", "Slovakia", "Slovak Republic"}},
    {OF_EU, {"SI", "SVN", "Slovenia"}},
    {OF_EU, {"ES", "ESP", "Spain"}},
    {OF_EU, {"SE", "SWE", "Sweden"}},
    {OF_EU, {"EU", "European Union", "European Community"}}, /* a shop that knows no more than that */
    {OF_EEA, {"IS", "ISL", "Iceland"}},
    {OF_EEA, {"LI", "LIE", "Liechtenstein"}},
    {OF_EEA, {"NO", "NOR", "Norway"}},
    {OF_EEA, {"EEA", "European Economic Area"}},
    {NEITHER, {"GB", "GBR", "United Kingdom", "UK", "Great Britain"}},
    {NEITHER, {"US", "USA", "United States", "United States of America"}},
    {NEITHER, {"CH", "CHE", "Switzerland"}},
    {NEITHER, {"BR", "BRA", "Brazil"}},
    {NEITHER, {"CA", "CAN", "Canada"}},
    {NEITHER, {"JP", "JPN", "Japan"}},
    {NEITHER, {"AU", "AUS", "Australia"}},
};

static const struct country *find(const char *name)
{
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++)
        for (size_t n = 0; n < NAMES_MAX && countries[i].names[n] != NULL; n++)
            if (text_equal_nocase(name, countries[i].names[n]))
                return &countries[i];
    return NULL;
}

bool countries_same(const char *a, const char *b)
{
    const struct country *x = find(a);
    return text_equal_nocase(a, b) || (x != NULL && x == find(b));
}

bool countries_in(const char *country, const char *region)
{
    const struct country *c = find(country);
    bool eu = text_equal_nocase(region, "EU"), eea = text_equal_nocase(region, "EEA");
    return c != NULL && ((eea && c->member != NEITHER) || (eu && c->member == OF_EU));
}
