/** A setting of the shop's that is wrong: the default stands in its place, and it is said once, never in the shopper's way. */

import type { Host } from './host'
import { Tag } from './schema'

const told = new Set<string>()

/** Say it to whoever debugs, and to the server: a `custom` event with the setting's name, never with its value. */
export function ignored({ debug, emit }: Host, name: string): void {
  if (told.has(name)) return
  told.add(name)
  debug('setting ignored:', name)
  emit(Tag.Custom, 'fc_setting_ignored', undefined, name)
}
