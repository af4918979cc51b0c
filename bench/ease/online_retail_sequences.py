#!/usr/bin/env python3
"""Online Retail as sequences: online_retail_sequences.py online-retail.csv.xz > sequences

Lines with a customer, positive quantity and price, and a StockCode that begins with five digits; one customer a
line, `user item item ...`, numbered by first appearance."""
import csv
import lzma
import re
import sys


def main():
    users, items = {}, {}
    with lzma.open(sys.argv[1], "rt", encoding="utf-8", errors="replace", newline="") as lines:
        for row in csv.DictReader(lines):
            if (row["CustomerID"] and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
                    and re.match(r"\d{5}", row["StockCode"])):
                item = items.setdefault(row["StockCode"].upper(), len(items))
                users.setdefault(row["CustomerID"], []).append(item)
    for number, sequence in enumerate(users.values()):
        print(number, *sequence)


if __name__ == "__main__":
    main()
