/**
 * Begun by the late chunk at the first sign of life: hesitation, anger, leaving, fields, and what is wrong with the tag.
 *
 * To add a sign: a file beside this one, listed in `SIGNS` with the group of `data-off` that switches it off.
 */

import type { Host } from '../host'
import { collect, type Stop } from '../util'
import { start as dead, deadClicks } from './dead'
import { start as fields } from './fields'
import { start as intent } from './intent'
import { start as pointer, travelled } from './pointer'
import { start as rage } from './rage'
import { start as settings } from './settings'

const SIGNS: [group: string, start: (host: Host) => void][] = [
  ['rage', rage],
  ['rage', dead],
  ['exit', intent],
  ['pointer', pointer],
  ['fields', fields],
]

/** What a dwell carries beside its mark. */
export const sums = (): [px: number, deadCount?: number] => [travelled(), deadClicks() || undefined]

/** Begin. Returns the off switch. */
export function watch(host: Host): Stop {
  const wanted = SIGNS.filter(([group]) => !host.isOff(group)).map(([, start]) => start)
  const stops = [settings, ...wanted].map((start) => collect(() => start(host)))
  return () => {
    for (const stop of stops) stop()
  }
}
