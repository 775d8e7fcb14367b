"""Columns that are encrypted at rest, and the key ring that opens them.

A value is stored as ``key id:base64``, sealed by AES-256-SIV with table and column as associated
data, so that it cannot be moved into another column. The seal is deterministic: equal texts of one
column under one key are stored equally, which lets bulk imports tell what has not changed without
opening anything. Whoever reads the tables learns which values are equal, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models

KEY_BYTES = 64
STORED = re.compile(r"([0-9a-f]{8}):([A-Za-z0-9+/]+={0,2})")


class Unreadable(RuntimeError):
    """A stored value cannot be opened: its key is missing, or it was altered."""


class KeyRing:
    """The keys of ``settings.DATA_KEYS``: the first seals, any opens."""

    def __init__(self, entries: tuple[str, ...]) -> None:
        self.ids = tuple(key_id(entry) for entry in entries)
        self.current = self.ids[0]
        self._ciphers = {
            name: AESSIV(_derived(entry)) for name, entry in zip(self.ids, entries, strict=True)
        }

    def seal(self, text: str, place: bytes) -> str:
        """Return what is stored for a text; an empty one stays empty."""
        if not text:
            return ""
        sealed = self._ciphers[self.current].encrypt(text.encode(), [place])
        return f"{self.current}:{base64.b64encode(sealed).decode()}"

    def open(self, stored: str, place: bytes) -> str:
        """Return the text of a stored value. Raises Unreadable."""
        if not stored:
            return ""
        where = place.decode()
        found = STORED.fullmatch(stored)
        if not found:
            raise Unreadable(f"{where} 中有一个值没有加密，请先执行 python manage.py migrate。")
        name, sealed = found.groups()
        if name not in self._ciphers:
            raise Unreadable(
                f"{where} 中有一个值由密钥 {name} 加密，而 DATA_KEYS 中没有这把密钥；"
                "请把它补到 DATA_KEYS 的末尾后重新启动。"
            )
        try:
            return self._ciphers[name].decrypt(base64.b64decode(sealed), [place]).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise Unreadable(f"{where} 中有一个值被改动过或损坏，无法解密。") from error


def key_id(entry: str) -> str:
    """Name a key by eight hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(f"data key {entry}".encode()).hexdigest()[:8]


def _derived(entry: str) -> bytes:
    derive = HKDF(algorithm=SHA512(), length=KEY_BYTES, salt=None, info=b"sandbox data key")
    return derive.derive(entry.encode())


@lru_cache(maxsize=8)
def _ring_of(entries: tuple[str, ...]) -> KeyRing:
    return KeyRing(entries)


def ring() -> KeyRing:
    """Return the key ring of the settings."""
    return _ring_of(tuple(settings.DATA_KEYS))


class EncryptedTextField(models.TextField):
    """Personal text of at most ``max_length`` characters, encrypted in the database.

    It can be read and written, not searched: no lookup but ``isnull`` is offered, because under
    two keys equal texts are stored differently.
    """

    def __init__(self, verbose_name: str | None = None, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(verbose_name, max_length=max_length, **kwargs)
        self.validators.append(MaxLengthValidator(max_length))

    @property
    def place(self) -> bytes:
        """The table and column that a stored value is bound to."""
        return f"{self.model._meta.db_table}.{self.column}".encode()

    def seal(self, text: str) -> str:
        """Return what is stored for a text: for COPY, which no ORM stands before."""
        if len(text) > (self.max_length or 0):
            raise ValueError(f"{self.name} takes at most {self.max_length} characters.")
        return ring().seal(text, self.place)

    def open(self, stored: str) -> str:
        """Return the text of a stored value."""
        return ring().open(stored, self.place)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else self.seal(prepared)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value is None else self.open(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedTextField):
    """A value of JSON, encrypted in the database as its text."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value, ensure_ascii=False, sort_keys=True))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return text if text is None else json.loads(text)


class EncryptedBinaryField(EncryptedTextField):
    """The bytes of a small file, encrypted in the database."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(base64.b64encode(bytes(value)).decode())

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return text if text is None else base64.b64decode(text)
