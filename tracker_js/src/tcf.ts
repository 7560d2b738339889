/**
 * A chunk of its own, loaded with `data-consent="tcf"`: what the shop's consent platform says (IAB TCF 2) opens and closes
 * the gate. Nothing is stored or sent before it has answered, and nothing of its consent string is read.
 */

import type { Stop } from './util'

interface Answer {
  eventStatus?: string
  gdprApplies?: boolean
  listenerId?: number
  purpose?: { consents?: Record<string, boolean> }
}
type Platform = (
  command: string,
  version: number,
  heard: (answer: Answer, isGood: boolean) => void,
  id?: number,
) => void

/** Keep and read on the device, adapt what is shown within the visit, and measure it. */
const PURPOSES = ['1', '5', '6', '8']
const EVERY_MS = 250
/** Platforms leave their stub before anything else; one that never comes agrees to nothing. */
const LONGEST_MS = 30000

/** Ask the platform, now and at every change of mind. Returns the off switch. */
export function start(consent: (word: string) => void, purposes: string | null): Stop {
  const wanted = purposes?.match(/\d+/g) ?? PURPOSES
  const began = performance.now()
  let timer: ReturnType<typeof setTimeout>
  let id: number | undefined

  const platform = () => (window as unknown as { __tcfapi?: Platform }).__tcfapi

  function ask(): void {
    const api = platform()
    if (api) api('addEventListener', 2, hear)
    else if (performance.now() - began < LONGEST_MS) timer = setTimeout(ask, EVERY_MS)
  }

  function hear(answer: Answer, isGood: boolean): void {
    if (!isGood) return
    id = answer.listenerId
    const { eventStatus, gdprApplies, purpose } = answer
    // `cmpuishown`: the shopper is being asked, and what was said before no longer counts.
    if (eventStatus !== 'tcloaded' && eventStatus !== 'useractioncomplete') return
    const agrees = gdprApplies === false || wanted.every((one) => purpose?.consents?.[one] === true)
    consent(agrees ? 'granted' : 'denied')
  }

  ask()
  return () => {
    clearTimeout(timer)
    if (id != null) platform()?.('removeEventListener', 2, () => {}, id)
  }
}
