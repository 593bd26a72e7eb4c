/**
 * What a host page loads: a button, and on a press a sandboxed frame of our own origin. It stores, reads and reports nothing (PR-11).
 * Styles are set property by property, because a strict policy of the host forbids style attributes and style elements.
 */

/** Button, hide, own window, title of the frame: the same words as `embed.*` in the catalogues, which a test compares. */
export const LABELS: Readonly<Record<string, readonly [string, string, string, string]>> = {
  sv: ['Chatta anonymt', 'Dölj chatten', 'Öppna i eget fönster', 'Chatt'],
  da: ['Chat anonymt', 'Skjul chatten', 'Åbn i eget vindue', 'Chat'],
  en: ['Chat anonymously', 'Hide the chat', 'Open in its own window', 'Chat'],
};

/** Scripts, and no origin: the frame has neither storage nor a name that the host's page could share. */
const SANDBOX = 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox';

const BOX =
  'all:initial;position:fixed;z-index:2147483647;right:max(0px,min(16px,(100vw - 440px)*99));bottom:max(0px,min(16px,(100vw - 440px)*99));font:16px/1.5 system-ui,sans-serif;color-scheme:light';
const PANEL =
  'all:initial;display:flex;flex-direction:column;width:min(100vw,420px);height:min(100vh,720px);background:#f8f4ee;border:1px solid #857c70;box-sizing:border-box;font:inherit';
const BAR = 'all:initial;display:flex;justify-content:space-between;gap:8px;padding:0 8px;font:inherit';
const BUTTON =
  'all:revert;min-height:44px;margin:0;padding:8px 12px;border:1px solid transparent;background:none;color:#134540;font:inherit;text-decoration:underline;cursor:pointer;box-sizing:border-box';
const OPENER = `${BUTTON};margin:16px;padding:8px 20px;border-radius:12px;background:#1d5c56;color:#fff;font-weight:600;text-decoration:none`;
const FRAME = 'all:initial;flex:1;width:100%;border:0';

function make<T extends keyof HTMLElementTagNameMap>(tag: T, style: string, text = ''): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const rule of style.split(';')) {
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
  const address = `${new URL(script.src).origin}/chat/${encodeURIComponent(desk)}/${encodeURIComponent(language)}${root ? `#root=${root}` : ''}`;

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
