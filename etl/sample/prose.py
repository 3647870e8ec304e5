"""Reviews that read as people write them: openings, details and closings by how many stars they go with.

A template names what it needs: {noun}, {part}, {use}, and the words that follow the noun's number ({this}, {it}, {is},
{was}, {has}, {s}). Each kind of product has its sentences written out once, so that a review is a few picks from lists.
"""

from collections.abc import Callable
from dataclasses import dataclass

from etl.sample.kinds import Kind

_GOOD_OPENINGS = (
    "Exactly what I was hoping for.",
    "I was looking for something for {use} and {this} {noun} {is} perfect.",
    "Bought {this} for {use} and could not be happier.",
    "My sister has the same and I finally gave in.",
    "Third one I have bought from this line, and the best so far.",
    "I hesitated because of the price, but {it} {is} worth every penny.",
    "Lovely {noun}, beautifully made.",
    "Six months in and {it} still look{s} new.",
    "Came well packed and two days early.",
    "I do not usually write reviews, but {this} {noun} deserve{s} one.",
    "A gift from my partner, who got it right for once.",
    "Used {it} for {use} last week and everything held up.",
    "Better in person than in the pictures.",
    "Ordered on a whim, kept without a second thought.",
)
_GOOD_DETAILS = (
    "The {part} feel well thought out.",
    "The {part} alone would have sold me.",
    "Great for {use}, and good enough for everything else.",
    "The colour is deeper than on the screen, which I like.",
    "You can tell that somebody who needs {it} for {use} designed {it}.",
    "I get asked about {it} constantly.",
    "Light, but {it} do{es} not feel flimsy.",
    "The details are what make {it}: the {part} in particular.",
    "I compared four others before this and none came close.",
    "The {part} took a week to soften, and now {it} {is} just right.",
    "Customer service answered a question about the {part} within the hour.",
)
_GOOD_CLOSINGS = (
    "Would buy again.",
    "Already ordered a second.",
    "Highly recommended.",
    "Five stars from me.",
    "I hope they never change it.",
    "You will not regret it.",
    "Worth the wait.",
    "Happy customer.",
    "My new favourite.",
    "Tell your friends.",
    "Thank you!",
    "Do it.",
)
_FAIR_OPENINGS = (
    "Decent {noun}, though not quite what the pictures promise.",
    "I wanted to love {this} {noun}.",
    "Fine for {use}, less so for anything else.",
    "Good idea, average execution.",
    "It took me a while to make up my mind about {this}.",
    "Okay for the price.",
    "Half of me wants to send {it} back.",
    "Not bad, not great.",
    "I like the look, I am less sure about the rest.",
    "{It} do{es} what the label says, no more.",
)
_FAIR_DETAILS = (
    "The {part} could be better.",
    "The {part} feel cheaper than the rest.",
    "I expected a little more at this price.",
    "The colour is somewhat duller than on the website.",
    "For {use} I would choose something sturdier.",
    "The {part} needed some fiddling at first.",
    "After a month of {use} there are the first signs of wear.",
    "The material is nice, the {part} less so.",
    "Delivery took its time, which is hardly the maker's fault.",
)
_FAIR_CLOSINGS = (
    "Three stars is fair.",
    "I will keep {it}, probably.",
    "Wait for a sale.",
    "It will do.",
    "Your mileage may vary.",
    "Not sure I would order again.",
    "Good, could be great.",
)
_BAD_OPENINGS = (
    "Very disappointed with {this} {noun}.",
    "I returned {it} the same day.",
    "Looked lovely in the pictures, and that is where the good part ends.",
    "Lasted exactly three weeks.",
    "I do not know who tests these.",
    "Not fit for {use}, whatever the description says.",
    "Second one I received, same fault.",
    "I so wanted {this} to work.",
    "Save your money.",
    "The older version was much better.",
)
_BAD_DETAILS = (
    "The {part} came apart after a few days.",
    "The {part} feel like an afterthought.",
    "{It} smelled of glue for a week.",
    "Tried {it} for {use} and gave up after an hour.",
    "{It} {is} nothing like the description.",
    "Support asked for photos three times and then went quiet.",
    "Everything about the {part} says that corners were cut.",
    "I have had better from the supermarket.",
)
_BAD_CLOSINGS = (
    "Sending {it} back.",
    "Avoid.",
    "One star because I cannot give none.",
    "Never again.",
    "Refund, please.",
    "I expected better.",
    "Shame.",
    "Look elsewhere.",
)
# What is only said of what is worn, by mood.
_WORN_OPENINGS = (
    ("The sizing makes no sense at all.", "I ordered my usual size and could not get into {it}."),
    ("Sizing is a lottery, though my second try was close.", "Nice to look at, tricky to fit."),
    (
        "I have worn {this} {noun} almost every day since {it} arrived.",
        "True to size and so easy to wear.",
        "I live in {this} {noun} now.",
    ),
)
_WORN_DETAILS = (
    (
        "The stitching near the {part} was loose out of the box.",
        "The colour came off in the first wash.",
        "The size chart is a work of fiction.",
        "Shrank two sizes, and I washed cold.",
    ),
    (
        "{It} run{s} a bit different from my other one, so check the measurements.",
        "Comfortable enough, but not for a whole day.",
        "I am between sizes and neither is right.",
    ),
    (
        "{It} {has} been through the wash a dozen times without a mark.",
        "The stitching around the {part} is tidy and strong.",
        "After an hour in the rain {it} {was} dry again by the evening.",
        "I took my usual size and the length is spot on.",
        "Soft from the first day, no itching at all.",
        "Roomy enough for a layer underneath.",
    ),
)
# Sentences with a double quote in them: inches, feet, and what people were told.
_QUOTED = (
    'The label says "handle with care", and it means it.',
    'My daughter calls it "the good one".',
    'The "one size" on the tag is optimistic.',
    'The description says "water resistant", so do not expect waterproof.',
    'It measures 14" across, not 15" as listed.',
    'Someone at work asked "where did you get that?" on the first day.',
)
_WORN_QUOTED = (
    "I am 5'4\" and the length is exactly as in the picture.",
    "At 6'1\" I rarely find anything that works, and this does.",
    'My waist is 31", and the medium sits well.',
)
_FOREIGN = (
    "Très satisfaite, la qualité est là.",
    "Sehr schön verarbeitet, würde ich wieder kaufen.",
    "Me encantó, llegó rápido y es comodísimo.",
    "Perfeito para o inverno, não me arrependo.",
    "Ottima qualità, però un po’ caro.",
    "Świetna jakość, polecam!",
    "Väldigt nöjd, precis som på bilden.",
    "とても気に入りました。",
    "Отличное качество, спасибо!",
    "Çok güzel, tavsiye ederim.",
    "A café-coloured dream 😍",
    "Déjà vu: I bought the same one in 2019 – still going.",
    "Worth the £££, honestly. 10/10 👍",
)

_TITLES = {
    1: (
        "Disappointed",
        "Not for me",
        "Fell apart",
        "Avoid this {noun}",
        "Returned",
        "Poor quality",
        "What happened?",
        "Looks are everything, sadly",
        "Broke within weeks",
        "Nope",
    ),
    2: (
        "Expected more",
        "Not great",
        "Nice idea, poor {part}",
        "Almost",
        "Below average",
        "Could have been good",
        "Not worth the price",
        "Hmm",
    ),
    3: (
        "It is okay",
        "Decent {noun}",
        "Mixed feelings",
        "Fine for {use}",
        "Average",
        "Good but not great",
        "Does the job",
        "Middle of the road",
    ),
    4: (
        "Really good",
        "Great for {use}",
        "Very happy",
        "Nearly perfect",
        "Solid {noun}",
        "Good value",
        "Lovely, one small thing",
        "Would buy again",
        "Well made",
    ),
    5: (
        "Love {this}!",
        "Perfect for {use}",
        "Best {noun} I have owned",
        "Exactly right",
        "Worth every penny",
        "Fantastic",
        "My new favourite",
        "Could not be happier",
        "Buy {it}",
        "Beautiful",
        "Superb {part}",
        "So comfortable",
    ),
}
_RESPONSES = {
    "good": (
        "Thank you for the kind words! Enjoy it for many years.",
        "This made our day. Thank you!",
        "We are glad it suits you. Send us a picture from your next trip!",
        "Thank you, we passed this on to the workshop.",
    ),
    "bad": (
        "We are sorry to hear this. Please write to care@atelier.example and we will put it right.",
        "This is not what we want to send out. A replacement is on its way.",
        "Thank you for telling us. We have taken this up with the maker.",
        "Sorry! Did you know that we repair for free? Reply to your order mail and we will collect it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Bank:
    """All sentences that suit one kind of product, written out. Moods are 0 (bad), 1 (fair) and 2 (good)."""

    openings: tuple[tuple[str, ...], ...]
    details: tuple[tuple[str, ...], ...]
    closings: tuple[tuple[str, ...], ...]
    titles: dict[int, tuple[str, ...]]
    quoted: tuple[str, ...]


def _written_out(templates: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
    plural = kind.plural
    noun = kind.noun if kind.noun == "T-Shirt" else kind.noun.lower()
    words = {
        "noun": noun,
        "this": "these" if plural else "this",
        "it": "they" if plural else "it",
        "It": "They" if plural else "It",
        "is": "are" if plural else "is",
        "was": "were" if plural else "was",
        "has": "have" if plural else "has",
        "s": "" if plural else "s",
        "es": "" if plural else "es",
    }
    out: list[str] = []
    for template in templates:
        for part in kind.parts if "{part}" in template else ("",):
            number = template if part.endswith("s") else template.replace("{part} feel ", "{part} feels ")
            uses = kind.uses if "{use}" in template else ("",)
            out.extend(number.format(part=part, use=use, **words) for use in uses)
    return tuple(_objects(sentence) if plural else sentence for sentence in out)


def _objects(sentence: str) -> str:
    """Turn a plural `they` into `them` where it is an object: after a verb or a preposition rather than before one."""
    words = sentence.split(" ")
    for index, word in enumerate(words):
        bare = word.rstrip(".,:!")
        if bare == "they" and index and words[index - 1].lower() in _TAKES_OBJECT:
            words[index] = "them" + word[len(bare) :]
    return " ".join(words)


_TAKES_OBJECT = {
    "used",
    "returned",
    "about",
    "make",
    "send",
    "tried",
    "sending",
    "keep",
    "buy",
    "needs",
    "designed",
    "love",
}


def bank_of(kind: Kind) -> Bank:
    """Write out every sentence for a kind of product."""
    worn = "Fit" in kind.traits or "Width" in kind.traits
    openings: tuple[tuple[str, ...], ...] = (_BAD_OPENINGS, _FAIR_OPENINGS, _GOOD_OPENINGS)
    details: tuple[tuple[str, ...], ...] = (_BAD_DETAILS, _FAIR_DETAILS, _GOOD_DETAILS)
    if worn:
        openings = tuple(common + own for common, own in zip(openings, _WORN_OPENINGS, strict=True))
        details = tuple(common + own for common, own in zip(details, _WORN_DETAILS, strict=True))
    return Bank(
        openings=tuple(_written_out(group, kind) for group in openings),
        details=tuple(_written_out(group, kind) for group in details),
        closings=tuple(_written_out(group, kind) for group in (_BAD_CLOSINGS, _FAIR_CLOSINGS, _GOOD_CLOSINGS)),
        titles={stars: _written_out(titles, kind) for stars, titles in _TITLES.items()},
        quoted=_QUOTED + _WORN_QUOTED if worn else _QUOTED,
    )


Dice = Callable[[], float]


def summary(bank: Bank, stars: int, dice: Dice) -> str:
    """A title of at most 60 characters."""
    titles = bank.titles[stars]
    title = titles[int(dice() * len(titles))]
    return (title[:1].upper() + title[1:])[:60]


def body(bank: Bank, stars: int, dice: Dice, *, special: bool, foreign: bool) -> str:
    """One to six sentences. A `special` one has commas, doubled quotes or paragraphs, some of them ended by CRLF."""
    mood = 0 if stars < 3 else 1 if stars == 3 else 2
    details = bank.details[mood]
    sentences = [bank.openings[mood][int(dice() * len(bank.openings[mood]))]]
    first, stride = int(dice() * len(details)), 1 + len(details) // 4
    sentences.extend(details[(first + step * stride) % len(details)] for step in range(1 + int(dice() * 2.6)))
    if stars == 4 and dice() < 0.4:
        others = bank.details[1]
        sentences.append("One small thing: " + _lower(others[int(dice() * len(others))]))
    if dice() < 0.7:
        closings = bank.closings[mood]
        sentences.append(closings[int(dice() * len(closings))])
    if foreign:
        sentences.insert(0, _FOREIGN[int(dice() * len(_FOREIGN))])
    if not special:
        return " ".join(sentences)
    sentences.insert(1, bank.quoted[int(dice() * len(bank.quoted))])
    gap = "\r\n" if dice() < 0.333 else "\n"
    half = 1 + int(dice() * (len(sentences) - 1))
    return " ".join(sentences[:half]) + gap * (1 + (dice() < 0.5)) + " ".join(sentences[half:])


def response(stars: int, dice: Dice) -> str:
    """What the merchant answers."""
    answers = _RESPONSES["good" if stars > 3 else "bad"]
    return answers[int(dice() * len(answers))]


def _lower(sentence: str) -> str:
    return sentence if sentence.startswith("I ") else sentence[:1].lower() + sentence[1:]
