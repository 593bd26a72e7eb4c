/** The console from door to desk: who is here, in which language, and with which keys. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { selfTest } from '../../../crypto/selftest.ts';
import { BROWSER, socketUrl } from '../connection.ts';
import { translator } from '../strings.ts';
import type { ConsolePage, Me } from '../wire.ts';
import { Refusal, createApi } from './api.ts';
import type { Board } from './board.ts';
import { Desk } from './desk.tsx';
import { type Entrance, signIn, unlockAgain } from './entrance.ts';
import { type Keyring, dayOf, wipe } from './keyring.ts';
import { Door } from './sign_in.tsx';
import { TopBar } from './top_bar.tsx';
import { Unaccepted } from './unaccepted.ts';
import { WordsContext, chooseLanguage, chosenLanguage, entranceSentence } from './words.ts';
import { Workplace } from './workplace.ts';

/** Where the counsellor is: keys exist only at the desk. */
type Stage =
  | { readonly at: 'starting' }
  | { readonly at: 'stopped'; readonly error: unknown }
  | { readonly at: 'sign-in'; readonly ended: boolean }
  | { readonly at: 'unlock'; readonly me: Me }
  | { readonly at: 'desk'; readonly keyring: Keyring };

const entrance: Entrance = {
  api: createApi((path, request) => fetch(path, request)),
  shelf: localStorage,
  now: Date.now,
};

const clock = (): string => new Date().toLocaleTimeString('sv', { hour: '2-digit', minute: '2-digit' });

/** Does the server still know who sits here? */
async function firstStage(): Promise<Stage> {
  try {
    return { at: 'unlock', me: await entrance.api.me() };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'sign-in') return { at: 'sign-in', ended: false };
    return { at: 'stopped', error };
  }
}

async function start(): Promise<Stage> {
  try {
    await selfTest();
  } catch {
    return { at: 'stopped', error: new Refusal('browser') };
  }
  return firstStage();
}

function openWorkplace(keyring: Keyring, unaccepted: Unaccepted, changed: (board: Board) => void, ended: () => void) {
  const lost = async () => {
    const stage = await firstStage();
    if (stage.at === 'sign-in') ended();
  };
  return new Workplace({
    url: socketUrl(location.origin, '/ws'),
    keyring,
    unaccepted,
    surroundings: BROWSER,
    clock,
    today: () => dayOf(Date.now()),
    changed,
    lost: () => void lost(),
  });
}

function useLanguage({ catalogues }: ConsolePage) {
  const [language, setLanguage] = useState(() => chosenLanguage(catalogues, localStorage, navigator.languages));
  const words = useMemo(() => ({ t: translator(catalogues[language] ?? {}), language }), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = words.t('direction');
    document.title = words.t('title');
  }, [words]);
  const choose = (next: string) => {
    chooseLanguage(localStorage, next);
    setLanguage(next);
  };
  return { words, choice: { catalogues, choose } };
}

export function App({ page }: { readonly page: ConsolePage }) {
  const { words, choice } = useLanguage(page);
  const [stage, setStage] = useState<Stage>({ at: 'starting' });
  const [unaccepted] = useState(() => new Unaccepted(sessionStorage));
  const begin = () => void start().then(setStage);
  useEffect(begin, []);
  const atDesk = (keyring: Keyring) => setStage({ at: 'desk', keyring });
  const leave = async (keyring?: Keyring) => {
    setStage({ at: 'starting' });
    if (keyring) wipe(keyring);
    unaccepted.clear();
    await entrance.api.signOut().catch(() => undefined);
    // A fresh page: nothing of the old one's memory is left.
    location.reload();
  };
  const ended = (keyring: Keyring) => {
    wipe(keyring);
    setStage({ at: 'sign-in', ended: true });
  };
  return (
    <WordsContext.Provider value={words}>
      {stage.at === 'desk' ? (
        <Desk
          keyring={stage.keyring}
          choice={choice}
          open={(changed) => openWorkplace(stage.keyring, unaccepted, changed, () => ended(stage.keyring))}
          unsent={() => unaccepted.count}
          signOut={() => void leave(stage.keyring)}
        />
      ) : (
        <div class="entrance">
          <TopBar choice={choice} />
          {stage.at === 'sign-in' && (
            <Door
              notice={stage.ended ? words.t('sign-in.ended') : ''}
              enter={async (login, password) => atDesk(await signIn(entrance, login, password))}
            />
          )}
          {stage.at === 'unlock' && (
            <Door
              login={stage.me.login}
              enter={async (_, password) => atDesk(await unlockAgain(entrance, stage.me, password))}
              signOut={() => void leave()}
            />
          )}
          {stage.at === 'stopped' && (
            <main class="door">
              <p class="card failure" role="alert">
                {entranceSentence(words.t, stage.error)}
              </p>
              <button type="button" class="button" onClick={begin}>
                {words.t('connection.retry')}
              </button>
            </main>
          )}
        </div>
      )}
    </WordsContext.Provider>
  );
}
