"""docs/rules.md says what the classes and the TOML files say."""

from pathlib import Path

from django.conf import settings

from membership.rule_book import page


def test_the_rule_book_is_up_to_date():
    written = (Path(settings.BASE_DIR) / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == page(), "Run `make rules-doc`."
