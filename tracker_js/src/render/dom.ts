/** Elements by createElement and textContent only: no text is ever read as markup, no address but http(s) is ever followed. */

type Attributes = Record<string, string>
/** Children of an element; what is false or empty is left out. */
export type Parts = (Node | string | false | undefined)[]

/** An element with attributes and children; text children become text nodes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Parts
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const key in attributes) element.setAttribute(key, attributes[key]!)
  for (const child of children) if (child) element.append(child)
  return element
}

/** The address where it is http(s), else undefined. */
export function httpUrl(address: string | undefined): string | undefined {
  try {
    const url = new URL(address ?? '', location.href)
    return address && /^https?:$/.test(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
