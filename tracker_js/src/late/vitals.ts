/**
 * A chunk of its own, loaded at the first sign of life: how the page behaves, by the three measures of web.dev: told as it goes out of sight, and again where they got worse. Numbers
 * only: which element was painted, moved or slow is not looked at.
 */

import type { Host } from '../host'
import { SESSION_IDLE_MS, Tag } from '../schema'
import { collect, on, type Stop, safe, undo } from '../util'

/** Where a shift belongs to the same burst: web.dev/articles/cls. */
const BURST_GAP_MS = 1000
const BURST_MS = 5000
/** What an eye takes for at once: web.dev/articles/inp. */
const SLOW_MS = 40

/** The fields of the entries that are not in TypeScript's library. */
type Entry = PerformanceEntry & { value: number; hadRecentInput: boolean; interactionId: number }

/** The page goes. */
export let tell = () => {}

/** Begin. Returns the off switch. */
export const start = (host: Host): Stop => collect(() => watch(host))

function watch({ emit, currentType }: Host): void {
  let paint: number | undefined
  let burst = 0
  let begun = 0
  let last = 0
  let told = ',,'

  /** The value to begin with; none where this browser knows no such entries. */
  const observe = (type: string, take: (entry: Entry) => void): number | undefined => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return
    const observer = new PerformanceObserver(safe((list) => (list.getEntries() as Entry[]).forEach(take)))
    observer.observe({ type, buffered: true, durationThreshold: SLOW_MS } as PerformanceObserverInit)
    undo(() => observer.disconnect())
    return 0
  }
  observe('largest-contentful-paint', ({ startTime }) => {
    // One that was opened out of sight was painted for nobody.
    if (!performance.getEntriesByName('hidden')[0]) paint = startTime
  })
  let shift = observe('layout-shift', ({ value, hadRecentInput, startTime }) => {
    if (hadRecentInput) return
    if (startTime - last > BURST_GAP_MS || startTime - begun > BURST_MS) {
      begun = startTime
      burst = 0
    }
    last = startTime
    shift = Math.max(shift!, (burst += value * 1000))
  })
  let response = observe('event', ({ interactionId, duration }) => {
    if (interactionId) response = Math.max(response!, duration)
  })

  tell = () => {
    const values = [paint, shift, response].map((value) => value && Math.round(value))
    // A page that was left alone for so long would begin another visit by this.
    if (`${values}` === told || Date.now() - performance.timeOrigin > SESSION_IDLE_MS) return
    told = `${values}`
    emit(Tag.WebVitals, currentType(), ...values)
  }
  // On its way down, before the document's own listeners send what is queued.
  on(window, 'visibilitychange', () => document.hidden && tell())
  undo(() => {
    tell = () => {}
  })
}
