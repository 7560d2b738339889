"""Snowplow's events table: the enriched TSV (131 fields, no header), or a CSV or TSV with a header from a warehouse.

Read: page views, `transaction` (tr_*), and the self-describing events that `snowplow_entities` knows. Page pings,
structured events (`se_*`) and single order lines (`ti_*`) are left out. The session is `domain_sessionid`, without one
the visitor's silence ends it. Addresses but for their kind, network, place, agent and every user id stay behind.
Source: https://docs.snowplow.io/docs/pipeline/enriched-tsv-format.
"""

from collections.abc import Iterator, Mapping

from core import events as ev
from core.errors import ConfigError
from model.dataset import Recorded
from model.importers import clean
from model.importers.address import Address
from model.importers.clean import BadRow
from model.importers.commerce import event_of, page_view
from model.importers.files import Place, Row, check_columns, lines, parts_of, table
from model.importers.snowplow_entities import event_of_facts, facts_of_columns, facts_of_json
from model.importers.source import Source
from model.importers.visits import Happened, sessions_of

FIELD_COUNT = 131
PLACES = {
    "collector_tstamp": 3, "event": 5, "domain_userid": 15, "domain_sessionidx": 16, "page_urlhost": 33,
    "page_urlpath": 35, "refr_urlhost": 39, "refr_medium": 44, "mkt_medium": 47, "contexts": 52, "unstruct_event": 58,
    "tr_orderid": 59, "tr_total": 61, "tr_shipping": 63, "dvce_type": 101, "tr_currency": 108, "mkt_clickid": 116,
    "domain_sessionid": 123, "derived_tstamp": 124, "event_name": 126,
}  # fmt: skip
"""Which of the enriched format's fields, counted from 0, are looked at at all."""
COLUMNS = ("collector_tstamp", "event_name", "domain_sessionid")
"""Those that a table with a header cannot be without."""

_MEDIUMS = {"search": "organic", "social": "social", "email": "email", "paid": "paid"}


def read(source: Source) -> Iterator[Recorded]:
    """The sessions of the file or folder `source.path`.

    Raises:
        ConfigError: a file cannot be read, or is neither enriched TSV nor a table with the columns of `COLUMNS`.
    """
    return sessions_of(source, _rows(source.path), _read_row)


def _rows(path: str) -> Iterator[tuple[Place, Row]]:
    for part in parts_of(path):
        place, first = next(lines(str(part)), (Place(part.name, 1), ""))
        if "\t" not in first:
            for place, row in table(str(part), COLUMNS):
                yield place, row
        elif "collector_tstamp" in first.lower():
            header = first.lower().split("\t")
            check_columns(header, COLUMNS, place)
            yield from _tab_separated(str(part), {name: i for i, name in enumerate(header)}, len(header), skip=1)
        elif len(first.split("\t")) == FIELD_COUNT:
            yield from _tab_separated(str(part), PLACES, FIELD_COUNT, skip=0)
        else:
            wrong = f"has {len(first.split(chr(9)))} fields, not the {FIELD_COUNT} of the enriched format."
            raise ConfigError(f"{wrong} Next: add a header that names the columns.", file=place.file, line=place.line)


def _tab_separated(part: str, places: Mapping[str, int], width: int, *, skip: int) -> Iterator[tuple[Place, Row]]:
    """JSON stands in this format as it is, so a quote means nothing and csv cannot read it."""
    for place, line in lines(part):
        if place.line <= skip or not line:
            continue
        cells = line.split("\t")
        yield place, {name: cells[i] for name, i in places.items()} if len(cells) == width else {}


def _read_row(row: Row) -> Happened | None:
    who = row["domain_sessionid"] or row.get("domain_userid", "")
    event = _event(row)
    if event is None:
        return None
    if not who:
        raise BadRow("the session is missing")
    at_ms = clean.utc_ms(row.get("derived_tstamp") or row["collector_tstamp"])
    return Happened(who, at_ms, (event,), row.get("domain_userid", ""))


def _event(row: Row) -> ev.Event | None:
    match row["event_name"]:
        case "page_view":
            return _page_view(row)
        case "transaction":
            return event_of(
                "purchase",
                (),
                currency=row.get("tr_currency"),
                value=clean.amount(row.get("tr_total")),
                shipping=clean.amount(row.get("tr_shipping")),
                order=row.get("tr_orderid", ""),
            )
    facts = facts_of_json(row.get("unstruct_event", ""), row.get("contexts", "")) or facts_of_columns(row)
    return event_of_facts(facts) if facts else None


def _page_view(row: Row) -> ev.PageView:
    page = Address(row.get("page_urlhost", ""), row.get("page_urlpath", ""), "", bool(row.get("mkt_clickid")))
    referrer = row.get("refr_urlhost", "")
    medium = row.get("mkt_medium") or ("paid" if page.is_paid else _MEDIUMS.get(row.get("refr_medium", ""), ""))
    visits = row.get("domain_sessionidx", "")
    return page_view(
        page,
        f"https://{referrer}/" if referrer else None,
        medium=medium,
        device=clean.device_class(row.get("dvce_type")),
        is_new_visitor=visits == "1" if visits else None,
    )
