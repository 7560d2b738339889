/** From a captured event to the server: queue, tabs and transport put together. */

import { view } from './capture/pages'
import { isOff } from './config'
import { load } from './offers'
import * as queue from './queue'
import { type EventFields, ServerTag, Tag } from './schema'
import * as tabs from './tabs'
import * as transport from './transport'
import { debug, isSame, isVisible, later, now, on, type Stop, safe, whenIdle } from './util'

const SAVE_MS = 250

let isOpen = false
/** Between pagehide and pageshow: what comes now is beaconed at once. */
let isLeft = false
let isAsked = false
let hiddenAt = 0
/** Timers that run: at most one of each. */
let pushing: Stop | undefined
let saving: Stop | undefined
/** The last seq of each batch that the leading tab was given. */
let relayed = new WeakMap<queue.Batch, number>()
/** What the leading tab had still to send when we last heard of it. */
let shadow: queue.Batch[] = []
let onFrame: (frame: transport.ServerFrame) => void

const say = (what: tabs.Say, ...rest: unknown[]) => tabs.post(what, queue.session(), ...rest)

/** Another session or another stream begins with what is on screen. */
const renewed = () => view('restore')

/** Queue an event; it is encoded and sent in a later task. */
export function emit<T extends Tag>(tag: T, ...fields: EventFields[T]): queue.Event | undefined {
  if (!isOpen) return
  if (queue.isOver()) {
    queue.begin(queue.current()[3])
    queue.startStream()
    renewed()
  }
  const event = queue.add(tag, fields)
  debug(queue.stream(), event)
  if (isLeft) flushNow()
  if (!pushing) pushing = later(push)
  if (!saving) saving = later(save, SAVE_MS)
  return event
}

/** Whether anything of this document may have left it. */
export const hasSpoken = () => isAsked

function save(): void {
  saving = undefined
  if (isOpen) queue.save()
}

/** To the socket, or to the tab that has it. */
function push(): void {
  pushing = undefined
  if (!isAsked || isLeft || !isOpen) return
  if (tabs.isLeading || !tabs.isShared()) return transport.flush()
  const news = queue.parts(queue.current()[4], relayed)
  if (news[0]) say(tabs.Say.Events, news)
}

/** Start sending. `hear` gets the frames that are not acks. */
export function start(hear: (frame: transport.ServerFrame) => void): void {
  onFrame = hear
  isOpen = true
  transport.setUp(receive, () => say(tabs.Say.Lead))
  queue.open()
  meet()
}

function meet(): void {
  isLeft = isAsked = false
  tabs.meet(hearTab)
  tabs.ask(queue.session(), (isAnswered) =>
    // Nothing of ours is opened before the page has had its turn, nor before the late chunk knows what page this is.
    whenIdle(() => {
      const go = safe(() => {
        isAsked = true
        if (isVisible() || !isAnswered) take()
        else push()
      })
      load().then(go, go)
    }),
  )
}

/** The tab came on screen: learn the latest, then take the lead. */
function claim(): void {
  if (isAsked && !isLeft && !tabs.isLeading) tabs.ask(queue.session(), take)
}

function take(): void {
  if (isOpen && !isLeft)
    tabs.lead(
      () => {
        queue.adopt(shadow)
        shadow = []
        transport.connect()
      },
      () => {
        transport.disconnect()
        repeat()
      },
    )
}

/** Another tab leads: it gets everything that is not acked. */
function repeat(): void {
  relayed = new WeakMap()
  push()
}

function hearTab([what, theirs, batches, frame]: tabs.Message): void {
  if (what === tabs.Say.Ask) {
    if (tabs.isLeading || queue.current()[1]) say(tabs.Say.Session)
    return
  }
  const leads = tabs.isLeading
  if (what < tabs.Say.Events) {
    if (!leads && queue.join(theirs)) renewed()
    if (what === tabs.Say.Lead) repeat()
  } else if (!isSame(theirs[0], queue.current()[0])) return
  else if (what === tabs.Say.Events) {
    if (leads) transport.relay(batches as queue.Batch[])
  } else {
    shadow = batches as queue.Batch[]
    if (frame) digest(frame as transport.ServerFrame, queue.current())
    else if (isVisible()) claim()
  }
}

/** A frame from the server: for us, and for the tabs that have no socket. */
function receive(frame: transport.ServerFrame): void {
  const visit = queue.sending()
  digest(frame, visit)
  if (visit === queue.current()) say(tabs.Say.Frame, visit[4], frame)
  // An older session that is drained now makes room for the next.
  if (visit !== queue.sending()) transport.flush()
}

function digest(frame: transport.ServerFrame, visit: queue.Visit): void {
  const [tag, covered, token] = frame as [number, queue.Covered, Uint8Array]
  if (tag === ServerTag.Ack) {
    queue.cut(visit, covered, token)
    queue.cover(shadow, covered)
  } else onFrame(frame)
}

/** All that can still be done for what is queued, at once. */
function flushNow(): void {
  isAsked = true
  queue.save()
  transport.beacon()
}

/** Follow the page: hidden, gone into the back/forward cache, restored, online again. */
export function follow(left: () => void): void {
  on(window, 'pagehide', () => {
    left()
    isLeft = true
    flushNow()
    say(tabs.Say.Frame, queue.current()[4])
    tabs.part()
    transport.disconnect()
  })
  on(window, 'pageshow', ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return
    // Meanwhile another page of this tab took over what we had stored.
    queue.open()
    meet()
    renewed()
  })
  on(document, 'visibilitychange', () => {
    // On its way out a page is hidden too: that is no change of tabs.
    if (isLeft) return
    if (isVisible()) {
      if (!isOff('tabs')) emit(Tag.TabVisible, now() - hiddenAt)
      claim()
    } else {
      hiddenAt = now()
      if (!isOff('tabs')) emit(Tag.TabHidden)
      push()
      flushNow()
    }
  })
  on(window, 'focus', claim)
  on(window, 'online', () => tabs.isLeading && transport.connect())
}

/** Consent is gone: say nothing more and keep nothing. */
export function close(): void {
  isOpen = false
  tabs.part()
  transport.disconnect()
  queue.forget()
}
