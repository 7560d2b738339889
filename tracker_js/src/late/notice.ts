/** What the server thinks after an event, for whoever listens: `fifthclick('on', 'notice', fn)`. Previews and debugging only. */

import type { Host } from '../host'
import type { ServerFrame } from '../transport'
import { safe } from '../util'

/** Tell it, where it is about this document. */
export const told = safe((frame: ServerFrame, { captured, handlers }: Host) => {
  const [, stream, seq, score_permille, segment, reason, action_id, words, refused, arm, preview] = frame
  if (captured(stream as Uint8Array, seq as number) == null) return
  for (const [wanted, handler] of handlers)
    if (wanted === 'notice') handler({ seq, score_permille, segment, reason, action_id, words, refused, arm, preview })
})
