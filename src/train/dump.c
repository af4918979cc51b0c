#include "train/dump.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/str.h"
#include "base/text.h"
#include "train/trial.h"

enum { CHUNK = 1 << 16 };

/* A file that is written in pieces. */
struct sink {
    struct fs_new_file file;
    struct str text;
};

/* dir NULL: `name` is the path. */
static int sink_open(struct sink *self, const char *dir, const char *name, struct error *err)
{
    char path[FS_PATH_MAX];
    str_init(&self->text, CHUNK * 2);
    if (dir == NULL)
        return fs_create(&self->file, name, 0644, err);
    int rc = fs_make_dir(dir, 0755, err);
    if (rc == 0 && fs_join(path, sizeof path, dir, name) != 0)
        rc = error_set(err, E_USAGE, dir, "the path is too long");
    return rc != 0 ? rc : fs_create(&self->file, path, 0644, err);
}

static int sink_flush(struct sink *self, size_t above, struct error *err)
{
    if (self->text.failed)
        return error_nomem(err, self->file.path);
    if (self->text.len <= above)
        return 0;
    int rc = fs_write(&self->file, str_text(&self->text), self->text.len, err);
    str_clear(&self->text);
    return rc;
}

static int sink_close(struct sink *self, int rc, struct error *err)
{
    if (rc == 0)
        rc = sink_flush(self, 0, err);
    if (rc == 0)
        rc = fs_commit(&self->file, err);
    else
        fs_abandon(&self->file);
    str_release(&self->text);
    return rc;
}

int dump_lists(const char *dir, const char *model, const struct training_data *data, const struct evaluation *lists,
               struct error *err)
{
    struct sink s;
    char name[128];
    snprintf(name, sizeof name, "%s.csv", model);
    int rc = sink_open(&s, dir, name, err);
    if (rc != 0)
        return rc;
    str_puts(&s.text, "user,rank,item,score\n");
    for (uint32_t u = 0; rc == 0 && u < lists->n_users; u++) {
        const struct scored *list = lists->list + (size_t)u * lists->depth;
        for (uint32_t i = 0; i < lists->list_length[u]; i++) {
            text_csv_field(&s.text, data->user_name[lists->user[u]]);
            str_printf(&s.text, ",%u,", i + 1);
            text_csv_field(&s.text, data->item_name[list[i].item]);
            str_printf(&s.text, ",%.9g\n", (double)list[i].score);
        }
        rc = sink_flush(&s, CHUNK, err);
    }
    return sink_close(&s, rc, err);
}

int dump_relevant(const char *dir, const struct training_data *data, const struct evaluation *lists,
                  const char *protocol, struct error *err)
{
    struct sink s;
    int rc = sink_open(&s, dir, "relevant.csv", err);
    if (rc != 0)
        return rc;
    str_puts(&s.text, "user,item\n");
    for (uint32_t u = 0; rc == 0 && u < lists->n_users; u++) {
        for (uint64_t i = lists->relevant_start[u]; i < lists->relevant_start[u + 1]; i++) {
            text_csv_field(&s.text, data->user_name[lists->user[u]]);
            str_putc(&s.text, ',');
            text_csv_field(&s.text, data->item_name[lists->relevant[i]]);
            str_putc(&s.text, '\n');
        }
        rc = sink_flush(&s, CHUNK, err);
    }
    rc = sink_close(&s, rc, err);
    if (rc == 0)
        rc = sink_open(&s, dir, "README.txt", err);
    if (rc != 0)
        return rc;
    str_printf(&s.text,
               "%s\n\nMODEL.csv     user,rank,item,score: what the model ranks first for each test user, best first.\n"
               "relevant.csv  user,item: what was to be found. Precision@K is the share of the first K rows of a user that "
               "are in here;\n              the other definitions stand beside the figures that reckon prints.\n",
               protocol);
    return sink_close(&s, 0, err);
}

static void put_users_head(struct str *out, const struct evaluation *e)
{
    char label[64];
    str_puts(out, "user,model");
    for (uint32_t c = 0; c < e->n_columns; c++)
        if (e->column[c].value != NULL)
            str_printf(out, ",%s", metric_label(e->column[c].metric, e->column[c].k, label, sizeof label));
    str_putc(out, '\n');
}

int dump_users(const char *path, const struct training_data *data, const struct trial *trial, struct error *err)
{
    struct sink s;
    int rc = sink_open(&s, NULL, path, err);
    if (rc != 0)
        return rc;
    put_users_head(&s.text, &trial->models[0].evaluation);
    for (size_t m = 0; m < trial->n_models; m++) {
        const struct evaluation *e = &trial->models[m].evaluation;
        for (uint32_t u = 0; rc == 0 && u < e->n_users; u++) {
            text_csv_field(&s.text, data->user_name[e->user[u]]);
            str_putc(&s.text, ',');
            text_csv_field(&s.text, trial->models[m].recipe->name);
            for (uint32_t c = 0; c < e->n_columns; c++)
                if (e->column[c].value != NULL)
                    str_printf(&s.text, ",%.9g", e->column[c].value[u]);
            str_putc(&s.text, '\n');
            rc = sink_flush(&s, CHUNK, err);
        }
    }
    return sink_close(&s, rc, err);
}
