"""The same installation as the API's tests."""

from tests.web.api.conftest import furnished, here, sendgrid_key, settings

__all__ = ["furnished", "here", "sendgrid_key", "settings"]
