/** Scroll depth, time on the page, silence, and the sections that were on screen: one ticking interval for all of them. */

import { slug } from '../clean'
import { emit } from '../link'
import { Tag } from '../schema'
import { listen, type Stop, safe } from '../util'
import { onView } from './pages'

const SCROLL_MARKS = [25, 50, 75, 90]
const DWELL_MARKS_S = [2, 5, 10, 20, 30, 60, 120, 300]
const IDLE_MARKS_S = [15, 45]
const SECTION_FIRST_MS = 1000
const SECTION_TOTAL_MS = 5000
const TICK_MS = 500
/** A tick that comes later than this slept through the difference. */
const LONGEST_TICK_MS = 2000

type Section = { height: number; ms: number; told: number }

const isVisible = () => document.visibilityState !== 'hidden'

/** Report attention until stopped. */
export function start(): Stop {
  let scrolled = 0
  let height = 0
  let activeMs = 0
  let silentMs = 0
  let hiddenAt = 0
  let last = performance.now()
  let isFrameAsked = false
  /** By name: what is on screen, and what was. No element is kept. */
  const sections = new Map<string, Section>()

  /** The marks of `marks` that lie above `before` and up to `now`. */
  const passed = (marks: number[], before: number, now: number) => marks.filter((m) => m > before && m <= now)

  const measure = safe(() => {
    isFrameAsked = false
    if (!height) return
    const percent = Math.min(100, Math.round(((scrollY + innerHeight) / height) * 100))
    for (const mark of passed(SCROLL_MARKS, scrolled, percent)) emit(Tag.Scroll, mark)
    scrolled = Math.max(scrolled, percent)
  })

  const leave = (name: string, section: Section) => {
    if (section.ms >= SECTION_TOTAL_MS && section.ms > section.told + SECTION_FIRST_MS) {
      emit(Tag.SectionView, name, Math.round((section.told = section.ms)))
    }
  }

  const largest = () => {
    let name = ''
    let most = 0
    for (const [n, section] of sections) if (section.height > most) [name, most] = [n, section.height]
    return name
  }

  const tick = safe(() => {
    const now = performance.now()
    const ms = Math.min(LONGEST_TICK_MS, now - last)
    last = now
    if (!isVisible()) return
    if (document.hasFocus()) {
      for (const mark of passed(DWELL_MARKS_S, activeMs / 1000, (activeMs + ms) / 1000)) {
        emit(Tag.Dwell, mark * 1000)
        observe()
      }
      activeMs += ms
    }
    for (const mark of passed(IDLE_MARKS_S, silentMs / 1000, (silentMs + ms) / 1000))
      emit(Tag.Idle, mark * 1000, largest())
    silentMs += ms
    for (const [name, section] of sections) {
      if (!section.height) continue
      section.ms += ms
      if (section.ms >= SECTION_FIRST_MS && !section.told)
        emit(Tag.SectionView, name, Math.round((section.told = section.ms)))
    }
  })

  const watcher = new IntersectionObserver(
    safe((entries: IntersectionObserverEntry[]) => {
      for (const { target, intersectionRatio, intersectionRect, rootBounds } of entries) {
        const name = slug(target.getAttribute('data-fc-view'))
        if (!name) continue
        const section = sections.get(name) ?? { height: 0, ms: 0, told: 0 }
        sections.set(name, section)
        // Half of it, or for what is taller than the screen half of the screen.
        const isSeen = intersectionRatio >= 0.5 || intersectionRect.height > (rootBounds?.height ?? 1e9) / 2
        section.height = isSeen ? intersectionRect.height : 0
        if (!isSeen) leave(name, section)
      }
    }),
    { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75] },
  )
  /** New sections too; one that is watched already stays so. */
  const observe = () => {
    for (const element of document.querySelectorAll('[data-fc-view]')) watcher.observe(element)
  }

  const sizer = new ResizeObserver(
    safe((entries: ResizeObserverEntry[]) => {
      height = entries[0]!.contentRect.height
    }),
  )
  sizer.observe(document.documentElement)
  const timer = setInterval(tick, TICK_MS)
  const active = () => {
    silentMs = 0
  }
  const stops = [
    listen(window, 'scroll', () => {
      silentMs = 0
      if (!isFrameAsked) requestAnimationFrame(measure)
      isFrameAsked = true
    }),
    ...['pointermove', 'pointerdown', 'keydown', 'touchstart', 'wheel'].map((type) => listen(window, type, active)),
    listen(window, 'load', observe),
    listen(document, 'visibilitychange', () => {
      tick()
      if (isVisible()) {
        if (hiddenAt) emit(Tag.TabVisible, Math.round(performance.now() - hiddenAt))
        hiddenAt = 0
      } else if (!isGone) {
        hiddenAt = performance.now()
        emit(Tag.TabHidden)
      }
    }),
    listen(window, 'pagehide', () => {
      isGone = true
      for (const [name, section] of sections) leave(name, section)
    }),
    listen(window, 'pageshow', () => {
      isGone = false
      hiddenAt = 0
    }),
    onView(() => {
      scrolled = activeMs = silentMs = 0
      last = performance.now()
      watcher.disconnect()
      sections.clear()
      observe()
    }),
    () => clearInterval(timer),
    () => watcher.disconnect(),
    () => sizer.disconnect(),
  ]
  /** On its way out a page is hidden too: that is no change of tabs. */
  let isGone = false
  return () => {
    for (const stop of stops) stop()
  }
}
