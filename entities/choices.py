"""The closed lists of the register and of the policy's facts."""

from django.db import models


class Kind(models.TextChoices):
    COMPANY = "company", "公司"
    BRANCH = "branch", "分支机构"
    SOLE_PROPRIETORSHIP = "sole_proprietorship", "个人独资企业"
    PARTNERSHIP = "partnership", "合伙企业"
    HOUSEHOLD = "household", "个体工商户"
    COOPERATIVE = "cooperative", "农民专业合作社"
    COOPERATIVE_BRANCH = "cooperative_branch", "合作社分支机构"
    STATE_OR_COLLECTIVE = "state_or_collective", "非公司企业法人"
    FOREIGN_OFFICE = "foreign_office", "外国企业常驻代表机构"
    OTHER = "other", "其他"


class Status(models.TextChoices):
    ACTIVE = "active", "存续"
    DORMANT = "dormant", "歇业"
    LIQUIDATING = "liquidating", "清算"
    DEREGISTERED = "deregistered", "注销"
    REVOKED = "revoked", "吊销"
    CANCELLED = "cancelled", "撤销"
    MOVED_OUT = "moved_out", "迁出"


class Domain(models.TextChoices):
    """The safety fields of clause 三(二)."""

    FOOD_DRUG = "food_drug", "食品药品"
    PRODUCT_QUALITY = "product_quality", "产品质量"
    SPECIAL_EQUIPMENT = "special_equipment", "特种设备"


class Verdict(models.IntegerChoices):
    """Whether an entity touches a safety field."""

    NONE = 0, "不涉及"
    IN = 1, "涉及"
    PENDING = 2, "待核实"


class Letter(models.TextChoices):
    A = "A", "A类（信用风险低）"
    B = "B", "B类（信用风险一般）"
    C = "C", "C类（信用风险较高）"
    D = "D", "D类（信用风险高）"


class Novelty(models.TextChoices):
    """What is new about a four-new entity (readings 3)."""

    TECHNOLOGY = "technology", "新技术"
    INDUSTRY = "industry", "新产业"
    FORM = "form", "新业态"
    MODEL = "model", "新模式"


class MarkOrigin(models.TextChoices):
    LIST = "list", "市局名单"
    RULE = "rule", "市局判定规则"
    DECISION = "decision", "市局决定"
    DISTRICT = "district", "区县认定建议"


class ListName(models.TextChoices):
    ABNORMAL = "abnormal", "经营异常名录"
    SERIOUS = "serious", "严重违法失信名单"
