"""The paper as a PDF: A4, black on white, large enough for a tired reader, with lines to write on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from config.policy import in_words
from domain.names import Anchor, Role
from paper import words
from paper.ladder import Call, Ladder, Paper, Reach, Step
from paper.letters import UNKNOWN, dialled, font_file, printable

MARGIN = 12.0
WIDTH = 210.0 - 2 * MARGIN
WHEN, WHOM, NUMBER = 23.0, 62.0, 45.0
NOTES = WIDTH - WHEN - WHOM - NUMBER
LINE = 5.0
"""Millimetres of a line of text; the columns are in millimetres as well."""
ROW = 17.0
"""About what one person takes."""
LOG_LINES = 26
FONT = "Source Sans Pro"

GAP = "NO NUMBER IS KNOWN. Find it, and write it here:\n__________________"
NOBODY = "NOBODY IS IN THE DIRECTORY FOR THIS"


@dataclass(frozen=True, slots=True)
class _Text:
    """One paragraph of a box."""

    text: str
    size: float = 10.5
    bold: bool = False


def to_pdf(paper: Paper) -> bytes:
    """Draw the paper."""
    sheet = _Sheet(paper)
    _first_page(sheet, paper)
    for number, ladder in enumerate(paper.ladders, start=1):
        _ladder(sheet, number, ladder)
    _log(sheet)
    return bytes(sheet.output())


class _Sheet(FPDF):
    """Pages with the marking above and below, and when the paper was printed."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self.paper = paper
        self.unknown_letters = False
        self.section = ""
        for style, weight in (("", "Regular"), ("B", "Bold")):
            self.add_font(FONT, style, font_file(weight))
        fonts = [set(font.cmap) for font in self.fonts.values() if isinstance(font, TTFFont)]
        self.letters = frozenset(set.intersection(*fonts))
        self.set_title(f"Paper ladder {paper.home}")
        self.set_creator("Golden Hour")
        self.set_creation_date(paper.printed_at)
        self.set_lang("en-GB")
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, 22)
        self.set_line_width(0.3)
        self.add_page()

    def header(self) -> None:
        """The marking, and whose paper it is."""
        self.write_line(words.MARKING, 11, bold=True, align="C")
        exercise = "DEMONSTRATION, numbers invented. " if self.paper.demonstration else ""
        self.write_line(f"{exercise}Paper ladder of home {self.paper.home}{self.section}", 9.5, align="C")
        self.ln(2)

    def footer(self) -> None:
        """How old it is, how much of it there is, and the marking again."""
        self.set_y(-21)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(1)
        printed, until = (self.local(at) for at in (self.paper.printed_at, self.paper.valid_until))
        self.write_line(f"Printed {printed}. Valid until {until}; then use it until a new one comes.", 9)
        self.write_line(f"Page {self.page_no()} of {{nb}}", 9)
        self.write_line(words.MARKING, 11, bold=True, align="C")

    def local(self, at: datetime) -> str:
        """A time on the home's clock."""
        local = at.astimezone(self.paper.zone)
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"

    def put(self, text: str, size: float, *, bold: bool = False) -> str:
        """Set the font for a text; what of it can be printed."""
        self.set_font(FONT, "B" if bold else "", size)
        shown = printable(text, self.letters)
        self.unknown_letters |= shown.count(UNKNOWN) > text.count(UNKNOWN)
        return shown

    def write_line(self, text: str, size: float = 10.5, *, bold: bool = False, align: str = "L") -> None:
        """A paragraph over the whole width."""
        shown = self.put(text, size, bold=bold)
        self.multi_cell(WIDTH, size * 0.46, shown, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def height_of(self, text: _Text, width: float) -> float:
        """Millimetres that a paragraph takes."""
        shown = self.put(text.text, text.size, bold=text.bold)
        height = self.multi_cell(width, text.size * 0.46, shown, dry_run=True, output=MethodReturnValue.HEIGHT)
        return float(height)  # type: ignore[arg-type]

    def box(self, x: float, width: float, texts: Sequence[_Text], *, height: float) -> None:
        """A framed column of a row, from the current height on."""
        top = self.get_y()
        self.rect(x, top, width, height)
        self.set_y(top + 1.2)
        for text in texts:
            shown = self.put(text.text, text.size, bold=text.bold)
            self.set_x(x + 1)
            self.multi_cell(width - 2, text.size * 0.46, shown, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(top)

    def row(
        self, columns: Sequence[tuple[float, Sequence[_Text]]], *, least: float = 0, followed_by: float = 0
    ) -> None:
        """A row of boxes of one height, never torn over two pages, nor parted from what belongs right below it."""
        heights = [sum(self.height_of(text, width - 2) for text in texts) for width, texts in columns]
        height = max(*heights, least) + 3
        if self.will_page_break(height + followed_by):
            self.add_page()
        x = MARGIN
        for width, texts in columns:
            self.box(x, width, texts, height=height)
            x += width
        self.set_y(self.get_y() + height)

    def heading(self, text: str, size: float, *, keep: float) -> None:
        """A heading that does not stand alone at the foot of a page."""
        if self.will_page_break(keep):
            self.add_page()
        self.ln(2)
        self.write_line(text, size, bold=True)
        self.ln(1)


def _first_page(sheet: _Sheet, paper: Paper) -> None:
    sheet.write_line("When Golden Hour does not answer", 22, bold=True)
    sheet.ln(1)
    force = _Text(f"Force here: {paper.force or '________________'}")
    police = [_Text("POLICE: 999 in danger, else 101", 17, bold=True), force]
    helpline = [_Text(words.HELPLINE, 17, bold=True), _Text("Missing People: free, day and night")]
    sheet.row([(WIDTH * 0.62, police), (WIDTH * 0.38, helpline)])
    sheet.heading("Do this", 14, keep=30)
    for number, (what, how) in enumerate(words.FIRST, start=1):
        sheet.write_line(f"{number}.  {what}", 11.5, bold=True)
        sheet.write_line(how, 10.5)
        sheet.ln(0.5)
    sheet.heading("Numbers at a glance", 14, keep=60)
    for call in paper.glance:
        for reach in call.people or (Reach(NOBODY),):
            sheet.row([(WIDTH - NUMBER, [_Text(f"{_title(call)}: {reach.name}", 11.5)]), (NUMBER, _numbers(reach))])
    sheet.heading("Never", 14, keep=30)
    for never in words.NEVER:
        sheet.write_line(f"•  {never}", 10.5)
    sheet.heading("How often each child is seen", 14, keep=30)
    for number, ladder in enumerate(paper.ladders, start=1):
        sheet.row(_overview(number, ladder))


def _overview(number: int, ladder: Ladder) -> list[tuple[float, list[_Text]]]:
    children = ", ".join(ladder.children) or "no child now"
    return [
        (26, [_Text(f"Ladder {number}", 13, bold=True)]),
        (
            WIDTH - 26,
            [
                _Text(f"{ladder.title}: {children}", 11, bold=True),
                _Text("See each child " + "; ".join(ladder.checks) + f". {_police(ladder)}"),
            ],
        ),
    ]


def _police(ladder: Ladder) -> str:
    if not any(step.police for step in ladder.steps[Anchor.DUE]):
        return ""
    return f"A missed check: police after {in_words(ladder.police_after)}."


def _ladder(sheet: _Sheet, number: int, ladder: Ladder) -> None:
    for anchor, steps in ladder.steps.items():
        if not steps:
            continue
        climbs = anchor in {Anchor.DUE, Anchor.DECLARED}
        sheet.section = f". Ladder {number}: {words.TITLES[anchor]}"
        if climbs:
            sheet.add_page()
        sheet.heading(f"Ladder {number}: {words.TITLES[anchor]}", 16, keep=60 if climbs else 45)
        children = ", ".join(ladder.children) or "a child who has just arrived"
        sheet.write_line(f"{ladder.title} ({ladder.name}), for {children}")
        sheet.write_line(f"{words.COUNTED[anchor]}  ____ : ____", 11, bold=True)
        sheet.ln(1)
        if not climbs:
            _reviews(sheet, steps)
            continue
        said = None
        for step in steps:
            _step(sheet, step, say=step.template is not said)
            said = step.template
        every = in_words(ladder.repeat_every)
        again = f"Still not found? Ring everybody again, every {every}, until somebody has the child's safety in hand."
        sheet.ln(1)
        sheet.write_line(again, 11, bold=True)


def _reviews(sheet: _Sheet, steps: Sequence[Step]) -> None:
    """What comes later, a line each: the numbers stand further up."""
    said = None
    for step in steps:
        say, _ = words.SAY.get(step.template, ("", ""))
        if step.template is not said:
            sheet.write_line(say)
            sheet.ln(1)
        said = step.template
        named = "; ".join(_names(call) for call in step.calls)
        sheet.row([(WHEN, [_Text(_when(step), 11, bold=True)]), (WHOM + NUMBER, [_Text(named)]), (NOTES, [_DONE])])


def _when(step: Step) -> str:
    return f"+{in_words(step.after)}" if step.after else "at once"


def _step(sheet: _Sheet, step: Step, *, say: bool) -> None:
    """One time of a ladder: what to say, unless it is what was said before; then a row for everybody to ring."""
    text, ask = words.SAY.get(step.template, ("", ""))
    when = [_Text(_when(step), 12.5, bold=True), _Text("at ___ : ___", 10)]
    if step.police:
        told = [_Text(text, 12, bold=True), _Text(ask), *_police_lines(step)]
        sheet.row([(WHEN, when), (WIDTH - WHEN, told)], followed_by=ROW)
        when = []
    elif say and text:
        sheet.row([(WHEN, when), (WIDTH - WHEN, [_Text(text), *([_Text(ask)] if ask else [])])], followed_by=ROW)
        when = []
    for call in step.calls:
        for who, number in _people(call):
            sheet.row([(WHEN, when), (WHOM, who), (NUMBER, number), (NOTES, _RUNG)], least=2 * LINE)
            when = []


_RUNG = [_Text("Rung at ___ : ___  Answered by:", 9), _Text("\n☐ told that it is over", 9)]
_DONE = _Text("Done at ___ : ___  By:", 9)


def _police_lines(step: Step) -> list[_Text]:
    again = f"No reference yet? Ring again every {in_words(step.every)}. " if step.every else ""
    blanks = (
        "Reference ______________________________   Force ___________________________",
        "Taken by (name, number) ________________________________   at ____ : ____",
    )
    return [
        *(_Text(f"\n{blank}") for blank in blanks),
        _Text(f"{again}Whoever reads this rings. Then tell:", bold=True),
    ]


def _people(call: Call) -> list[tuple[list[_Text], list[_Text]]]:
    """Everybody of a role, with their numbers; a gap is said in words."""
    title = _Text(_title(call), bold=True)
    if not call.people:
        return [([title, _Text(NOBODY, 10)], [_Text(GAP, 9)])]
    return [([title, _Text(one.name, 11.5)], _numbers(one)) for one in call.people]


def _numbers(reach: Reach) -> list[_Text]:
    if reach.numbers:
        return [_Text(dialled(number), 14, bold=True) for number in reach.numbers]
    return [_Text(GAP, 9), *(_Text(f"E-mail: {mail}", 9) for mail in reach.mail)]


def _title(call: Call) -> str:
    title = call.role.label[:1].upper() + call.role.label[1:]
    if call.role is Role.POLICE:
        return f"{call.place or 'Police'}: control room"
    return f"{title}, {call.place}" if call.place else title


def _names(call: Call) -> str:
    named = ", ".join(one.name for one in call.people) or "nobody is in the directory"
    return f"{call.role.label}: {named}"


def _log(sheet: _Sheet) -> None:
    """Where checks made by hand are written down."""
    sheet.section = ""
    sheet.add_page()
    sheet.heading("Checks by hand", 15, keep=60)
    sheet.write_line("One line for each child you have seen. Enter all of it when Golden Hour answers again.")
    if sheet.unknown_letters:
        sheet.write_line(f"A {UNKNOWN} in a name stands for a letter that could not be printed.")
    sheet.ln(1)
    widths = (24, 34, 40, 42, WIDTH - 140)
    titles = ("Date, time", "Child (Heron-42)", "Seen how, or not here", "Seen by", "Note")
    sheet.row([(width, [_Text(title, bold=True)]) for width, title in zip(widths, titles, strict=True)])
    for _ in range(LOG_LINES):
        sheet.row([(width, []) for width in widths], least=LINE)
