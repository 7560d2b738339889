/**
 * What kind of page an address is in the shop systems that people use, and what they write on <html> and <body> where
 * addresses are the names of things alone. Words that they share, never a rule for one shop.
 */

/** Type = whole segments of a place; the first match wins. Steps of a checkout come before the cart, and the cart before
 * the checkout that it may lie in: `/checkout/cart`. A review of an order is no confirmation. */
const PLACES =
  'confirmation=thank-?you[\\w-]*|order-?(rec|conf|compl|succ|pla)\\w+|confirmation|(checkout|orders?)/(.+/)?(success|completed|finish|confirmed) ' +
  'payment=checkout.*\\b(select-)?(payment|billing)[\\w-]*|payment ' +
  'shipping=checkout.*\\b(select-)?(shipping|delivery|address)[\\w-]*|shipping ' +
  'cart=((view|shopping)-?)?(cart|basket|bag)(-page)?(?!.*/checkout)|warenkorb|panier|carrito|carrello ' +
  'checkout=(onepage|one-page-)?checkouts?|kasse|order/?$ ' +
  'account=(my-?)?accounts?|customer|log-?in|sign-?(in|up)|register ' +
  'search=(catalog)?search[\\w-]*|suche|recherche|buscar ' +
  'product=(products?|p|dp|item|detail|catalog(ue)?|produkt|produit|producto)/(?!categor|list)[^/]+|product(-(detail|page)\\w*)?(\\.\\w+)?/?$|\\d+-[^/]+\\.html ' +
  'listing=collections?|(product-)?(categor\\w+|list|tag)|kategori\\w*|taxons?|[ct]|shop|store|products?|catalog(ue)?|sale|brands? ' +
  'blog=blogs?|news faq=faqs? help=help|support|contact[\\w-]*'

/** A word of <body id>, or of a class that says "page": `catalog-product-view`, `productView`, `template-cart`. */
const MARKS =
  'confirmation=success|order-confirmation|order-received cart=(shopping-)?cart checkout search product listing=category|collection'

const find = (table: string, before: string, after: string, text: string) =>
  table
    .split(' ')
    .map((line) => line.split('='))
    .find(([type, words]) => RegExp(`${before}(${words ?? type})${after}`, 'i').test(text))?.[0]

/** The path, and what a router keeps in the query or the fragment: `?route=checkout/cart`, `?step=payment`, `#/cart`. */
const place = () =>
  location.pathname + ((location.search + location.hash).match(/[?&](route|step)=[\w/]+|#([!/]|payment).*/g) ?? '')

/** The front page, in any language. */
const HOME = /^\/(\w\w([-_]\w\w)?\/?)?(index\.\w+)?$/

/** The type that a path says; undefined where it says none. */
export const typeOf = (path: string) =>
  find(PLACES, '[/=]', '(/|\\.|$)', path) ?? (HOME.test(path) ? 'home' : undefined)

/** The type of this page, by its address, then by its marks. */
export function typeOfPage(): string | undefined {
  const { body, documentElement } = document
  const marks = `${body?.id} ${documentElement.className} ${body?.className}`
  const kind = document.querySelector('meta[property="og:type"]')?.getAttribute('content') ?? ''
  return (
    typeOf(place()) ??
    find(MARKS, '(^|(ctl|catalog|html|template|page|single|woocommerce)-| (?=\\w+View))', '(View|-| |$)', marks) ??
    find('product', '^(og:)?', '\\b', kind)
  )
}
