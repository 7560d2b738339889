/** What became of an offer is told to the server, and to the shop. */

import { Tag } from '../schema'
import { safe } from '../util'
import type { Offer } from './types'

/** In the order of their tags. */
const NAMES = 'shown clicked dismissed submitted withheld'.split(' ')

/** Report to the server, and to the shop's own dataLayer. */
export function report({ host, decision_id, action_id }: Offer, tag: Tag, ...rest: (string | number)[]): void {
  host.emit(tag as Tag.ActionShown, decision_id, action_id, ...(rest as [number, string]))
  const w = window as unknown as { dataLayer?: unknown[] }
  // A page may have made anything of it.
  safe(() =>
    w.dataLayer?.push({
      event: 'fifthclick_action',
      action_event: NAMES[tag - Tag.ActionShown],
      decision_id,
      action_id,
    }),
  )()
}
