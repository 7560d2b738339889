/** The product that a page is about, as the shop says it for search engines: JSON-LD, microdata, OpenGraph; else its address. */

export interface Product {
  id: string
  category?: string
  price?: unknown
  currency?: string
}

// biome-ignore lint/suspicious/noExplicitAny: a page may say anything
type Data = any

/** What stands in a `content`, or the words of the first element that matches. */
const text = (selector: string): string | undefined => {
  const element = document.querySelector(selector)
  return (element && (element.getAttribute('content') ?? element.textContent)?.trim()) || undefined
}

const meta = (...names: string[]) => text(names.map((name) => `meta[property="${name}"]`).join())
const PRODUCT = '[itemtype*="schema.org/Product"]'
const itemprop = (name: string) => text(`${PRODUCT} [itemprop=${name}]`)

/** The products of the first script that has one. Those inside another come before it. */
function linked(): Data[] {
  for (const { textContent } of document.querySelectorAll('script[type="application/ld+json"]')) {
    const found: Data[] = []
    try {
      JSON.parse(textContent!, (_, value) => {
        if (/\bProduct(Group)?\b/.test(value?.['@type'])) found.push(value)
        return value
      })
    } catch {
      // The shop's mistake, and no reason to stop.
    }
    if (found.length) return found
  }
  return []
}

/** A product's name in its address: the last segment, without an ending. */
export const slugOf = (path: string) => path.replace(/(\.\w+)?\/*$/, '').replace(/.*\//, '')

/** The product of this page; undefined where nothing but the address could say it and `isCertain` is asked for. */
export function read(isCertain: boolean): Product | undefined {
  const products = linked()
  const data = products.pop()
  const offer = [data?.offers ?? data?.hasVariant?.[0]?.offers].flat()[0]
  // Of several the page is a list, unless they are the variants of one.
  const told =
    (products[0] ? data.hasVariant : data) ||
    document.querySelectorAll(PRODUCT).length === 1 ||
    /product/.test(meta('og:type') ?? '')
  if (isCertain && !told) return
  const category = data?.category
  return {
    id:
      data?.sku ?? data?.productID ?? itemprop('sku') ?? meta('product:retailer_item_id') ?? slugOf(location.pathname),
    category: typeof category === 'string' ? category : (category?.name ?? itemprop('category')),
    price: offer?.price ?? offer?.lowPrice ?? itemprop('price') ?? meta('product:price:amount', 'og:price:amount'),
    currency: offer?.priceCurrency ?? itemprop('priceCurrency') ?? meta('product:price:currency', 'og:price:currency'),
  }
}
