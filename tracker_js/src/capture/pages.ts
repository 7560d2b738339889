/** Page views: the first one, routes of single-page shops, and pages that come back from the back/forward cache. */

import { emit, hasSpoken } from '../link'
import { facts, pageType, type SourceOf, type TypeOf, termLength } from '../page'
import { type EventFields, Tag } from '../schema'
import { later, on, type Stop, safe } from '../util'

type Navigation = NonNullable<EventFields[Tag.PageView][3]>

/** Frameworks set their marks a moment after the route. */
const SETTLE_MS = 50

let lastRoute = ''
let isSearchTold = false
let type = ''
let viewed: unknown[] | undefined
/** What the dataLayer says of this route; all that it holds belongs to the page that was loaded. */
let entries: unknown[] | undefined
/** Nobody knows, until the late chunk is here. */
let typeOf: TypeOf = () => undefined
let sourceOf: SourceOf = () => 'unknown'
const listeners = new Set<() => void>()

/** The kind of the page that was viewed last. */
export const currentType = () => type

/** Call at each view, so that what is counted per page starts anew. */
export const onView = (listener: () => void): Stop => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** One form for one view: the path, a route in the fragment, and a search's words. Filters and sorting are no view. */
const route = () => location.pathname.replace(/\/+$/, '') + [/^#[!/].*/.exec(location.hash), termLength()]

/** Report a view of what is on screen now. `entry`: what the dataLayer said as the route changed. */
export function view(navigation: Navigation, entry?: unknown): void {
  lastRoute = route()
  isSearchTold = false
  if (navigation === 'spa') entries = [entry]
  type = pageType(typeOf, entries)
  viewed = emit(Tag.PageView, ...facts(type, navigation, sourceOf()))
  search(termLength())
  listeners.forEach(safe((listener) => listener()))
}

/** The late chunk can tell types and sources: from now on, and of the view that waits to be sent. */
export function learn(better: TypeOf, known: SourceOf): void {
  typeOf = better
  sourceOf = known
  type = pageType(typeOf, entries)
  // What may be on its way stays as it is: whoever sends it again must send the same.
  if (viewed && !hasSpoken()) {
    viewed[3] = type
    viewed[8] = sourceOf()
  }
}

/** A site search, once per view: the address and the dataLayer may both tell it. */
export function search(length: number): void {
  if (!length || isSearchTold) return
  isSearchTold = true
  emit(Tag.Search, length)
}

/** Report another view where the route has changed. Also called at each tick, for browsers without the Navigation API:
 * so nothing of the page's history is patched. */
export const check = (entry?: unknown) => {
  if (lastRoute !== route()) view('spa', entry)
}

/** Report the view now and at each change of route. */
export function start(): void {
  // Deprecated, and everywhere: the entry that took its place costs three times the bytes.
  view((['navigate', 'reload', 'back'] as const)[performance.navigation.type] ?? 'navigate')
  const soon = () => later(check, SETTLE_MS)
  const { navigation } = window as { navigation?: EventTarget }
  if (navigation) on(navigation, 'currententrychange', soon)
  on(window, 'popstate hashchange', soon)
}
