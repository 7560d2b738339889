/**
 * What only a modal needs: where it has no place, what it looks like, and the round that Tab goes in it. The rest the browser's own
 * dialog does.
 */

/** The page that a shopper landed on: a modal has no place there (Google: avoid intrusive interstitials). */
export const isLanding = () =>
  performance.getEntriesByType('navigation')[0]?.name === location.href &&
  !document.referrer.startsWith(`${location.origin}/`)

const STYLE = `.modal .o{position:fixed;margin:auto;width:min(480px,100vw - 24px);padding:28px}::backdrop{background:#000a}`

/** Open it, with the focus on its title. */
export function open(dialog: HTMLDialogElement, root: ShadowRoot, dismiss: () => void): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets.push(sheet)
  dialog.oncancel = dismiss
  dialog.addEventListener('keydown', (event) => event.key === 'Tab' && cycle(event, root))
  dialog.showModal()
  dialog.querySelector('h2')!.focus()
}

/** Tab goes round inside a modal, as the pattern has it (APG, Dialog). */
function cycle(event: KeyboardEvent, root: ShadowRoot): void {
  event.preventDefault()
  const all = [...root.querySelectorAll<HTMLElement>('a,button,input,[tabindex="0"]')]
  const at = all.indexOf(root.activeElement as HTMLElement)
  all.at(event.shiftKey ? Math.max(at, 0) - 1 : (at + 1) % all.length)!.focus()
}
