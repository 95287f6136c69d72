"""One-time codes beside the password (RFC 6238: SHA-1, six digits, 30 s), for who wants them, and spare codes on paper.

A code works once: its time step is kept, and only later ones are taken. The secret is sealed; spare codes are keyed hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping

import pyotp
from sqlalchemy import Connection, delete, func, insert, select, update

from bot import audit
from bot.clock import now
from bot.sealing import Sealer, SealError, sealed_with
from bot.tables import Login, SpareCode

__all__ = [
    "address_of",
    "codes_off",
    "codes_on",
    "mark_of",
    "new_secret",
    "reseal",
    "secret_that_waits",
    "spare_left",
    "use_code",
]

STEP_S = 30
# A secret that was shown waits for its first code no longer than this.
WAITS_S = 900.0
SPARE_CODES = 10
SPARE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
PURPOSE = "one-time codes"


def address_of(secret: str, name: str) -> str:
    """What the picture of squares says: the otpauth address that apps understand."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Ngozi"))


def mark_of(connection: Connection, login_id: int) -> str:
    """Stands for the secret that waits, or waited too long; '' where there is none. A form that was sent once has the old one."""
    sealed = connection.execute(select(Login.totp_new).where(Login.id == login_id)).scalar_one_or_none()
    return "" if sealed is None else hashlib.sha256(sealed).hexdigest()[:16]


def new_secret(connection: Connection, sealer: Sealer, login_id: int) -> str:
    """Makes a secret, in base 32, to be shown this one time and confirmed within WAITS_S; what was used before stays in use."""
    secret = pyotp.random_base32(32)
    text = f"{int(now())} {secret}"
    sealed = sealer.seal(text.encode(), purpose=PURPOSE, name=str(login_id))
    old = connection.execute(
        select(Login.person_id, Login.totp_new).where(Login.id == login_id).with_for_update()
    ).one()
    connection.execute(update(Login).where(Login.id == login_id).values(totp_new=sealed))
    before, after = {"waits": old.totp_new is not None}, {"waits": True}
    audit.record(connection, "codes_new", old.person_id, by=old.person_id, before=before, after=after)
    return secret


def secret_that_waits(connection: Connection, sealer: Sealer, login_id: int) -> str | None:
    """The secret that waits to be confirmed, in base 32; None where there is none or it waited too long."""
    sealed = connection.execute(select(Login.totp_new).where(Login.id == login_id)).scalar_one_or_none()
    if sealed is None:
        return None
    made, _, secret = sealer.open(sealed, purpose=PURPOSE, name=str(login_id)).decode().partition(" ")
    return secret if int(made) > now() - WAITS_S else None


def codes_on(
    connection: Connection, sealer: Sealer, keys: Mapping[int, bytes], login_id: int, code: str
) -> list[str] | None:
    """Turns codes on if `code` is one of the secret that was shown: ten spare codes, shown only now. None: a wrong code."""
    row = connection.execute(
        select(Login.person_id, Login.totp).where(Login.id == login_id).with_for_update()
    ).one()
    secret = secret_that_waits(connection, sealer, login_id)
    step = None if secret is None else _step_of(secret, code, 0)
    if secret is None or step is None:
        return None
    sealed = sealer.seal(secret.encode(), purpose=PURPOSE, name=str(login_id))
    connection.execute(
        update(Login).where(Login.id == login_id).values(totp=sealed, totp_new=None, totp_last=step)
    )
    connection.execute(delete(SpareCode).where(SpareCode.login_id == login_id))
    spare = ["".join(secrets.choice(SPARE_LETTERS) for _ in range(10)) for _ in range(SPARE_CODES)]
    key = keys[max(keys)]
    for one in spare:
        connection.execute(
            insert(SpareCode).values(login_id=login_id, code_hash=_spare_hash(key, login_id, one))
        )
    before, after = {"codes": row.totp is not None}, {"codes": True, "spare": SPARE_CODES}
    audit.record(connection, "codes_on", row.person_id, by=row.person_id, before=before, after=after)
    return [f"{one[:5]}-{one[5:]}" for one in spare]


def codes_off(connection: Connection, login_id: int, by: int | None) -> None:
    """Signing in needs no code any more."""
    old = connection.execute(
        select(Login.person_id, Login.totp).where(Login.id == login_id).with_for_update()
    ).one()
    connection.execute(update(Login).where(Login.id == login_id).values(totp=None, totp_new=None))
    gone = connection.execute(delete(SpareCode).where(SpareCode.login_id == login_id)).rowcount
    before, after = {"codes": old.totp is not None, "spare": gone}, {"codes": False, "spare": 0}
    audit.record(connection, "codes_off", old.person_id, by=by, before=before, after=after)


def use_code(
    connection: Connection, sealer: Sealer, keys: Mapping[int, bytes], login_id: int, typed: str
) -> bool:
    """True where `typed` is good for this sign-in: a code of now that was not used before, or a spare one, which goes."""
    row = connection.execute(
        select(Login.totp, Login.totp_last).where(Login.id == login_id).with_for_update()
    ).one()
    if row.totp is None:
        return True
    code = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())[:20]
    try:
        secret = sealer.open(row.totp, purpose=PURPOSE, name=str(login_id)).decode()
    except SealError:
        secret = ""  # the key is gone; a spare code may still do, if its key is not
    step = _step_of(secret, code, row.totp_last) if secret else None
    if step is not None:
        connection.execute(update(Login).where(Login.id == login_id).values(totp_last=step))
        return True
    hashes = [_spare_hash(key, login_id, code) for key in keys.values()]
    used = connection.execute(
        delete(SpareCode).where(SpareCode.login_id == login_id, SpareCode.code_hash.in_(hashes))
    )
    return used.rowcount > 0


def spare_left(connection: Connection, login_id: int) -> int:
    """How many spare codes are left."""
    return int(connection.execute(select(func.count()).where(SpareCode.login_id == login_id)).scalar_one())


def reseal(connection: Connection, sealer: Sealer) -> None:
    """Seals the secrets anew with the newest master key (`ngozi rotate`). Spare codes of an older key stop to work with it."""
    for row in connection.execute(select(Login.id, Login.totp, Login.totp_new)).all():
        fresh = {}
        for column, sealed in (("totp", row.totp), ("totp_new", row.totp_new)):
            if sealed is not None and sealed_with(sealed) != sealer.key_id:
                plain = sealer.open(sealed, purpose=PURPOSE, name=str(row.id))
                fresh[column] = sealer.seal(plain, purpose=PURPOSE, name=str(row.id))
        if fresh:
            connection.execute(update(Login).where(Login.id == row.id).values(**fresh))


def _step_of(secret: str, code: str, last: int) -> int | None:
    """The time step whose code this is: now, one before or one after (a clock that is off), later than `last`; else None."""
    typed = "".join(str(unicodedata.decimal(c, c)) for c in code if not c.isspace())
    made = pyotp.TOTP(secret)
    this = int(now()) // STEP_S
    for step in (this, this - 1, this + 1):
        if step > last and hmac.compare_digest(made.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def _spare_hash(key: bytes, login_id: int, code: str) -> str:
    return hmac.new(key, f"spare code\0{login_id}\0{code}".encode(), hashlib.sha256).hexdigest()
