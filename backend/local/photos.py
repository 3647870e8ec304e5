"""The sample's photos: small woven patterns, the same each time, drawn here so that nothing leaves loopback."""

import zlib
from pathlib import Path

from etl.sample import photo_names

SIDE = 240  # of the square, in user units of the SVG

# Ground and yarn of a cloth.
COLOURS = (
    ("#f4efe6", "#3a4750"),
    ("#e7decf", "#8c4a2f"),
    ("#dee6e1", "#2f5d50"),
    ("#eee4e4", "#7a3445"),
    ("#e2e6ee", "#34487a"),
    ("#f0ecde", "#806826"),
)
# What one tile of a weave shows, 24 units wide and high: stripes, checks, twill, dots, herringbone.
WEAVES = (
    '<path d="M0 6h24M0 18h24" stroke-width="6"/>',
    '<path d="M0 0h12v12H0zM12 12h12v12H12z" stroke="none"/>',
    '<path d="M-6 18 18-6M6 30 30 6M-6 6 6-6M18 30 30 18" stroke-width="5"/>',
    '<circle cx="12" cy="12" r="5" stroke="none"/>',
    '<path d="M0 12 12 0 24 12M0 24 12 12 24 24" stroke-width="4" fill="none"/>',
)


def picture(name: str) -> str:
    """An SVG in a weave and colours that follow from its name."""
    number = zlib.crc32(name.encode())
    ground, yarn = COLOURS[number % len(COLOURS)]
    weave = WEAVES[number // len(COLOURS) % len(WEAVES)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}">'
        f'<defs><pattern id="w" width="24" height="24" patternUnits="userSpaceOnUse" fill="{yarn}" stroke="{yarn}">'
        f'{weave}</pattern></defs><rect width="{SIDE}" height="{SIDE}" fill="{ground}"/>'
        f'<rect width="{SIDE}" height="{SIDE}" fill="url(#w)"/></svg>\n'
    )


def draw(folder: Path) -> None:
    """Draw what is missing of the photos that the sample names."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name in photo_names():
        path = folder / name
        if not path.exists():
            path.write_text(picture(name), encoding="utf-8")
            path.chmod(0o644)
