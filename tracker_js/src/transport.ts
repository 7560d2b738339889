/**
 * Frames to the server and back: a WebSocket, where that is blocked fetch, and beacons when the page goes.
 *
 * Lives here: connections and their pace. Not here: which tab connects (link), what stays queued (queue).
 */

import { decode, encode } from './codec'
import type { Config } from './config'
import { type Batch, parts, sending, stream, type Visit } from './queue'
import { ClientTag, MAX_BEACON_BYTES, PROTOCOL_VERSION, SUBPROTOCOL } from './schema'
import { later, type Stop, safe } from './util'

export type ServerFrame = [tag: number, ...rest: unknown[]]

const PART_BYTES = 58000
const STABLE_MS = 5000
const LONGEST_MS = 60000
/** Handshakes that must fail before fetch is tried. */
const BLOCKED_AFTER = 3

let config: Config
let heard: (frame: ServerFrame) => void
let opened: () => void
let socket: WebSocket | undefined
/** The visit that this connection speaks for. */
let spoken: Visit | undefined
/** The last seq of each batch that went over this connection. */
let sent = new WeakMap<Batch, number>()
let isWanted = false
let attempts = 0
let blocked = 0
let viaFetch = false
let isBusy = false
let stopRetry: Stop | undefined

export function setUp(c: Config, onFrame: (frame: ServerFrame) => void, onOpen: () => void): void {
  config = c
  heard = onFrame
  opened = onOpen
}

/** Full jitter: anywhere between now and the bound, so that a thousand pages do not come back at once. */
export function delay(code: number, attempt: number): number {
  if (code === 1012) return Math.random() * 1000
  if (code === 1013) return 5000 + Math.random() * 25000
  return Math.random() * Math.min(LONGEST_MS, 500 * 2 ** attempt)
}

const hello = (visit: Visit) => [
  ClientTag.Hello,
  PROTOCOL_VERSION,
  config.site,
  visit[0],
  stream(),
  Date.now(),
  visit[1],
  visit[3] ? 'preview' : 'live',
  visit[3],
  config.wantsNotices,
]

/** Connect, and stay connected until `disconnect`. */
export function connect(): void {
  isWanted = true
  open()
}

export function disconnect(): void {
  isWanted = false
  hangUp()
}

/** The way is free again: do not wait for the next attempt. */
export function hurry(): void {
  attempts = blocked = 0
  if (isWanted) open()
}

function hangUp(): void {
  stopRetry?.()
  const old = socket
  socket = undefined
  old?.close()
}

function open(): void {
  if (socket) return
  stopRetry?.()
  spoken = sending()
  sent = new WeakMap()
  if (viaFetch) return flush()
  try {
    const ws = new WebSocket(`${config.host.replace(/^http/, 'ws')}/v1/stream?site=${config.site}`, SUBPROTOCOL)
    let openedAt = 0
    socket = ws
    ws.binaryType = 'arraybuffer'
    ws.onopen = safe(() => {
      openedAt = performance.now()
      blocked = 0
      ws.send(encode(hello(spoken!)))
      flush()
      opened()
    })
    ws.onmessage = safe((e: MessageEvent) => heard(decode(new Uint8Array(e.data)) as ServerFrame))
    ws.onclose = safe((e: CloseEvent) => {
      if (ws !== socket) return
      socket = undefined
      if (openedAt && performance.now() - openedAt > STABLE_MS) attempts = 0
      lost(e.code, !openedAt)
    })
  } catch {
    // Mixed content and the like: the constructor itself refuses.
    socket = undefined
    lost(0, true)
  }
}

function lost(code: number, isHandshake: boolean): void {
  stopRetry = later(open, delay(code, attempts++))
  if (isHandshake && ++blocked >= BLOCKED_AFTER) exchange()
}

/** Send what was not sent yet over this connection. */
export function flush(): void {
  if (!isWanted) return
  if (viaFetch) {
    // A short wait gathers what belongs together.
    stopRetry?.()
    stopRetry = later(exchange, 200)
  } else if (spoken !== sending()) {
    // The older session is drained: the next one needs a hello of its own.
    hangUp()
    open()
  } else if (socket?.readyState === 1) {
    relay(spoken[4], (batch) => sent.get(batch) ?? 0)
    for (const batch of spoken[4]) sent.set(batch, batch[1] + batch[2].length)
  }
}

/** Send these batches, another tab's for example, now or not at all. */
export function relay(batches: Batch[], from: (batch: Batch) => number): void {
  if (socket?.readyState === 1)
    for (const part of parts(batches, from, PART_BYTES)) socket.send(encode([ClientTag.Events, part]))
}

const all = (batch: Batch) => batch[1]

/** One request instead of the socket. The first that succeeds while handshakes fail makes this the way of the page. */
async function exchange(): Promise<void> {
  const visit = sending()
  const part = parts(visit[4], all, PART_BYTES)[0]
  if (isBusy || !isWanted || !part) return
  isBusy = true
  let code = 0
  try {
    const answer = await fetch(`${config.host}/v1/events?reply=1`, {
      method: 'POST',
      body: body(visit, part),
      credentials: 'omit',
    })
    if (!answer.ok) throw answer
    const frames = decode(new Uint8Array(await answer.arrayBuffer())) as ServerFrame[]
    viaFetch = true
    attempts = 0
    hangUp()
    frames.forEach(safe(heard))
  } catch {
    code = 1
  }
  isBusy = false
  if (viaFetch && parts(sending()[4], all, PART_BYTES).length)
    stopRetry = later(exchange, code ? delay(0, attempts++) : 1000)
}

const body = (visit: Visit, part: Batch[]) =>
  // text/plain needs no preflight, which would die with the page.
  new Blob([encode([hello(visit), [ClientTag.Events, part]])], { type: 'text/plain' })

/** Everything that is not acked, without an answer. It stays queued: the next page sends it again, for its scores. */
export function beacon(): void {
  const visit = sending()
  const url = `${config.host}/v1/events`
  for (const part of parts(visit[4], all, MAX_BEACON_BYTES - 3072)) {
    const blob = body(visit, part)
    if (!navigator.sendBeacon(url, blob))
      fetch(url, { method: 'POST', body: blob, keepalive: true, mode: 'no-cors', credentials: 'omit' }).catch(() => {})
  }
}

export const isConnected = () => socket?.readyState === 1
