"""Mending a text that was read in a wrong encoding once, and the blanks around it."""

import re

# Bytes of UTF-8 as they look when read as Windows-1252: a first one, and those that go on from it.
_BYTES = {bytes([n]).decode("cp1252", "ignore") or chr(n): n for n in range(0x80, 0x100)} | {
    chr(n): n for n in range(0x80, 0xA0)
}
_FIRST = 0xC0  # the least byte that begins a character of several
_FOLLOWS = "".join(map(re.escape, (look for look, byte in _BYTES.items() if byte < _FIRST)))
_GARBLED = re.compile(f"[Â-ß][{_FOLLOWS}]|[à-ï][{_FOLLOWS}]{{2}}|[ð-ô][{_FOLLOWS}]{{3}}")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff]")


def mended(text: str) -> str:
    """The text with `cafÃ©` read as `café`, unseen characters taken out, and no blanks around it.

    Only what is certain is mended: bytes that are UTF-8 as a whole. A text garbled twice is mended twice.
    """
    for _ in range(2):
        again = _GARBLED.sub(_as_bytes, text)
        if again == text:
            break
        text = again
    return _UNSEEN.sub("", text).strip()


def _as_bytes(found: "re.Match[str]") -> str:
    try:
        return bytes(_BYTES[character] for character in found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
