/* import --guess: what each kind of file is taken for, and the command that is proposed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "ingest/guess.h"

static char path[64];

static void guess(struct guess *g, const char *text, size_t n)
{
    struct error err;
    snprintf(path, sizeof path, "test_guess.%d.tmp", (int)getpid());
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, n, f), n);
    fclose(f);
    ck_assert_msg(guess_file(g, path, &err) == 0, "%s: %s", err.what, err.why);
    remove(path);
}

static void expect(const char *text, const char *want)
{
    struct guess g;
    struct str s;
    str_init(&s, 4096);
    guess(&g, text, strlen(text));
    ck_assert(g.known_entity);
    ck_assert_int_eq(guess_command(&g, "f", &s), 0);
    ck_assert_str_eq(str_text(&s), want);
    str_release(&s);
    guess_release(&g);
}

START_TEST(columns_are_known_by_their_names)
{
    expect("CustomerID,StockCode,order_date,qty\n17850.0,85123A,2010-12-01 08:26:00,6\n13047.0,B,2010-12-01 08:26:00,1\n",
           "reckon import events --map user=CustomerID --map item=StockCode --map time=order_date --map quantity=qty "
           "--kind purchase --whole-number user f");
    expect("user,item,time,kind\nu,i,2011-01-01,view\n", "reckon import events f");
    expect("visitorid;itemid;date;price;event\n7;a;13.02.2011;2,50;addtocart\n8;b;14.02.2011;1.002,50;view\n",
           "reckon import events --map user=visitorid --map item=itemid --map time=date --map kind=event "
           "--delimiter ';' --time-format '%d.%m.%Y' --decimal-comma f");
    expect("sku,name,price\na,Tea,2\nb,Mug,3\n", "reckon import items --map item=sku --map title=name f");
    expect("uid,age\n1,20\n2,30\n", "reckon import users --map user=uid f");
}
END_TEST

START_TEST(columns_are_known_by_their_values)
{
    struct str s;
    str_init(&s, 65536);
    for (int i = 0; i < 100; i++)
        str_printf(&s, "%d\t%d\t%d\t%d\n", i % 40 + 1, i * 7 % 90, i % 5 + 1, 881250949 + i * 1000);
    expect(str_text(&s), "reckon import events --map user=1 --map item=2 --map rating=3 --map time=4 --kind review "
                         "--delimiter tab --no-header f");
    str_release(&s);
}
END_TEST

START_TEST(known_files_get_their_preset)
{
    expect("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
           "536365,85123A,X,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n",
           "reckon import events --preset online-retail f");
    expect("1 1 2 3 4\n2 5 6\n3 7 8 9\n", "reckon import events --preset sequence f");
}
END_TEST

START_TEST(json_and_encodings)
{
    expect("{\"user\":{\"id\":\"u\"},\"product_id\":\"p\",\"ts\":1300000000}\n",
           "reckon import events --map user=user.id --map item=product_id --map time=ts --kind view f");
    expect("sku,name\na,Caf\xe9\n", "reckon import items --map item=sku --map title=name --encoding ISO-8859-1 f");
    expect("sku,name\na,5 \x80\n", "reckon import items --map item=sku --map title=name --encoding windows-1252 f");
}
END_TEST

START_TEST(dates_that_can_be_read_two_ways_are_said)
{
    struct guess g;
    static const char both[] = "user,item,date\nu,i,02/03/2011\n", one[] = "user,item,date\nu,i,02/03/2011\nu,i,13/03/2011\n";
    guess(&g, both, strlen(both));
    ck_assert(g.ambiguous_dates);
    guess_release(&g);
    guess(&g, one, strlen(one));
    ck_assert(!g.ambiguous_dates);
    ck_assert_str_eq(g.spec->time.pattern, "%d/%m/%Y");
    guess_release(&g);
}
END_TEST

START_TEST(what_is_not_clear_is_not_guessed)
{
    struct guess g;
    static const char text[] = "a,b\nx,1\ny,2\n";
    guess(&g, text, strlen(text));
    ck_assert(!g.known_entity);
    guess_release(&g);
    struct error err;
    ck_assert_int_eq(guess_file(&g, "no/such/file", &err), E_NOT_FOUND);
}
END_TEST

CHECK_MAIN("guess", columns_are_known_by_their_names, columns_are_known_by_their_values, known_files_get_their_preset,
           json_and_encodings, dates_that_can_be_read_two_ways_are_said, what_is_not_clear_is_not_guessed)
