/** What the debug box says, in words. Pure: everything that it knows is handed in. */

import { EVENT_NAMES, Tag } from '../schema'

/** What the server told of one event, or, with seq 0, of the page's preview link. */
export interface Told {
  seq: number
  score_permille: number | null
  segment: string | null
  reason: string
  action_id: string
  words: string
  /** Every other action with its reason, as a code and in words. */
  refused?: [action_id: string, reason: string, words: string][]
  arm?: string | null
  preview?: string
}

/** What the page knows of itself. */
export interface Known {
  /** Whether anything may be captured and sent. */
  isOpen: boolean
  /** Whether this tab keeps its visit, and whether a server has ever answered it. */
  isKept: boolean
  isAnswered: boolean
  /** Events that no receipt has come for. */
  waiting: number
  /** The arm or the preview link that this visit was begun with. */
  forced: string | null
  consent: string | null
  gpc: boolean
  dnt: boolean
  origin: string
  site: string
  /** What stands in the page's address. */
  link: string | null
}

/** Why an offer that came was not drawn (docs/tracker.md has the same list). */
const WITHHELD: Record<string, string> = {
  hidden: 'the tab was hidden all the time',
  typing: 'the shopper was typing all the time',
  dialog_open: "a dialog of the shop's was open all the time",
  layer_open: 'another offer was on the page',
  payment_step: 'nothing is drawn while the shopper pays',
  too_late: 'it came after its time',
  deadline_passed: 'the time until which it holds was over',
  nothing_to_show: 'there was no product, or a number below five',
  unknown_action: 'this build of the tracker cannot draw it',
  failed: 'this browser could not draw it',
  blocked: 'the file that draws it did not load',
}

const names = EVENT_NAMES.split(' ')
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

/** Whether anything may be captured at all, and who says so. */
export function consent({ isOpen, gpc, dnt, consent }: Known): string {
  if (gpc) return 'Global Privacy Control is on in this browser: nothing is stored, sent or shown.'
  if (dnt) return 'Do Not Track is on in this browser: nothing is stored, sent or shown.'
  if (isOpen)
    return consent && consent !== 'auto' ? 'Consent was given.' : 'No consent is waited for, and none was denied.'
  if (consent === 'tcf') return 'The consent platform of this page has not agreed: nothing is stored, sent or shown.'
  if (consent && consent !== 'auto')
    return "The tag waits for consent: nothing is stored, sent or shown before fifthclick('consent', 'granted')."
  return 'Consent was denied: nothing is stored, sent or shown.'
}

/** How the page talks to the server. `heard`: it has told this page something. */
export function connection({ isOpen, isKept, isAnswered, waiting, origin, site }: Known, heard: boolean): string {
  if (!isOpen) return 'Nothing is sent.'
  const left = waiting ? ` ${plural(waiting, 'event')} on the way.` : ''
  if (heard || isAnswered) return `The server answers.${left}`
  if (!isKept) return 'Nothing is stored in this browser, so whether the server answers cannot be told from here.'
  return `The server has not answered this visit yet.${left} If it stays so: it is away, or ${origin} is no origin of the site with the key ${site}. \`fifthclick check-tag\` says which.`
}

/** What kind of visit this is, and whether it counts. `verdict`: what the server said of the link. */
export function visit({ forced, link }: Known, verdict: Told | undefined): string {
  if (verdict) return verdict.words
  if (forced || /^[\w-]{1,200}$/.test(link ?? ''))
    return 'This visit was begun by a preview link; the server has not said yet what it is worth.'
  if (link !== null)
    return 'The address holds no preview link that could be one. This visit is an ordinary one and counts.'
  return 'An ordinary visit: it counts. Scores, reasons and rules are told to a signed link only: `fifthclick preview SITE`.'
}

/** What the server thinks, one line each: the score first, then the answer, then each action. */
export function answer(told: Told | undefined): string[] {
  if (!told) return []
  const { score_permille: score, segment, words, action_id, refused = [], arm } = told
  const lines = [
    score === null ? 'No score.' : `Score ${(score / 1000).toFixed(3)}: ${(segment ?? '').replaceAll('_', ' ')}.`,
    action_id ? `${action_id}: ${words}` : words,
  ]
  if (arm && arm !== 'treatment') lines.push(`This visit is in ${arm}: what is chosen is not shown.`)
  for (const [id, , why] of refused) lines.push(`${id}: ${why}`)
  return lines
}

/** What became of an offer on the page, or nothing for every other event. */
export function fate([tag, , , , action_id, why]: unknown[]): string | undefined {
  if (tag === Tag.ActionWithheld)
    return `${action_id} was not drawn: ${WITHHELD[why as string] ?? `withdrawn, ${why}`}.`
  const verb = { [Tag.ActionShown]: 'drawn', [Tag.ActionClicked]: 'taken', [Tag.ActionDismissed]: 'closed' }[
    tag as Tag.ActionShown
  ]
  return (verb ?? tag === Tag.ActionSubmitted) ? `${action_id} was ${verb ?? 'taken'}.` : undefined
}

/** One captured event in a line: its name, and the first things that it says. */
export const captured = ([tag, seq, , ...fields]: unknown[]): string =>
  `${seq} ${names[(tag as number) - 1]} ${fields
    .filter((field) => typeof field !== 'object' && field !== '')
    .slice(0, 3)
    .join(' ')}`.trim()

/** The name of a setting that was ignored, where the event says so. */
export const ignoredBy = ([tag, , , name, , label]: unknown[]): string | undefined =>
  tag === Tag.Custom && name === 'fc_setting_ignored' ? (label as string) : undefined
