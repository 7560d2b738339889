/**
 * The debug chunk: a box on the page that says in words why nothing is shown. Loaded by `?fc_debug` alone; no shopper has it.
 *
 * What only the server knows (score, reasons, rules) it tells to a signed preview link, never to whoever adds `?fc_debug`.
 */

import { decode } from '../codec'
import type { Host } from '../host'
import type { Visit } from '../queue'
import { type Box, open as openBox } from './box'
import { answer, captured, connection, consent, fate, ignoredBy, type Known, type Told, visit } from './words'

/** The box stays on the next pages of this tab until it is closed. */
export const KEPT = '_fc.debug'
const EVERY_MS = 500
const LISTED = 8

let box: Box | undefined

/** Open the box, once a page. Nothing that it does may reach the shop's page as an error. */
export function open(host: Host): void {
  if (box) return
  const events: string[] = []
  const fates: string[] = []
  const ignored = new Set<string>()
  let count = 0
  let verdict: Told | undefined
  let told: Told | undefined

  host.handlers.push([
    'notice',
    (value) => {
      const notice = value as Told
      if (notice.seq) told = notice
      else verdict = notice
      draw()
    },
  ])
  listen((...words) => {
    const event = words[2]
    if (!Array.isArray(event)) return
    count++
    events.unshift(captured(event))
    events.length = Math.min(events.length, LISTED)
    const became = fate(event)
    if (became) fates.unshift(became)
    const setting = ignoredBy(event)
    if (setting) ignored.add(setting)
  })

  const draw = () => {
    const known = knownOf(host)
    if (known.isOpen && (host.setting('storage') ?? 'session') === 'session') keep()
    box?.write([
      ['This visit', [visit(known, verdict)]],
      ['Consent', [consent(known)]],
      ['Connection', [connection(known, !!(told ?? verdict))]],
      ['Why', told || !verdict || verdict.reason !== 'preview' ? answer(told) : ['No event has been judged yet.']],
      ['On the page', fates],
      ['Settings that were ignored', [...ignored]],
      [`Captured here: ${count}, on a page of type ${host.currentType()}`, events],
    ])
  }
  const timer = setInterval(draw, EVERY_MS)
  box = openBox(() => {
    clearInterval(timer)
    try {
      sessionStorage.removeItem(KEPT)
    } catch {
      // No storage here, so nothing was kept.
    }
  })
  draw()
}

/** For the next page of this tab, where something may be kept at all. A refusal removes it (queue.ts). */
function keep(): void {
  try {
    sessionStorage.setItem(KEPT, '1')
  } catch {
    // Storage that is denied: the next page needs `?fc_debug` again.
  }
}

/** Hear what `fifthclick('debug')` says: the tracker keeps the console's function as it is at that moment. */
function listen(hear: (...words: unknown[]) => void): void {
  const { log } = console
  console.log = (...words) => {
    log(...words)
    hear(...words)
  }
  ;(window as unknown as { fifthclick: (verb: string) => void }).fifthclick('debug')
  console.log = log
}

/** What this tab has kept of its visit; undefined before anything is kept, and where nothing may be. */
function stored(site: string): Visit | undefined {
  try {
    const kept = sessionStorage.getItem(`_fc.${site}`)
    if (!kept) return undefined
    const [, visits] = decode(Uint8Array.from(kept, (c) => c.charCodeAt(0))) as [number, Visit[]]
    return visits.at(-1)
  } catch {
    return undefined
  }
}

/** Whether the gate is open: only then there is a visit. */
function isOpen(host: Host): boolean {
  try {
    return !!host.visit()
  } catch {
    return false
  }
}

function knownOf(host: Host): Known {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean }
  const site = host.setting('site') ?? ''
  const visit = stored(site)
  return {
    isOpen: isOpen(host),
    isKept: !!visit,
    isAnswered: !!visit?.[1],
    waiting: visit?.[5].length ?? 0,
    forced: visit?.[3] ?? null,
    consent: host.setting('consent'),
    gpc: !!globalPrivacyControl,
    dnt: doNotTrack === '1',
    origin: location.origin,
    site,
    link: new URLSearchParams(location.search).get('fc_preview'),
  }
}
