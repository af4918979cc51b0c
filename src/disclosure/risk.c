#include "disclosure/risk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_pair(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void begin(struct risk *out, uint32_t n_classes)
{
    *out = (struct risk){.classes = n_classes, .smallest = UINT32_MAX};
}

/* One class: its rows as pairs (class, person) in order. */
static uint32_t add_class(struct risk *out, const uint64_t *pairs, uint64_t n, double factor, double *pairs_total,
                          double *population_sum)
{
    uint32_t people = 0;
    uint64_t most = 0, run = 0;
    for (uint64_t i = 0; i < n; i++) {
        bool same = i > 0 && pairs[i] == pairs[i - 1];
        people += !same;
        run = same ? run + 1 : 1;
        most = run > most ? run : most;
    }
    out->smallest = people < out->smallest ? people : out->smallest;
    out->largest = people > out->largest ? people : out->largest;
    out->dominance = fmax(out->dominance, (double)most / (double)n);
    *pairs_total += people;
    *population_sum += 1 / factor; /* people * 1/F */
    return people;
}

static void finish(struct risk *out, double factor, double pairs_total, double population_sum)
{
    if (out->smallest == UINT32_MAX)
        out->smallest = 0;
    if (out->smallest == 0)
        return;
    out->prosecutor = 1.0 / out->smallest;
    out->journalist = 1.0 / (out->smallest * factor);
    out->marketer = population_sum / pairs_total;
    out->average = out->classes / pairs_total;
}

static uint64_t fill_pairs(const struct microdata *data, const uint32_t *class_of, uint64_t *pairs, uint8_t *known,
                           uint32_t *people)
{
    uint64_t n = 0;
    for (uint32_t r = 0; r < data->n_rows; r++)
        if (class_of[r] != MONDRIAN_SUPPRESSED) {
            pairs[n++] = (uint64_t)class_of[r] << 32 | data->person[r];
            *people += known[data->person[r]] == 0;
            known[data->person[r]] = 1;
        }
    qsort(pairs, n, sizeof *pairs, by_pair);
    return n;
}

int risk_measure(struct risk *out, const struct microdata *data, const uint32_t *class_of, uint32_t n_classes,
                 double population, struct error *err)
{
    uint64_t *pairs = mem_alloc(data->n_rows, sizeof *pairs);
    uint8_t *known = mem_zalloc(data->n_people, 1);
    double total = 0, sum = 0;
    uint32_t alone = 0;
    if (pairs == NULL || known == NULL) {
        mem_free(pairs);
        mem_free(known);
        return error_nomem(err, "the risk");
    }
    begin(out, n_classes);
    out->rows = fill_pairs(data, class_of, pairs, known, &out->people);
    double factor = out->people > 0 && population > out->people ? population / out->people : 1;
    for (uint64_t i = 0; i < out->rows;) {
        uint64_t end = i + 1;
        while (end < out->rows && pairs[end] >> 32 == pairs[i] >> 32)
            end++;
        if (add_class(out, pairs + i, end - i, factor, &total, &sum) == 1 && known[(uint32_t)pairs[i]] == 1) {
            alone++;
            known[(uint32_t)pairs[i]] = 2;
        }
        i = end;
    }
    finish(out, factor, total, sum);
    out->alone = out->people > 0 ? (double)alone / out->people : 0;
    mem_free(pairs);
    mem_free(known);
    return 0;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct microdata *data = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    for (uint32_t q = 0; q < data->n_quasi; q++) {
        const uint32_t *code = data->quasi[q].code;
        if (code[x] != code[y])
            return code[x] < code[y] ? -1 : 1;
    }
    return 0;
}

int risk_classes(const struct microdata *data, uint32_t **class_of, uint32_t *n_classes, struct error *err)
{
    uint32_t *order = mem_alloc(data->n_rows, sizeof *order), *class = mem_alloc(data->n_rows, sizeof *class), n = 0;
    if (order == NULL || class == NULL) {
        mem_free(order);
        mem_free(class);
        return error_nomem(err, "the risk");
    }
    for (uint32_t r = 0; r < data->n_rows; r++)
        order[r] = r;
    qsort_r(order, data->n_rows, sizeof *order, compare_rows, (void *)(uintptr_t)data);
    for (uint32_t i = 0; i < data->n_rows; i++) {
        n += i == 0 || compare_rows(&order[i - 1], &order[i], (void *)(uintptr_t)data) != 0;
        class[order[i]] = n - 1;
    }
    mem_free(order);
    *class_of = class;
    *n_classes = n;
    return 0;
}

void risk_cost(struct risk_cost *out, const struct microdata *data, const struct mondrian *mondrian,
               const uint32_t *class_of, const uint32_t *rows_of_class, uint32_t n_classes, uint32_t k)
{
    double open = 0, rows = data->n_rows, kept = 0;
    *out = (struct risk_cost){0};
    for (uint32_t c = 0; c < n_classes; c++) {
        out->discernibility += (double)rows_of_class[c] * rows_of_class[c];
        kept += rows_of_class[c];
    }
    out->discernibility += (rows - kept) * rows;
    out->average_class = n_classes > 0 ? kept / n_classes / k : 0;
    for (uint32_t r = 0; r < data->n_rows; r++)
        for (uint32_t q = 0; q < data->n_quasi; q++) {
            if (class_of[r] == MONDRIAN_SUPPRESSED) {
                open++;
                continue;
            }
            const struct mondrian_range *range = mondrian_range_of(mondrian, mondrian->class_of[r], q);
            open += microdata_width(&data->quasi[q], range->low, range->high);
        }
    out->penalty = data->n_quasi > 0 && rows > 0 ? open / rows / data->n_quasi : 0;
}
