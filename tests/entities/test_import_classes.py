"""Files of credit-risk classes and of the four-new list, as commands and as uploads."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from core.errors import Refused
from core.jobs import claim, run
from core.models import Job
from entities.imports import classes
from entities.imports.uploads import start_import
from entities.models import ClassFile, CreditClass, Entity, FactChange, FourNewMark
from staff.models import User
from staff.roles import Role

REASON = "test"
DATA = Path(settings.BASE_DIR).parent / "shared/data"
SAMPLE = DATA / "samples/credit_grades_2024-09.csv"
CODES = ("91500112MA607QEM6A", "93500230MA607RXD6F", "91500103MA60D6Q11A")
HEADER = "统一社会信用代码,企业名称,信用风险分类,分类月份"


@pytest.fixture
def entities(db):
    make = Entity.objects.for_system(REASON).create
    return [make(code=code, name=f"重庆测试{code[-4:]}有限公司") for code in CODES]


@pytest.fixture
def file(tmp_path):
    def write(*lines, header=HEADER, name="分类.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *lines, ""]), "gb18030")
        return path

    return write


def command(name, path, **options):
    out = StringIO()
    call_command(name, str(path), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def errors(path):
    with path.with_name(f"{path.stem}.errors.csv").open(encoding="utf-8-sig") as lines:
        return {row["行号"]: row for row in csv.DictReader(lines)}


def letters():
    current = CreditClass.objects.for_system(REASON).current()
    return dict(current.filter(until=None).values_list("entity__code", "letter"))


@pytest.mark.usefixtures("entities")
class TestClasses:
    def test_good_rows_come_in_and_bad_ones_are_listed(self, file):
        path = file(
            f"{CODES[0]},甲,A类,2026-05",
            f"{CODES[1]},乙,Ｂ,2026年5月",
            f"{CODES[2]},丙,E,2026-05",
            f"{CODES[2]},丙,A,2026-04",
            "91500103MA60D6Q99X,丁,A,2026-05",
            ",戊,A,2026-05",
        )
        result = command("import_credit_classes", path, month="2026-05")
        assert (result["new"], result["bad"]) == (2, 4)
        assert letters() == {CODES[0]: "A", CODES[1]: "B"}
        listed = errors(path)
        assert set(listed) == {"4", "5", "6", "7"}
        assert all(row["字段"] and row["问题"] and row["建议"] for row in listed.values())
        recorded = ClassFile.objects.for_system(REASON).get()
        assert (recorded.month, recorded.rows) == (date(2026, 5, 1), 2)

    def test_again_changes_nothing_and_missing_is_counted(self, file):
        path = file(f"{CODES[0]},甲,A,2026-05", f"{CODES[1]},乙,B,2026-05")
        command("import_credit_classes", path, month="2026-05")
        changes = FactChange.objects.for_system(REASON).count()
        again = command("import_credit_classes", path, month="2026-05")
        assert (again["new"], again["changed"], again["unchanged"], again["missed"]) == (0, 0, 2, 0)
        assert FactChange.objects.for_system(REASON).count() == changes == 2
        later = command("import_credit_classes", file(f"{CODES[0]},甲,A,"), month="2026-06")
        assert (later["unchanged"], later["missed"]) == (1, 1)

    def test_a_trial_writes_nothing(self, file):
        path = file(f"{CODES[0]},甲,A,2026-05")
        assert command("import_credit_classes", path, month="2026-05", dry_run=True)["new"] == 1
        assert not CreditClass.objects.for_system(REASON).exists()
        assert not ClassFile.objects.for_system(REASON).exists()

    @pytest.mark.parametrize("month", ["2026-13", "某月", "2999-01"])
    def test_an_impossible_month_is_refused(self, file, month):
        with pytest.raises(CommandError):
            command("import_credit_classes", file(f"{CODES[0]},甲,A,"), month=month)


class TestUpload:
    @pytest.fixture
    def officer(self, db):
        return User.objects.create_user("c1", "x", name="王", role=Role.MUNICIPAL_OFFICER)

    def upload(self, text="统一社会信用代码,信用风险分类\n"):
        return SimpleUploadedFile("分类.csv", text.encode())

    def test_a_job_with_its_error_file(self, officer, entities, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        text = f"统一社会信用代码,信用风险分类\n{CODES[0]},A\nX,B\n"
        job = start_import("import_credit_classes", self.upload(text), officer, month="2026-05")
        run(claim(job.pk), classes.work)
        done = Job.objects.for_system(REASON).get(pk=job.pk)
        assert done.status == Job.Status.DONE, done.error
        assert done.result["new"] == done.result["bad"] == 1
        with done.error_file.open() as listed:
            assert "X" in listed.read().decode("utf-8-sig")
        recorded = CreditClass.objects.for_system(REASON).get()
        assert recorded.recorded_by == officer

    def test_who_may_not_is_told_who_may(self, db):
        auditor = User.objects.create_user("a1", "x", name="李", role=Role.AUDITOR)
        with pytest.raises(Refused, match="市局人员"):
            start_import("import_credit_classes", self.upload(), auditor, month="2026-05")

    @pytest.mark.parametrize(
        "content", [b"", b"\xd0\xcf\x11\xe0" + b"x" * 100, b"\x00\x01\x02", b"\xff\xd8\xff\xe0" * 9]
    )
    def test_what_is_no_table_is_refused(self, officer, content):
        with pytest.raises(Refused, match="文件"):
            start_import("import_register", SimpleUploadedFile("x.csv", content), officer)


@pytest.mark.usefixtures("entities")
class TestFourNew:
    HEADER = "统一社会信用代码,企业名称,四新类别"

    def marks(self):
        current = FourNewMark.objects.for_system(REASON).current().filter(until=None)
        return {mark.entity.code: mark.novelties for mark in current.select_related("entity")}

    def test_the_list_marks_and_replaces(self, file):
        path = file(
            f"{CODES[0]},甲,新技术、新业态", f"{CODES[1]},乙,新模式", f"{CODES[2]},丙,很新",
            header=self.HEADER,
        )  # fmt: skip
        result = command("import_four_new", path)
        assert (result["new"], result["bad"]) == (2, 1)
        assert self.marks() == {CODES[0]: ["form", "technology"], CODES[1]: ["model"]}
        again = command("import_four_new", path)
        assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
        assert FactChange.objects.for_system(REASON).count() == 2
        shorter = file(f"{CODES[0]},甲,新技术、新业态", header=self.HEADER)
        assert command("import_four_new", shorter)["left"] == 0
        assert command("import_four_new", shorter, replace=True)["left"] == 1
        assert set(self.marks()) == {CODES[0]}


@pytest.mark.usefixtures("real_commits")
@pytest.mark.skipif(not SAMPLE.exists(), reason="The sample class file is not on this machine.")
def test_the_real_class_file(tmp_path):
    for source in (DATA / "registry_2019.csv", SAMPLE):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    command("import_register", tmp_path / "registry_2019.csv")
    result = command("import_credit_classes", tmp_path / SAMPLE.name, month="2024-09")
    assert result["encoding"] == "GB18030"
    assert result["new"] == result["rows"] > 4000
    assert result["bad"] == 0
    again = command("import_credit_classes", tmp_path / SAMPLE.name, month="2024-09")
    assert again["unchanged"] == result["new"]
