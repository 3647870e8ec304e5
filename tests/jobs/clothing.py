"""Reviews of clothing with a header of their own: the real file where it is, else an excerpt of the same shape."""

import csv
import io
from pathlib import Path

HEADER = (
    b"ID,Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Positive Feedback Count,Division Name,"
    b"Department Name,Class Name\r\n"
)
BLANK = b",,,,,,,,,,\r\n"
REAL = Path(__file__).parents[3] / "shared" / "data" / "real" / "clothing_reviews.csv"
TOML = Path(__file__).parents[2] / "docs" / "mappings" / "clothing.toml"

# Ids from 0; no title, no text, no division; line breaks of both kinds within quotes; doubled quotes; mojibake of two
# kinds, of which the one in small letters is no certain one; blank rows at the end.
_ROWS = (
    "0,12,33,,Soft and warm,4,1,0,Initmates,Intimate,Intimates",
    '1,14,34,,"A dress to live in, and long enough: i am 5\'8"".  Twice!",5,1,4,General,Dresses,Dresses',
    "2,14,60,Not for me,,3,0,0,General,Dresses,Dresses",
    '3,12,50,"Blue, or ""blue""","First line.\r\n\r\nAnd a second one.",5,1,0,General Petite,Bottoms,Pants',
    '4,2,47,Fine,"One line.\nAnother.",5,1,6,General,Tops,Blouses',
    "5,2,49,Sizes,The appliquÃ© is lovely,2,0,4,General,Dresses,Dresses",
    "6,30,39,Cute,the ombrã© one,5,1,1,General Petite,Tops,Knits",
    '7,30,39,"  Trimmed  ","Ends with a quote """,4,1,0,,,',
)
EXCERPT = HEADER + "".join(f"{row}\r\n" for row in _ROWS).encode() + 5 * BLANK


def as_csv_reads(data: bytes) -> list[dict[str, str]]:
    """The rows that are not blank, by Python's own reading."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return [row for row in rows if any(row.values())]
