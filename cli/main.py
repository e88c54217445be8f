"""The `goldenhour` command. Each command imports what it needs when it runs, so that a worker starts quickly."""

# ruff: noqa: PLC0415 - imports inside commands are the point of this file

import asyncio
import errno
import inspect
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.errors import CommandError


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


app = _group("Golden Hour watches over children at risk of going missing.")
policy = _group("When a child is to be seen, and who hears what if they are not.")
placement = _group("One child's stay at one home.")
geography = _group("Which authority borders which, and which police force covers each.")
token = _group("Who may speak to the web app.")
drill = _group("Exercises: the ladder on real phones, every message marked; police and neighbours are never told.")
paper = _group("The ladder on paper, for the night on which no machine answers.")
app.add_typer(policy, name="policy")
app.add_typer(placement, name="placement")
app.add_typer(geography, name="geography")
app.add_typer(token, name="token")
app.add_typer(paper, name="paper")
app.add_typer(drill, name="drill")

Url = Annotated[str, typer.Option(help="Where the web app is; by default GOLDENHOUR_PUBLIC_URL, else this machine.")]
Token = Annotated[str, typer.Option(envvar="GOLDENHOUR_TOKEN", help="A person's token.", show_envvar=True)]


@app.command()
def up(
    *, demo: Annotated[bool, typer.Option("--demo", help="Simulated phones and a demonstration home.")] = False
) -> None:
    """Start everything on this machine, and embed what no setting names elsewhere."""
    from cli.up import EXPECTED, run_up

    try:
        run_up(demo=demo)
    except EXPECTED as error:
        raise CommandError(str(error)) from None


@app.command()
def worker() -> None:
    """Run one worker: it decides and alerts."""
    _serve("worker")


@app.command()
def web() -> None:
    """Run the web app: pages, API, webhooks."""
    _serve("web.server")


@app.command()
def watchdog() -> None:
    """Watch the engine from outside it, and page its operators if it stands still."""
    _serve("cli.watchdog")


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date; harmless when they are. `up` does it by itself."""
    from cli.migrations import migrate as bring_up_to_date

    bring_up_to_date()


@app.command()
def backup(
    target: Annotated[str, typer.Argument(help="A new file, or a directory.")],
    *,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Put the encryption keys in too: then it can be read by whoever has it.")
    ] = False,
) -> None:
    """Copy what `up` embeds into one archive, while it runs."""
    from cli.backup import back_up

    back_up(target, with_keys=with_keys)


@app.command()
def restore(
    archive: Annotated[str, typer.Argument(help="A file that `goldenhour backup` has written.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep what is there beside it, and put the backup in its place.")
    ] = False,
    keys: Annotated[str, typer.Option(help="The file of the encryption keys, if the backup does not hold them.")] = "",
) -> None:
    """Put a backup in the place of the data directory, while nothing runs."""
    from cli.restore import restore as put_back

    put_back(archive, replace=replace, keys_file=keys)


@app.command()
def doctor() -> None:
    """Check every setting and connection, and say what to do."""
    from cli.doctor import examine

    if not asyncio.run(examine()):
        raise typer.Exit(1)


@policy.command("lint")
def policy_lint(
    files: list[str],
    held: Annotated[str, typer.Option(help="Roles somebody holds where it is to run, with commas between.")] = "",
) -> None:
    """Name every mistake in these policies, with its line. A name like `arrival-high` means a built-in one."""
    from cli.policies import lint

    if code := lint(files, held=held):
        raise typer.Exit(code)


@policy.command("explain")
def policy_explain(
    file: str, svg: Annotated[str, typer.Option(help="Draw it into this file instead; `-`: standard output.")] = ""
) -> None:
    """Tell in plain words what a policy does, and how long a child may be gone before the police are called."""
    from cli.policies import explain

    explain(file, svg=svg)


@policy.command("simulate")
def policy_simulate(
    file: str,
    *,
    hours: Annotated[int, typer.Option(min=1, max=24, help="How many hours are looked at, from the beginning.")] = 3,
    begins: Annotated[
        Literal["due", "declared"],
        typer.Option("--from", help="What begins it: a check that is not recorded, or somebody says not here."),
    ] = "due",
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as data.")] = False,
) -> None:
    """Try a policy: the engine itself in virtual time, with a made-up child, and who hears what when."""
    from cli.simulate import simulate
    from rehearsal.situations import Beginning

    simulate(file, hours=hours, beginning=Beginning(begins), svg=svg, as_json=as_json)


@policy.command("publish")
def policy_publish(
    file: str,
    version: Annotated[int, typer.Option(help="As the second person: publish this draft; FILE is its id.")] = 0,
    url: Url = "",
    token: Token = "",
) -> None:
    """Send a policy to the web app and publish it (by a second person, unless it is a demonstration)."""
    from cli.policies import publish
    from cli.web_api import WebApi

    publish(file, WebApi(url, token), version=version)


@placement.command("admit")
def placement_admit(file: str, url: Url = "", token: Token = "") -> None:
    """A child enters care. FILE is the JSON body, `-` reads it: arguments would be seen in the list of processes."""
    from cli.placements import admit
    from cli.web_api import WebApi

    admit(file, WebApi(url, token))


@placement.command("show")
def placement_show(placement_id: str, url: Url = "", token: Token = "") -> None:
    """Show where a placement stands: phase, next check-in, open episode."""
    from cli.placements import show
    from cli.web_api import WebApi

    show(placement_id, WebApi(url, token))


@placement.command("check-in")
def placement_check_in(
    placement_id: str,
    outcome: Annotated[str, typer.Option(help="seen_well, seen_concern, not_here_known_place or not_here.")],
    method: Annotated[str, typer.Option(help="seen, spoke, phone or school.")] = "seen",
    seen_at: Annotated[str, typer.Option(help="An instant like 2026-11-22T21:30:00Z; by default now.")] = "",
    note: Annotated[str, typer.Option(help="A file with a note; `-` reads it.")] = "",
    url: Url = "",
    token: Token = "",
) -> None:
    """Record that the child was seen, or was not here."""
    from cli.placements import CheckIn, check_in
    from cli.web_api import WebApi

    check_in(placement_id, CheckIn(outcome, method, seen_at, note), WebApi(url, token))


@drill.callback(invoke_without_command=True, no_args_is_help=True)
def drill_start(
    context: typer.Context,
    *,
    home: Annotated[str, typer.Option(help="The code of the home.")] = "",
    policy: Annotated[str, typer.Option(help="A published policy; by default that for arrival at high risk.")] = "",
    scenario: Annotated[
        Literal["not_here", "missed_check"], typer.Option(help="Declared not here, or a check that nobody records.")
    ] = "not_here",
    lasts: Annotated[str, typer.Option("--for", help="It ends by itself after this long: PT1M to PT4H.")] = "PT30M",
    placing: Annotated[str, typer.Option(help="The id of an authority that has agreed to take part.")] = "",
    url: Url = "",
    token: Token = "",
) -> None:
    """Start an exercise at a home: real phones ring, no child is missing, and nobody outside is told."""
    if context.invoked_subcommand is not None:
        return
    from cli.drill import start
    from cli.errors import MisuseError
    from cli.web_api import WebApi

    if not home:
        raise MisuseError("name the home with --home CODE")
    wish = {"policy_id": policy, "scenario": scenario, "lasts": lasts, "placing_authority_id": placing}
    start(home, wish, WebApi(url, token))


@drill.command("report")
def drill_report(
    exercise_id: str,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as data.")] = False,
    url: Url = "",
    token: Token = "",
) -> None:
    """Show what an exercise has shown: rungs as planned and as they went, who answered, what would have failed."""
    from cli.drill import report
    from cli.web_api import WebApi

    report(exercise_id, WebApi(url, token), as_json=as_json)


@drill.command("end")
def drill_end(
    exercise_id: str,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "ended by hand",
    url: Url = "",
    token: Token = "",
) -> None:
    """End an exercise now: everyone who was alerted hears that it is over."""
    from cli.drill import end
    from cli.web_api import WebApi

    end(exercise_id, reason, WebApi(url, token))


@geography.command("load")
def geography_load(
    directory: Annotated[str, typer.Argument(help="The five CSV files; by default those that are built in.")] = "",
) -> None:
    """Fill the directory with authorities, police forces and borders. What people entered stays; again is harmless."""
    from cli.geography import load

    load(directory)


@geography.command("show")
def geography_show(
    authority: Annotated[str, typer.Argument(help="A whole name or an ONS code; by default what is loaded.")] = "",
) -> None:
    """Show who is next door to an authority, and which police force covers it."""
    from cli.geography import show

    show(authority)


@paper.command("ladder")
def paper_ladder(
    out: Annotated[str, typer.Option(help="The directory to write to.")],
    home: Annotated[str, typer.Option(help="The code of one home; by default all.")] = "",
) -> None:
    """Write a printable ladder (PDF) for each home: whom to ring, in what order. `up` does it each night."""
    from cli.paper import write_ladders

    write_ladders(home, out)


@token.command("create")
def token_create(
    person: Annotated[str, typer.Option(help="The id of the person whom the token is for.")], url: Url = ""
) -> None:
    """Make a token for a person and print it, once. Uses GOLDENHOUR_BOOTSTRAP_TOKEN, else the one that `up` made."""
    from cli.tokens import create

    create(person, url)


def _serve(module: str) -> None:
    """Run the `main()` of a part until it ends."""
    from config.settings import SettingsError, read_environment
    from store.errors import StoreError
    from store.revisions import check_revision

    # Temporal's own settings are read from the process environment, so `.env` has to be in it.
    os.environ.update(read_environment())
    try:
        if address := os.environ.get("DATABASE_URL"):
            check_revision(address)
        outcome = import_module(module).main()
        if inspect.iscoroutine(outcome):
            outcome = asyncio.run(outcome)
    except (SettingsError, StoreError) as error:
        raise CommandError(str(error)) from None
    if outcome:
        raise typer.Exit(int(outcome))


def main() -> None:
    """Run the command line; what goes wrong is one line on stderr, with exit code 2 for misuse and 1 for the rest."""
    try:
        try:
            app(prog_name="goldenhour")
        finally:
            sys.stdout.flush()
    except CommandError as error:
        print(f"goldenhour: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.filename is not None or error.errno not in {errno.ENOSPC, errno.EPIPE, errno.EIO}:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or it would be tried again at the end
        print(f"goldenhour: what it had to say could not be written: {error.strerror}", file=sys.stderr)
        sys.exit(CommandError.exit_code)


if __name__ == "__main__":
    main()
