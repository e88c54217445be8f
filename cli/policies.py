"""`goldenhour policy …`: lint, explain and publish."""

import sys

from cli.errors import CommandError
from cli.web_api import WebApi, read_text
from config.explain import explain as in_plain_words
from config.policy import DIRECTORY, PolicyErrors, built_in, load
from domain.policy import Policy


def lint(files: list[str]) -> bool:
    """Print every mistake of every file as `file:line: field: detail`; whether there was none."""
    clean = True
    for file in files:
        try:
            policy = load(_text(file), source=file)
        except PolicyErrors as refusal:
            clean = False
            print(_mistakes(file, refusal), file=sys.stderr)
        else:
            print(f"{file}: {policy.title}: no mistakes")
    return clean


def explain(file: str) -> None:
    """Print what the policy does.

    Raises:
        CommandError: it has mistakes; all of them are told.
    """
    print(in_plain_words(_clean(file)), end="")


def publish(file: str, api: WebApi) -> None:
    """Send it as a draft and publish that.

    Raises:
        CommandError: it has mistakes, or the web app refused it.
    """
    policy = _clean(file)
    draft = api.post_toml("/api/v1/policies", _text(file))
    policy_id = str(draft.get("id") or policy.id)
    try:
        published = api.post(f"/api/v1/policies/{policy_id}/publish")
    except CommandError as error:
        raise CommandError(f"the draft {policy_id} was saved, but not published: {error}") from None
    print(f"{policy_id} published, version {published.get('version', '?')}")


def _clean(file: str) -> Policy:
    try:
        return load(_text(file), source=file)
    except PolicyErrors as refusal:
        raise CommandError(_mistakes(file, refusal)) from None


def _text(file: str) -> str:
    if file in built_in():
        return (DIRECTORY / f"{file}.toml").read_text(encoding="utf-8")
    return read_text(file)


def _mistakes(file: str, refusal: PolicyErrors) -> str:
    return "\n".join(f"{file}:{error.line or '?'}: {error.field}: {error.detail}" for error in refusal.errors)
