"""What we borrow gives the answers that others published: RFC 9180, draft-ietf-hpke-pq, RFC 5869, 8032, 9106, NIST."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto import hpke
from crypto.failure import NotForThisKey, Tampered
from crypto.member import argon2id
from crypto.primitives import gcm_open, gcm_seal, hkdf, sign, signing_public, verify

PUBLISHED = Path(cryptography_vectors.__file__).parent
X_WING, X25519_SHA256 = 0x647A, 0x0020
HKDF_SHA256 = 1
AES_128_GCM, AES_256_GCM, CHACHA20 = 1, 2, 3
KEY_SIZES = {AES_128_GCM: 16, AES_256_GCM: 32, CHACHA20: 32}
INFO = b"wrap/1"


@dataclass(frozen=True)
class Schedule:
    """RFC 9180 section 5.1, written down again: what our suite must derive from a KEM's shared secret."""

    kem: int
    aead: int

    def key_and_nonce(self, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
        """Base mode: empty psk and psk_id."""
        context = b"\0" + self._extract(b"", b"psk_id_hash", b"") + self._extract(b"", b"info_hash", info)
        secret = self._extract(shared, b"secret", b"")
        return self._expand(secret, b"key", context, KEY_SIZES[self.aead]), self._expand(
            secret, b"base_nonce", context, 12
        )

    def _suite(self) -> bytes:
        return b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (self.kem, HKDF_SHA256, self.aead))

    def _extract(self, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + self._suite() + label + ikm, hashlib.sha256)

    def _expand(self, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + self._suite() + label + context
        return hmac.digest(secret, labelled + b"\1", hashlib.sha256)[:size]


@cache
def _hpke(file: str, kem: int) -> list[dict[str, Any]]:
    vectors = json.loads((PUBLISHED / "HPKE" / file).read_text(encoding="utf-8"))
    return [v for v in vectors if (v["mode"], v["kem_id"], v["kdf_id"]) == (0, kem, HKDF_SHA256)]


def _told(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


@pytest.mark.parametrize("vector", _hpke("test-vectors.json", X25519_SHA256), ids=lambda v: f"aead-{v['aead_id']}")
def test_schedule_is_that_of_rfc_9180(vector: dict[str, Any]) -> None:
    """The schedule written down here gives RFC 9180's own keys and nonces."""
    shared, info, key, nonce = _told(vector, "shared_secret", "info", "key", "base_nonce")
    if vector["aead_id"] in KEY_SIZES:
        assert Schedule(X25519_SHA256, vector["aead_id"]).key_and_nonce(shared, info) == (key, nonce)


def test_library_follows_rfc_9180() -> None:
    """The library opens what RFC 9180's encapsulation and that schedule sealed, and nothing else."""
    (vector,) = [v for v in _hpke("test-vectors.json", X25519_SHA256) if v["aead_id"] == AES_256_GCM]
    shared, enc, private = _told(vector, "shared_secret", "enc", "skRm")
    key, nonce = Schedule(X25519_SHA256, AES_256_GCM).key_and_nonce(shared, INFO)
    sealed = enc + AESGCM(key).encrypt(nonce, b"secret", None)
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    assert suite.decrypt(sealed, x25519.X25519PrivateKey.from_private_bytes(private), info=INFO) == b"secret"


def test_seed_gives_the_published_x_wing_key() -> None:
    """Our expansion of a seed is draft-ietf-hpke-pq's."""
    (vector,) = _hpke("hpke-pq-test-vectors.json", X_WING)
    seed, pk = _told(vector, "skRm", "pkRm")
    assert hpke.public_key(seed) == pk


def test_our_suite_opens_the_published_encapsulation() -> None:
    """0x647a with HKDF-SHA256: the published shared secret, through the schedule, is what `open_sealed` derives."""
    (vector,) = _hpke("hpke-pq-test-vectors.json", X_WING)
    seed, enc, shared, info, key, nonce = _told(vector, "skRm", "enc", "shared_secret", "info", "key", "base_nonce")
    assert Schedule(X_WING, vector["aead_id"]).key_and_nonce(shared, info) == (key, nonce)
    key, nonce = Schedule(X_WING, AES_256_GCM).key_and_nonce(shared, INFO)
    sealed = enc + AESGCM(key).encrypt(nonce, b"secret", None)
    assert hpke.open_sealed(seed, INFO, sealed) == b"secret"
    with pytest.raises(NotForThisKey):
        hpke.open_sealed(seed, b"wrap/2", sealed)


def _rows(path: Path, *names: str) -> Iterator[dict[str, str]]:
    """NIST's `name = value` lines; a row ends with the last of `names`."""
    row: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        row[name.strip().strip("[").lower()] = value.strip().strip("]")
        if line.strip() == "FAIL":
            row[names[-1]] = "FAIL"
        if names[-1] in (name.strip().lower(), line.strip().lower()) or line.strip() == "FAIL":
            yield row
            row = {name: row[name] for name in row if name.endswith("len")}


def test_ml_kem_768_keys_are_nists() -> None:
    """The ML-KEM half comes from its 64-byte seed d ‖ z as FIPS 203 says."""
    rows = list(_rows(PUBLISHED / "asymmetric/MLKEM/kat_MLKEM_768.rsp", "z", "d", "pk"))
    for row in rows[:25]:
        private = mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(row["d"] + row["z"]))
        assert private.public_key().public_bytes_raw().hex() == row["pk"]
    assert len(rows) >= 25


def test_hkdf_is_rfc_5869s() -> None:
    """The first 32 bytes of each SHA-256 test case."""
    rows = list(_rows(PUBLISHED / "KDF/rfc-5869-HKDF-SHA256.txt", "okm"))
    for row in rows:
        key, salt, info, okm = (bytes.fromhex(row[name]) for name in ("ikm", "salt", "info", "okm"))
        assert hkdf(key, salt, info) == okm[:32]
    assert len(rows) == 3


def test_gcm_is_nists() -> None:
    """96-bit nonce and 128-bit tag: what NIST opens is opened and sealed alike, what NIST refuses is refused."""
    opened = refused = 0
    for row in _rows(PUBLISHED / "ciphers/AES/GCM/gcmDecrypt256.rsp", "iv", "pt"):
        if (row["ivlen"], row["taglen"]) != ("96", "128"):
            continue
        key, nonce, aad, sealed = (bytes.fromhex(row[name]) for name in ("key", "iv", "aad", "ct"))
        sealed += bytes.fromhex(row["tag"])
        if row["pt"] == "FAIL":
            with pytest.raises(Tampered):
                gcm_open(key, nonce, sealed, aad)
            refused += 1
        else:
            assert gcm_open(key, nonce, sealed, aad).hex() == row["pt"]
            assert gcm_seal(key, nonce, bytes.fromhex(row["pt"]), aad) == sealed
            opened += 1
    assert min(opened, refused) > 50


def test_ed25519_is_bernsteins() -> None:
    """The 1,024 vectors from the authors of Ed25519, of which RFC 8032 took its own; a changed message is refused."""
    lines = (PUBLISHED / "asymmetric/Ed25519/sign.input").read_text(encoding="utf-8").splitlines()
    for line in lines[::8]:
        seed_pk, pk, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        signature = signed[:64]
        assert (signing_public(seed_pk[:32]), sign(seed_pk[:32], message)) == (pk, signature)
        verify(pk, signature, message)
        with pytest.raises(Tampered):
            verify(pk, signature, message + b"\0")
    assert len(lines) == 1024


def test_argon2id_is_rfc_9106s() -> None:
    """The library gives the published outputs; ours is the same with one lane and 32 bytes, which nobody published."""
    for row in _rows(PUBLISHED / "KDF/argon2id.txt", "output"):
        password, salt, output = (bytes.fromhex(row[name]) for name in ("pass", "salt", "output"))
        memory, passes, lanes = int(row["memcost"]), int(row["iter"]), int(row["lanes"])
        extra = {name: bytes.fromhex(row.get(name, "")) or None for name in ("secret", "ad")}
        published = Argon2id(salt=salt, length=len(output), iterations=passes, lanes=lanes, memory_cost=memory, **extra)
        assert published.derive(password) == output
        ours = Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=memory)
        assert argon2id(password, salt, memory, passes) == ours.derive(password)
