/**
 * The privacy gate: until it opens nothing is stored and nothing is sent.
 *
 * Global Privacy Control and Do Not Track close it for good. `data-consent="required"` keeps it closed until the shop
 * says `granted`; else it is open unless the shop, or Google's consent mode, says `denied`.
 */

import { needsConsent } from './config'

let answer: unknown
let changed: (isOpen: boolean) => void = () => {}

/** Whether anything may be stored or sent. */
export const isOpen = () => {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean }
  return !globalPrivacyControl && doNotTrack !== '1' && (needsConsent ? answer === 'granted' : answer !== 'denied')
}

/** Watch the gate: `onChange` is called now and at every answer. */
export function watch(onChange: (isOpen: boolean) => void): void {
  changed = onChange
  changed(isOpen())
}

/** The shop's consent dialog has an answer: `granted` or `denied`. */
export function consent(word: unknown): void {
  if (word !== 'granted' && word !== 'denied') return
  answer = word
  changed(isOpen())
}
