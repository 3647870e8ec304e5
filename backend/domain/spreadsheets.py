"""What a spreadsheet makes of a cell: some would take a customer's words for a formula and carry it out."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would read a formula; numbers stay numbers."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
