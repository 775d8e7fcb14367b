"""Personal contact data of an entity, sealed for COPY: no ORM stands before it.

Stored values are compared as they are; equal ones under one key are equal (core.secrets).
"""

from __future__ import annotations

from core.secrets import EncryptedTextField
from entities.models import Entity


def _column(name: str) -> EncryptedTextField:
    found = Entity._meta.get_field(name)
    assert isinstance(found, EncryptedTextField)
    return found


seal_name = _column("contact_name").seal
seal_phone = _column("contact_phone").seal
seal_address = _column("service_address").seal
