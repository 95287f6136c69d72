"""What a cell of a place may hold, by column, and in which words it is refused.

The words are `locales.reasons`: English for the command line, a message for the console.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from babel.core import Locale, UnknownLocaleError, get_global

from bot.place import KINDS, SERVICES
from locales.reasons import Reason, why

__all__ = ["LONGEST", "NEEDED", "as_meant", "because", "breaks", "cut", "fault", "listed", "point_fault"]

NEEDED = frozenset({"id", "name", "kind", "country", "region"})
LONGEST = {"id": 40, "name": 120, "region": 80, "phone": 24, "hours": 120, "directions": 200}

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,10})?")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")
_LINK = re.compile(r"://|www\.|@|\b[\w-]{2,}\.[a-z]{2,}(?:/|\b)", re.IGNORECASE)
_WITH_COMMA = re.compile(r"-?\d{1,3},\d{1,10}")
# As spreadsheets write them by themselves.
_TRUTH = {"true": "yes", "false": "no"}
# What a spreadsheet would run (OWASP, CSV injection), the full-width twins too.
_FORMULA = tuple("=+-@\t\r|%＝＋－＠")


def because(name: str, english: str, /, **values: str | int) -> Reason:
    """Why not: the message `console.places.fault_NAME` and its English."""
    return why(f"console.places.fault_{name}", english, **values)


def cut(cell: str, most: int = 40) -> str:
    """The beginning of a cell in quotes: enough to find it by."""
    return repr(cell if len(cell) <= most else cell[: most - 1] + "…")


def as_meant(name: str, cell: str) -> str:
    """A cell as a spreadsheet would have left it that corrects nothing by itself: large letters, a comma for the decimals."""
    if name in ("lat", "lon") and _WITH_COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    if name in ("kind", "services"):
        return cell.lower()
    if name == "active":
        return _TRUTH.get(cell.lower(), cell.lower())
    if name == "country":
        return cell.upper()
    if name == "languages":
        return re.sub(r"[A-Za-z_-]+", lambda one: one[0].lower() if len(one[0]) <= 3 else one[0], cell)
    return cell


def breaks(cell: str) -> str:
    """Why a cell is more than one line; '' where it is not."""
    if re.search(r"[\n\r\t]", cell.strip()):
        return because("breaks", "holds a line break or tab; expected one line")
    return ""


def fault(name: str, cell: str) -> str:
    """Why a cell cannot be taken; '' where it can."""
    if not cell:
        return because("empty", "is empty; expected something") if name in NEEDED else ""
    most = LONGEST.get(name, 200)
    if len(cell) > most:
        return because(
            "long", "has {number} characters; expected at most {most}", number=len(cell), most=most
        )
    return _CHECKS[name](cell)


def _words(cell: str) -> str:
    if cell.startswith(_FORMULA):
        return because("formula", "{value} begins like a formula; expected words", value=cut(cell, 20))
    if _LINK.search(cell):
        return because(
            "link",
            "{value} looks like a link or an address; expected words (a space after a full stop)",
            value=cut(cell),
        )
    if any(c in cell for c in "<>{}[]*`~\\"):
        return because(
            "mark",
            "{value} holds a mark such as {example}; expected plain words",
            value=cut(cell),
            example="<, { or *",
        )
    if any(c.isalnum() for c in cell):
        return ""
    return because("no_letter", "{value} has no letter; expected words", value=cut(cell, 20))


def _id(cell: str) -> str:
    if _ID.fullmatch(cell):
        return ""
    return because(
        "id", "is {value}; expected Latin letters, digits, hyphens and underlines", value=cut(cell)
    )


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if cell in allowed:
            return ""
        return because(
            "one_of", "is {value}; expected one of {allowed}", value=cut(cell), allowed=", ".join(allowed)
        )

    return check


def _degrees(most: int) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if _NUMBER.fullmatch(cell) and abs(float(cell)) <= most:
            return ""
        return because(
            "degrees",
            "is {value}; expected degrees from {least} to {most} with a point, such as -3.36667",
            value=cut(cell),
            least=-most,
            most=most,
        )

    return check


def _country(cell: str) -> str:
    if cell in get_global("territory_currencies") and cell != "ZZ":
        return ""
    return because(
        "country", "is {value}; expected two large letters of ISO 3166, such as TZ", value=cut(cell)
    )


def _telephone(cell: str) -> str:
    digits = sum(c.isdigit() for c in cell)
    if _PHONE.fullmatch(cell) and cell.isascii() and 3 <= digits <= 15:
        return ""
    return because("phone", "is {value}; expected 3 to 15 digits, such as +255 000 000 000", value=cut(cell))


def _language_codes(cell: str) -> str:
    for code in listed(cell):
        try:
            Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            return because(
                "language",
                "{value} is no language that Babel knows; expected codes such as sw;en",
                value=cut(code),
            )
    return ""


def _service_codes(cell: str) -> str:
    unknown = [code for code in listed(cell) if code not in SERVICES]
    if not unknown:
        return ""
    return because(
        "service",
        "{value} is no service; expected some of {allowed}",
        value=cut(unknown[0]),
        allowed=";".join(SERVICES),
    )


def point_fault(said: Mapping[str, str]) -> str:
    """Why the point of a row of cells cannot be taken; '' where it can, or where there is none."""
    lat, lon = said.get("lat", ""), said.get("lon", "")
    if bool(lat) != bool(lon):
        return because("point", "lat and lon come together; expected both or neither")
    if lat and float(lat) == 0 == float(lon):
        return because("sea", "0, 0 lies in the sea; expected the place's own point, or an empty cell")
    return ""


def listed(cell: str) -> tuple[str, ...]:
    """The codes of a cell, each once."""
    return tuple(dict.fromkeys(code for code in re.split(r"[;, ]+", cell) if code))


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "id": _id,
    "name": _words,
    "kind": _one_of(KINDS),
    "country": _country,
    "region": _words,
    "lat": _degrees(90),
    "lon": _degrees(180),
    "phone": _telephone,
    "hours": _words,
    "directions": _words,
    "languages": _language_codes,
    "services": _service_codes,
    "active": _one_of(("yes", "no")),
}
