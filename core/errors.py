"""What the product says when it will not do something."""


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
        return f"{self.sentence}（依据：{self.clause}）" if self.clause else self.sentence
