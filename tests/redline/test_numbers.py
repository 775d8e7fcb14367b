"""Numbers of papers: gapless for a bureau, kind and year, also when many are issued at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from core.errors import Refused
from redline.actions.orders import annul_order, issue_order
from staff.models import Bureau, Jurisdiction, KindWord, NumberSeries, PaperNumber
from staff.numbers import KINDS, give, void_number
from staff.seeding import seed
from tests.factories import make_bureau, make_district, make_user
from tests.redline.factories import make_order, make_violation
from tests.redline.ordering import ON, make_people

MANY, CONNECTIONS = 200, 8


def test_many_orders_issued_at_once_have_numbers_without_gaps(real_commits):
    people = make_people()
    orders = [make_order(origin="ordinary", status="approved", violation=v) for v in many(people)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [orders[first::CONNECTIONS] for first in range(CONNECTIONS)]
        list(pool.map(lambda share: issue_all(share, people.officer), shares))
    numbers = PaperNumber.objects.filter(series__bureau=people.bureau)
    assert sorted(numbers.values_list("serial", flat=True)) == list(range(1, MANY + 1))
    assert len(set(numbers.values_list("text", flat=True))) == MANY
    assert NumberSeries.objects.get(bureau=people.bureau).last == MANY


def many(people):
    return [make_violation(bureau=people.bureau, by=people.officer) for _ in range(MANY)]


def issue_all(orders, by):
    try:
        for order in orders:
            issue_order(order, revision=order.revision, by=by, on=ON)
    finally:
        connection.close()


@pytest.mark.django_db
def test_a_number_names_bureau_kind_and_year():
    bureau = make_bureau(document_word="试中市监")
    assert give(bureau, "order", on=date(2026, 12, 31), by=None).text == "试中市监责改〔2026〕1号"
    assert give(bureau, "order", on=date(2026, 12, 31), by=None).text == "试中市监责改〔2026〕2号"
    assert give(bureau, "order", on=date(2027, 1, 1), by=None).text == "试中市监责改〔2027〕1号"
    assert give(bureau, "extension", on=ON, by=None).text == "试中市监责改延〔2026〕1号"


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap():
    bureau = make_bureau(document_word="试退市监")
    give(bureau, "order", on=ON, by=None)
    with transaction.atomic():
        give(bureau, "order", on=ON, by=None)
        transaction.set_rollback(True)
    assert give(bureau, "order", on=ON, by=None).serial == 2


@pytest.mark.django_db
def test_a_void_number_stays_and_is_marked():
    bureau, by = make_bureau(document_word="试废市监"), make_user()
    number = void_number(give(bureau, "order", on=ON, by=by), by=by, reason="填写错误")
    assert str(number) == "试废市监责改〔2026〕1号（作废）"
    with pytest.raises(Refused, match="已作废"):
        void_number(number, by=by, reason="再次")
    following = give(bureau, "order", on=ON, by=by)
    assert (following.serial, str(following)) == (2, following.text)


@pytest.mark.django_db
def test_annulling_an_order_marks_its_number():
    people = make_people()
    violation = make_violation(bureau=people.bureau, by=people.officer)
    order = make_order(violation, origin="ordinary", status="issued")
    done = annul_order(order, by=people.lead, on=ON, opinion="当事人写错")
    done.number.refresh_from_db()
    assert (done.status, done.number.void_reason) == ("void", "当事人写错")
    assert str(done).endswith("号（作废）")


@pytest.mark.django_db
def test_an_abolished_bureau_gives_no_number_and_says_who_does():
    gone = make_bureau("旧区局", document_word="旧市监", until=date(2025, 11, 6))
    heir = make_bureau("新区局", document_word="新市监")
    district = make_district()
    for bureau, since, until in (
        (gone, date(2024, 1, 1), date(2025, 11, 6)),
        (heir, date(2025, 11, 6), None),
    ):
        Jurisdiction(
            bureau=bureau, district=district, since=since, until=until, source="test"
        ).save(force_insert=True)
    assert give(gone, "order", on=date(2025, 11, 5), by=None).serial == 1
    with pytest.raises(Refused, match="旧区局已自2025-11-06起撤销.*请由现管辖其区域的新区局制发"):
        give(gone, "order", on=date(2025, 11, 6), by=None)
    alone = make_bureau("孤局", document_word="孤市监", until=date(2025, 11, 6))
    with pytest.raises(Refused, match="请向市局核实"):
        give(alone, "order", on=ON, by=None)
    later = make_bureau("后局", document_word="后市监", since=date(2027, 1, 1))
    with pytest.raises(Refused, match="自2027-01-01起设立"):
        give(later, "order", on=ON, by=None)


@pytest.mark.django_db
def test_the_real_reorganisation_names_the_heir():
    with pytest.raises(Refused, match="江北局已自2025-11-06起撤销.*两江新区"):
        give(Bureau.objects.get(code="jiangbei"), "order", on=ON, by=None)


@pytest.mark.django_db
def test_words_that_lack_or_collide_are_said():
    with pytest.raises(Refused, match="没有机关代字"):
        give(make_bureau("无字局"), "order", on=ON, by=None)
    with pytest.raises(KeyError):
        give(make_bureau(document_word="某"), "unheard_of", on=ON, by=None)
    give(make_bureau(document_word="同字市监"), "order", on=ON, by=None)
    with pytest.raises(Refused, match="文号同字市监责改〔2026〕1号已经用过"):
        give(make_bureau(document_word="同字市监"), "order", on=ON, by=None)


@pytest.mark.django_db
def test_the_words_are_seeded_and_what_the_city_changed_stays():
    assert dict(KindWord.objects.values_list("kind", "word")) == {
        kind: said.word for kind, said in KINDS.items()
    }
    KindWord.objects.filter(kind="order").update(word="责限改")
    seed()
    number = give(make_bureau(document_word="试改市监"), "order", on=ON, by=None)
    assert number.text == "试改市监责限改〔2026〕1号"


@pytest.mark.django_db
def test_the_system_administrator_keeps_the_words_and_nobody_else(client):
    word = KindWord.objects.get(kind="order")
    url = f"/admin/staff/kindword/{word.pk}/change/"
    client.force_login(make_user("district_lead"))
    assert client.post(url, {"word": "改"}).status_code in (302, 403)
    client.force_login(make_user("system_administrator"))
    page = client.post(url, {"word": "责改延"})
    assert "两种文书的文号会重复" in page.content.decode()
    assert client.post(url, {"word": "责改正"}).status_code == 302
    word.refresh_from_db()
    assert (word.word, word.kind) == ("责改正", "order")
