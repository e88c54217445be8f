"""How many segments a text takes: what it costs, and what a phone must put together."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """The number of segments: 160 or 153 GSM-7 characters each, 70 or 67 when one character is outside of GSM-7."""
    if all(character in _GSM or character in _GSM_DOUBLE for character in text):
        length = sum(2 if character in _GSM_DOUBLE else 1 for character in text)
        alone, joined = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        alone, joined = 70, 67
    return 1 if length <= alone else -(-length // joined)
