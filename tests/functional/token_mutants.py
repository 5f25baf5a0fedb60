"""Access tokens that differ from a good one in one point, and headers that carry none.

Each is a function of a Forge: TOKENS make what follows "Bearer ", HEADERS the values of all headers
`authorization`.
"""

import json

from tests.functional.forge import ORDER, OWN_KEY, pair


def _header(**changes):
    return lambda f: f.token(header=changes)


def _claim(**changes):
    return lambda f: f.token(claims=changes)


def _relative(name, seconds):
    return lambda f: f.token(claims={name: f.now + seconds})


def _text(of):
    """A token whose payload is this text, made of the good one's."""
    return lambda f: f.of(payload=of(json.dumps(f.claims)).encode())


def _header_text(of):
    return lambda f: f.of(header=of(json.dumps(f.header)).encode())


def _mended(of):
    """The good token, rewritten."""
    return lambda f: of(f.token())


def _unsigned(alg):
    return lambda f: f.with_signature(lambda _: b"", {"alg": alg})


def _numbers(of):
    return lambda f: f.with_signature(lambda signed: pair(*of(*f.numbers(signed))))


_ALGORITHMS = {
    "none": _unsigned("none"),
    "None": _unsigned("None"),
    "nOnE": _unsigned("nOnE"),
    "none, signed all the same": _header(alg="none"),
    "HS256 by the public key": lambda f: f.with_secret(f.public_pem),
    "HS256 by the public key without its end": lambda f: f.with_secret(f.public_pem.strip()),
    "HS256 by the JWK": lambda f: f.with_secret(json.dumps(f.jwk).encode()),
    "HS256 by the kid": lambda f: f.with_secret(f.jwk["kid"].encode()),
    "HS256 by nothing": lambda f: f.with_secret(b""),
    "HS512 said": lambda f: f.with_secret(f.public_pem, {"alg": "HS512"}),
    "RS256 over ES256": _header(alg="RS256"),
    "RS256": lambda f: f.with_rsa(),
    "ES384 over ES256": _header(alg="ES384"),
    "ES512 over ES256": _header(alg="ES512"),
    "es256": _header(alg="es256"),
    "EdDSA": _header(alg="EdDSA"),
    "no alg": _header(alg=None),
    "alg a number": _header(alg=256),
    "alg a list": _header(alg=["ES256"]),
}

_SIGNATURES = {
    "no signature": lambda f: f.with_signature(lambda _: b""),
    "zeros": _numbers(lambda r, s: (0, 0)),
    "r zero": _numbers(lambda r, s: (0, s)),
    "s zero": _numbers(lambda r, s: (r, 0)),
    "r beyond the group": _numbers(lambda r, s: (ORDER, s)),
    "s beyond the group": _numbers(lambda r, s: (r, ORDER)),
    "r and s swapped": _numbers(lambda r, s: (s, r)),
    "DER": lambda f: f.with_signature(f.der),
    "a byte less": lambda f: f.with_signature(lambda signed: f.sign(signed)[:-1]),
    "a byte more": lambda f: f.with_signature(lambda signed: f.sign(signed) + b"\0"),
    "twice": lambda f: f.with_signature(lambda signed: f.sign(signed) * 2),
    "of another token": lambda f: f.with_signature(lambda _: f.sign(f.signed(b"{}"))),
    "of another key": lambda f: f.with_other_key({}),
}

_KEYS = {
    "kid of a file": _header(kid="../../etc/passwd"),
    "kid of a device": _header(kid="/dev/null"),
    "kid with SQL": _header(kid="' UNION SELECT 'c2VjcmV0' --"),
    "kid with NUL": _header(kid="a\0b"),
    "no kid": _header(kid=None),
    "empty kid": _header(kid=""),
    "kid a number": _header(kid=7),
    "kid a list": _header(kid=["a"]),
    "unknown kid": _header(kid="nobody"),
    "jku": _header(jku="https://127.0.0.1:1/jwks.json"),
    "own jwk": lambda f: f.with_other_key({"jwk": OWN_KEY}),
    "jwk and its kid": lambda f: f.with_other_key({"jwk": OWN_KEY, "kid": "own"}),
    "jwk of the issuer": lambda f: f.token(header={"jwk": f.jwk}),
    "x5u": _header(x5u="https://127.0.0.1:1/key.pem"),
    "x5c": _header(x5c=["MIIB"]),
    "x5t": _header(x5t="AAAA"),
    "x5t#S256": _header(**{"x5t#S256": "AAAA"}),
    "crit": _header(crit=["exp"], exp=1),
    "empty crit": _header(crit=[]),
    "b64": _header(b64=False),
    "zip": _header(zip="DEF"),
    "cty": _header(cty="JWT"),
}

_HEADERS = {
    "typ JWT": _header(typ="JWT"),
    "typ in capitals": _header(typ="AT+JWT"),
    "no typ": _header(typ=None),
    "a member of the header twice": _header_text(lambda text: '{"alg":"none",' + text[1:]),
    "header a list": _header_text(lambda text: f"[{text}]"),
    "header without an end": _header_text(lambda text: text[:-1]),
    "something after the header": _header_text(lambda text: text + "{}"),
}

_CLAIMS = {
    "aud a list": _claim(aud=["scharnier"]),
    "no aud": _claim(aud=None),
    "aud a prefix": _claim(aud="scharn"),
    "aud longer": _claim(aud="scharnier2"),
    "aud in another case": _claim(aud="Scharnier"),
    "aud with a slash": _claim(aud="scharnier/"),
    "aud empty": _claim(aud=""),
    "iss of another": _claim(iss="https://issuer.example.org"),
    "no iss": _claim(iss=None),
    "iss with a slash": lambda f: f.token(claims={"iss": f.claims["iss"] + "/"}),
    "iss in capitals": lambda f: f.token(claims={"iss": f.claims["iss"].upper()}),
    "iss a list": lambda f: f.token(claims={"iss": [f.claims["iss"]]}),
    "exp a string": lambda f: f.token(claims={"exp": str(f.claims["exp"])}),
    "exp a fraction": lambda f: f.token(claims={"exp": f.claims["exp"] + 0.5}),
    "exp 1e300": _claim(exp=1e300),
    "exp beyond integers": _claim(exp=10**30),
    "exp beyond years": _claim(exp=2**62),
    "exp negative": _claim(exp=-1),
    "exp true": _claim(exp=True),
    "no exp": _claim(exp=None),
    "expired": lambda f: f.token(claims={"iat": f.now - 600, "exp": f.now - 90}),
    "no iat": _claim(iat=None),
    "iat a string": lambda f: f.token(claims={"iat": str(f.now)}),
    "iat to come": _relative("iat", 300),
    "iat after exp": lambda f: f.token(claims={"iat": f.now, "exp": f.now - 10}),
    "nbf to come": _relative("nbf", 300),
    "nbf a string": lambda f: f.token(claims={"nbf": str(f.now)}),
    "a long life": _relative("exp", 3601),
    "no sub": _claim(sub=None),
    "sub a number": _claim(sub=7),
    "sub empty": _claim(sub=""),
    "sub with a line break": _claim(sub="de\nvos"),
    "sub with a blank": _claim(sub="de vos"),
    "sub with NUL": _claim(sub="devos\0maes"),
    "sub beyond ASCII": _claim(sub="dévos"),
    "sub too long": _claim(sub="d" * 256),
    "roles a string": _claim(roles="staff"),
    "a role that is a number": _claim(roles=["staff", 7]),
    "too many roles": _claim(roles=["staff"] * 17),
    "email a list": _claim(email=["an.peeters@example.org"], email_verified=True),
    "act a string": _claim(act="reporting"),
    "act without sub": _claim(act={}),
}

_PAYLOADS = {
    "a claim twice": _text(lambda text: text[:-1] + ',"sub":"maes"}'),
    "a claim twice, the same": _text(lambda text: text[:-1] + ',"sub":"devos"}'),
    "payload a list": _text(lambda text: f"[{text}]"),
    "payload a string": _text(json.dumps),
    "payload empty": _text(lambda text: ""),
    "payload without claims": _text(lambda text: "{}"),
    "something after the payload": _text(lambda text: text + "x"),
    "NaN": _text(lambda text: text[:-1] + ',"x":NaN}'),
    "no UTF-8": lambda f: f.of(payload=json.dumps(f.claims)[:-1].encode() + b',"x":"\xc3\x28"}'),
    "a byte order mark": _text(lambda text: "\ufeff" + text),
}

_FORMS = {
    "empty": lambda f: "",
    "one part": _mended(lambda token: token.split(".", maxsplit=1)[0]),
    "two parts": _mended(lambda token: token.rpartition(".")[0]),
    "five parts": _mended(lambda token: token + ".a.b"),
    "four dots": lambda f: "....",
    "a dot more": _mended(lambda token: token + "."),
    "a dot first": _mended(lambda token: "." + token),
    "a blank inside": _mended(lambda token: token[:40] + " " + token[40:]),
    "a blank first": _mended(lambda token: " " + token),
    "padding": _mended(lambda token: token + "="),
    "more padding": _mended(lambda token: token.replace(".", "==.")),
    "another alphabet": lambda f: f.with_signature(lambda signed: b"\xff" * 64).replace("_", "/"),
    "bits to spare": lambda f: f.token()[:-1] + _next_letter(f.token()[-1]),
    "JSON alone": lambda f: json.dumps(f.claims),
    "4 kB and a byte": lambda f: _of_length(f, 4097),
}

TOKENS = {
    f"{kind}: {name}": make
    for kind, mutants in (
        ("alg", _ALGORITHMS),
        ("signature", _SIGNATURES),
        ("key", _KEYS),
        ("header", _HEADERS),
        ("claim", _CLAIMS),
        ("payload", _PAYLOADS),
        ("form", _FORMS),
    )
    for name, make in mutants.items()
}

HEADERS = {
    "bearer in lower case": lambda f: ["bearer " + f.token()],
    "BEARER": lambda f: ["BEARER " + f.token()],
    "two blanks": lambda f: ["Bearer  " + f.token()],
    "no blank": lambda f: ["Bearer" + f.token()],
    "the token alone": lambda f: [f.token()],
    "a blank after": lambda f: ["Bearer " + f.token() + " "],
    "two in one": lambda f: [f"Bearer {f.token()}, Bearer {f.token()}"],
    "Basic": lambda f: ["Basic ZGV2b3M6ZGV2b3M="],
    "DPoP": lambda f: ["DPoP " + f.token()],
    "Bearer of nothing": lambda f: ["Bearer"],
    "nothing": lambda f: [""],
    "a blank": lambda f: [" "],
    "two headers": lambda f: ["Bearer " + f.token()] * 2,
    "a good one and another": lambda f: ["Bearer " + f.token(), "Basic ZGV2b3M="],
    "another and a good one": lambda f: ["", "Bearer " + f.token()],
}


def _next_letter(letter):
    """That which follows in base64url: it says the same bytes in bits that nobody reads."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[(alphabet.index(letter) + 1) % len(alphabet)]


def _of_length(forge, length):
    """A good token, but for its length in bytes."""
    for size in range(2000, length):
        token = forge.token(claims={"jti": "j" * size})
        if len(token) >= length:
            return token
    raise AssertionError("no token is as long")


def at_the_limit(forge):
    """The longest token that may be."""
    for size in range(3000, 1000, -1):
        token = forge.token(claims={"jti": "j" * size})
        if len(token) <= 4096:
            return token
    raise AssertionError("every token is longer")
