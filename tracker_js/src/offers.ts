/** From a server's frame to the renderer, which is fetched when it is first needed or when the page rests. */

import { emit } from './link'
import { currentType } from './capture/pages'
import { captured, stream } from './queue'
import { type EventFields, ServerTag, Tag } from './schema'
import type { ServerFrame } from './transport'
import { isSame, safe } from './util'

/** What the server asks to be drawn. */
export interface Offer {
  decision_id: string
  action_id: string
  params: Record<string, unknown>
  /** `performance.now()` until which it may be drawn. */
  until: number
  /** `performance.now()` when the deciding event was captured. */
  since: number
}

export type ActionTag = Tag.ActionShown | Tag.ActionClicked | Tag.ActionDismissed | Tag.ActionSubmitted | Tag.ActionWithheld

/** What the renderer may do: report, and read. */
export interface Host {
  report: (tag: ActionTag, offer: Offer, ...rest: (string | number)[]) => void
  pageType: () => string
  /** The shopper took the offer: the page that listens grants it. */
  grant: (offer: Offer) => void
}

export interface Renderer {
  offer: (offer: Offer, host: Host) => void
  withdraw: (decisionId: string) => void
  clear: () => void
}

/** Set at build time: the renderer's file name with its content's hash. */
declare const RENDERER: string

const handlers: Record<string, ((value: unknown, more?: unknown) => void)[]> = {}
let address = ''
let renderer: Promise<Renderer> | undefined
let loaded: Renderer | undefined

export function setHost(url: string): void {
  address = `${url}/${RENDERER}`
}

/** `fifthclick('on', 'action' | 'notice', fn)`. */
export function on(name: string, handler: (value: unknown, more?: unknown) => void): void {
  handlers[name] ??= []
  handlers[name].push(safe(handler))
}

const call = (name: string, value: unknown, more?: unknown) => {
  for (const handler of handlers[name] ?? []) handler(value, more)
}

/** Fetch the renderer. A native import passes a strict CSP with nonces and Trusted Types. */
export function load(): Promise<Renderer> {
  renderer ??= import(/* @vite-ignore */ address).then((module: Renderer) => (loaded = module))
  return renderer
}

const host: Host = {
  report: (tag, offer, ...rest) => {
    const { decision_id, action_id } = offer
    emit(tag, ...([decision_id, action_id, ...rest] as EventFields[ActionTag]))
    ;(window as unknown as { dataLayer: unknown[] }).dataLayer.push({
      event: 'fifthclick_action',
      action_event: NAMES[tag - Tag.ActionShown],
      decision_id,
      action_id,
    })
  },
  pageType: currentType,
  grant: ({ params, decision_id, action_id }) => call('action', params, { decision_id, action_id }),
}

const NAMES = ['shown', 'clicked', 'dismissed', 'submitted', 'withheld']

/** Take a frame that is not an ack. Actions and notices count for the document that they name, withdrawals for all. */
export function hear(frame: ServerFrame): void {
  const [tag, id, seq, ...rest] = frame
  if (tag === ServerTag.ActionFrame) draw(id as string, seq as Uint8Array, rest)
  else if (tag === ServerTag.Withdraw) loaded?.withdraw(id as string)
  else if (tag === ServerTag.Notice && isSame(id as Uint8Array, stream())) {
    const [score_permille, segment, reason, action_id, words] = rest
    call('notice', { seq, score_permille, segment, reason, action_id, words })
  }
}

function draw(decision_id: string, id: Uint8Array, [seq, action_id, params, valid]: unknown[]): void {
  if (!isSame(id, stream())) return
  const now = performance.now()
  const since = captured(seq as number) ?? now
  const offer = { decision_id, action_id, params, until: now + (valid as number), since } as Offer
  load().then(
    (r) => r.offer(offer, host),
    () => {
      // Blocked or offline: it may work next time.
      renderer = undefined
      host.report(Tag.ActionWithheld, offer, 'blocked')
    },
  )
}

/** The page goes: nothing drawn stays behind in the back/forward cache. */
export function clear(): void {
  loaded?.clear()
}
