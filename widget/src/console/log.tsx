/** What was said, in the order in which it was heard: read out as it grows, and never pulling the reader away. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Entry, entryKey } from '../conversation.ts';
import { useWords } from './words.ts';

interface LogProps {
  readonly entries: readonly Entry[];
  readonly language: string;
  readonly labelledBy: string;
}

/** Nearer to the end than this counts as reading along. */
const NEAR_END = 48;

function Message({ entry, language }: { readonly entry: Entry; readonly language: string }) {
  const { t } = useWords();
  const mine = entry.side === 'mine';
  const who = mine ? t('you') : t('visitor');
  return (
    <div class={`message ${entry.side} ${entry.kind}`}>
      <p class="quiet author">
        {who} · {entry.clock || t('earlier')}
        {entry.kind === 'farewell' && ` · ${t('farewell')}`}
      </p>
      <p class="text" dir="auto" lang={language}>
        {entry.text}
      </p>
      {mine && (
        // Read when one goes there, not read aloud at each step.
        <p class={`quiet mark ${entry.state}`} aria-live="off">
          {t(`mark.${entry.state}`)}
        </p>
      )}
    </div>
  );
}

/** Stay at the end while the reader is there; otherwise say that there is more. */
function useEnd(count: number) {
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [more, setMore] = useState(false);
  const toEnd = () => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
    setMore(false);
  };
  const scrolled = () => {
    // The last scroll of a log that leaves the screen is told after it has left.
    if (!log.current) return;
    const { scrollTop, clientHeight, scrollHeight } = log.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd.current) setMore(false);
  };
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    else if (count) setMore(true);
  }, [count]);
  useLayoutEffect(() => {
    // A keyboard on a phone, or an opened note above, takes room: the end stays in view.
    const resized = new ResizeObserver(() => atEnd.current && toEnd());
    resized.observe(log.current!);
    return () => resized.disconnect();
  }, []);
  return { log, more, toEnd, scrolled };
}

export function Log({ entries, language, labelledBy }: LogProps) {
  const { t } = useWords();
  const { log, more, toEnd, scrolled } = useEnd(entries.length);
  return (
    <div class="log-frame">
      <div ref={log} class="log" role="log" aria-labelledby={labelledBy} tabIndex={0} onScroll={scrolled}>
        {entries.map((entry) => (
          <Message key={entryKey(entry)} entry={entry} language={language} />
        ))}
      </div>
      {more && (
        <button type="button" class="button primary more" onClick={toEnd}>
          {t('new-messages')}
        </button>
      )}
    </div>
  );
}
