/** What was said, as a log: each message its own element with its author in words (AC-2). New ones never pull a reader away (AC-3). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { type Conversation, type Entry, anomalyKinds, entryKey } from '../conversation.ts';
import { useWords } from './words.ts';

/** Pixels from the end within which somebody still reads the end. */
const NEAR = 80;

function Message({ entry }: { readonly entry: Entry }) {
  const { say } = useWords();
  const author = entry.side === 'mine' ? say('chat.you') : entry.name || say('chat.counsellor');
  return (
    <li class={`message ${entry.side}`}>
      <p class="byline">
        <span class="author">{author}</span> <span class="clock">{entry.clock}</span>
      </p>
      <p class="text" dir="auto">
        {entry.text}
      </p>
      {entry.side === 'mine' && (
        // Read when one goes there, not read aloud at each step.
        <p class={`state ${entry.state}`} aria-live="off">
          {say(`chat.${entry.state}`)}
        </p>
      )}
    </li>
  );
}

/** Follows the end while the end is being read; otherwise says that there is something newer. */
function useFollowing(count: number) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [newer, setNewer] = useState(false);
  const toEnd = () => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
    setNewer(false);
  };
  const scrolled = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = box.current ?? {};
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd.current) setNewer(false);
  };
  useLayoutEffect(() => {
    if (count === 0) return;
    if (atEnd.current) toEnd();
    else setNewer(true);
  }, [count]);
  return { box, newer, scrolled, toEnd };
}

interface LogProps {
  readonly conversation: Conversation;
  /** What stands above the first message. */
  readonly children: ComponentChildren;
}

export function Log({ conversation, children }: LogProps) {
  const { say } = useWords();
  const kinds = anomalyKinds(conversation);
  const { box, newer, scrolled, toEnd } = useFollowing(conversation.entries.length + kinds.length);
  return (
    <div class="reading">
      <div class="scroll" ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-labelledby="log-heading">
        {children}
        <h2 id="log-heading" class="aside">
          {say('chat.conversation')}
        </h2>
        <div role="log" aria-labelledby="log-heading">
          <ol class="messages">
            {conversation.entries.map((entry) => (
              <Message key={entryKey(entry)} entry={entry} />
            ))}
            {kinds.map((kind) => (
              <li key={kind} class="notice">
                {say(`chat.${kind}`)}
              </li>
            ))}
          </ol>
        </div>
      </div>
      {newer && (
        <button type="button" class="newer" onClick={toEnd}>
          {say('chat.newer')}
        </button>
      )}
    </div>
  );
}
