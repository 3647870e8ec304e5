"""What rules of texts find, and the rules that an operator cannot make."""

import time
from typing import Any

import pytest

from backend.domain import wording
from backend.domain.errors import Invalid
from backend.domain.screening import NUMBERS, Action, Kind, made


@pytest.mark.parametrize(
    ("text", "links", "contacts"),
    [
        ("I wore it for a whole winter.Nobody saw me. It cost 12.50, not 1,200.00 or 10.99.", 0, 0),
        ("Bought on 2019-05-01, worn 365 days; size 38/40, 5.5 of 10, e.g. in the train... ok", 0, 0),
        ("see https://example.test/a?b=c and WWW.example.test!", 2, 0),
        ("cheaper at shop.example.com/sale", 1, 0),
        ("cheaper at example.com.", 1, 0),
        ("write to ines+shop@mail.example.org", 0, 1),
        ("write to ines (at) example.org", 0, 1),
        ("call 0151 2345 6789 or +1 (555) 010-9999 now", 0, 2),
        ("www.example.org, ines@example.org, 030/123456789", 1, 2),
    ],
)
def test_links_and_contacts(text: str, links: int, contacts: int) -> None:
    assert (len(wording.links(text)), len(wording.contacts(text))) == (links, contacts)


@pytest.mark.parametrize(
    ("text", "phrase", "there"),
    [
        ("It is CRAP!", "crap", True),
        ("scraps of cloth", "crap", False),
        ("buy\u00a0 NOW", "Buy now", True),
        ("buy it now", "buy now", False),
        ("ÉLÉGANT", "elegant", True),
        ("Straße", "STRASSE", True),
    ],
)
def test_words(text: str, phrase: str, there: bool) -> None:
    assert wording.has_any(text, [phrase]) is there


@pytest.mark.parametrize("sign", ["a", "1", "1 ", "a.", "a@", "(", "+", "-", "www.", "a.com@", "1.", "é", " (at) "])
def test_no_text_takes_long(sign: str) -> None:
    text = (sign * 1000)[:1000]
    began = time.process_time()
    wording.links(text)
    wording.contacts(text)
    wording.has_any(text, ["a phrase"] * 100)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize("kind", Kind)
def test_what_is_not_set_is_as_usual(kind: Kind) -> None:
    words = ["spam"] if kind is Kind.WORDS else []
    rule = made("a-rule", kind, Action.HOLD, {}, words)
    assert {name: rule.settings[name] for name in NUMBERS[kind]} == {n: b.usual for n, b in NUMBERS[kind].items()}


WRONG: list[tuple[str, Kind, dict[str, str], list[str], list[str]]] = [
    ("A rule", Kind.LINKS, {}, [], ["name"]),
    ("", Kind.LINKS, {}, [], ["name"]),
    ("n" * 41, Kind.LINKS, {}, [], ["name"]),
    ("links", Kind.LINKS, {"most": "51"}, [], ["most"]),
    ("links", Kind.LINKS, {"most": "-1"}, [], ["most"]),
    ("links", Kind.LINKS, {"most": "٥"}, [], ["most"]),
    ("links", Kind.LINKS, {"most": ""}, [], ["most"]),
    ("links", Kind.LINKS, {"hours": "1"}, [], ["hours"]),
    ("links", Kind.LINKS, {}, ["spam"], ["word"]),
    ("flood", Kind.FLOOD, {"most": "0", "hours": "25"}, [], ["most", "hours"]),
    ("words", Kind.WORDS, {}, [], ["word"]),
    ("words", Kind.WORDS, {"most": "1"}, ["spam"], ["most"]),
    ("words", Kind.WORDS, {}, ["spam", "!!"], ["word"]),
    ("words", Kind.WORDS, {}, ["x" * 61], ["word"]),
    ("words", Kind.WORDS, {}, ["spam"] * 1001, ["word"]),
]


@pytest.mark.parametrize(("name", "kind", "numbers", "words", "fields"), WRONG)
def test_a_rule_that_cannot_be(name: str, kind: Kind, numbers: Any, words: list[str], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        made(name, kind, Action.HOLD, numbers, words)
    assert [error.field for error in refused.value.errors] == fields
