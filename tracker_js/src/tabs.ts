/**
 * Several tabs are one visit: one of them, the one on screen, holds the socket, the others hand it their events.
 *
 * The tab that comes on screen asks for the session, waits a moment for an answer, then takes the lock over: stealing works
 * also where the leader is frozen or gone. Without BroadcastChannel or Web Locks each tab has its own connection, which is legal.
 */

import { type Entry, type Session, tabsKey } from './queue'
import type { ServerFrame } from './transport'
import { later, type Stop, safe } from './util'

export const enum Say {
  /** Who has a session? */
  Ask,
  /** [entries, whether I led and nobody may have heard my hand-over]: this is it. */
  Session,
  /** The socket is mine now: give me your queues. */
  Lead,
  /** [entries, whether I led]: please send; before your own where I had begun to send it. */
  Events,
  /** [entries, frame]: what I still have to send, and a server's frame; without one I am going. */
  Frame,
}

export type Message = [say: Say, session: Session, entries?: Entry[], more?: ServerFrame | boolean | null]

const ANSWER_MS = 50
/** Where the session is not known yet, a wrong guess would make two of one visit, and a busy tab answers late. */
const FIRST_ANSWER_MS = 200
const LOCK_TRIES = 3

let channel: BroadcastChannel | null
let release: Stop | undefined
let answered: (isAnswered: boolean) => void = () => {}
let stopAsking: Stop = () => {}

export let isLeading = false
/** Whether another tab was ever heard. One that was not, because it sleeps or is busy, learns the latest when it asks. */
export let isMet = false
/** Whether other tabs can be spoken to at all. */
export const isShared = () => channel && navigator.locks

export const post = (...message: Message) => channel?.postMessage(message)

/** Join the other tabs of this site. */
export const meet = safe((hear: (message: Message) => void) => {
  channel = new BroadcastChannel(tabsKey())
  channel.onmessage = safe(({ data }: MessageEvent<Message>) => {
    isMet = true
    hear(data)
    if (data[0] === Say.Session) answered(true)
  })
})

/** Let go of lock and channel: each of them can cost the shop the back/forward cache. */
export function part(): void {
  isLeading = false
  stopAsking()
  release?.()
  channel?.close()
  channel = null
}

/** Ask the others, and go on at the first answer or after a moment. */
export function ask(session: Session, then: (isAnswered: boolean) => void): void {
  stopAsking()
  answered = (isAnswered) => {
    answered = stopAsking
    stopAsking()
    then(isAnswered)
  }
  stopAsking = later(() => answered(false), channel ? (session[1] ? ANSWER_MS : FIRST_ANSWER_MS) : 0)
  post(Say.Ask, session)
}

/** Become the leader; `won` hears whether another tab was it until now, `lost` is called when another takes over. */
export function lead(won: (isTaken: boolean) => void, lost: () => void): void {
  let mine: Stop | undefined
  let isTaken = false
  const take = (resolve?: Stop) => {
    release = mine = resolve
    isLeading = true
    won(isTaken)
  }
  if (!isShared()) return take()
  let left = LOCK_TRIES
  const request = (options: LockOptions): Promise<unknown> =>
    navigator.locks
      .request(tabsKey(), options, (lock) => {
        // The page may have gone into the back/forward cache while the lock was on its way.
        if (lock) return channel && new Promise<void>(take)
        return request({ steal: (isTaken = true) })
      })
      .catch(
        safe(() => {
          if (mine) {
            // Stolen, and not by this tab's own next request.
            if (release !== mine) return
            isLeading = false
            lost()
          }
          // Never had. A lock that comes while the page opens a window finds no callback that may run, and is free again: who
          // led without it would lead beside the next tab. A page that may take no locks at all leads for itself.
          else left-- ? request(options) : take()
        }),
      )
  request({ ifAvailable: true })
}
