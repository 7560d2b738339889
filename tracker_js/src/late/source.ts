/** How the visitor came: a class, never a full referrer and nothing else of the query. */

import type { SourceOf } from '../page'
import { find } from './types'

type Source = ReturnType<SourceOf>

/** Source = words that a medium or the referrer's host begins with, or holds after a dot. */
const SOURCES =
  'paid=cp[cm]$|ppc|paid|display|affiliate email=e?-?mail|newsletter|outlook ' +
  'social=social|facebook|instagram|twitter|x\\.|t\\.co$|pinterest|tiktok|youtube|reddit ' +
  'organic_search=organic|google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant'

/** The class of what brought the visitor here. */
export function source(referrer: string, search: string): Source {
  const query = search ? new URLSearchParams(search) : new Map<string, string>()
  const classOf = (word: string) => word && (find(SOURCES, '(^|\\.)', '', word) as Source | undefined)
  const known = classOf(query.get('utm_medium') ?? (query.has('gclid') ? 'paid' : ''))
  if (known) return known
  const hostname = referrer && new URL(referrer).hostname
  return hostname ? (hostname === location.hostname ? 'internal' : classOf(hostname) || 'referral') : 'direct'
}

/** Of this page. */
export const sourceOf: SourceOf = () => source(document.referrer, location.search)
