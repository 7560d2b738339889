/** The start: one tracker per page, the gate first, and never an error in the shop's page. */

import { handle } from './api'
import * as attention from './capture/attention'
import * as clicks from './capture/clicks'
import * as commerce from './capture/commerce'
import * as fields from './capture/fields'
import * as intent from './capture/intent'
import * as pages from './capture/pages'
import { type Config, readConfig } from './config'
import * as gate from './gate'
import * as link from './link'
import * as offers from './offers'
import { listen, type Stop, safe, whenIdle } from './util'

interface Api {
  (...args: unknown[]): void
  /** Calls that the stub kept until we came. */
  q?: ArrayLike<unknown>[]
  /** Set by the tracker that runs: a second snippet is a no-op. */
  runs?: boolean
}

let stops: Stop[] = []

function switchOn(config: Config): void {
  link.start(config, offers.hear, () => pages.view('restore'))
  stops = [
    pages.start(),
    commerce.start(config.currency),
    clicks.start(),
    attention.start(),
    intent.start(),
    fields.start(),
    link.follow(offers.clear, () => pages.view('restore')),
  ]
  whenIdle(() => {
    if (stops.length && document.visibilityState !== 'hidden') offers.load().catch(() => {})
  })
}

function switchOff(): void {
  for (const stop of stops) stop()
  stops = []
  offers.clear()
  link.close()
}

function boot(): void {
  const script = (document.currentScript ?? document.querySelector('script[data-site]')) as HTMLScriptElement | null
  const config = script && readConfig(script)
  const w = window as unknown as { fifthclick?: Api }
  if (!config || w.fifthclick?.runs) return
  const early = w.fifthclick?.q ?? []
  const api: Api = safe((...args: unknown[]) => handle(args))
  api.runs = true
  w.fifthclick = api
  offers.setHost(config.host)
  let isOn = false
  const begin = () => {
    commerce.hearConsent(() => isOn)
    const tracks: ArrayLike<unknown>[] = []
    for (const call of Array.from(early)) (call[0] === 'track' ? tracks : [call]) === tracks ? tracks.push(call) : handle(call)
    gate.watch(
      config.needsConsent,
      safe((isOpen: boolean) => {
        if (isOpen === isOn) return
        isOn = isOpen
        if (isOpen) switchOn(config)
        else switchOff()
      }),
    )
    tracks.forEach(handle)
  }
  // A page that is only prepared has not been seen.
  if ((document as Document & { prerendering?: boolean }).prerendering) {
    const stop = listen(document, 'prerenderingchange', () => {
      stop()
      begin()
    })
  } else begin()
}

safe(boot)()
