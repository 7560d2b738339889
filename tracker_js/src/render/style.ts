/**
 * The look: calm, light, and the shop's own by its settings (`look`). Out of flow but in a slot, so nothing is pushed.
 *
 * Only transform moves, and only where motion is welcome: the first frame holds the whole offer.
 */

export const STYLE = `
:host{all:unset!important;display:contents!important}
.box{all:initial;display:block}
.bar,.card{position:fixed;z-index:2147483000;inset:auto 0 var(--at);pointer-events:none;padding:max(12px,env(safe-area-inset-bottom)) max(12px,env(safe-area-inset-left))}
.top{inset:var(--at) 0 auto}
*{box-sizing:border-box;font:inherit;color:inherit;margin:0;padding:0}
.o{pointer-events:auto;touch-action:pan-y;position:relative;font-size:15px;line-height:1.4;color:var(--t);background:var(--s);border:1px solid var(--e);border-radius:var(--r);box-shadow:0 8px 32px #0003;padding:16px;max-height:70vh;overflow:auto;overflow-wrap:anywhere}
.o,.b,form,label,.list{display:grid;gap:12px;min-width:0}
.card .o{width:min(380px,100%);margin-inline-start:auto}
.start .o{margin-inline:0 auto}
.inline .o{box-shadow:none;max-height:none}
.modal .o{position:fixed;margin:auto;width:min(480px,100vw - 24px);padding:28px}
::backdrop{background:#000a}
h2,.go,button,.name,label{font-weight:600}
h2{font-size:17px;padding-inline-end:36px;outline:0}
.bar .o{max-width:980px;margin:auto}
.row,.rate>div{display:flex;gap:8px;align-items:center}
.row{flex-wrap:wrap}
.small{font-size:13px}
button,.go{cursor:pointer;display:inline-flex;align-items:center;justify-content:center;min-height:44px;min-width:44px;padding:8px 16px;border-radius:calc(var(--r)*.7);border:1px solid var(--e);background:none;text-decoration:none}
.go{background:var(--a);color:var(--o);border-color:var(--l)}
.no{border-color:#0000;font-weight:500;padding-inline:8px}
.x{position:absolute;top:8px;inset-inline-end:8px;padding:0;font-size:22px}
button:hover,.go:hover{text-decoration:underline}
:focus-visible:not(h2){outline:3px solid var(--t);outline-offset:2px}
input{min-height:44px;width:100%;padding:8px 12px;font-size:16px;font-weight:400;background:#fff;color:#1b1f24;border:1px solid #6b7280;border-radius:8px}
code{font:600 16px/1 monospace;padding:13px 10px;border:1px dashed;border-radius:8px;user-select:all}
img{width:84px;height:84px;object-fit:cover;border-radius:8px;background:var(--e)}
div:has(>img){display:grid;grid-template-columns:auto 1fr;gap:12px;align-items:center}
.list{list-style:none}
.list img{width:56px;height:56px}
.list a,li>.name{display:block;padding-block:4px}
.list a:has(p){text-decoration:none}
a .name{text-decoration:underline}
.rate button{flex:1;padding:0;min-width:0}
.ends{justify-content:space-between;margin-top:4px}
progress{accent-color:var(--l);width:min(220px,100%)}
[role=status]{position:absolute;height:1px;overflow:hidden;clip-path:inset(50%)}
[hidden]{display:none!important}
@media(min-width:760px){.bar .o{display:flex;align-items:center;gap:24px;padding-inline-end:64px}.bar .b,.bar form,.bar .rate{flex:1;gap:4px}.bar h2{padding:0}.bar .list,.inline .list{grid-auto-flow:column;grid-auto-columns:1fr}}
@media(prefers-reduced-motion:no-preference){.bar .o,.card .o{animation:in .2s}@keyframes in{from{transform:translateY(12px)}}}
@media print{.box{display:none}}`
