// The strip of a guided walk: what to click next, and live what the server thinks. Not part of the shop's markup; it
// reads the tag's public notices and changes nothing. Only pages of a visit that began at /guide load it.
(() => {
  const walk = JSON.parse(document.currentScript.dataset.strip);
  const KEPT = 'walk-guide';
  const SEGMENTS = { likely_to_buy: 'Likely to buy', on_the_fence: 'On the fence', unlikely_to_buy: 'Unlikely to buy' };
  const STYLE = `
    :host { all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147482000; font: 500 15px/1.45 Figtree, system-ui, sans-serif; color: #e9efe9; }
    @media print { :host { display: none; } }
    section { background: #10211e; border-top: 1px solid #29433d; padding: 12px max(20px, calc((100vw - 74rem) / 2)) calc(12px + env(safe-area-inset-bottom)); display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); gap: 8px 32px; align-items: center; }
    p { margin: 0; } .muted { color: #a8bab3; font-size: 13px; } .say { font-size: 16px; color: #fff; font-weight: 600; }
    .doors { display: flex; gap: 8px 18px; align-items: center; flex-wrap: wrap; margin-top: 6px; }
    button { all: unset; cursor: pointer; background: #e8c48f; color: #2a1d0a; font-weight: 700; font-size: 14px; padding: 7px 16px; border-radius: 999px; min-height: 24px; }
    button:hover { background: #f3d7ab; } a { color: #e9efe9; padding: 5px 0; font-size: 13px; }
    :focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
    .live { display: grid; gap: 3px; } .now { display: flex; gap: 12px; align-items: center; }
    .score { font-size: 24px; font-weight: 700; color: #fff; min-width: 2ch; text-align: right; font-variant-numeric: tabular-nums; }
    .meter { flex: 1; height: 6px; border-radius: 3px; background: #29433d; overflow: hidden; }
    .meter i { display: block; height: 100%; width: 100%; background: #e8c48f; transform-origin: left; transform: scaleX(0); }
    .segment { font-weight: 600; white-space: nowrap; } code { font: 500 12px ui-monospace, monospace; color: #e8c48f; }
    .is-over .say { color: #e8c48f; }
    @media (prefers-reduced-motion: no-preference) { .meter i { transition: transform .4s; } }
    @media (max-width: 60rem) { section { grid-template-columns: minmax(0, 1fr); } .why { min-height: 2.9em; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; } }
  `;

  const make = (tag, className = '', text = '') => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };

  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  const isLast = walk.link === '';
  const isOnPath = location.pathname === walk.path;

  class WalkGuide extends HTMLElement {
    connectedCallback() {
      const root = this.attachShadow({ mode: 'open' });
      root.append(make('style', '', STYLE));
      this.section = make('section');
      this.section.setAttribute('aria-label', 'Guide');
      this.section.append(this.todo(), this.live());
      root.append(this.section);
      if (kept().last) this.show(kept().last);
      new ResizeObserver(() => {
        document.documentElement.style.paddingBottom = `${this.offsetHeight}px`;
      }).observe(this);
    }

    todo() {
      const box = make('div');
      const preview = walk.arm ? ` · preview, ${walk.arm}` : '';
      box.append(make('p', 'muted', `${walk.title}${preview} · page ${walk.number} of ${walk.of}`));
      this.say = make('p', 'say', isOnPath ? walk.say : 'You left the path, which is fine.');
      this.say.setAttribute('role', 'status');
      const doors = make('div', 'doors');
      const target = isOnPath && !isLast ? document.querySelector(walk.link) : null;
      if (target) {
        const button = make('button', '', 'Click it for me');
        button.type = 'button';
        button.addEventListener('click', () => target.click());
        doors.append(button);
      } else if (!isOnPath) doors.append(this.door('Back to the walk', walk.path));
      doors.append(this.door('End the walk', '/walk/end'));
      box.append(this.say, doors);
      return box;
    }

    door(text, href) {
      const link = make('a', '', text);
      link.href = href;
      return link;
    }

    live() {
      const box = make('div', 'live');
      const now = make('div', 'now');
      this.score = make('span', 'score', '–');
      const meter = make('span', 'meter');
      this.bar = make('i');
      meter.append(this.bar);
      this.segment = make('span', 'segment', 'Listening');
      now.append(this.score, meter, this.segment);
      this.why = make('p', 'why muted', 'The first answer comes with the first events.');
      this.code = make('code');
      box.append(now, this.why);
      return box;
    }

    /** What the server thinks after an event. Score in 1/1000, shown of 100. */
    show(notice) {
      const score = notice.score_permille;
      this.score.textContent = score == null ? '–' : String(Math.round(score / 10));
      this.bar.style.transform = `scaleX(${(score ?? 0) / 1000})`;
      this.segment.textContent = SEGMENTS[notice.segment] ?? 'No score yet';
      this.code.textContent = notice.reason;
      this.why.replaceChildren(`${notice.words} `, this.code);
    }

    /** Say how it ended, once it has. */
    conclude(notice) {
      const seen = kept();
      const isHeldOut = seen.wasChosen && notice.reason === 'cooling_down' && !seen.wasShown;
      const isKept = walk.expects === 'likely_to_buy' && isLast && isOnPath && notice.reason === 'stepped_aside';
      if (isHeldOut) this.end('Held out: the very same decision was made and logged, and nothing is shown.');
      else if (isKept || notice.reason === 'layer_open') this.end(walk.ending);
    }

    end(words) {
      this.section.className = 'is-over';
      if (this.say.textContent !== words) this.say.textContent = words;
    }
  }

  customElements.define('walk-guide', WalkGuide);
  const strip = document.createElement('walk-guide');
  // Clicks on the strip are not the shopper's.
  strip.setAttribute('data-fc-ignore', '');
  document.body.append(strip);

  window.fifthclick ??= (...args) => {
    window.fifthclick.q ??= [];
    window.fifthclick.q.push(args);
  };
  window.fifthclick('on', 'notice', (notice) => {
    const seen = kept();
    const isShown = seen.wasShown || notice.reason === 'layer_open';
    const wasChosen = seen.wasChosen || notice.reason === 'chosen';
    sessionStorage.setItem(KEPT, JSON.stringify({ last: notice, wasShown: isShown, wasChosen }));
    strip.show(notice);
    strip.conclude(notice);
  });
})();
