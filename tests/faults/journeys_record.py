"""What each page of a journey did, noted while it happens: enough to find afterwards why two states of one visit were logged, or
where an event went. The pages note it in localStorage, an entry each, so that a page that is gone has left its notes.

Here: the notes and how they are told. What is odd, and what it costs, is judged elsewhere.
"""

import base64
import json
from typing import Any, NamedTuple

import msgpack

from tests.support.browser import Key

RECORD = """
(() => {
  const page = Math.random().toString(36).slice(2, 6);
  let count = 0;
  // It may never be in the way of what it watches.
  const note = (what, value) => {
    try {
      const at = (performance.timeOrigin + performance.now()).toFixed(1);
      localStorage.setItem(`note.${page}.${count++}`, JSON.stringify([+at, what, value ?? null], packed));
    } catch {}
  };
  const text = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const packed = (_, value) =>
    value instanceof Uint8Array ? { bytes: text(value) }
    : value instanceof ArrayBuffer ? { bytes: text(new Uint8Array(value)) }
    : value;
  const before = (type, name, what) => {
    const inner = type.prototype[name];
    type.prototype[name] = function (...words) { what.apply(this, words); return inner.apply(this, words); };
  };
  window.notedAs = page;
  note('begins', location.pathname);
  for (const name of ['pagehide', 'pageshow']) addEventListener(name, (event) => note(name, event.persisted), true);
  for (const name of ['visibilitychange', 'freeze', 'resume', 'focus', 'online', 'offline'])
    addEventListener(name, () => note(name, document.hidden ? 'hidden' : 'seen'), true);
  const log = console.log;
  console.log = (...words) => {
    if (words[0] === 'fifthclick') note('captures', words.slice(1).map((word) => word instanceof Error ? String(word) : word));
    return log.apply(console, words);
  };
  const ask = LockManager.prototype.request;
  LockManager.prototype.request = function (name, options, callback) {
    const number = count;
    note('asks for the lock', options);
    const asked = ask.call(this, name, options, (lock) => {
      note(lock ? 'gets the lock' : 'finds the lock taken', number);
      return callback(lock);
    });
    asked.then(() => note('gives the lock back', number), (error) => note('has no lock', [number, String(error)]));
    return asked;
  };
  before(BroadcastChannel, 'postMessage', (message) => note('says', message));
  const hears = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, 'onmessage');
  Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
    get: hears.get,
    set(heard) { hears.set.call(this, (event) => { note('hears', event.data); return heard(event); }); },
  });
  before(WebSocket, 'send', function (data) { note('sends', data); });
  before(WebSocket, 'close', () => note('hangs up'));
  const Socket = WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...words) {
      super(...words);
      note('calls');
      this.addEventListener('message', (event) => note('is sent', event.data));
      this.addEventListener('close', (event) => note('is cut off', event.code));
    }
  };
  const read = async (what, body) => note(what, await body.arrayBuffer());
  const request = window.fetch;
  window.fetch = function (url, options) {
    if (options?.body) read('posts', options.body);
    return request.apply(this, arguments);
  };
  before(Navigator, 'sendBeacon', (_, body) => { note('beacons'); read('beaconed', body); });
  before(Storage, 'setItem', function (key, value) {
    if (this === sessionStorage && key.startsWith('_fc.pk')) note('stores', Uint8Array.from(value, (c) => c.charCodeAt(0)));
  });
})();
"""

NOTES = "() => Object.entries(localStorage).filter(([key]) => key.startsWith('note.'))"
NOTED_AS = "window.notedAs ?? ''"

_SAYS = ("Ask", "Session", "Lead", "Events", "Frame")


class Note(NamedTuple):
    """`at_ms` is of the browser's clock; `page` one document, `number` its place among the document's notes."""

    at_ms: float
    page: str
    number: int
    what: str
    value: Any


def notes_of(entries: list[list[str]]) -> list[Note]:
    """What `NOTES` gave, in the order of time."""
    notes = []
    for key, text in entries:
        _, page, number = key.split(".")
        at_ms, what, value = json.loads(text, object_hook=_bytes)
        notes.append(Note(at_ms, page, int(number), what, value))
    return sorted(notes, key=lambda note: note[:3])


def died_at_work(notes: list[Note], open_pages: set[str], key: Key) -> bool:
    """Whether the page that captured this event is gone and was never told to go: it has noted no `pagehide`. Chromium gives a
    tab that is closed half a second; on a busy machine nothing of ours may run in it, so nothing could send or hand on."""
    pages = {note.page for note in notes if note.what == "captures" and _captured(note) == key}
    told_to_go = {note.page for note in notes if note.what == "pagehide"}
    return bool(pages) and not pages & (told_to_go | open_pages)


def told(notes: list[Note]) -> list[str]:
    """A line each: when, which page, what, and what of."""
    return [f"{note.at_ms:.1f} {note.page}.{note.number} {note.what} {_value(note)}".rstrip() for note in notes]


def _bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["bytes"]) if "bytes" in value else value


def _captured(note: Note) -> Key | None:
    stream = note.value[0]
    return (stream, note.value[1][1]) if isinstance(stream, bytes) else None


def _value(note: Note) -> str:
    value = note.value
    if note.what == "captures" and (key := _captured(note)):
        return f"{_key(key)} of type {value[1][0]}"
    if note.what in ("says", "hears"):
        say, session, entries, more = (*value, None, None, None)[:4]
        return f"{_SAYS[say]} {_session(session)} {_entries(entries or ())} {_frame(more) if isinstance(more, list) else more}"
    if note.what == "stores":
        return " | ".join(f"{_session(visit)} {_entries(visit[5])}" for visit in msgpack.unpackb(value)[1])
    if isinstance(value, bytes):
        frame = msgpack.unpackb(value)
        return "; ".join(map(_frame, frame if isinstance(frame[0], list) else [frame]))
    return "" if value is None else str(value)


def _frame(frame: list[Any]) -> str:
    match frame:
        case [1, int(), str(), bytes() as session, bytes() as stream, _, token, *_]:
            return f"hello {session.hex()[:4]} {_name(stream)} token {_end(token)}"
        case [2, [*batches]]:
            return "events " + " ".join(
                f"{_name(s)} after {c} {[event[1] for event in events]}" for s, c, events in batches
            )
        case [1, covered, *_]:
            return (
                "ack " + " ".join(f"{_name(stream)} to {seq}" for stream, seq in covered) + f" token {_end(frame[-1])}"
            )
        case _:
            return f"frame {frame[0]}"


def _session(session: list[Any]) -> str:
    return f"{session[0].hex()[:4]} token {_end(session[1])} cuts {session[4]}"


def _entries(entries: Any) -> str:
    return f"[{' '.join(_key((stream, event[1])) for stream, event in entries)}]"


def _key(key: Key) -> str:
    return f"{_name(key[0])}/{key[1]}"


def _name(stream: bytes) -> str:
    """As in the rows: the day is the same for all."""
    return stream.hex()[4:12]


def _end(token: Any) -> str:
    return token.hex()[-6:] if isinstance(token, bytes) else "-"
