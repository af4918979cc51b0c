/* factors: users' factors times items' factors, for all kinds that score that way.
 *
 * Items are packed in panels, dimension by dimension, and users in groups, so that one register-blocked kernel
 * (dense.h) does all the work.  A user's scores are the same bits whoever shares the call.  Thread rule: a
 * packed array is read-only; the tile is scratch of the caller. */
#ifndef RECKON_ENGINE_FACTORS_H
#define RECKON_ENGINE_FACTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACTORS_PANEL 64
#define FACTORS_GROUP 8

/* Floats in the packed form of n items; in the groups of n users; in the tile. */
size_t factors_packed_size(uint32_t n_items, uint32_t dim);
size_t factors_group_size(uint32_t n_users, uint32_t dim);
#define FACTORS_TILE_SIZE (FACTORS_GROUP * FACTORS_PANEL)

/* Are all n of them finite? */
bool factors_finite(const float *values, size_t n);

/* Its Euclidean norm, summed in float64. */
float factors_length(const float *row, uint32_t dim);

/* packed: 64-byte aligned, all of it is written; rows: n_items x dim. */
void factors_pack(float *packed, const float *rows, uint32_t n_items, uint32_t dim);

/* Puts one user's factors in their place; the array is zeroed by the caller first. */
void factors_put_user(float *groups, uint32_t user, const float *x, uint32_t dim);

/* scores: n_users rows of `stride` floats, of which n_items are written. */
void factors_score(const float *packed, uint32_t n_items, uint32_t dim, const float *groups, uint32_t n_users,
                   float *scores, size_t stride, float *tile);

/* The same from rows as they are: panel by panel, each packed in `panel` (factors_packed_size(1, dim) floats). */
void factors_score_rows(const float *rows, uint32_t n_items, uint32_t dim, const float *groups, uint32_t n_users,
                        float *scores, size_t stride, float *tile, float *panel);

/* The scores of chosen items for one user: the bits that factors_score gives them.  rows: n_items x dim. */
void factors_score_some(const float *rows, uint32_t dim, const float *x, const uint32_t *items, uint32_t n,
                        float *scores);

#endif
