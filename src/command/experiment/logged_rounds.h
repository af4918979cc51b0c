/* logged_rounds: rounds of a policy that ran, from a file; and what another policy would do, from a file.
 *
 * Columns are found by the names of the Open Bandit Dataset (item_id, position, click, propensity_score), or by the plain
 * ones (item, position, reward, propensity, target, user, slate), or by what the caller says.  A row that cannot be read
 * refuses the file: what is left out of logs bends what is computed from them.  Owner: logged_rounds_release, zeroed is
 * fine. */
#ifndef RECKON_COMMAND_LOGGED_ROUNDS_H
#define RECKON_COMMAND_LOGGED_ROUNDS_H

#include "base/labels.h"
#include "command/command.h"
#include "experiment/value.h"

/* Of a round of the shop's own slates: for whom, and when. */
struct drawn_when {
    int64_t user, at; /* user 0: nobody known */
};

struct logged_rounds {
    struct labels items, users, slates;
    size_t n, cap[9];
    double *reward, *behaviour, *target;
    uint32_t *action, *position, *unit, *slate;
    uint32_t *slot;           /* of own slates: the place among those drawn on its slate; slots: the most */
    size_t slots;
    struct drawn_when *when;  /* of own slates */
    float *each;              /* n x items: logged_places; else NULL */
    int64_t first_position, last_position;
    bool has_target, has_users, has_slates;
};

/* `columns`: of the option --column, WHAT=NAME. */
int logged_rounds_read(struct logged_rounds *self, const char *path, const struct args *args, struct job *job,
                       struct error *err);
/* Instead: the places that were drawn on the slates of the last so many days; scenario NULL: all.  The reward is 1 when
 * something was done with the item.  E_REFUSED: none was. */
int logged_rounds_slates(struct logged_rounds *self, struct store *store, int64_t days, const char *scenario,
                         struct error *err);
void logged_rounds_release(struct logged_rounds *self);

/* A table items x positions (mem_free) of how likely the other policy shows each item at each position: from a file
 * with item_id, position and probability (without position: the same at all of them) ... */
int logged_rounds_policy(struct logged_rounds *self, const char *path, double **policy, struct error *err);
/* ... or from what it showed when it ran; *mean and *se: what that earned, by round. */
int logged_rounds_policy_log(struct logged_rounds *self, const struct logged_rounds *ran, double **policy, double *mean,
                             double *se, struct error *err);

/* As value_of_rounds takes them; borrows. */
struct value_rounds logged_rounds_view(const struct logged_rounds *self, const double *policy);

#endif
