/**
 * What was said, as a log: each message its own element with its author in words (AC-2).
 * New ones never pull a reader away (AC-3).
 */
import { type Conversation, type Entry, anomalyKinds, entryKey } from '../conversation.ts';
import { el, setText } from '../dom.ts';
import type { Words } from './words.ts';

/** Pixels from the end within which somebody still reads the end. */
const NEAR = 80;

export interface Log {
  readonly element: HTMLElement;
  show(conversation: Conversation): void;
}

interface Row {
  readonly element: HTMLElement;
  show(entry: Entry): void;
}

function row({ say }: Words, entry: Entry): Row {
  const mine = entry.side === 'mine';
  // Read when one goes there, not read aloud at each step.
  const state = el('p', { 'aria-live': 'off' });
  const element = el(
    'li',
    { class: `message ${entry.side}` },
    el(
      'p',
      { class: 'byline' },
      el('span', { class: 'author' }, mine ? say('chat.you') : entry.name || say('chat.counsellor')),
      ' ',
      el('span', { class: 'clock' }, entry.clock),
    ),
    el('p', { class: 'text', dir: 'auto' }, entry.text),
    mine && state,
  );
  const show = (now: Entry) => {
    state.className = `state ${now.state}`;
    setText(state, say(`chat.${now.state}`));
  };
  return { element, show };
}

/** `above` stands before the first message and scrolls away with it. */
export function log(words: Words, above: HTMLElement): Log {
  const { say } = words;
  const rows = new Map<string, Row>();
  const notices = new Map<string, HTMLElement>();
  const list = el('ol', { class: 'messages' });
  const newer = el('button', { type: 'button', class: 'newer', hidden: true, onclick: () => toEnd() }, say('chat.newer'));
  const box = el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': 'log-heading', onscroll: () => scrolled() },
    above,
    el('h2', { id: 'log-heading', class: 'aside' }, say('chat.conversation')),
    el('div', { role: 'log', 'aria-labelledby': 'log-heading' }, list),
  );
  let atEnd = true;

  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    newer.hidden = true;
  };
  const scrolled = () => {
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (atEnd) newer.hidden = true;
  };
  // A touch keyboard takes half the window: who read the end goes on reading it.
  new ResizeObserver(() => rows.size > 0 && atEnd && toEnd()).observe(box);
  const add = (element: HTMLElement, follow: boolean) => {
    list.append(element);
    if (follow) toEnd();
    else newer.hidden = false;
  };
  const showEntry = (entry: Entry) => {
    const known = rows.get(entryKey(entry));
    const shown = known ?? row(words, entry);
    shown.show(entry);
    if (known) return;
    rows.set(entryKey(entry), shown);
    add(shown.element, atEnd || entry.side === 'mine');
  };
  const showNotices = (kinds: readonly string[]) => {
    // A gap may have filled: only then does anything here disappear.
    for (const [kind, notice] of notices) if (!kinds.includes(kind) && notices.delete(kind)) notice.remove();
    for (const kind of kinds) {
      if (notices.has(kind)) continue;
      const notice = el('li', { class: 'notice' }, say(`chat.${kind}`));
      notices.set(kind, notice);
      add(notice, atEnd);
    }
  };
  const show = (conversation: Conversation) => {
    conversation.entries.forEach(showEntry);
    showNotices(anomalyKinds(conversation));
  };
  return { element: el('div', { class: 'reading' }, box, newer), show };
}
