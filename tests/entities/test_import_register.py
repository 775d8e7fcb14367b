"""The register import: every form of file, nothing twice, nothing lost, bad rows said."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.models import Job
from entities.choices import Kind, Status
from entities.imports.staging import rows
from entities.models import Entity, EntityStatus, FactChange, SafetyReading, SafetyTerm
from tests.conftest import process_environment

REASON = "test"
REGISTRY = Path(settings.BASE_DIR).parent / "shared/data/registry_2019.csv"
HEADER = "企业名称,统一社会信用代码,注册日期,企业类型,注册资金,经营范围,地区,注册地址"
GOOD = [
    "重庆阿里少年立志跆拳道有限公司,91500112MA607QEM6A,2019-01-01,N/A,50(万),餐饮服务；健身服务,渝北,"
    "重庆市渝北区双龙湖街道兰馨大道77号",
    "丰都县桂洁农业开发股份合作社,93500230MA607RXD6F,2019-01-02,N/A,N/A,香椿的种植,丰都,"
    "重庆市丰都县双龙镇双龙社区二组",
]


@pytest.fixture
def terms(db):
    SafetyTerm.objects.for_system(REASON).get_or_create(
        domain="food_drug", words="餐饮服务", defaults={"since": date(2024, 8, 1)}
    )


@pytest.fixture
def file(tmp_path):
    def write(*lines, header=HEADER, encoding="utf-8", name="名册.csv"):
        path = tmp_path / name
        path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
        return path

    return write


def run(path, **options):
    out = StringIO()
    call_command("import_register", str(path), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def figures(result):
    return tuple(result[name] for name in ("new", "changed", "unchanged", "bad"))


def entity(code="91500112MA607QEM6A"):
    return Entity.objects.for_system(REASON).get(code=code)


def errors(path):
    with path.with_name(f"{path.stem}.errors.csv").open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
class TestForms:
    @pytest.mark.parametrize(
        ("encoding", "said"),
        [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8（带BOM）"), ("gb18030", "GB18030")],
    )
    def test_encodings(self, file, encoding, said):
        result = run(file(*GOOD, encoding=encoding))
        assert figures(result) == (2, 0, 0, 0)
        assert result["encoding"] == said
        assert entity().name == "重庆阿里少年立志跆拳道有限公司"

    def test_a_workbook(self, tmp_path):
        book = openpyxl.Workbook()
        for line in [HEADER, *GOOD]:
            book.active.append(line.split(","))
        book.save(tmp_path / "名册.xlsx")
        assert figures(run(tmp_path / "名册.xlsx")) == (2, 0, 0, 0)

    def test_a_file_without_a_code_column_is_refused(self, file):
        with pytest.raises(CommandError, match="缺少必需的列"):
            run(file("某公司", header="企业名称"))


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
class TestFacts:
    def test_a_new_entity_has_its_facts_since_it_was_established(self, file):
        run(file(*GOOD))
        found = entity()
        status = EntityStatus.objects.for_system(REASON).get(entity=found)
        assert (status.status, status.since) == (Status.ACTIVE, date(2019, 1, 1))
        reading = SafetyReading.objects.for_system(REASON).get(entity=found)
        assert (reading.food_drug, reading.since) == (1, date(2019, 1, 1))
        assert found.fields == ["food_drug"]
        assert entity("93500230MA607RXD6F").kind == Kind.COOPERATIVE
        change = FactChange.objects.for_system(REASON).get(entity=found)
        assert (change.from_day, change.cause) == (timezone.localdate(), "登记信息导入")

    def test_a_dated_status_and_the_service_address_come_in(self, file):
        header = HEADER + ",登记状态,注销日期,送达地址"
        path = file(GOOD[0] + ",注销,2024-05-01,重庆市渝中区送达路1号", header=header)
        run(path)
        assert entity().service_address == "重庆市渝中区送达路1号"
        statuses = EntityStatus.objects.for_system(REASON).order_by("since")
        assert list(statuses.values_list("status", "since", "until")) == [
            (Status.ACTIVE, date(2019, 1, 1), date(2024, 5, 1)),
            (Status.DEREGISTERED, date(2024, 5, 1), None),
        ]
        assert figures(run(path)) == (0, 0, 1, 0)

    def test_the_same_file_again_changes_nothing(self, file):
        path = file(*GOOD)
        run(path)
        before = entity().updated_at, FactChange.objects.for_system(REASON).count()
        assert figures(run(path)) == (0, 0, 2, 0)
        assert before == (entity().updated_at, FactChange.objects.for_system(REASON).count())

    def test_changes_close_the_old_facts(self, file):
        established = GOOD[0].replace("餐饮服务；健身服务", "健身服务").replace("阿里", "巴里")
        run(file(*GOOD))
        header = HEADER + ",登记状态"
        result = run(file(established + ",吊销，未注销".replace("，", ""), header=header))
        assert figures(result) == (0, 1, 0, 0)
        found, today = entity(), timezone.localdate()
        assert found.name == "重庆巴里少年立志跆拳道有限公司"
        assert found.former_names == ["重庆阿里少年立志跆拳道有限公司"]
        assert found.fields == []
        current = EntityStatus.objects.for_system(REASON).current().filter(entity=found)
        assert list(current.order_by("since").values_list("status", "since", "until")) == [
            (Status.ACTIVE, date(2019, 1, 1), today),
            (Status.REVOKED, today, None),
        ]
        reading = SafetyReading.objects.for_system(REASON).current().get(entity=found)
        assert reading.until == today

    def test_a_gap_in_a_file_erases_nothing(self, file):
        run(file(*GOOD))
        result = run(file(GOOD[0].split(",")[0] + ",91500112MA607QEM6A,,,,,,"))
        assert figures(result) == (0, 0, 1, 0)
        assert entity().business_scope.startswith("餐饮服务")

    def test_a_status_nobody_named_does_not_revive(self, file):
        run(file(GOOD[0] + ",注销", header=HEADER + ",登记状态"))
        result = run(file(GOOD[0]))
        assert figures(result) == (0, 0, 1, 0)
        assert "存续" in "".join(result["sentences"])
        assert figures(run(file(GOOD[0]), status="存续")) == (0, 1, 0, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
class TestBadRows:
    BAD = [
        "没有代码的公司,,2019-01-01,N/A,N/A,咨询,渝中,重庆市渝中区",
        ",91500103MA60D6Q11A,2019-01-01,N/A,N/A,咨询,渝中,重庆市渝中区",
    ]

    def test_bad_rows_are_listed_and_good_ones_kept(self, file):
        path = file(GOOD[0], *self.BAD, GOOD[1])
        assert figures(run(path)) == (2, 0, 0, 2)
        listed = [row for row in errors(path) if not row["问题"].startswith("警告")]
        assert {row["行号"] for row in listed} == {"3", "4"}
        assert all(row["字段"] and row["问题"] and row["建议"] for row in listed)

    def test_an_invalid_check_character_is_a_warning(self, file):
        path = file(GOOD[0].replace("QEM6A", "QEM6B"))
        result = run(path)
        assert figures(result) == (1, 0, 0, 0)
        assert result["warnings"] >= 1
        assert any(row["值"] == "91500112MA607QEM6B" for row in errors(path))
        assert entity("91500112MA607QEM6B").code_problem

    def test_the_last_of_several_rows_wins(self, file):
        path = file(GOOD[0], GOOD[1], GOOD[0].replace("阿里", "巴里"))
        assert figures(run(path)) == (2, 0, 0, 0)
        assert "巴里" in entity().name
        assert figures(run(path)) == (0, 0, 2, 0)

    def test_a_trial_counts_the_same_and_writes_nothing(self, file):
        path = file(GOOD[0], *self.BAD, GOOD[1], GOOD[0])
        trial = run(path, dry_run=True)
        assert not Entity.objects.for_system(REASON).exists()
        assert not Job.objects.for_system(REASON).exists()
        real = run(path)
        keys = ("new", "changed", "unchanged", "bad", "warnings")
        assert [trial[key] for key in keys] == [real[key] for key in keys]


@pytest.mark.usefixtures("real_commits")  # the heartbeat looks from a connection of its own
@pytest.mark.skipif(not REGISTRY.exists(), reason="The sample register is not on this machine.")
def test_the_real_register(tmp_path):
    path = tmp_path / REGISTRY.name
    path.write_bytes(REGISTRY.read_bytes())
    result = run(path)
    assert (result["new"], result["bad"]) == (5276, 0)
    again = run(path)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, result["new"])


@pytest.mark.usefixtures("real_commits")
def test_a_killed_import_goes_on_where_it_was(file):
    lines = [
        f"重庆测试{n}有限公司,T{n:014d},2019-01-01,,,健身服务,渝中,渝中区" for n in range(41_000)
    ]
    path = file(*lines)
    command = [sys.executable, "manage.py", "import_register", str(path), "--json"]
    environment = os.environ | process_environment()
    first = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while rows("SELECT count(*) FROM entities_entity")[0][0] == 0 and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    there = rows("SELECT count(*) FROM entities_entity")[0][0]
    assert 0 < there < 41_000, "The process was to be killed in the middle."
    jobs = Job.objects.for_system(REASON)
    assert jobs.get().checkpoint["upto"] == there
    jobs.update(lease_until=timezone.now() - timedelta(seconds=1))
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["new"] == 41_000
    assert Job.objects.for_system(REASON).get().attempt == 2
    for table in ("entities_entity", "entities_entitystatus", "entities_factchange"):
        assert rows(f"SELECT count(*) FROM {table}")[0][0] == 41_000
