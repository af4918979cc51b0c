#!/usr/bin/env python3
"""Writes claims.jsonl: texts about products, true ones and the same with one claim altered or added.

A line: {"facts": {...}, "text": "...", "unsupported": [what the facts do not hold, as it stands in the text]}.
The true texts were written by hand; the alterations are drawn by a fixed seed: another number or unit, another material,
colour or brand, a quality, a place or a size that nobody knows of."""
import json
import random
import re
import sys

P = [
    ({"title": "Blue mug", "brand": "Acme", "material": "porcelain", "height_cm": 10, "volume_ml": 350, "care": "dishwasher safe"},
     ["A blue porcelain mug that holds 350 ml and stands 10 cm high. It is dishwasher safe, so mornings stay easy.",
      "Start the day with this ceramic mug by Acme. It takes 350 ml of coffee or tea."]),
    ({"title": "White hanging heart t-light holder", "material": "wood, glass", "category": "Home decoration"},
     ["A white heart of wood and glass that holds a t-light. Hang it where the evening light is soft.",
      "This hanging heart brings a warm glow to any room of the home. Wooden frame, glass cup."]),
    ({"title": "Oak chopping board", "material": "oak", "length": "40 cm", "width": "28 cm", "finish": "oiled"},
     ["A chopping board of oiled oak, 40 cm long and 28 cm wide. It feels solid under the knife and looks good on the table.",
      "Made of oak with an oiled finish. At 40 x 28 cm there is room for bread, cheese and more."]),
    ({"title": "Linen table runner", "material": "linen", "colour": "natural, beige", "length": "150 cm", "care": "machine washable"},
     ["A beige table runner of linen for long dinners. It is 150 cm long and machine washable.",
      "Simple linen in a natural beige sets the table for friends."]),
    ({"title": "Set of 6 wine glasses", "material": "crystal glass", "pieces": 6, "volume": "450 ml"},
     ["Six wine glasses of crystal glass, each with room for 450 ml. A fine start to an evening together.",
      "A set of 6 glasses that show the colour of the wine well."]),
    ({"title": "Merino jumper", "brand": "Fjordly", "material": "merino wool", "colour": "navy", "sizes": "S, M, L", "origin": "Portugal"},
     ["A navy jumper of merino wool, knitted for cool days. Made in Portugal by Fjordly.",
      "Soft wool in navy, in sizes S, M and L. It goes with nearly everything."]),
    ({"title": "Garden lantern", "material": "iron, glass", "height": "35 cm", "colour": "black", "use": "outdoor"},
     ["A black lantern of iron and glass for the garden. It is 35 cm tall and wants only a candle.",
      "Light the way to the door with this outdoor lantern in black metal."]),
    ({"title": "Kids' rain boots", "material": "rubber", "colour": "yellow", "features": "waterproof, non-slip sole"},
     ["Yellow rubber boots for puddles of every kind. They are waterproof and have a non-slip sole.",
      "Rain is no reason to stay inside: yellow boots of rubber keep small feet dry."]),
    ({"title": "Wireless desk lamp", "brand": "Lumo", "power": "5 W", "battery": "2000 mAh", "features": "dimmable, LED, rechargeable"},
     ["The wireless desk lamp by Lumo gives as much light as you want. Its LED takes 5 W and is dimmable.",
      "A rechargeable lamp with 2000 mAh for the desk, the bed or the balcony."]),
    ({"title": "Leather wallet", "material": "leather", "colour": "brown", "card slots": 8, "made": "handmade"},
     ["A brown wallet of leather, handmade, with eight slots for cards. It slips into any pocket.",
      "Handmade leather that keeps 8 cards and a few notes in order."]),
    ({"title": "Scented candle lavender", "material": "soy wax", "burn time": "45 hours", "weight": "220 g"},
     ["A lavender candle of soy wax that burns for 45 hours. Breathe in, and let the day go.",
      "220 g of soy wax with the scent of lavender."]),
    ({"title": "Baby blanket", "material": "organic cotton", "colour": "mint", "size": "80 x 100 cm"},
     ["A blanket of organic cotton in mint, 80 x 100 cm. Soft for the first months and long after.",
      "Organic cotton keeps the little one warm in the pram."]),
    ({"title": "Cast iron teapot", "material": "cast iron", "volume": "0.8 l", "colour": "black", "origin": "Japan"},
     ["A black teapot of cast iron from Japan. It holds 0.8 l and keeps tea warm for a long talk.",
      "Japanese cast iron for those who take their time. 800 ml are enough for a talk with a friend."]),
    ({"title": "Running cap", "brand": "Strido", "material": "recycled polyester", "weight": "60 g", "colour": "grey"},
     ["A grey cap of recycled polyester for runners. With 60 g you will hardly notice it.",
      "Strido made this cap of recycled polyester. It sits well and stays light."]),
    ({"title": "Wall clock", "material": "steel", "diameter": "30 cm", "colour": "white", "movement": "quartz"},
     ["A white clock of steel with a quartz movement, 30 cm across. It is easy to read from the other end of the room.",
      "Steel frame, white face and 30 cm of calm on the wall."]),
    ({"title": "Picnic basket for 4", "material": "wicker", "lining": "cotton", "people": 4, "weight": "2.5 kg"},
     ["A wicker basket with a cotton lining for a picnic with four people. It weighs 2.5 kg.",
      "Pack lunch for 4 into this basket of wicker and find a meadow."]),
    ({"title": "Memory foam pillow", "material": "memory foam", "cover": "bamboo fabric", "size": "60 x 40 cm", "features": "hypoallergenic"},
     ["A pillow of memory foam with a cover of bamboo, 60 x 40 cm. It is hypoallergenic and follows your head.",
      "Rest well: memory foam gives way where it should."]),
    ({"title": "Salad bowl", "material": "bamboo", "diameter": "25 cm", "pieces": 3, "includes": "servers"},
     ["A bowl of bamboo with servers, three pieces in all. With 25 cm it holds a salad for the whole table.",
      "Light bamboo, 25 cm wide, and the servers come along."]),
    ({"title": "Velvet cushion cover", "material": "velvet", "colour": "green", "size": "45 x 45 cm", "closure": "zip"},
     ["A green cover of velvet with a zip, 45 x 45 cm. It changes a sofa in a minute's work.",
      "Velvet in green for the sofa or the armchair."]),
    ({"title": "Bird feeder", "material": "copper, glass", "capacity": "1.2 l", "use": "garden"},
     ["A bird feeder of copper and glass that holds 1.2 l of seed. Watch the garden come to life.",
      "Copper that grows more beautiful with the years, and glass to see how much is left."]),
    ({"title": "Notebook A5", "paper": "100 g recycled paper", "pages": 192, "cover": "linen", "colour": "red"},
     ["A red notebook with 192 pages of recycled paper. The cover is of linen.",
      "Room for ideas: 192 pages in A5, bound in red linen."]),
    ({"title": "Espresso cups", "material": "stoneware", "pieces": 4, "volume": "80 ml", "features": "stackable, microwave safe"},
     ["Four espresso cups of stoneware, each for 80 ml. They are stackable and microwave safe.",
      "Stackable cups in stoneware that save room on the shelf. 80 ml is all an espresso needs."]),
    ({"title": "Yoga mat", "brand": "Asanova", "material": "cork, rubber", "thickness": "4 mm", "length": "183 cm", "features": "non-slip"},
     ["A yoga mat of cork and rubber, 4 mm thick and 183 cm long. It is non-slip also when things get warm.",
      "Asanova puts cork on rubber, and you can put your mind at rest."]),
    ({"title": "Silk scarf", "material": "silk", "colour": "pink, ivory", "size": "90 x 90 cm", "origin": "Italy"},
     ["A scarf of silk in pink and ivory, 90 x 90 cm, made in Italy.",
      "Italian silk with a pattern in pink that lifts a plain coat."]),
    ({"title": "Travel backpack", "brand": "Nomado", "material": "canvas", "volume": "28 l", "weight": "900 g", "features": "padded straps"},
     ["A backpack of canvas with 28 l of room and padded straps. Nomado built it for weekends away.",
      "With 900 g it is light enough to forget, until you need what is in it."]),
    ({"title": "Vase", "material": "terracotta", "height": "22 cm", "colour": "white", "made": "handmade"},
     ["A white vase of terracotta, handmade and 22 cm high. A few stems are enough.",
      "Every piece is handmade, so no vase is quite like the next."]),
    ({"title": "Christmas wreath", "material": "pine cones, felt", "diameter": "33 cm", "colour": "red, green"},
     ["A wreath of pine cones and felt in red and green, 33 cm across, for the front door.",
      "Red felt and green make a wreath that welcomes guests."]),
    ({"title": "Bluetooth speaker", "brand": "Sonaro", "battery life": "12 hours", "power": "10 W", "features": "bluetooth, waterproof"},
     ["The bluetooth speaker by Sonaro plays for 12 hours. It is waterproof, so take it to the lake.",
      "10 W of sound without a cable, for as long as the evening lasts."]),
    ({"title": "Wooden train set", "material": "beech", "pieces": 24, "age": "from 3 years"},
     ["A train of beech with 24 pieces for children from 3 years. It runs on imagination alone.",
      "Wooden rails, bridges and wagons: 24 pieces for rainy afternoons."]),
    ({"title": "Olive oil soap", "ingredients": "olive oil, vegan", "weight": "100 g", "scent": "lemon"},
     ["A bar of soap with olive oil and the scent of lemon, 100 g. It is vegan.",
      "Olive oil makes this soap mild, lemon makes it fresh."]),
    ({"title": "Umbrella", "colour": "black", "diameter": "110 cm", "features": "windproof, automatic opening", "weight": "380 g"},
     ["A black umbrella that opens at a push and is windproof. It spans 110 cm and weighs 380 g.",
      "Windproof, 110 cm wide and ready when the sky is not."]),
    ({"title": "Photo frame", "material": "brass, glass", "photo size": "13 x 18 cm"},
     ["A frame of brass and glass for a photo of 13 x 18 cm. Stand it on the desk or by the bed.",
      "Brass gives the picture of 13 x 18 cm the place it deserves."]),
    ({"title": "Kitchen scale", "capacity": "5 kg", "display": "LED", "material": "glass", "battery": "included"},
     ["A kitchen scale of glass that weighs up to 5 kg. The LED display is easy to read.",
      "Weigh flour and sugar up to 5 kg; the battery is included."]),
    ({"title": "Alpaca socks", "material": "alpaca wool", "colour": "charcoal", "pairs": 2},
     ["Two pairs of socks of alpaca wool in charcoal for cold floors.",
      "Warm wool from the alpaca, in grey that goes with every shoe."]),
]
MATERIALS = ["stainless steel", "marble", "acrylic", "teak", "cashmere", "suede", "bronze", "nylon", "jute", "slate", "walnut", "satin"]
COLOURS = ["turquoise", "orange", "purple", "yellow", "crimson", "teal", "violet", "olive"]
QUALITIES = ["It is fireproof.", "It is award-winning.", "It comes with a lifetime warranty.", "It is BPA-free.", "It is biodegradable.",
             "It is oven safe.", "It is hand-painted.", "It is a limited edition.", "It is antibacterial.", "It is certified.",
             "It is solar powered.", "It is scratch-resistant.", "It is a bestseller.", "It is foldable.", "It is gluten-free."]
MARK = {"It is fireproof.": "fireproof", "It is award-winning.": "award-winning", "It comes with a lifetime warranty.": "warranty",
        "It is BPA-free.": "BPA-free", "It is biodegradable.": "biodegradable", "It is oven safe.": "oven safe",
        "It is hand-painted.": "hand-painted", "It is a limited edition.": "limited edition", "It is antibacterial.": "antibacterial",
        "It is certified.": "certified", "It is solar powered.": "solar powered", "It is scratch-resistant.": "scratch-resistant",
        "It is a bestseller.": "bestseller", "It is foldable.": "foldable", "It is gluten-free.": "gluten-free"}
PLACES = ["Sweden", "Vietnam", "Scotland", "Peru", "Morocco", "Thailand", "Austria", "Greece"]
BRANDS = ["Velmora", "Kitkraft", "Osterby", "Tavanne", "Brightwell"]
SIZES = ["huge", "tiny", "pocket-sized", "oversized", "giant"]
ADDED_NUMBERS = ["It has 3 compartments.", "It is guaranteed to last for 25 years.", "It comes in a box of 14.", "It reaches 95 %."]

rng = random.Random(7)
out = []


def put(facts, text, unsupported):
    for u in unsupported:
        assert u in text, (u, text)
    out.append({"facts": facts, "text": text, "unsupported": unsupported})


def word_in(text, words):
    for w in words:
        m = re.search(r"\b%s\b" % re.escape(w), text)
        if m:
            return m
    return None


for facts, texts in P:
    known = json.dumps(facts).lower()
    for text in texts:
        put(facts, text, [])
        # another number
        numbers = [m for m in re.finditer(r"\d+(?:\.\d+)?", text) if m.group() not in ("5",) or True]
        numbers = [m for m in numbers if not (m.start() > 0 and text[m.start() - 1].isalpha())]
        if numbers:
            m = rng.choice(numbers)
            new = str(int(float(m.group()) * rng.choice([1.5, 2, 3]) + 1))
            if not re.search(r"(?<![\d.])%s(?![\d.])" % new, known):
                put(facts, text[:m.start()] + new + text[m.end():], [new])
        # another material
        own = [w for w in re.findall(r"[a-z]+", (str(facts.get("material", "")) + " " + str(facts.get("cover", ""))).lower())
               if w not in ("soy", "memory", "cast", "recycled", "organic", "cones", "fabric")]
        m = word_in(text, own)
        if m:
            new = rng.choice([x for x in MATERIALS if x not in known])
            put(facts, text[:m.start()] + new + text[m.end():], [new])
        # another colour
        m = word_in(text, re.findall(r"[a-z]+", str(facts.get("colour", "")).lower()))
        if m:
            new = rng.choice([x for x in COLOURS if x not in known])
            put(facts, text[:m.start()] + new + text[m.end():], [new])
        # another brand, or one out of the air
        brand = facts.get("brand")
        new = rng.choice(BRANDS)
        if brand and brand in text and not text.startswith(brand):
            put(facts, text.replace(brand, new), [new])
        else:
            put(facts, text + " A piece by " + new + ".", [new])
        # a quality, a place, a size, a number that nobody knows of
        q = rng.choice([x for x in QUALITIES if MARK[x].split()[0].lower() not in known])
        put(facts, text + " " + q, [MARK[q]] + (["lifetime"] if "lifetime" in q else []))
        place = rng.choice([x for x in PLACES if x.lower() not in known])
        put(facts, text + " Made in %s." % place, [place])
        if rng.random() < 0.5:
            size = rng.choice(SIZES)
            first = text.split(" ", 1)
            put(facts, "A %s one for the home. " % size + text, [size])
        else:
            n = rng.choice(ADDED_NUMBERS)
            u = re.search(r"\d+", n).group()
            marks = [u] + [w for w in ("guaranteed", "compartments") if w in n]
            if not re.search(r"(?<!\d)%s(?!\d)" % u, known):
                put(facts, text + " " + n, marks)

with open(sys.argv[1], "w") as f:
    for line in out:
        f.write(json.dumps(line) + "\n")
print(len(out), sum(len(x["unsupported"]) for x in out))
