/** What only a modal needs: where it has no place, and the round that Tab goes in it. The rest the browser's own dialog does. */

/** The page that a shopper landed on: a modal has no place there (Google: avoid intrusive interstitials). */
export const isLanding = () =>
  performance.getEntriesByType('navigation')[0]?.name === location.href &&
  !document.referrer.startsWith(`${location.origin}/`)

/** Tab goes round inside a modal, as the pattern has it (APG, Dialog). */
export function cycle(event: KeyboardEvent, root: ShadowRoot): void {
  event.preventDefault()
  const all = [...root.querySelectorAll<HTMLElement>('a,button,input')]
  const at = all.indexOf(root.activeElement as HTMLElement)
  all.at(event.shiftKey ? Math.max(at, 0) - 1 : (at + 1) % all.length)!.focus()
}
