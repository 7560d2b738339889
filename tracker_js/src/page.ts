/** What a page view holds: classes only, never a title, a query or a full referrer. What needs tables, the late chunk knows. */

import { cleanPath, slug } from './clean'
import type { EventFields, Tag } from './schema'

export type PageView = EventFields[Tag.PageView]
/** What the dataLayer, the address and the page's own marks say (late/types.ts). `entries`: what the dataLayer holds of this
 * page, where it holds an earlier one's as well. */
export type TypeOf = (entries?: unknown[]) => string | undefined
/** The class of what brought the visitor here (late/source.ts). */
export type SourceOf = () => NonNullable<PageView[5]>

/** A mark that the shop set on <html> or <body>, or in a <meta name="fc:...">. */
export function mark(name: string): string | undefined {
  const key = `data-fc-${name}`
  // Asking for <html> and <body> by name has a browser make three kinds of objects that most pages need for nothing.
  const marked = document.querySelector(`html[${key}],body[${key}],meta[name="fc:${name}"]`)
  return marked?.getAttribute(key) ?? (marked as HTMLMetaElement | null)?.content
}

/** The kind of the page: what the shop says, then what `typeOf` finds. */
export const pageType = (typeOf: TypeOf, entries?: unknown[]) => slug(mark('page-type') ?? typeOf(entries) ?? 'other')

/** The fields of a page view. */
export function facts(type: string, navigation: NonNullable<PageView[3]>, source: PageView[5]): PageView {
  const visitor = mark('visitor')
  return [
    type,
    cleanPath(location.pathname),
    slug(mark('topic')),
    navigation,
    matchMedia('(pointer:coarse)').matches
      ? Math.min(screen.width, screen.height) < 600
        ? 'mobile'
        : 'tablet'
      : 'desktop',
    source,
    new Date().getHours(),
    visitor ? visitor === 'new' : undefined,
  ]
}

/** How long a site search's words are, or 0: the words stay here. */
export const termLength = () =>
  // Asked at each tick, and most pages have no query.
  (location.search &&
    [...new URLSearchParams(location.search)]
      .find(([name, words]) => /^(q|s|query|keywords?|search\w*)$/.test(name) && words.trim())?.[1]
      .trim().length) ||
  0
