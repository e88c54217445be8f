"""The documents by which a call is steered: what is spoken, and which keys are waited for. Pure: words in, XML out."""

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

LANGUAGE = "en-GB"

KEY_SECONDS = 6
"""How long a key is waited for after the last word: a person who was asleep looks for it first."""

NO_KEY = "No key was pressed, so the alarm goes on. Goodbye."


def menu(words: str, action: str) -> str:
    """Speak, wait for one key, speak once more, wait, and say goodbye."""
    response = VoiceResponse()
    for _ in range(2):
        gather = Gather(num_digits=1, timeout=KEY_SECONDS, action=action, method="POST")
        gather.say(words, language=LANGUAGE)
        response.append(gather)
    response.say(NO_KEY, language=LANGUAGE)
    response.hangup()
    return str(response)


def twice(words: str) -> str:
    """Speak, speak once more, and hang up: there is nothing to answer."""
    response = VoiceResponse()
    response.say(words, language=LANGUAGE)
    response.pause(length=1)
    response.say(words, language=LANGUAGE)
    response.hangup()
    return str(response)


def once(words: str) -> str:
    """Speak, and hang up."""
    response = VoiceResponse()
    response.say(words, language=LANGUAGE)
    response.hangup()
    return str(response)


def silence() -> str:
    """Hang up without a word."""
    response = VoiceResponse()
    response.hangup()
    return str(response)
