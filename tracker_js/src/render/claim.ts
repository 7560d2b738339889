/**
 * An offer that is taken is claimed: the server books it once, however often it is asked, and gives the visit's own code.
 *
 * A bundle of its own, which is loaded with the first offer that can be claimed.
 */

import { httpUrl, make } from './dom'
import { keep, prefill } from './kept'
import type { Layer } from './shell'
import type { Offer } from './types'
import { sentence } from './words'

export { prefill } from './kept'

const RETRIES = 3
const FIRST_REST_MS = 1000

/** What came of it: the code, or a status of 400 and more without one. */
export interface Claim {
  status: number
  code?: string | null
}

/** Ask until there is an answer, or until it is plain that there will be none just now. Never throws. */
export async function claim({ params, visit: [host, site, session] }: Offer): Promise<Claim> {
  const body = JSON.stringify({
    site,
    session: Array.from(session, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    claim: params.claim,
  })
  for (let tries = 0; ; tries++) {
    let status = 503
    try {
      // A text needs no preflight, and outlives the page that the click leaves.
      const answer = await fetch(`${host}/v1/claims`, { method: 'POST', body, keepalive: true, credentials: 'omit' })
      status = answer.status
      if (answer.ok) return { status, code: (await answer.json()).code }
    } catch {
      // Offline, or no answer that can be read: as if the server were down.
    }
    if (tries === RETRIES || (status !== 429 && status < 500)) return { status }
    await new Promise((rested) => setTimeout(rested, FIRST_REST_MS * 2 ** tries))
  }
}

/** Where a code honours the offer: show it, copy it, and keep it for the page that has a field for it. */
export async function grant(layer: Layer, row: HTMLElement): Promise<void> {
  const { honour } = layer.offer.params
  if (honour?.by !== 'code' && honour?.by !== 'pool') return
  honour.code ||= await ask(layer, row)
  const { code, field } = honour
  if (!code) return
  if (!row.querySelector('code')) row.prepend(make('code', {}, code))
  if (field) {
    keep(layer.offer.host, code, field)
    prefill(layer.offer.host, [code, field])
  }
  // Here too, for a page that may not write to the clipboard.
  navigator.clipboard?.writeText(code).catch(() => {})
  layer.say(code)
}

/** The visit's own code, shown in `row`. Where it is not to be had, say so, and keep the buttons only if asking again may help. */
async function ask({ offer, say }: Layer, row: HTMLElement): Promise<string | undefined> {
  const { url, product } = offer.params
  row.parentElement?.querySelector('.no-code')?.remove()
  row.ariaBusy = 'true'
  const { status, code } = await claim(offer)
  row.ariaBusy = null
  if (code) {
    const go = row.querySelector('.go')
    const hadFocus = go && (row.getRootNode() as ShadowRoot).activeElement === go
    const shown = make('code', { tabindex: '-1' }, code)
    // The button stays where it still leads somewhere.
    row.replaceChildren(shown, ...(go && httpUrl(product?.url ?? url) ? [go] : []))
    if (hadFocus) shown.focus({ preventScroll: true })
    return code
  }
  const mayHelp = status >= 429
  const words =
    mayHelp || status === 409
      ? sentence('no-code', 'There is no code to be had at the moment.')
      : sentence('ended', 'This offer has ended.')
  row.before(make('p', { class: 'no-code' }, words))
  if (!mayHelp) row.remove()
  say(words)
}
