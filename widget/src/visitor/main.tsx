/** Start of the visitor's page. It keeps nothing: no cookie, no storage, no log; what it knows goes with it. */
import { type ComponentChild, render } from 'preact';
import { CryptoError } from '../../../crypto/failure.ts';
import { selfTest } from '../../../crypto/selftest.ts';
import { BROWSER } from '../connection.ts';
import { translator } from '../strings.ts';
import type { Page } from '../wire.ts';
import { App, Checking, Refused, type Refusal } from './app.tsx';
import { Chat } from './chat.ts';
import { type TrustedDesk, trustDesk } from './trust.ts';
import { type Words, WordsProvider } from './words.ts';

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

function converse(page: Page, desk: TrustedDesk, show: (child: ComponentChild) => void): void {
  const time = new Intl.DateTimeFormat(page.language, { hour: '2-digit', minute: '2-digit' });
  const draw = () => show(<App chat={chat} state={chat.state} pinned={desk.pinned} />);
  const chat = new Chat({
    desk,
    origin: page.origin,
    language: page.language,
    surroundings: BROWSER,
    clock: () => time.format(new Date()),
    today,
    changed: draw,
  });
  draw();
  chat.start();
  addEventListener('online', () => chat.retry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') chat.retry();
  });
  // Back must not show the chat (EX-7): what is gone from the screen and the memory cannot come back.
  addEventListener('pagehide', () => {
    chat.leave();
    show(null);
  });
}

addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

async function start(): Promise<void> {
  const page = JSON.parse(element('page').textContent) as Page;
  const words: Words = { say: translator(page.strings), desk: page.desk, language: page.language };
  const root = element('chat');
  const show = (child: ComponentChild) => render(<WordsProvider value={words}>{child}</WordsProvider>, root);
  show(<Checking />);
  const checked = await check(page);
  if (typeof checked === 'string') show(<Refused refusal={checked} />);
  else converse(page, checked, show);
}

void start();
