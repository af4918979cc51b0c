#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/email.h"
#include "serve/html.h"
#include "serve/money.h"

static char text[4096];

/* What `fn` makes of a text. */
static const char *made(void (*fn)(struct str *, const char *), const char *from)
{
    struct str s;
    str_init(&s, sizeof text - 1);
    fn(&s, from);
    snprintf(text, sizeof text, "%s", str_text(&s));
    str_release(&s);
    return text;
}

static const char *money(double value, const char *currency, const char *language)
{
    struct str s;
    str_init(&s, sizeof text - 1);
    money_put(&s, value, currency, language);
    snprintf(text, sizeof text, "%s", str_text(&s));
    str_release(&s);
    return text;
}

START_TEST(escaping)
{
    ck_assert_str_eq(made(html_text, "a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
    ck_assert_str_eq(made(html_text, "a\n\x01\x7f\xc2\x85z"), "a    z");
    ck_assert_str_eq(made(html_text, "a\xe2\x80\xae" "b\xe2\x81\xa6" "c"), "abc");
    ck_assert_str_eq(made(html_text, "a\xff\xc3\xed\xa0\x80z"), "az");
    ck_assert_str_eq(made(html_plain, "a<b>\r\nBcc: x"), "a<b>  Bcc: x");
    ck_assert_str_eq(made(html_url_part, "a b/\xc3\xbc?&%{item}~"), "a%20b%2F%C3%BC%3F%26%25%7Bitem%7D~");
    ck_assert_str_eq(made(html_initials, "paper chain's KIT"), "PC");
    ck_assert_str_eq(made(html_initials, "\xc3\xbc" "ber--60"), "\xc3\xbc" "6");
    ck_assert_str_eq(made(html_initials, "!?"), "");
}
END_TEST

START_TEST(addresses)
{
    struct str s;
    const struct html_address a = {"x {slate}", "s&1", 3};
    str_init(&s, 1024);
    html_url(&s, "https://a.example/{item}?s={slate}&p={position}#{item}", &a);
    ck_assert_str_eq(str_text(&s), "https://a.example/x%20%7Bslate%7D?s=s%261&p=3#x%20%7Bslate%7D");
    str_release(&s);
    ck_assert(html_url_good("https://a.example/{item}"));
    ck_assert(html_url_good("http://a.example/"));
    static const char *const bad[] = {"",          "/p/{item}",           "javascript:alert(1)",     "HTTPS:x",
                                      "https://a b", "https://a/\"x", "https://a/{title}", "https://a/{item",
                                      "https://a/}",  "https://a/\n",      "data:text/html,https://a", "https://a/<x>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!html_url_good(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(prices)
{
    ck_assert_str_eq(money(1234567.5, "USD", "en-US"), "$1,234,567.50");
    ck_assert_str_eq(money(0.5, "EUR", "de-DE"), "0,50\xc2\xa0\xe2\x82\xac");
    ck_assert_str_eq(money(-12, "GBP", "en"), "-\xc2\xa3" "12.00");
    ck_assert_str_eq(money(1999.6, "JPY", "fr"), "2\xe2\x80\xaf" "000\xc2\xa0\xc2\xa5");
    ck_assert_str_eq(money(3, "CHF", "de-CH"), "CHF\xc2\xa0" "3.00");
    ck_assert_str_eq(money(3, "XYZ", "a-language-nobody-knows"), "XYZ\xc2\xa0" "3.00");
    ck_assert_str_eq(money(999.995, "", ""), "1,000.00");
    ck_assert_str_eq(money(1e300, "EUR", "en"), "");
    ck_assert(money_is_rtl("ar-EG") && money_is_rtl("HE") && !money_is_rtl("en") && !money_is_rtl(""));
}
END_TEST

/* A title without blanks that is longer than a line, wide letters, nothing at all. */
START_TEST(mails)
{
    char longest[300];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const struct email_item items[] = {
        {"a", "", NULL, false, 0}, {"b", longest, "javascript:x", true, 2}, {"c", "one two", "https://p.example/c", true, 3}};
    struct email mail = {"s1", items, 3, "", "https://a.example/{item}", "", "t", "", "EUR", "en", "#ffffff", 2};
    struct str s;
    str_init(&s, 1 << 16);
    email_text(&s, &mail);
    ck_assert_ptr_nonnull(strstr(str_text(&s), "* a\n  https://a.example/a?t=s1\n"));
    ck_assert_ptr_nonnull(strstr(str_text(&s), "x\n  (\xe2\x82\xac" "2.00)\n"));
    str_clear(&s);
    email_html(&s, &mail);
    ck_assert_ptr_null(strstr(str_text(&s), "javascript"));
    ck_assert_ptr_nonnull(strstr(str_text(&s), "src=\"https://p.example/c\" alt=\"one two\""));
    str_clear(&s);
    mail.n = 0;
    email_html(&s, &mail);
    email_text(&s, &mail);
    ck_assert_uint_eq(s.len, 0);
    email_subject(&s, &mail, "{title}!");
    ck_assert_str_eq(str_text(&s), "!");
    str_release(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("html");
    TCase *c = tcase_create("html");
    tcase_add_test(c, escaping);
    tcase_add_test(c, addresses);
    tcase_add_test(c, prices);
    tcase_add_test(c, mails);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
