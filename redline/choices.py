"""The closed lists of red lines, violations, orders and what follows from them."""

from django.db import models


class ListKind(models.TextChoices):
    """A list of conduct that a bureau or the city keeps in versions."""

    RED_LINE = "red_line", "监管红线清单"
    NO_PENALTY = "no_penalty", "轻微违法行为不予处罚清单"
    NO_COERCION = "no_coercion", "不予实施行政强制措施清单"


class ListStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已批准"
    VOID = "void", "已作废"
    PROPOSAL = "proposal", "建议稿"


class ItemGroup(models.TextChoices):
    """The groups of the baseline list (domain.md §5.1)."""

    STANDING = "RL-1", "主体资格"
    FOOD = "RL-2", "食品安全"
    DRUGS = "RL-3", "药械妆"
    PRODUCTS = "RL-4", "产品质量"
    EQUIPMENT = "RL-5", "特种设备"
    MARKET = "RL-6", "市场秩序"
    CONSUMERS = "RL-7", "消费者权益"
    COOPERATION = "RL-8", "配合监管"
    OTHER = "RL-9", "其他"


class Severity(models.TextChoices):
    GENERAL = "general", "一般"
    SERIOUS = "serious", "较重"
    GRAVE = "grave", "严重"


class RemovalRule(models.TextChoices):
    """When a touch takes the entity out: 四(四) says when overdue (readings 12)."""

    OVERDUE = "overdue", "逾期未改正移出"
    AT_TOUCH = "touch", "触碰即移出"


class ViolationSource(models.TextChoices):
    PENALTY = "penalty", "行政处罚"
    INSPECTION = "inspection", "监督检查"
    COMPLAINT = "complaint", "投诉举报"
    TRANSFER = "transfer", "移送线索"
    CLUE = "clue", "区域管理方线索"
    OFFICER = "officer", "日常监管发现"


class Handling(models.TextChoices):
    """How a violation was dealt with by law (readings 8)."""

    NONE = "none", "尚未处理"
    NO_PENALTY = "no_penalty", "不予行政处罚"
    ON_THE_SPOT = "on_the_spot", "当场处罚"
    ORDINARY = "ordinary", "普通程序处罚"
    SUSPENSION = "suspension", "责令停产停业"
    REVOCATION = "revocation", "吊销许可证件"


class ViolationStatus(models.TextChoices):
    OPEN = "open", "待研判"
    JUDGED = "judged", "触碰待审批"
    TOUCHED = "touched", "已确认触碰"
    ORDINARY = "ordinary", "一般违法"
    VOID = "void", "已作废"


class CaseDecision(models.TextChoices):
    """The second clock: whether a case is filed (readings 11)."""

    OPEN = "open", "待决定"
    FILED = "filed", "立案"
    NOT_FILED = "not_filed", "不予立案"


class MeasureKind(models.TextChoices):
    """What stays possible on any day beside order and case (readings 11)."""

    SEIZURE = "seizure", "查封扣押"
    POLICE = "police", "移送公安"


class OrderOrigin(models.TextChoices):
    RED_LINE = "redline", "触碰红线"
    ORDINARY = "ordinary", "一般违法"


class OrderStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "待签发"
    ISSUED = "issued", "待送达"
    SERVED = "served", "改正期限内"
    REPORTED = "reported", "已报告待复查"
    OVERDUE = "overdue", "逾期未改正"
    NOT_MENDED = "not_mended", "复查未改正"
    REFERRED = "referred", "已转立案查处"
    MENDED = "mended", "已改正办结"
    MENDED_LATE = "mended_late", "逾期后改正"
    ENDED = "ended", "主体终止"
    REFUSED = "refused", "不予批准"
    VOID = "void", "已作废"


class DayKind(models.TextChoices):
    """How the days of an order are counted; the values of ``core.due_days.Kind``."""

    CALENDAR = "calendar", "日历日"
    WORKING = "working", "工作日"


class DeadlineForm(models.TextChoices):
    """How the order words its deadline (readings 13)."""

    RELATIVE = "relative", "自收到之日起N日内"
    FIXED = "fixed", "固定日期前"


class ServiceWay(models.TextChoices):
    """民事诉讼法 第87条至第95条, by 行政处罚法 第61条 (readings 14)."""

    DIRECT = "direct", "直接送达"
    LEFT = "left", "留置送达"
    ELECTRONIC = "electronic", "电子送达"
    POST = "post", "邮寄送达"
    ENTRUSTED = "entrusted", "委托送达"
    PUBLIC = "public", "公告送达"


class ServiceOutcome(models.TextChoices):
    OPEN = "open", "送达中"
    SERVED = "served", "已送达"
    FAILED = "failed", "未能送达"


class AddressBasis(models.TextChoices):
    """What allows electronic service (readings 14)."""

    CONFIRMED = "confirmed", "送达地址确认书"
    PUBLICITY = "publicity", "公示系统登记的送达地址"


class ExtensionStatus(models.TextChoices):
    ASKED = "asked", "待决定"
    GRANTED = "granted", "同意延期"
    REFUSED = "refused", "不同意延期"


class RecheckWay(models.TextChoices):
    ON_SITE = "on_site", "现场复查"
    VIDEO = "video", "视频复查"
    PAPERS = "papers", "材料核查"


class RecheckFinding(models.TextChoices):
    MENDED = "mended", "已改正"
    PARTLY = "partly", "部分改正"
    NOT_MENDED = "not_mended", "未改正"


class RemovalCause(models.TextChoices):
    """Why an entity was taken out by this room (四(一), 四(四))."""

    OVERDUE = "overdue", "触碰红线逾期未改正"
    NOT_MENDED = "not_mended", "触碰红线复查未改正"
    AT_TOUCH = "touch", "触碰即移出"
    PENALTY = "penalty", "责令停产停业、吊销许可证件"
    REVIEW = "review", "复核移出"


class ReviewCause(models.TextChoices):
    """Why a violation stands on the review list (readings 8, 11)."""

    PENALTY = "penalty", "普通程序处罚"
    OVERDUE = "overdue", "一般违法逾期未改正"


class ReviewOutcome(models.TextChoices):
    OPEN = "open", "待复核"
    KEPT = "kept", "保留"
    MOVED_OUT = "moved_out", "移出"
    REFERRED = "referred", "移送"


class FollowUpKind(models.TextChoices):
    """What a lead looks at because something did not happen by itself."""

    REVOKED = "revoked", "撤销移出后核对"
    REISSUE = "reissue", "固定日期已过须重新制发"


class PaperKind(models.TextChoices):
    ORDER = "order", "责令改正通知书"
    RECEIPT = "receipt", "送达回证"
    EXTENSION = "extension", "延期改正决定书"
    RECHECK = "recheck", "复查记录"
    CLOSING = "closing", "责令改正办结单"
    REFERRAL = "referral", "转立案查处单"
