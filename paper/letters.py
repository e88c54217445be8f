"""Letters and numbers as they can be printed: the font's own letters, and telephone numbers as people dial them."""

import unicodedata
from importlib.util import find_spec
from pathlib import Path

UNKNOWN = "?"


def font_file(weight: str) -> Path:
    """The file of Source Sans Pro, `Regular` or `Bold`, with the letters of all languages of Europe that matter here.

    Raises:
        FileNotFoundError: the package font-source-sans-pro is not installed.
    """
    package = find_spec("font_source_sans_pro")
    if package is None or package.origin is None:
        raise FileNotFoundError("the package font-source-sans-pro is missing: run `make setup`")
    return Path(package.origin).parent / "files" / f"SourceSansPro-{weight}.ttf"


def printable(text: str, known: frozenset[int]) -> str:
    """The text in letters that can be printed: accents are joined to their letter, or left out, before a `?` stands.

    Args:
        text: whatever a person may have entered as a name.
        known: the letters of the font, as numbers.
    """
    joined = unicodedata.normalize("NFC", text)
    return "".join(letter if letter == "\n" else _letter(letter, known) for letter in joined if _shows(letter))


def _shows(letter: str) -> bool:
    """Control characters and loose accents have no shape of their own."""
    return letter == "\n" or unicodedata.category(letter)[0] not in "CM"


def _letter(letter: str, known: frozenset[int]) -> str:
    if ord(letter) in known:
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in known and _shows(part))
    return plain or UNKNOWN


def dialled(number: str) -> str:
    """`+447700900101` as it is dialled in the United Kingdom, `07700 900101`; others stay as they are, in groups."""
    if not number.startswith("+44"):
        return f"{number[:3]} {_grouped(number[3:], 3)}" if number.startswith("+") else number
    national = "0" + number[3:]
    first = 3 if national.startswith("02") else 4 if _has_four(national) else 5
    rest = national[first:]
    return f"{national[:first]} {rest}" if len(rest) <= 6 else f"{national[:first]} {rest[:-4]} {rest[-4:]}"  # noqa: PLR2004 - as printed


def _has_four(national: str) -> bool:
    """0121, 0191 and the like, and 03 and 08 numbers."""
    return national[:2] in {"03", "08"} or (national[:2] == "01" and (national[2] == "1" or national[3] == "1"))


def _grouped(digits: str, size: int) -> str:
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))
