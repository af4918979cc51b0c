/* privacy prove-unlearned. */
#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "privacy/unlearned.h"
#include "store/suppressions.h"
#include "store/users.h"

static int find_subject(struct app *app, const char *name, int64_t *user, int64_t *erased_by, struct error *err)
{
    *erased_by = 0;
    int rc = users_lookup(app->store, name, user, err);
    if (rc == 0 && *user == 0)
        rc = suppressions_find(app->store, name, strlen(name), erased_by, err);
    if (rc != 0 || *user != 0 || *erased_by != 0)
        return rc;
    error_set(err, E_NOT_FOUND, "the subject", "nobody is known by this identifier, and nobody was erased under it");
    return error_hint(err, E_NOT_FOUND, "check how it is written; reckon does not say who else there is");
}

static void verdict(struct result *out, const struct unlearned *u, bool erased)
{
    char text[160];
    if (u->model.same)
        snprintf(text, sizeof text, "exact: byte for byte the model that was never trained on them");
    else if (!u->exact)
        snprintf(text, sizeof text, "approximate: its recipe is not complete, so the two were not trained alike");
    else if (!u->same_data)
        snprintf(text, sizeof text, "approximate: its data have changed since, so it was compared on those of today");
    else if (!erased)
        snprintf(text, sizeof text, "knows them: trained without them it is another one");
    else if (u->model.largest <= UNLEARNED_EQUAL)
        snprintf(text, sizeof text, "equal to 1e-5: no number differs by more than %.2g from the one trained without "
                                    "them", u->model.largest);
    else
        snprintf(text, sizeof text, "approximate: it differs from the one trained without them");
    result_fact_text(out, "verdict", text);
}

static void report_side(struct result *out, const struct unlearned_side *s)
{
    if (s->same)
        return;
    result_fact_int(out, "arrays", (int64_t)s->arrays, "");
    result_fact_int(out, "differing", (int64_t)s->differing, "");
    result_fact_real(out, "relative_difference", s->relative, "");
    result_fact_real(out, "largest_difference", s->largest, "");
}

/* What erasing somebody who is still there would do. */
static void report_rehearsal(struct result *out, const struct unlearned *u)
{
    char text[300];
    unlearn_describe(u->way, u->exact, u->why, text, sizeof text);
    result_fact_text(out, "erasing_would", text);
    if (!u->rehearsed)
        return;
    result_fact_bool(out, "update_same_bytes", u->update.same);
    result_fact_real(out, "update_largest_difference", u->update.largest, "");
}

static void report_attack(struct result *out, const struct unlearned *u)
{
    const char *above = "it is above its noise: the model remembers", *within = "it is within its noise";
    result_fact_int(out, "attack_products", u->tried, "");
    result_fact_real(out, "attack_rank", u->model.rank, "");
    result_fact_real(out, "attack_rank_without", u->rank_without, "");
    result_fact_real(out, "attack_advantage", u->model.advantage, "");
    result_fact_real(out, "attack_noise", u->model.noise, "");
    if (u->rehearsed) {
        result_fact_real(out, "update_advantage", u->update.advantage, "");
        result_fact_real(out, "update_noise", u->update.noise, "");
    }
    result_note(out, "The attack hides each of their products in turn: attack_rank is the share of all products that the "
                     "model ranks above it, attack_advantage how much higher it is than without them; %s.",
                u->model.advantage > u->model.noise ? above : within);
    if (u->rehearsed)
        result_note(out, "update_ is the model as erasing them would leave it: of its advantage, %s.",
                    u->update.advantage > u->update.noise ? above : within);
}

static void report(struct result *out, const struct model_record *record, const struct unlearned *u, bool erased)
{
    char name[REGISTRY_NAME_MAX + 32], lineage[100];
    snprintf(name, sizeof name, "%s@%lld", record->name, (long long)record->version);
    result_fact_text(out, "model", name);
    verdict(out, u, erased);
    if (unlearn_lineage(record, lineage, sizeof lineage))
        result_fact_text(out, "lineage", lineage);
    result_fact_bool(out, "same_bytes", u->model.same);
    result_fact_text(out, "sha256", record->checksum);
    result_fact_text(out, "sha256_without", u->without);
    report_side(out, &u->model);
    if (!erased)
        report_rehearsal(out, u);
    if (u->tried > 0)
        report_attack(out, u);
    else if (erased)
        result_note(out, "Their history is gone, so no attack can be tried%s.",
                    u->model.same ? "; the same bytes leave nothing to attack" : "");
}

static int run_prove(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record record;
    struct unlearned u;
    int64_t user, erased_by;
    int rc = find_subject(app, args_text(args, "subject"), &user, &erased_by, err);
    rc = rc != 0 ? rc : registry_find(app->store, args_text(args, "model"), &record, err);
    if (rc != 0)
        return rc;
    if (record.removed != 0) {
        error_set(err, E_NOT_FOUND, args_text(args, "model"), "its file was removed: there is nothing left to prove "
                                                              "of it");
        rc = error_hint(err, E_NOT_FOUND, "`reckon models list` shows the one that was trained in its place");
    }
    rc = rc != 0 ? rc : unlearned_prove(&u, app->store, &record, user, app_pool(app), app->job, err);
    if (rc == 0)
        report(out, &record, &u, user == 0);
    model_record_release(&record);
    return rc;
}

static const struct command_param prove_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "NAME or NAME@VERSION"},
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who, also somebody who was erased"},
    {0},
};

const struct command command_privacy_prove_unlearned = {
    .name = "privacy prove-unlearned",
    .summary = "show whether a model knows a person: trained without them, byte by byte",
    .description = "The model is trained again without the person, by its own recipe and seed. The same bytes prove "
                   "that nothing of them is in it. Otherwise it is told how far the two differ. While their history is "
                   "still there, it is rehearsed what erasing them would leave of the model, and told how well an "
                   "attack that hides their products can tell these apart.",
    .examples = "  reckon privacy prove-unlearned blend ann@example.org\n",
    .params = prove_params,
    .flags = CF_WORKSPACE | CF_LONG | CF_PRIVATE,
    .run = run_prove,
};
