/**
 * The renderer, r.js: offers are drawn here, one file per action type, named as in core/actions.py. To add one, draw it
 * there and list it in `LOOKS`.
 */

import type { Host } from '../host'
import { ServerTag, Tag } from '../schema'
import type { ServerFrame } from '../transport'
import { now, type Stop, safe } from '../util'
import { draw as assistance } from './assistance'
import { heed } from './calm'
import { draw as content } from './content'
import { draw as cross_sell } from './cross_sell'
import { draw as email_capture } from './email_capture'
import { draw as free_shipping } from './free_shipping'
import { draw as incentive } from './incentive'
import { draw as loyalty } from './loyalty'
import { fillIn } from './parts'
import { report } from './report'
import { draw as satisfaction } from './satisfaction'
import { type Draw, enqueue, withdraw } from './shell'
import { draw as social_proof } from './social_proof'
import { draw as store_finder } from './store_finder'
import type { Params } from './types'
import { draw as upsell } from './upsell'
import { money, number, speak } from './words'

/** Begin, before any offer is here. Returns the off switch. */
export function start(host: Host): Stop {
  fillIn(host)
  return heed()
}
/** The page goes: nothing drawn stays. */
export { takeDown as clear } from './shell'

/** Decisions that came: a connection that is made again may bring one twice. */
const known = new Set<string>()

// biome-ignore format: a test reads the line
const LOOKS: Record<string, Draw | undefined> = { upsell, free_shipping, email_capture, content, assistance, social_proof, cross_sell, incentive, store_finder, loyalty, satisfaction }

/** Fewer buyers than this are nobody's business, and no proof. */
const LEAST_COUNT = 5

/** Take a frame. Actions count for the document that they name, withdrawals for all. */
export const hear = safe(([tag, ...frame]: ServerFrame, host: Host) => {
  if (tag === ServerTag.Withdraw) withdraw(frame[0] as string, frame[1] as string)
  if (tag === ServerTag.ActionFrame) {
    const [decision_id, stream, seq, action_id, params, valid] = frame as [
      string,
      Uint8Array,
      number,
      string,
      Params,
      number,
    ]
    const since = host.captured(stream, seq)
    if (since == null || known.has(decision_id)) return
    known.add(decision_id)
    const offer = { decision_id, action_id, params, host, until: now() + valid, since, visit: host.visit() }
    const look = LOOKS[params.type]
    fill(params)
    if (look && !isEmpty(params)) enqueue(offer, look)
    else report(offer, Tag.ActionWithheld, look ? 'nothing_to_show' : 'unknown_action')
  }
})

/** A product that was not found, or a count that is missing or too small to be told (core/actions.py). */
const isEmpty = ({ type, pick, product, products, count }: Params) =>
  type === 'social_proof' ? !(count! >= LEAST_COUNT) : (pick ?? 'this') !== 'this' && !product && !products?.[0]

/**
 * The texts in the language of the page, or of the setting: `pt` serves `pt-BR` too. In them `{amount}` is the amount to go,
 * `{count}` and `{points}` are numbers, all as people write them.
 */
function fill(params: Params): void {
  const { to_go_minor, currency, count, points, look, texts } = params
  const lang = speak(look?.locale).toLowerCase()
  for (const wanted of [lang.split('-')[0], lang])
    for (const name in texts) if (name.toLowerCase() === wanted) Object.assign(params, texts[name])
  const put = (word: string, written: string) => {
    for (const name of ['title', 'text', 'button'] as const)
      params[name] = params[name]?.replaceAll(`{${word}}`, written) ?? ''
  }
  if (to_go_minor != null && currency) put('amount', money(to_go_minor, currency))
  if (count) put('count', number(count))
  if (points) put('points', number(points))
}
