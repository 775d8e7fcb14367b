"""The kinds of papers: what each may say, from which record, and in which states of its order.

The placeholders of a template are in Chinese, since staff write them in Word; they are also what
the word check calls a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redline.choices import OrderStatus, PaperKind
from redline.models import Extension, Recheck, Service
from redline.workflow import UNTIL_ISSUED

Subject = Service | Extension | Recheck
"""What a paper may be about besides its order."""


@dataclass(frozen=True)
class Placeholder:
    """A placeholder of a template: its name, what it stands for, an example for the trial."""

    name: str
    about: str
    example: str
    required: bool = True


@dataclass(frozen=True)
class Sort:
    """One kind of paper. ``states``: those of the order in which it can be made.

    ``subject`` is the table of the record it is about, or None; ``leaves`` tells whether it is
    handed to the party.
    """

    kind: PaperKind
    placeholders: tuple[Placeholder, ...]
    states: frozenset[str]
    subject: type[Subject] | None = None
    leaves: bool = True

    @property
    def examples(self) -> dict[str, str]:
        """An example of each placeholder, for the trial of a template."""
        return {one.name: one.example for one in self.placeholders}

    @property
    def required(self) -> list[str]:
        return [one.name for one in self.placeholders if one.required]


_P = Placeholder
_PARTY = (
    _P("机关名称", "制发机关", "重庆市渝中区市场监督管理局"),
    _P("文号", "本文书的文号", "渝中市监责改〔2026〕1号"),
    _P("当事人", "登记的名称", "重庆示例商贸有限公司"),
    _P("统一社会信用代码", "没有的写注册号", "91500103MA00000000"),
    _P("字号", "个体工商户的字号，其他主体为空", "示例小吃"),
    _P("负责人称谓", "法定代表人、负责人或经营者", "法定代表人"),
    _P("负责人姓名", "登记的姓名", "张三"),
    _P("住所称谓", "住所或经营场所", "住所"),
    _P("住所", "登记的地址", "重庆市渝中区示例路1号"),
    _P("落款日期", "签发、决定或办理的日期", "2026年1月5日"),
)
_ORDER_NUMBER = _P("责令改正文号", "责令改正通知书的文号", "渝中市监责改〔2026〕1号")
_RIGHTS = (
    _P("复议机关", "行政复议机关", "重庆市渝中区人民政府"),
    _P("诉讼法院", "有管辖权的人民法院", "有管辖权的人民法院"),
)
_CONTACT = (
    _P("联系人", "承办人", "李四"),
    _P("联系电话", "联系人的办公电话", "023-63000000"),
)
_SERVED = (
    _P("送达日期", "通知书送达之日", "2026年1月6日"),
    _P("届满日期", "改正期限的最后一日", "2026年1月21日"),
)
_ISSUED = frozenset(OrderStatus.values) - UNTIL_ISSUED - {OrderStatus.REFUSED, OrderStatus.VOID}
_SERVED_STATES = _ISSUED - {OrderStatus.ISSUED}
_MENDED = frozenset({OrderStatus.MENDED, OrderStatus.MENDED_LATE, OrderStatus.ENDED})

SORTS: Mapping[str, Sort] = {
    sort.kind: sort
    for sort in (
        Sort(
            PaperKind.ORDER,
            (
                *_PARTY,
                _P("违法事实", "查明的事实", "未取得食品经营许可从事食品经营活动。"),
                _P("违反条款", "违反的法律条款", "《中华人民共和国食品安全法》第三十五条第一款"),
                _P("责令依据", "责令改正的依据", "《中华人民共和国行政处罚法》第二十八条第一款"),
                _P("改正要求", "改正内容及要求", "依法取得许可后方可经营。"),
                _P("立即停止", "责令立即停止的句子，不责令的为空", "立即停止上述违法行为。"),
                _P("改正期限", "从何时起多少日内，或哪一日前", "自收到本通知书之日起15日内"),
                _P("逾期后果", "本局将如何处理", "依法处理"),
                *_RIGHTS,
                *_CONTACT,
            ),
            _ISSUED,
        ),
        Sort(
            PaperKind.RECEIPT,
            (
                *_PARTY,
                _P("送达文书", "所送文书的名称和文号", "责令改正通知书（渝中市监责改〔2026〕1号）"),
                _P("送达方式", "直接、留置等", "直接送达"),
                _P("送达地址", "送达的地址", "重庆市渝中区示例路1号"),
                _P("电子送达依据", "确认书或公示的地址，其他方式为空", "送达地址确认书", False),
                _P("送出日期", "交付、交寄或公告之日", "2026年1月6日"),
                _P("送达日期", "送达之日，未送达的为空", "2026年1月6日"),
                _P("收件人", "签收的人", "张三"),
                _P("见证人", "见证人或影像", "王五"),
                _P("邮件号或公告载体", "邮寄、公告送达的填写", "EMS1234567890"),
                _P("受托单位", "委托送达的填写", "示例街道市场监管所"),
                _P("送达人", "登记送达的人", "李四"),
                _P("备注", "未送达的原因、公告期", "无"),
            ),
            _ISSUED,
            Service,
        ),
        Sort(
            PaperKind.EXTENSION,
            (
                *(*_PARTY, _ORDER_NUMBER),
                _P("申请日期", "收到延期申请之日", "2026年1月15日"),
                _P("原届满日期", "延期前的最后一日", "2026年1月21日"),
                _P("决定内容", "同意至何日，或不同意", "同意将改正期限延长至2026年1月31日"),
                _P("决定理由", "同意或不同意的理由", "设备到货需要时间。"),
                *(*_RIGHTS, *_CONTACT),
            ),
            _SERVED_STATES,
            Extension,
        ),
        Sort(
            PaperKind.RECHECK,
            (
                *(*_PARTY, _ORDER_NUMBER),
                _P("改正要求", "通知书的要求", "依法取得许可后方可经营。"),
                _P("送达日期", "通知书送达之日", "2026年1月6日"),
                _P("复查方式", "现场、视频或材料", "现场复查"),
                _P("复查日期", "复查之日", "2026年1月22日"),
                _P("复查人员", "复查的人", "李四、赵六"),
                _P("复查情况", "所见的情况", "已取得食品经营许可证。"),
                _P("复查结果", "已改正、部分改正或未改正", "已改正"),
                _P("再限期", "部分改正后的新期限，没有的为空", "至2026年2月5日", False),
            ),
            _SERVED_STATES,
            Recheck,
        ),
        Sort(
            PaperKind.CLOSING,
            (
                *(*_PARTY, _ORDER_NUMBER),
                _P("违法事实", "查明的事实", "未取得食品经营许可从事食品经营活动。"),
                _P("改正要求", "通知书的要求", "依法取得许可后方可经营。"),
                *_SERVED,
                _P("报告日期", "收到改正情况报告之日", "2026年1月20日"),
                _P("复查情况", "各次复查的日期、方式和结果", "2026年1月22日现场复查：已改正"),
                _P("办结情况", "如何办结", "当事人已改正，责令改正办结。"),
                _P("办结日期", "办结之日", "2026年1月22日"),
                _P("承办人", "起草的人", "李四"),
                _P("批准人", "批准通知书的负责人", "赵六"),
            ),
            _MENDED,
            leaves=False,
        ),
        Sort(
            PaperKind.REFERRAL,
            (
                *(*_PARTY, _ORDER_NUMBER),
                _P("违法事实", "查明的事实", "未取得食品经营许可从事食品经营活动。"),
                _P("违反条款", "违反的法律条款", "《中华人民共和国食品安全法》第三十五条第一款"),
                _P("责令依据", "责令改正的依据", "《中华人民共和国行政处罚法》第二十八条第一款"),
                _P("改正要求", "通知书的要求", "依法取得许可后方可经营。"),
                *_SERVED,
                _P("转办原因", "逾期或复查未改正", "改正期限届满未改正"),
                _P("复查情况", "各次复查的日期、方式和结果", "2026年1月22日现场复查：未改正"),
                _P("转办意见", "承办人的意见", "建议立案查处。"),
                _P("附件", "随附的材料", "责令改正通知书、送达回证、复查记录"),
                _P("承办人", "办理的人", "李四"),
            ),
            frozenset({OrderStatus.REFERRED, OrderStatus.MENDED_LATE}),
            leaves=False,
        ),
    )
}
"""Every kind of paper, in the order in which pages show them."""
