"""Chinese, Japanese and Korean names: the family name comes first, often without a blank."""

import re

_DOTS = "\u00b7\u2027\u30fb\uff65"
_ASIAN = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_NAME = re.compile(f"[{_ASIAN}]+(?:[ {_DOTS}][{_ASIAN}]+)*")
_DOT = re.compile(f"[{_DOTS}]")
_KANA_BEHIND = re.compile("([\u4e00-\u9fff\u3005]{1,3})([\u3040-\u30ff]+)")
# Forms of address behind a name.
ADDRESSES = ("様", "さま", "さん", "氏", "殿", "先生", "女士", "小姐", "님", "씨", "선생님", "御中")
# Positions that stand behind a name as a form of address.
_POSITIONS = """
代表取締役社長 代表取締役 取締役 代表 社長 副社長 会長 専務 常務 本部長 部長 次長 課長 係長 店長 主任
教授 博士 总经理 總經理 经理 經理 董事长 董事長 总监 總監 老师 老師 主管 院长 院長
"""
_KOREAN_POSITIONS = """
대표이사 대표 사장 부사장 회장 이사 상무 전무 본부장 부장 차장 과장 대리 팀장 실장 센터장 주임 사원
매니저 교수 박사 원장 선생
"""
POSITIONS = tuple(sorted(_POSITIONS.split(), key=len, reverse=True))
KOREAN_POSITIONS = tuple(sorted(_KOREAN_POSITIONS.split(), key=len, reverse=True))
# Family names of two characters.
_CHINESE_PAIRS = """
欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司徒
司空 端木 东方 轩辕 百里 南宫 呼延
"""
CHINESE_PAIRS = frozenset(_CHINESE_PAIRS.split())
KOREAN_PAIRS = frozenset({"남궁", "황보", "제갈", "사공", "선우", "독고", "동방", "서문"})
_JAPANESE_NAMES = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 山口 松本 井上 木村 斎藤
斉藤 齋藤 清水 山崎 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上
遠藤 青木 坂本 福田 太田 西村 藤井 藤原 岡本 三浦 中野 原田 中川 松田 竹内 小野 田村 中山 和田
石田 上田 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 谷口 今井 工藤 高田 増田 丸山 杉山
村田 大塚 新井 藤本 小山 平野 河野 上野 野口 武田 松井 千葉 岩崎 菅原 木下 久保 佐野 野村 松尾
市川 菊地 古川 水野 桜井 樱井 渡部 佐々木 五十嵐
"""
JAPANESE_NAMES = frozenset(_JAPANESE_NAMES.split())
FAMILY_NAMES = CHINESE_PAIRS | KOREAN_PAIRS | JAPANESE_NAMES
# The most frequent family names of one character, in China and in Korea.
_CHINESE = """
王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭萧田董袁潘
于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾譚谭陆陸汪范金石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫阎段雷
侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯
"""
_KOREAN = """
김이박최정강조윤장임한오서신권황안송류유홍전고문손양배백허남심노하곽성차주우구민
진지엄채원천방공현함변염여추도소석설길연
"""
FAMILY_CHARACTERS = frozenset(_CHINESE + _KOREAN)
_SINGLE = 1


def is_asian(text: str) -> bool:
    """Return whether a text is written in Chinese characters, kana or Hangul alone."""
    return _NAME.fullmatch(text) is not None


def without_address(name: str) -> str:
    """Remove the forms of address behind a name, such as 様, 部長 and 대표님."""
    # One character behind one other may be a name: 王氏.
    found = next(
        (one for one in ADDRESSES if name.endswith(one) and len(name) > max(len(one), _SINGLE + len("様"))), ""
    )
    bare = name.removesuffix(found).rstrip()
    for position in POSITIONS:
        if bare.endswith(position) and bare != position:
            return bare.removesuffix(position).rstrip()
    for position in KOREAN_POSITIONS:
        # Without a blank it may be a part of the name, unless a form of address follows.
        if bare.endswith(" " + position) or (bare != name and bare.endswith(position) and bare != position):
            return bare.removesuffix(position).rstrip()
    return bare


def split_asian(name: str) -> tuple[str | None, str | None]:
    """Split a name in these scripts into given and family name.

    Args:
        name: Without form of address; with or without a blank between the names.

    Returns:
        Given and family name; the family name is None where the text does not show where it ends.
    """
    if len(parts := _DOT.split(name)) > 1:
        return parts[0], parts[-1]  # a foreign name, whose parts stand in their own order
    family, _, given = name.partition(" ")
    if given:
        return given.replace(" ", ""), family
    if name in FAMILY_NAMES:
        return None, name  # as in 田中様
    length = _family_length(name)
    return (name[length:], name[:length]) if length else (name, None)


def _family_length(name: str) -> int:
    """Return how many characters of a name without blanks are the family name; 0 if the text does not show it."""
    if len(name) == _SINGLE:
        return 0
    if kana := _KANA_BEHIND.fullmatch(name):
        return len(kana[1])
    known = next((length for length in (3, 2) if name[:length] in FAMILY_NAMES), None)
    # A longer name without a blank may be of another kind, such as one of Mongolia.
    return known or int(name[0] in FAMILY_CHARACTERS and len(name) <= len("王小明"))
