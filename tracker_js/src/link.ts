/** From a captured event to the server: queue, tabs and transport put together. */

import { view } from './capture/pages'
import { isOff } from './config'
import { consent } from './gate'
import { load } from './offers'
import * as queue from './queue'
import { type EventFields, ServerTag, Tag } from './schema'
import * as tabs from './tabs'
import * as transport from './transport'
import { debug, isSame, isVisible, later, now, on, type Stop, safe, whenIdle } from './util'

const HAND_OVER_MS = 1000
const LATE_MS = 1000

let isOpen = false
/** Between pagehide and pageshow: what comes now is beaconed at once. */
let isLeft = false
let isAsked = false
let meetings = 0
let hiddenAt = 0
/** At most one timer runs. */
let pushing: Stop | null
/** We had the socket, and nobody who had it after us has told of an ack: what we have is in the order in which it went. */
let hasLed: true | null
/** What the leading tab had still to send when we last heard of it, and of which session. */
let shadow: [queue.Session, queue.Entry[]] | null
let onFrame: (frame: transport.ServerFrame) => void

const say = (what: tabs.Say, more?: transport.ServerFrame | boolean | null) =>
  tabs.post(what, queue.session(), queue.current()[5], more)

/** Another session or another stream begins with what is on screen. */
const renewed = () => view('restore')

/** Queue an event; it is encoded and sent in a later task. */
export function emit<T extends Tag>(tag: T, ...fields: EventFields[T]): queue.Event | undefined {
  if (!isOpen) return
  if (queue.isOver()) {
    queue.begin()
    if (tag !== Tag.PageView) renewed()
  }
  const event = queue.add(tag, fields)
  debug(queue.stream(), event)
  if (isLeft) flushNow()
  // Before the others were asked nothing goes; then all of it does.
  if (isAsked && !pushing) pushing = later(push)
  return event
}

/** Whether anything of this document may have left it. */
export const hasSpoken = () => isAsked

/** To the socket, or to the tab that has it: all that waits, since whoever had it before may be gone. */
function push(): void {
  pushing = null
  if (!isAsked || isLeft || !isOpen) return
  if (tabs.isLeading) transport.flush()
  else if (queue.current()[5][0]) say(tabs.Say.Events)
}

/** Start sending. `hear` gets the frames that are not acks. */
export function start(hear: (frame: transport.ServerFrame) => void): void {
  onFrame = hear
  isOpen = true
  transport.setUp(receive)
  queue.open()
  meet()
}

function meet(): void {
  const mine = ++meetings
  isLeft = isAsked = false
  shadow = hasLed = null
  tabs.meet(hearTab)
  tabs.ask(queue.session(), (isAnswered) =>
    // Nothing of ours is opened before the page has had its turn, nor before the late chunk knows what page this is.
    whenIdle(() => {
      const go = safe(() => {
        // Once. And meanwhile the page may have gone and come back, or consent.
        if (mine !== meetings) return
        meetings++
        isAsked = true
        if (isVisible() || !isAnswered) take()
        else push()
      })
      // A file that hangs holds nothing up.
      later(go, LATE_MS)
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
      (isTaken) => {
        if (shadow) queue.adopt(...shadow, true)
        shadow = hasLed = null
        if (isTaken || tabs.isMet) say(tabs.Say.Lead)
        // The one before us hands over what it was sending; one that sleeps does not.
        if (isTaken) later(connect, HAND_OVER_MS)
        else connect()
      },
      () => {
        transport.disconnect()
        handOver()
      },
    )
}

function connect(): void {
  if (!tabs.isLeading) return
  hasLed = true
  transport.connect()
}

/** We send no more: this is what is not acked, in the order in which it went where we led, and the token that it follows. */
const handOver = () => say(tabs.Say.Events, hasLed)

function hearTab([what, theirs, entries, more]: tabs.Message): void {
  const leads = tabs.isLeading
  const [mine, token] = queue.current()
  if (what === tabs.Say.Ask) {
    // Of two that ask at the same time the one that a server knows is joined, else the one of the smaller id.
    if (leads || token || (!theirs[1] && (isAsked || `${mine}` < `${theirs[0]}`))) say(tabs.Say.Session, hasLed)
    else queue.join(theirs)
  } else if (what < tabs.Say.Events) {
    if (!leads) {
      if (queue.join(theirs)) renewed()
      if (more) queue.adopt(theirs, entries!, true)
    }
    if (what === tabs.Say.Lead) push()
  } else if (leads) {
    if (what > tabs.Say.Events) return
    // True or nothing: what we have sent ourselves by now keeps its place.
    let isFirst = more === !hasLed
    if (!isSame(theirs[0], mine)) {
      if (!more || token) return
      // Whom we took the lead from answers late: its session is the visit's where no server knows ours.
      transport.disconnect()
      isFirst = true
    }
    queue.join(theirs)
    queue.adopt(theirs, entries!, isFirst)
    if (isFirst) connect()
    transport.flush()
  } else if (isSame(theirs[0], mine)) {
    if (what === tabs.Say.Events && !more) return
    queue.join(theirs)
    shadow = null
    // What was handed over is in the order in which it went, whoever asks us next.
    if (what === tabs.Say.Events) queue.adopt(theirs, entries!, (hasLed = true))
    else if (more) {
      shadow = [theirs, entries!]
      hasLed = null
      digest(queue.current(), more as transport.ServerFrame)
    } else {
      queue.adopt(theirs, entries!)
      if (isVisible()) claim()
    }
  }
}

/** A frame from the server: for us, and for the tabs that have no socket. */
function receive(frame: transport.ServerFrame, visit: queue.Visit): void {
  digest(visit, frame, frame[2] as Uint8Array)
  if (tabs.isMet && visit === queue.current()) say(tabs.Say.Frame, frame)
  // An older session that is drained now makes room for the next.
  if (visit !== queue.sending()) transport.flush()
}

function digest(visit: queue.Visit, frame: transport.ServerFrame, token?: Uint8Array): void {
  if (frame[0] === ServerTag.Ack) queue.cut(visit, frame[1] as queue.Covered, token)
  else onFrame(frame)
}

/** All that can still be done for what is queued, at once. */
function flushNow(): void {
  // Who was told of this session by now may not be told of another.
  isAsked = true
  queue.save()
  transport.beacon()
}

/** Follow the page: hidden, gone into the back/forward cache, restored, online again. */
export function follow(left: () => void): void {
  on(window, 'pagehide', () => {
    left()
    handOver()
    // A page that comes back from the cache begins before the one that it takes the place of has stored what it leaves.
    say(tabs.Say.Frame)
    isLeft = true
    flushNow()
    tabs.part()
    transport.disconnect()
  })
  on(window, 'pageshow', ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return
    if (queue.isRefused()) return consent('denied')
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
      if (!isOff('tabs')) emit(Tag.TabHidden)
      hiddenAt = now()
      push()
      flushNow()
    }
  })
  on(window, 'focus', claim)
  on(window, 'online', connect)
}

/** Consent is gone: say nothing more and keep nothing. */
export function close(): void {
  tabs.part()
  transport.disconnect()
  isOpen = false
  queue.forget()
}
