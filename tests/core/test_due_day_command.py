"""The command that computes a due day."""

import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.conftest import process_environment


def said(start, days, kind):
    out = StringIO()
    call_command("due_day", f"--from={start}", f"--days={days}", f"--kind={kind}", stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_it_prints_the_day_and_what_was_skipped_with_why():
    first, count, *days, basis = said("2026-09-28", 3, "working")
    assert first == "自2026-09-28（周一）起3个工作日（起算日不计入），于2026-10-08（周四）届满。"
    assert count == "跳过7天："
    assert days[0] == "  2026-10-01（周四）国庆节"
    assert basis == "依据：民事诉讼法第85条、行政处罚法第85条、政策理解第13条。"
    assert said("2026-03-02", 15, "calendar")[1] == "没有跳过的日子。"


@pytest.mark.django_db
def test_it_says_when_a_year_is_provisional():
    assert any("暂按周一至周五" in line for line in said("2026-12-18", 15, "calendar"))
    assert not any("暂按" in line for line in said("2026-03-02", 15, "calendar"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-02-30", 1, "working"), "“2026-02-30”不是日期"),
        (("2026-03-02", 0, "working"), "天数“0”应为1至3650的整数"),
        (("2026-03-02", -5, "working"), "天数“-5”应为"),
        (("2026-03-02", "五", "working"), "天数“五”应为"),
        (("2026-03-02", "99999999999", "working"), "应为1至3650"),
        (("2026-03-02", 5, "workdays"), "“workdays”应为 working（工作日）或 calendar（日历日）"),
        (("9999-12-30", 5, "working"), "超出了日历的范围"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        said(*arguments)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--from", "2026-12-18", "--days", "15", "--kind", "calendar"), 0, "2027-01-04"),
        (("--from", "x", "--days", "15", "--kind", "calendar"), 2, "“x”不是日期"),
        (("--from", "2026-12-18"), 2, "请写明起算日、天数和计算方式"),
    ],
)
def test_bad_input_has_an_exit_code_of_its_own(tmp_path, arguments, code, sentence):
    done = subprocess.run(
        [sys.executable, "manage.py", "due_day", *arguments],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "SANDBOX_VAR": str(tmp_path)} | process_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert sentence in done.stdout + done.stderr
