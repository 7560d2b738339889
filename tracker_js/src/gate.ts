/**
 * The privacy gate: until it opens nothing is stored and nothing is sent.
 *
 * Global Privacy Control and Do Not Track close it for good. `data-consent="required"` keeps it closed until the shop
 * says `granted`; `auto` opens it unless the shop, or Google's consent mode, says `denied`.
 */

type Signals = Navigator & { globalPrivacyControl?: boolean; msDoNotTrack?: string }

let needed = true
let answer: string | undefined
let changed: (isOpen: boolean) => void = () => {}

/** Whether the visitor's browser asks not to be followed. */
function isRefused(): boolean {
  const { globalPrivacyControl, doNotTrack, msDoNotTrack } = navigator as Signals
  const dnt = doNotTrack ?? msDoNotTrack ?? (window as { doNotTrack?: string }).doNotTrack
  return globalPrivacyControl === true || dnt === '1' || dnt === 'yes'
}

export const isOpen = () => !isRefused() && (needed ? answer === 'granted' : answer !== 'denied')

/** Watch the gate: `onChange` is called now and at every answer. */
export function watch(needsConsent: boolean, onChange: (isOpen: boolean) => void): void {
  needed = needsConsent
  changed = onChange
  changed(isOpen())
}

/** The shop's consent dialog has an answer: `granted` or `denied`. */
export function consent(word: unknown): void {
  if (word !== 'granted' && word !== 'denied') return
  answer = word
  changed(isOpen())
}
