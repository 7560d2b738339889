/** What the script tag says: site, host, consent, storage, and the switches of previews. Set once, at the start. */

export let site = ''
/** Where the server is, with the prefix and without a trailing slash: `https://shop.example/_fc`. */
export let host = ''
/** Nothing begins before somebody has agreed. */
export let needsConsent = false
/** Whether sessionStorage may be used; else the page's memory has to do. */
export let keeps = true
export let wantsNotices = false
/** A preview: an arm that is forced, on demo sites, or the token of a preview link. The server flags its session, so that no
 * analysis counts it. */
export let arm: string | null = null
/** The shop's currency, for e-commerce events that forget to say it. */
export let currency = ''

/** The script tag, or what stands for it where a bundler brought the tracker (npm.ts). */
export type TagLike = Pick<HTMLScriptElement, 'src' | 'getAttribute'>

let tag: TagLike
let address: URL

/** One setting as the tag says it: `data-*` first, then the address of the script itself, because tag managers strip
 * unknown attributes. What is wrong with it is said by the late chunk (late/settings.ts). */
export const setting = (name: string): string | null =>
  tag.getAttribute(`data-${name}`) ?? (address.search ? address.searchParams.get(name) : null)

/** Whether the shop has switched off this group of signals. No group's name is part of another's. */
export const isOff = (group: string) => !!setting('off')?.includes(group)

/** Read the tag; false where it has no site key. */
export function readConfig(script: TagLike | null): boolean {
  if (!script) return false
  tag = script
  address = new URL(script.src)
  site = setting('site') ?? ''
  host = setting('host') ?? address.href.replace(/\/(v\/[^/]+\/)?[^/]*$/, '')
  // Here and for storage a word that we do not know asks for more care, never for less.
  needsConsent = (setting('consent') ?? 'auto') !== 'auto'
  keeps = (setting('storage') ?? 'session') === 'session'
  wantsNotices = setting('notices') != null
  currency = setting('currency') ?? ''
  const { search } = location
  arm = (search && /\bfc_(?:arm|preview)=([\w-]{1,200})/.exec(search)?.[1]) || setting('arm')
  return !!site
}
