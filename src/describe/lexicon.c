#include "describe/lexicon.h"

#include <string.h>

#define M LEXICON_MATERIAL
#define C LEXICON_COLOUR
#define S LEXICON_SIZE
#define Q LEXICON_QUALITY
#define P LEXICON_PLACE

/* Words as they are written; they are compared by their stems. */
const struct lexicon_group lexicon_groups[] = {
    {M, "wood wooden timber", ""}, {M, "oak", "wood"}, {M, "pine", "wood"}, {M, "beech", "wood"}, {M, "walnut", "wood"},
    {M, "bamboo", "wood"}, {M, "teak", "wood"}, {M, "mahogany", "wood"}, {M, "ash-wood", "wood"}, {M, "birch", "wood"},
    {M, "maple", "wood"}, {M, "acacia", "wood"}, {M, "cedar", "wood"}, {M, "plywood", "wood"}, {M, "mdf", "wood"},
    {M, "cork", ""}, {M, "rattan", "wicker"}, {M, "wicker", ""}, {M, "seagrass", ""}, {M, "jute", ""}, {M, "hessian burlap", "jute"},
    {M, "metal metallic", ""}, {M, "steel", "metal metallic"}, {M, "stainless-steel", "steel metal"}, {M, "iron", "metal metallic"}, {M, "cast-iron", "iron metal"},
    {M, "aluminium aluminum", "metal metallic"}, {M, "brass", "metal metallic"}, {M, "copper", "metal metallic"}, {M, "bronze", "metal metallic"}, {M, "tin", "metal metallic"},
    {M, "zinc", "metal metallic"}, {M, "pewter", "metal metallic"}, {M, "chrome", "metal metallic"}, {M, "titanium", "metal metallic"}, {M, "platinum", "metal metallic"},
    {M, "glass", ""}, {M, "crystal", "glass"}, {M, "borosilicate", "glass"}, {M, "ceramic", ""}, {M, "porcelain", "ceramic"},
    {M, "stoneware", "ceramic"}, {M, "earthenware", "ceramic"}, {M, "terracotta", "ceramic"}, {M, "bone-china", "porcelain ceramic"},
    {M, "clay", "ceramic"}, {M, "enamel", ""}, {M, "stone", ""}, {M, "marble", "stone"}, {M, "granite", "stone"}, {M, "slate", "stone"},
    {M, "concrete", ""}, {M, "plaster", ""}, {M, "resin", ""}, {M, "plastic", ""}, {M, "acrylic", "plastic"}, {M, "silicone", ""},
    {M, "rubber", ""}, {M, "latex", "rubber"}, {M, "vinyl", "plastic"}, {M, "pvc", "plastic"}, {M, "melamine", "plastic"}, {M, "nylon", ""},
    {M, "polyester", ""}, {M, "polyamide", ""}, {M, "elastane spandex lycra", ""}, {M, "cotton", ""}, {M, "linen", ""}, {M, "flax", "linen"},
    {M, "wool woollen woolen", ""}, {M, "merino", "wool woollen woolen"}, {M, "cashmere", "wool woollen woolen"}, {M, "alpaca", "wool woollen woolen"}, {M, "mohair", "wool woollen woolen"}, {M, "silk silken", ""},
    {M, "satin", ""}, {M, "velvet", ""}, {M, "denim", "cotton"}, {M, "canvas", ""}, {M, "felt", ""}, {M, "fleece", ""}, {M, "leather", ""},
    {M, "suede", "leather"}, {M, "faux-leather", ""}, {M, "paper", ""}, {M, "card cardboard", "paper"}, {M, "wax", ""}, {M, "beeswax", "wax"},
    {M, "soy-wax", "wax"}, {M, "gold golden", ""}, {M, "silver", ""}, {M, "sterling-silver", "silver"}, {M, "pearl", ""}, {M, "diamond", ""},
    {M, "carbon-fibre carbon-fiber", ""}, {M, "down", ""}, {M, "feather", ""}, {M, "foam", ""}, {M, "memory-foam", "foam"},
    {M, "viscose rayon", ""}, {M, "hemp", ""}, {M, "straw", ""}, {M, "fur", ""}, {M, "sheepskin", ""},

    {C, "red", ""}, {C, "crimson", "red"}, {C, "scarlet", "red"}, {C, "burgundy", "red"}, {C, "blue", ""}, {C, "navy", "blue"},
    {C, "turquoise", "blue"}, {C, "teal", ""}, {C, "green", ""}, {C, "olive", "green"}, {C, "mint", ""}, {C, "yellow", ""}, {C, "orange", ""},
    {C, "purple", ""}, {C, "violet", "purple"}, {C, "lilac", "purple"}, {C, "pink", ""}, {C, "fuchsia", "pink"}, {C, "black", ""},
    {C, "white", ""}, {C, "ivory", "white"}, {C, "cream", ""}, {C, "beige", ""}, {C, "brown", ""}, {C, "tan", "brown"}, {C, "grey gray", ""},
    {C, "charcoal", "grey"}, {C, "transparent", ""}, {C, "multicolour multicolor", ""},

    {S, "small", ""}, {S, "mini miniature tiny", "small"}, {S, "large big", ""}, {S, "huge giant jumbo oversized", "large"},
    {S, "compact", ""}, {S, "tall", ""}, {S, "slim", ""}, {S, "wide", ""}, {S, "king-size king-sized", "large"}, {S, "pocket-size pocket-sized", "small"},
    {S, "full-size full-sized", ""}, {S, "lightweight", ""}, {S, "heavy", ""},

    {Q, "waterproof", "water-resistant"}, {Q, "water-resistant water-repellent", ""}, {Q, "weatherproof", ""}, {Q, "windproof", ""},
    {Q, "fireproof flameproof", "heat-resistant"}, {Q, "heat-resistant heatproof", ""}, {Q, "scratch-resistant", ""},
    {Q, "shatterproof unbreakable", ""}, {Q, "dishwasher-safe", ""}, {Q, "microwave-safe", ""}, {Q, "oven-safe ovenproof", ""},
    {Q, "freezer-safe", ""}, {Q, "machine-wash machine-washable washable", ""}, {Q, "handmade handcrafted hand-crafted hand-made", ""},
    {Q, "hand-painted handpainted", "handmade"}, {Q, "organic", ""}, {Q, "vegan", ""}, {Q, "recycled", ""}, {Q, "recyclable", ""},
    {Q, "biodegradable compostable", ""}, {Q, "sustainable eco-friendly ecofriendly", ""}, {Q, "fair-trade fairtrade", ""},
    {Q, "hypoallergenic", ""}, {Q, "bpa-free", ""}, {Q, "non-toxic nontoxic", ""}, {Q, "fragrance-free unscented", ""}, {Q, "scented", ""},
    {Q, "non-stick nonstick", ""}, {Q, "non-slip nonslip anti-slip", ""}, {Q, "rechargeable", ""}, {Q, "wireless cordless", ""},
    {Q, "bluetooth", "wireless"}, {Q, "solar solar-powered", ""}, {Q, "battery-operated battery-powered", ""}, {Q, "led", ""}, {Q, "dimmable", ""},
    {Q, "stackable", ""}, {Q, "foldable foldaway folding collapsible", ""}, {Q, "adjustable", ""}, {Q, "reversible", ""},
    {Q, "insulated", ""}, {Q, "leakproof leak-proof", ""}, {Q, "airtight", ""}, {Q, "breathable", ""}, {Q, "stretchy", ""},
    {Q, "quick-drying", ""}, {Q, "wrinkle-free crease-resistant", ""}, {Q, "genuine authentic", ""}, {Q, "certified", ""}, {Q, "patented", ""},
    {Q, "award-winning", ""}, {Q, "bestselling best-selling bestseller", ""}, {Q, "guarantee guaranteed warranty", ""}, {Q, "clinically-proven proven", ""},
    {Q, "limited-edition", ""}, {Q, "vintage", ""}, {Q, "antique", ""}, {Q, "retro", ""}, {Q, "personalised personalized", ""}, {Q, "engraved", ""},
    {Q, "embroidered", ""}, {Q, "quilted", ""}, {Q, "knitted knit", ""}, {Q, "jumper sweater cardigan pullover beanie", "knitted"}, {Q, "woven", ""}, {Q, "padded", ""}, {Q, "portable", ""},
    {Q, "ergonomic", ""}, {Q, "antibacterial antimicrobial", ""}, {Q, "uv-resistant uv-protection", ""}, {Q, "durable", ""},
    {Q, "child-safe childproof", ""}, {Q, "gluten-free", ""}, {Q, "sugar-free", ""}, {Q, "dairy-free", ""}, {Q, "kosher", ""}, {Q, "halal", ""},
    {Q, "magnetic", ""}, {Q, "self-adhesive", ""}, {Q, "zip zipped", ""}, {Q, "smart", ""}, {Q, "touchscreen", ""}, {Q, "remote-control", ""},
    /* how it was made */
    {Q, "painted", "handpainted"}, {Q, "glazed", ""}, {Q, "enamelled enameled", ""}, {Q, "varnished lacquered", ""}, {Q, "powder-coated", ""}, {Q, "tempered toughened", ""},
    {Q, "galvanised galvanized", ""}, {Q, "hammered", ""}, {Q, "forged", ""}, {Q, "hand-poured", ""}, {Q, "hand-blown mouth-blown", ""},
    {Q, "workshop", ""}, {Q, "craftsman craftsmen artisan artisanal", ""}, {Q, "family-run family-owned", ""}, {Q, "imported", ""},
    {Q, "locally-made locally-sourced", ""}, {Q, "natural", "organic"}, {Q, "sustainably responsibly ethically", "sustainable"},
    /* what it does, fits and needs */
    {Q, "microwave", "microwave-safe"}, {Q, "dishwasher", "dishwasher-safe"}, {Q, "induction", ""}, {Q, "outdoor outdoors", ""},
    {Q, "app", ""}, {Q, "timer", ""}, {Q, "microphone", ""}, {Q, "stereo", ""}, {Q, "usb", ""}, {Q, "battery batteries", "battery-operated rechargeable"},
    {Q, "automatic automatically", ""}, {Q, "programmable", ""}, {Q, "voice-control", ""}, {Q, "universal", ""}, {Q, "compatible", ""},
    {Q, "removable detachable", ""}, {Q, "retractable", ""}, {Q, "extendable extendible", ""}, {Q, "inflatable", ""}, {Q, "reflective", ""},
    {Q, "odourless odorless", ""}, {Q, "shockproof", ""}, {Q, "rustproof rust-free", ""}, {Q, "stain-resistant", ""}, {Q, "absorbent", ""},
    /* what comes along */
    {Q, "lid", ""}, {Q, "saucer", ""}, {Q, "strap", ""}, {Q, "lining", ""}, {Q, "strainer infuser", ""}, {Q, "sleeve", ""}, {Q, "v-neck", ""},
    {Q, "hood", ""}, {Q, "drawer", ""}, {Q, "compartment", ""}, {Q, "wheel", ""}, {Q, "gift-box gift-boxed", ""}, {Q, "gift-wrap gift-wrapped", ""},
    {Q, "spare", ""}, {Q, "carry-case", ""},
    /* for whom, what for, and what it smells of */
    {Q, "toddler", ""}, {Q, "newborn", ""}, {Q, "birth", ""}, {Q, "adult", ""}, {Q, "men", ""}, {Q, "women", ""}, {Q, "unisex", ""}, {Q, "professional", ""},
    {Q, "vanilla", ""}, {Q, "jasmine", ""}, {Q, "sandalwood", ""}, {Q, "cinnamon", ""}, {Q, "rose-scented", ""}, {Q, "peppermint", ""},
    /* effects, tests, and the trade */
    {Q, "relieve relief", ""}, {Q, "pain", ""}, {Q, "cure", ""}, {Q, "heal", ""}, {Q, "therapeutic", ""}, {Q, "orthopaedic orthopedic", ""}, {Q, "promote", ""},
    {Q, "improve", ""}, {Q, "prevent", ""}, {Q, "boost", ""}, {Q, "detox", ""}, {Q, "anti-ageing anti-aging", ""}, {Q, "tested", ""}, {Q, "approved", ""},
    {Q, "recommend recommended", ""}, {Q, "dermatologically", ""}, {Q, "clinically", ""}, {Q, "energy-saving", ""}, {Q, "carbon-neutral climate-neutral", ""},
    {Q, "lifetime", ""}, {Q, "for-hours", ""}, {Q, "shipping delivery", ""}, {Q, "money-back refund", ""}, {Q, "discount", ""},
    {Q, "unrivalled unbeatable unmatched unsurpassed", ""}, {Q, "leader", ""}, {Q, "market-leading", ""}, {Q, "popular", ""}, {Q, "shabby-chic shabby", ""},

    {P, "italy italian", ""}, {P, "france french", ""}, {P, "germany german", ""}, {P, "spain spanish", ""}, {P, "portugal portuguese", ""},
    {P, "britain british uk england english", ""}, {P, "scotland scottish", "britain"}, {P, "ireland irish", ""}, {P, "denmark danish", ""},
    {P, "sweden swedish", ""}, {P, "norway norwegian", ""}, {P, "finland finnish", ""}, {P, "scandinavia scandinavian nordic", ""},
    {P, "netherlands dutch", ""}, {P, "belgium belgian", ""}, {P, "switzerland swiss", ""}, {P, "austria austrian", ""},
    {P, "poland polish", ""}, {P, "greece greek", ""}, {P, "turkey turkish", ""}, {P, "japan japanese", ""}, {P, "china chinese", ""},
    {P, "india indian", ""}, {P, "thailand thai", ""}, {P, "vietnam vietnamese", ""}, {P, "korea korean", ""}, {P, "usa america american", ""},
    {P, "mexico mexican", ""}, {P, "brazil brazilian", ""}, {P, "peru peruvian", ""}, {P, "morocco moroccan", ""}, {P, "egypt egyptian", ""},
    {P, "australia australian", ""}, {P, "europe european", ""}, {P, "africa african", ""}, {P, "asia asian", ""}, {P, "paris parisian", "france"},
    {P, "london", "britain"}, {P, "milan", "italy"}, {P, "tuscany tuscan", "italy"}, {P, "provence", "france"},
};
const size_t lexicon_n_groups = sizeof lexicon_groups / sizeof *lexicon_groups;

static int ends(const char *word, size_t n, const char *end)
{
    size_t len = strlen(end);
    return n >= len && memcmp(word + n - len, end, len) == 0;
}

void lexicon_stem(const char *word, size_t n, char out[LEXICON_STEM_MAX])
{
    size_t len = n < LEXICON_STEM_MAX - 1 ? n : LEXICON_STEM_MAX - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 32) : word[i];
    /* a plural */
    if (len > 4 && ends(out, len, "ies"))
        out[(len -= 2) - 1] = 'y';
    else if (len > 4 && (ends(out, len, "ches") || ends(out, len, "shes") || ends(out, len, "xes")))
        len -= 2;
    else if (len > 3 && out[len - 1] == 's' && out[len - 2] != 's' && out[len - 2] != 'u' && out[len - 2] != 'i')
        len -= 1;
    /* what was done to it */
    if (len > 5 && ends(out, len, "ing"))
        len -= 3;
    else if (len > 4 && ends(out, len, "ed"))
        len -= 2;
    out[len] = '\0';
}

/* The stems of the parts of "dishwasher-safe", with '-' between them. */
static void phrase_stem(const char *phrase, size_t n, char out[LEXICON_STEM_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    for (const char *p = phrase, *end = phrase + n; p < end;) {
        char stem[LEXICON_STEM_MAX];
        const char *stop = memchr(p, '-', (size_t)(end - p));
        lexicon_stem(p, (size_t)((stop != NULL ? stop : end) - p), stem);
        size_t more = strlen(stem);
        if (len + more + 2 > LEXICON_STEM_MAX)
            return;
        if (len > 0)
            out[len++] = '-';
        memcpy(out + len, stem, more + 1);
        len += more;
        p = stop != NULL ? stop + 1 : end;
    }
}

static int holds(const char *words, const char *stem)
{
    for (const char *p = words; *p != '\0'; p += strcspn(p, " "), p += *p == ' ') {
        char own[LEXICON_STEM_MAX];
        if (*p != *stem) /* a stem begins as its word does, and most words end here */
            continue;
        phrase_stem(p, strcspn(p, " "), own);
        if (strcmp(own, stem) == 0)
            return 1;
    }
    return 0;
}

int lexicon_find(const char *stem)
{
    for (size_t i = 0; i < lexicon_n_groups; i++)
        if (holds(lexicon_groups[i].words, stem))
            return (int)i;
    return -1;
}

int lexicon_allows(int known, int said)
{
    char first[LEXICON_STEM_MAX];
    phrase_stem(lexicon_groups[said].words, strcspn(lexicon_groups[said].words, " "), first);
    return known == said || holds(lexicon_groups[known].kinds, first);
}

double lexicon_number(const char *stem)
{
    static const struct {
        const char *word;
        double value;
    } numbers[] = {{"two", 2}, {"pair", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8},
                   {"nine", 9}, {"ten", 10}, {"eleven", 11}, {"twelve", 12}, {"dozen", 12}, {"fifteen", 15},
                   {"sixteen", 16}, {"twenty", 20}, {"thirty", 30}, {"forty", 40}, {"fifty", 50}, {"hundr", 100}, {"thousand", 1000}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].word, stem) == 0)
            return numbers[i].value;
    return -1;
}
