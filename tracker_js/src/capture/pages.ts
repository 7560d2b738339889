/** Page views: the first one, routes of single-page shops, and pages that come back from the back/forward cache. */

import { emit } from '../link'
import { facts, termLength } from '../page'
import { Tag } from '../schema'
import { later, listen, type Stop, safe } from '../util'
import { layer } from './commerce'

type Navigation = 'navigate' | 'reload' | 'back' | 'spa' | 'restore'

/** Frameworks set their marks a moment after the route. */
const SETTLE_MS = 50

let lastRoute = ''
let isSearchTold = false
let pageType = ''
const listeners = new Set<() => void>()

/** The kind of the page that was viewed last. */
export const currentType = () => pageType

/** Call at each view, so that what is counted per page starts anew. */
export function onView(listener: () => void): Stop {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const query = () => new URLSearchParams(location.search)

/** One form for one view: the path, a route in the fragment, and the words of a search. Filters and sorting are no view. */
const route = () =>
  [location.pathname.replace(/\/+$/, ''), /^#[!/]/.test(location.hash) && location.hash, termLength(query())].join()

/** Report a view of what is on screen now. */
export function view(navigation: Navigation): void {
  lastRoute = route()
  isSearchTold = false
  const fields = facts(layer(), navigation)
  pageType = fields[0]
  emit(Tag.PageView, ...fields)
  search(termLength(query()))
  for (const listener of listeners) listener()
}

/** A site search, once per view: the address and the dataLayer may both tell it. */
export function search(length: number, results?: number): void {
  if (!length || isSearchTold) return
  isSearchTold = true
  emit(Tag.Search, length, results)
}

/** Report the view now and at each change of route. */
export function start(): Stop {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  const type = entry?.type
  view(type === 'back_forward' ? 'back' : type === 'reload' ? 'reload' : 'navigate')
  let stopWait: Stop | undefined
  const changed = () => {
    stopWait?.()
    stopWait = later(() => route() !== lastRoute && view('spa'), SETTLE_MS)
  }
  const { navigation } = window as { navigation?: EventTarget }
  const stops = navigation
    ? [listen(navigation, 'currententrychange', changed)]
    : [listen(window, 'popstate', changed), listen(window, 'hashchange', changed), wrap('pushState'), wrap('replaceState')]
  stops.push(() => stopWait?.())
  return () => {
    for (const stop of stops) stop()
  }

  /** Where there is no Navigation API: the page's call first, with its `this`, then ours. */
  function wrap(name: 'pushState' | 'replaceState'): Stop {
    const original = history[name]
    const told = safe(changed)
    const wrapped: typeof original = function (this: History, ...args) {
      original.apply(this, args)
      told()
    }
    history[name] = wrapped
    return () => {
      if (history[name] === wrapped) history[name] = original
    }
  }
}
