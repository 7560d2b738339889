"""What a trace of Chromium says of a script: the main thread's time in it, and the long tasks that are its.

Time is the thread's own CPU time, as the trace has it beside the wall's: a neighbour on the machine costs nothing then, while
Chromium's CPU throttling, which burns the thread's own time, counts as it should. Everything that a function of the script calls is
its own, layouts that it forces included, and so is what its promises do after it, which newer Chromiums trace under no name.
Compiling on another thread is not: it costs the page nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8"]
LONG_MS = 50.0
NAMED = {"EvaluateScript", "FunctionCall", "v8.compile", "v8.compileModule", "v8.produceCache"}
"""Events that carry the address of the script that they are about."""
UNNAMED = {"RunMicrotasks", "v8.evaluateModule"}
"""Events that do not: they are of the script that was named before them in the same task, else of the tag's, since the page's own
has neither promises nor modules."""
RUNS = {"EvaluateScript", "FunctionCall", "v8.evaluateModule"}
"""What may leave promises behind: they are settled before the browser does anything else."""
OF_A_RUN = {"v8.newInstance", "v8.compile", "v8.produceCache", "RunMicrotasks"}
"""What a script that runs, or one of its promises, brings about; anything else ends it."""


class Span(NamedTuple):
    """An event of the main thread: on the wall, and of the thread's own time, in microseconds. `cpu_start`: that time, then."""

    name: str
    url: str
    start: float
    end: float
    cpu: float
    cpu_start: float = 0.0


class Task(NamedTuple):
    """One turn of the main thread, and how much of it a script had: milliseconds of its own time; `wall_ms` by the clock."""

    ms: float
    script_ms: float
    wall_ms: float

    @property
    def is_its_own(self) -> bool:
        """Whether it is long because of the script: it has half of it, or without it the task would not be long."""
        return self.ms > LONG_MS and (self.script_ms >= self.ms / 2 or self.ms - self.script_ms <= LONG_MS)


class Reading(NamedTuple):
    """What one trace says of one script."""

    script_ms: float
    main_ms: float
    tasks: list[Task]

    @property
    def long_tasks(self) -> list[Task]:
        return [task for task in self.tasks if task.is_its_own]

    @property
    def longest_ms(self) -> float:
        """The most that the script had of one task."""
        return max((task.script_ms for task in self.tasks), default=0.0)


def read(events: Iterable[dict[str, Any]], page_url: str, script_url: str) -> Reading:
    """The script whose files' addresses begin with `script_url`, on the page whose frame has `page_url`."""
    spans = main_thread(events, page_url)
    tasks = [span for span in spans if span.name == "RunTask"]
    mine = _its(spans, script_url)
    mine = outermost(sorted(mine + _promises(spans, mine), key=lambda span: (span.start, -span.end)))
    return Reading(
        script_ms=sum(span.cpu for span in mine) / 1000,
        main_ms=sum(task.cpu for task in tasks) / 1000,
        tasks=[_task(task, mine) for task in tasks],
    )


def main_thread(events: Iterable[dict[str, Any]], page_url: str) -> list[Span]:
    """The complete events of the thread that ran this page, in the order of their starts, outer ones first."""
    complete = [event for event in events if event["ph"] == "X"]
    threads = {(e["pid"], e["tid"]) for e in complete if e["name"] in NAMED and _url(e).startswith(page_url)}
    found = [
        Span(e["name"], _url(e), e["ts"], e["ts"] + e.get("dur", 0), e.get("tdur") or 0, e.get("tts") or 0)
        for e in complete
        if (e["pid"], e["tid"]) in threads
    ]
    return sorted(found, key=lambda span: (span.start, -span.end))


def _url(event: dict[str, Any]) -> str:
    arguments = event.get("args", {})
    return str(arguments.get("data", {}).get("url") or arguments.get("fileName") or "")


def _its(spans: Sequence[Span], script_url: str) -> list[Span]:
    """What names the script, and what names none and can be nobody else's."""
    found: list[Span] = []
    last, ends = "", 0.0
    for span in spans:
        if span.name == "RunTask" and span.start >= ends:
            last, ends = "", span.end
        elif span.name in NAMED and span.url:
            last = span.url
            if span.url.startswith(script_url):
                found.append(span)
        elif span.name in UNNAMED and (not last or last.startswith(script_url)):
            found.append(span)
    return found


def _promises(spans: Sequence[Span], mine: Sequence[Span]) -> list[Span]:
    """What follows each run of the script: to the end of the browser's call, else to what comes next in the task."""
    found: list[Span] = []
    for run in mine:
        around = [span for span in spans if span.start <= run.start and run.end <= span.end and span is not run]
        calls = [span for span in around if span.name == "v8.callFunction"] or [
            span for span in around if span.name == "RunTask" and run.name != "FunctionCall"
        ]
        if run.name not in RUNS or not calls:
            continue
        call = calls[-1]
        end, cpu_end = call.end, call.cpu_start + call.cpu
        for span in spans:
            if run.end <= span.start < call.end and span.name not in OF_A_RUN:
                end, cpu_end = span.start, span.cpu_start
                break
        cpu = cpu_end - run.cpu_start - run.cpu
        found.append(Span("promises", run.url, run.end, end, max(0.0, cpu), run.cpu_start + run.cpu))
    return found


def outermost(spans: Sequence[Span]) -> list[Span]:
    """Without those that lie in another one: no moment counts twice. Takes and gives them in the order of their starts."""
    found: list[Span] = []
    for span in spans:
        if not found or span.start >= found[-1].end:
            found.append(span)
    return found


def _task(task: Span, mine: Sequence[Span]) -> Task:
    inside = [span.cpu for span in mine if task.start <= span.start < task.end]
    return Task(task.cpu / 1000, sum(inside) / 1000, (task.end - task.start) / 1000)
