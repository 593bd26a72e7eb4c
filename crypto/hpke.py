"""HPKE base mode (RFC 9180), single-shot, KEM 0x647a MLKEM768-X25519; the only file that knows its library."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from crypto.binding import KEY_SIZE, exactly
from crypto.failure import Malformed, NotForThisKey

MLKEM_PUBLIC_SIZE = 1184
PUBLIC_SIZE = 1216  # ML-KEM-768 encapsulation key 1,184 ‖ X25519 32
OVERHEAD = 1136  # enc 1,120 ‖ tag 16
MLKEM_SEED_SIZE = 64
EXPANDED_SIZE = 96  # draft-ietf-hpke-pq: SHAKE256(seed) gives the ML-KEM seed 64 ‖ the X25519 private key 32

# HKDF-SHA256, because not every JavaScript twin offers SHAKE256; the KEM binds its own public key and ciphertext.
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def public_key(seed: bytes) -> bytes:
    """The 1,216-byte public key of a 32-byte seed."""
    kem, curve = _halves(seed)
    return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def seal(pk: bytes, info: bytes, secret: bytes) -> bytes:
    """`secret` sealed to `pk`: 1,136 bytes longer; raises Malformed for a public key nobody could hold."""
    try:
        return _SUITE.encrypt(secret, _public(pk), info=info)
    except ValueError:
        raise Malformed("The public key is not one.") from None


def open_sealed(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """What was sealed; raises Malformed when it is too short, NotForThisKey on any failure to open."""
    if len(sealed) < OVERHEAD:
        raise Malformed("The wrap is too short.")
    private = hpke.MLKEM768X25519PrivateKey(*_halves(seed))
    try:
        return _SUITE.decrypt(sealed, private, info=info)
    except (InvalidTag, ValueError):
        raise NotForThisKey("The wrap does not open with this key.") from None


def _halves(seed: bytes) -> tuple[mlkem.MLKEM768PrivateKey, x25519.X25519PrivateKey]:
    expanded = hashlib.shake_256(exactly(seed, KEY_SIZE)).digest(EXPANDED_SIZE)
    return (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:MLKEM_SEED_SIZE]),
        x25519.X25519PrivateKey.from_private_bytes(expanded[MLKEM_SEED_SIZE:]),
    )


def _public(raw: bytes) -> hpke.MLKEM768X25519PublicKey:
    exactly(raw, PUBLIC_SIZE)
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_SIZE]),
        x25519.X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_SIZE:]),
    )
