"""Text that was written in one encoding and read in another, made right where only one reading can be meant."""

import re

import ftfy

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
# Letters that misread text is full of. Text without any of them was never read in a wrong encoding.
SUSPICIOUS = "ÂÃâÅÄÐÑ×ØÎÏãðïåæçèé"
# Those that, in one encoding or another, are the first byte of a letter whose second was a no-break space.
BEFORE_A_SPACE = "ÂÃÅÎÐÙ"
_SUSPICIOUS = re.compile(f"[\u0080-\u009f{SUSPICIOUS}]")
_CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    replace_lossy_sequences=False,
    decode_inconsistent_utf8=False,
    fix_c1_controls=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)
# Punctuation that both encodings have for people to type.
_MARKS = frozenset("’‘“”–—…•°£€©®™½¼¾¿¡«»´ \u00a0")

# Letters to Unicode, and to nobody who writes in one of these two.
_NO_LETTERS = frozenset("ˆˇƒ")

# `it’s`, `don’t`: an apostrophe here beats the letter that the other encoding has in its place.
_CONTRACTION = re.compile(r"[A-Za-z]’(?:s|t|d|m|re|ve|ll)\b")
# A mark other than an apostrophe between two lower-case letters is no mark but a letter misread.
_MARK_IN_WORD = re.compile(r"[a-z][‘“”…•°£€©®™½¼¾¿¡«»´][a-z]")


def decode(raw: bytes) -> str | None:
    """Bytes that are not UTF-8, read as Windows-1252 (Latin-1) or Mac-Roman where exactly one of them makes words.

    None where both do, or neither: then nobody can know what was meant.
    """
    found = set(readings(raw).values())
    return found.pop() if len(found) == 1 else None


def readings(raw: bytes) -> dict[str, str]:
    """What bytes say in `cp1252` and in `mac_roman`, where that makes words."""
    found = {encoding: text for encoding in ("cp1252", "mac_roman") if (text := _read(raw, encoding)) is not None}
    if len(set(found.values())) > 1:
        return {encoding: text for encoding, text in found.items() if _CONTRACTION.search(text)}
    return found


def _read(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if _plausible(text) else None


def _plausible(text: str) -> bool:
    """Whether all beyond ASCII are letters in words written as words are, or common marks at a word's edge."""
    beyond = {char for char in text if char > "\x7f"}
    if beyond & _NO_LETTERS or any(not char.isalpha() and char not in _MARKS for char in beyond):
        return False
    for word in _WORD.findall(text):
        letters = word.replace("’", "").replace("'", "")
        if not letters.isascii() and not (letters.islower() or letters.isupper() or letters.istitle()):
            return False
    return _MARK_IN_WORD.search(text) is None


def mojibake(text: str) -> str | None:
    """UTF-8 that was once read as Latin-1, read right; None where the text is as it should be or nothing is certain."""
    if not _SUSPICIOUS.search(text):
        return None
    fixed = ftfy.fix_encoding(text, _CONFIG)
    return fixed if fixed != text and "\ufffd" not in fixed else None
