/** Start of the visitor's page. It keeps nothing: no cookie, no storage, no log; what it knows goes with it. */
import { CryptoError } from '../../../crypto/failure.ts';
import { selfTest } from '../../../crypto/selftest.ts';
import { BROWSER } from '../connection.ts';
import { translator } from '../strings.ts';
import type { Page } from '../wire.ts';
import { Chat, type ChatState } from './chat.ts';
import { type Refusal, chatScreen, checkingScreen, destroyedScreen, refusedScreen } from './screens.ts';
import { type TrustedDesk, trustDesk } from './trust.ts';
import type { Words } from './words.ts';

const DAY = 86_400_000;

const today = () => Math.floor(Date.now() / DAY);

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** The desk, or why nobody must write here. */
async function check({ desk }: Page): Promise<TrustedDesk | Refusal> {
  try {
    await selfTest();
  } catch {
    // Whatever is missing or wrong in this browser, the answer is the same: not here.
    return 'browser';
  }
  try {
    return await trustDesk(location.hash, desk, today());
  } catch (error) {
    if (error instanceof CryptoError) return 'keys';
    throw error;
  }
}

function converse(page: Page, words: Words, desk: TrustedDesk, root: HTMLElement): void {
  const time = new Intl.DateTimeFormat(page.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const changed = (state: ChatState) => {
    const { phase, entries } = state.conversation;
    if (phase === 'shredded' && entries.length === 0) root.replaceChildren(destroyedScreen(words, state.destroyed));
    else screen.show(state);
  };
  const chat = new Chat({
    desk,
    origin: page.origin,
    language: page.language,
    surroundings: BROWSER,
    clock: () => time.format(new Date()),
    today,
    changed,
  });
  const screen = chatScreen(words, chat, desk.pinned);
  changed(chat.state);
  root.replaceChildren(screen.element);
  screen.focus();
  chat.start();
  addEventListener('online', () => chat.retry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') chat.retry();
  });
  // Back must not show the chat (EX-7): what is gone from the screen and the memory cannot come back.
  addEventListener('pagehide', () => {
    chat.leave();
    root.replaceChildren();
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

async function start(): Promise<void> {
  const page = JSON.parse(element('page').textContent) as Page;
  const words: Words = { say: translator(page.strings), desk: page.desk, language: page.language };
  const root = element('chat');
  root.replaceChildren(checkingScreen(words));
  const checked = await check(page);
  if (typeof checked === 'string') root.replaceChildren(refusedScreen(words, checked));
  else converse(page, words, checked, root);
}

void start();
