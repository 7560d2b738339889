/** What kind of page this is and how the visitor came: classes only, never a title, a query or a full referrer. */

import { readEntry } from './capture/commerce'
import { cleanPath, slug } from './clean'
import type { EventFields, Tag } from './schema'

type PageView = EventFields[Tag.PageView]
/** What the address and the page's own marks say (late/types.ts). */
export type TypeOf = () => string | undefined
type Source = NonNullable<PageView[5]>

/** What an e-commerce event says about the page that it happened on. */
const BY_EVENT = 'view_item=product view_item_list=listing view_cart=cart begin_checkout=checkout purchase=confirmation'

/** Source = words that a medium or the referrer's host begins with, or holds after a dot. */
const SOURCES =
  'paid=cp[cm]$|ppc|paid|display|affiliate email=e?-?mail|newsletter|outlook ' +
  'social=social|facebook|instagram|twitter|x\\.|t\\.co$|pinterest|tiktok|youtube|reddit ' +
  'organic_search=organic|google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant'

/** The name of the first line of `table` one of whose words begins the text or a part of it after a dot. */
const find = (table: string, text: string) =>
  table
    .split(' ')
    .map((line) => line.split('='))
    .find(([, words]) => RegExp(`(^|\\.)(${words})`, 'i').test(text))?.[0]

/** A mark that the shop set on <html> or <body>, or in a <meta name="fc:...">. */
export function mark(name: string): string | undefined {
  const key = `data-fc-${name}`
  const marked = document.querySelector(`html[${key}],body[${key}],meta[name="fc:${name}"]`)
  return marked?.getAttribute(key) ?? (marked as HTMLMetaElement | null)?.content
}

/** The kind of the page: what the shop says, then what its dataLayer says, then what `typeOf` finds. */
export function pageType(layer: unknown[], typeOf: TypeOf): string {
  let type: unknown
  for (const entry of layer) {
    // A page may have pushed thousands: no expression is compiled for them.
    const name = `${readEntry(entry)?.[0]}=`
    const line = BY_EVENT.split(' ').find((line) => line.startsWith(name))
    type = (entry as { page_type?: unknown } | null)?.page_type ?? line?.split('=')[1] ?? type
  }
  return slug(mark('page-type') ?? type ?? typeOf() ?? 'other')
}

/** The class of what brought the visitor here. */
export function source(referrer: string, query: URLSearchParams): Source {
  const classOf = (word: string) => word && (find(SOURCES, word) as Source | undefined)
  const known = classOf(query.get('utm_medium') ?? (query.has('gclid') ? 'paid' : ''))
  if (known) return known
  const hostname = referrer && new URL(referrer).hostname
  return hostname ? (hostname === location.hostname ? 'internal' : classOf(hostname) || 'referral') : 'direct'
}

/** The fields of a page view. */
export function facts(type: string, navigation: NonNullable<PageView[3]>): PageView {
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
    source(document.referrer, new URLSearchParams(location.search)),
    new Date().getHours(),
    visitor ? visitor === 'new' : undefined,
  ]
}

/** How long a site search's words are, or 0: the words stay here. */
export const termLength = () =>
  [...new URLSearchParams(location.search)]
    .find(([name, words]) => /^(q|s|query|keywords?|search\w*)$/.test(name) && words.trim())?.[1]
    .trim().length ?? 0
