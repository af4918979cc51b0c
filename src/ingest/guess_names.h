/* guess_names: what columns are usually called, for guess.c alone.  In lower case, letters and digits only. */
#ifndef RECKON_INGEST_GUESS_NAMES_H
#define RECKON_INGEST_GUESS_NAMES_H

#include "ingest/spec.h"

struct guess_name {
    enum spec_field field;
    const char *name;
};

/* The best name of a field first: of two columns that could be it, the one whose name comes first is taken. */
static const struct guess_name guess_names[] = {
    {FIELD_USER, "user"}, {FIELD_USER, "userid"}, {FIELD_USER, "uid"}, {FIELD_USER, "customerid"},
    {FIELD_USER, "customer"}, {FIELD_USER, "visitorid"}, {FIELD_USER, "visitor"}, {FIELD_USER, "clientid"},
    {FIELD_USER, "memberid"}, {FIELD_USER, "accountid"}, {FIELD_USER, "reviewerid"}, {FIELD_USER, "fullvisitorid"},
    {FIELD_USER, "personid"}, {FIELD_USER, "shopperid"}, {FIELD_USER, "householdkey"}, {FIELD_USER, "username"},
    {FIELD_ITEM, "item"}, {FIELD_ITEM, "itemid"}, {FIELD_ITEM, "sku"}, {FIELD_ITEM, "productid"},
    {FIELD_ITEM, "product"}, {FIELD_ITEM, "stockcode"}, {FIELD_ITEM, "articleid"}, {FIELD_ITEM, "article"},
    {FIELD_ITEM, "asin"}, {FIELD_ITEM, "parentasin"}, {FIELD_ITEM, "movieid"}, {FIELD_ITEM, "bookid"},
    {FIELD_ITEM, "isbn"}, {FIELD_ITEM, "songid"}, {FIELD_ITEM, "trackid"}, {FIELD_ITEM, "gtin"}, {FIELD_ITEM, "ean"},
    {FIELD_TIME, "time"}, {FIELD_TIME, "timestamp"}, {FIELD_TIME, "ts"}, {FIELD_TIME, "eventtime"},
    {FIELD_TIME, "datetime"}, {FIELD_TIME, "date"}, {FIELD_TIME, "invoicedate"}, {FIELD_TIME, "orderdate"},
    {FIELD_TIME, "createdat"}, {FIELD_TIME, "occurredat"}, {FIELD_TIME, "unixreviewtime"}, {FIELD_TIME, "tdat"},
    {FIELD_KIND, "kind"}, {FIELD_KIND, "event"}, {FIELD_KIND, "eventtype"}, {FIELD_KIND, "eventname"},
    {FIELD_KIND, "action"}, {FIELD_KIND, "behavior"}, {FIELD_KIND, "behaviour"}, {FIELD_KIND, "behaviortype"},
    {FIELD_QUANTITY, "quantity"}, {FIELD_QUANTITY, "qty"}, {FIELD_QUANTITY, "units"}, {FIELD_QUANTITY, "count"},
    {FIELD_PRICE, "price"}, {FIELD_PRICE, "unitprice"}, {FIELD_PRICE, "itemprice"}, {FIELD_PRICE, "cost"},
    {FIELD_RATING, "rating"}, {FIELD_RATING, "stars"}, {FIELD_RATING, "overall"}, {FIELD_RATING, "score"},
    {FIELD_DWELL, "dwell"}, {FIELD_DWELL, "dwelltime"}, {FIELD_DWELL, "dwellseconds"}, {FIELD_DWELL, "duration"},
    {FIELD_SESSION, "session"}, {FIELD_SESSION, "sessionid"}, {FIELD_SESSION, "usersession"},
    {FIELD_SESSION, "visitid"}, {FIELD_SESSION, "invoiceno"}, {FIELD_SESSION, "invoice"},
    {FIELD_SESSION, "orderid"}, {FIELD_SESSION, "basketid"},
    {FIELD_SESSION, "transactionid"},
    {FIELD_CHANNEL, "channel"}, {FIELD_CHANNEL, "saleschannelid"}, {FIELD_CHANNEL, "platform"},
    {FIELD_DEVICE, "device"}, {FIELD_DEVICE, "devicetype"},
    {FIELD_REFERRER, "referrer"}, {FIELD_REFERRER, "referer"}, {FIELD_REFERRER, "utmsource"},
    {FIELD_POSITION, "position"}, {FIELD_POSITION, "rank"}, {FIELD_POSITION, "slot"},
    {FIELD_ID, "eventid"}, {FIELD_ID, "uuid"},
    {FIELD_TITLE, "title"}, {FIELD_TITLE, "name"}, {FIELD_TITLE, "productname"}, {FIELD_TITLE, "itemname"},
    {FIELD_TITLE, "description"}, {FIELD_TITLE, "producttitle"}, {FIELD_TITLE, "itemtitle"},
};

#endif
