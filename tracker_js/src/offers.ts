/** The way to the late chunk, which captures what needs time and knows the renderer. */

import * as config from './config'
import { type Handler, handlers, host, type Late } from './host'
import { emit } from './link'
import { ServerTag, Tag } from './schema'
import type { ServerFrame } from './transport'
import { safe } from './util'

/** Set at build time: the late chunk's file name, with its content's hash. */
declare const LATE: string

let loading: Promise<Late> | undefined
let late: Late | undefined

/** `fifthclick('on', 'action' | 'notice', fn)`. */
export const listen = (name: string, handler: Handler) => handlers.push([name, safe(handler)])

/** Fetch it. A native import passes a strict CSP with nonces and Trusted Types. */
export const load = () =>
  (loading ??= import(`${config.host}/${LATE}`).then(
    (module) => (late = module),
    (error) => {
      // Offline, perhaps: it may work next time.
      loading = undefined
      throw error
    },
  ))

/** Once it is here; never, where it cannot be had. */
export const withLate = (use: (late: Late) => void): Promise<void> => load().then(safe(use), () => {})

/** Take a frame that is not an ack. */
export const hear = (frame: ServerFrame): unknown =>
  load()
    .then((module) => module.hear(frame, host))
    .catch(
      () =>
        frame[0] === ServerTag.ActionFrame &&
        // Another tab's offer is that tab's to draw.
        host.captured(frame[2] as Uint8Array, frame[3] as number) &&
        emit(Tag.ActionWithheld, frame[1] as string, frame[4] as string, 'blocked'),
    )

/** The page goes: nothing drawn stays behind in the back/forward cache. */
export const clear = () => late?.clear()
