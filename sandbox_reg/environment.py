"""Reading of environment variables: each once, through a helper that stops with a sentence.

`VARIABLES` collects what was read, so that docs/settings.md can be generated and cannot be stale.
"""

import ipaddress
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from sandbox_reg.strength import demand_strong, how_to_make, is_loopback


@dataclass(frozen=True)
class Variable:
    """One setting from the environment, as the table of the documentation shows it."""

    name: str
    default: str
    meaning: str


VARIABLES: dict[str, Variable] = {}


def text(name: str, meaning: str, default: str = "") -> str:
    """Return a variable as it stands; unset and empty both give `default`."""
    VARIABLES[name] = Variable(name, default, meaning)
    return os.environ.get(name, "").strip() or default


def flag(name: str, meaning: str, *, default: bool, shown: str = "") -> bool:
    """Return a yes-or-no variable."""
    word = text(name, meaning, shown or ("1" if default else "0")).lower()
    if not os.environ.get(name, "").strip():
        return default
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"环境变量 {name} 的值是 {word}，只能写 1 或 0，请改正后重新启动。")


def number(name: str, meaning: str, *, default: int, low: int, high: int) -> int:
    """Return a whole number between `low` and `high`."""
    word = text(name, meaning, str(default))
    if not word.isascii() or not word.isdigit() or not low <= int(word) <= high:
        raise ImproperlyConfigured(
            f"环境变量 {name} 的值是 {word}，应为 {low} 到 {high} 之间的整数，请改正后重新启动。"
        )
    return int(word)


def clock(name: str, meaning: str, *, default: str) -> tuple[int, int]:
    """Return hour and minute from a time of day such as 02:30."""
    word = text(name, meaning, default)
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", word)
    if not found:
        raise ImproperlyConfigured(
            f"环境变量 {name} 的值是 {word}，应写成 02:30 这样的时刻，请改正后重新启动。"
        )
    return int(found[1]), int(found[2])


def names(name: str, meaning: str, *, default: str) -> list[str]:
    """Return a list of words separated by commas."""
    return [word.strip() for word in text(name, meaning, default).split(",") if word.strip()]


def networks(
    name: str, meaning: str, *, default: str, shown: str = ""
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Return a list of networks in CIDR notation, separated by commas."""
    found = []
    words = names(name, meaning, default=default)
    VARIABLES[name] = Variable(name, shown or default, meaning)
    for word in words:
        try:
            found.append(ipaddress.ip_network(word, strict=False))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"环境变量 {name} 中的 {word} 不是网段，应写成 10.0.0.0/8 这样，请改正后重新启动。"
            ) from error
    return found


def refuse_open_demo(*, debug: bool, host: str, hosts: list[str], proxies: object) -> None:
    """Stop the demonstration, whose passwords everybody knows, where others could reach it."""
    if not debug:
        raise ImproperlyConfigured(
            "演示模式（DEMO=1）使用公开的演示账号，不能与 DEBUG=0 同用；正式使用请设 DEMO=0。"
        )
    open_to = [name for name in (host, *hosts) if not is_loopback(name)]
    if open_to or proxies:
        said = f"HOST 或 ALLOWED_HOSTS 中的 {open_to[0]}" if open_to else "TRUSTED_PROXIES"
        raise ImproperlyConfigured(
            f"演示模式（DEMO=1）使用公开的演示账号，只能在本机访问：请去掉 {said}，"
            "或设 DEMO=0 正式使用。"
        )


def database(name: str, url: str) -> dict[str, object]:
    """Return Django's database settings for an address like postgresql://user:word@host:5432/name.

    A unix socket is given as `?host=/folder`; every other argument goes to the driver as it is.
    """
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"环境变量 {name} 应写成 postgresql://用户:口令@主机:5432/库名，请改正后重新启动。"
        )
    try:
        port = str(parts.port or "")
    except ValueError as error:
        raise ImproperlyConfigured(f"环境变量 {name} 中的端口不是数字，请改正后重试。") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": port,
        "OPTIONS": options,
    }


def sealed_text(name: str, meaning: str) -> str:
    """Return a text that may hold a secret: from the variable, or from the file it names.

    `NAME_FILE` is for secrets that a container or a service manager lays down as files.
    """
    told = text(name, meaning)
    file = text(f"{name}_FILE", f"存放 {name} 内容的文件，与 {name} 二选一；只许属主读取。")
    if told and file:
        raise ImproperlyConfigured(
            f"环境变量 {name} 和 {name}_FILE 只能设置一个，请删去其中一个后重新启动。"
        )
    return _read_private(f"{name}_FILE", Path(file)) if file else told


def _read_private(name: str, path: Path) -> str:
    """Return what a file of a secret holds; refuse one that everybody may read."""
    try:
        mode, content = path.stat().st_mode, path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"环境变量 {name} 所指的文件 {path} 读不出来，请检查路径、权限和内容后重新启动。"
        ) from error
    # Containers lay their secrets down for everybody inside, where nobody else lives.
    if mode & stat.S_IROTH and not path.is_relative_to("/run/secrets"):
        raise ImproperlyConfigured(
            f"环境变量 {name} 所指的文件 {path} 任何用户都能读取，"
            f"请执行 chmod 600 {path} 后重新启动。"
        )
    return content


def secret(name: str, meaning: str, *, made_in: Path | None) -> str:
    """Return a key from `NAME` or `NAME_FILE`, never a weak one.

    In the embedded mode (`made_in`, the state folder) a missing key is made and kept there.
    """
    found = sealed_text(name, meaning)
    if not found and made_in is not None:
        return secret_file(made_in / name.lower())
    if not found:
        raise ImproperlyConfigured(
            f"设置了 DATABASE_URL 时必须同时设置 {name} 或 {name}_FILE。{how_to_make(name)}"
        )
    for key in found.split(","):
        demand_strong(name, key.strip())
    return found


def secret_file(path: Path) -> str:
    """Return the secret kept in `path`, made at the first call and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), "utf-8")
        try:
            path.hardlink_to(fresh)  # of two processes that come at once, one wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text("utf-8").strip()
