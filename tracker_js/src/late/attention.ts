/** Scroll depth, time on the page, silence, and the sections that were on screen: one ticking interval for all of them. */

import type { Host } from '../host'
import { type EventFields, Tag } from '../schema'
import { now, on, safe, undo } from '../util'

const SCROLL_MARKS = [25, 50, 75, 90]
const DWELL_MARKS = [2, 5, 10, 20, 30, 60, 120, 300]
const IDLE_MARKS = [15, 45]
const SECTION_FIRST_MS = 1000
const SECTION_TOTAL_MS = 5000
const TICK_MS = 500
/** A tick that comes later than this slept through the difference. */
const LONGEST_TICK_MS = 2000

/** Neither masked nor ignored. */
const SHOWN = ':not([data-fc-mask],[data-fc-mask] *,[data-fc-ignore],[data-fc-ignore] *)'

type Section = { height: number; ms: number; told: number }

/** What a dwell carries beside its mark: nothing until the signs are watched. */
let sums: () => [px?: number, deadCount?: number] = () => []
export const carry = (wanted: typeof sums) => {
  sums = wanted
}

/** The page goes: the sections that were on screen are told of now. */
export let leaveAll = () => {}

/** Report attention. */
export function start({ emit, slug, onView, check, isOff }: Host): void {
  const send = <T extends Tag>(group: string, tag: T, ...fields: EventFields[T]) => isOff(group) || emit(tag, ...fields)
  let scrolled = 0
  let height = 0
  let activeMs = 0
  let silentMs = 0
  let last = 0
  let isMeasuring = false
  /** No event tells of routes here. */
  const asksForRoute = !(window as { navigation?: unknown }).navigation
  /** By name: what is on screen, and what was. No element is kept. */
  const sections = new Map<string, Section>()

  /** Tell each mark above `before` and up to `after`. */
  const pass = (marks: number[], before: number, after: number, tell: (mark: number) => void) =>
    marks.filter((m) => m > before && m <= after).forEach(tell)

  const measure = safe(() => {
    isMeasuring = false
    const percent = height && Math.min(100, Math.round(((scrollY + innerHeight) / height) * 100))
    pass(SCROLL_MARKS, scrolled, percent, (mark) => send('scroll', Tag.Scroll, mark))
    scrolled = Math.max(scrolled, percent)
  })

  const tellSection = (section: Section, name: string, least: number) => {
    if (section.ms >= least && section.ms > section.told)
      send('sections', Tag.SectionView, name, (section.told = section.ms))
  }
  const leave = (section: Section, name: string) => tellSection(section, name, SECTION_TOTAL_MS)

  const watcher = new IntersectionObserver(
    safe((entries: IntersectionObserverEntry[]) => {
      for (const { target, intersectionRatio, intersectionRect, rootBounds } of entries) {
        const name = slug(target.getAttribute('data-fc-view'))
        const section = sections.get(name) ?? { height: 0, ms: 0, told: 0 }
        sections.set(name, section)
        const seen = intersectionRect.height
        // Half of it, or for what is taller than the screen half of the screen.
        section.height = intersectionRatio >= 0.5 || seen * 2 > rootBounds!.height ? seen : 0
        if (!section.height) leave(section, name)
      }
    }),
    { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75] },
  )
  leaveAll = () => sections.forEach(leave)
  /** New sections too; one that is watched already stays so. */
  const observe = () => {
    for (const element of document.querySelectorAll(`[data-fc-view]${SHOWN}`)) watcher.observe(element)
  }

  const tick = safe(() => {
    const ms = Math.min(LONGEST_TICK_MS, now() - last)
    last = now()
    if (document.hidden) return
    if (asksForRoute) check()
    if (document.hasFocus())
      pass(DWELL_MARKS, activeMs / 1000, (activeMs += ms) / 1000, (mark) => {
        send('dwell', Tag.Dwell, mark * 1000, ...sums())
        observe()
      })
    pass(IDLE_MARKS, silentMs / 1000, (silentMs += ms) / 1000, (mark) => {
      const [name] = [...sections].sort(([, a], [, b]) => b.height - a.height).find(([, s]) => s.height) ?? ['']
      send('idle', Tag.Idle, mark * 1000, name)
    })
    sections.forEach((section, name) => {
      if (section.height) section.ms += ms
      if (!section.told) tellSection(section, name, SECTION_FIRST_MS)
    })
  })

  /** From the first scroll on: nobody asks before. */
  const sizer = new ResizeObserver((entries) => {
    const isFirst = !height
    height = entries[0]!.contentRect.height
    if (isFirst) measure()
  })
  const size = () => sizer.observe(document.documentElement)
  const timer = setInterval(tick, TICK_MS)
  undo(() => {
    clearInterval(timer)
    watcher.disconnect()
    sizer.disconnect()
  })
  on(window, 'scroll pointermove pointerdown keydown touchstart wheel', () => {
    silentMs = 0
  })
  on(window, 'scroll', () => {
    if (!height) size()
    if (!isMeasuring) requestAnimationFrame(measure)
    isMeasuring = true
  })
  on(window, 'load', observe)
  on(document, 'visibilitychange', tick)
  undo(
    onView(() => {
      scrolled = activeMs = silentMs = 0
      last = now()
      watcher.disconnect()
      sections.clear()
      observe()
    }),
  )
  observe()
  if (scrollY) size()
}
