"""The grammar of business scopes: what is excluded, what a noun heads, which doing governs it.

Works on text tidied by ``entities.scope_terms.tidy`` (no blanks, full-width punctuation).
"""

from __future__ import annotations

import re

LIGHT = frozenset(
    (
        *("研发", "研制", "研究", "开发", "设计", "技术开发", "技术服务", "技术咨询", "技术转让"),
        *("技术推广", "技术研发", "咨询", "服务咨询", "信息咨询", "检测", "评估", "培训", "推广"),
        *("策划", "展示", "宣传", "翻译", "种植", "养殖", "栽培", "繁育", "管理", "回收"),
    )
)
"""Doings that touch no safety field by themselves."""

RULED_OUT = re.compile("不|除|禁|非|未|无")
"""Quick test: without one of these nothing can be excluded."""

_FROM_HERE = re.compile(
    "不含|不包含|不包括|不得|不可|不经营|不从事|不涉及|不涉|不提供|不承接|不承担|不办理|不生产|不销售|不制售|"
    "不带|不设|不另|不再|不准|不能|不允许|未经|未取得|严禁|禁止|国家禁|禁售|国家限制|除(?=[^；。（）]{1,60}外)|(?<=（)除"
)
_EXCEPTED = re.compile("除外")
_BACK_TO_HERE = re.compile("以外|之外|除外|外")
_BOILERPLATE = re.compile(
    "依法须经批准|法律[、，]?(?:行政)?法规|国务院决定|须经审批|需经审批|取得相关行政许可|凭许可证"
)

# Nouns that make the words before them another thing, or only an attribute of one.
_HEAD = re.compile(
    "(?:及|和|与|、)?(?:的)?(?:"
    "机械|机器|设备|装备|装置|仪器|器材|用具|器具|工具|模具|配件|零部件|零件|部件|附件|元件|材料|原料|原辅料|辅料|"
    "包装|容器|袋|盒|箱|机(?![械动])|厂房|生产线|基地|园区|产业|行业|企业|公司|项目|工程|领域|市场|商标|品牌|"
    "科技|技术|工艺|配方|信息|软件|系统|平台|数据|文化|知识|安全|卫生|质量|标准|检验|检测|检疫|监测|认证|"
    "研发|研究|研制|试验|开发|设计|咨询|策划|培训|推广|宣传|评估|展|添加|用(?!品|油|盐|农|途)|级|型|专用|"
    "用品|净化|净水|供水|管网|站|充电|饰品|模型|制品|废料|废弃|废物|垃圾|残渣|下脚料|油污|油烟|清洗|厂|车间|物流|冷链|代购|外卖平台)"
)
_PREFIX = re.compile(
    "(?:自|非|宠物|犬|猫|动物|饲料|兽|兽用|农|模型|玩具|仿真|模拟|电子|虚拟|二手|废旧|废)$"
)

_VERB = (
    "生产(?!资料|设备|线|工艺|技术|性|许可|用|基地|机械|服务|型|过程|废)"
    "|制造(?!设备|工艺|技术|业)|加工(?!设备|机械|技术|中心|贸易|机|厂|工艺)|制作(?!设备)"
    "|组装|装配|酿造|酿制|制售|屠宰|分装|炼制|冶炼"
    "|销售(?!策划|代理|网络)|批发|零售|经营(?!管理|活动|范围|项目|场所|许可|者|期|资格)|代理|代销|经销|购销|分销"
    "|直销|网售|售卖|收购|贸易|进出口|出口|进口|采购|供应|配送|运输|仓储|储存|贮存|存储|租赁|出租"
    "|安装|改造|大修|修理|维修|维护|维保|保养|检修|拆卸|拆除|拆装|调试|充装|灌装|使用(?!权)|运营|检验检测|检验"
    "|研发|研制|研究|技术开发|技术服务|技术咨询|技术转让|技术推广|技术研发|信息咨询|服务咨询|开发|设计"
    "|咨询|检测|培训|推广|策划|展示|种植|养殖|栽培|繁育|管理|回收|翻译|宣传|评估"
)
_JOIN = "[、，及和与并兼或/]|以及"
_LEAD = "(?:网上|线上|线下|互联网|网络|通过网络|国内外|现场|自产自销|上门|初级|深|精深|粗|代)?"
_NEXT_VERB = f"(?:{_JOIN})?(?:的)?{_LEAD}(?:{_VERB}|售后服务|服务(?=[、；。，]|$))"
_CHAIN = re.compile(
    f"(?:的)?{_LEAD}(?:{_VERB})(?:{_NEXT_VERB})*(?:服务|业务|活动|工程[^、，；。（）：]{{0,12}})?"
)
_ONE_VERB = re.compile(_VERB)
_NOUN_ENDS = re.compile(
    "(?:整车|整机|成品|系列|产品|设备|工程|机组)*(?:及|和|与)?(?:其|相关)?"
    f"(?:等|类|$|[、，；。：（）及和与]|的?{_LEAD}(?:{_VERB}))"
)
_OPENERS = re.compile(
    "(?:一般项目|许可项目|一般经营项目|许可经营项目|主营|兼营|从事|承接|提供|组织|自营|开展|[0-9]+[.、])+"
)
_BRACKETED = re.compile("（[^（）]*）")


def carries_its_doing(words: str) -> bool:
    """Say whether a wording is complete with its doing (食品销售, 餐饮服务, 餐饮管理)."""
    return words.endswith(("服务", "店")) or any(
        words.endswith(verb) for verb in _ONE_VERB.findall(words)
    )


REACH = 400
"""So many characters around its words a clause is read; no real enumeration governs further."""


def excluded_zones(text: str) -> list[tuple[int, int]]:
    """Return the stretches of the text that it rules out, in order of their beginnings."""
    zones = []
    reached = 0
    for match in _FROM_HERE.finditer(text):
        if match.end() <= reached:
            continue
        reached = _end_of_exclusion(text, match)
        zones.append((match.start(), reached))
    for match in _EXCEPTED.finditer(text):
        zones.append((_start_of_exception(text, match.start()), match.end()))
    zones.sort()
    merged: list[tuple[int, int]] = []
    for start, end in zones:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _end_of_exclusion(text: str, match: re.Match[str]) -> int:
    """Return where "不含…" ends: its bracket, or outside brackets the comma or clause.

    Inside a bracket a turn such as "，含…", "，仅…" ends it before the bracket does.
    """
    begin = match.end()
    if match.group() == "除" and text[match.start() - 1] != "（":
        outer = _BACK_TO_HERE.search(text, begin, begin + 64)
        return outer.end() if outer else begin
    near = max(0, begin - REACH)
    inside = text.rfind("（", near, begin) > text.rfind("）", near, begin)
    depth = 0
    for place in range(begin, len(text)):
        letter = text[place]
        if letter == "（":
            depth += 1
        elif letter == "）":
            if depth == 0:
                return place
            depth -= 1
        elif (
            depth == 0
            and letter in "。；"
            and (not inside or letter == "。")
            or (
                depth == 0
                and letter == "，"
                and (not inside or text[place + 1 : place + 2] in "含仅限只可")
            )
        ):
            return place
    return len(text)


def _start_of_exception(text: str, end: int) -> int:
    """Return where "…除外" begins: its bracket, or the last comma or clause before it."""
    depth = 0
    for place in range(end - 1, max(-1, end - REACH), -1):
        letter = text[place]
        if letter == "）":
            depth += 1
        elif letter == "（":
            if depth == 0:
                return place
            depth -= 1
        elif depth == 0 and letter in "；。，：":
            return place
    return max(0, end - REACH)


def stands_for_itself(text: str, start: int, end: int) -> bool:
    """Say whether the words end their noun here: 锅炉安装 yes, 锅炉配件 no.

    Stricter than ``is_another_thing``, for products, whose parts and tools are other products.
    """
    return (
        _NOUN_ENDS.match(text, end) is not None
        and _PREFIX.search(text, max(0, start - 3), start) is None
    )


def is_another_thing(text: str, start: int, end: int) -> bool:
    """Say whether the words only describe another noun (食品机械, 宠物食品)."""
    head = _HEAD.match(text, end)
    if head and text[end] not in "、及和与":
        return True
    return _PREFIX.search(text, max(0, start - 3), start) is not None


def doings_around(text: str, start: int, end: int) -> frozenset[str]:
    """Return the doings that govern the words at [start, end) within their clause.

    In order: those of their own item (…生产、销售 behind them, 生产… before them), a verb list
    before a colon, the next verb list that closes an enumeration to the right, and the last verb
    list that opened one to the left.
    """
    near = max(0, start - REACH)
    begin = max(text.rfind("；", near, start), text.rfind("。", near, start), near - 1) + 1
    stop = _next_mark(text, end)
    opened = text.rfind("（", begin, start)
    if opened > text.rfind("）", begin, start):
        inner = _doings(text[opened + 1 : start], text[end:stop])
        if inner:
            return inner
    left = _BRACKETED.sub("", text[begin:start])
    left = left.replace("（", "，")
    right = _BRACKETED.sub("", text[end:stop])
    return _doings(left, right)


def _next_mark(text: str, end: int) -> int:
    far = min(len(text), end + REACH)
    marks = (text.find("；", end, far), text.find("。", end, far))
    return min((place for place in marks if place >= 0), default=far)


def _doings(left: str, right: str) -> frozenset[str]:
    item = max(left.rfind(mark) for mark in "、，：")
    own = _closing(right, own_item=True) or set()
    opened = _OPENERS.match(left, item + 1)
    opening = _CHAIN.match(left, opened.end() if opened else item + 1)
    if opening is not None:
        own |= set(_ONE_VERB.findall(opening.group())) | _chain_reaching(left, item)
    if own:
        return frozenset(own)
    colon = left.rfind("：")
    if colon >= 0:
        listed = _verbs_before(left[:colon])
        if listed:
            return listed
    later = _closing(right, own_item=False)
    if later:
        return frozenset(later)
    return _opened_before(left)


def _closing(right: str, own_item: bool) -> set[str] | None:
    """Return the verbs that close the words' own item, or a later item of the enumeration."""
    for match in _CHAIN.finditer(right):
        at_end = match.end() == len(right) or right[match.end()] in "、，）（"
        if not at_end and right[match.end()] == "：" and not _stands_alone(right, match.start()):
            at_end = True  # "甲、乙的销售：丙": the colon is a slip for a semicolon
        if not at_end:
            if _stands_alone(right, match.start()):
                return None  # a new verb opens: what follows is its own
            continue
        between = right[: match.start()]
        if own_item and re.search("[、，：]", between):
            return None
        verbs = set(_ONE_VERB.findall(match.group()))
        if not own_item and verbs <= LIGHT and not match.group().startswith("的"):
            continue  # 食品、企业管理咨询: the advice is the later item's own
        return verbs
    return None


def _stands_alone(right: str, place: int) -> bool:
    return place > 0 and right[place - 1] in "、，："


def _chain_reaching(left: str, item: int) -> set[str]:
    """Return the verbs of the items just before, where "生产、销售甲" splits its verbs."""
    verbs: set[str] = set()
    while item > 0 and left[item] in "、，":
        previous = max(left.rfind(mark, 0, item) for mark in "、，：")
        chain = _CHAIN.fullmatch(left, previous + 1, item)
        if chain is None:
            break
        verbs |= set(_ONE_VERB.findall(chain.group()))
        item = previous
    return verbs


def _verbs_before(head: str) -> frozenset[str]:
    """Return the verbs that stand directly before a colon."""
    chains = list(_CHAIN.finditer(head, head.rfind("：") + 1))
    if not chains or chains[-1].end() != len(head):
        return frozenset()
    return frozenset(_ONE_VERB.findall(chains[-1].group()))


def _opened_before(left: str) -> frozenset[str]:
    """Return the last verb list that opened an enumeration to the left (生产、销售甲、乙)."""
    for item in reversed(re.split("[，：]", left)):
        parts = item.split("、")
        for back in range(len(parts) - 1, -1, -1):
            part = _OPENERS.sub("", parts[back], count=1)
            chain = _CHAIN.match(part)
            if chain is None:
                closing = _CHAIN.search(part)
                if closing and closing.end() == len(part):
                    return frozenset()  # that enumeration was closed before this one began
                continue
            verbs = set(_ONE_VERB.findall(chain.group()))
            while back > 0 and _CHAIN.fullmatch(parts[back - 1]):
                back -= 1
                verbs |= set(_ONE_VERB.findall(parts[back]))
            return frozenset(verbs)
    return frozenset()
