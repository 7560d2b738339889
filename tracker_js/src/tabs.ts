/**
 * Several tabs are one visit: one of them, the one on screen, holds the socket, the others hand it their events.
 *
 * The tab that comes on screen asks for the session, waits 50 ms for an answer, then takes the lock over: stealing works
 * also where the leader is frozen or gone. Without BroadcastChannel or Web Locks each tab has its own connection, which is legal.
 */

import { later, type Stop, safe } from './util'

export const enum Say {
  /** Who has a session? */
  Ask,
  /** [session, token, lastAt, arm]: this is it. */
  Session,
  /** [session, token, lastAt, arm]: I have the socket now, give me your queues. */
  Lead,
  /** [session, batches]: please send. */
  Events,
  /** [session, frame, batches]: a server's frame, and what I still have to send. */
  Frame,
  /** [session, batches]: I am going; this was not acked. */
  Bye,
}

export type Message = [say: Say, ...rest: unknown[]]

const ANSWER_MS = 50

let channel: BroadcastChannel | undefined
let lockName = ''
let release: (() => void) | undefined
let leading = false
let answered: (() => void) | undefined

export const isLeading = () => leading

/** Whether other tabs could be spoken to at all. */
export const isShared = () => !!channel && !!navigator.locks

export function post(...message: Message): void {
  safe(() => channel?.postMessage(message))()
}

/** Join the other tabs of this site. Returns how to leave them, lock and channel released. */
export function meet(site: string, hear: (message: Message) => void): Stop {
  lockName = `_fc.${site}`
  safe(() => {
    channel = new BroadcastChannel(lockName)
    channel.onmessage = safe((e: MessageEvent) => {
      hear(e.data)
      if (e.data[0] === Say.Session) answered?.()
    })
  })()
  return () => {
    yieldLead()
    channel?.close()
    channel = undefined
  }
}

/** Ask the others, and go on at the first answer or after 50 ms. */
export function ask(then: (isAnswered: boolean) => void): void {
  if (!channel) return then(false)
  const stop = later(() => done(false), ANSWER_MS)
  const done = (isAnswered: boolean) => {
    stop()
    answered = undefined
    then(isAnswered)
  }
  answered = () => done(true)
  post(Say.Ask)
}

/** Become the leader; `lost` is called when another tab takes over. */
export function lead(won: () => void, lost: () => void): void {
  if (leading) return won()
  if (!isShared()) {
    leading = true
    return won()
  }
  const { locks } = navigator
  locks
    .request(
      lockName,
      { steal: true },
      () =>
        new Promise<void>((resolve) => {
          // The page may have gone into the back/forward cache while the lock was on its way.
          if (!channel) return resolve()
          release = resolve
          leading = true
          safe(won)()
        }),
    )
    .catch(() => {
      // Stolen: the tab on screen goes on.
      leading = false
      safe(lost)()
    })
}

function yieldLead(): void {
  leading = false
  release?.()
  release = undefined
}
