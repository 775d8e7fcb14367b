"""What the product says when it will not do something."""

NUMERALS = "〇一二三四五六七八九"


def clause_said(clause: str) -> str:
    """Write "4.1" as the policy numbers itself, 四（一）, and "readings 5" as 政策理解第5条."""
    if clause.startswith("readings "):
        return f"政策理解第{clause.removeprefix('readings ')}条"
    chapter, _, item = clause.partition(".")
    if not (chapter + item).isdecimal() or len(chapter) > 1 or len(item) > 1:
        return clause
    return NUMERALS[int(chapter)] + (f"（{NUMERALS[int(item)]}）" if item else "")


class Refused(Exception):
    """An action was not done; the sentence says why and what to do next.

    ``clause`` is the number of the policy clause or reading it stands on ("4.1", "readings 5"),
    or an empty string where no clause is concerned. ``sentence`` is shown to the user as it is.
    """

    def __init__(self, clause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.clause = clause
        self.sentence = sentence

    def __str__(self) -> str:
        if not self.clause:
            return self.sentence
        return f"{self.sentence}（依据：{clause_said(self.clause)}）"


class BadFile(ValueError):
    """A file cannot be taken as what it was handed in for; the sentence says what to do."""


class MissingColumns(BadFile):
    """A table was read, but its header lacks columns that are needed."""
