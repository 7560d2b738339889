import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import {
  answer,
  captured,
  connection,
  consent,
  fate,
  ignoredBy,
  type Known,
  type Told,
  visit,
} from '../src/debug/words'
import type { Host } from '../src/host'
import { EVENT_NAMES, Tag } from '../src/schema'

/** The debug box: what it says, and that it says nothing that the server has not told. */

const KNOWN: Known = {
  isOpen: true,
  isKept: true,
  isAnswered: true,
  waiting: 0,
  forced: null,
  consent: null,
  gpc: false,
  dnt: false,
  origin: 'https://shop.example',
  site: 'pk_1',
  link: null,
}
const TOLD: Told = {
  seq: 7,
  score_permille: 412,
  segment: 'on_the_fence',
  reason: 'quiet_period',
  action_id: '',
  words: 'The shopper has only just arrived.',
  refused: [['free-shipping', 'cart_too_small', 'The cart is too small for this action.']],
}

async function boxOn(settings: Record<string, string> = {}, isOpen = true) {
  vi.resetModules()
  document.querySelector('fifthclick-debug')?.remove()
  let log: (...words: unknown[]) => void = () => {}
  Object.assign(window, { fifthclick: (verb: string) => verb === 'debug' && (log = console.log) })
  const host = {
    handlers: [] as [string, (value: unknown) => void][],
    setting: (name: string) => settings[name] ?? null,
    currentType: () => 'product',
    visit: () => {
      if (!isOpen) throw new Error('no visit')
      return ['https://fc.example/_fc', 'pk_1', new Uint8Array(16)]
    },
  }
  const { open } = await import('../src/debug/index')
  open(host as unknown as Host)
  const shell = document.querySelector('fifthclick-debug')!
  return {
    open: () => open(host as unknown as Host),
    capture: (event: unknown[]) => log('fifthclick', new Uint8Array(14), event),
    notice(told: Partial<Told>) {
      for (const [, hear] of host.handlers) hear({ ...TOLD, ...told })
    },
    text: () => shell.shadowRoot!.textContent,
    close: () => shell.shadowRoot!.querySelector('button')!.click(),
  }
}

afterEach(() => {
  vi.useRealTimers()
  sessionStorage.clear()
  document.querySelector('fifthclick-debug')?.remove()
})

// shows: O3
test('score, segment, reason and the first failed rule of every action are said in words', async () => {
  const box = await boxOn()
  box.notice({ seq: 0, reason: 'preview', words: 'This is a preview: nothing of this visit is counted.' })
  box.notice({})
  for (const words of [
    'nothing of this visit is counted',
    'Score 0.412: on the fence.',
    'The shopper has only just arrived.',
    'free-shipping: The cart is too small for this action.',
  ])
    expect(box.text()).toContain(words)
})

test('without a link it says what the page knows, and how to be told the rest', async () => {
  const box = await boxOn()
  expect(box.text()).toContain('it counts')
  expect(box.text()).toContain('fifthclick preview SITE')
  expect(box.text()).not.toMatch(/Score \d/)
})

test('what is captured, what became of an offer and which setting was ignored are listed as they come', async () => {
  vi.useFakeTimers()
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const box = await boxOn()
  box.capture([Tag.PageView, 1, 0, 'product', '/p/1'])
  box.capture([Tag.ActionWithheld, 2, 0, 'd1', 'guide', 'typing'])
  box.capture([Tag.Custom, 3, 0, 'fc_setting_ignored', undefined, 'exit'])
  for (let i = 4; i < 40; i++) box.capture([Tag.Scroll, i, 0, i])
  vi.advanceTimersByTime(1000)
  expect(box.text()).toContain('guide was not drawn: the shopper was typing all the time.')
  expect(box.text()).toContain('Settings that were ignoredexit')
  expect(box.text()).toContain('Captured here: 39, on a page of type product')
  expect(box.text()).toContain('39 scroll 39')
  expect(box.text()).not.toContain('31 scroll')
  expect(log).toHaveBeenCalledTimes(39)
})

test('it is there once, closes for good with its button, and stays on the next page until then', async () => {
  const box = await boxOn()
  box.open()
  expect(document.querySelectorAll('fifthclick-debug')).toHaveLength(1)
  expect(sessionStorage.getItem('_fc.debug')).toBe('1')
  expect(document.activeElement).toBe(document.body)
  box.close()
  expect(document.querySelectorAll('fifthclick-debug')).toHaveLength(0)
  expect(sessionStorage.getItem('_fc.debug')).toBeNull()
})

test('where the shop allows no storage the box is there and nothing is kept', async () => {
  const box = await boxOn({ storage: 'none' })
  box.notice({})
  expect(box.text()).toContain('Score 0.412')
  expect(sessionStorage.length).toBe(0)
})

test('where the gate is closed it says who closed it, and keeps nothing', async () => {
  const box = await boxOn({ consent: 'required' }, false)
  expect(box.text()).toContain('The tag waits for consent')
  expect(box.text()).toContain('Nothing is sent.')
  expect(sessionStorage.length).toBe(0)
})

// shows: B3
test.each([
  [{ gpc: true, isOpen: false }, 'Global Privacy Control is on'],
  [{ dnt: true, isOpen: false }, 'Do Not Track is on'],
  [{ isOpen: false }, 'Consent was denied'],
  [{ isOpen: false, consent: 'tcf' }, 'The consent platform of this page has not agreed'],
  [{ isOpen: false, consent: 'required' }, 'The tag waits for consent'],
  [{ consent: 'required' }, 'Consent was given'],
  [{}, 'none was denied'],
])('consent: %o', (known, words) => {
  expect(consent({ ...KNOWN, ...known })).toContain(words)
})

test.each([
  [{ isOpen: false }, false, 'Nothing is sent.'],
  [{}, false, 'The server answers.'],
  [{ isAnswered: false, waiting: 1 }, true, 'The server answers. 1 event on the way.'],
  [
    { isAnswered: false, waiting: 9 },
    false,
    '9 events on the way. If it stays so: it is away, or https://shop.example',
  ],
  [{ isAnswered: false, isKept: false }, false, 'cannot be told from here'],
])('connection: %o, heard %s', (known, heard, words) => {
  expect(connection({ ...KNOWN, ...known }, heard)).toContain(words)
})

test.each([
  [{}, undefined, 'An ordinary visit: it counts.'],
  [{ link: 'not a token!' }, undefined, 'no preview link that could be one'],
  [{ link: 'abcdefghijk' }, undefined, 'has not said yet'],
  [{ forced: 'abcdefghijk' }, undefined, 'has not said yet'],
  [{ link: 'abcdefghijk' }, { ...TOLD, words: 'It is over a day old.' }, 'It is over a day old.'],
])('visit: %o', (known, verdict, words) => {
  expect(visit({ ...KNOWN, ...known }, verdict)).toContain(words)
})

test('an answer without a score, of an arm that is shown nothing, and none at all', () => {
  expect(answer(undefined)).toEqual([])
  expect(answer({ ...TOLD, score_permille: null, refused: undefined })[0]).toBe('No score.')
  expect(answer({ ...TOLD, arm: 'holdout' }).join()).toContain('This visit is in holdout')
  expect(answer({ ...TOLD, arm: 'treatment' }).join()).not.toContain('treatment')
  expect(answer({ ...TOLD, action_id: 'guide', words: 'This offer fits now.' })[1]).toBe('guide: This offer fits now.')
})

test('every event has its name, and no more of it is shown than three short facts', () => {
  expect(EVENT_NAMES.split(' ')).toHaveLength(Tag.WebVitals)
  expect(captured([Tag.Custom, 9, 0, 'size_chart', 3, 'shoes', 'more'])).toBe('9 custom size_chart 3 shoes')
  expect(captured([Tag.AddToCart, 2, 0, 'EUR', 4200, [['sku-1']]])).toBe('2 add_to_cart EUR 4200')
  expect(fate([Tag.Click, 1, 0])).toBeUndefined()
  expect(fate([Tag.ActionSubmitted, 1, 0, 'd', 'letter'])).toBe('letter was taken.')
  expect(fate([Tag.ActionShown, 1, 0, 'd', 'letter'])).toBe('letter was drawn.')
  expect(ignoredBy([Tag.Custom, 1, 0, 'other', undefined, 'x'])).toBeUndefined()
})

test('every reason for which the page withholds an offer has words', () => {
  const docs = readFileSync('../docs/tracker.md', 'utf8')
  const table = docs.slice(docs.indexOf('| reason | what it means |'))
  const reasons = [...table.slice(0, table.indexOf('\n\n')).matchAll(/`(\w+)`/g)].map(([, reason]) => reason!)
  expect(reasons).toContain('typing')
  for (const reason of reasons.filter((reason) => reason !== 'killed'))
    expect(fate([Tag.ActionWithheld, 1, 0, 'd', 'a', reason])).not.toContain('withdrawn')
})
