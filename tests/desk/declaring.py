"""A declaration and its people for the tests of its pages; workbooks made of test entities."""

from io import BytesIO
from types import SimpleNamespace

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from staff.models import User
from tests.zones.declaring import make_people
from zones.models import Declaration, DeclaredEntity, DeclaredZone

HEADER = ("序号", "申报名称", "所属类型", "注册登记地址", "区域内经营主体数量（户），经营主体明细")


def office() -> SimpleNamespace:
    """Return a bureau with its people and those of elsewhere."""
    return make_people()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def latest() -> Declaration:
    return Declaration.objects.for_system("test").latest("pk")


def zones_of(declaration: Declaration) -> list[DeclaredZone]:
    rows = DeclaredZone.objects.for_system("test").filter(declaration=declaration)
    return list(rows.order_by("position"))


def rows_of(zone: DeclaredZone) -> list[DeclaredEntity]:
    rows = DeclaredEntity.objects.for_system("test").filter(declared_zone=zone)
    return list(rows.order_by("position", "pk"))


def workbook(
    rows: list[tuple[str, str]],
    *,
    bureau: str,
    name: str = "试验产业园",
    sort: str = "园区",
    address: str = "重庆市试验区试验街道西永大道1号",
    count: int | None = None,
    contact: str = "张三",
    phone: str = "023-60000000",
) -> bytes:
    """Return the annex with one zone and its 附表1."""
    book = openpyxl.Workbook()
    form = book.active
    form.title = "申报表"
    form.append(["区域类“沙盒监管”申报表"])
    form.append([f"填报区县：{bureau}"])
    form.append(list(HEADER))
    number = len(rows) if count is None else count
    form.append([1, name, sort, address, f"{number}户，见附表1"])
    form.append([f"联系人：{contact}", None, None, f"联系电话：{phone}"])
    roster = book.create_sheet("附表1")
    roster.append(["序号", "名称", "统一社会信用代码"])
    for at, (title, code) in enumerate(rows, 1):
        roster.append([at, title, code])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def upload(content: bytes, name: str = "申报表.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
