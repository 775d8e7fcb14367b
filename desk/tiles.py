"""Where a bureau's tile stands on the overview of the city: roughly as on the map, no borders."""

from __future__ import annotations

COLUMNS = 11

POSITIONS: dict[str, tuple[int, int]] = {
    "chengkou": (1, 9),
    "wuxi": (1, 11),
    "kaizhou": (2, 8),
    "yunyang": (2, 9),
    "fengjie": (2, 10),
    "wushan": (2, 11),
    "tongnan": (3, 1),
    "hechuan": (3, 2),
    "beibei": (3, 3),
    "changshou": (3, 5),
    "dianjiang": (3, 6),
    "liangping": (3, 7),
    "wanzhou": (3, 8),
    "dazu": (4, 1),
    "tongliang": (4, 2),
    "shapingba": (4, 3),
    "liangjiang": (4, 4),
    "jingkai": (4, 5),
    "fengdu": (4, 6),
    "zhongxian": (4, 7),
    "shizhu": (4, 8),
    "rongchang": (5, 1),
    "bishan": (5, 2),
    "gaoxin": (5, 3),
    "yuzhong": (5, 4),
    "nanan": (5, 5),
    "fuling": (5, 6),
    "wulong": (5, 7),
    "qianjiang": (5, 8),
    "yongchuan": (6, 1),
    "jiangjin": (6, 2),
    "jiulongpo": (6, 3),
    "dadukou": (6, 4),
    "banan": (6, 5),
    "nanchuan": (6, 6),
    "pengshui": (6, 7),
    "youyang": (6, 8),
    "qijiang": (7, 5),
    "wansheng": (7, 6),
    "xiushan": (7, 8),
}
"""Row from the north and column from the west, from 1, by the bureau's code.

The bureaus of the 37 divisions since 2025-11-06, and those of the functional areas.
"""
