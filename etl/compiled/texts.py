"""Texts, addresses and e-mail in which there is nothing to repair: valid UTF-8, no control characters, not misread."""

from etl.compiled.machine import MANY, Bytes, ReadOnly, copy_many, lowest, step, that_speak
from etl.compiled.reasons import LEFT
from etl.compiled.scan import CONTROL, DOUBLED, NOT_ASCII
from etl.compiled.values import is_none, is_space, trimmed_end, trimmed_start
from etl.compiled.write import put_bytes, put_int
from etl.repair import BEFORE_A_SPACE, SUSPICIOUS

_QUOTE, _AT, _POINT = 34, 64, 46
_SLASH, _QUESTION, _HASH, _BACKSLASH, _LESS, _GREATER = 47, 63, 35, 92, 60, 62
_SPACE = 32
# A bit for each letter from U+00C0 to U+00FF, which are the byte C3 and another.
_SUSPECTS = sum(1 << (ord(letter) - 0xC0) for letter in SUSPICIOUS)
_BEFORE_A_SPACE = sum(1 << (ord(letter) - 0xC0) for letter in BEFORE_A_SPACE)


@step
def put_text(
    buffer: ReadOnly, start: int, end: int, marks: int, longest: int, optional: bool, out: Bytes, at: int
) -> int:
    """A text without the white space around it; where it ends, or `LEFT`.

    `longest` is compared with its bytes: what is longer may still be short enough in characters, the rules know.
    """
    if marks & CONTROL:
        return LEFT
    if marks & NOT_ASCII and not _sound(buffer, start, end):
        return LEFT
    start = trimmed_start(buffer, start, end)
    end = trimmed_end(buffer, start, end)
    if is_none(buffer, start, end):
        return put_int(out, at, -1 if optional else 0)
    if end - start > longest:
        return LEFT
    if not marks & DOUBLED:
        return put_bytes(buffer, start, end, out, at)
    length_at, at = at, at + 4
    while start < end:
        if start + MANY <= len(buffer):
            # As far as the next byte that may be a quote, many at once.
            copy_many(buffer, start, out, at)
            found = that_speak(buffer, start, _QUOTE)
            size = min(lowest(found) if found else MANY, end - start)
            start += size
            at += size
            if size == MANY or start == end:
                continue
        out[at] = buffer[start]
        at += 1
        start += 2 if buffer[start] == _QUOTE else 1
    put_int(out, length_at, at - length_at - 4)
    return at


@step
def _sound(buffer: ReadOnly, start: int, end: int) -> bool:
    """Valid UTF-8 which was certainly never read as Latin-1, without C1 controls, and with a letter at either end.

    A letter of UTF-8 that was misread is two or more beyond ASCII side by side, or with a space that was one of them.
    Text with a letter that none of those encodings has was misread in none.
    """
    suspect, together, foreign = False, False, False
    at, before = start, -1
    while at < end:
        lead = buffer[at]
        if lead < 0x80:
            at += 1
            continue
        size, low, high = 2, 0x80, 0xBF
        if lead < 0xC2 or lead > 0xF4:
            return False
        if lead >= 0xF0:
            size = 4
            low = 0x90 if lead == 0xF0 else 0x80
            high = 0x8F if lead == 0xF4 else 0xBF
        elif lead >= 0xE0:
            size = 3
            low = 0xA0 if lead == 0xE0 else 0x80
            high = 0x9F if lead == 0xED else 0xBF
        if at + size > end or buffer[at + 1] < low or buffer[at + 1] > high:
            return False
        for place in range(at + 2, at + size):
            if buffer[place] & 0xC0 != 0x80:
                return False
        if lead == 0xC2 and buffer[at + 1] < 0xA0:
            return False
        if _may_be_space(lead, buffer[at + 1]) and _at_an_end(buffer, start, end, at, at + size):
            return False
        latin = buffer[at + 1] - 0x80 if lead == 0xC3 else -1
        if latin >= 0 and (_SUSPECTS >> latin) & 1:
            suspect = True
        if before == at or (before == at - 1 and before >= 0 and buffer[before] == _SPACE):
            together = True
        before = at + size
        # Of what is beyond Latin-1, dashes and such (E2 80) are no first byte either.
        punctuation = lead == 0xE2 and buffer[at + 1] == 0x80
        first_byte = (_BEFORE_A_SPACE >> latin) & 1 if latin >= 0 else not punctuation
        if before < end and buffer[before] == _SPACE and first_byte:
            together = True
        # From U+3000 on, without the private letters and ligatures of Macintosh.
        if lead >= 0xE3 and lead != 0xEF:
            foreign = True
        at = before
    return foreign or not (suspect and together)


@step
def _may_be_space(lead: int, second: int) -> bool:
    """Whether a letter of these first bytes may be white space beyond ASCII: at an end it would have to go."""
    if lead == 0xE2:
        return second <= 0x81
    return lead == 0xC2 or (lead == 0xE1 and second == 0x9A) or (lead == 0xE3 and second == 0x80)


@step
def _at_an_end(buffer: ReadOnly, start: int, end: int, at: int, stop: int) -> bool:
    """Whether there is nothing but white space before `at`, or behind `stop`."""
    return trimmed_start(buffer, start, at) == at or trimmed_end(buffer, stop, end) == stop


@step
def is_email(out: Bytes, start: int, end: int) -> bool:
    """One @ with a name before it, and behind it two words or more with a point between each two."""
    at = start
    while at < end and out[at] != _AT:
        if is_space(out[at]):
            return False
        at += 1
    if at == start or at == end:
        return False
    points, word = 0, 0
    for place in range(at + 1, end):
        byte = out[place]
        if byte == _AT or is_space(byte):
            return False
        if byte == _POINT:
            if word == 0:
                return False
            points += 1
            word = 0
        else:
            word += 1
    return points > 0 and word > 0


@step
def is_url(out: Bytes, start: int, end: int) -> bool:
    """http:// or https://, a host, and what follows it, of ASCII alone."""
    # h t t p s, each made small
    if end - start < 8 or (out[start] | 32) != 104 or (out[start + 1] | 32) != 116:
        return False
    if (out[start + 2] | 32) != 116 or (out[start + 3] | 32) != 112:
        return False
    at = start + 5 if (out[start + 4] | 32) == 115 else start + 4
    if out[at] != 58 or out[at + 1] != _SLASH or out[at + 2] != _SLASH:
        return False
    host = at = at + 3
    while at < end and out[at] != _SLASH and out[at] != _QUESTION and out[at] != _HASH:
        byte = out[at]
        if byte == _AT or byte == _BACKSLASH or _ends_url(byte):
            return False
        at += 1
    for place in range(at, end):
        if _ends_url(out[place]):
            return False
    return at > host


@step
def _ends_url(byte: int) -> bool:
    return is_space(byte) or byte == _QUOTE or byte == _LESS or byte == _GREATER
