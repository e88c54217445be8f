"""STOP and START: what a phone's owner tells the carrier."""

import pytest

from domain.consent import Wish, is_for_the_carrier_alone, wish


@pytest.mark.parametrize(
    ("text", "opt_out_type", "wanted", "alone"),
    [
        ("STOP", "", Wish.STOP, True),
        (" Unsubscribe ", "", Wish.STOP, True),
        ("please stop", "", None, False),
        ("stop it", "", None, False),
        ("start", "", Wish.START, True),
        ("UnStop", "", Wish.START, True),
        ("yes", "", Wish.START, False),
        ("YES 4821", "", None, False),
        ("arret", "STOP", Wish.STOP, True),
        ("encore", "start", Wish.START, True),
        ("yes", "START", Wish.START, False),
        ("help", "HELP", None, False),
        ("", "", None, False),
        ("🛑", "", None, False),
    ],
)
def test_the_carriers_words_count_alone(text: str, opt_out_type: str, wanted: Wish | None, *, alone: bool) -> None:
    """As Twilio reads them; a YES answers us as well."""
    assert wish(text, opt_out_type) is wanted
    assert is_for_the_carrier_alone(text, opt_out_type) is alone
