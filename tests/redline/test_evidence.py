"""Evidence is kept as it came: once, unchanged, by its content, for whoever may see it."""

import hashlib

import psycopg2
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from core.audit.sealing import logs
from core.errors import BadFile, Refused
from redline.actions.violations import add_evidence, receive
from redline.evidence import content_of, most_bytes, same_file
from redline.models import Evidence, EvidenceContent
from tests.core.test_attachments import docx, jpeg
from tests.redline.factories import ON, PDF, make_evidence, make_violation
from tests.redline.judging import approved, make_people, passed, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return make_people()


def add(violation, by, content=PDF, *, name="笔录.pdf", title="现场笔录", **said):
    return add_evidence(violation, title=title, name=name, content=content, by=by, on=ON, **said)


class TestAdding:
    def test_type_size_and_digest_are_of_the_content(self, people):
        evidence = add(recorded(people), people.officer, jpeg(), name="..\\照片.pdf")
        assert (evidence.media_type, evidence.name) == ("image/jpeg", "照片.pdf.jpg")
        assert evidence.size == len(jpeg())
        assert evidence.digest == hashlib.sha256(jpeg()).hexdigest()
        assert evidence.added_by == people.officer
        assert content_of(evidence, people.officer) == jpeg()

    def test_without_a_title_the_name_says_it(self, people):
        assert add(recorded(people), people.officer, title=" ").title == "笔录.pdf"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"MZ\x90\0" + b"\0" * 60, "文件是程序"),
            (b"<html><body>%PDF-1.7</body></html>", "文件是网页"),
            (docx(**{"word__big.xml": b"\0" * (60 << 20)}), "解压后过大"),
            (b"", "文件是空的"),
            (PDF[:8] + b" " * (20 << 20) + PDF[8:], "超过上限 20 MB"),
        ],
        ids=["renamed program", "page as pdf", "zip bomb", "empty", "too large"],
    )
    def test_what_is_no_evidence_is_refused_and_leaves_nothing(self, people, content, said):
        with pytest.raises(Refused, match=said):
            add(recorded(people), people.officer, content, name="证据.pdf")
        assert not Evidence.objects.for_system("test").exists()

    def test_a_title_that_is_too_long(self, people):
        with pytest.raises(Refused, match="证据说明最多200字"):
            add(recorded(people), people.officer, title="字" * 201)

    def test_the_same_file_twice_is_told(self, people):
        violation = recorded(people)
        add(violation, people.officer)
        with pytest.raises(Refused, match=f"{people.officer.name}已于.*上传同一文件（“现场笔录”）"):
            add(violation, people.lead, name="另一个名字.pdf", title="笔录二")
        assert Evidence.objects.for_system("test").count() == 1

    def test_of_another_violation_it_is_evidence_as_well(self, people):
        one, other = add(recorded(people), people.officer), add(recorded(people), people.officer)
        assert same_file(one, people.officer) == [other]
        assert same_file(one, people.elsewhere) == []

    def test_whoever_found_it_adds_to_it_also_later(self, people):
        violation = passed(people)
        add(violation, people.elsewhere)
        receive(violation, by=people.officer, on=ON)
        add(violation, people.elsewhere, jpeg(), name="照片.jpg")
        with pytest.raises(Refused, match="不在您的管辖范围内"):
            add(violation, people.lead_elsewhere)

    def test_of_the_mending_it_is_kept_with_the_order(self, people):
        order = approved(people)
        evidence = add(order.violation, people.station, order=order)
        assert evidence.order == order
        other = recorded(people)
        with pytest.raises(Refused, match="在该违法行为的责令改正上传"):
            add(other, people.officer, order=order)
        with pytest.raises(Refused, match="在该违法行为的责令改正上传"):
            add(passed(people), people.elsewhere, order=order)

    def test_the_limit_is_the_days(self, people):
        assert most_bytes(ON) == 20 << 20


class TestKeeping:
    def test_only_who_sees_the_violation_reads_the_content(self, people):
        evidence = add(recorded(people), people.officer)
        for seer in (people.station, people.lead, people.city):
            assert content_of(evidence, seer) == PDF
        for other in (people.elsewhere, people.auditor, people.system):
            with pytest.raises(EvidenceContent.DoesNotExist):
                content_of(evidence, other)

    @pytest.mark.parametrize("model", [Evidence, EvidenceContent])
    def test_the_application_cannot_change_or_remove_it(self, people, model):
        make_evidence(make_violation())
        rows = model.objects.for_system("test")
        column = "title" if model is Evidence else "content"
        value = "改写" if model is Evidence else b"%PDF-"
        with pytest.raises(ProgrammingError) as refused, transaction.atomic():
            rows.update(**{column: value})
        assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege)
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows._raw_delete("default")
        assert rows.count() == 1

    def test_bytes_that_are_no_longer_those_are_not_given_out(self, people):
        violation = make_violation(bureau=people.bureau)
        evidence = make_evidence(violation, digest="0" * 64)
        with pytest.raises(BadFile, match="与上传时的 SHA-256 不一致"):
            content_of(evidence, people.officer)

    def test_seals_cover_the_line_with_the_digest_not_the_bytes(self):
        with connection.cursor() as cursor:
            columns = {log.name: log.columns for log in logs(cursor)}
        assert "digest" in columns[Evidence._meta.db_table]
        assert columns[EvidenceContent._meta.db_table] == ("evidence_id", "id")
