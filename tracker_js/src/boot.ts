/** The start: one tracker per page, the gate first, and never an error in the shop's page. */

import { handle } from './api'
import * as clicks from './capture/clicks'
import * as commerce from './capture/commerce'
import * as pages from './capture/pages'
import { readConfig, setting, type TagLike } from './config'
import * as gate from './gate'
import { host } from './host'
import * as link from './link'
import * as offers from './offers'
import { collect, isVisible, later, type Stop, safe, whenIdle } from './util'

interface Api {
  (...args: unknown[]): void
  /** Calls that the stub kept until we came. */
  q?: unknown
  /** Set by the tracker that runs: a second snippet is a no-op. */
  runs?: boolean
}

const STORED_MS = 100

const w = window as unknown as { fifthclick?: Api }
let stops: Stop[] | null

function switchOn(): void {
  link.start(offers.hear)
  const captures = [pages.start, commerce.start, clicks.start]
  // The link comes last: what a page's end captures is queued before it is sent.
  stops = [...captures, () => link.follow(offers.clear)].map(collect)
  const mine = stops
  whenIdle(() =>
    offers.withLate((late) => {
      if (mine === stops) mine.push(late.watch(host))
    }),
  )
}

function switchOff(): void {
  for (const stop of stops ?? []) stop()
  stops = null
  offers.clear()
  link.close()
}

function begin(): void {
  commerce.listenToLayer(() => !!stops)
  // A stub of the page's own making may hold anything.
  const early = [w.fifthclick?.q].find(Array.isArray) ?? []
  const told = safe(handle)
  const api: Api = (...args) => told(args)
  api.runs = true
  w.fifthclick = api
  // Consent and listeners first; what was tracked early comes after the view of its page.
  const isEvent = (call?: ArrayLike<unknown>) => call?.[0] === 'track'
  early.filter((call) => !isEvent(call)).forEach(told)
  // Where it does not answer the gate stays closed. That the gate is closed is said there too.
  if (/_debug|tcf$/.test(location.search + setting('consent')))
    offers.withLate((late) => late.early(host, gate.consent))
  gate.watch((isOpen, isRefused) => {
    if (isOpen && !stops) switchOn()
    // What an earlier page of this tab has stored goes as well.
    else if (!isOpen && (stops || isRefused)) switchOff()
  })
  early.filter(isEvent).forEach(told)
}

/** Begin with what this tag says, unless a tracker runs here already. */
export const start = safe((script: TagLike | null) => {
  if (w.fifthclick?.runs || !readConfig(script)) return
  // A page that is only prepared has not been seen. One that was seen and is hidden by now may be on its way into the
  // back/forward cache: it is frozen at any moment, and what it captured would wait there, or be gone with it. When it comes
  // back it is seen before the page that it takes the place of has stored the visit: it waits for that, else it begins another.
  const { prerendering } = document as { prerendering?: boolean }
  if (!isVisible() && (prerendering || performance.getEntriesByName('visible')[0]))
    document.addEventListener('visibilitychange', () => later(() => start(script), STORED_MS), { once: true })
  else begin()
})

// Guarded: a server that renders pages has no document.
safe(() => start((document.currentScript ?? document.querySelector('[data-site^=pk]')) as HTMLScriptElement | null))()
