"""Files handed in through the page."""

import hashlib
import io
import zipfile

import openpyxl
import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse
from django.utils import timezone

from core.models import Access, Job

UPLOAD = reverse("desk:upload")
REGISTER = "统一社会信用代码,名称\n91500000MA5U000000,重庆试验有限公司\n"


def rows():
    return Job.objects.for_system("a test looks")


def file(text=REGISTER, name="登记.csv"):
    return SimpleUploadedFile(name, text.encode())


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_register_becomes_a_job(as_):
    answer = as_("city").post(UPLOAD, {"kind": "import_register", "file": file()})
    job = rows().get()
    assert answer["Location"] == reverse("desk:job-detail", args=(job.pk,))
    assert job.kind == "import_register"
    assert job.params["file_name"] == "登记.csv"
    line = Access.objects.for_system("a test looks").get(kind="upload")
    assert line.detail == {
        "job": job.pk,
        "file_name": "登记.csv",
        "size": len(REGISTER.encode()),
        "sha256": hashlib.sha256(REGISTER.encode()).hexdigest(),
    }


def test_a_class_file_needs_its_month(as_):
    client = as_("city")
    form = {"kind": "import_credit_classes", "month": ""}
    said = client.post(UPLOAD, form | {"file": file()}).content.decode()
    assert "请填写分类月份。" in said
    future = f"{timezone.localdate().year + 1}-01"
    answer = client.post(UPLOAD, form | {"file": file(), "month": future})
    assert answer.status_code == 409
    assert "晚于本月" in answer.content.decode()
    assert f'value="{future}"' in answer.content.decode()
    client.post(UPLOAD, form | {"file": file(), "month": "2024-09"})
    assert rows().get().params["month"] == "2024-09"


def test_no_file_and_an_empty_file_are_sentences(as_):
    client = as_("city")
    form = {"kind": "import_register"}
    assert "请选择文件。" in client.post(UPLOAD, form).content.decode()
    said = client.post(UPLOAD, form | {"file": file("")}).content.decode()
    assert "文件是空的" in said


def test_what_is_no_table_is_refused(as_):
    answer = as_("city").post(
        UPLOAD,
        {"kind": "import_register", "file": SimpleUploadedFile("a.csv", b"\xff\x00\x00\x01" * 9)},
    )
    assert answer.status_code == 409
    assert not rows().exists()


@pytest.mark.parametrize("person", ["own", "own_lead", "unit", "auditor", "nobody"])
def test_others_hand_in_nothing(as_, person):
    answer = as_(person).post(UPLOAD, {"kind": "import_register", "file": file()})
    assert answer.status_code in (302, 403)
    assert not rows().exists()


class Unread:
    """A body that fails the test when somebody reads it."""

    def read(self, *size):
        raise AssertionError("The body was read.")

    readline = read


def sent(client: Client, path: str, size: int | str) -> HttpResponse:
    """Send a file that tells when it is read."""
    client.cookies[site.CSRF_COOKIE_NAME] = "a" * 32
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(size), "CONTENT_TYPE": MULTIPART_CONTENT}
    return client.generic("POST", path, **body)


@pytest.mark.parametrize("path", [UPLOAD, reverse("staff:login"), "/nowhere/"])
def test_a_large_file_of_nobody_is_not_even_read(db, path):
    answer = sent(Client(enforce_csrf_checks=True), path, site.FILE_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('staff:login')}?next={path}"


def test_what_stays_in_memory_is_read_so_that_a_form_can_be_kept(db):
    with pytest.raises(AssertionError, match="The body was read"):
        sent(Client(enforce_csrf_checks=True), UPLOAD, site.FILE_UPLOAD_MAX_MEMORY_SIZE)


@pytest.mark.parametrize("size", ["", "many"])
def test_a_body_of_no_length_is_an_empty_one(db, size):
    assert sent(Client(enforce_csrf_checks=True), UPLOAD, size).status_code == 403


def test_a_large_file_of_a_person_is_read(as_):
    with pytest.raises(AssertionError, match="The body was read"):
        sent(as_("city"), UPLOAD, 1 << 30)


def workbook(**more: bytes) -> SimpleUploadedFile:
    """Return a workbook with further parts, its name that of a plain one."""
    book, kept = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["统一社会信用代码", "名称"])
    book.save(kept)
    with zipfile.ZipFile(kept, "a") as archive:
        for name, content in more.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("登记.xlsx", kept.getvalue())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "工作簿含有宏"),
        ({"xl/embeddings/a.bin": b"x"}, "嵌有其他文件"),
        ({"../a.xml": b"<a/>"}, "部件名称越界"),
    ],
)
def test_a_dangerous_workbook_is_refused_on_the_page_before_it_is_kept(as_, more, said):
    form = {"kind": "import_register", "file": workbook(**more)}
    answer = as_("city").post(UPLOAD, form)
    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert not rows().exists()
    assert not list(site.MEDIA_ROOT.rglob("*.*"))


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "..\\..\\登记.csv", "登\u202e记.csv"])
def test_the_name_says_neither_where_a_file_lies_nor_misleads(as_, name):
    as_("city").post(UPLOAD, {"kind": "import_register", "file": file(name=name)})
    job = rows().get()
    assert "/" not in job.params["file_name"]
    assert "\u202e" not in job.params["file_name"]
    assert job.input_file.name.endswith(".data")
    assert job.input_file.path.startswith(str(site.MEDIA_ROOT))


def test_a_text_that_calls_itself_a_workbook_is_refused_at_once(as_):
    sent = {"kind": "import_register", "file": file(name="登记.XLSX")}
    answer = as_("city").post(UPLOAD, sent)
    assert answer.status_code == 409
    assert "文件名是 .xlsx，内容却是文本" in answer.content.decode()
    assert not rows().exists()
