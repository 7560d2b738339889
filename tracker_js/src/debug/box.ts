/** The debug box: a corner of the page in a shadow root of its own. It takes no focus, moves nothing and goes with its button. */

import { make } from '../render/dom'

const STYLE = `
:host{all:unset!important;display:contents!important}
details{all:initial;position:fixed;z-index:2147483001;inset-block-end:8px;inset-inline-start:8px;box-sizing:border-box;inline-size:min(420px,calc(100vw - 16px));max-block-size:46vh;overflow:auto;overflow-wrap:anywhere;background:#14181d;color:#eef1f4;border:1px solid #5b6672;border-radius:8px;font:13px/1.45 ui-monospace,Menlo,Consolas,monospace;padding:10px 12px;text-align:start;direction:ltr}
summary{cursor:pointer;font-weight:700;padding-inline-end:40px;min-block-size:28px}
h3{margin:10px 0 2px;font-size:12px;font-weight:700;color:#9fd0ff}
p{margin:0 0 2px}
button{all:unset;position:absolute;inset-block-start:4px;inset-inline-end:4px;inline-size:36px;block-size:36px;text-align:center;cursor:pointer;font-size:18px}
summary:focus-visible,button:focus-visible{outline:2px solid #9fd0ff;outline-offset:1px}
@media print{details{display:none}}
`

export interface Box {
  /** What stands under each heading now, a line each. A heading without lines is left out. */
  write: (sections: [heading: string, lines: string[]][]) => void
  remove: () => void
}

/** Put it on the page. `closed` is told when its button, or Esc inside it, was pressed. */
export function open(closed: () => void): Box {
  const shell = document.createElement('fifthclick-debug')
  // What happens in it is not the shopper's doing.
  shell.dataset.fcLayer = ''
  const root = shell.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  const close = make('button', { type: 'button', 'aria-label': 'Close' }, '×')
  const body = make('div')
  const box = make(
    'details',
    { open: '', 'aria-label': 'Fifth Click debug' },
    make('summary', {}, 'Fifth Click'),
    body,
    close,
  )
  const remove = () => shell.remove()
  const leave = () => {
    remove()
    closed()
  }
  close.onclick = leave
  box.onkeydown = ({ key }) => {
    if (key === 'Escape') leave()
  }
  root.append(box)
  document.documentElement.append(shell)
  let before = ''
  return {
    write(sections) {
      const now = JSON.stringify(sections)
      // What stands there already can go on being read or selected.
      if (now === before) return
      before = now
      body.replaceChildren(
        ...sections
          .filter(([, lines]) => lines.length)
          .flatMap(([heading, lines]) => [make('h3', {}, heading), ...lines.map((line) => make('p', {}, line))]),
      )
    },
    remove,
  }
}
