/** The settings of the tag that only the late chunk judges: what each may say. A wrong one is reported, and its default holds. */

import type { Host } from '../host'
import { ignored } from '../ignored'

const GROUPS = 'clicks|scroll|dwell|idle|sections|fields|rage|exit|pointer|tabs|product|forms|vitals'

const ALLOWED: Record<string, RegExp> = {
  off: RegExp(`^((${GROUPS})?([ ,]+|$))*$`),
  exit: /^(low|medium|high)$/,
  consent: /^(auto|required|tcf)$/,
  purposes: /^\d+([ ,]+\d+)*$/,
  storage: /^(session|none)$/,
}

export function start(host: Host): void {
  for (const name in ALLOWED)
    if (!ALLOWED[name]!.test(host.setting(name) ?? '') && host.setting(name)) ignored(host, name)
}
