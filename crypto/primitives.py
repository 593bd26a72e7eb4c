"""HKDF-SHA256 (RFC 5869), AES-256-GCM (SP 800-38D) and Ed25519 (RFC 8032), with our sizes and our failures."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.binding import KEY_SIZE, exactly
from crypto.failure import Malformed, Tampered

NONCE_SIZE = 12
TAG_SIZE = 16
SIGNATURE_SIZE = 64


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256, 32 bytes out."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(key)


def gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM under a 32-byte key and 12-byte nonce: ciphertext ‖ tag 16. The caller never repeats (key, nonce)."""
    return AESGCM(exactly(key, KEY_SIZE)).encrypt(nonce, plaintext, aad)


def gcm_open(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """The plaintext; raises Malformed when there is no room for a tag, Tampered when the tag does not hold."""
    if len(ciphertext) < TAG_SIZE:
        raise Malformed("The ciphertext is shorter than its tag.")
    try:
        return AESGCM(exactly(key, KEY_SIZE)).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        raise Tampered("The tag does not hold.") from None


def signing_public(seed: bytes) -> bytes:
    """The 32-byte Ed25519 public key of a 32-byte seed."""
    return _signing_key(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """An Ed25519 signature, 64 bytes."""
    return _signing_key(seed).sign(message)


def verify(pk: bytes, signature: bytes, message: bytes) -> None:
    """Raises Malformed for wrong lengths, Tampered when the signature does not hold."""
    exactly(signature, SIGNATURE_SIZE)
    try:
        Ed25519PublicKey.from_public_bytes(exactly(pk, KEY_SIZE)).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Tampered("The signature does not hold.") from None


def _signing_key(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(exactly(seed, KEY_SIZE))
