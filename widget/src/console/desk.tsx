/** The workplace on the screen: lists on the left, one conversation on the right; on a phone one of the two. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Board, EMPTY_BOARD, unreadElsewhere } from './board.ts';
import { Dialog } from './dialog.tsx';
import type { Keyring } from './keyring.ts';
import { Lists, MINE_HEADING, Unread, rowElement } from './lists.tsx';
import { fingerprint } from './opened.ts';
import { Thread } from './thread.tsx';
import { type LanguageChoice, LineState, TopBar } from './top_bar.tsx';
import { sentence, useWords } from './words.ts';
import type { Workplace } from './workplace.ts';

export interface DeskProps {
  readonly keyring: Keyring;
  readonly choice: LanguageChoice;
  /** Made once for this keyring; tells of every change. */
  readonly open: (changed: (board: Board) => void) => Workplace;
  /** Own messages that the server has not accepted. */
  readonly unsent: () => number;
  readonly signOut: () => void;
}

/** The conversation on the screen, so that a reload comes back to it. */
const PLACE = 'sluss-shown';

function useWorkplace(open: DeskProps['open']): readonly [Board, Workplace | null] {
  const [board, setBoard] = useState(EMPTY_BOARD);
  const workplace = useRef<Workplace | null>(null);
  useEffect(() => {
    const here = open(setBoard);
    workplace.current = here;
    const retry = () => here.retry();
    addEventListener('online', retry);
    here.start();
    return () => {
      removeEventListener('online', retry);
      here.stop();
    };
  }, []);
  return [board, workplace.current];
}

/** After a reload the list comes first, then what was on the screen. */
function useShownAgain(board: Board, workplace: Workplace | null): void {
  const before = useRef(sessionStorage.getItem(PLACE) ?? '');
  useEffect(() => {
    if (board.shown) before.current = '';
    else if (before.current && board.mine.some(({ conversation }) => conversation === before.current)) {
      workplace?.show(before.current);
    }
    if (board.known) sessionStorage.setItem(PLACE, board.shown || before.current);
  }, [board.known, board.shown]);
}

/** What leaves the screen gives the focus back to the list. */
function useFocusBack(shown: string): void {
  const before = useRef('');
  useEffect(() => {
    if (!shown && before.current) {
      const row = document.getElementById(rowElement(before.current)) ?? document.getElementById(MINE_HEADING);
      row?.focus();
    }
    before.current = shown;
  }, [shown]);
}

/** A draft is in this page's memory only: leaving the page asks first. */
function useDraftWarning(board: Board): boolean {
  const drafts = [...board.open.values()].some(({ draft }) => draft.trim() !== '');
  useEffect(() => {
    if (!drafts) return undefined;
    const warn = (event: Event) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [drafts]);
  return drafts;
}

function LostLine({ board, retry }: { readonly board: Board; readonly retry: () => void }) {
  const { t } = useWords();
  return (
    <div role="alert">
      {board.line === 'lost' && (
        <p class="banner">
          {t('connection.lost.sentence')}{' '}
          <button type="button" class="button" onClick={retry}>
            {t('connection.retry')}
          </button>
        </p>
      )}
    </div>
  );
}

function NoticeBar({ board, dismiss }: { readonly board: Board; readonly dismiss: () => void }) {
  const { t } = useWords();
  const { notice } = board;
  return (
    <div role="status">
      {notice && (
        <p class="banner">
          {sentence(t, notice.key, 'refusal.other')}{' '}
          <button type="button" class="button" onClick={dismiss}>
            {t('dismiss')}
          </button>
        </p>
      )}
    </div>
  );
}

function Pane({
  board,
  workplace,
  keyring,
}: {
  readonly board: Board;
  readonly workplace: Workplace;
  readonly keyring: Keyring;
}) {
  const { t } = useWords();
  const id = board.shown;
  const open = board.open.get(id);
  return (
    <div class="pane">
      {id && (
        <button type="button" class="button plain back" onClick={() => workplace.show('')}>
          {t('back', { count: board.waiting.length })} <Unread count={unreadElsewhere(board)} />
        </button>
      )}
      {open ? (
        <Thread
          key={id}
          open={open}
          fingerprint={fingerprint(keyring)}
          draft={(text) => workplace.draft(id, text)}
          say={(text) => workplace.say(id, text)}
          close={(farewell) => workplace.close(id, farewell)}
          putAway={() => workplace.putAway(id)}
        />
      ) : (
        <p class="empty quiet">{id ? t('opening') : t('pane.empty')}</p>
      )}
    </div>
  );
}

function SignOut({ warn, signOut }: { readonly warn: () => boolean; readonly signOut: () => void }) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button plain" onClick={() => (warn() ? setAsking(true) : signOut())}>
        {t('sign-out')}
      </button>
      {asking && (
        <Dialog
          title={t('sign-out.heading')}
          confirm={t('sign-out')}
          cancel={t('sign-out.cancel')}
          careful
          onConfirm={signOut}
          onCancel={() => setAsking(false)}
        >
          <p>{t('sign-out.explain')}</p>
        </Dialog>
      )}
    </>
  );
}

export function Desk({ keyring, choice, open, unsent, signOut }: DeskProps) {
  const { t } = useWords();
  const [board, workplace] = useWorkplace(open);
  useShownAgain(board, workplace);
  useFocusBack(board.shown);
  const drafts = useDraftWarning(board);
  return (
    <div class={board.shown ? 'desk shows-thread' : 'desk'}>
      <TopBar choice={choice}>
        <LineState line={board.line} />
        <p class="member">{t('member', { name: [...keyring.desks.values()][0]!.claim.name })}</p>
        <SignOut warn={() => drafts || unsent() > 0} signOut={signOut} />
      </TopBar>
      <LostLine board={board} retry={() => workplace?.retry()} />
      <NoticeBar board={board} dismiss={() => workplace?.dismissNotice()} />
      <main class="panes">
        <h1 class="hidden">{t('title')}</h1>
        <Lists board={board} take={(id) => workplace?.take(id)} show={(id) => workplace?.show(id)} />
        {workplace && <Pane board={board} workplace={workplace} keyring={keyring} />}
      </main>
    </div>
  );
}
