"""Values that are right, nearly right and wrong, of every kind of column: what two readers may disagree about."""

# fmt: off
NUMBERS = [
    b"1", b"5", b"007", b" 3 ", b"0", b"6", b"-1", b"+2", b"", b"null", b"NULL", b"\\N", b"1.0", b"2x", b'"4"',
    b'" 4\n"', b"999999999", b"1000000000", b"999999999999999999", b"9999999999999999999", b"1\x00", b"1\x0b",
    "١".encode(), b'"1""2"',
]
DATES = [
    b"1585603112874", b"788918400000", b"788918399999", b"4102444799999", b"4102444800000", b"1585689942", b"0",
    b'"2019-01-31"', b"2019-02-29", b"2020-02-29", b"1900-02-29", b"2000-02-29", b"2019-13-01", b"2019-00-10",
    b"2019-04-31", b"1994-12-31", b"1995-01-01", b"2099-12-31T23:59:59.999999", b"2100-01-01", b"1969-12-31",
    b" 2019-01-31 ", b"2019-01-31T12:34:56", b"2019-01-31 12:34:56.123", b"2019-01-31T12:34:56.123456Z",
    b"2019-01-31T12:34:56+00:00", b"2019-01-31T12:34:56,123", b"2019-01-31T12:34:56.1", b"2019-01-31T12:34",
    b"2019-01-31t12:34:56z", b"2019-01-31Z", b"2019-01-31T24:00:00", b"2019-01-31T12:60:00", b"2019-01-31T12:34:60",
    b"2019-01-31T12:34:56 UTC", b"2019-01-31T12:34:56-05:00", b"2019-01-31T12:34:56.", b"2019-01-31T12:34:56.Z",
    b"2019-01-31T12:34:56Z+00:00", b"31/12/2019", b"null", b"", b"2019-1-31", b"0001585603112874", b"999999999999999",
    b"2019-01-31+00:00", b"2019-01-31T12:34:56+00", b"2019-01-31T12:34:56.123+00:00",
    b"2019-01-31T12:34:56+05:30", b"2019-01-31T12:34:56.123-08:00", b"2019-01-31T12:34:56-00:00",
    b"2019-01-31T12:34:56+23:59", b"2019-01-31T12:34:56+24:00", b"2019-01-31T12:34:56+05:60",
    b"2019-01-31T12:34:56 +05:30", b"1995-01-01T00:30:00+01:00", b"1994-12-31T23:30:00-01:00",
    b"2099-12-31T23:30:00-01:00", b"2100-01-01T00:30:00+01:00", b"0001-01-01T00:00:00+01:00",
    b"9999-12-31T23:59:59-01:00", b"0000-01-01", b"0001-01-01", b"9999-12-31", b"1970-01-01", b"1900-02-28",
    b"+019-01-31",
]
BOOLEANS = [
    b"true", b"false", b"TRUE", b"False", b"t", b"F", b"1", b"0", b"yes", b"No", b"y", b"N", b"2", b"tru", b"truex",
    b"yep", b"", b"null", b'"true"', b" t ", b"maybe", b"T\x00", b"falsE", b"nO", b"o", b"\x11", b"\x10", b"\\N",
    b"TR\x15E", b"^", b"\x54",
]
PRICES = [
    b"12", b"12.5", b"0", b"0.00", b"00012.3400", b"10000", b"100000000", b"0.0001", b"0.00001", b".5", b"5.", b"-5",
    b"+5", b"free", b"123456789012", b"1234567890123", b"123456789012.123456", b"1.1234567", b"", b"null", b'"7.10"',
    b"1.2.3", b"40000.0001", b"1 2",
]
NAMES = [
    b"Fit", b'"Quality"', b"quality", b"Size", b"Width", b"Comfort", b"Length", b"LENGTH", b" Fit ", b"Colour", b"",
    b"null", b"Fi", b"Fitt",
]
URLS = [
    b"https://a.example/1.jpg", b"HTTP://a", b"http://", b"https://", b"http://a?x#y", b"http://a b", b"ftp://a/1",
    b"no photo", b'"https://a/""x"""', b"http://a@b/", b"http://a/@", b"http://a\\b", b"http://a/\\b", b"http://a/<",
    b"  http://a/  ", b"", b"null", "https://a/é".encode(), b"httpss://a", b"http:/a/b/c", b"http://a/" + b"x" * 1991,
    b"http://a/" + b"x" * 1992, b"http:///a", b"http://#",
]
EMAILS = [
    b"a@b.c", b"a@b", b"@b.c", b"a@.b", b"a@b..c", b"a@b.c.", b"a@b@c.d", b"a b@c.d", b"a@b c.d", b"", b"null",
    b'" a@b.c "', "é@b.c".encode(), b"first.last at example", b"a@b.c\x00", b'"a""@b.c"', b"a.b.@c.d", b"a@b.\tc",
]
SHORT_TEXTS = [
    b"Warm", b'"Warm, and ""quiet"""', b'"two\nlines"', b'"two\r\nlines"', b'" trim\t"', b"null", b'"NULL"', b"\\N",
    b"", b'""', b'"Warm,\x00 light\x07"', b"a\x1fb", b"del\x7f", b'"tab\there"', b'"caf\xe9 ren\xe9e"',
    b'"Ren\x8ee B."', b'"\xff\xfe\x81"', "Zoë".encode(), "Renée".encode(), "é a".encode(), "a é".encode(),
    "ZoÃ« RenÃ©e".encode(), "itâ€™s".encode(), "Ã ".encode(), "à la".encode(), "–é".encode(), "“fine”".encode(),
    "naïve…".encode(), "\u00a0x".encode(), "x\u3000".encode(), "x\u00a0y".encode(), "\u2028".encode(),
    "a\u0085b".encode(), "日本語".encode(), "😀".encode(), "😀😀 ok".encode(), "å".encode(), "Ð°".encode(),
    "Ў".encode(), "とても".encode(), "\u3000あ".encode(), "\u1680a".encode(), "ᙀ a".encode(), "a\u205f".encode(),
    "→ a".encode(),
    "é é".encode(), b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xc3",
    b"\xe2\x82", b"\x80", b'"\xc3"', b"'", b'q"q', b'"q"q', b'"open', b"x" * 7, b'"' + b"x" * 8 + b'"',
    b'"' + b"y" * 17 + b'""z"', b"a\rb", b'"a\rb"', b'"""x"""',
]
LONG = [
    b'"' + b"x" * 10_000 + b'"', b'"' + b"x" * 10_001 + b'"', b'"' + "é,".encode() * 4_000 + b'"',
]
# Pieces of structure that stand between or instead of rows.
DIRT = [
    b"\n", b"\r\n", b"  \t\n", b",,,,\r\n", b'"', b'1,"', b"1,2\n", b",", b"\r", b"\x00", b'"x" y\n', b"x\n", b'""\n',
    b" 1,1,1\n",
]
# fmt: on
