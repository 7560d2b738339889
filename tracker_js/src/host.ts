/**
 * What t.js lends to the chunks that come after it: files of their own, one contract.
 *
 * t.js holds what a page needs in its first second; l.js what can wait until the page rests; r.js what draws offers.
 */

import { report } from './capture/commerce'
import { check, currentType, learn, onView } from './capture/pages'
import { slug } from './clean'
import { isOff, host as server, setting, site } from './config'
import { emit } from './link'
import { captured, current } from './queue'
import type { ServerFrame } from './transport'
import { debug, type Stop } from './util'

/** What the shop's page listens for: `fifthclick('on', name, handler)`. */
export type Handler = (value: unknown, more?: unknown) => void
export const handlers: [name: string, handler: Handler][] = []

/** Whom a claim is for. */
const visit = (): [host: string, site: string, session: Uint8Array] => [server, site, current()[0]]

export const host = {
  emit,
  /** What a page shows of the shop's e-commerce; silent once the shop tells it itself. */
  // biome-ignore lint/suspicious/noExplicitAny: GA4's parameters
  report: (name: string, data?: any) => report(name, data, true),
  slug,
  onView,
  check,
  currentType,
  learn,
  captured,
  handlers,
  visit,
  setting,
  isOff,
  debug,
}
export type Host = typeof host

/** The late chunk's door. */
export interface Late {
  /** Begin to capture what needs time: attention, intent to leave, form fields. Returns the off switch. */
  watch: (host: Host) => Stop
  /** What does not wait for the gate: the shop's consent platform is asked, the debug box opened, where they are wanted. */
  early: (host: Host, consent: (word: string) => void) => void
  /** A frame that is not an ack. */
  hear: (frame: ServerFrame, host: Host) => Promise<unknown>
  /** The page goes: nothing drawn stays. */
  clear: () => void
}
