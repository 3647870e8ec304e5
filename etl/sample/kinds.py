"""What is sold in the sample delivery: each kind of product with what its reviewers mention."""

from dataclasses import dataclass

CLOTHING = ("Fit", "Length", "Comfort", "Quality")
SHOES = ("Size", "Width", "Comfort", "Quality")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product. `parts` and `uses` are what reviewers mention; `price` is a range in whole units."""

    noun: str
    category: str
    traits: tuple[str, ...]
    parts: tuple[str, ...]
    uses: tuple[str, ...]
    price: tuple[int, int]
    materials: tuple[str, ...]
    plural: bool = False

    @property
    def photo(self) -> str:
        """The word that stands in the names of its sample photos."""
        return self.category.lower().replace(" ", "-")


_COATS = ("zip", "lining", "hood", "cuffs", "inside pocket")
_KNITS = ("collar", "cuffs", "ribbing", "knit", "seams")
_TOPS = ("collar", "seams", "sleeves", "stitching", "fabric")
_LEGS = ("waistband", "pockets", "hem", "zip", "stitching")
_FEET = ("sole", "insole", "laces", "heel", "tongue")
_PACKS = ("straps", "zips", "side pockets", "hip belt", "lining")

# fmt: off
KINDS = (
    Kind("Field Jacket", "Jackets", CLOTHING, _COATS,
         ("autumn walks", "my commute", "the school run"), (79, 240),
         ("Waxed", "Canvas", "Cotton", "Quilted", "Linen")),
    Kind("Rain Shell", "Jackets", CLOTHING, _COATS,
         ("hiking", "cycling to work", "dog walks"), (69, 320),
         ("Three-Layer", "Packable", "Recycled", "Lightweight", "Stretch")),
    Kind("Parka", "Jackets", CLOTHING, _COATS,
         ("real winter", "waiting at bus stops", "a trip to Norway"), (120, 420),
         ("Down", "Insulated", "Arctic", "Long", "Recycled")),
    Kind("Fleece", "Jackets", CLOTHING, ("zip", "collar", "cuffs", "pockets"),
         ("camping", "cold offices", "layering"), (39, 140),
         ("Grid", "Sherpa", "Recycled", "Half-Zip", "Thermal")),
    Kind("Wrap Dress", "Dresses", CLOTHING, ("belt", "neckline", "lining", "sleeves"),
         ("a wedding", "the office", "a summer party"), (45, 180),
         ("Linen", "Silk", "Jersey", "Printed", "Viscose")),
    Kind("Shirt Dress", "Dresses", CLOTHING, ("buttons", "collar", "belt", "pockets"),
         ("work", "holidays", "weekend brunch"), (49, 160),
         ("Cotton", "Denim", "Linen", "Striped", "Poplin")),
    Kind("Midi Skirt", "Dresses", CLOTHING, ("waistband", "lining", "zip", "pleats"),
         ("the office", "dancing", "everyday wear"), (35, 120),
         ("Pleated", "Satin", "Corduroy", "Wool", "Denim")),
    Kind("Crewneck Sweater", "Knitwear", CLOTHING, _KNITS,
         ("winter evenings", "the office", "layering"), (45, 190),
         ("Merino", "Lambswool", "Cotton", "Cashmere", "Cable-Knit")),
    Kind("Cardigan", "Knitwear", CLOTHING, ("buttons", "cuffs", "pockets", "knit"),
         ("working from home", "chilly offices", "layering"), (49, 210),
         ("Merino", "Chunky", "Alpaca", "Ribbed", "Cotton")),
    Kind("Beanie", "Knitwear", ("Comfort", "Quality"), ("ribbing", "lining", "fold"),
         ("running in winter", "skiing", "windy days"), (12, 49),
         ("Merino", "Ribbed", "Cashmere", "Waffle", "Recycled")),
    Kind("Oxford Shirt", "Shirts", CLOTHING, _TOPS,
         ("the office", "interviews", "family dinners"), (39, 120),
         ("Cotton", "Brushed", "Slim", "Organic", "Washed")),
    Kind("Flannel Shirt", "Shirts", CLOTHING, _TOPS,
         ("the allotment", "bonfire nights", "weekends"), (35, 110),
         ("Heavy", "Brushed", "Checked", "Organic", "Soft")),
    Kind("T-Shirt", "Shirts", CLOTHING, ("neckline", "hem", "sleeves", "print"),
         ("the gym", "sleeping in", "every day"), (12, 49),
         ("Organic", "Heavyweight", "Pocket", "Striped", "Slub")),
    Kind("Linen Blouse", "Shirts", CLOTHING, _TOPS,
         ("hot days", "the office", "travelling"), (39, 110),
         ("Relaxed", "Embroidered", "Washed", "Cropped", "Button-Back")),
    Kind("Base Layer", "Shirts", CLOTHING, ("seams", "cuffs", "collar", "thumb loops"),
         ("ski touring", "winter running", "sleeping in a tent"), (29, 110),
         ("Merino", "Thermal", "Seamless", "Lightweight", "Midweight")),
    Kind("Chinos", "Trousers", CLOTHING, _LEGS,
         ("work", "travel days", "smart casual Fridays"), (39, 120),
         ("Slim", "Tapered", "Stretch", "Garment-Dyed", "Relaxed"), plural=True),
    Kind("Jeans", "Trousers", CLOTHING, _LEGS,
         ("every day", "gardening", "long flights"), (49, 180),
         ("Straight", "Selvedge", "High-Rise", "Wide-Leg", "Organic"), plural=True),
    Kind("Hiking Trousers", "Trousers", CLOTHING, _LEGS,
         ("the Camino", "muddy trails", "scrambling"), (59, 190),
         ("Softshell", "Convertible", "Stretch", "Ripstop", "Lightweight"), plural=True),
    Kind("Leggings", "Trousers", CLOTHING, ("waistband", "seams", "side pocket", "fabric"),
         ("yoga", "running", "climbing"), (25, 110),
         ("High-Rise", "Thermal", "Seamless", "Compression", "Ribbed"), plural=True),
    Kind("Linen Shorts", "Trousers", CLOTHING, _LEGS,
         ("the beach", "summer cycling", "holidays"), (29, 90),
         ("Pleated", "Drawstring", "Relaxed", "Washed", "Tailored"), plural=True),
    Kind("Pyjamas", "Loungewear", CLOTHING, ("waistband", "buttons", "cuffs", "piping"),
         ("lazy Sundays", "hospital stays", "hot nights"), (35, 120),
         ("Flannel", "Silk", "Bamboo", "Striped", "Cotton"), plural=True),
    Kind("Dressing Gown", "Loungewear", CLOTHING, ("belt", "pockets", "sleeves", "hood"),
         ("mornings", "after swimming", "Sunday breakfast"), (45, 150),
         ("Waffle", "Towelling", "Fleece", "Linen", "Quilted")),
    Kind("Camo Onesie", "Loungewear", CLOTHING, ("zip", "hood", "cuffs", "pockets"),
         ("film nights", "festivals", "camping"), (60, 140),
         ("Fleece", "Cotton", "Sherpa", "Classic", "Organic")),
    Kind("Trail Shoes", "Shoes", SHOES, _FEET,
         ("wet trails", "a half marathon", "long hikes"), (79, 180),
         ("Waterproof", "Light", "Grippy", "Cushioned", "Wide"), plural=True),
    Kind("Hiking Boots", "Shoes", SHOES, _FEET,
         ("the Alps", "winter walks", "carrying a heavy pack"), (99, 290),
         ("Leather", "Waterproof", "Nubuck", "Mid-Cut", "Resoleable"), plural=True),
    Kind("Sneakers", "Shoes", SHOES, _FEET,
         ("city trips", "standing all day", "every day"), (49, 160),
         ("Canvas", "Leather", "Suede", "Knit", "Retro"), plural=True),
    Kind("Chelsea Boots", "Shoes", SHOES, ("sole", "elastic", "heel", "pull tabs"),
         ("the office", "rainy days", "nights out"), (89, 260),
         ("Leather", "Suede", "Waxed", "Lug-Sole", "Classic"), plural=True),
    Kind("Sandals", "Shoes", SHOES, ("straps", "footbed", "buckles", "sole"),
         ("the beach", "river crossings", "city summers"), (35, 130),
         ("Cork", "Leather", "Sport", "Platform", "Recycled"), plural=True),
    Kind("Slippers", "Shoes", SHOES, ("sole", "lining", "footbed", "heel"),
         ("cold floors", "working from home", "winter mornings"), (25, 95),
         ("Felt", "Sheepskin", "Wool", "Quilted", "Boiled-Wool"), plural=True),
    Kind("Daypack", "Bags", ("Size", "Comfort", "Quality"), _PACKS,
         ("my commute", "day hikes", "carry-on only"), (39, 160),
         ("Roll-Top", "Ripstop", "Canvas", "Recycled", "20 L")),
    Kind("Trekking Pack", "Bags", ("Size", "Comfort", "Quality"), _PACKS,
         ("a week in the hills", "hut trips", "Patagonia"), (99, 320),
         ("45 L", "65 L", "Ultralight", "Framed", "Women's")),
    Kind("Tote", "Bags", ("Size", "Quality"), ("handles", "base", "inside pocket", "stitching"),
         ("groceries", "the library", "the office"), (15, 140),
         ("Canvas", "Leather", "Waxed", "Market", "Quilted")),
    Kind("Wash Bag", "Bags", ("Quality",), ("zip", "lining", "hook", "handle"),
         ("weekends away", "the gym", "festivals"), (15, 60),
         ("Waxed", "Hanging", "Canvas", "Leather", "Recycled")),
    Kind("Tent", "Camping", ("Size", "Quality"), ("poles", "pegs", "groundsheet", "inner door", "vestibule"),
         ("wild camping", "a rainy festival", "cycle touring"), (119, 620),
         ("1-Person", "2-Person", "4-Season", "Family", "Ultralight")),
    Kind("Sleeping Bag", "Camping", ("Size", "Length", "Comfort"), ("zip", "hood", "draft collar", "stuff sack"),
         ("cold nights", "summer camping", "hut trips"), (59, 420),
         ("Down", "Synthetic", "3-Season", "Winter", "Quilt-Style")),
    Kind("Sleeping Mat", "Camping", ("Comfort",), ("valve", "pump sack", "surface", "baffles"),
         ("sleeping on my side", "bikepacking", "frozen ground"), (35, 210),
         ("Inflatable", "Foam", "Insulated", "Ultralight", "Wide")),
    Kind("Camp Stove", "Camping", ("Quality",), ("burner", "valve", "pot supports", "igniter"),
         ("brewing coffee on a summit", "melting snow", "family camping"), (29, 160),
         ("Compact", "Two-Burner", "Titanium", "Folding", "Windproof")),
    Kind("Head Torch", "Camping", ("Comfort", "Quality"), ("strap", "battery door", "beam", "button"),
         ("night runs", "reading in the tent", "power cuts"), (19, 110),
         ("Rechargeable", "400 Lumen", "Compact", "Waterproof", "Dual-Beam")),
    Kind("Water Bottle", "Camping", ("Quality",), ("lid", "seal", "paint", "straw"),
         ("the gym", "school", "long drives"), (14, 49),
         ("Insulated", "Steel", "Glass", "750 ml", "Wide-Mouth")),
    Kind("Cast-Iron Pan", "Kitchen", ("Quality",), ("handle", "pouring lip", "seasoning", "base"),
         ("steak", "cornbread", "open fires"), (29, 160),
         ("26 cm", "Pre-Seasoned", "Enamelled", "Smooth", "Deep")),
    Kind("Chef's Knife", "Kitchen", ("Quality", "Length"), ("edge", "handle", "bolster", "tip"),
         ("everyday cooking", "onions", "a small kitchen"), (29, 240),
         ("Carbon", "Damascus", "20 cm", "Forged", "Olive-Handled")),
    Kind("Mug", "Kitchen", ("Size", "Quality"), ("handle", "glaze", "rim", "base"),
         ("morning coffee", "soup", "the office"), (9, 38),
         ("Stoneware", "Enamel", "Speckled", "Hand-Thrown", "Porcelain")),
    Kind("Coffee Dripper", "Kitchen", ("Quality",), ("filter holder", "base", "handle", "glass"),
         ("slow mornings", "camping", "two cups at a time"), (15, 65),
         ("Ceramic", "Glass", "Copper", "Folding", "Walnut")),
    Kind("Chopping Board", "Kitchen", ("Size", "Quality"), ("juice groove", "feet", "edges", "grain"),
         ("bread", "Sunday roasts", "a small worktop"), (19, 120),
         ("Walnut", "Oak", "End-Grain", "Bamboo", "Reversible")),
    Kind("Duvet Cover", "Bedding", ("Size", "Comfort", "Quality"), ("buttons", "corner ties", "seams", "weave"),
         ("hot summers", "the guest room", "winter nights"), (39, 220),
         ("Linen", "Percale", "Sateen", "Flannel", "Washed")),
    Kind("Wool Blanket", "Bedding", ("Size", "Comfort", "Quality"), ("fringe", "edges", "weave", "wool"),
         ("the sofa", "picnics", "the van"), (49, 260),
         ("Lambswool", "Checked", "Recycled", "Merino", "Herringbone")),
    Kind("Pillow", "Bedding", ("Comfort", "Quality"), ("filling", "cover", "piping", "zip"),
         ("sleeping on my side", "a stiff neck", "hot nights"), (25, 130),
         ("Down", "Buckwheat", "Memory-Foam", "Wool", "Adjustable")),
    Kind("Bath Towel", "Bedding", ("Size", "Quality"), ("loops", "hem", "hanging loop", "pile"),
         ("the gym", "long hair", "the guest room"), (12, 60),
         ("Waffle", "Turkish", "Organic", "Linen", "Quick-Dry")),
    Kind("Desk Lamp", "Home", ("Quality",), ("arm", "switch", "base", "shade"),
         ("late nights", "reading", "video calls"), (29, 210),
         ("Brass", "Articulated", "Oak", "Dimmable", "Enamel")),
    Kind("Storage Basket", "Home", ("Size", "Quality"), ("handles", "weave", "lid", "base"),
         ("toys", "firewood", "laundry"), (15, 79),
         ("Seagrass", "Felt", "Rope", "Willow", "Stackable")),
    Kind("Area Rug", "Home", ("Size", "Quality"), ("pile", "fringe", "backing", "edges"),
         ("the hallway", "a nursery", "under the table"), (59, 480),
         ("Jute", "Wool", "Kilim", "Flat-Woven", "Washable")),
    Kind("Scented Candle", "Home", ("Quality",), ("wick", "scent", "jar", "lid"),
         ("rainy evenings", "a housewarming gift", "the bathroom"), (12, 58),
         ("Cedar", "Fig", "Beeswax", "Sea-Salt", "Vetiver")),
)
# fmt: on
