"""Logs: JSON or readable, ours and the libraries' in one stream, with personal data taken out before anything else.

An exception's text is shown only where its author is known to put no personal data in it: ours (a rule of the house),
the operating system's, and those of a few libraries. Of every other one the type and the place stay: a database's error
repeats the row, a validation error the input.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.redaction import redact_text, redact_under

TALKATIVE = (
    "twilio",
    "twilio.http_client",
    "twilio.async_http_client",
    "python_http_client",
    "httpx",
    "httpcore",
    "sendgrid",
)
"""They log addresses, numbers or keys at INFO or DEBUG."""

_TRUSTED = """
    domain config engine workflows activities notifiers store web simulator cli worker
    temporalio redis aiohttp httpx structlog uvicorn
"""
_TRUSTED_PACKAGES = frozenset(_TRUSTED.split())
_DEEPEST_CAUSE = 6


def configure_logging(
    log_format: Literal["json", "console"] = "json", *, level: int = logging.INFO, stream: IO[str] | None = None
) -> None:
    """Send every log line of this process, from structlog and from the standard library, to `stream` (stderr).

    Call it once, before anything logs. What nobody catches is logged the same way, so that it is redacted too.
    """
    structlog.configure(
        processors=[
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def redact_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The processor: no personal data in text, values or exceptions of a log line."""
    del logger, method
    kept = {key: event.pop(key) for key in ("_record", "_from_structlog") if key in event}
    exception = _exception_of(event.pop("exc_info", None))
    return {key: redact_under(key, value) for key, value in event.items()} | exception | kept


def describe_exception(error: BaseException) -> str:
    """An exception and its causes in a few lines: types, places, and the text where it can be trusted."""
    return "\n".join(_described(error))


def _common() -> list[Processor]:
    """What ours and foreign lines go through. Only what brings in more data stands before the redaction."""
    return [
        structlog.contextvars.merge_contextvars,
        redact_event,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _exception_of(exc_info: object) -> dict[str, object]:
    """The `exception` of a log line, from what `exc_info` may be: True, an exception, or a triple."""
    if exc_info is True:
        exc_info = sys.exc_info()[1]
    elif isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    return {"exception": describe_exception(exc_info)} if isinstance(exc_info, BaseException) else {}


def _described(error: BaseException, depth: int = 0) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth < _DEEPEST_CAUSE:
        yield from _described(cause, depth + 1)
        yield "which led to"
    yield f"{type(error).__module__}.{type(error).__qualname__}{_trusted_text(error)}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    if isinstance(error, BaseExceptionGroup) and depth < _DEEPEST_CAUSE:
        for part in error.exceptions:
            yield from (f"  | {line}" for line in _described(part, depth + 1))


def _trusted_text(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    if package not in _TRUSTED_PACKAGES and not isinstance(error, OSError | TimeoutError):
        return ""
    text = redact_text(str(error))
    return f": {text}" if text else ""


def _log_uncaught(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    """The last line of a process that dies of something unforeseen."""
    del place
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("goldenhour").critical("stopped by an error that nobody caught", exc_info=error)
