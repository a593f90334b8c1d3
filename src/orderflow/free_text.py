"""What text may enter: no control characters, no lone surrogates, bounded, and no payment card numbers.

Card numbers are looked for in what people write (names, details, reasons, notes) and in card tokens, never in
ids, tracking numbers, phone numbers, postcodes or URLs, where long numbers belong.
"""

from __future__ import annotations

import re
from typing import Final

from .errors import ValidationError

__all__ = [
    "ID_LENGTH",
    "NAME_LENGTH",
    "TEXT_LENGTH",
    "check_id",
    "check_line",
    "check_text",
    "cleaned",
    "has_card_number",
    "is_plain",
]

ID_LENGTH: Final = 200
NAME_LENGTH: Final = 300
TEXT_LENGTH: Final = 10_000

# C0, DEL, C1, the line and paragraph separators, and surrogates, which no encoder of UTF-8 takes.
_REFUSED_IN_LINES: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# People write texts in several lines, so that these keep the line feed, the carriage return before it, and the tab.
_REFUSED_IN_TEXTS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\r(?!\n)")

# Digits in groups, with spaces or dashes between them, as people write card numbers.
_DIGIT_GROUPS: Final = re.compile(r"\d+(?:[\s\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u200b-\u200d\u2060\ufeff]+\d+)*")
_DIGITS: Final = re.compile(r"\d+")

# Prefix and length of the card networks: the issuer ranges of ISO/IEC 7812 as the networks publish them.
_NETWORKS: Final = re.compile(
    r"""(?:
      4(?:\d{12}|\d{15}|\d{18})                                              # Visa
    | (?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}      # Mastercard
    | 3[47]\d{13}                                                            # American Express
    | (?:6011|64[4-9]\d|65\d{2})\d{12,15}                                     # Discover
    | (?:30[0-5]\d|3095|3[689]\d{2})\d{10,15}                                 # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12,15}                                            # JCB
    | (?:62|81)\d{14,17}                                                      # UnionPay, RuPay
    | (?:50(?:18|20|38)|5[68]\d{2}|6304|6390|67\d{2})\d{9,15}                 # Maestro
    | 220[0-4]\d{12,15}                                                       # Mir
    | (?:508[5-9]|6069|607\d|608\d|6521|6522)\d{12}                           # RuPay
    | 9792\d{12}                                                              # Troy
    )""",
    re.VERBOSE,
)
_LUHN_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SHORTEST_CARD: Final = 13
_LONGEST_CARD: Final = 19


def is_plain(value: object, longest: int, *, empty: bool, cards: bool) -> bool:
    """A quick yes for what nearly every text is; a no decides nothing, and the checks below say what is wrong."""
    return (
        type(value) is str
        and len(value) <= longest
        and value.isprintable()
        and (empty or not (value.isspace() or value == ""))
        and not (cards and has_card_number(value))
    )


def check_line(
    value: object, name: str, *, longest: int = NAME_LENGTH, empty: bool = False, cards: bool = True
) -> None:
    """Check one line of text.

    Args:
        value: What was passed in.
        name: What to call it in the error.
        longest: The most characters allowed.
        empty: Whether it may be empty or blank.
        cards: Whether to look for card numbers.

    Raises:
        ValidationError: With what is wrong and what is allowed, and without the text.
    """
    _check(value, name, _REFUSED_IN_LINES, longest, empty=empty, cards=cards)


def check_text(value: object, name: str, *, longest: int = TEXT_LENGTH, empty: bool = True, cards: bool = True) -> None:
    """Check a text that may have several lines, as people write them; see `check_line`."""
    _check(value, name, _REFUSED_IN_TEXTS, longest, empty=empty, cards=cards)


def check_id(value: object, name: str, *, longest: int = ID_LENGTH, empty: bool = False) -> None:
    """Check an id, a key or a number that machines made; see `check_line`. Card numbers are not looked for."""
    _check(value, name, _REFUSED_IN_LINES, longest, empty=empty, cards=False)


def _check(value: object, name: str, refused: re.Pattern[str], longest: int, *, empty: bool, cards: bool) -> None:
    if not isinstance(value, str):
        raise ValidationError(f"{name} must be text (str), not {type(value).__name__}")
    if len(value) > longest:
        raise ValidationError(f"{name} must have at most {longest} characters, not {len(value)}")
    if not empty and not value.strip():
        raise ValidationError(f"{name} must not be empty")
    if found := refused.search(value):
        raise ValidationError(
            f"{name} must not hold U+{ord(found[0]):04X}: control characters and lone surrogates are refused"
        )
    if cards and has_card_number(value):
        raise ValidationError(
            f"{name} must not hold a payment card number: pass the gateway's token for the card instead"
        )


def cleaned(value: object, longest: int) -> object:
    """A gateway's own words made fit to keep: nothing that it says may make its answer unusable."""
    if not isinstance(value, str):
        return value
    text = _REFUSED_IN_LINES.sub(" ", value)[:longest]
    return "" if has_card_number(text) else text


def has_card_number(text: str) -> bool:
    """Whether a text holds 13 to 19 digits that a card network would take: its prefix, its length, and Luhn."""
    return any(_is_card_in(groups[0]) for groups in _DIGIT_GROUPS.finditer(text) if len(groups[0]) >= _SHORTEST_CARD)


def _is_card_in(groups: str) -> bool:
    """Whether some run of whole groups is a card number: others may stand before and after it."""
    parts = ["".join(str(int(digit)) for digit in part) for part in _DIGITS.findall(groups)]
    for start in range(len(parts)):
        number = ""
        for part in parts[start:]:
            number += part
            if len(number) > _LONGEST_CARD:
                break
            if len(number) >= _SHORTEST_CARD and _NETWORKS.fullmatch(number) and _passes_luhn(number):
                return True
    return False


def _passes_luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(_LUHN_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0
