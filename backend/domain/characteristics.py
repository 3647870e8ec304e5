"""The six characteristics that storefronts know. Any other name crashes two of them."""

from enum import StrEnum


class CharacteristicName(StrEnum):
    FIT = "Fit"
    LENGTH = "Length"
    COMFORT = "Comfort"
    QUALITY = "Quality"
    SIZE = "Size"
    WIDTH = "Width"
