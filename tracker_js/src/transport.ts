/**
 * Frames to the server and back: a WebSocket, where that is blocked fetch, and beacons when the page goes.
 *
 * Lives here: connections and their pace. Not here: which tab connects (link), what stays queued (queue).
 */

import { decode, encode } from './codec'
import { host, site, wantsNotices } from './config'
import { frames, sending, stream, type Visit, visits } from './queue'
import { ClientTag, PROTOCOL_VERSION, SUBPROTOCOL } from './schema'
import { later, now, type Stop, safe } from './util'

export type ServerFrame = [tag: number, ...rest: unknown[]]

const STABLE_MS = 5000
const LONGEST_MS = 60000
/** Handshakes that must fail before fetch is tried. */
const BLOCKED_AFTER = 3

let heard: (frame: ServerFrame, visit: Visit) => void
let socket: WebSocket | null
/** The visit that this connection speaks for. */
let spoken: Visit | undefined
/** What went over this connection. */
let sent = new WeakSet()
let isWanted = false
let attempts = 0
let blocked = 0
let viaFetch = false
let isBusy = false
let stopRetry: Stop = () => {}

/** Who gets the server's frames, each with the visit that its connection speaks for. */
export const setUp = (onFrame: typeof heard) => {
  heard = onFrame
}

/** Full jitter: anywhere between now and the bound, so that a thousand pages do not come back at once. */
export const delay = (code: number, attempt: number) =>
  // 1012 is a restart, back in a moment; 1013 asks for a longer rest.
  Math.random() * (code === 1012 ? 1000 : code === 1013 ? LONGEST_MS : Math.min(LONGEST_MS, 500 * 2 ** attempt))

const hello = ([session, token, , arm]: Visit) => [
  ClientTag.Hello,
  PROTOCOL_VERSION,
  site,
  session,
  stream(),
  Date.now(),
  token,
  // A browser that a program drives: the server leaves it out of the results.
  navigator.webdriver ? 'bot' : 'live',
  null,
  wantsNotices || !!arm,
  arm,
]

/** Connect without waiting for the next attempt, and stay connected until `disconnect`. */
export function connect(): void {
  attempts = blocked = 0
  isWanted = true
  open()
}

export function disconnect(): void {
  isWanted = false
  hangUp()
}

function hangUp(): void {
  stopRetry()
  socket?.close()
  socket = null
}

function open(): void {
  if (socket) return
  stopRetry()
  spoken = sending()
  sent = new WeakSet()
  if (viaFetch) return flush()
  let openedAt = 0
  const failed = (code: number) => {
    socket = null
    if (openedAt) {
      if (now() - openedAt > STABLE_MS) attempts = 0
    } else if (++blocked >= BLOCKED_AFTER) exchange()
    stopRetry = later(open, delay(code, attempts++))
  }
  try {
    const ws = new WebSocket(`${host.replace('http', 'ws')}/v1/stream?site=${site}`, SUBPROTOCOL)
    socket = ws
    ws.binaryType = 'arraybuffer'
    ws.onopen = safe(() => {
      openedAt = now()
      blocked = 0
      ws.send(encode(hello(spoken!)))
      flush()
    })
    ws.onmessage = safe(({ data }) => heard(decode(new Uint8Array(data)) as ServerFrame, spoken!))
    ws.onclose = safe(({ code }) => {
      if (ws === socket) failed(code)
    })
  } catch {
    // Mixed content and the like: the constructor itself refuses.
    failed(0)
  }
}

/** Send what was not sent yet over this connection. */
export function flush(): void {
  if (!isWanted) return
  if (viaFetch) {
    // A short wait gathers what belongs together; after a failure the next attempt is set already.
    if (!attempts) {
      stopRetry()
      stopRetry = later(exchange, 200)
    }
  } else if (spoken !== sending()) {
    // The older session is drained: the next one needs a hello of its own.
    hangUp()
    open()
  } else if (socket?.readyState === 1) {
    for (const batches of frames(spoken[5], sent)) socket.send(encode([ClientTag.Events, batches]))
  }
}

/** What is not acked of a visit, as bodies of a POST. text/plain needs no preflight, which would die with the page. */
const requests = (visit: Visit) =>
  frames(visit[5]).map((batches) => ({
    method: 'POST',
    body: new Blob([encode([hello(visit), [ClientTag.Events, batches]])], { type: 'text/plain' }),
    keepalive: true,
  }))

const url = () => `${host}/v1/events`

/** One request instead of the socket. The first that succeeds while handshakes fail makes this the way of the page. */
async function exchange(): Promise<void> {
  const visit = sending()
  const token = visit?.[1]
  const [request] = isWanted && !isBusy ? requests(visit) : []
  if (!request) return
  isBusy = true
  try {
    const answer = await fetch(`${url()}?reply=1`, request)
    if (!answer.ok) throw answer
    const frames = decode(new Uint8Array(await answer.arrayBuffer())) as ServerFrame[]
    // A socket, or another tab, may have been quicker: its token is the newer one, and what this answer covers is sent again.
    if (isWanted && visit === sending() && visit[1] === token) {
      viaFetch = true
      attempts = 0
      hangUp()
      frames.forEach(safe((frame) => heard(frame, visit)))
    }
  } catch (answer) {
    // Refused, or blocked where no server has ever answered: this page gives up. What it queued, the next one sends.
    if (((answer as Response).status ?? (spoken![1] && 500))! < 429) disconnect()
    attempts++
  }
  isBusy = false
  if (viaFetch) stopRetry = later(exchange, delay(0, attempts))
}

/** Everything that is not acked, without an answer. It stays queued: the next page sends it again, for its scores. */
export function beacon(): void {
  for (const request of visits.flatMap(requests))
    if (!navigator.sendBeacon(url(), request.body)) fetch(url(), request).catch(() => {})
}
