/**
 * What waits for its ack: the visits, their streams, their events, and the token that goes with them (DESIGN 3.2, 3.3).
 *
 * Lives here: one value, in memory and as ONE entry of sessionStorage. An event leaves only when an ack covers it, or as
 * the oldest of a queue that is full: 500 events or 256 kB. Not here: any network.
 */

import { decode, encode } from './codec'
import { arm, keeps, site } from './config'
import { type EventFields, SESSION_IDLE_MS, type Tag } from './schema'
import { isSame, now, randomBytes, safe } from './util'

export type Event = unknown[]
/** Seqs are without gaps: the first event is `covered + 1`. */
export type Batch = [stream: Uint8Array, covered: number, events: Event[]]
/** What tabs tell each other of a session. */
export type Session = [session: Uint8Array, token: Uint8Array | null, lastAt: number, arm: string | null]
/** A session as this tab knows it. Of several the first is drained before the next begins. */
export type Visit = [...Session, batches: Batch[]]
export type Covered = [stream: Uint8Array, seq: number][]

const VERSION = 1
const MAX_EVENTS = 500
const MAX_BYTES = 262144
/** Below what a frame and a beacon may have, with room for a hello. */
const FRAME_BYTES = 56000
const DAY_MS = 86400000

let visits: Visit[] = []
let mine: Batch
/** When each event of this document was captured, by seq: an offer's delay is counted from it. */
let capturedAt: number[] = []

/** What is ours in this browser goes by this name. */
export const key = () => `_fc.${site}`

/** Take up what the last page of this tab left, and begin this document's stream. */
export function open(): void {
  safe(() => {
    const stored = keeps && sessionStorage.getItem(key())
    const [version, kept] = decode(Uint8Array.from(stored as string, (c) => c.charCodeAt(0))) as [number, Visit[]]
    if (version === VERSION) visits = kept
  })()
  const last = current()
  if (!last || isOver() || (arm && arm !== last[3])) begin(arm)
  startStream()
}

/** The visit that events belong to. */
export const current = () => visits.at(-1) as Visit
/** The visit that a connection speaks for: an older one until its events are acked. */
export const sending = () => visits[0] as Visit
/** The document on screen. */
export const stream = () => mine[0]
/** What other tabs have to know. */
export const session = () => current().slice(0, 4) as Session
/** When this event was captured; undefined where it is not of this document, or where consent is gone. */
export const captured = (id: Uint8Array, seq: number): number | undefined =>
  visits[0] && isSame(id, mine[0]) ? (capturedAt[seq] ?? now()) : undefined
/** Whether silence has ended the session. */
export const isOver = (visit: Session | Visit = current()) => Date.now() - visit[2] > SESSION_IDLE_MS

/** Begin another session; the one before goes once it is empty. */
export function begin(forced: string | null): void {
  visits.push([randomBytes(16), null, Date.now(), forced, []])
}

/** Continue the session of another tab. True where we left one of our own for it. */
export function join(theirs: Session): boolean {
  // A tab that slept through the end of its session still speaks of it.
  if (isOver(theirs)) return false
  const [id, token, lastAt, forced] = theirs
  const leaves = !!current()[1] && !isSame(current()[0], id)
  // One that we minted and that no server has answered yet is simply renamed.
  if (leaves) begin(null)
  const visit = current()
  visit.splice(0, 4, id, token ?? visit[1], Math.max(lastAt, visit[2]), forced)
  if (leaves) startStream()
  return leaves
}

/** A document's stream: the UTC day, then 12 random bytes. A page that was restored is another document. */
export function startStream(): void {
  const id = randomBytes(14)
  const day = Date.now() / DAY_MS
  id.set([day / 256, day])
  mine = [id, 0, []]
  capturedAt = []
  current()[4].push(mine)
  settle()
}

/** Queue an event of this document. Trailing fields without content are left off: their default is the same. */
export function add<T extends Tag>(tag: T, fields: EventFields[T]): Event {
  const at = Date.now()
  const seq = mine[1] + mine[2].length + 1
  const event = [tag, seq, at, ...fields]
  while ((event.at(-1) ?? '') === '') event.pop()
  mine[2].push(event)
  capturedAt[seq] = now()
  current()[2] = at
  if (count(batches()) > MAX_EVENTS) dropOldest()
  return event
}

const batches = () => visits.flatMap((visit) => visit[4])
const count = (of: Batch[]) => of.flatMap(([, , events]) => events).length

/** The oldest event goes; its stream's `covered` tells the server that it will not come. */
function dropOldest(): void {
  const batch = batches().find(([, , events]) => events[0])!
  cover([batch], [[batch[0], batch[1] + 1]])
  settle()
}

/** One cut: everything covered goes, and the token that stands for it comes, stored together. */
export function cut(visit: Visit, covered: Covered, token: Uint8Array): void {
  cover(visit[4], covered)
  visit[1] = token
  settle()
  save()
}

export function cover(batches: Batch[], covered: Covered): void {
  for (const [id, seq] of covered)
    for (const batch of batches)
      if (seq > batch[1] && isSame(batch[0], id)) batch[1] += batch[2].splice(0, seq - batch[1]).length
}

/** Drop empty streams of other documents, and older visits that are empty. */
function settle(): void {
  for (const visit of visits) visit[4] = visit[4].filter((batch) => batch === mine || batch[2][0])
  while (visits[1] && !count(sending()[4])) visits.shift()
}

/** Leftovers of another tab, which may be gone: sent again by us; the server knows what it has. */
export function adopt(batches: Batch[]): void {
  const own = current()[4]
  own.unshift(...batches.filter(([id]) => !own.some((batch) => isSame(batch[0], id))))
}

/** Store token and queue as one value. Without storage the page's memory has to do. */
export const save = safe(() => {
  let bytes: Uint8Array
  while ((bytes = encode([VERSION, visits])).length > MAX_BYTES) for (let i = 50; i--; ) dropOldest()
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  if (keeps) sessionStorage.setItem(key(), text)
})

/** Consent was refused: nothing of ours stays. */
export const forget = safe(() => {
  visits = []
  sessionStorage.removeItem(key())
  sessionStorage.removeItem('_fc.code')
})

/** What was not given out before, in batches that a frame can hold. `given` remembers the last seq of each. */
export function parts(batches: Batch[], given?: WeakMap<Batch, number>): Batch[] {
  const out: Batch[] = []
  for (const batch of batches) {
    const [id, covered, events] = batch
    let room = 0
    for (const event of events.slice(Math.max(0, (given?.get(batch) ?? 0) - covered))) {
      const size = encode(event).length
      if (room < size) {
        out.push([id, covered, []])
        room = FRAME_BYTES
      }
      out.at(-1)![2].push(event)
      room -= size
    }
    given?.set(batch, covered + events.length)
  }
  return out
}
