/* question: what recommend, similar, why and `rules try` have in common: their options, who answers, and what is said
 * of the answer beside it. */
#ifndef RECKON_COMMAND_QUESTION_H
#define RECKON_COMMAND_QUESTION_H

#include "base/settings.h"
#include "command/command.h"
#include "recommend/policy.h"
#include "recommend/recommender.h"

struct question {
    struct recommender *recommender;
    struct policy *policy;
    const struct scenario *scenario; /* NULL: none */
    struct settings settings;
    struct recommender_request request; /* but for the user */
    struct recommender_limit limits[RECOMMENDER_LIMITS_MAX];
    char fields[RECOMMENDER_LIMITS_MAX][64];
    struct recommender_event *recent; /* what was met, the cart, the item in view */
    const char **without, **cart;
    struct recommender_core *placer; /* NULL: not needed, or there is none */
    struct recommender_voice voices[SCENARIO_MODELS_MAX];
    uint32_t n_voices;
};

#define QUESTION_PARAMS                                                                                               \
    {"n", PT_INT, 0, NULL, 1, 10000, NULL,                                                                            \
     "items in the answer; default: the scenario's, else the setting recommend.n"},                                   \
    {"model", PT_TEXT, PF_MODEL, NULL, 0, 0, NULL,                                                                    \
     "NAME or NAME@VERSION of a trained model; default: the scenario's, else the setting recommend.model, else the "  \
     "one in production, else the newest"},                                                                           \
    {"filter", PT_TEXT, 0, NULL, 0, 0, NULL, "which items may be shown, as in 'price<20 and country=France'"},        \
    {"diversity", PT_REAL, 0, NULL, 0, 1, NULL,                                                                       \
     "how much being unlike the items before it counts for an item, beside its rank; default: the scenario's, else "  \
     "0"},                                                                                                            \
    {"limit-per", PT_SETTING, PF_MANY, NULL, 0, 0, NULL,                                                              \
     "ATTRIBUTE=K: at most K items of each brand, say, as in --limit-per brand=2"}

#define QUESTION_MODE_PARAM                                                                                           \
    {"mode", PT_CHOICE, 0, NULL, 0, 0, "repeat|discover",                                                             \
     "may items that the user already has be recommended; default: the scenario's, else the setting recommend.mode"}

#define QUESTION_RULE_PARAMS                                                                                          \
    {"scenario", PT_TEXT, PF_SCENARIO, NULL, 0, 0, NULL,                                                              \
     "answer as in that place of the shop (`reckon scenarios list`)"},                                                \
    {"rules", PT_TEXT, PF_RULES, NULL, 0, 0, NULL,                                                                    \
     "the rule set to go by (`reckon rules list`), or none; default: the scenario's, else the one called default"},   \
    {"page", PT_TEXT, 0, NULL, 0, 0, NULL, "the page that rules may ask for"},                                        \
    {"cart", PT_TEXT, PF_MANY | PF_ITEM, NULL, 0, 0, NULL, "an item in the cart, as the server would be told; for rules too"}

#define QUESTION_PERSON_PARAMS                                                                                        \
    QUESTION_RULE_PARAMS,                                                                                             \
    {"view", PT_TEXT, PF_ITEM, NULL, 0, 0, NULL, "the item in view, in the same way"},                                      \
    {"fresh", PT_REAL, 0, NULL, 0, 1, NULL,                                                                           \
     "share of the slots for new items (the setting recommend.fresh-days), drawn at random by their descriptions; "   \
     "default: the scenario's, else 0"},                                                                              \
    {"met", PT_TEXT, PF_MANY | PF_ITEM, NULL, 0, 0, NULL,                                                             \
     "an item that the user looks at now, beside all that the store knows; the last one is the latest"},              \
    {"without", PT_TEXT, PF_MANY | PF_ITEM, NULL, 0, 0, NULL, "an item that must not be shown"}

/* After a success, question_end. */
int question_begin(struct question *self, struct app *app, const struct args *args, bool similar, struct error *err);
void question_end(struct question *self);
/* Opens the newest model that can place items which the answering model does not know; none is no error. */
int question_open_placer(struct question *self, struct app *app, struct error *err);

const char *question_mode(const struct question *self); /* "repeat" or "discover" */
void question_report_model(const struct question *self, struct result *out);
/* The filter and the rules: part of the next. */
void question_report_rules(const struct question *self, const struct slate *slate, struct result *out);
void question_report_slate(const struct question *self, const struct slate *slate, struct result *out);

#endif
