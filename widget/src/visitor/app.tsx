/** The visitor's page: what is shown in which state, and nothing else. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { writable } from '../conversation.ts';
import type { Chat, ChatState } from './chat.ts';
import { Composer } from './composer.tsx';
import { Emergency } from './emergency.tsx';
import { Log } from './log.tsx';
import { Protection } from './protection.tsx';
import { Question } from './question.tsx';
import { statusKey } from './status.ts';
import { useWords } from './words.ts';

/** Why there is no text box: keys that do not match, or a browser that cannot seal. */
export type Refusal = 'keys' | 'browser';

export const Frame = ({ children }: { readonly children: ComponentChildren }) => {
  const { say, desk } = useWords();
  return (
    <div class="page">
      <header>
        <h1>{desk.name}</h1>
        <p>{say('visitor.lead')}</p>
        <Emergency />
      </header>
      <main>{children}</main>
    </div>
  );
};

/** Only before the first word: another language is another page, and a conversation would not come along. */
function Languages() {
  const { say, desk, language } = useWords();
  const others = desk.languages.filter((one) => one !== language);
  if (others.length === 0) return null;
  return (
    <nav class="languages" aria-label={say('visitor.language')}>
      {others.map((one) => (
        <a key={one} href={one + location.hash} lang={one} hreflang={one}>
          {new Intl.DisplayNames(one, { type: 'language' }).of(one)}
        </a>
      ))}
    </nav>
  );
}

function About({ state, pinned }: { readonly state: ChatState; readonly pinned: boolean }) {
  const { say, desk } = useWords();
  const isNew = state.conversation.phase === 'new';
  return (
    <section class="about" aria-labelledby="about-heading">
      <h2 id="about-heading">{say('visitor.about')}</h2>
      <p>{say('visitor.about.welcome')}</p>
      <p>{say('visitor.about.sealed', { desk: desk.name })}</p>
      <p>{say('visitor.about.secrecy')}</p>
      <p>{say('visitor.about.trace')}</p>
      <p>{say('visitor.about.retention', { days: desk.retention_days })}</p>
      <Protection pinned={pinned} open={!pinned} />
      {isNew && state.conversation.entries.length === 0 && <Languages />}
    </section>
  );
}

function Status({ state }: { readonly state: ChatState }) {
  const { say } = useWords();
  const key = statusKey(state);
  const name = state.conversation.name || say('chat.counsellor');
  return (
    <p class="status" role="status">
      {key && say(key, { name })}
    </p>
  );
}

function Deeds({ chat, state }: { readonly chat: Chat; readonly state: ChatState }) {
  const { phase } = state.conversation;
  if (phase === 'new' || phase === 'shredded') return null;
  return (
    <div class="deeds">
      {phase !== 'closed' && <Question name="visitor.end" disabled={state.asked !== ''} onYes={() => chat.end()} />}
      <Question name="visitor.delete" danger disabled={state.asked === 'delete'} onYes={() => chat.delete()} />
    </div>
  );
}

function Destroyed({ destroyed }: Pick<ChatState, 'destroyed'>) {
  const { say } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <section class="about">
      <h2 ref={heading} tabIndex={-1}>
        {say('visitor.destroyed')}
      </h2>
      {destroyed && (
        <>
          <p>{say('visitor.destroyed.count')}</p>
          <ul>
            <li>{say('visitor.destroyed.keys', destroyed)}</li>
            <li>{say('visitor.destroyed.frames', destroyed)}</li>
          </ul>
        </>
      )}
      <p>{say('visitor.destroyed.rest')}</p>
    </section>
  );
}

interface AppProps {
  readonly chat: Chat;
  readonly state: ChatState;
  readonly pinned: boolean;
}

export function App({ chat, state, pinned }: AppProps) {
  const { conversation } = state;
  if (conversation.phase === 'shredded' && conversation.entries.length === 0)
    return (
      <Frame>
        <Destroyed destroyed={state.destroyed} />
      </Frame>
    );
  return (
    <Frame>
      <Log conversation={conversation}>
        <About state={state} pinned={pinned} />
      </Log>
      <div class="writing">
        <Status state={state} />
        {writable(conversation) && (
          <Composer
            onSend={(text) => void chat.say(text)}
            onKey={() => {
              void chat.prepare();
              chat.writes();
            }}
            onEmpty={() => chat.stopsWriting()}
          />
        )}
        <Deeds chat={chat} state={state} />
      </div>
    </Frame>
  );
}

/** A plain no, with the numbers and without a text box: nobody must write to an unproven desk. */
export function Refused({ refusal }: { readonly refusal: Refusal }) {
  const { say, desk } = useWords();
  return (
    <Frame>
      <section class="about" role="alert">
        <h2>{say('visitor.refusal')}</h2>
        <p>{say(`visitor.refusal.${refusal}`, { desk: desk.name })}</p>
      </section>
    </Frame>
  );
}

export function Checking() {
  const { say } = useWords();
  return (
    <Frame>
      <p class="status" role="status">
        {say('visitor.status.checking')}
      </p>
    </Frame>
  );
}
