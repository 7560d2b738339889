/** Where an offer stands: at an edge beside what the shop has fixed there, or in the shop's own slot if nothing moves by it. */

/** Put it into the slot of this name; false, and nothing is changed, where there is none or it has no room. */
export function enter(shell: HTMLElement, name = ''): boolean {
  const slot = name && document.querySelector<HTMLElement>(`[data-fc-slot="${CSS.escape(name)}"]`)
  if (!slot) return false
  const { top, height } = slot.getBoundingClientRect()
  slot.append(shell)
  if (slot.getBoundingClientRect().height > height + 0.5) {
    // What grows below the window pushes nothing that anybody sees. Room that was taken stays taken: nothing jumps.
    if (top > innerHeight) slot.style.minHeight = getComputedStyle(slot).height
    else {
      shell.remove()
      return false
    }
  }
  return true
}

/** How far from its edge of the window it has to be, in pixels. */
export function inset(top: boolean, end: boolean): number {
  const own = Number.parseFloat(
    getComputedStyle(document.documentElement).getPropertyValue(`--fc-inset-${top ? 'top' : 'bottom'}`),
  )
  if (own >= 0) return own
  let found = document.elementFromPoint(end ? innerWidth - 24 : 24, top ? 12 : innerHeight - 12)
  for (; found; found = found.parentElement) {
    if (!/fixed|sticky/.test(getComputedStyle(found).position)) continue
    const { top: above, bottom } = found.getBoundingClientRect()
    const edge = top ? bottom : innerHeight - above
    return edge > innerHeight * 0.4 ? 0 : Math.max(0, edge)
  }
  return 0
}
