import assert from 'node:assert/strict';
import test from 'node:test';
import { Malformed } from '../../crypto/failure.ts';
import { COST_FLOOR, passwordRoot } from '../../crypto/member.ts';
import { org, random } from './world.ts';

for (const cheaper of [{ memory: 65_535 }, { passes: 2 }, { lanes: 2 }]) {
  test(`a password is not stretched less than the floor: ${JSON.stringify(cheaper)}`, async () => {
    const cost = { ...COST_FLOOR, ...cheaper };
    await assert.rejects(passwordRoot('ett lösenord', org, 'asa', random(16), cost), Malformed);
  });
}
