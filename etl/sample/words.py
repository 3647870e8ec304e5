"""The words of the sample delivery: names of products, of people, and of where their mail goes."""

# fmt: off
LINES = (
    "Alder", "Aspen", "Birchwood", "Bramble", "Brook", "Calder", "Cairn", "Cedar Lane", "Clover", "Corrie", "Dale",
    "Drift", "Dune", "Eastfold", "Ember", "Fairlie", "Fern", "Fjord", "Foxglove", "Glen", "Granite", "Harbour",
    "Hawthorn", "Hazel", "Heath", "Holm", "Inlet", "Juniper", "Kestrel", "Lark", "Linden", "Loch", "Lowland", "Marsh",
    "Meadow", "Moorland", "Nordkap", "North Pier", "Oakham", "Orchard", "Osprey", "Otter", "Pebble", "Pine Street",
    "Quarry", "Ridge", "Rowan", "Saltmarsh", "Sierra", "Skye", "Sorrel", "Summit", "Tarn", "Thistle", "Tidal",
    "Tundra", "Vale", "Westerly", "Wildwood", "Willow", "Wren", "Yarrow",
)
# fmt: on

# fmt: off
SLOGANS = (
    "Made to be worn out, slowly.", "The one you reach for.", "Good in bad weather.", "Less, but better.",
    "Built for the long way home.", "Quietly excellent.", "Made once, made well.", "Ready when you are.",
    "Small details, long life.", "For days that change their mind.", "Softer every year.", "Repair it, keep it.",
)
# fmt: on

# Given names from many places, in the letters a keyboard there has at hand.
# fmt: off
NAMES = (
    "Aaliyah", "Abebe", "Adaeze", "Aiko", "Aisha", "Akira", "Alejandra", "Amara", "Ananya", "Anders", "Anouk",
    "Aoife", "Arjun", "Astrid", "Ayumi", "Beatriz", "Bogdan", "Camila", "Chidi", "Chloe", "Dae-jung", "Dalia",
    "Daniel", "Deepa", "Diego", "Dmitri", "Ebba", "Eleni", "Elif", "Emeka", "Emma", "Enrique", "Fatima", "Femi",
    "Freja", "Gabriela", "Giulia", "Grace", "Hana", "Haruto", "Hassan", "Hinewai", "Ibrahim", "Ines", "Ingrid",
    "Isla", "Ivan", "Jamal", "Jing", "Joao", "Jonas", "Kaia", "Kalani", "Kamal", "Kateryna", "Keiko", "Kofi",
    "Krzysztof", "Kwame", "Lakshmi", "Layla", "Leilani", "Lena", "Liam", "Linh", "Luca", "Lucia", "Magda", "Malik",
    "Mariam", "Mateo", "Mehmet", "Mei", "Mia", "Minh", "Mohammed", "Nadia", "Naomi", "Ngozi", "Niamh", "Nikhil",
    "Noa", "Olga", "Oluwaseun", "Omar", "Paolo", "Parisa", "Petra", "Priya", "Rafael", "Rania", "Ravi", "Rosa",
    "Ruth", "Sakura", "Samira", "Sana", "Santiago", "Saoirse", "Sefa", "Siobhan", "Sofia", "Stavros", "Tamar",
    "Tariq", "Tendai", "Thandiwe", "Thomas", "Tomasz", "Tuan", "Valentina", "Vikram", "Wanjiru", "Wei", "Xochitl",
    "Yael", "Yasmin", "Yuki", "Yusuf", "Zainab", "Zanele", "Zhen", "Zofia",
)
# fmt: on

SURNAMES = tuple("ABCDEFGHIJKLMNOPRSTUVWYZ")
# fmt: off
ACCENTED = (
    "Zoë", "Jürgen", "José", "Łukasz", "Søren", "Inês", "Björk", "Chloé", "Renée", "Nuño", "Žofie", "Ömer", "Siân",
    "Müge", "Håkon", "Ángela", "Dvořák", "François", "Märta", "Đức", "李娜", "ゆうこ", "Ольга", "مريم", "דנה", "Ελένη",
)
# fmt: on
COLOURS = (
    "Forest Green",
    "Black",
    "Desert Brown",
    "Tan",
    "Slate",
    "Ocean Blue",
    "Rust",
    "Off-White",
    "Ochre",
    "Moss",
    "Plum",
    "Charcoal",
    "Sand",
    "Copper",
    "Sky Grey",
    "Burgundy",
)  # fmt: skip
HANDLES = ("trail", "river", "north", "quiet", "rusty", "sunny", "tiny", "clumsy", "city", "early", "paper", "copper")
ANIMALS = ("fox", "otter", "heron", "badger", "moth", "wren", "lynx", "goat", "finch", "mole", "hare", "crow")
MAIL_HOSTS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
