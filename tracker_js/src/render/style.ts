/**
 * The look: calm, light, and the shop's own through custom properties on :root.
 *
 * `--fc-surface --fc-text --fc-accent --fc-radius --fc-inset-top --fc-inset-bottom`. Out of flow, so nothing is pushed.
 * Only transform moves, and only where motion is welcome: the first frame holds the whole offer.
 */

export const STYLE = `
:host{all:unset!important;display:contents!important}
.bar,.card{all:initial;font-family:inherit;position:fixed;z-index:2147483000;inset-inline:0;pointer-events:none;box-sizing:border-box;padding:12px max(12px,env(safe-area-inset-right)) max(12px,env(safe-area-inset-bottom)) max(12px,env(safe-area-inset-left))}
.bar{inset-block-start:var(--at)}
.card{inset-block-end:var(--at)}
*{box-sizing:border-box;font:inherit;color:inherit;margin:0}
section{pointer-events:auto;position:relative;display:grid;gap:10px;font-size:16px;line-height:1.45;text-align:start;color:var(--fc-text,#1b1f24);background:var(--fc-surface,#fff);border:1px solid #1b1f2426;border-radius:var(--fc-radius,14px);box-shadow:0 2px 4px #0000000f,0 14px 40px #00000029;padding:18px 20px;padding-inline-end:60px;max-block-size:70vh;overflow:auto;overflow-wrap:anywhere}
.card section{inline-size:min(380px,100%);margin-inline-start:auto;padding-inline-end:20px}
.card h2{padding-inline-end:36px}
.bar section{max-inline-size:860px;margin-inline:auto;padding-block:14px}
@media(min-width:760px){.bar section{grid-template-columns:1fr auto;align-items:center;row-gap:2px}.bar p{grid-column:1}.bar .row:has(.go,code){grid-area:1/2/span 2}}
h2,.price{font-weight:650}
h2{font-size:17px;line-height:1.3}
p{font-size:15px}
.row{display:flex;flex-wrap:wrap;gap:8px 10px;align-items:center}
.small{font-size:13px;opacity:.8}
button,.go{cursor:pointer;display:inline-flex;align-items:center;justify-content:center;min-block-size:44px;min-inline-size:44px;padding:8px 18px;border-radius:calc(var(--fc-radius,14px)*.7);border:1px solid #1b1f2433;background:none;font-size:15px;font-weight:600;text-decoration:none}
.go{background:var(--fc-accent,#1b1f24);color:var(--on-accent,#fff);border-color:transparent}
.no{border-color:transparent;font-weight:500}
.x{position:absolute;inset-block-start:8px;inset-inline-end:8px;padding:0;font-size:22px;font-weight:400;line-height:1}
button:hover,.go:hover{text-decoration:underline}
.x:hover{background:#1b1f2412;text-decoration:none}
:focus-visible{outline:3px solid var(--fc-accent,#1b1f24);outline-offset:2px}
label{display:grid;gap:4px;font-size:14px;font-weight:600}
input{min-block-size:44px;inline-size:100%;padding:8px 12px;font-size:16px;font-weight:400;background:#fff;color:#1b1f24;border:1px solid #6b7280;border-radius:8px}
form{display:grid;gap:10px}
code{font:600 16px/1 ui-monospace,monospace;padding:10px 12px;border:1px dashed currentColor;border-radius:8px;user-select:all}
img{inline-size:84px;block-size:84px;object-fit:cover;border-radius:10px;background:#1b1f240d}
.with{display:grid;grid-template-columns:84px 1fr;gap:14px}
progress{appearance:none;inline-size:min(220px,100%);block-size:8px;border:0;border-radius:4px;overflow:hidden;background:#1b1f241f}
progress::-webkit-progress-bar{background:none}
progress::-webkit-progress-value{background:var(--fc-accent,#1b1f24)}
progress::-moz-progress-bar{background:var(--fc-accent,#1b1f24)}
[role=status]{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none}
@media(prefers-reduced-motion:no-preference){section{animation:in .22s cubic-bezier(.2,.7,.3,1)}@keyframes in{from{transform:translateY(var(--from,14px))}}.bar section{--from:-14px}}
@media(forced-colors:active){section,button,.go{border-color:CanvasText}}
@media print{.bar,.card{display:none}}`
