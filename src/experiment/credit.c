#include "experiment/credit.h"

#include "stats/proportion.h"

bool credit_rate(const struct slate_credit *credit, struct credit_rate *out)
{
    const struct proportion p = {(double)credit->seen_clicks, (double)credit->impressions};
    if (credit->impressions == 0 || proportion_interval(&p, PROPORTION_WILSON, 0.05, &out->low, &out->high, NULL) != 0)
        return false;
    out->rate = p.x / p.n;
    return true;
}
