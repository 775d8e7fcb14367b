"""Evidence: several files at once, what is taken in, who takes it out, and the record of it."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from redline.models import Evidence
from tests.redline.factories import PDF, make_evidence, make_violation

pytestmark = pytest.mark.django_db

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)


def add(violation):
    return reverse("desk:violation-evidence-add", args=(violation.pk,))


def take(evidence):
    return reverse("desk:violation-evidence", args=(evidence.pk,))


def file(name="笔录.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def kept():
    return list(Evidence.objects.for_system("test").order_by("pk"))


def test_several_files_are_kept_with_type_size_and_digest(as_, violation, people):
    sent = {"files": [file(), file("现场.png", PNG)], "title": ""}
    text = said(as_("own").post(add(violation), sent, follow=True))
    assert "已上传2个文件" in text
    first, second = kept()
    assert (first.name, first.title, first.added_by) == ("笔录.pdf", "笔录.pdf", people["own"])
    assert (first.size, first.digest) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert second.media_type == "image/png"
    for words in (first.digest[:12], "PDF", "PNG", "现场.png"):
        assert words in text, words
    lines = Access.objects.for_system("test").filter(kind=Access.Kind.UPLOAD)
    assert {line.detail["sha256"] for line in lines} == {first.digest, second.digest}


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"title": "照片"}, "请选择文件。"),
    ({"files": [SimpleUploadedFile("空.pdf", b"")]}, "文件是空的"),
    ({"files": [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(11)]}, "一次最多上传10个文件"),
])  # fmt: skip
def test_bad_files_are_told_and_nothing_is_kept(as_, violation, sent, wrong):
    text = said(as_("own").post(add(violation), {"title": "现场照片"} | sent))
    assert wrong in text
    assert 'value="现场照片"' in text or "title" in sent
    assert "浏览器不保留已选的文件" in text
    assert not kept()


def test_one_bad_file_keeps_the_others_out(as_, violation):
    sent = {"files": [file(), file("木马.pdf", b"MZ\0\0" + b"\0" * 60)], "title": "现场照片"}
    text = said(as_("own").post(add(violation), sent), 409)
    assert "木马.pdf：" in text
    assert 'value="现场照片"' in text
    assert not kept()


def test_a_file_too_large_is_told_by_name(as_, violation, monkeypatch):
    monkeypatch.setattr("desk.views.violation_evidence.most_bytes", lambda on: 10)
    text = said(as_("own").post(add(violation), {"files": [file()], "title": ""}), 409)
    assert "笔录.pdf：文件大小" in text
    assert not kept()


def test_the_same_file_twice_is_told_with_who_was_first(as_, violation):
    as_("own").post(add(violation), {"files": [file()], "title": "笔录"})
    text = said(as_("own2").post(add(violation), {"files": [file("副本.pdf")], "title": ""}), 409)
    assert "副本.pdf：张经办已于" in text
    assert len(kept()) == 1


@pytest.mark.parametrize(("person", "status"), [
    ("own", 302), ("own2", 302), ("lead", 302), ("station", 302), ("city", 409), ("other", 404),
    ("unit", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_add_evidence(as_, violation, person, status):
    answer = as_(person).post(add(violation), {"files": [file()], "title": ""})
    assert answer.status_code == status
    assert bool(kept()) is (status == 302 and person != "nobody")


def test_who_found_it_adds_to_the_own_record(as_, entity, people):
    found = make_violation(
        entity, by=people["unit"], found_by_unit=people["unit"].unit,
        passed_on_at=timezone.now(),
    )  # fmt: skip
    as_("unit").post(add(found), {"files": [file()], "title": "抽检报告"})
    (one,) = kept()
    assert "抽检报告" in said(as_("unit").get(reverse("desk:violation-detail", args=(found.pk,))))
    assert b"".join(as_("unit").post(take(one)).streaming_content) == PDF


def test_a_file_is_handed_out_with_a_record(as_, violation):
    one = make_evidence(violation)
    answer = as_("lead").post(take(one))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    line = Access.objects.for_system("test").get(kind=Access.Kind.DOWNLOAD)
    assert (line.entity_id, line.detail["sha256"]) == (violation.entity_id, one.digest)
    assert str(violation.pk) in line.subject


@pytest.mark.parametrize(("person", "status"), [
    ("station", 200), ("city", 200), ("other", 404), ("unit", 404), ("auditor", 403),
    ("nobody", 302),
])  # fmt: skip
def test_who_may_take_a_file(as_, violation, person, status):
    answer = as_(person).post(take(make_evidence(violation)))
    assert answer.status_code == status
    if status == 200:
        b"".join(answer.streaming_content)


def test_a_file_is_never_handed_out_by_a_link(as_, violation):
    said(as_("own").get(take(make_evidence(violation))), 405)
