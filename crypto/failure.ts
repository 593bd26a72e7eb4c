/** The three ways in which something sealed can fail us; each says what a vector file calls it. */

/** Something sealed or signed was not accepted. Its text never carries a key, a text or a name. */
export abstract class CryptoError extends Error {
  abstract readonly expect: 'not_for_this_key' | 'malformed' | 'tampered';
}

/** A wrap does not open with what we hold: try the next key, if there is one. */
export class NotForThisKey extends CryptoError {
  readonly expect = 'not_for_this_key';
}

/** The shape is wrong: a length, a version, a field, zero padding, or text that is not UTF-8. */
export class Malformed extends CryptoError {
  readonly expect = 'malformed';
}

/** A tag, signature, chain, commitment or binding does not hold, or a statement is not valid here and now. */
export class Tampered extends CryptoError {
  readonly expect = 'tampered';
}
