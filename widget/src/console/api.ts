/** The console's five HTTP requests: JSON in, JSON out, and every "no" under the name the server gave it. */
import type { Failure, Me, Salt, SaltAnswer, SignIn } from '../wire.ts';

/** The server said no, or could not be reached. Its text is the code; sentences stand in the catalogues. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** No answer at all, or one that is not ours. */
export const UNREACHABLE = 'unreachable';

/** The part of `fetch` that is used, so that a test can be one. */
export type Fetch = (path: string, request: RequestInit) => Promise<Response>;

export interface Api {
  salt(login: string): Promise<SaltAnswer>;
  signIn(login: string, secret: string): Promise<void>;
  signOut(): Promise<void>;
  me(): Promise<Me>;
}

async function codeOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Failure).code || UNREACHABLE;
  } catch {
    return UNREACHABLE;
  }
}

async function ask(fetch: Fetch, path: string, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, cache: 'no-store', redirect: 'error' });
  } catch {
    throw new Refusal(UNREACHABLE);
  }
  if (!response.ok) throw new Refusal(await codeOf(response));
  return response;
}

async function read<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new Refusal(UNREACHABLE);
  }
}

const post = (body?: Salt | SignIn): RequestInit =>
  body === undefined
    ? { method: 'POST' }
    : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };

export const createApi = (fetch: Fetch): Api => ({
  salt: async (login) => read<SaltAnswer>(await ask(fetch, '/api/salt', post({ login }))),
  signIn: async (login, secret) => void (await ask(fetch, '/api/sign-in', post({ login, secret }))),
  signOut: async () => void (await ask(fetch, '/api/sign-out', post())),
  me: async () => read<Me>(await ask(fetch, '/api/me', { method: 'GET' })),
});
