/**
 * The look: calm, light, and the shop's own by its settings (`look`). Out of flow but in a slot, so nothing is pushed.
 *
 * Only transform moves, and only where motion is welcome: the first frame holds the whole offer.
 */

export const STYLE = `
:host{all:unset!important;display:contents!important}
.box{all:initial;display:block}
.inline{visibility:inherit}
.bar,.card{position:fixed;z-index:2147483000;inset:auto 0 var(--at);pointer-events:none;padding:max(12px,env(safe-area-inset-bottom)) max(12px,env(safe-area-inset-left))}
.top{inset:var(--at) 0 auto}
*{box-sizing:border-box;font:inherit;color:inherit;margin:0;padding:0;min-width:0;gap:12px;list-style:none}
.o{pointer-events:auto;position:relative;display:flex;flex-direction:column;font-size:15px;line-height:1.4;color:var(--t);background:var(--s);border:1px solid var(--e);border-radius:var(--r);box-shadow:0 8px 32px #0003;padding:16px;max-height:70vh;overflow-wrap:anywhere}
.o,.b{overflow:auto;touch-action:pan-y}
.b,form,label,.list{display:grid}
.card .o{width:min(380px,100%);margin-inline-start:auto}
.start .o{margin-inline:0 auto}
.inline .o{box-shadow:none;max-height:none}
h2,.go,.name,label{font-weight:600}
h2{font-size:17px;padding-inline-end:36px;outline:0}
.row,.rate>div{display:flex;gap:8px;align-items:center}
.row{flex-wrap:wrap}
.small{font-size:13px}
button,.go{cursor:pointer;display:inline-flex;align-items:center;justify-content:center;text-align:center;min-height:44px;min-width:44px;padding:8px 16px;border-radius:calc(var(--r)*.7);border:1px solid var(--e);background:none;text-decoration:none}
.go{background:var(--a);color:var(--o);border-color:var(--l)}
.no{border-color:#0000;padding-inline:8px}
.x{position:absolute;top:8px;inset-inline-end:8px;padding:0;font-size:22px;background:var(--s)}
button:hover,.go:hover{text-decoration:underline}
:focus-visible:not(h2){outline:3px solid var(--t);outline-offset:2px}
input{min-height:44px;width:100%;padding:8px 12px;font-size:16px;font-weight:400;background:#fff;color:#1b1f24;border:1px solid #6b7280;border-radius:8px}
code{font:600 16px/1 monospace;padding:13px 10px;border:1px dashed;border-radius:8px;user-select:all}
img{height:84px;width:84px;object-fit:cover;border-radius:8px;background:var(--e)}
div:has(>img){display:grid;grid-template-columns:auto 1fr;align-items:center}
.bar img,.list img{height:56px;width:56px}
.list a,li>.name{display:block;padding-block:4px}
.list a:has(p){text-decoration:none}
a .name{text-decoration:underline}
.rate button{flex:1;padding:0}
.ends{justify-content:space-between}
progress{accent-color:var(--l);width:min(220px,100%)}
[role=status]{position:absolute;height:1px;overflow:hidden;clip-path:inset(50%)}
[hidden]{display:none!important}
.bar .o{max-width:980px;margin:auto;max-height:max(25svh,130px);font-size:14px;line-height:1.3;padding:8px 12px;gap:6px}
.bar .b,.bar label,.bar .list{gap:4px}
.bar .b{padding-inline-end:32px;min-height:36px}
.bar h2{font-size:16px;padding:0}
.bar .x{top:0;inset-inline-end:0}
.bar form{grid-template-columns:3fr 2fr;align-items:end}
:is(.bar,.inline) .list:has(a){grid-auto-flow:column;grid-auto-columns:minmax(160px,1fr);overflow:auto}
@media(max-width:759px){.bar .row{flex-wrap:nowrap}.bar .row>.no{display:none}.bar .go{flex:1 0 45%;padding:4px 8px}.row>.small{max-width:25%}}
@media(min-width:760px){.bar .o{flex-direction:row;align-items:center;gap:24px;padding-inline-end:44px}.bar .b,.bar form,.bar .rate{flex:1}}
@media(prefers-reduced-motion:no-preference){.bar .o,.card .o{animation:in .2s}@keyframes in{from{transform:translateY(12px)}}}
@media print{.box{display:none}}`
