"""Who works where, who may log in, and what logging in leaves behind."""

from staff.models.accounts import User, UserManager
from staff.models.entry import LiveSession, PasswordRecord, SecondFactor
from staff.models.grants import RoleGrant
from staff.models.numbers import KindWord, NumberSeries, PaperNumber
from staff.models.places import (
    Bureau,
    District,
    DistrictChange,
    Field,
    Jurisdiction,
    Station,
    StationStreet,
    Street,
    StreetPlacement,
    Unit,
    in_office,
)

__all__ = (
    "Bureau",
    "District",
    "DistrictChange",
    "Field",
    "Jurisdiction",
    "KindWord",
    "LiveSession",
    "NumberSeries",
    "PaperNumber",
    "PasswordRecord",
    "RoleGrant",
    "SecondFactor",
    "Station",
    "StationStreet",
    "Street",
    "StreetPlacement",
    "Unit",
    "User",
    "UserManager",
    "in_office",
)
