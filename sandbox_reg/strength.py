"""What is too weak to be a secret: the start refuses it in a sentence that says how to make one."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 12  # different ones; a key in hexadecimal digits has sixteen at most
SHORTEST_PASSWORD = 12
SAMPLE_WORDS = (
    "changeme", "change-me", "change_me", "secret", "password", "passw0rd", "django-insecure",
    "123456", "abcdef", "qwerty", "example", "default", "sandbox", "postgres", "letmein", "admin1",
)  # fmt: skip
"""Words of samples and of lists of guessed passwords; chance hardly ever writes one of them."""


def how_to_make(name: str) -> str:
    """Say how a good key is made."""
    return (
        f"可执行 python3 -c 'import secrets; print(secrets.token_urlsafe(48))' 生成一个，"
        f"写入 {name} 后重新启动。"
    )


def demand_strong(name: str, key: str) -> None:
    """Refuse a key that is short, monotonous, repeated or a sample."""
    if len(key) < SHORTEST_KEY:
        weakness = f"不足 {SHORTEST_KEY} 位"
    elif len(set(key)) < FEWEST_CHARACTERS or key in (key + key)[1:-1]:
        weakness = "重复的字符太多"
    elif word := _sample_in(key):
        weakness = f"含有示例用语 {word}"
    else:
        return
    raise ImproperlyConfigured(f"{name} 太弱（{weakness}），不能用作密钥。{how_to_make(name)}")


def demand_different(**keys: str) -> None:
    """Refuse that one key serves two purposes: who learns one would have both."""
    names = list(keys)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            if set(keys[name].split(",")) & set(keys[other].split(",")):
                raise ImproperlyConfigured(
                    f"{name} 和 {other} 相同，一把钥匙不能两用。{how_to_make(other)}"
                )


def demand_strong_password(name: str, url: str) -> None:
    """Refuse a database address whose password others would guess over the network.

    A socket or loopback host is not reached from outside; a certificate or a password file in the
    address stands for the password.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    host = options.get("host", [parts.hostname or ""])[0]
    is_here = not host or host.startswith("/") or is_loopback(host)  # a socket's folder, or this
    if not url or is_here or {"sslcert", "passfile"} & set(options):
        return
    password, user = unquote(parts.password or ""), unquote(parts.username or "")
    if not password:
        weakness = "没有口令"
    elif password.lower() == user.lower():
        weakness = "口令与用户名相同"
    elif len(password) < SHORTEST_PASSWORD:
        weakness = f"口令不足 {SHORTEST_PASSWORD} 位"
    elif len(set(password)) < FEWEST_CHARACTERS // 2 or password in (password + password)[1:-1]:
        weakness = "口令中重复的字符太多"
    elif word := _sample_in(password):
        weakness = f"口令含有常见用语 {word}"
    else:
        return
    raise ImproperlyConfigured(
        f"{name} 中的数据库口令太弱（{weakness}）。请在数据库中改用随机口令，"
        "例如 python3 -c 'import secrets; print(secrets.token_hex(20))' 的结果，再改此变量。"
    )


def is_loopback(host: str) -> bool:
    """Return whether a host, as a bind address or a browser names it, is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _sample_in(key: str) -> str:
    return next((word for word in SAMPLE_WORDS if word in key.lower()), "")
