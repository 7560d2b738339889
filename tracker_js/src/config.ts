/** What the script tag says: site, host, consent, and the switches of previews. */

export interface Config {
  site: string
  /** Where the server is, with the prefix and without a trailing slash: `https://shop.example/_fc`. */
  host: string
  needsConsent: boolean
  wantsNotices: boolean
  /** A preview forces an arm; the server flags its session so that no analysis counts it. */
  arm: string | null
  currency: string
}

/** The tag's settings, or null where there is no site key. `data-*` first, then the address of the script itself,
 * because tag managers strip unknown attributes. */
export function readConfig(script: HTMLScriptElement): Config | null {
  const address = new URL(script.src, location.href)
  const read = (name: string) => script.getAttribute(`data-${name}`) ?? address.searchParams.get(name)
  const site = read('site')
  const arm = read('arm') ?? new URLSearchParams(location.search).get('fc_arm')
  return site
    ? {
        site,
        host: (read('host') ?? address.href.replace(/\/(v\/[^/]+\/)?[^/]*$/, '')).replace(/\/$/, ''),
        needsConsent: read('consent') === 'required',
        wantsNotices: read('notices') != null,
        arm: arm === 'treatment' || arm === 'holdout' || arm === 'control' ? arm : null,
        currency: read('currency') ?? '',
      }
    : null
}
