/** Who waits, and whom the counsellor has: the two lists that stay in view. */
import type { Listed } from '../wire.ts';
import { type Board, type Row, longestWait, numberOf, rows } from './board.ts';
import { languageName, useWords } from './words.ts';

/** Where the focus goes when a conversation leaves the screen: to its row, or to the list it was in. */
export const MINE_HEADING = 'mine-heading';
export const rowElement = (id: string): string => `row-${id}`;

interface ListsProps {
  readonly board: Board;
  readonly take: (id: string) => void;
  readonly show: (id: string) => void;
}

function Waiting({
  one,
  take,
  ready,
}: {
  readonly one: Listed;
  readonly take: ListsProps['take'];
  readonly ready: boolean;
}) {
  const { t, language } = useWords();
  const minutes = Math.max(0, one.minutes);
  const wait = minutes ? t('waiting.minutes', { minutes }) : t('waiting.now');
  const tongue = languageName(one.language, language);
  return (
    <li class="row waiting">
      <div>
        <p class="row-title">{tongue}</p>
        <p class="quiet">
          {wait} · <span class={`line ${one.line}`}>{t(`line.${one.line}`)}</span>
        </p>
      </div>
      <button
        type="button"
        class="button primary"
        disabled={!ready}
        aria-label={t('take.label', { language: tongue, wait })}
        onClick={() => take(one.conversation)}
      >
        {t('take')}
      </button>
    </li>
  );
}

/** What a row says below its name: the most important thing only. */
function useRowState({ phase, line, typing, fault }: Row): string {
  const { t } = useWords();
  if (fault) return t(`fault.${fault}.short`);
  if (phase === 'closed') return t('phase.closed.short');
  return t(typing ? 'typing.short' : `line.${line}`);
}

export function Unread({ count }: { readonly count: number }) {
  const { t } = useWords();
  if (!count) return null;
  return <span class="unread">{t(count === 1 ? 'unread.one' : 'unread', { count })}</span>;
}

function Mine({ row, shown, show }: { readonly row: Row; readonly shown: boolean; readonly show: ListsProps['show'] }) {
  const { t, language } = useWords();
  return (
    <li>
      <button
        type="button"
        class="row mine"
        id={rowElement(row.id)}
        aria-current={shown ? 'true' : undefined}
        onClick={() => show(row.id)}
      >
        <span class="row-title">
          {t('conversation.name', { number: numberOf(row.id) })}
          <span class="quiet"> {languageName(row.language, language)}</span>
        </span>
        <Unread count={row.unread} />
        <span class={`quiet line ${row.line}`}>{useRowState(row)}</span>
      </button>
    </li>
  );
}

/** How many wait, and how long already: one line that is always in view. */
function Summary({ board }: { readonly board: Board }) {
  const { t } = useWords();
  const count = board.waiting.length;
  const minutes = longestWait(board);
  if (!board.known) return <>{t('waiting.unknown')}</>;
  if (!count) return <>{t('waiting.none')}</>;
  return <>{t(minutes ? 'waiting.summary' : 'waiting.count', { count, minutes })}</>;
}

export function Lists({ board, take, show }: ListsProps) {
  const { t } = useWords();
  const own = rows(board);
  return (
    <nav class="lists" aria-label={t('lists.label')}>
      <section aria-labelledby="waiting-heading">
        <h2 id="waiting-heading">{t('waiting.heading')}</h2>
        <p class="quiet" role="status">
          <Summary board={board} />
        </p>
        <ul>
          {board.waiting.map((one) => (
            <Waiting key={one.conversation} one={one} take={take} ready={board.line === 'open'} />
          ))}
        </ul>
      </section>
      <section aria-labelledby={MINE_HEADING}>
        <h2 id={MINE_HEADING} tabIndex={-1}>
          {t('mine.heading')}
        </h2>
        {own.length === 0 && <p class="quiet">{t('mine.none')}</p>}
        <ul>
          {own.map((row) => (
            <Mine key={row.id} row={row} shown={row.id === board.shown} show={show} />
          ))}
        </ul>
      </section>
    </nav>
  );
}
