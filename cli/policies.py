"""`goldenhour policy …`: lint, explain (in words or drawn) and publish."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

from cli.errors import CommandError, MisuseError
from cli.web_api import WebApi
from config.explain import explain as in_plain_words
from config.policy import DIRECTORY, MOST_BYTES, PolicyErrors, load
from domain.names import Role
from domain.policy import Policy
from drawing.ladder import draw

CLEAN, MISTAKES, MISUSE = 0, CommandError.exit_code, MisuseError.exit_code
A_NAME = re.compile(r"[a-z0-9-]+", re.ASCII)


def lint(files: Iterable[str], *, held: str = "") -> int:
    """Print every mistake of every file as `file:line: field: detail`, whatever is wrong with the others.

    Args:
        files: paths, `-`, or names of built-in policies; they are to stand side by side, so no two may share an id.
        held: the roles that somebody holds where they are to run, with commas between; "": not asked.

    Returns:
        The exit code: 0 if there was no mistake, 2 if a file can't be read, else 1.

    Raises:
        MisuseError: `held` names no roles.
    """
    roles, taken, worst = _roles(held), dict[str, str](), CLEAN
    for file in files:
        try:
            policy = load(_text(file), source=file, roles_held=roles, taken=taken)
        except PolicyErrors as refusal:
            worst = max(worst, MISTAKES)
            print(_mistakes(refusal), file=sys.stderr)
        except MisuseError as error:
            worst = MISUSE
            print(error, file=sys.stderr)
        else:
            print(f"{file}: {policy.title}: no mistakes")
    return worst


def explain(file: str, *, svg: str = "") -> None:
    """Print what the policy does; or draw it into the file `svg` (`-`: the standard output).

    Raises:
        CommandError: it has mistakes, and all of them are told; or the picture can't be written.
    """
    policy = _clean(file)
    if not svg:
        print(in_plain_words(policy), end="")
    elif svg == "-":
        print(draw(policy), end="")
    else:
        write_whole(Path(svg), draw(policy))
        print(f"{policy.title}: drawn in {svg}")


def publish(file: str, api: WebApi, *, version: int = 0) -> None:
    """Send it as a draft and publish that; or, as the second person, publish the draft of that id and version.

    Raises:
        CommandError: it has mistakes, or the web app refused it.
    """
    if version:
        _publish(file, version, api)
        return
    text = _text(file)
    policy = _clean(file, text)
    draft = api.post_toml("/api/v1/policies", text)
    policy_id, saved = str(draft.get("id") or policy.id), int(draft.get("version") or 1)
    try:
        _publish(policy_id, saved, api)
    except CommandError as error:
        by_hand = f"goldenhour policy publish {policy_id} --version {saved}"
        raise CommandError(
            f"the draft {policy_id}, version {saved}, was saved, but not published: {error}. A second person does it "
            f"with: {by_hand}"
        ) from None


def _publish(policy_id: str, version: int, api: WebApi) -> None:
    published = api.post(f"/api/v1/policies/{quote(policy_id, safe='')}/publish", {"version": version})
    print(f"{policy_id} published, version {published.get('version', '?')}")


def _clean(file: str, text: str | None = None) -> Policy:
    try:
        return load(_text(file) if text is None else text, source=file)
    except PolicyErrors as refusal:
        raise CommandError(_mistakes(refusal)) from None


def _text(file: str) -> str:
    """A policy's text. No more is read than a policy can have, whatever the file is.

    Raises:
        MisuseError: it can't be read.
    """
    built_in = DIRECTORY / f"{file}.toml"
    path = built_in if A_NAME.fullmatch(file) and built_in.exists() else Path("/dev/stdin" if file == "-" else file)
    try:
        with path.open("rb") as source:
            content = source.read(MOST_BYTES + 1)
        return content.decode(errors="strict" if len(content) <= MOST_BYTES else "replace")
    except UnicodeDecodeError:
        raise MisuseError(f"{file} can't be read: it is not a text in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no file name"
        raise MisuseError(f"{file} can't be read: {reason}{_did_you_mean(file)}") from None


def _did_you_mean(file: str) -> str:
    """The built-in policies, for whoever misspelled one of their names."""
    if not A_NAME.fullmatch(file):
        return ""
    names = sorted(known.stem for known in DIRECTORY.glob("*.toml"))
    close = get_close_matches(file, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; the built-in policies are {', '.join(names)}"


def _roles(held: str) -> set[Role] | None:
    words = [word.strip() for word in held.split(",") if word.strip()]
    unknown = next((word for word in words if word not in set(Role)), None)
    if unknown is not None:
        raise MisuseError(f'--held: "{unknown}" is no role; the roles are {", ".join(Role)}')
    return {Role(word) for word in words} or None


def _mistakes(refusal: PolicyErrors) -> str:
    """`file:line: field: detail`, a line each, as an editor understands it."""
    told = []
    for error in refusal.errors:
        place = f"{refusal.source}:{error.line}" if error.line is not None else refusal.source
        told.append(": ".join(part for part in (place, error.field, error.detail) if part))
    return "\n".join(told)


def write_whole(path: Path, text: str) -> None:
    """The whole file or none of it.

    Raises:
        CommandError: it can't be written.
    """
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(draft).chmod(0o644)
            Path(draft).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(draft).unlink()
            raise
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}") from None
