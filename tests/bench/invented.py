"""An invented register of organisations, and what people might type to find one of them.

Names are like "vzw De Wissel Gent": half of them have a legal form, most a kind of house or a
compound such as "jeugdbegeleiding", all a name of their own, half a place. Words of their own are
made of syllables, tens of thousands of them, some far more frequent than others, so that ten times
as many names have about four times as many words.
"""

import itertools
import random

from tests.programmes import pb

_ONSETS = "b br d dr f g gr h j k kl kr l m n p pl r s sch sl sp st t tr v w z".split()
_VOWELS = "a aa e ee i ie o oe oo u ui ij ei ou".split()
_CODAS = ["", *"l n r s t k m rt nd st lt".split()]
_SUBJECTS = "jeugd gezin kinder pleeg thuis leer groei speel zorg woon leef wijk tiener dag".split()
_WORK = "zorg huis hulp centrum werking begeleiding opvang dienst punt hof kring team".split()
_HOUSES = "centrum huis dienst vereniging stichting school netwerk hof".split()
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OWN_WORDS, _PLACES = 40_000, 300
_FIRST_NUMBER, _FIRST_ESTABLISHMENT = 19_000_000, 20_000_000
_SYSTEM = "domino"


class _Words:
    """Words of which the n-th comes about n times less often than the first."""

    def __init__(self, words, evenness):
        self._words = list(words)
        self._weights = list(
            itertools.accumulate(1 / (n + evenness) for n in range(len(self._words)))
        )

    def draw(self, chance):
        return chance.choices(self._words, cum_weights=self._weights)[0]


def organisations(count):
    """The first `count` organisations of the register: always the same."""
    chance = random.Random(1)
    own = _Words(dict.fromkeys(_own(chance) for _ in range(_OWN_WORDS)), evenness=10)
    compounds = [subject + work for subject in _SUBJECTS for work in _WORK]
    chance.shuffle(compounds)
    compounds = _Words(compounds, evenness=3)
    places = _Words((_own(chance) + "beke" for _ in range(_PLACES)), evenness=5)
    for n in range(count):
        words = [
            *(["vzw"] if chance.random() < 0.5 else []),
            *([chance.choice(_HOUSES)] if chance.random() < 0.4 else []),
            *([compounds.draw(chance)] if chance.random() < 0.5 else []),
            *([chance.choice(["De", "Het"])] if chance.random() < 0.4 else []),
            *(own.draw(chance).capitalize() for _ in range(chance.choice([1, 1, 2]))),
        ]
        place = places.draw(chance).capitalize()
        yield _organisation(n, " ".join(words + [place] * (chance.random() < 0.5)), place, chance)


def _organisation(n, name, place, chance):
    address = {
        "street": f"Dreef {n % 200 + 1}",
        "postal_code": f"{1000 + n % 9000}",
        "municipality": place,
        "region": chance.choice(pb.region.Region.values()[1:]),
    }
    house = {"display_name": f"Huis {place}", "address": address}
    return pb.organisation.Organisation(
        display_name=name,
        kind=chance.choice(pb.organisation.Organisation.Kind.values()[1:]),
        enterprise_number=_number(_FIRST_NUMBER + n),
        identifiers=[{"system": _SYSTEM, "value": f"D-{n}"}],
        seat=address,
        establishments=[{**house, "number": _number(_FIRST_ESTABLISHMENT + n)}] * (n % 3 == 0),
        mailboxes=[{"email": f"info.{n}@example.org", "label": "secretariaat"}],
    )


def _own(chance):
    return "".join(
        chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS)
        for _ in range(chance.choice([2, 2, 3]))
    )


def _number(base):
    return f"{base:08}{97 - base % 97:02}"


def queries(register, count):
    """What people type, {kind: `count` queries}, to find one of the organisations given."""
    chance = random.Random(2)
    makers = {
        "full name": lambda one, words: one.display_name,
        "one word": lambda one, words: chance.choice(words),
        "part of a word": lambda one, words: _part(chance.choice(words), chance),
        "typing mistake": lambda one, words: _mistyped(words, chance),
        "number": lambda one, words: _spelt(one.enterprise_number),
        "nothing found": lambda one, words: "".join(chance.choices("qxy", k=8)),
    }
    made = {kind: [] for kind in makers}
    for _ in range(count):
        one = chance.choice(register)
        for kind, make in makers.items():
            made[kind].append(make(one, one.display_name.lower().split()))
    return made


def _part(word, chance):
    """Some letters that stand together, four where there are as many."""
    begin = chance.randrange(max(1, len(word) - 3))
    return word[begin:][:4]


def _mistyped(words, chance):
    """The longest word with one slip in it, half of the time with the word before or behind it."""
    place = max(range(len(words)), key=lambda n: len(words[n]))
    words = [*words]
    words[place] = _slip(words[place], chance)
    return " ".join(words[max(0, place - chance.randrange(2)):place + 1])


def _slip(word, chance):
    """One letter left out, added, replaced or swapped with its neighbour, behind the first two."""
    at = chance.randrange(2, max(3, len(word) - 1))
    head, here, tail = word[:at], word[at:at + 1], word[at + 1:]
    another = chance.choice(_LETTERS)
    return chance.choice([
        head + tail,
        head + another + here + tail,
        head + another + tail,
        head + tail[:1] + here + tail[1:],
    ])


def _spelt(number):
    """As it stands in letters."""
    return f"BE {number[:4]}.{number[4:7]}.{number[7:]}"
