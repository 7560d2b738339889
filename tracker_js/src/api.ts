/** `fifthclick(verb, ...)`: what a shop's page may ask of the tracker. */

import { report } from './capture/commerce'
import { view } from './capture/pages'
import { slug } from './clean'
import { consent } from './gate'
import { emit } from './link'
import { listen } from './offers'
import { Tag } from './schema'
import { startDebugging } from './util'

// biome-ignore lint/suspicious/noExplicitAny: a page may pass anything
type Any = any

/** `fifthclick('track', name, {amount, label})`; GA4's e-commerce names take GA4's parameters. */
function track(name: string, props: Any = {}): void {
  const { amount, label } = props
  if (!report(name, props) && name)
    emit(Tag.Custom, slug(name), Math.abs(amount) <= 1e12 ? Math.round(amount) : null, slug(label))
}

const verbs: Record<string, (...args: Any[]) => void> = {
  track,
  page: () => view('spa'),
  consent,
  on: listen,
  debug: startDebugging,
}

/** One call of the page's. An unknown verb is no error of the page. */
export const handle = ([verb, ...rest]: Iterable<Any>) => verbs[verb]?.(...rest)
