/** `fifthclick(verb, ...)`: what a shop's page may ask of the tracker. */

import { report } from './capture/commerce'
import { view } from './capture/pages'
import { slug } from './clean'
import { consent } from './gate'
import { emit } from './link'
import { on } from './offers'
import { Tag } from './schema'
import { startDebugging } from './util'

type Props = Record<string, unknown>

/** `fifthclick('track', name, {amount, label})`; GA4's e-commerce names take GA4's parameters. */
function track(name: string, props: Props = {}): void {
  const amount = Math.round(Number(props.amount))
  if (!report(name, props) && slug(name))
    emit(Tag.Custom, slug(name), Math.abs(amount) <= 1e12 && props.amount != null ? amount : undefined, slug(props.label))
}

const VERBS: Record<string, (...args: never[]) => void> = {
  track,
  page: () => view('spa'),
  consent,
  on,
  debug: startDebugging,
}

/** One call of the page's. An unknown verb is no error of the page. */
export function handle(args: ArrayLike<unknown>): void {
  const [verb, ...rest] = Array.from(args)
  VERBS[verb as string]?.(...(rest as never[]))
}
