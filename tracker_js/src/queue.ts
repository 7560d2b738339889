/**
 * What waits for its ack: the visits, their events in the order in which they are sent, and the token that goes with them
 * (DESIGN 3.2, 3.3).
 *
 * Lives here: one value, in memory and as ONE entry of sessionStorage. An event leaves only when an ack covers it, or as
 * the oldest of a queue that is full: 500 events or 256 kB. Not here: any network.
 */

import { decode, encode } from './codec'
import { arm, keeps, site } from './config'
import { type EventFields, SESSION_IDLE_MS, type Tag } from './schema'
import { isSame, later, now, randomBytes, type Stop, safe } from './util'

export type Event = [tag: number, seq: number, ...fields: unknown[]]
/** Whoever sends again sends in the same order, so that a server that has heard it before folds it into the same state. */
export type Entry = [stream: Uint8Array, event: Event]
/** Events of one stream; all that is before the first one that waits has been let go. */
export type Batch = [stream: Uint8Array, covered: number, events: Event[]]
/** What tabs tell each other of a session. Of two tokens the one of more cuts is the newer. */
export type Session = [session: Uint8Array, token: Uint8Array | null, lastAt: number, arm: string | null, cuts: number]
/** A session as this tab knows it. Of several the first is drained before the next begins. */
export type Visit = [...Session, entries: Entry[]]
export type Covered = [stream: Uint8Array, seq: number][]

const VERSION = 2
const MAX_EVENTS = 500
const MAX_BYTES = 262144
/** Below what a frame and a beacon may have, with room for a hello. */
const FRAME_BYTES = 56000
/** A server takes 16 batches in a frame: each is counted as so much, so that the room ends before they do. */
const BATCH_BYTES = 3500
const CHUNK = 9999
const DAY_MS = 86400000
/** What a tab that crashes on screen may lose of what no server has: one that is left or hidden writes at once. What is stored is
 * one cut, whatever came after it, so an older one costs a resend and no more. */
const SAVE_MS = 1000

/** The oldest first. */
export let visits: Visit[] = []
let mine: Uint8Array
/** Whether what we have is stored as well. */
let isStored = false
let saving: Stop | null
/** When each event of this document was captured, from seq 1 on: an offer's delay is counted from it. */
let capturedAt: number[] = []

/** What is ours in this browser goes by this name. */
export const key = () => `_fc.${site}`

/** The tabs of one visit speak under this name. A preview is a visit apart from those that the shop's other tabs have. */
export const tabsKey = () => key() + (current()[3] ?? '')

/** What we had stored was removed: consent was refused on another page of this tab. */
export const isRefused = () => isStored && !sessionStorage.getItem(key())

/** Take up what the last page of this tab left, and begin this document's stream. */
export function open(): void {
  safe(() => {
    const stored = keeps && sessionStorage.getItem(key())
    // Nothing throws on a first page: to word the error a browser reads the whole script again, which takes it milliseconds.
    const [version, kept] = (stored ? decode(Uint8Array.from(stored, (c) => c.charCodeAt(0))) : []) as [number, Visit[]]
    if (version === VERSION) visits = kept
  })()
  const last = current()
  // A preview stays one, whatever page it goes on with and after whatever silence.
  const wanted = (arm ?? last?.[3]) as string | null
  if (!last || isOver() || wanted !== last[3]) begin(wanted)
  else startStream()
}

/** The visit that events belong to. */
export const current = () => visits.at(-1) as Visit
/** The visit that a connection speaks for: an older one until its events are acked. */
export const sending = () => visits[0] as Visit
/** The document on screen. */
export const stream = () => mine
/** What other tabs have to know. */
export const session = () => current().slice(0, 5) as Session
/** When this event was captured; undefined where it is not of this document, or where consent is gone. */
export const captured = (id: Uint8Array, seq: number): number | undefined =>
  visits[0] && isSame(id, mine) ? (capturedAt[seq - 1] ?? now()) : undefined
/** Whether silence has ended the session. */
export const isOver = (visit: Session | Visit = current()) => Date.now() - visit[2] > SESSION_IDLE_MS

/** Begin another session, and another stream with it; the one before goes once it is empty. */
export function begin(forced = current()?.[3]): void {
  visits.push([randomBytes(16), null, Date.now(), forced, 0, []])
  settle()
  startStream()
}

/** Continue the session of another tab, or take its newer token. True where we left a session of our own for it. */
export function join(theirs: Session): boolean {
  const isOther = !isSame(current()[0], theirs[0])
  // One that we minted and that no server has answered yet is simply renamed.
  const leaves = isOther && !!current()[1]
  // A tab that slept through the end of its session still speaks of it. And one that a server knows is not left for one that
  // a tab has just made up, because nobody answered it in time.
  if ((leaves && !theirs[1]) || isOver(theirs)) return false
  if (leaves) begin()
  const visit = current()
  if (isOther || theirs[4] >= visit[4]) {
    theirs[2] = Math.max(theirs[2], visit[2])
    visit.splice(0, 5, ...theirs)
  }
  return leaves
}

/** A document's stream: the UTC day, then 12 random bytes. A page that was restored is another document. */
function startStream(): void {
  mine = randomBytes(14)
  const day = Date.now() / DAY_MS
  mine.set([day / 256, day])
  capturedAt = []
}

/** Queue an event of this document. Trailing fields without content are left off: their default is the same. */
export function add<T extends Tag>(tag: T, fields: EventFields[T]): Event {
  const at = Date.now()
  const event: Event = [tag, capturedAt.push(now()), at, ...fields]
  while ((event.at(-1) ?? '') === '') event.pop()
  const visit = current()
  visit[5].push([mine, event])
  visit[2] = at
  trim()
  saveSoon()
  return event
}

/** No more than 500 wait, wherever they come from. */
function trim(): void {
  while (visits.flatMap((visit) => visit[5]).length > MAX_EVENTS) dropOldest()
}

/** The oldest event goes; what its stream covers tells the server that it will not come. */
function dropOldest(): void {
  sending()[5].shift()
  settle()
}

/** One cut: everything covered goes, and the token that stands for it comes; they are stored together. Without a token:
 * another tab says what was covered, and its session holds the token. */
export function cut(visit: Visit, covered: Covered, token?: Uint8Array): void {
  for (const [id, seq] of covered)
    visit[5] = visit[5].filter(([stream, event]) => event[1] > seq || !isSame(stream, id))
  if (token) {
    visit[1] = token
    visit[4]++
  }
  settle()
  saveSoon()
}

/** Older visits that are empty go. */
function settle(): void {
  while (visits[1] && !sending()[5][0]) visits.shift()
}

/** What another tab has still to send of a session is sent by us too: before our own where that tab had begun to send it. */
export function adopt([session]: Session, entries: Entry[], isBefore?: boolean): void {
  const known = new Set()
  for (const visit of visits)
    if (isSame(visit[0], session))
      visit[5] = (isBefore ? [...entries, ...visit[5]] : [...visit[5], ...entries]).filter(
        ([id, [, seq]]) => known.size < known.add(`${id}/${seq}`).size,
      )
  trim()
}

/** Store token and queue as one value. Without storage the page's memory has to do. */
export const save = safe(() => {
  let bytes: Uint8Array
  while ((bytes = encode([VERSION, visits])).length > MAX_BYTES) for (let i = 50; i--; ) dropOldest()
  let text = ''
  // Not byte by byte, which takes a cold page as long as all the rest; and no more at once than a call may have.
  for (let i = 0; bytes[i]! >= 0; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK))
  if (keeps) {
    sessionStorage.setItem(key(), text)
    isStored = true
  }
})

/** One write for all that comes meanwhile: to encode the queue is what a click costs most. */
function saveSoon(): void {
  if (!saving)
    saving = later(() => {
      saving = null
      if (visits[0]) save()
    }, SAVE_MS)
}

/** Consent was refused: nothing of ours stays. */
export const forget = safe(() => {
  visits = []
  isStored = false
  for (const name of [key(), '_fc.code', '_fc.debug']) sessionStorage.removeItem(name)
})

/** What was not given out before, as frames that a server takes. `given` remembers it. */
export function frames(entries: Entry[], given = new WeakSet<Entry>()): Batch[][] {
  const out: Batch[][] = []
  let room = 0
  let last: Batch | undefined
  for (const entry of entries.filter((one) => !given.has(one))) {
    given.add(entry)
    const [id, event] = entry
    const size = encode(event).length
    if (!last || room < size || !isSame(last[0], id)) {
      if (room < size + BATCH_BYTES) {
        out.push([])
        room = FRAME_BYTES
      }
      room -= BATCH_BYTES
      last = [id, Math.min(...entries.map(([stream, [, seq]]) => (isSame(stream, id) ? seq : 1 / 0))) - 1, []]
      out.at(-1)!.push(last)
    }
    last[2].push(event)
    room -= size
  }
  return out
}
