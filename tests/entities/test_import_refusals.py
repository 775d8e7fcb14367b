"""What people really bring to an import: each wrong file is told what, where and what to do."""

import csv
import json
import zipfile
from io import StringIO
from itertools import permutations

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from core.jobs import claim, run
from core.models import Job
from entities.imports import classes
from entities.imports.staging import copy_lines, execute, rows
from entities.imports.uploads import start_import
from entities.models import ClassFile, CreditClass, Entity, FourNewMark
from staff.models import User
from staff.roles import Role

pytestmark = pytest.mark.django_db

CODE = "91500112MA607QEM6A"
ROUNDED = 915001127562487012
RESIDENT = "11010519491231002X"
REGISTER = "企业名称,统一社会信用代码,注册日期,企业类型,注册资金,经营范围,地区,注册地址"
CLASSES = "统一社会信用代码,企业名称,信用风险分类,分类月份"
FOUR_NEW = "统一社会信用代码,企业名称,四新类别"
FILES = {
    "import_register": (REGISTER, f"重庆甲有限公司,{CODE},2019-01-01,,,咨询,渝中,"),
    "import_credit_classes": (CLASSES, f"{CODE},重庆甲有限公司,A,2026-05"),
    "import_four_new": (FOUR_NEW, f"{CODE},重庆甲有限公司,新技术"),
}
NAMES = {
    "import_register": "登记信息",
    "import_credit_classes": "信用风险分类",
    "import_four_new": "“四新”名单",
}


def bring(command, path, **options):
    if command == "import_credit_classes":
        options["month"] = "2026-05"
    out = StringIO()
    call_command(command, str(path), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def refused(command, path, **options):
    with pytest.raises(CommandError) as refusal:
        bring(command, path, **options)
    return str(refusal.value)


def listed(path):
    with path.with_name(f"{path.stem}.errors.csv").open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def nothing_was_written(entities=0):
    models = (CreditClass, ClassFile, FourNewMark)
    return Entity.objects.for_system("test").count() == entities and not any(
        model.objects.for_system("test").exists() for model in models
    )


@pytest.fixture
def file(tmp_path):
    def write(*lines, name="名册.csv"):
        path = tmp_path / name
        path.write_text("\n".join([*lines, ""]), "utf-8")
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(*lines, before=None, name="名册.xlsx"):
        book = openpyxl.Workbook()
        sheet = book.active
        if before:
            sheet.title = before
            sheet.append(["请按下表填写"])
            sheet = book.create_sheet("数据")
        for line in lines:
            sheet.append(line.split(",") if isinstance(line, str) else line)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def entity():
    return Entity.objects.for_system("test").create(code=CODE, name="重庆甲有限公司")


@pytest.mark.parametrize(("command", "other"), list(permutations(FILES, 2)))
def test_a_file_of_another_sort_is_told_where_it_goes(file, command, other):
    sentence = refused(command, file(*FILES[other]))
    assert f"该文件像是{NAMES[other]}文件，请改在{NAMES[other]}导入处提交。" in sentence
    assert nothing_was_written()


def test_names_and_codes_alone_are_no_register(file):
    sentence = refused("import_register", file("企业名称,统一社会信用代码", f"重庆甲公司,{CODE}"))
    assert "不是登记名册" in sentence
    assert "补充" in sentence
    assert nothing_was_written()


@pytest.mark.parametrize("command", FILES)
def test_a_file_of_headers_only_is_refused(file, workbook, command, entity):
    header = FILES[command][0]
    for path in (file("填表说明", header), workbook("填表说明", header)):
        assert "第2行表头之后没有数据" in refused(command, path)
    assert nothing_was_written(entities=1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("名册.pdf", b"%PDF-1.7\n1 0 obj\n" * 40, "PDF"),
        ("名册.xls", b"<html><table><tr><td>x</td></tr></table></html>", "网页"),
        ("名册.csv", b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>", "网页"),
        ("名册.xls", b"\xd0\xcf\x11\xe0" * 100, "旧版 .xls"),
        ("名册.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF" * 40, "图片"),
        ("名册.csv", b"\xff\x80\x81" * 40, "文件编码无法识别"),
        ("名册.zip", b"PK\x03\x04" + bytes(200), "工作簿已损坏"),
        ("名册.csv", b"", "文件是空的"),
    ],
)
def test_a_file_of_the_wrong_type_is_refused(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    sentence = refused("import_register", path)
    assert said in sentence
    assert sentence.endswith("上传。")


def test_a_word_document_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "名册.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    assert "不是 Excel 文件" in refused("import_register", tmp_path / "名册.docx")


def test_a_workbook_is_known_by_its_content(workbook):
    path = workbook(*FILES["import_register"], name="名册.csv")
    assert bring("import_register", path)["new"] == 1


@pytest.mark.parametrize("command", FILES)
def test_the_wrong_sheet_is_named_with_the_others(workbook, command):
    sentence = refused(command, workbook(*FILES[command], before="填表说明"))
    assert "只读取了工作表“填表说明”，另有：数据" in sentence
    assert "移到最前面" in sentence


def test_codes_stored_as_numbers_are_told_to_be_texts(workbook, entity):
    row = ["重庆乙有限公司", ROUNDED, "2019-01-01", "", "", "咨询", "渝中"]
    path = workbook(REGISTER, row, FILES["import_register"][1])
    assert (result := bring("import_register", path))["bad"] == 1, result
    (bad,) = listed(path)
    assert (bad["行号"], bad["字段"]) == ("2", "统一社会信用代码")
    assert "设为文本" in bad["问题"]


@pytest.mark.parametrize("command", ["import_credit_classes", "import_four_new"])
@pytest.mark.parametrize(
    ("code", "shown", "said"),
    [
        (ROUNDED, "915001127562487000", "设为文本"),
        (RESIDENT, "110105********002X", "身份证"),
        ("91500103MA60D6Q11A", "91500103MA60D6Q11A", "登记信息中没有该代码"),
    ],
)
def test_an_unknown_code_is_told_why(workbook, entity, command, code, shown, said):
    header, good = FILES[command]
    path = workbook(header, [code, *good.split(",")[1:]], good)
    assert bring(command, path)["bad"] == 1
    (bad,) = listed(path)
    assert (bad["行号"], bad["值"]) == ("2", shown)
    assert said in bad["问题"]
    assert bad["建议"]


class TestNoGoodRow:
    """With nothing to go by, nobody is missing from a month or leaves a list."""

    def test_a_month_is_not_recorded(self, file, entity):
        bring("import_credit_classes", file(*FILES["import_credit_classes"]))
        path = file(CLASSES, f"{CODE},重庆甲有限公司,E,2026-05", name="错.csv")
        assert "没有一行可以导入" in refused("import_credit_classes", path)
        assert listed(path)[0]["字段"] == "信用风险分类"
        current = CreditClass.objects.for_system("test").current()
        assert current.get().missed == 0

    def test_a_list_is_not_emptied(self, file, entity):
        bring("import_four_new", file(*FILES["import_four_new"]))
        path = file(FOUR_NEW, f"{CODE},重庆甲有限公司,很新")
        assert "没有一行可以导入" in refused("import_four_new", path, replace=True)
        current = FourNewMark.objects.for_system("test").current()
        assert current.get().until is None

    def test_an_upload_still_offers_its_bad_rows(self, entity, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        officer = User.objects.create_user("c1", "x", name="王", role=Role.MUNICIPAL_OFFICER)
        text = f"{CLASSES}\n{CODE},重庆甲有限公司,E,2026-05\n"
        upload = SimpleUploadedFile("分类.csv", text.encode())
        job = start_import("import_credit_classes", upload, officer, month="2026-05")
        run(claim(job.pk), classes.work)
        done = Job.objects.for_system("test").get(pk=job.pk)
        assert done.status == Job.Status.FAILED
        assert "没有一行可以导入" in done.error
        with done.error_file.open() as bad:
            assert "类别须为" in bad.read().decode("utf-8-sig")


CONTACT = f"{REGISTER},联系人,联系电话,送达地址"
PHONE = "13812345678"
SHIFTED = [
    # header of the file, contents of the row, column named, value shown
    (CONTACT, {"联系人": "张三丰" * 30}, "联系人", "张******"),
    (CONTACT, {"联系电话": f"{PHONE}、张三" * 9}, "联系电话", "1******"),
    (CONTACT, {"送达地址": "渝中区甲路1号" * 60}, "送达地址", "渝******"),
    (CONTACT.replace("联系电话", "手机"), {"手机": PHONE * 9}, "手机", "1******"),
    (REGISTER, {"注册日期": PHONE}, "注册日期", "138****5678"),
    (REGISTER, {"注册日期": "500108199003071234"}, "注册日期", "**************1234"),
    (REGISTER, {"注册资金": f"{'万' * 55}{PHONE}"}, "注册资金", f"{'万' * 55}138**……"),
    (REGISTER, {"统一社会信用代码": PHONE}, "统一社会信用代码", "138****5678"),
    (REGISTER, {"统一社会信用代码": RESIDENT}, "统一社会信用代码", "110105********002X"),
    (REGISTER, {"统一社会信用代码": CODE[:-1] + "B"}, "统一社会信用代码", CODE[:-1] + "B"),
    (REGISTER, {"统一社会信用代码": CODE[:-1]}, "统一社会信用代码", CODE[:-1]),
    (REGISTER, {"统一社会信用代码": "500108600123123"}, "统一社会信用代码", "500108600123123"),
]


@pytest.mark.parametrize(("header", "row", "column", "shown"), SHIFTED)
def test_bad_rows_show_no_contact_data_and_every_code(file, header, row, column, shown):
    good = {"企业名称": "重庆甲有限公司", "统一社会信用代码": CODE, "注册日期": "2019-01-01"}
    values = good | row
    path = file(header, ",".join(values.get(name, "") for name in header.split(",")))
    bring("import_register", path)
    assert [line["值"] for line in listed(path) if line["字段"] == column] == [shown]
    assert PHONE not in path.with_name("名册.errors.csv").read_text("utf-8-sig")


def test_what_is_wrong_repeats_no_telephone(file, entity):
    path = file(FOUR_NEW, f"{CODE},重庆甲有限公司,{PHONE}", f"{CODE},重庆甲有限公司,新技术")
    bring("import_four_new", path)
    (line,) = listed(path)
    assert (line["值"], line["问题"]) == ("138****5678", "“138****5678”不是四新类别。")


def test_a_quote_left_open_is_a_sentence_and_no_database_error(file):
    path = file(*FILES["import_register"], '"重庆乙' + "有限公司\n" * 40_000)
    assert "未闭合的引号" in refused("import_register", path)
    assert nothing_was_written()


def test_lines_that_break_off_leave_nothing_behind():
    def lines():
        yield "1\n"
        raise LookupError("The lines broke off.")

    execute("CREATE TEMP TABLE broken_off (n int)")
    with pytest.raises(LookupError, match="broke off"):
        copy_lines("broken_off", ("n",), lines())
    assert rows("SELECT count(*) FROM broken_off") == [(0,)]
