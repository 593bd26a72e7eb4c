/**
 * What a host page loads: a button, and on a press a sandboxed frame of our own origin. It stores, reads and reports
 * nothing (PR-11). Styles are set property by property, as a strict policy of the host forbids style attributes.
 */

/** Button, hide, own window, title of the frame: the same words as `embed.*` in the catalogues, which a test compares. */
export const LABELS: Readonly<Record<string, readonly [string, string, string, string]>> = {
  sv: ['Chatta anonymt', 'Dölj', 'Eget fönster', 'Chatt'],
  da: ['Chat anonymt', 'Skjul', 'Eget vindue', 'Chat'],
  en: ['Chat anonymously', 'Hide', 'Own window', 'Chat'],
};

/** Scripts, and no origin: the frame has neither storage nor a name that the host's page could share. */
const SANDBOX = 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox';

/** Sixteen pixels from the edge; none where the window is hardly wider than the panel, which then fills it. */
const EDGE = 'max(0px,min(16px,(100vw - 440px)*99))';
const FONT = ['font:16px/1.5 system-ui,sans-serif', 'color-scheme:light dark'];
const BOX = ['all:initial', 'position:fixed', 'z-index:2147483647', `right:${EDGE}`, `bottom:${EDGE}`, ...FONT];

// A rule that a browser does not know is passed over, and the one before it stands: dvh, light-dark().
const COLUMN = ['all:initial', 'display:flex', 'flex-direction:column', 'box-sizing:border-box', 'width:min(100vw,420px)'];
const HEIGHT = [`height:calc(100vh - 2*${EDGE})`, `height:min(100dvh - 2*${EDGE},max(720px,(440px - 100vw)*99))`];
const GROUND = ['background:#f8f4ee', 'background:light-dark(#f8f4ee,#1d1b19)'];
const PANEL = [...COLUMN, ...HEIGHT, ...GROUND, 'border:1px solid #857c70', 'box-shadow:0 4px 24px #0003', ...FONT];
const BAR = ['all:initial', 'display:flex', 'flex-wrap:wrap', 'justify-content:space-between', 'padding:0 4px', ...FONT];
const FRAME = ['all:initial', 'flex:1', 'width:100%', 'border:0', 'color-scheme:light dark'];

const TARGET = ['all:revert', 'min-height:44px', 'margin:0', 'padding:8px 12px', 'box-sizing:border-box', 'font:inherit'];
const PLAIN = ['border:1px solid transparent', 'background:none', 'cursor:pointer'];
const INK = ['color:#134540', 'color:light-dark(#134540,#a9ddd5)', 'text-decoration:underline'];
const BUTTON = [...TARGET, ...PLAIN, ...INK];
const COLOURS = ['background:#1d5c56', 'color:#fff', 'font-weight:600', 'text-decoration:none'];
const OPENER = [...BUTTON, ...COLOURS, 'margin:16px', 'padding:8px 20px', 'border-radius:12px'];

type Style = readonly string[];

function make<T extends keyof HTMLElementTagNameMap>(tag: T, style: Style, text = ''): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const rule of style) {
    const colon = rule.indexOf(':');
    element.style.setProperty(rule.slice(0, colon), rule.slice(colon + 1));
  }
  element.textContent = text;
  return element;
}

function show(element: HTMLElement, visible: boolean): void {
  element.style.setProperty('display', visible ? (element.tagName === 'DIV' ? 'flex' : 'inline-block') : 'none');
}

function place(script: HTMLScriptElement): void {
  const { desk = '', language = 'en', root } = script.dataset;
  const [open, hide, ownWindow, title] = LABELS[language] ?? LABELS['en']!;
  const path = `/chat/${encodeURIComponent(desk)}/${encodeURIComponent(language)}`;
  const address = new URL(script.src).origin + path + (root ? `#root=${root}` : '');

  const box = make('div', BOX);
  box.lang = language;
  const opener = make('button', OPENER, open);
  opener.type = 'button';
  opener.setAttribute('aria-expanded', 'false');
  box.append(opener);

  let panel: HTMLDivElement | undefined;
  let frame: HTMLIFrameElement;

  const makePanel = (): HTMLDivElement => {
    const made = make('div', PANEL);
    const bar = make('div', BAR);
    const link = make('a', BUTTON, ownWindow);
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    const hider = make('button', BUTTON, hide);
    hider.type = 'button';
    hider.onclick = () => {
      toggle(false);
      opener.focus();
    };
    frame = make('iframe', FRAME);
    frame.title = title;
    frame.setAttribute('sandbox', SANDBOX);
    frame.referrerPolicy = 'no-referrer';
    frame.src = address;
    bar.append(link, hider);
    made.append(bar, frame);
    box.append(made);
    return made;
  };
  /** Hidden, not removed: the conversation goes on. */
  const toggle = (visible: boolean): void => {
    panel ??= makePanel();
    show(panel, visible);
    show(opener, !visible);
    opener.setAttribute('aria-expanded', String(visible));
    if (visible) frame.focus();
  };
  opener.onclick = () => toggle(true);
  document.body.append(box);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.body) place(script);
  else addEventListener('DOMContentLoaded', () => place(script));
}
