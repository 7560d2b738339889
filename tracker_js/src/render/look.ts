/**
 * The merchant's settings, made safe: what cannot be read falls back and is reported, and no text is left that nobody could read.
 *
 * The page's own custom properties come first, then the rules, then what is usual.
 */

import type { Host } from '../host'
import { ignored } from '../ignored'
import type { Look } from './types'

type Colour = number[]

const LIGHT = [255, 255, 255]
const DARK = [27, 31, 36]
const BLACK = [0, 0, 0]
/** Source: WCAG 2.2, success criterion 1.4.3. */
const READABLE = 4.5

/** Give the box its colours, its corners, its font, its direction of writing, and its place `edgePx` from the window's edge. */
export function dress(host: Host, box: HTMLElement, look: Look, edgePx: number): void {
  const page = getComputedStyle(document.documentElement)
  const body = getComputedStyle(document.body)
  const colour = (name: 'surface' | 'text' | 'accent', usual: Colour) => {
    const wanted = page.getPropertyValue(`--fc-${name}`).trim() || (look[name] as string)
    const found = wanted && read(box, wanted)
    if (wanted && !found) ignored(host, name)
    return found || usual
  }
  const surface = colour('surface', LIGHT)
  const best = readable(surface, DARK, LIGHT)
  const wanted = colour('text', best)
  const text = readable(surface, wanted, best)
  if (text !== wanted) ignored(host, 'text')
  const accent = colour('accent', text)
  // A button that can hardly be told from what it stands on has a line around it. Most shops set their font on <body>, and the layer stands beside it.
  box.style.cssText = `--at:${edgePx}px;--s:rgb(${surface});--t:rgb(${text});--e:rgba(${text},.16);--a:rgb(${accent});--o:rgb(${readable(accent, LIGHT)});--l:rgb(${contrast(accent, surface) < 3 ? text : accent});--r:${
    page.getPropertyValue('--fc-radius') || `${look.radius ?? 14}px`
  };font-family:${look.font ? 'system-ui,sans-serif' : body.fontFamily}`
  box.dir = `${look.direction ?? body.direction}`
}

/** The first that can be read on this; of black and white one always can. */
const readable = (surface: Colour, ...wanted: Colour[]): Colour =>
  wanted.find((one) => contrast(one, surface) >= READABLE) ?? BLACK

/** As the browser reads it; undefined for what is no colour, or lets through what is behind it. */
function read(box: HTMLElement, wanted: string): Colour | undefined {
  box.style.color = ''
  box.style.color = wanted
  const found = box.style.color && /^rgb\((.+)\)$/.exec(getComputedStyle(box).color)
  return found ? found[1]!.split(',').map(Number) : undefined
}

/** Between 1 and 21. Source: WCAG 2.2, contrast ratio of relative luminances. */
function contrast(one: Colour, other: Colour): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}

function luminance(colour: Colour): number {
  const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
