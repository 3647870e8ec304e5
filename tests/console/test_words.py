"""How figures, sizes, spans and moments are written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin_ui import formats, history, words
from backend.domain.states import ReviewState

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.number(1234567), "1,234,567"),
        (formats.number(None), "—"),
        (formats.share(0, 10), "0 %"),
        (formats.share(0, 0), "0 %"),
        (formats.share(1, 1_000_000), "< 0.01 %"),
        (formats.share(68, 10_000), "0.68 %"),
        (formats.share(939, 1000), "93.9 %"),
        (formats.size(1), "1 byte"),
        (formats.size(999), "999 bytes"),
        (formats.size(1_410_000_000), "1.41 GB"),
        (formats.duration(1.44), "1.4 s"),
        (formats.duration(44.4), "44 s"),
        (formats.duration(171), "2 min 51 s"),
        (formats.duration(180), "3 min"),
        (formats.duration(3840), "1 h 4 min"),
        (formats.ago(NOW - timedelta(seconds=59), NOW), "just now"),
        (formats.ago(NOW - timedelta(minutes=9), NOW), "9 min ago"),
        (formats.ago(NOW - timedelta(hours=47), NOW), "1 day ago"),
        (formats.moment(NOW, ZoneInfo("Asia/Tokyo"), NOW), "1 Jul, 21:00"),
        (formats.moment(NOW - timedelta(days=400), ZoneInfo("UTC"), NOW), "27 May 2025"),
        (formats.full_moment(NOW, ZoneInfo("Europe/Lisbon")), "1 Jul 2026, 13:00:00 Europe/Lisbon"),
        (formats.masked("derek@mail.example"), "d•••@mail.example"),
        (formats.masked(""), "•••"),
        (formats.raw_text(b'caf\xe9 \x00 "\xc3\xa9"\r\n'), 'caf\\xe9 \\x00 "é"'),
        (words.scale("Size", 1), "A size too small"),
        (words.scale(None, 4), "4 of 5"),
    ],
)
def test_one_way_each(written: str, expected: str) -> None:
    assert written == expected


def test_every_state_has_a_word_of_its_own() -> None:
    assert set(words.REVIEW) == set(ReviewState)
    assert len({word.text for word in words.REVIEW.values()}) == len(ReviewState)


def test_a_story_is_told_backwards() -> None:
    """What a field became is what the next change found, and at last what it is."""
    event = {
        "at": NOW,
        "actor_kind": "user",
        "actor_name": "Ana",
        "subject_kind": "review",
        "subject_id": 1,
        **dict.fromkeys(("reason_title", "reason", "cause", "lineage")),
    }
    told = history.passport(
        {"state": "approved", **dict.fromkeys(history.LINEAGE)},
        [
            {**event, "id": 3, "action": "approve", "before": {"state": "hidden"}, "undone": False},
            {**event, "id": 2, "action": "hide", "before": {"state": "published", "case": {}}, "undone": True},
            {**event, "id": 1, "action": "report", "before": None, "undone": False},
        ],
        {},
    ).steps
    assert [[tuple(piece.text for piece in c.pieces) for c in step.changes] for step in told] == [
        [("Hidden", "Approved")],
        [("Published", "Hidden")],
        [],
    ]
    assert [step.undoable for step in told] == [True, False, False]
