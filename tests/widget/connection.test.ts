import assert from 'node:assert/strict';
import test from 'node:test';
import type { Bytes } from '../../crypto/binding.ts';
import { Connection, type ConnectionState, backoff, socketUrl } from '../../widget/src/connection.ts';
import { TO_VISITOR } from '../../widget/src/control.ts';
import type { ToVisitor } from '../../widget/src/wire.ts';
import { Clock } from './clock.ts';
import { Wires } from './wires.ts';

const FRAME = 1024;

function world(random = () => 0.5) {
  const clock = new Clock();
  const wires = new Wires();
  const heard: unknown[] = [];
  const states: ConnectionState[] = [];
  const surroundings = { socket: wires.socket, after: clock.after, random };
  const connection = new Connection<ToVisitor>('ws://host/ws/sv', TO_VISITOR, surroundings, {
    state: (state) => states.push(state),
    control: (message) => heard.push(message),
    delivery: (seq: number, frame: Bytes) => heard.push([seq, frame.length]),
    garbage: (what) => heard.push(what),
  });
  return { clock, wires, heard, states, connection };
}

test('the delay doubles up to a limit, and jitter takes any part of it', () => {
  const longest = [0, 1, 2, 3, 9, 999].map((attempt) => backoff(attempt, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 4000, 15000, 15000]);
  assert.equal(backoff(3, () => 0), 0);
  assert.equal(backoff(3, () => 0.25), 1000);
});

test('a line that is cut comes back by itself, later each time', () => {
  const { clock, wires, connection, states } = world(() => 1);
  connection.start();
  for (const delay of [500, 1000, 2000]) {
    wires.newest.cut();
    const before = wires.sockets.length;
    clock.pass(delay - 1);
    assert.equal(wires.sockets.length, before);
    clock.pass(1);
    assert.equal(wires.sockets.length, before + 1);
  }
  wires.newest.open();
  assert.deepEqual(states.slice(-2), ['connecting', 'open']);
});

test('only a server that serves is asked again at once: a greeting or a refusal does not count', () => {
  const { clock, wires, connection } = world(() => 1);
  connection.start();
  for (const delay of [500, 1000]) {
    wires.newest.open();
    wires.newest.tell({ t: 'hello', nonce: 'n' });
    wires.newest.tell({ t: 'refused', code: 'too-many' });
    wires.newest.cut();
    clock.pass(delay);
  }
  wires.newest.open();
  wires.newest.tell({ t: 'phase', conversation: 'c', phase: 'active' });
  wires.newest.cut();
  const before = wires.sockets.length;
  clock.pass(500);
  assert.equal(wires.sockets.length, before + 1);
});

test('a socket that neither opens nor fails is given up', () => {
  const { clock, wires, connection, states } = world(() => 0);
  connection.start();
  clock.pass(10_000);
  assert.ok(wires.sockets[0]?.closed);
  assert.ok(states.includes('waiting'));
  clock.pass(0);
  assert.equal(wires.sockets.length, 2);
});

test('what a dropped socket still says is not heard', () => {
  const { wires, connection, heard } = world();
  connection.start();
  const old = wires.newest;
  old.open();
  connection.renew();
  old.tell({ t: 'hello', nonce: 'n' });
  assert.deepEqual(heard, []);
  assert.ok(old.closed);
});

test('nothing is sent while the line is not open, and the caller is told', () => {
  const { wires, connection } = world();
  assert.equal(connection.send({ t: 'leave' }), false);
  connection.start();
  assert.equal(connection.send({ t: 'leave' }), false);
  wires.newest.open();
  assert.equal(connection.send({ t: 'leave' }), true);
  assert.deepEqual(wires.newest.controls, [{ t: 'leave' }]);
});

test('`retry` ends the waiting, `stop` ends everything', () => {
  const { clock, wires, connection, states } = world(() => 1);
  connection.start();
  wires.newest.cut();
  connection.retry();
  assert.equal(wires.sockets.length, 2);
  connection.stop();
  clock.pass(60_000);
  assert.equal(wires.sockets.length, 2);
  assert.equal(states.at(-1), 'closed');
  assert.equal(clock.waiting, 0);
});

test('a page that may not connect at all waits like any other', () => {
  const clock = new Clock();
  const states: ConnectionState[] = [];
  const refuses = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const nothing = { control: () => {}, delivery: () => {}, garbage: () => {} };
  const listener = { ...nothing, state: (state: ConnectionState) => void states.push(state) };
  const surroundings = { socket: refuses, after: clock.after, random: () => 1 };
  new Connection<ToVisitor>('ws://host', TO_VISITOR, surroundings, listener).start();
  assert.deepEqual(states, ['waiting']);
});

test('deliveries and controls are heard as what they are', () => {
  const { wires, connection, heard } = world();
  connection.start();
  wires.newest.open();
  wires.newest.deliver(7, new Uint8Array(FRAME));
  wires.newest.tell({ t: 'line', conversation: 'c', line: 'here' });
  assert.equal(wires.newest.binaryType, 'arraybuffer');
  assert.deepEqual(heard, [[7, FRAME], { t: 'line', conversation: 'c', line: 'here' }]);
});

const GARBAGE: readonly (readonly [string, unknown, string])[] = [
  ['no JSON', '{', 'control'],
  ['a JSON null', 'null', 'control'],
  ['a JSON list', '[]', 'control'],
  ['no tag', '{}', 'control'],
  ['an unknown tag', '{"t":"shell"}', 'control'],
  ["an object's own property as a tag", '{"t":"constructor"}', 'control'],
  ['a message to the other side', '{"t":"conversations","waiting":[],"mine":[]}', 'control'],
  ['a missing field', '{"t":"line","conversation":"c"}', 'control'],
  ['a number for a text', '{"t":"hello","nonce":7}', 'control'],
  ['a text for a number', '{"t":"deleted","conversation":"c","keys":"2","frames":1}', 'control'],
  ['a negative number', '{"t":"deleted","conversation":"c","keys":-1,"frames":1}', 'control'],
  ['a number beyond exactness', '{"t":"deleted","conversation":"c","keys":9007199254740993,"frames":1}', 'control'],
  ['an empty frame', new ArrayBuffer(0), 'binary'],
  ['a frame without its seq', new ArrayBuffer(FRAME), 'binary'],
  ['a frame and one byte', new ArrayBuffer(FRAME + 9), 'binary'],
  ['a seq beyond exactness', new Uint8Array(FRAME + 8).fill(255).buffer, 'seq'],
  ['a blob', new Blob([]), 'binary'],
];

for (const [name, data, what] of GARBAGE)
  test(`garbage is reported and thrown away: ${name}`, () => {
    const { wires, connection, heard } = world();
    connection.start();
    wires.newest.open();
    wires.newest.say(data);
    assert.deepEqual(heard, [what]);
    assert.equal(connection.state, 'open');
  });

test('a socket address keeps scheme security, host and port', () => {
  assert.equal(socketUrl('https://chat.example', '/ws/sv'), 'wss://chat.example/ws/sv');
  assert.equal(socketUrl('http://127.0.0.1:8000', '/ws/sv'), 'ws://127.0.0.1:8000/ws/sv');
});
