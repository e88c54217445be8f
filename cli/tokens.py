"""`goldenhour token …`."""

from cli.web_api import WebApi, kept_bootstrap_token


def create(person: str, url: str) -> None:
    """Make a token for a person and print it: the only time that it is shown.

    Raises:
        CommandError: there is no bootstrap token, or the web app refused.
    """
    print(WebApi(url, kept_bootstrap_token()).post("/api/v1/tokens", {"person_id": person})["token"])
