/**
 * The late chunk, l.js, loaded at the first rest: what page this is, attention, and the way to the other chunks. Nothing
 * leaves the page before it is here or has failed.
 */

import type { Host } from '../host'
import { ServerTag } from '../schema'
import type { ServerFrame } from '../transport'
import { collect, type Stop, safe, whenIdle } from '../util'
import { adapt, isOurs } from './adapters'
import { start as attention, carry, leaveAll } from './attention'
import { start as fields } from './fields'
import { told } from './notice'
import * as signs from './signs'
import { sourceOf } from './source'
import { typeOf, typeOfPage } from './types'

type Renderer = typeof import('../render/index')

let shop: typeof import('./shop') | undefined
let loading: Promise<Renderer> | undefined
let renderer: Renderer | undefined

/** Fetch the renderer. Rejected where that fails: offline, perhaps, and next time it may work. */
const load = () =>
  (loading ??= import('../render/index').then(
    (module) => (renderer = module),
    (error) => {
      loading = undefined
      throw error
    },
  ))

/** Say on the page why nothing is shown. */
const explain = (host: Host) => import('../debug/index').then(({ open }) => open(host)).catch(() => {})

/** Begin to capture what needs time, and have the renderer here before an offer comes. Returns the off switch. */
export function watch(host: Host): Stop {
  host.learn(typeOfPage, sourceOf)
  const wanted = host.isOff('fields') ? [attention] : [attention, fields]
  const stops = wanted.map((start) => collect(() => start(host)))
  let isOn = true
  // The box was open on the page before.
  if ((host.setting('storage') ?? 'session') === 'session')
    safe(() => sessionStorage.getItem('_fc.debug') && explain(host))()
  /** What comes too late, or cannot be had, is no error of the page. */
  const then = <T>(chunk: Promise<T>, begin: (chunk: T) => unknown) =>
    chunk.then(
      (module) => isOn && begin(module),
      () => {},
    )
  stops.push(adapt(host))
  then(import('./shop'), (module) => {
    shop = module
    stops.push(module.start(host, typeOf, isOurs))
  })
  whenIdle(() => {
    if (!isOn) return
    stops.push(signs.watch(host))
    carry(signs.sums)
    then(load(), ({ start }) => stops.push(start(host)))
  })
  return () => {
    isOn = false
    for (const stop of stops) stop()
  }
}

/** What does not wait for the gate: the debug box, and the question to the shop's consent platform. Nothing else begins. */
export function early(host: Host, consent: (word: string) => void): void {
  if (/[?&]fc_debug\b/.test(location.search)) explain(host)
  if (host.setting('consent') === 'tcf')
    import('../tcf').then(({ start }) => start(consent, host.setting('purposes'))).catch(() => {})
}

/** Take a frame that is not an ack. Rejected where there is nothing to draw it with. */
export const hear = async (frame: ServerFrame, host: Host): Promise<unknown> =>
  frame[0] === ServerTag.Notice ? told(frame, host) : (await load()).hear(frame, host)

/** The page goes: nothing drawn stays, nothing seen is lost. */
export function clear(): void {
  leaveAll()
  shop?.leave()
  renderer?.clear()
}
