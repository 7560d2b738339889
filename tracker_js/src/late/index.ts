/**
 * The late chunk, l.js, loaded when the page rests: what is captured over time, and the way to the renderer.
 *
 * To capture something more that can wait: a file beside this one, listed in `CAPTURES`.
 */

import type { Host } from '../host'
import type { ServerFrame } from '../transport'
import { collect, type Stop, whenIdle } from '../util'
import { start as attention, leaveAll } from './attention'
import { start as dead } from './dead'
import { start as fields } from './fields'
import { start as intent } from './intent'
import { start as pointer } from './pointer'
import { start as rage } from './rage'
import { start as settings } from './settings'

/** With the group of `data-off` that switches it off; attention's four ask for theirs themselves. */
const CAPTURES: [group: string, start: (host: Host) => void][] = [
  ['fields', fields],
  ['rage', rage],
  ['rage', dead],
  ['exit', intent],
  ['pointer', pointer],
]

type Renderer = typeof import('../render/index')

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

/** Begin to capture what needs time, and have the renderer here before an offer comes. Returns the off switch. */
export function watch(host: Host): Stop {
  let isOn = true
  const wanted = CAPTURES.filter(([group]) => !host.isOff(group)).map(([, start]) => start)
  const stops = [settings, attention, ...wanted].map((start) => collect(() => start(host)))
  whenIdle(() =>
    load().then(
      ({ start }) => isOn && start(host),
      () => {},
    ),
  )
  return () => {
    isOn = false
    for (const stop of stops) stop()
  }
}

/** Ask the shop's consent platform. Nothing else is begun for it: the gate is closed. */
export const ask = (host: Host, consent: (word: string) => void) =>
  import('../tcf').then(({ start }) => start(consent, host.setting('purposes')))

/** Take a frame that is not an ack. Rejected where there is nothing to draw it with. */
export const hear = (frame: ServerFrame, host: Host) => load().then((module) => module.hear(frame, host))

/** The page goes: nothing drawn stays, nothing seen is lost. */
export function clear(): void {
  leaveAll()
  renderer?.clear()
}
