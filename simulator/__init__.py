"""A stateful, signing stand-in for Twilio and SendGrid, with a page of phones."""
