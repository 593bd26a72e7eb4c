"""Known answers for every borrowed operation: asked at start-up, before anything is sealed with another."""

from __future__ import annotations

import base64

from cryptography.exceptions import UnsupportedAlgorithm

from crypto import hpke
from crypto.binding import bind, sha256
from crypto.failure import CryptoError
from crypto.member import argon2id
from crypto.primitives import gcm_open, gcm_seal, hkdf, sign, signing_public, verify

LABEL = b"selftest/1"
SEED = sha256(LABEL)
# X-Wing and Ed25519 public keys, an Ed25519 signature, HKDF and GCM in one hash; selftest.ts asks for the same.
ANSWER = bytes.fromhex("c801f030a9e28ff5043e6efe6ee7318158d418e95daeae59e07e6546c8b57015")
ARGON2_ANSWER = bytes.fromhex("aee8318fa7403cac24d39de18e2f7caa69bee705fb73de2dc21326d03f7d0ce5")
ARGON2_KIB = 64  # small, since this is about the algorithm, not its cost
SECRET = b"sluss"
# SECRET sealed to SEED's public key, once.
SEALED = base64.b64decode(
    "xHTDJ8o3t2kRe9YEpg+a8ZSsDZXr0h7mCMiO6Mk+VDyqkl86rgwd2cPjiBNLY4Z3NXmKpA3cgtcutkEXRUPwNDYazIBhtL1mD1lf5EUDomWphjj4"
    "C3/movkuISdd+5SY/cESk4xNbr7sUPlUKid4fOEdfguLUHL/fTgnYpu7Af16khUF9I2860ofvp7askdpNiXsJLijy6dggwqPv7Aqqi1G9xUGLFih"
    "bUUpqfDMctfrrcEUeLupVJOyHGbldACOvTXvjBlMw5TfP6DuQAhZOhUhY3RFNjg/Q/s5ejaYXp14gKWyNw7vqdcPE7QFl6D/mW6hUjM+lUX7eEP4"
    "0JyKMCIBGF6FlEamL70pEdh4+FPQvR1IqtDYbirUStwwiBel2HZBya230MtyxQveSu8R0oazMBhX/cS0pwBzDCdVr3wSNRDMlQiPAM68qf5DaeoH"
    "q1yB5eaJYmX1746HaDXkwdD5KAyrDN6UL5fYF/VFsHXJ0yb/X1P2vGrfTBOXRfVkepdKyAWLMo5v14Esk9Bkqz8OzKGA5kB51HyK0+tGPx6FYs+T"
    "OOM29Pgrw54uja1Mfpe0wkCZYTcM1PSzu6bvK3kcshEPyIsH6G6J6EkENtLdNnynloo9IehnQeKXZE5+di0OyBKFUbel1ZR/V07WERm11iVnoxLU"
    "doNCBGlWgnUUKbiLJ31R+XxZciBAerIpuxTafnLvbOThQzPSPsVYsMM5dkj+7epbD7bEI9fds/uFSm8nMGRggCaTqTZJLxKgSYBsAmqOZ7AFVwNp"
    "vwpp+XloiJhOlZpS2fVFHJ8wTjiSkwzeRr2zv8/sIdAZCqMvwRCf8ayy1TB8vgQPVjk6wmwT2Am9ALJXLwLhS63cMCHJCidhFRmXJCtbbXKXBIC+"
    "F7XA3IDbLu3zvfsRhbDhXnPC+ZQ194xfkO+zOQDC/l+NzcijC5fwjK8M830KSRadIWNJRAzURUdgyXuvrZc8iEfHG3aQFLUmMHEG5cXIC+VxF2tM"
    "l9dIKVlNLc66Nzs+NmQHNGdDVK1NerY3mfJ3pkApi0EEaT0dfd8BhthSDCMirGQcgQD0nBK4jxX0Kk3OwN0tidAaHwG1UKj4lRIDEl0F9we+ksno"
    "KvjQV7uR+sTvi1VZqrCcgVqg0w9TjHgpYm6biB62FsS+4VlBtDB8afcXQaXnHWjvv2zM+JmFUJb+u8tn+4uRi8BTWP52m6OMRsemjr7GV27GY2Bt"
    "qUDId5OfOF6kUXCWdkT9bXMLjgJV0ZTtB69xyXwHVAG/K2oI+ynsSEc0/WdLliyz6y+kWGn+MVGjfwyCpa43oORvAxx5/g+Ti2pfAaK1aP8QFObf"
    "uNPo10/TcWpcJ6ysfo7Kyy2BDsqTYVPjcLPe8LwfSXib/A/jL+h8p72Z8+psfXSyoQ8e6uarz9PickTG7mbWnDcFugp4NuvlIF+C4VnAfvgUC8Jx"
    "suopoMqpM74487u6kBLwrLtpzGFkdWsArJJNTYb0myGITQwAVaEpN/WkJ34hcXZf5A=="
)


def self_test() -> None:
    """Raises RuntimeError when an operation is missing or gives another answer. Takes a few milliseconds."""
    try:
        right = known_answer() == ANSWER and argon2id(SEED, SEED, ARGON2_KIB, 1) == ARGON2_ANSWER and _opens()
    except (CryptoError, UnsupportedAlgorithm) as failure:
        raise RuntimeError("This machine's cryptography lacks an operation.") from failure
    if not right:
        raise RuntimeError("This machine's cryptography computes something else.")


def known_answer() -> bytes:
    """The operations without randomness, their results in one hash."""
    key = hkdf(SEED, LABEL, SEED)
    sealed = gcm_seal(key, key[:12], SEED, key)
    return sha256(bind(hpke.public_key(SEED), signing_public(SEED), sign(SEED, SEED), key, sealed))


def _opens() -> bool:
    verify(signing_public(SEED), sign(SEED, LABEL), LABEL)
    again = hpke.open_sealed(SEED, LABEL, hpke.seal(hpke.public_key(SEED), LABEL, SECRET))
    nonce = SEED[:12]
    opened = gcm_open(SEED, nonce, gcm_seal(SEED, nonce, again, LABEL), LABEL)
    return opened == SECRET == hpke.open_sealed(SEED, LABEL, SEALED)
