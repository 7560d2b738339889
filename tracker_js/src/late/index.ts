/**
 * The late chunk, l.js, loaded at the first rest: what page this is, attention, what a shop tells, and the way to the other chunks. Nothing
 * leaves the page before it is here or has failed.
 */

import type { Host } from '../host'
import { ServerTag } from '../schema'
import type { ServerFrame } from '../transport'
import { collect, later, on, type Stop, safe, undo, whenIdle } from '../util'
import { adapt, isOurs } from './adapters'
import { start as attention, carry, leaveAll } from './attention'
import { told } from './notice'
import * as shop from './shop'
import * as signs from './signs'
import { sourceOf } from './source'
import { typeOf, typeOfPage } from './types'
import { start as visit } from './visit'

type Renderer = typeof import('../render/index')

let loading: Promise<Renderer> | undefined
let renderer: Renderer | undefined
let vitals: typeof import('./vitals') | undefined

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

/** Somebody is there by now, if nothing else has shown it. No offer comes so soon to a first page. */
const LIFE_MS = 2000

/** Call at the first sign of life: what watches for anger and draws offers costs nothing where nobody is, or while the page loads. */
function atLife(begin: Stop): Stop {
  const stop = collect(() => {
    const once = () => {
      stop()
      begin()
    }
    // Before the page's own, so that the very press is seen by what begins here.
    on(window, 'pointermove pointerdown keydown scroll focusin', once)
    undo(later(once, LIFE_MS))
  })
  return stop
}

/** Begin to capture what needs time, and have the renderer here before an offer comes. Returns the off switch. */
export function watch(host: Host): Stop {
  host.learn(typeOfPage, sourceOf)
  const stops = [visit, attention].map((start) => collect(() => start(host)))
  let isOn = true
  // The box was open on the page before.
  if ((host.setting('storage') ?? 'session') === 'session')
    safe(() => sessionStorage.getItem('_fc.debug') && explain(host))()
  stops.push(adapt(host), shop.start(host, typeOf, isOurs))
  stops.push(
    atLife(() => {
      stops.push(signs.watch(host))
      carry(signs.sums)
      whenIdle(() => {
        if (!isOn) return
        load().then(
          (module) => isOn && stops.push(module.start(host)),
          // What cannot be had is no error of the page.
          () => {},
        )
        if (!host.isOff('vitals'))
          import('./vitals').then(
            (module) => isOn && stops.push((vitals = module).start(host)),
            () => {},
          )
      })
    }),
  )
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
  vitals?.tell()
  shop.leave()
  renderer?.clear()
}
