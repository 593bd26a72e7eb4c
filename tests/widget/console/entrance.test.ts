/** The two ways in, against a server over HTTP: what it is told, what is kept, and what each "no" is called. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url } from '../../../crypto/binding.ts';
import { keyEncryptionKey, loginSecret, passwordRoot, wrapMemberKeys } from '../../../crypto/member.ts';
import { Refusal, createApi } from '../../../widget/src/console/api.ts';
import { type Entrance, signIn, unlockAgain } from '../../../widget/src/console/entrance.ts';
import { keepSerials, loadSerials } from '../../../widget/src/console/serials.ts';
import { Unaccepted } from '../../../widget/src/console/unaccepted.ts';
import type { Me, SignIn } from '../../../widget/src/wire.ts';
import { TODAY, foundOrganisation, idOf, memberStatement, seedOf, withDesk } from './organisation.ts';
import { newShelf } from './stage.ts';

const PASSWORD = 'nio gröna bojar';
const DAY = 86_400_000;

interface Request {
  readonly path: string;
  readonly init: RequestInit;
}

/** What a real organisation answers, its member key wrapped under PASSWORD. */
async function served() {
  const { org, me } = await foundOrganisation();
  const root = await passwordRoot(PASSWORD, org, 'anna', idOf('random'));
  const kek = await keyEncryptionKey(root, org, 'anna');
  const wrapped = await wrapMemberKeys(kek, org, idOf('member'), 1, seedOf('member xwing'), seedOf('member ed'));
  return {
    org,
    secret: toBase64url(await loginSecret(root, org, 'anna')),
    me: { ...me, key_wrap: toBase64url(wrapped) },
  };
}
const serving = served();

function entranceTo(me: Me, secret: string, shelf = newShelf()) {
  const requests: Request[] = [];
  const answers: Readonly<Record<string, (body: string) => Response>> = {
    '/api/salt': () => Response.json({ org: me.org, random: me.random }),
    '/api/sign-in': (body) =>
      (JSON.parse(body) as SignIn).secret === secret
        ? new Response(null, { status: 204 })
        : Response.json({ code: 'sign-in' }, { status: 401 }),
    '/api/me': () => Response.json(me),
  };
  const api = createApi(async (path, init) => {
    requests.push({ path, init });
    return answers[path]!(String(init.body ?? ''));
  });
  const entrance: Entrance = { api, shelf, now: () => TODAY * DAY };
  return { entrance, requests, shelf };
}

test('signing in opens the keyring, tells the server a secret and never the password', async () => {
  const { me, secret } = await serving;
  const { entrance, requests, shelf } = entranceTo(me, secret);
  const keyring = await signIn(entrance, '  anna ', PASSWORD);
  assert.equal([...keyring.desks.values()][0]!.claim.name, 'Anna');
  assert.deepEqual(
    requests.map(({ path, init }) => [init.method, path]),
    [
      ['POST', '/api/salt'],
      ['POST', '/api/sign-in'],
      ['GET', '/api/me'],
    ],
  );
  assert.deepEqual(JSON.parse(String(requests[1]!.init.body)), { login: 'anna', secret });
  const told = JSON.stringify(requests) + [...shelf.kept.values()].join();
  for (const part of PASSWORD.split(' ')) assert.ok(!told.includes(part));
});

test('a wrong password is refused by the server under its own name', async () => {
  const { me, secret } = await serving;
  const entered = signIn(entranceTo(me, secret).entrance, 'anna', 'fel');
  await assert.rejects(entered, (error: unknown) => error instanceof Refusal && error.code === 'sign-in');
});

test('after a reload the password alone opens, a wrong one does not, and nothing is asked of the server', async () => {
  const { me, secret } = await serving;
  const { entrance, requests } = entranceTo(me, secret);
  assert.equal((await unlockAgain(entrance, me, PASSWORD)).desks.size, 1);
  await assert.rejects(unlockAgain(entrance, me, 'fel'), { check: 'password' });
  assert.deepEqual(requests, []);
});

test('a wrap that the accepted password does not open is not blamed on the password', async () => {
  const { me, secret } = await serving;
  const forged = { ...me, key_wrap: toBase64url(new Uint8Array(92)) };
  await assert.rejects(signIn(entranceTo(forged, secret).entrance, 'anna', PASSWORD), { check: 'member-wrap' });
});

test('the highest serial is remembered by the machine, and a lower one refused at the next sign-in', async () => {
  const { me, org, secret } = await serving;
  const shelf = newShelf();
  await signIn(entranceTo(me, secret, shelf).entrance, 'anna', PASSWORD);
  const lower = withDesk(me, { statement: await memberStatement(org, { serial: 4 }) });
  await assert.rejects(signIn(entranceTo(lower, secret, shelf).entrance, 'anna', PASSWORD), { check: 'member-serial' });
  await signIn(entranceTo(me, secret, shelf).entrance, 'anna', PASSWORD);
});

test('no answer, and an answer that is not ours, are unreachable; a code is kept', async () => {
  const api = (answer: () => Response) => createApi(async () => answer());
  const code = async (answer: () => Response) => {
    try {
      await api(answer).me();
    } catch (error) {
      return (error as Refusal).code;
    }
    return '';
  };
  assert.equal(
    await code(() => {
      throw new TypeError('network');
    }),
    'unreachable',
  );
  assert.equal(await code(() => new Response('<html>', { status: 502 })), 'unreachable');
  assert.equal(await code(() => new Response('<html>')), 'unreachable');
  assert.equal(await code(() => Response.json({ code: 'wait' }, { status: 429 })), 'wait');
});

test('damaged notes of this machine are empty ones', () => {
  for (const damaged of ['{', '7', 'null', '{"member x":7}', '{"member x":{"y":"z"}}']) {
    const shelf = newShelf();
    shelf.setItem('sluss-serials', damaged);
    shelf.setItem('sluss-unaccepted', damaged);
    assert.deepEqual(loadSerials(shelf).serialize(), {});
    assert.equal(new Unaccepted(shelf).count, 0);
  }
  const shelf = newShelf();
  keepSerials(shelf, loadSerials(shelf));
  assert.deepEqual(loadSerials(shelf).serialize(), {});
});
