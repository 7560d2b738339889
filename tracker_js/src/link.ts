/** From a captured event to the server: queue, tabs and transport put together. */

import type { Config } from './config'
import * as queue from './queue'
import { type EventFields, ServerTag, type Tag } from './schema'
import * as tabs from './tabs'
import * as transport from './transport'
import { debug, isSame, later, listen, randomBytes, type Stop, whenIdle } from './util'

const SAVE_MS = 250
/** A visible tab that waits this long for an ack takes the lead itself. */
const IMPATIENT_MS = 5000

let config: Config
let isOpen = false
/** Between pagehide and pageshow: what comes now is beaconed at once. */
let isLeft = false
let isAsked = false
let stopTabs: Stop | undefined
let stopPush: Stop | undefined
let stopSave: Stop | undefined
let stopWatch: Stop | undefined
let relayed = new WeakMap<queue.Batch, number>()
/** What the leading tab had still to send when we last heard of it. */
let shadow: [session: Uint8Array, batches: queue.Batch[]] | undefined
let onPage: (frame: transport.ServerFrame) => void
let onSession: () => void

const isVisible = () => document.visibilityState !== 'hidden'
const me = () => queue.current().slice(0, 4)

/** Queue an event; it is encoded and sent in a later task. */
export function emit<T extends Tag>(tag: T, ...fields: EventFields[T]): void {
  if (!isOpen) return
  if (queue.isOver(queue.current())) {
    queue.begin(randomBytes(16), null, queue.current()[3])
    queue.startStream()
    onSession()
  }
  debug(queue.add(tag, fields))
  if (isLeft) flushNow()
  else {
    stopPush ??= later(push, 0)
    stopSave ??= later(save, SAVE_MS)
  }
}

function save(): void {
  stopSave = undefined
  queue.save()
}

function push(): void {
  stopPush = undefined
  if (tabs.isLeading()) return transport.flush()
  if (!isAsked || !tabs.isShared()) return
  const visit = queue.current()
  const news = queue.parts(visit[4], (batch) => relayed.get(batch) ?? 0, 1e6)
  for (const batch of visit[4]) relayed.set(batch, batch[1] + batch[2].length)
  for (const part of news) tabs.post(tabs.Say.Events, visit[0], part)
  stopWatch ??= later(() => {
    stopWatch = undefined
    if (isVisible() && queue.count(visit)) claim()
  }, IMPATIENT_MS)
}

/** Start sending. `hear` gets the frames for this document, `renewed` is told when another session has begun. */
export function start(c: Config, hear: (frame: transport.ServerFrame) => void, renewed: () => void): void {
  config = c
  onPage = hear
  onSession = renewed
  isOpen = true
  transport.setUp(c, receive, () => tabs.post(tabs.Say.Lead, ...me()))
  queue.open(c.site, c.arm)
  meet()
}

function meet(): void {
  isLeft = isAsked = false
  stopTabs = tabs.meet(config.site, hearTab)
  tabs.ask((isAnswered) => {
    // Nothing of ours is opened before the page has had its turn.
    whenIdle(() => {
      if (!isOpen || isLeft) return
      isAsked = true
      if (isVisible() || !isAnswered) take()
      else push()
    })
  })
}

/** The tab came on screen: learn the latest, then take the lead. */
function claim(): void {
  if (isOpen && isAsked && !isLeft && !tabs.isLeading()) tabs.ask(take)
}

function take(): void {
  if (isLeft) return
  tabs.lead(
    () => {
      if (shadow) queue.adopt(...shadow)
      shadow = undefined
      transport.connect()
    },
    () => {
      transport.disconnect()
      relayed = new WeakMap()
      push()
    },
  )
}

function hearTab([say, session, ...rest]: tabs.Message): void {
  const id = session as Uint8Array
  const isOurs = id && isSame(id, queue.current()[0])
  switch (say) {
    case tabs.Say.Ask:
      if (tabs.isLeading() || queue.current()[1]) tabs.post(tabs.Say.Session, ...me())
      break
    case tabs.Say.Session:
    case tabs.Say.Lead:
      if (say === tabs.Say.Session && tabs.isLeading()) break
      if (queue.join(id, ...(rest as [Uint8Array | null, number, string | null]))) onSession()
      relayed = new WeakMap()
      if (say === tabs.Say.Lead) push()
      break
    case tabs.Say.Events:
      if (tabs.isLeading() && isOurs) transport.relay(rest[0] as queue.Batch[], () => 0)
      break
    case tabs.Say.Frame:
      if (isOurs) {
        if (rest[1]) shadow = [id, rest[1] as queue.Batch[]]
        digest(rest[0] as transport.ServerFrame)
      }
      break
    case tabs.Say.Bye:
      if (isOurs) shadow = [id, rest[0] as queue.Batch[]]
      if (isVisible()) claim()
  }
}

/** A frame from the server: for us, and for the tabs that have no socket. */
function receive(frame: transport.ServerFrame): void {
  const visit = queue.sending()
  digest(frame, visit)
  tabs.post(tabs.Say.Frame, visit[0], frame, frame[0] === ServerTag.Ack ? visit[4] : null)
  // An older session that is drained now makes room for the next.
  if (visit !== queue.sending()) transport.flush()
}

function digest(frame: transport.ServerFrame, visit = queue.current()): void {
  if (frame[0] === ServerTag.Ack) {
    const covered = frame[1] as [Uint8Array, number][]
    queue.cut(visit, covered, frame[2] as Uint8Array)
    if (shadow) queue.coverBatches(shadow[1], covered)
  } else onPage(frame)
}

/** All that can still be done for what is queued, synchronously. */
function flushNow(): void {
  stopPush?.()
  stopSave?.()
  stopPush = stopSave = undefined
  queue.save()
  transport.beacon()
}

/** Follow the page: hidden, gone into the back/forward cache, restored, online again. Returns the off switch. */
export function follow(left: Stop, restored: Stop): Stop {
  const stops = [
    listen(window, 'pagehide', () => {
      left()
      isLeft = true
      flushNow()
      tabs.post(tabs.Say.Bye, queue.current()[0], queue.current()[4])
      stopTabs?.()
      transport.disconnect()
    }),
    listen<PageTransitionEvent>(window, 'pageshow', (e) => {
      if (!e.persisted) return
      // Meanwhile another page of this tab took over what we had stored.
      queue.open(config.site, null)
      meet()
      restored()
    }),
    listen(document, 'visibilitychange', () => {
      if (isLeft) return
      if (isVisible()) claim()
      else if (tabs.isLeading() && transport.isConnected()) {
        transport.flush()
        queue.save()
      } else flushNow()
    }),
    listen(window, 'focus', claim),
    listen(window, 'online', transport.hurry),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** Consent is gone: say nothing more and keep nothing. */
export function close(): void {
  isOpen = false
  stopPush?.()
  stopSave?.()
  stopWatch?.()
  stopPush = stopSave = stopWatch = undefined
  stopTabs?.()
  transport.disconnect()
  queue.forget()
}
