"""What stands in a text: links, ways to reach somebody, words of a list. Each takes time by the length of the text."""

import re
import unicodedata
from collections.abc import Iterable

# A name of a host is told from the end of a sentence by these endings; behind a scheme or `www.` any will do.
_ENDINGS = "com|net|org|info|biz|io|co|me|shop|store|online|site|xyz|top|de|fr|es|it|uk|nl|pl|ru|cn|ly"
_LINK = re.compile(rf"(?:https?://|www\.)\S+|(?<=[\w-])\.(?:{_ENDINGS})\b\S*", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)
# Nine digits make a number to call; a date has eight, a price fewer.
_PHONE = re.compile(r"(?<![\w.,])\+?\(?(?:\d[ .\-()/]{0,2}){9,15}(?!\w)", re.ASCII)
_WORD = re.compile(r"\w+")


# From and to (exclusive), in characters.
Place = tuple[int, int]


def links(text: str) -> list[Place]:
    """Where a text holds addresses of pages. A mail address is none."""
    return [found.span() for found in _LINK.finditer(_MAIL.sub(lambda mail: " " * len(mail[0]), text))]


def contacts(text: str) -> list[Place]:
    """Where a text holds mail addresses and telephone numbers."""
    return [found.span() for pattern in (_MAIL, _PHONE) for found in pattern.finditer(text)]


def contact_spans(text: str) -> list[tuple[int, int]]:
    """Where mail addresses and telephone numbers stand: begin and end of each, in order, none within another."""
    mails = [match.span() for match in _MAIL.finditer(text)]
    rest = _MAIL.sub(lambda match: " " * len(match[0]), text)
    # What may stand between digits may also end a sentence.
    phones = [(match.start(), match.start() + len(match[0].rstrip(" .-()/"))) for match in _PHONE.finditer(rest)]
    return sorted([*mails, *phones])


def without_contacts(text: str, instead: str) -> str:
    """A text with `instead` in the place of each mail address and telephone number."""
    for begin, end in reversed(contact_spans(text)):
        text = text[:begin] + instead + text[end:]
    return text


def folded(text: str) -> str:
    """The words of a text alone, in small letters without accents, a space around each."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return f" {' '.join(_WORD.findall(plain.casefold()))} "


def has_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether whole words of a text are one of the phrases, however either is written."""
    words = folded(text)
    return any(folded(phrase) in words for phrase in phrases)


def phrases(text: str, wanted: Iterable[str]) -> list[Place]:
    """Where whole words of a text are one of the phrases, however either is written."""
    words = [(word, found.span()) for found in _WORD.finditer(text) for word in folded(found[0]).split()]
    places: list[Place] = []
    for phrase in wanted:
        parts = folded(phrase).split()
        runs = (words[at : at + len(parts)] for at in range(len(words) - len(parts) + 1 if parts else 0))
        places += ((run[0][1][0], run[-1][1][1]) for run in runs if [word for word, _ in run] == parts)
    return places
