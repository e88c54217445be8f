"""Reading what an application answers to a call: the verbs of TwiML that we use, as Twilio understands them."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

_GATHER_SECONDS = 5.0
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Say:
    """Speak."""

    words: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Gather:
    """Speak, and wait for keys; what is pressed goes to `action`, or to the address just fetched."""

    words: str
    action: str
    digits: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Redirect:
    """Fetch the next words elsewhere."""

    url: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


Verb = Say | Pause | Gather | Redirect | Hangup


class NotTwiml(ValueError):  # noqa: N818 - it is the plain truth
    """Twilio would say that an application error has occurred, and hang up."""


def verbs_in(document: str) -> list[Verb]:
    """The verbs of an answer, in order.

    Raises:
        NotTwiml: it is none, or has a verb that Twilio would understand and this simulator does not.
    """
    try:
        response = ET.fromstring(document)  # noqa: S314 - our own application's answer, on this machine
    except ET.ParseError:
        raise NotTwiml("the answer is not XML") from None
    if response.tag != "Response":
        raise NotTwiml("the answer is no Response")
    return [_verb(element) for element in response]


def _verb(element: ET.Element) -> Verb:
    match element.tag:
        case "Say":
            return Say(_words(element))
        case "Pause":
            return Pause(float(element.get("length", _PAUSE_SECONDS)))
        case "Gather":
            digits = element.get("numDigits", "")
            return Gather(
                words=" ".join(_words(said) for said in element.iter("Say")),
                action=element.get("action", ""),
                digits=int(digits) if digits.isdecimal() else None,
                seconds=float(element.get("timeout", _GATHER_SECONDS)),
            )
        case "Redirect":
            return Redirect(_words(element))
        case "Hangup":
            return Hangup()
    raise NotTwiml(f"the simulator knows no <{element.tag}>")


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())
