"""The closed lists of zones and their declarations."""

from django.db import models


class ZoneType(models.TextChoices):
    """所属类型 of the annex; "other" says what in words."""

    PARK = "park", "园区"
    INCUBATOR = "incubator", "孵化园"
    STARTUP_PARK = "startup_park", "创业创新园"
    FREE_TRADE_AREA = "free_trade_area", "自贸片区"
    OTHER = "other", "其他"


class DeclarationKind(models.TextChoices):
    """A first declaration, or a change that goes through the same approval."""

    NEW = "new", "区域申报"
    EXTEND = "extend", "扩大范围"
    MERGE = "merge", "区域合并"
    END = "end", "区域终止"


class FilingWay(models.TextChoices):
    BROWSER = "browser", "网页填报"
    WORKBOOK = "workbook", "上传申报表"
    MAIL = "mail", "市局代录"


class DeclarationStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    ENTERED = "entered", "代录待确认"
    SUBMITTED = "submitted", "待区县局审核"
    REVIEWING = "reviewing", "区县局审核中"
    REVIEWED = "reviewed", "待市局受理"
    ACCEPTED = "accepted", "市局已受理"
    APPROVED = "approved", "已批准"
    RETURNED = "returned", "退回补正"
    REFUSED = "refused", "不予批准"
    VOID = "void", "已作废"


class Outcome(models.TextChoices):
    """What a decision did with a zone or a row of a declaration."""

    OPEN = "open", "未决定"
    APPROVED = "approved", "批准"
    REFUSED = "refused", "不予批准"


class ContactRole(models.TextChoices):
    """Who the zone is worked with (对接机制, 四(二))."""

    COMMITTEE = "committee", "园区管委会"
    MANAGER = "manager", "物业或运营管理方"
    STREET = "street", "街道（镇、乡）"
    DEPARTMENT = "department", "行业主管部门"


class ChangeStatus(models.TextChoices):
    """A change of the roster inside the boundary (readings 9)."""

    FILED = "filed", "待区县局批准"
    APPROVED = "approved", "已批准并备案"
    REFUSED = "refused", "不予批准"
    WITHDRAWN = "withdrawn", "已撤回"
    REVERSED = "reversed", "市局已撤销"


class RosterMove(models.TextChoices):
    ADD = "add", "列入名册"
    REMOVE = "remove", "移出名册"


class ProposalKind(models.TextChoices):
    """Why a monthly proposal asks to change the roster."""

    FOUNDED = "founded", "新设"
    MOVED_IN = "moved_in", "迁入"
    MOVED_OUT = "moved_out", "迁出"
    DEREGISTERED = "deregistered", "注销"


class ProposalStatus(models.TextChoices):
    OPEN = "open", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REJECTED = "rejected", "不采纳"


class NoteKind(models.TextChoices):
    """What became of an entity on a roster, told to the district."""

    ENDED = "ended", "主体终止"
    LEFT_DISTRICT = "left_district", "迁出辖区"
    RENAMED = "renamed", "名称变更"


class LiaisonKind(models.TextChoices):
    MEETING = "meeting", "会议"
    CLUE = "clue", "管理方线索"
    REQUEST = "request", "主体诉求"
    HELP = "help", "帮扶"


class TaskStatus(models.TextChoices):
    OPEN = "open", "待办"
    DONE = "done", "已办"
    DROPPED = "dropped", "无需办理"
