/** What kind of page this is and how the visitor came: classes only, never a title, a query or a full referrer. */

import { COMMERCE, type EventFields, type PageType, type Tag } from './schema'
import { cleanPath, slug } from './clean'

type PageView = EventFields[Tag.PageView]
type Device = NonNullable<PageView[4]>
type Source = NonNullable<PageView[5]>

/** Whole segments of a path, first match wins. */
const PATHS: [PageType, string][] = [
  ['confirmation', 'thank-?you|order-received|order-confirm\\w*|confirmation|success'],
  ['payment', 'payment'],
  ['shipping', 'shipping|delivery'],
  ['checkout', 'checkouts?'],
  ['cart', 'cart|basket|bag'],
  ['search', 'search'],
  ['product', '(?:products?|p|item|dp)/[^/]+'],
  ['listing', 'collections?|categor(?:y|ies)|c|shop|catalog|products?'],
  ['blog', 'blogs?|journal|news|articles?'],
  ['faq', 'faqs?'],
  ['help', 'help|support|contact'],
  ['account', 'account|login|register'],
  ['pricing', 'pricing'],
]

/** What an e-commerce event says about the page that it happened on. */
const BY_EVENT: Record<string, PageType> = {
  view_item: 'product',
  view_item_list: 'listing',
  view_cart: 'cart',
  begin_checkout: 'checkout',
  purchase: 'confirmation',
}

/** A mark that the shop set on <html> or <body>. */
export const mark = (name: string) =>
  document.documentElement.getAttribute(name) ?? document.body?.getAttribute(name) ?? undefined

const meta = (name: string) => document.querySelector(`meta[name="fc:${name}"]`)?.getAttribute('content')

/** The kind of the page: what the shop says, then what its dataLayer says, then what the path looks like. */
export function pageType(layer: ArrayLike<unknown>): string {
  return slug(mark('data-fc-page-type') ?? meta('page-type') ?? layerType(layer) ?? pathType(location.pathname))
}

function layerType(layer: ArrayLike<unknown>): unknown {
  let found: unknown
  for (let i = 0; i < layer.length; i++) {
    const entry = layer[i] as Record<string, unknown> | null
    if (entry && typeof entry === 'object') {
      const name = (entry.event ?? (entry as { 1?: unknown })[1]) as string
      found = entry.page_type ?? entry.pageType ?? (name in COMMERCE ? (BY_EVENT[name] ?? found) : found)
    }
  }
  return found
}

export function pathType(path: string): string {
  if (/^\/?([a-z]{2}([-_][a-z]{2})?\/?)?(index\.\w+)?$/i.test(path)) return 'home'
  return PATHS.find(([, words]) => new RegExp(`/(${words})(/|\\.|$)`, 'i').test(path))?.[0] ?? 'other'
}

function device(): Device {
  if (!matchMedia('(pointer:coarse)').matches) return 'desktop'
  return Math.min(screen.width, screen.height) < 600 ? 'mobile' : 'tablet'
}

const MEDIA: [Source, RegExp][] = [
  ['paid', /^(cpc|cpm|ppc|paid.*|display|affiliates?|retargeting)$/],
  ['email', /^(e-?mail|newsletter)$/],
  ['social', /^social/],
  ['organic_search', /^organic/],
  ['referral', /^referral/],
]

const HOSTS: [Source, RegExp][] = [
  ['email', /(^|\.)(mail|outlook|webmail)\./],
  ['organic_search', /(^|\.)(google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant|startpage|kagi)\./],
  ['social', /(^|\.)((facebook|instagram|twitter|x|pinterest|tiktok|youtube|reddit|linkedin|threads)\.|t\.co$)/],
]

const classOf = (classes: [Source, RegExp][], word: string) => classes.find(([, words]) => words.test(word))?.[0]

/** The class of what brought the visitor here. */
export function source(referrer: string, query: URLSearchParams): Source {
  const medium = classOf(MEDIA, (query.get('utm_medium') ?? '').toLowerCase())
  if (medium) return medium
  if (query.has('gclid') || query.has('msclkid')) return 'paid'
  if (!referrer) return 'direct'
  const { hostname } = new URL(referrer)
  return hostname === location.hostname ? 'internal' : (classOf(HOSTS, hostname) ?? 'referral')
}

/** The fields of a page view. */
export function facts(layer: ArrayLike<unknown>, navigation: NonNullable<PageView[3]>): PageView {
  const visitor = mark('data-fc-visitor')
  return [
    pageType(layer),
    cleanPath(location.pathname),
    slug(mark('data-fc-topic') ?? meta('topic')),
    navigation,
    device(),
    navigation === 'spa' ? 'internal' : source(document.referrer, new URLSearchParams(location.search)),
    new Date().getHours(),
    visitor ? visitor === 'new' : undefined,
  ]
}

/** How long a site search's words are, or 0: the words stay here. */
export function termLength(query: URLSearchParams): number {
  for (const name of ['q', 's', 'search', 'query']) {
    const term = query.get(name)?.trim()
    if (term) return term.length
  }
  return 0
}
