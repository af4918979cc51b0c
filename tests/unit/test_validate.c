/* Rows to records: every check has a row that fails it, with its field and reason. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check_main.h"
#include "ingest/validate.h"

struct fixture {
    struct spec *spec;
    struct reader *reader;
    struct types types;
    struct mapping *mapping;
    struct validator validator;
};

static void begin_with(struct fixture *f, enum spec_entity entity, const char *spec, const char *text, size_t n)
{
    struct reader_options options;
    struct error err;
    memset(f, 0, sizeof *f);
    f->spec = spec_new(entity);
    ck_assert_msg(spec_parse(f->spec, "spec", spec, strlen(spec), &err) == 0, "%s: %s", err.what, err.why);
    spec_reader_options(f->spec, &options);
    ck_assert_msg(reader_open_text(&f->reader, "text", text, n, &options, &err) == 0, "%s", err.why);
    ck_assert_msg(mapping_new(&f->mapping, f->spec, reader_columns(f->reader), &f->types, reader_format(f->reader), "text",
                              &err) == 0, "%s %s", err.why, err.hint);
    int64_t now;
    clock_parse("2026-11-24", 10, &now);
    validator_init(&f->validator, f->mapping, now);
}

static void begin(struct fixture *f, enum spec_entity entity, const char *spec, const char *text)
{
    begin_with(f, entity, spec, text, strlen(text));
}

static enum verdict next(struct fixture *f, struct record *record, struct fault *fault)
{
    static struct row row;
    ck_assert_int_eq(reader_next(f->reader, &row, NULL), 1);
    ck_assert_int_eq(mapping_follow(f->mapping, NULL), 0);
    memset(fault, 0, sizeof *fault);
    return validator_check(&f->validator, &row, record, fault);
}

static void end(struct fixture *f)
{
    mapping_free(f->mapping);
    types_release(&f->types);
    reader_free(f->reader);
    spec_free(f->spec);
}

#define TEXT_IS(field, want) \
    ck_assert_msg((field).n == strlen(want) && memcmp((field).text, want, (field).n) == 0, "'%.*s'", (int)(field).n, (field).text)

START_TEST(a_good_row_becomes_a_record)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin(&f, SPEC_EVENTS, "[map]\nuser=\"uid\"\nitem=\"2\"\n[kinds]\nBought=\"purchase\"\n[normalise]\nuser=\"whole-number\"",
          "uid,sku,time,kind,quantity,price,rating,dwell,position,session,channel\n"
          " 17.0 ,\"A, 1\",2011-01-02,Bought,2,1.5,4,0.25,3,s1,web\n18,B,2011-01-02,CLICK,,,,,,,\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    TEXT_IS(r.text[FIELD_USER], "17");
    TEXT_IS(r.text[FIELD_ITEM], "A, 1");
    ck_assert_str_eq(r.kind, "purchase");
    ck_assert_double_eq(r.quantity, 2);
    ck_assert_double_eq(r.price, 1.5);
    ck_assert_double_eq(r.rating, 4);
    ck_assert_int_eq(r.dwell_ms, 250);
    ck_assert_int_eq(r.position, 3);
    TEXT_IS(r.text[FIELD_SESSION], "s1");
    TEXT_IS(r.text[FIELD_CHANNEL], "web");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    ck_assert_str_eq(r.kind, "click");
    ck_assert(isnan(r.quantity) && isnan(r.price) && isnan(r.rating));
    ck_assert_int_eq(r.dwell_ms, -1);
    ck_assert_ptr_null(r.text[FIELD_SESSION].text);
    end(&f);
}
END_TEST

START_TEST(every_check_refuses_its_row)
{
    static const struct {
        const char *row, *field, *reason;
    } cases[] = {
        {"u,i,2011-01-02,1,2,x\n", "", "the row has 6 fields, not 5"},
        {"u,i,2011-01-02,1\n", "", "the row has 4 fields, not 5"},
        {"u,i\xff,2011-01-02,1,2\n", "", "the row is not valid UTF-8"},
        {"\"u,i,2011-01-02,1,2\n", "", "a quote is opened and never closed"},
        {",i,2011-01-02,1,2\n", "user", "user is missing"},
        {"u,  ,2011-01-02,1,2\n", "item", "item is missing"},
        {"u\x01,i,2011-01-02,1,2\n", "user", "user holds a control character"},
        {"\"u\nv\",i,2011-01-02,1,2\n", "user", "user holds a control character"},
        {"u,i,,1,2\n", "time", "time is missing"},
        {"u,i,soon,1,2\n", "time", "'soon' is no time"},
        {"u,i,1900-01-01,1,2\n", "time", "'1900-01-01' is before 1990-01-01"},
        {"u,i,2100-01-01,1,2\n", "time", "'2100-01-01' is after 2026-11-25T00:00:00Z"},
        {"u,i,2011-02-30,1,2\n", "time", "'2011-02-30' is no time"},
        {"u,i,2011-01-02,1e308,2\n", "price", "'1e308' is not between -1e+09 and 1e+09"},
        {"u,i,2011-01-02,NaN,2\n", "price", "'NaN' is no number"},
        {"u,i,2011-01-02,inf,2\n", "price", "'inf' is no number"},
        {"u,i,2011-01-02,1,2000001\n", "quantity", "'2000001' is not between -1e+06 and 1e+06"},
        {"u,i,2011-01-02,1,two\n", "quantity", "'two' is no number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        struct record r;
        struct fault fault;
        char text[400] = "user,item,time,price,quantity\n";
        strcat(text, cases[i].row);
        begin(&f, SPEC_EVENTS, "", text);
        ck_assert_msg(next(&f, &r, &fault) == VERDICT_BAD, "%s", cases[i].row);
        ck_assert_str_eq(fault.field, cases[i].field);
        ck_assert_str_eq(fault.reason, cases[i].reason);
        ck_assert_str_ne(fault.kind, "");
        end(&f);
    }
}
END_TEST

START_TEST(more_checks)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin_with(&f, SPEC_EVENTS, "", "user,item,time\nu\0,i,2011-01-02\n", 32);
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.reason, "the row holds a NUL byte");
    end(&f);
    begin(&f, SPEC_EVENTS, "", "user,item,time,kind,position,dwell\nu,i,2011-01-02,a b,,\nu,i,2011-01-02,,,\n"
                               "u,i,2011-01-02,view,1.5,\nu,i,2011-01-02,view,,-1\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.field, "kind");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.reason, "kind is missing");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.field, "position");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.field, "dwell");
    end(&f);
    char text[600] = "user,item,time\n";
    memset(text + 15, 'x', 257);
    strcpy(text + 15 + 257, ",i,2011-01-02\n");
    begin(&f, SPEC_EVENTS, "", text);
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.reason, "user has 257 bytes, more than 256");
    end(&f);
}
END_TEST

START_TEST(cleaning_comes_before_checks_and_is_counted_by_rule)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin(&f, SPEC_EVENTS, "[clean]\nnobody=\"user is empty\"\nfree=\"price <= 0\"\n",
          "user,item,time,price\n,i,bad,1\nu,i,2011-01-02,0\nu,i,2011-01-02,x\nu,i,2011-01-02,1\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_CLEANED);
    ck_assert_uint_eq(fault.rule, 0);
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_CLEANED);
    ck_assert_uint_eq(fault.rule, 1);
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    end(&f);
}
END_TEST

static const struct type *type_of(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->types.n; i++)
        if (strcmp(f->types.list[i].name, name) == 0)
            return &f->types.list[i];
    ck_abort_msg("no %s", name);
    return NULL;
}

START_TEST(attributes_of_items_are_typed)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin(&f, SPEC_ITEMS, "[map]\nitem=\"sku\"\ntitle=\"name\"\n\"attr.tags:list\"=\"tags\"\n",
          "sku,name,Price Now,tags,code\n1,\"One\ntwo\",1.5,a|b,01\n2,,2,,x\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    TEXT_IS(r.text[FIELD_TITLE], "One\ntwo");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    types_settle(&f.types);
    ck_assert_uint_eq(f.types.n, 3);
    ck_assert_int_eq(type_of(&f, "price_now")->type, ATTRIBUTE_NUMBER);
    ck_assert_int_eq(type_of(&f, "code")->type, ATTRIBUTE_TEXT);
    ck_assert_int_eq(type_of(&f, "tags")->type, ATTRIBUTE_LIST);
    end(&f);
    begin(&f, SPEC_ITEMS, "[map]\nitem=\"sku\"\n\"attr.n:number\"=\"n\"\n", "sku,n\n1,x\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.reason, "'x' is no number");
    ck_assert_str_eq(fault.field, "n");
    end(&f);
}
END_TEST

START_TEST(json_lines_follow_their_names)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin(&f, SPEC_EVENTS, "[map]\nuser=\"who.id\"\n",
          "{\"item\": 5, \"time\": 1300000000, \"who\": {\"id\": \"u\"}}\n{\"time\": 1300000000, \"who\": {\"id\": \"u\"}}\n"
          "{\"attributes\": {\"color\": \"red\"}, \"junk\": 1, \"item\": \"x\", \"time\": 1300000000, \"who\": {\"id\": 7}}\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    TEXT_IS(r.text[FIELD_ITEM], "5");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.reason, "item is missing");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    TEXT_IS(r.text[FIELD_USER], "7");
    ck_assert_uint_eq(f.mapping->n_attributes, 1);
    ck_assert_str_eq(f.mapping->attributes[0].name, "color");
    end(&f);
}
END_TEST

START_TEST(a_header_that_does_not_match_is_an_error_that_lists_it)
{
    static const struct {
        const char *spec, *text, *why;
    } cases[] = {
        {"", "uid,item,time\n", "has no column 'user'"},
        {"[map]\nuser=\"id\"\n", "uid,item,time\n", "has no column 'id'"},
        {"[map]\nuser=\"9\"\n", "uid,item,time\n", "has no column '9'"},
        {"[clean]\nx=\"a is empty\"\n", "user,item,time\n", "has no column 'a'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *s = spec_new(SPEC_EVENTS);
        struct reader_options options = {.format = READER_CSV};
        struct reader *r;
        struct types types = {0};
        struct mapping *m;
        struct error err;
        ck_assert_int_eq(spec_parse(s, "t", cases[i].spec, strlen(cases[i].spec), NULL), 0);
        ck_assert_int_eq(reader_open_text(&r, "f.csv", cases[i].text, strlen(cases[i].text), &options, NULL), 0);
        ck_assert_int_eq(mapping_new(&m, s, reader_columns(r), &types, READER_CSV, "f.csv", &err), E_BAD_DATA);
        ck_assert_str_eq(err.what, "f.csv");
        ck_assert_str_eq(err.why, cases[i].why);
        ck_assert_ptr_nonnull(strstr(err.hint, "item, time"));
        types_release(&types);
        reader_free(r);
        spec_free(s);
    }
}
END_TEST

START_TEST(sequences_have_a_user_and_items)
{
    struct fixture f;
    struct record r;
    struct fault fault;
    begin(&f, SPEC_EVENTS, "format=\"sequence\"\nkind=\"purchase\"\n", "u1 a b\nu2 a\x02\n");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_GOOD);
    TEXT_IS(r.text[FIELD_USER], "u1");
    ck_assert_uint_eq(r.row->n_fields, 3);
    ck_assert_str_eq(r.kind, "purchase");
    ck_assert_int_eq(next(&f, &r, &fault), VERDICT_BAD);
    ck_assert_str_eq(fault.field, "item");
    end(&f);
}
END_TEST

CHECK_MAIN("validate", a_good_row_becomes_a_record, every_check_refuses_its_row, more_checks,
           cleaning_comes_before_checks_and_is_counted_by_rule, attributes_of_items_are_typed,
           json_lines_follow_their_names, a_header_that_does_not_match_is_an_error_that_lists_it,
           sequences_have_a_user_and_items)
