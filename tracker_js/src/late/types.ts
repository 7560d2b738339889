/**
 * What kind of page this is: what a shop's dataLayer says, what an address is in the shop systems that people use, and
 * what they write on <html> and <body> where addresses are the names of things alone. Words that they share, never a rule
 * for one shop.
 */

import { safe } from '../util'
import { read } from './product'

/** Type = whole segments of a place; the first match wins. Steps of a checkout come before the cart, and the cart before
 * the checkout that it may lie in: `/checkout/cart`. A review of an order is no confirmation. */
const PLACES =
  'confirmation=thank-?you[\\w-]*|order-?(rec|conf|compl|succ|pla)\\w+|confirmation|(checkout|orders?)/(.+/)?(success|completed|finish|confirmed)|(checkout/.+|orders?(/.+)?)/complete ' +
  'payment=checkout.*\\b(select-)?(payment|billing)[\\w-]*|payment ' +
  'shipping=checkout.*\\b(select-)?(shipping|delivery|address)[\\w-]*|shipping ' +
  'cart=((my|view|shopping)-?)?(cart|basket|bag)(-page)?(?!.*/checkout)|warenkorb|panier|carrito|carrello ' +
  'checkout=(onepage|one-page-)?checkouts?|kasse|order/?$ ' +
  'account=(my-?)?accounts?|customer|log-?in|sign-?(in|up)|register ' +
  'search=(catalog)?search[\\w-]*|suche|recherche|buscar ' +
  'product=(products?|p|dp|items?|details?|catalog(ue)?|produkt|produit|producto)/(?!categor|list)[^/]+|product(-(detail|page)\\w*)?(\\.\\w+)?/?$|\\d+-[^/]+\\.html ' +
  'listing=collections?|(product-)?(categor\\w+|list|tag)|kategori\\w*|taxons?|[ct]|shop|store|products?|catalog(ue)?|sale|brands? ' +
  'blog=blogs?|news faq=faqs? help=help|support|contact[\\w-]*'

/** A word of <body id>, or of a class that says "page": `catalog-product-view`, `productView`, `template-cart`. */
const MARKS =
  'confirmation=success|order-confirmation|order-received cart=(shopping-)?cart checkout search product listing=category|collection'

/** What an e-commerce event says about the page that it happened on. */
const BY_EVENT = 'view_item=product view_item_list=listing view_cart=cart begin_checkout=checkout purchase=confirmation'

/** The name of the first line of `table` one of whose words stands in the text, between `before` and `after`. */
export const find = (table: string, before: string, after: string, text: string) =>
  // Most pages have no marks, and each line is compiled for what it is looked for in.
  (/\w/.test(text) ? table.split(' ') : [])
    .map((line) => line.split('='))
    // Small letters and no flag: to compile it without regard to case takes a browser half as long again.
    .find(([type, words]) => RegExp(`${before}(${words ?? type})${after}`).test(text.toLowerCase()))?.[0]

/** The type that the shop's dataLayer names, or the last event in it that happens on one type of page only. */
function typeInLayer(entries?: unknown): string | undefined {
  let type: string | undefined
  const one = safe((entry: { page_type?: string; event?: string; 0?: string; 1?: string } | null) => {
    // A page may have pushed thousands: no expression is compiled for them.
    const name = `${entry?.[0] === 'event' ? entry[1] : entry?.event}=`
    const line = BY_EVENT.split(' ').find((line) => line.startsWith(name))
    type = entry?.page_type ?? line?.split('=')[1] ?? type
  })
  if (Array.isArray(entries)) entries.forEach(one)
  return type
}

/** The path, and what a router keeps in the query or the fragment: `?route=checkout/cart`, `?step=payment`, `#/cart`. */
const place = () =>
  location.pathname + ((location.search + location.hash).match(/[?&](route|step)=[\w/]+|#([!/]|payment).*/g) ?? '')

/** What a page says of an order that is placed. Read here, and never sent. */
const THANKS = /thank(s| you)|order [\w ]{0,9}(complete|confirm|placed|received)/i

/** The front page, in any language. */
const HOME = /^\/(\w\w([-_]\w\w)?\/?)?(index\.\w+)?$/

/** The type that a path says; undefined where it says none. */
export const typeOf = (path: string) =>
  find(PLACES, '[/=]', '([/.?&]|$)', path) ?? (HOME.test(path) ? 'home' : undefined)

/** The type of this page, by its dataLayer, then its address, then its marks. */
export function typeOfPage(entries: unknown = (window as { dataLayer?: unknown }).dataLayer): string | undefined {
  const { body, documentElement } = document
  const marks = `${body?.id} ${documentElement.className} ${body?.className}`
  const path = place()
  return (
    typeInLayer(entries) ??
    // One address may serve every step of a checkout, and the thanks at its end.
    (/order|checkout/.test(path) && THANKS.test(document.title + document.querySelector('h1,h2')?.textContent)
      ? 'confirmation'
      : typeOf(path)) ??
    find(MARKS, '(^|(ctl|catalog|html|template|page|single|woocommerce)-| (?=\\w+view))', '(view|-| |$)', marks) ??
    (read(true) && 'product')
  )
}
