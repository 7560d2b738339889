/** What the script tag says: site, host, consent, and the switches of previews. Set once, at the start. */

export let site = ''
/** Where the server is, with the prefix and without a trailing slash: `https://shop.example/_fc`. */
export let host = ''
export let needsConsent = false
export let wantsNotices = false
/** A preview forces an arm; the server flags its session so that no analysis counts it. */
export let arm: string | null = null
/** The shop's currency, for e-commerce events that forget to say it. */
export let currency = ''

/** Read the tag; false where it has no site key. `data-*` first, then the address of the script itself, because tag
 * managers strip unknown attributes. */
export function readConfig(script: HTMLScriptElement | null): boolean {
  if (!script) return false
  const address = new URL(script.src)
  const read = (name: string) => script.getAttribute(`data-${name}`) ?? address.searchParams.get(name)
  site = read('site') ?? ''
  host = read('host') ?? address.href.replace(/\/(v\/[^/]+\/)?[^/]*$/, '')
  needsConsent = read('consent') === 'required'
  wantsNotices = read('notices') != null
  currency = read('currency') ?? ''
  const wanted = read('arm') ?? new URLSearchParams(location.search).get('fc_arm') ?? ''
  arm = /^(treatment|holdout)$/.test(wanted) ? wanted : null
  return !!site
}
