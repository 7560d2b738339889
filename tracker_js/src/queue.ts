/**
 * What waits for its ack: the visits, their streams, their events, and the token that goes with them (DESIGN 3.2, 3.3).
 *
 * Lives here: one value, in memory and as ONE entry of sessionStorage. An event leaves only when an ack covers it, or as
 * the oldest of a queue that is full: 500 events or 256 kB. Not here: any network.
 */

import { decode, encode } from './codec'
import { type EventFields, SESSION_IDLE_MS, type Tag } from './schema'
import { isSame, randomBytes, safe } from './util'

export type Event = unknown[]
/** Seqs are without gaps: the first event is `covered + 1`. */
export type Batch = [stream: Uint8Array, covered: number, events: Event[]]
/** A session as this browser knows it. The first of several is drained before the next begins. */
export type Visit = [session: Uint8Array, token: Uint8Array | null, lastAt: number, arm: string | null, batches: Batch[]]

const VERSION = 1
const MAX_EVENTS = 500
const MAX_BYTES = 262144
/** A frame takes 16 batches (core/wire.py). */
const MAX_BATCHES = 16
const DAY_MS = 86400000

let key = ''
let visits: Visit[] = []
let mine: Batch
/** `performance.now()` of each event of this document, by seq: an offer's delay is counted from it. */
let capturedAt: number[] = []

/** Take up what the last page of this tab left, or what a tab beside it told us. */
export function open(site: string, arm: string | null): void {
  key = `_fc.${site}`
  safe(() => {
    const stored = sessionStorage.getItem(key)
    const value = stored && (decode(Uint8Array.from(stored, (c) => c.charCodeAt(0))) as [number, Visit[]])
    if (value && value[0] === VERSION) visits = value[1]
  })()
  const last = visits[visits.length - 1]
  if (!last || isOver(last) || (arm && arm !== last[3])) begin(randomBytes(16), null, arm)
  startStream()
}

export const isOver = (visit: Visit) => Date.now() - visit[2] > SESSION_IDLE_MS

/** The visit that events belong to. */
export const current = () => visits[visits.length - 1] as Visit
/** The visit that a connection speaks for: an older one until its events are acked. */
export const sending = () => visits[0] as Visit
/** The document on screen. */
export const stream = () => mine[0]
export const captured = (seq: number): number | undefined => capturedAt[seq]

/** Begin another session; the one before goes once it is empty. */
export function begin(session: Uint8Array, token: Uint8Array | null, arm: string | null): void {
  visits.push([session, token, Date.now(), arm, []])
  settle()
}

/** Continue the session of another tab. True where events of this document now need a stream of their own in it. */
export function join(session: Uint8Array, token: Uint8Array | null, lastAt: number, arm: string | null): boolean {
  const visit = current()
  const isFresh = !visit[1]
  if (!isFresh && !isSame(visit[0], session)) {
    begin(session, token, arm)
    startStream()
    return true
  }
  // A session that we minted and that no server has answered yet is simply renamed.
  visit[0] = session
  visit[1] = token ?? visit[1]
  visit[2] = Math.max(visit[2], lastAt)
  visit[3] = arm
  return false
}

/** A document's stream: the UTC day, then 12 random bytes. A page that was restored is another document. */
export function startStream(): void {
  mine = [newStream(), 0, []]
  capturedAt = []
  current()[4].push(mine)
  settle()
}

function newStream(): Uint8Array {
  const id = randomBytes(14)
  const day = Math.floor(Date.now() / DAY_MS)
  id[0] = day >> 8
  id[1] = day
  return id
}

/** Queue an event of this document. Trailing fields without content are left off: their default is the same. */
export function add<T extends Tag>(tag: T, fields: EventFields[T]): Event {
  const rest: unknown[] = [...fields]
  while (rest.length && (rest[rest.length - 1] ?? '') === '') rest.pop()
  const at = Date.now()
  const seq = mine[1] + mine[2].length + 1
  const event = [tag, seq, at, ...rest]
  mine[2].push(event)
  capturedAt[seq] = performance.now()
  current()[2] = at
  if (visits.reduce((n, visit) => n + count(visit), 0) > MAX_EVENTS) dropOldest()
  return event
}

export const count = (visit: Visit) => visit[4].reduce((n, batch) => n + batch[2].length, 0)

/** The oldest event goes; its stream's `covered` tells the server that it will not come. */
function dropOldest(): void {
  const batch = visits.flatMap((visit) => visit[4]).find((b) => b[2].length)
  if (batch) {
    batch[2].shift()
    batch[1]++
  }
  settle()
}

/** One cut: everything covered goes, and the token that stands for it comes, stored together. */
export function cut(visit: Visit, covered: [Uint8Array, number][], token: Uint8Array): void {
  coverBatches(visit[4], covered)
  visit[1] = token
  settle()
  save()
}

export function coverBatches(batches: Batch[], covered: [Uint8Array, number][]): void {
  for (const [id, seq] of covered)
    for (const batch of batches)
      if (seq > batch[1] && isSame(batch[0], id)) batch[1] += batch[2].splice(0, seq - batch[1]).length
}

/** Drop empty streams of other documents, and older visits that are empty. */
function settle(): void {
  for (const visit of visits) visit[4] = visit[4].filter((batch) => batch === mine || batch[2].length)
  while (visits.length > 1 && !count(sending())) visits.shift()
}

/** Leftovers of another tab that may be gone: sent again by us, the server knows what it has. */
export function adopt(session: Uint8Array, batches: Batch[]): void {
  const visit = visits.find((v) => isSame(v[0], session))
  if (visit)
    for (const batch of batches) if (!visit[4].some((b) => isSame(b[0], batch[0]))) visit[4].unshift(batch)
}

/** Store token and queue as one value. Without storage the page's memory has to do. */
export const save: () => void = safe(() => {
  let bytes: Uint8Array
  // biome-ignore lint/suspicious/noAssignInExpressions: measured after each cut
  while ((bytes = encode([VERSION, visits])).length > MAX_BYTES) for (let i = 0; i < 50; i++) dropOldest()
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  sessionStorage.setItem(key, text)
})

/** Consent was refused: nothing of ours stays. */
export function forget(): void {
  visits = []
  safe(() => sessionStorage.removeItem(key))()
}

/** Batches in parts of at most `limit` bytes, each event once: what `from` says was sent before is left out. */
export function parts(batches: Batch[], from: (batch: Batch) => number, limit: number): Batch[][] {
  const out: Batch[][] = []
  let room = 0
  for (const batch of batches) {
    let open: Batch | undefined
    for (const event of batch[2].slice(Math.max(0, from(batch) - batch[1]))) {
      const size = encode(event).length
      if (room < size + 32 || (!open && out[out.length - 1]!.length >= MAX_BATCHES)) {
        out.push([])
        room = limit
        open = undefined
      }
      if (!open) {
        open = [batch[0], batch[1], []]
        out[out.length - 1]!.push(open)
        room -= 32
      }
      open[2].push(event)
      room -= size
    }
  }
  return out
}
