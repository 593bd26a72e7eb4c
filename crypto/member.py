"""A member's keys behind a password: the server keeps a verifier and a wrap, and learns neither key nor password."""

from __future__ import annotations

import unicodedata

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.binding import ID_SIZE, KEY_SIZE, bind, exactly, serialize_text, sha256, u32
from crypto.failure import NotForThisKey, Tampered
from crypto.primitives import NONCE_SIZE, TAG_SIZE, gcm_open, gcm_seal, hkdf

MEMORY_KIB = 64 * 1024  # RFC 9106 section 4, second recommended option: what a phone's browser still bears
ITERATIONS = 3
LANES = 1  # JavaScript has one thread; more lanes would only help who guesses
RANDOM_SIZE = 16
MEMBER_WRAP_SIZE = NONCE_SIZE + 2 * KEY_SIZE + TAG_SIZE  # 92
_SALT = b"password/1"


def password_root(password: str, org: bytes, login: str, random16: bytes) -> bytes:
    """Argon2id (RFC 9106) of the NFC password, 64 MiB, 3 passes: 32 bytes, about a tenth of a second."""
    text = serialize_text(unicodedata.normalize("NFC", password))
    return argon2id(text, _password_salt(org, login, random16), MEMORY_KIB, ITERATIONS)


def argon2id(password: bytes, salt: bytes, memory_kib: int, iterations: int) -> bytes:
    """Argon2id with one lane, 32 bytes out."""
    kdf = Argon2id(salt=salt, length=KEY_SIZE, iterations=iterations, lanes=LANES, memory_cost=memory_kib)
    return kdf.derive(password)


def login_secret(root: bytes, org: bytes, login: str) -> bytes:
    """What the browser shows the server, 32 bytes; the server keeps its SHA-256."""
    return hkdf(exactly(root, KEY_SIZE), _SALT, bind(b"login", org, serialize_text(login)))


def key_encryption_key(root: bytes, org: bytes, login: str) -> bytes:
    """What wraps the member's keys, 32 bytes; never leaves the browser."""
    return hkdf(exactly(root, KEY_SIZE), _SALT, bind(b"kek", org, serialize_text(login)))


def wrap_member_keys(
    kek: bytes, org: bytes, member: bytes, generation: int, xwing_seed: bytes, ed_seed: bytes, nonce: bytes
) -> bytes:
    """Both 32-byte seeds under the password: 92 bytes. `nonce` is 12 fresh random bytes."""
    seeds = exactly(xwing_seed, KEY_SIZE) + exactly(ed_seed, KEY_SIZE)
    return exactly(nonce, NONCE_SIZE) + gcm_seal(kek, nonce, seeds, _aad(org, member, generation))


def unwrap_member_keys(kek: bytes, org: bytes, member: bytes, generation: int, wrapped: bytes) -> tuple[bytes, bytes]:
    """(X-Wing seed, Ed25519 seed); raises Malformed for a length, NotForThisKey for another password or member."""
    exactly(wrapped, MEMBER_WRAP_SIZE)
    try:
        seeds = gcm_open(kek, wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], _aad(org, member, generation))
    except Tampered:
        raise NotForThisKey("The member's keys do not open with this password.") from None
    return seeds[:KEY_SIZE], seeds[KEY_SIZE:]


def _password_salt(org: bytes, login: str, random16: bytes) -> bytes:
    return sha256(bind(b"salt/1", org, serialize_text(login), exactly(random16, RANDOM_SIZE)))


def _aad(org: bytes, member: bytes, generation: int) -> bytes:
    return bind(b"member-key/1", org, exactly(member, ID_SIZE), b"password", u32(generation))
